/* SPDX-License-Identifier: MIT */
/*
 * fake/backend - the backend of one device; see fake/backend.h.
 */
#include "tests/fake/backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define xen_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() xen_mb()
#define xen_wmb() xen_mb()

#include <xen/io/blkif.h>
#include <xen/io/netif.h>
#include <xen/io/xenbus.h>

#include "drivers/xenbus.h"
#include "lib/macros.h"
#include "tests/fake/arch.h"

/* The macros of xen/io/ring.h use a difference of pointers as a size. */
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wconversion"

struct fake_backend fake_backend;

static blkif_back_ring_t disk;
static netif_tx_back_ring_t out; /* frames that the guest sends */
static netif_rx_back_ring_t in;

/* The indices of the ring on which the guest sends. */
static uint32_t *requests, *responses;

/* --- the store ------------------------------------------------------------ */

static const char *front_path(const char *name)
{
    static char path[100];

    snprintf(path, sizeof(path), "device/%s/%u%s%s", fake_backend.type,
             fake_backend.number, name[0] ? "/" : "", name);
    return path;
}

static const char *back_path(const char *name)
{
    static char path[100];

    snprintf(path, sizeof(path), "/local/domain/%u/backend/%s/7/%u%s%s",
             fake_backend.domain, fake_backend.type, fake_backend.number,
             name[0] ? "/" : "", name);
    return path;
}

static void write_number(const char *path, unsigned int number)
{
    char text[11];

    snprintf(text, sizeof(text), "%u", number);
    fake_store_write(path, text);
}

uint32_t fake_frontend_number(const char *name)
{
    const char *value = fake_store_value(front_path(name));

    return value ? (uint32_t)strtoul(value, NULL, 10) : 0;
}

unsigned int fake_frontend_state(void)
{
    return fake_frontend_number("state");
}

void fake_backend_set(unsigned int state)
{
    write_number(back_path("state"), state);
}

bool fake_backend_is(unsigned int state)
{
    const char *value = fake_store_value(back_path("state"));

    return value && strtoul(value, NULL, 10) == state;
}

void fake_backend_tell(const char *name, const char *value)
{
    if (value)
        fake_store_write(back_path(name), value);
    else
        fake_store_remove(back_path(name));
}

static void start(unsigned int domain, const char *type, unsigned int number,
                  unsigned int state)
{
    static bool used;

    /* A disk is large, and the first one is blank anyway. */
    if (used)
        memset(&fake_backend, 0, sizeof(fake_backend));
    used = true;
    fake_backend.type = type;
    fake_backend.number = number;
    fake_backend.domain = domain;
    fake_backend.connects = true;
    fake_backend.answers = true;
    fake_store_write(back_path("sectors"), "4096");
    fake_store_write(back_path("info"), "0");
    fake_store_write(back_path("feature-flush-cache"), "1");
    fake_backend_set(state);
    fake_store_write(front_path("mac"), "00:16:3e:01:02:03");
    write_number(front_path("backend-id"), domain);
    fake_store_write(front_path("backend"), back_path(""));
    fake_store_write(front_path("state"), "1");
}

void fake_backend_start(const char *type, unsigned int number,
                        unsigned int state)
{
    start(0, type, number, state);
}

void fake_backend_move(unsigned int domain, unsigned int state)
{
    fake_backend_remove();
    start(domain, fake_backend.type, fake_backend.number, state);
}

void fake_backend_remove(void)
{
    fake_store_remove(back_path(""));
    fake_store_remove(front_path(""));
}

static bool is_kind(const char *type)
{
    return fake_backend.type && strcmp(fake_backend.type, type) == 0;
}

/* A request of an attack; the guest says so by its id. */
static bool is_hostile(uint64_t id)
{
    if (id != XENBUS_HOSTILE_ID && id != XENBUS_HOSTILE_REST)
        return false;
    assert_true(fake_backend.forgives);
    return true;
}

/* --- a disk --------------------------------------------------------------- */

static void *granted(grant_ref_t reference)
{
    void *page = fake_granted_page(reference);

    if (!page)
        fail_msg("grant %u does not exist", reference);
    return page;
}

/* The guest is connected to this device, not to one before it; there is a
 * request, and the guest has not corrupted the ring. */
#define IS_SERVED(kind, ring)                                                  \
    (is_kind(kind) && fake_backend.port != 0 && fake_backend.answers &&        \
     (ring)->req_cons != (ring)->sring->req_prod &&                            \
     !RING_REQUEST_PROD_OVERFLOW(ring, (ring)->sring->req_prod))

