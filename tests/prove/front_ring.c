/* SPDX-License-Identifier: MIT */
/*
 * All that drivers/front_ring.c does, with any indices: Frama-C's Eva follows
 * every value at once. It shows that no access is outside the page or the
 * caller's response, and that no operation is undefined.
 */
#include "drivers/front_ring.h"

#include <xen/xen.h>

#include <xen/io/blkif.h>
#include <xen/io/netif.h>

#include "__fc_builtin.h"

#define ANY_INDEX Frama_C_unsigned_int_interval(0, UINT32_MAX)

static uint64_t page[PAGE_SIZE / sizeof(uint64_t)];
static char response[sizeof(union blkif_sring_entry)];

static void use(uint32_t entry_size, size_t response_size)
{
    struct front_ring ring;
    char *request;

    memset(page, 0, sizeof(page));
    front_ring_start(&ring, page, entry_size);
    ring.req_prod = ANY_INDEX;
    ring.rsp_cons = ANY_INDEX;
    ring.shown = ANY_INDEX;
    request = front_ring_request(&ring);
    if (request)
        memset(request, 0, entry_size);
    (void)front_ring_push(&ring);
    (void)front_ring_response(&ring, response, response_size);
    front_ring_corrupt(&ring);
}

int main(void)
{
    use(sizeof(union blkif_sring_entry), sizeof(struct blkif_response));
    use(sizeof(union netif_tx_sring_entry), sizeof(struct netif_tx_response));
    use(sizeof(union netif_rx_sring_entry), sizeof(struct netif_rx_response));
    return 0;
}
