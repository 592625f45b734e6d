/* SPDX-License-Identifier: MIT */
/*
 * netfront - network interfaces; see netfront.h.
 */
#include "drivers/netfront.h"

#include <xen/io/netif.h>
#include <xen/io/xenbus.h>

#include "drivers/front_ring.h"
#include "drivers/lend.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/string.h"

#define IN_MAX  6 /* pages for received frames */
#define OUT_MAX 4 /* pages for sent frames */

/* Requests of an attack. Each ring has room for more. Each buffer of an attack
 * costs the VM a frame. */
#define HOSTILE_MAX    64
#define HOSTILE_IN_MAX 8

/* A page that is lent while the device is offered or connected. */
struct page {
    char *bytes;
    grant_ref_t reference;
    bool busy; /* in use by the backend */
};

static struct front {
    struct front_ring in, out;
    struct page ins[IN_MAX], outs[OUT_MAX];
    struct ethernet_host host;
    struct netfront_counts counts;
} fronts[XENBUS_DEVICE_MAX];

/* Addresses stay when their devices go. */
static struct address {
    bool used;
    uint32_t number;
    uint8_t ip[4];
} addresses[XENBUS_DEVICE_MAX];

static struct front *front_of(const struct xenbus_device *device)
{
    return &fronts[device->place];
}

struct netfront_counts netfront_counts(const struct xenbus_device *device)
{
    return front_of(device)->counts;
}

/* --- frames --------------------------------------------------------------- */

/* Offer the backend every free page. The ring has more places than pages. */
static void ask_for_frames(struct front *front)
{
    for (unsigned int i = 0; i < IN_MAX; i++) {
        struct page *page = &front->ins[i];
        struct netif_rx_request *request =
            page->busy ? 0 : front_ring_request(&front->in);

        if (!request)
            continue;
        *request = (struct netif_rx_request){
            .id = (uint16_t)i,
            .gref = page->reference,
        };
        page->busy = true;
    }
}

static struct page *room_to_send(struct front *front)
{
    for (unsigned int i = 0; i < OUT_MAX; i++) {
        if (!front->outs[i].busy)
            return &front->outs[i];
    }
    return 0;
}

static void send(struct xenbus_device *device, struct page *page, size_t size)
{
    struct front *front = front_of(device);
    struct netif_tx_request *request = front_ring_request(&front->out);

    if (!request)
        return;
    *request = (struct netif_tx_request){
        .gref = page->reference,
        .id = (uint16_t)(page - front->outs),
        .size = (uint16_t)size,
    };
    page->busy = true;
    front->counts.sent++;
    if (front_ring_push(&front->out))
        xenbus_notify(device);
}

bool netfront_send_test(struct xenbus_device *device, uint32_t number,
                        size_t size)
{
    struct front *front = front_of(device);
    struct page *page = room_to_send(front);

    if (!page)
        return false;
    ethernet_fill(&front->host, number, page->bytes, size);
    send(device, page, size);
    return true;
}

bool netfront_provoke(struct xenbus_device *device,
                      const struct netif_tx_request *requests,
                      unsigned int count)
{
    return xenbus_provoke(device, &front_of(device)->out, requests, count,
                          HOSTILE_MAX);
}

bool netfront_provoke_in(struct xenbus_device *device,
                         const struct netif_rx_request *request)
{
    return xenbus_provoke(device, &front_of(device)->in, request, 1,
                          HOSTILE_IN_MAX);
}

bool netfront_is_sent(const struct xenbus_device *device)
{
    const struct front *front = front_of(device);

    for (unsigned int i = 0; i < OUT_MAX; i++) {
        if (front->outs[i].busy)
            return false;
    }
    return true;
}

/* `page` is free for the answer. */
static void take_frame(struct xenbus_device *device, const char *bytes,
                       size_t size, struct page *page)
{
    static char frame[ETHERNET_FRAME_MAX];
    struct front *front = front_of(device);
    size_t answer_size;

    front->counts.received++;
    if (size > sizeof(frame)) {
        front->counts.dropped++;
        return;
    }
    /* Copy first: the backend may write to the page at any time. */
    memcpy(frame, bytes, size);
    answer_size =
        ethernet_answer(&front->host, (struct text){frame, size}, page->bytes);
    if (answer_size > 0)
        send(device, page, answer_size);
}

/* --- answers of the backend ----------------------------------------------- */

static int take_sent(struct xenbus_device *device)
{
    struct front *front = front_of(device);
    struct netif_tx_response response;
    int result;

    while ((result = front_ring_response(&front->out, &response,
                                         sizeof(response))) > 0) {
        /* In the place of an extra info is no id; only attacks send any. */
        if (response.status == NETIF_RSP_NULL && device->hostile > 0)
            response.id = XENBUS_HOSTILE_REST;
        if (xenbus_judge(device, response.id, response.status))
            continue;
        if (response.id >= OUT_MAX || !front->outs[response.id].busy)
            return -XEN_EIO;
        front->outs[response.id].busy = false;
    }
    return result;
}

/* Take frames while there is a free page for the answer. Other frames wait in
 * the ring: when the backend has sent a page, its event calls this again. */
