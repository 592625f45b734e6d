/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes drivers/xenstore: a daemon that puts anything into the ring, at any
 * pace, with wrong indices. Each exchange must return an error or an answer
 * that fits; after a stream is lost the driver must make no more requests.
 */
#include "drivers/xenstore.h"

#include <string.h>

#include "lib/error.h"
#include "tests/fake/arch.h"
#include "tests/fake/log.h"
#include "tests/fake/store.h"
#include "tests/fuzz/feed.h"

#define PAGE fake_store_page

static uint32_t last_id; /* of the last request that was seen whole */

static void put(const void *bytes, size_t size)
{
    const char *from = bytes;

    for (size_t i = 0; i < size; i++)
        PAGE->rsp[(PAGE->rsp_prod + i) % XENSTORE_RING_SIZE] = from[i];
    PAGE->rsp_prod += (XENSTORE_RING_IDX)size;
}

static size_t room(void)
{
    const uint32_t used = PAGE->rsp_prod - PAGE->rsp_cons;

    return used <= XENSTORE_RING_SIZE ? XENSTORE_RING_SIZE - used : 0;
}

/* A message with a valid header, if there is room for it. */
static void say(uint32_t type, uint32_t id)
{
    const struct text payload = feed_text(300);
    const struct xsd_sockmsg header = {
        .type = type,
        .req_id = id,
        .len = (uint32_t)payload.size + (feed_below(8) == 7 ? feed_byte() : 0),
    };

    if (room() < sizeof(header) + payload.size)
        return;
    put(&header, sizeof(header));
    put(payload.bytes, payload.size);
}

/* Read the header of one request, and take the request. */
static void take_request(void)
{
    struct xsd_sockmsg header;
    char *bytes = (char *)&header;

    if (PAGE->req_prod - PAGE->req_cons < sizeof(header))
        return;
    for (size_t i = 0; i < sizeof(header); i++)
        bytes[i] = PAGE->req[(PAGE->req_cons + i) % XENSTORE_RING_SIZE];
    last_id = header.req_id;
    PAGE->req_cons += MIN((uint32_t)(sizeof(header) + header.len),
                          PAGE->req_prod - PAGE->req_cons);
}

static void say_raw(void)
{
    const struct text raw = feed_text(room());

    put(raw.bytes, raw.size);
}

static void act(void)
{
    fake_arch.when_stuck = act;
    if (feed.size == 0)
        fake_leave();
    switch (feed_below(10)) {
    case 0:
        say_raw();
        break;
    case 1:
        PAGE->rsp_prod = feed_word();
        break;
    case 2:
        PAGE->req_cons = feed_word();
        break;
    case 3:
        PAGE->req_cons = PAGE->req_prod;
        break;
    case 4:
        say(XS_WATCH_EVENT, 0);
        break;
    case 5:
        say(feed_byte(), feed_word());
        break;
    case 6:
        PAGE->connection = feed_word();
        PAGE->error = feed_word();
        break;
    default:
        take_request();
        say(feed_byte() % (XS_TYPE_COUNT + 1), last_id);
        break;
    }
    fake_raise(FAKE_STORE_PORT);
}

static void check(const struct xenstore_request *request)
{
    MUST_HOLD(request->error <= 0);
    MUST_HOLD(request->reply_size <= request->reply_max);
}

static void guest(void)
{
    static char replies[3][40];
    unsigned int watch;

    for (unsigned int i = 0; i < 200; i++) {
        struct xenstore_request requests[] = {
            xenstore_read(0, "a", replies[0], sizeof(replies[0])),
            xenstore_directory("b", replies[1], sizeof(replies[1])),
            xenstore_transaction_start(replies[2], sizeof(replies[2])),
            xenstore_write(0, "c", TEXT("some text")),
        };

        (void)xenstore_exchange(requests, ARRAY_COUNT(requests));
        for (unsigned int k = 0; k < ARRAY_COUNT(requests); k++)
            check(&requests[k]);
        xenstore_receive();
        while (xenstore_next_event(&watch))
            MUST_HOLD(watch < XENSTORE_WATCH_MAX);
    }
    fake_leave();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct boot_ring ring;

    feed_start(bytes, size);
    fake_arch_start();
    ring = fake_store_start(feed_word());
    fake_store.silent = true;
    fake_log_start();
    xenstore_start(&ring);
    fake_arch.when_stuck = act;
    last_id = 0;
    (void)fake_run(guest);
    return 0;
}
