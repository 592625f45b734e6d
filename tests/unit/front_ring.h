/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of drivers/front_ring: a ring, and a backend at its other
 * end, made of the macros of xen/io/ring.h.
 */
#ifndef TESTS_UNIT_FRONT_RING_H
#define TESTS_UNIT_FRONT_RING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xen/xen.h>

#include <xen/grant_table.h>

#define xen_mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define xen_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define xen_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#include <xen/io/blkif.h>
#include <xen/io/netif.h>
#include <xen/io/ring.h>

#include "drivers/front_ring.h"
#include "lib/error.h"

struct request {
    uint32_t number, twice, thrice;
};

struct response {
    uint32_t number;
};

DEFINE_RING_TYPES(test, struct request, struct response);

#define COUNT  256 /* entries of this size */
#define HEADER offsetof(struct test_sring, ring)

static struct front_ring ring;
static struct test_sring *shared; /* alone in a page of the heap */
static struct test_back_ring backend;
static uint32_t responses; /* taken so far, by number */

static inline void start_at(uint32_t index)
{
    memset(shared, 0, PAGE_SIZE);
    front_ring_start(&ring, shared, sizeof(union test_sring_entry));
    ring.req_prod = ring.rsp_cons = ring.shown = index;
    shared->req_prod = shared->rsp_prod = index;
    shared->req_event = shared->rsp_event = index + 1;
    backend = (struct test_back_ring){
        index, index, __CONST_RING_SIZE(test, PAGE_SIZE), shared};
    responses = index;
}

static inline int set_up(void **state)
{
    (void)state;
    shared = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
    if (!shared)
        return -1;
    start_at(0);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    free(shared);
    return 0;
}

/* Each request and each response holds its number. */
static inline bool ask(void)
{
    const uint32_t number = ring.req_prod;
    struct request *request = front_ring_request(&ring);

    if (request)
        *request = (struct request){number, 2 * number, 3 * number};
    return request != NULL;
}

static inline void ask_for(unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        assert_true(ask());
}

/* The backend answers one request. False: there was none. */
static inline bool answer_one(void)
{
    const struct request *request =
        RING_GET_REQUEST(&backend, backend.req_cons);
    const uint32_t number = backend.req_cons;

    if (!RING_HAS_UNCONSUMED_REQUESTS(&backend))
        return false;
    assert_int_equal(request->number, number);
    assert_int_equal(request->twice, 2 * number);
    assert_int_equal(request->thrice, 3 * number);
    backend.req_cons++;
    RING_GET_RESPONSE(&backend, backend.rsp_prod_pvt++)->number = ~number;
    return true;
}

/* Answer up to `max` requests and show the answers. True: the backend
 * sends an event. */
static inline bool answer(unsigned int max)
{
    bool tell;

    while (max-- > 0 && answer_one()) {
    }
    RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&backend, tell);
    return tell;
}

/* Take all responses, in their order. Returns their number. */
static inline unsigned int take(void)
{
    struct response response;
    unsigned int count = 0;
    int result;

    while ((result = front_ring_response(&ring, &response, sizeof(response))) >
           0) {
        assert_int_equal(result, 1);
        assert_int_equal(response.number, ~responses);
        responses++;
        count++;
    }
    assert_int_equal(result, 0);
    return count;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
