/* SPDX-License-Identifier: MIT */
/*
 * batch - requests to the store that go out in one exchange.
 *
 * There is one batch. A function that begins it also exchanges it, or hands it
 * on; between batch_begin() and the exchange nobody else may begin it.
 */
#ifndef KERNEL_BATCH_H
#define KERNEL_BATCH_H

#include "drivers/xenstore.h"

struct batch {
    struct xenstore_request requests[XENSTORE_BATCH_MAX];
    unsigned int count;
};

extern struct batch batch;

/* Throw away what is in the batch. */
void batch_begin(void);

/* The place for one more request, to be filled in there: a copy costs more. The
 * largest batch is the start's, in kernel/nodes.c. */
struct xenstore_request *batch_next(void);

void batch_write(uint32_t transaction, const char *path, const char *text);
void batch_remove(const char *path);

/* Each request's own error is what counts. */
void batch_exchange(void);

#endif
