/* SPDX-License-Identifier: MIT */
/*
 * batch - requests to the store in one exchange.
 *
 * There is one batch. The function that begins the batch also exchanges it, or
 * returns it to a caller that does. Between batch_begin() and the exchange
 * nobody else may begin it.
 */
#ifndef KERNEL_BATCH_H
#define KERNEL_BATCH_H

#include "drivers/xenstore.h"

struct batch {
    struct xenstore_request requests[XENSTORE_BATCH_MAX];
    unsigned int count;
};

extern struct batch batch;

/* Empty the batch. */
void batch_begin(void);

/* The place of one more request, to be filled in there, because a copy costs
 * more. The largest batch is that of the start, in kernel/nodes.c. */
struct xenstore_request *batch_next(void);

void batch_write(uint32_t transaction, const char *path, const char *text);
void batch_remove(const char *path);

/* Send the batch. Each request's `error` has its result. */
void batch_exchange(void);

#endif
