/* SPDX-License-Identifier: MIT */
/*
 * batch - requests to the store in one exchange; see batch.h.
 */
#include "kernel/batch.h"

#include "lib/assert.h"

struct batch batch;
char batch_value[XENSTORE_PAYLOAD_MAX] __attribute__((aligned(PAGE_SIZE)));

void batch_begin(void)
{
    batch.count = 0;
}

struct xenstore_request *batch_next(void)
{
    ASSERT(batch.count < XENSTORE_BATCH_MAX);
    return &batch.requests[batch.count++];
}

void batch_write(uint32_t transaction, const char *path, const char *text)
{
    *batch_next() = xenstore_write(transaction, path, text_of(text));
}

void batch_remove(const char *path)
{
    *batch_next() = xenstore_remove(0, path);
}

void batch_exchange(void)
{
    (void)xenstore_exchange(batch.requests, batch.count);
}
