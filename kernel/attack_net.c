/* SPDX-License-Identifier: MIT */
/*
 * attack_net - requests to a network that are wrong (xen/io/netif.h).
 */
#include "kernel/attack_device.h"

#include <xen/io/netif.h>

#include "drivers/grant.h"
#include "drivers/netfront.h"
#include "lib/macros.h"

#define REQUESTS_MAX 4  /* of one try */
#define OFFSET       64 /* of each frame in its page */
#define FRAME_SIZE   60

_Static_assert(sizeof(struct netif_extra_info) <=
                   sizeof(struct netif_tx_request),
               "an extra info has the place of a request");

/* Linux's netback answers the first ones. It takes each of the others for a
 * reason to disable the interface for good. */
static const struct row {
    unsigned short size;
    unsigned char count : 4;     /* requests, each with an extra info, if any */
    unsigned char reference : 4; /* of attack_reference() */
    unsigned char extra;         /* the type of the first extra info; 0: none */
    unsigned char gso_size, gso_type;
} rows[] = {
    {0, 1, 0, 0, 0, 0},
    {13, 1, 0, 0, 0, 0}, /* Ethernet's header has 14 bytes */
    {FRAME_SIZE, 1, 1, 0, 0, 0},
    {FRAME_SIZE, 1, 2, 0, 0, 0},
    {FRAME_SIZE, 1, 3, 0, 0, 0},
    /* Add an address, 01:00:5e:00:00:00, and delete it. */
    {FRAME_SIZE, 2, 0, XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 1, 0x5e},
    {PAGE_SIZE - OFFSET + 1, 1, 0, 0, 0, 0},
    {XEN_NETIF_MAX_TX_SIZE, 1, 0, 0, 0, 0},
    {FRAME_SIZE, 1, 0, XEN_NETIF_EXTRA_TYPE_GSO, 0, XEN_NETIF_GSO_TYPE_TCPV4},
    {FRAME_SIZE, 1, 0, XEN_NETIF_EXTRA_TYPE_GSO, 100, 99},
    {FRAME_SIZE, 1, 0, 200, 0, 0},
    {FRAME_SIZE, REQUESTS_MAX, 0, 0, 0, 0}, /* a frame without an end */
};

bool attack_net_request(struct xenbus_device *device, uint32_t number,
                        grant_ref_t reference)
{
    const struct row *row = &rows[number % ARRAY_COUNT(rows)];
    union {
        struct netif_tx_request request;
        struct netif_extra_info extra;
    } slots[REQUESTS_MAX];
    unsigned int count = 0;

    for (unsigned int i = 0; i < row->count; i++) {
        struct netif_tx_request *request = &slots[count++].request;

        request->gref = attack_reference(row->reference, reference);
        request->offset = OFFSET;
        request->flags = row->count > 1 ? NETTXF_more_data : 0;
        request->id = i == 0 ? XENBUS_HOSTILE_ID : XENBUS_HOSTILE_REST;
        request->size = row->size;
        if (row->extra == 0)
            continue;
        request->flags = NETTXF_extra_info;
        slots[count++].extra = (struct netif_extra_info){
            .type = (uint8_t)(row->extra + i),
            .u.gso = {.size = row->gso_size, .type = row->gso_type},
        };
    }
    return netfront_provoke(device, &slots[0].request, count);
}

/* Nobody's pages, and the same page again and again. When such a request is in
 * the ring, the backend may write to that page no more, and then again. */
bool attack_net_buffer(struct xenbus_device *device, uint32_t number,
                       grant_ref_t reference)
{
    const struct netif_rx_request request = {
        .id = XENBUS_HOSTILE_ID,
        .gref = attack_reference(number % 4, reference),
    };

    if (!netfront_provoke_in(device, &request))
        return false;
    grant_flip(reference);
    return true;
}
