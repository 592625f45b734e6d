/* SPDX-License-Identifier: MIT */
/*
 * batch - requests to the store in one exchange.
 *
 * There is one batch. The function that begins the batch also exchanges it, or
 * returns it to a caller that does. Between batch_begin() and the exchange
 * nobody else may begin it. The replies are valid until the next batch_begin().
 */
#ifndef KERNEL_BATCH_H
#define KERNEL_BATCH_H

#include "drivers/xenstore.h"

struct batch {
    struct xenstore_request requests[XENSTORE_BATCH_MAX];
    unsigned int count;
};

extern struct batch batch;

/* Room for the largest value, in either direction: a page. Each function that
 * uses it is done with it when it returns. */
extern char batch_value[XENSTORE_PAYLOAD_MAX];
_Static_assert(XENSTORE_PAYLOAD_MAX == PAGE_SIZE, "a value fills a page");

/* Empty the batch. */
void batch_begin(void);

/* The place of one more request, which the caller fills in there: a copy would
 * cost more. The largest batch, that of nodes_start() in kernel/nodes.c, has to
 * fit. */
struct xenstore_request *batch_next(void);

/* Add one request; see drivers/xenstore.h. The texts stay the caller's. */
void batch_write(uint32_t transaction, const char *path, const char *text);
void batch_remove(const char *path);

/* Send the batch. Each request's `error` has its result. */
void batch_exchange(void);

#endif