static int take_received(struct xenbus_device *device)
{
    struct front *front = front_of(device);
    struct netif_rx_response response;
    struct page *page;
    int result = 0;

    while ((page = room_to_send(front)) &&
           (result = front_ring_response(&front->in, &response,
                                         sizeof(response))) > 0) {
        const int size = response.status;

        if (xenbus_judge(device, response.id, size))
            continue;
        if (response.id >= IN_MAX || !front->ins[response.id].busy ||
            size + response.offset > (int)PAGE_SIZE)
            return -XEN_EIO;
        front->ins[response.id].busy = false;
        if (size > 0 && (response.flags & NETRXF_more_data) == 0)
            take_frame(device, front->ins[response.id].bytes + response.offset,
                       (size_t)size, page);
    }
    ask_for_frames(front);
    if (front_ring_push(&front->in))
        xenbus_notify(device);
    return result < 0 ? result : 0;
}

static int event(struct xenbus_device *device)
{
    int error = take_sent(device);

    return error != 0 ? error : take_received(device);
}

/* --- the device ----------------------------------------------------------- */

static int lend(const struct xenbus_device *device, struct page *page)
{
    int error;

    page->busy = false;
    page->bytes = lend_page(device->place, device->backend_domain,
                            &page->reference, &error);
    return page->bytes ? 0 : error;
}

static int offer(struct xenbus_device *device,
                 struct xenbus_key keys[XENBUS_KEY_MAX])
{
    struct front *front = front_of(device);
    struct page in, out;
    int error = lend(device, &in);

    if (device->connected == 0)
        *front = (struct front){.counts = {.received = 0}};
    if (error == 0)
        error = lend(device, &out);
    for (unsigned int i = 0; i < IN_MAX && error == 0; i++)
        error = lend(device, &front->ins[i]);
    for (unsigned int i = 0; i < OUT_MAX && error == 0; i++)
        error = lend(device, &front->outs[i]);
    if (error != 0)
        return error;
    front_ring_start(&front->in, in.bytes, sizeof(union netif_rx_sring_entry));
    front_ring_start(&front->out, out.bytes,
                     sizeof(union netif_tx_sring_entry));
    /*
     * Frames are asked for only after the connection, in event(). By its
     * source, Linux's netback (6.12) passes the event that comes while it binds
     * the port to a thread, if there is something to do. That thread may not
     * know the interrupt yet, and then the interrupt is never ended. One
     * backend was seen to become deaf in this way after requests at this place
     * and, once, without such requests.
     */
    keys[0] = (struct xenbus_key){"rx-ring-ref", in.reference, 0};
    keys[1] = (struct xenbus_key){"tx-ring-ref", out.reference, 0};
    keys[2] = (struct xenbus_key){"request-rx-copy", 1, 0};
    keys[3] = (struct xenbus_key){"feature-rx-notify", 1, 0};
    keys[4] = (struct xenbus_key){"feature-no-csum-offload", 1, 0};
    return 5;
}

static struct address *address_of(uint32_t number)
{
    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++) {
        if (addresses[i].used && addresses[i].number == number)
            return &addresses[i];
    }
    return 0;
}

/* Take the address and announce it, in the store and on the network. */
static void take_address(struct xenbus_device *device)
{
    const struct address *address = address_of(device->number);
    struct front *front = front_of(device);
    struct page *page = room_to_send(front);
    struct xenstore_request publish;
    char path[40], ip[16];
    int error;

    if (!address)
        return;
    memcpy(front->host.ip, address->ip, sizeof(address->ip));
    format(path, sizeof(path), "attr/vif/%u/ipv4/0", device->number);
    format(ip, sizeof(ip), "%u.%u.%u.%u", address->ip[0], address->ip[1],
           address->ip[2], address->ip[3]);
    publish = xenstore_write(0, path, text_of(ip));
    error = xenstore_exchange(&publish, 1);
    if (error != 0)
        log_info("netfront", "%s cannot be published: %s", path,
                 error_name(error));
    if (page)
        send(device, page, ethernet_announce(&front->host, page->bytes));
}

static int connect(struct xenbus_device *device)
{
    struct front *front = front_of(device);
    char mac[17];
    size_t size;

    if (device->phase == XENBUS_CONNECTED)
        return 0;
    size = xenbus_read_text(device, "mac", mac, sizeof(mac));
    if (!ethernet_read_mac((struct text){mac, size}, front->host.mac))
        return -XEN_EINVAL;
    log_info("netfront", "vif/%u: connected", device->number);
    take_address(device);
    return 0;
}

bool netfront_set_ip(uint32_t number, const uint8_t ip[4])
{
    struct xenbus_device *device = xenbus_find(&netfront_driver, number);
    struct address *address = address_of(number);

    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX && !address; i++) {
        if (!addresses[i].used)
            address = &addresses[i];
    }
    if (!address)
        return false;
    address->used = true;
    address->number = number;
    memcpy(address->ip, ip, sizeof(address->ip));
    if (device && device->phase == XENBUS_CONNECTED)
        take_address(device);
    return true;
}

static void corrupt(struct xenbus_device *device)
{
    front_ring_corrupt(&front_of(device)->out);
    xenbus_notify(device);
}

const struct xenbus_driver netfront_driver = {
    .type = "vif",
    .folder = "device/vif",
    .offered = XenbusStateConnected,
    .offer = offer,
    .connect = connect,
    .event = event,
    .corrupt = corrupt,
};