static void tell(int notify)
{
    if (notify)
        fake_raise(fake_backend.port);
}

void fake_backend_answer(uint64_t id, int status)
{
    blkif_response_t *response = RING_GET_RESPONSE(&disk, disk.rsp_prod_pvt);
    int notify;

    response->id = id;
    response->status = (int16_t)status;
    disk.rsp_prod_pvt++;
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&disk, notify);
    tell(notify);
}

/* Whether all pages of a request are still lent. */
static bool has_pages(const blkif_request_t *request)
{
    for (unsigned int i = 0; i < request->nr_segments; i++) {
        if (!fake_granted_page(request->seg[i].gref))
            return false;
    }
    return true;
}

bool fake_backend_has_pages(void)
{
    const RING_IDX end =
        fake_backend.port != 0 ? disk.sring->req_prod : disk.req_cons;

    if (end - disk.req_cons > RING_SIZE(&disk))
        return true; /* the guest has corrupted the ring */
    for (RING_IDX i = disk.req_cons; i != end; i++) {
        if (RING_GET_REQUEST(&disk, i)->id < BLKIF_MAX_SEGMENTS_PER_REQUEST &&
            !has_pages(RING_GET_REQUEST(&disk, i)))
            return false;
    }
    return true;
}

static void move(const blkif_request_t *request)
{
    char *at = &fake_backend.disk[request->sector_number * 512];

    assert_in_range(request->nr_segments, 1, BLKIF_MAX_SEGMENTS_PER_REQUEST);
    assert_true(request->sector_number + request->nr_segments * 8 <=
                FAKE_SECTORS);
    for (unsigned int i = 0; i < request->nr_segments; i++) {
        char *page = granted(request->seg[i].gref);

        assert_int_equal(request->seg[i].first_sect, 0);
        assert_int_equal(request->seg[i].last_sect, 7);
        if (request->operation == BLKIF_OP_WRITE)
            memcpy(at + i * PAGE_SIZE, page, PAGE_SIZE);
        else
            memcpy(page, at + i * PAGE_SIZE, PAGE_SIZE);
    }
}

/* A response has the place of a request: a backend that lied may have put a
 * response where a request was that it has not read. */
static bool is_own_lie(const blkif_request_t *request)
{
    return fake_backend.lied &&
           (request->handle != fake_backend.number ||
            request->nr_segments > BLKIF_MAX_SEGMENTS_PER_REQUEST ||
            request->sector_number >= FAKE_SECTORS);
}

/* The answer to a request of an attack. No such request may change a disk. */
static int answer_of(const blkif_request_t *request)
{
    uint64_t count = 0;

    assert_int_not_equal(request->operation, BLKIF_OP_WRITE);
    switch (request->operation) {
    case BLKIF_OP_READ:
        break;
    case BLKIF_OP_FLUSH_DISKCACHE:
    case BLKIF_OP_WRITE_BARRIER:
        assert_int_equal(request->nr_segments, 0);
        return BLKIF_RSP_OKAY;
    case BLKIF_OP_DISCARD:
        assert_true(request->sector_number > FAKE_SECTORS);
        return BLKIF_RSP_ERROR;
    case BLKIF_OP_INDIRECT:
        assert_int_not_equal(
            ((const blkif_request_indirect_t *)request)->indirect_op,
            BLKIF_OP_WRITE);
        return BLKIF_RSP_ERROR;
    default:
        return BLKIF_RSP_EOPNOTSUPP;
    }
    if (request->nr_segments == 0 ||
        request->nr_segments > BLKIF_MAX_SEGMENTS_PER_REQUEST)
        return BLKIF_RSP_ERROR;
    for (unsigned int i = 0; i < request->nr_segments; i++) {
        const struct blkif_request_segment *segment = &request->seg[i];

        if (segment->last_sect >= 8 ||
            segment->first_sect > segment->last_sect ||
            !fake_granted_page(segment->gref))
            return BLKIF_RSP_ERROR;
        count += segment->last_sect + 1U - segment->first_sect;
    }
    return request->sector_number <= FAKE_SECTORS - count ? BLKIF_RSP_OKAY
                                                          : BLKIF_RSP_ERROR;
}

