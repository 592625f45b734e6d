/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes drivers/xenbus, blkfront and netfront: a backend that writes anything
 * into the rings, and changes its state at any time. Answers must name requests
 * that are under way, and the drivers must always come to rest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/feed.h"
#include "tests/unit/devices.h"

/* As DEFINE_RING_TYPES in xen/io/ring.h. */
struct shared_ring {
    uint32_t req_prod, req_event, rsp_prod, rsp_event;
    char pad[48];
    char entries[];
};

static struct shared_ring *ring(void)
{
    return fake_backend.type
               ? fake_granted_page(fake_backend.references[feed_below(2)])
               : NULL;
}

static void write_anywhere(void)
{
    char *page = (char *)ring();
    const size_t at = feed_word() % PAGE_SIZE;
    const struct text text = feed_text(64);

    if (page)
        memcpy(page + at, text.bytes, MIN(text.size, PAGE_SIZE - at));
}

/* A few answers with random contents. */
static void answer(void)
{
    struct shared_ring *page = ring();
    const struct text text = feed_text(200);

    if (!page)
        return;
    memcpy(page->entries + feed_below(4) * 12, text.bytes, text.size);
    page->rsp_prod += feed_below(5);
}

static void plug(void)
{
    const bool disk = feed_below(2) == 0;

    if (fake_backend.type)
        return;
    if (disk)
        fake_backend_start(DISK, feed_below(9));
    else
        fake_backend_start(NETWORK, feed_below(9));
    fake_backend.answers = false;
}

static void unplug(void)
{
    if (fake_backend.type)
        fake_backend_remove();
    fake_backend.type = NULL;
}

static void change_node(void)
{
    static const char *const nodes[] = {
        "/local/domain/0/backend/vbd/7/51712/sectors",
        "/local/domain/0/backend/vbd/7/51712/sector-size",
        "/local/domain/0/backend/vbd/7/51712/info",
        "/local/domain/0/backend/vbd/7/51712/state",
        "device/vbd/51712/backend",
        "device/vbd/51712/backend-id",
        "device/vif/0/mac",
        "device/vif/0/backend",
        "device/vbd/x",
    };

    fake_store_write_text(nodes[feed_below(ARRAY_COUNT(nodes))], feed_text(80));
}

static void set_mode(void)
{
    const bool disk = feed_below(2) == 0;

    (void)xenbus_set_mode(disk ? &blkfront_driver : &netfront_driver,
                          disk ? 51712 : 0, feed_below(XENBUS_MODE_COUNT),
                          feed_below(4));
}

static void use_disk(void)
{
    struct xenbus_device *disk = disk_device();
    struct blkfront_request request = {.kind = feed_below(3)};
    const unsigned int number = feed_below(BLKFRONT_REQUESTS);
    unsigned int answered;
    int status;

    if (!disk || disk->phase != XENBUS_CONNECTED)
        return;
    if (!blkfront_is_under_way(disk, number)) {
        request.page_count =
            request.kind == BLKFRONT_FLUSH ? 0 : 1 + feed_below(BLKFRONT_PAGES);
        blkfront_ask(disk, number, &request);
    }
    while (blkfront_answer(disk, &answered, &status))
        MUST_HOLD(answered < BLKFRONT_REQUESTS);
}

static void use_network(void)
{
    static const uint8_t address[4] = {192, 0, 2, 2};
    struct xenbus_device *network = network_device();

    (void)netfront_set_ip(0, address);
    if (network && network->phase == XENBUS_CONNECTED)
        (void)netfront_send_test(network, feed_byte(), 60 + feed_byte());
}

static void resume(void)
{
    xenbus_forget();
    grant_forget();
    unplug();
    begin();
}

static void act(void)
{
    static void (*const acts[])(void) = {
        write_anywhere, answer,   answer,   plug,        plug,   unplug,
        change_node,    set_mode, use_disk, use_network, resume,
    };

    if (feed_below(4) == 0 && fake_backend.type)
        fake_backend_set(feed_below(9));
    else
        acts[feed_below(ARRAY_COUNT(acts))]();
    if (fake_backend.type && fake_backend.port != 0)
        fake_raise(fake_backend.port);
    settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    feed_start(bytes, size);
    switch_on();
    begin();
    while (feed.size > 0)
        act();
    switch_off();
    return 0;
}