static bool serve_disk(void)
{
    blkif_request_t request;

    if (!IS_SERVED("vbd", &disk))
        return false;
    request = *RING_GET_REQUEST(&disk, disk.req_cons);
    disk.req_cons++;
    disk.sring->req_event = disk.req_cons + 1;
    fake_backend.request_count++;
    if (is_own_lie(&request)) {
        fake_backend_answer(request.id, BLKIF_RSP_ERROR);
        return true;
    }
    if (is_hostile(request.id)) {
        fake_backend_answer(request.id, answer_of(&request));
        return true;
    }
    assert_int_equal(request.handle, fake_backend.number);
    if (fake_backend.forgives && !has_pages(&request)) {
        fake_backend_answer(request.id, BLKIF_RSP_ERROR);
        return true;
    }
    if (request.operation == BLKIF_OP_FLUSH_DISKCACHE)
        assert_int_equal(request.nr_segments, 0);
    else if (fake_backend.status == BLKIF_RSP_OKAY)
        move(&request);
    fake_backend_answer(request.id, fake_backend.status);
    return true;
}

static void connect_disk(void)
{
    fake_backend.references[0] = fake_frontend_number("ring-ref");
    assert_string_equal(fake_store_value(front_path("protocol")), "x86_64-abi");
    BACK_RING_INIT(&disk, (blkif_sring_t *)granted(fake_backend.references[0]),
                   PAGE_SIZE);
    requests = &disk.sring->req_prod;
    responses = &disk.sring->rsp_prod;
}

/* --- a network ------------------------------------------------------------ */

static void respond(uint16_t id, int status)
{
    netif_tx_response_t *response = RING_GET_RESPONSE(&out, out.rsp_prod_pvt);
    int notify;

    /* As Linux does it: in the place of an extra info the id stays as it is. */
    if (status != NETIF_RSP_NULL)
        response->id = id;
    response->status = (int16_t)status;
    out.rsp_prod_pvt++;
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&out, notify);
    tell(notify);
}

/* A request of an attack, and its extra info. */
static void answer_hostile(const netif_tx_request_t *request)
{
    const bool has_extra = (request->flags & NETTXF_extra_info) != 0;
    netif_extra_info_t extra = {.type = 0};

    if (has_extra) {
        assert_int_not_equal(out.req_cons, out.sring->req_prod);
        extra = *(netif_extra_info_t *)RING_GET_REQUEST(&out, out.req_cons);
        out.req_cons++;
        out.sring->req_event = out.req_cons + 1;
    }
    if (fake_backend.gives_up && extra.type != XEN_NETIF_EXTRA_TYPE_MCAST_ADD &&
        (has_extra || request->flags != 0 ||
         request->offset + request->size > (int)PAGE_SIZE)) {
        fake_backend.answers = false;
        return;
    }
    respond(request->id, extra.type == XEN_NETIF_EXTRA_TYPE_MCAST_ADD
                             ? NETIF_RSP_OKAY
                             : NETIF_RSP_ERROR);
    if (has_extra)
        respond(0, NETIF_RSP_NULL);
}

static bool serve_network(void)
{
    const unsigned int number = fake_backend.frame_count;
    netif_tx_request_t request;

    if (!IS_SERVED("vif", &out))
        return false;
    request = *RING_GET_REQUEST(&out, out.req_cons);
    out.req_cons++;
    out.sring->req_event = out.req_cons + 1;
    fake_backend.request_count++;
    if (is_hostile(request.id)) {
        answer_hostile(&request);
        return true;
    }
    assert_true(request.offset + request.size <= PAGE_SIZE);
    assert_in_range(request.size, 60, 1514);
    assert_int_equal(request.flags, 0);
    if (number < FAKE_FRAME_MAX) {
        memcpy(fake_backend.frames[number],
               (char *)granted(request.gref) + request.offset, request.size);
        fake_backend.frame_sizes[number] = request.size;
    }
    fake_backend.frame_count++;
    respond(request.id, NETIF_RSP_OKAY);
    return true;
}

bool fake_backend_give(const void *frame, size_t size)
{
    return fake_backend_give_at(frame, size, 0, 0);
}

bool fake_backend_give_at(const void *frame, size_t size, unsigned int offset,
                          unsigned int more)
{
    netif_rx_response_t *response;
    netif_rx_request_t request;
    bool is_taken;
    int notify;

    if (in.req_cons == in.sring->req_prod)
        return false;
    request = *RING_GET_REQUEST(&in, in.req_cons);
    is_taken = fake_granted_page(request.gref) &&
               !(fake_arch.grants[request.gref].flags & GTF_readonly);
    if (fake_backend.forgives && !is_taken && !is_hostile(request.id))
        return false;
    in.req_cons++;
    if (is_taken || !is_hostile(request.id))
        memcpy(granted(request.gref), frame, size);
    response = RING_GET_RESPONSE(&in, in.rsp_prod_pvt);
    *response = (netif_rx_response_t){
        .id = (uint16_t)(request.id + more),
        .offset = (uint16_t)offset,
        .status = (int16_t)(is_taken ? (int)size : NETIF_RSP_ERROR),
    };
    in.rsp_prod_pvt++;
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&in, notify);
    tell(notify);
    return true;
}

static void connect_network(void)
{
    fake_backend.references[0] = fake_frontend_number("tx-ring-ref");
    fake_backend.references[1] = fake_frontend_number("rx-ring-ref");
    assert_int_equal(fake_frontend_number("request-rx-copy"), 1);
    assert_int_equal(fake_frontend_number("feature-rx-notify"), 1);
    assert_int_equal(fake_frontend_number("feature-no-csum-offload"), 1);
    BACK_RING_INIT(&out,
                   (netif_tx_sring_t *)granted(fake_backend.references[0]),
                   PAGE_SIZE);
    BACK_RING_INIT(&in, (netif_rx_sring_t *)granted(fake_backend.references[1]),
                   PAGE_SIZE);
    /* The guest asks for no frames yet; drivers/netfront.c says why. */
    if (!fake_backend.forgives)
        assert_int_equal(in.sring->req_prod, 0);
    requests = &out.sring->req_prod;
    responses = &out.sring->rsp_prod;
}

/* --- states --------------------------------------------------------------- */

/* The differences between types of devices. */
static const struct kind {
    const char *type;
    unsigned int offered;  /* the state that the guest says with its offer */
    const char *keys[7];   /* an offer without one of these is not complete */
    void (*connect)(void); /* read the offer, map the rings */
    bool (*serve)(void);   /* take a request; false: there is none */
} kinds[] = {
    {
        .type = "vbd",
        .offered = XenbusStateInitialised,
        .keys = {"event-channel", "ring-ref", "protocol"},
        .connect = connect_disk,
        .serve = serve_disk,
    },
    {
        .type = "vif",
        .offered = XenbusStateConnected,
        .keys = {"event-channel", "tx-ring-ref", "rx-ring-ref",
                 "request-rx-copy", "feature-rx-notify",
                 "feature-no-csum-offload"},
        .connect = connect_network,
        .serve = serve_network,
    },
};

static const struct kind *kind(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        if (is_kind(kinds[i].type))
            return &kinds[i];
    }
    fail_msg("the backend has no kind %s", fake_backend.type);
    return NULL;
}

uint32_t *fake_backend_responses(void)
{
    return responses;
}

uint32_t *fake_backend_requests(void)
{
    return requests;
}

/* False: the page is not lent any more, or to another domain, since the device
 * was moved while the guest offered it. */
static bool is_lent(const char *key)
{
    const uint32_t reference = fake_frontend_number(key);

    return fake_granted_page(reference) &&
           fake_arch.grants[reference].domid ==
               fake_frontend_number("backend-id");
}

/* False: a part is missing, since the folder was replaced while the guest
 * wrote to it, or makes no sense, or a ring is not lent. */
static bool is_offer_whole(void)
{
    const char *const *keys = kind()->keys;

    if (fake_backend.forgives &&
        (!fake_is_own_port(fake_frontend_number("event-channel")) ||
         fake_store_holds(front_path("protocol"), "x")))
        return false;

    for (size_t i = 0; keys[i]; i++) {
        if (!fake_store_value(front_path(keys[i])) ||
            (strstr(keys[i], "ring-ref") && !is_lent(keys[i])))
            return false;
    }
    return true;
}

static void connect(void)
{
    if (!is_offer_whole()) {
        fake_backend.refused = true;
        fake_backend_set(XenbusStateClosing);
        return;
    }
    fake_backend.port = fake_frontend_number("event-channel");
    fake_backend.lied = false;
    kind()->connect();
    fake_connect(fake_backend.port, kind()->serve);
    fake_backend_set(XenbusStateConnected);
}

void fake_backend_observe(const struct fake_request *request)
{
    unsigned int state;

    if (!fake_backend.type || request->type != XS_WRITE ||
        strcmp(request->path, front_path("state")) != 0)
        return;
    state = fake_frontend_state();
    if (state == kind()->offered && fake_backend_is(XenbusStateInitWait) &&
        fake_backend.connects)
        connect();
    else if (state == XenbusStateInitialising &&
             fake_backend_is(XenbusStateClosed))
        fake_backend_set(XenbusStateInitWait);
    else if (state == XenbusStateClosing)
        fake_backend_set(XenbusStateClosing);
    else if (state == XenbusStateClosed)
        fake_backend_set(XenbusStateClosed);
}
