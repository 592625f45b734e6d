/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/front_ring: it must do what the macros of xen/io/ring.h do.
 * SEED=number repeats the random ones.
 */
#include "tests/unit/front_ring.h"

#include <signal.h>

#include <sys/mman.h>

/* --- the layout ----------------------------------------------------------- */

static void the_entry_count_is_that_of_xens_macros(void **state)
{
    static const struct {
        uint32_t size, count;
    } sizes[] = {
        {8, 256}, {12, 256}, {112, 32}, {16, 128}, {2016, 2}, {2017, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        front_ring_start(&ring, shared, sizes[i].size);
        assert_int_equal(ring.entry_count, sizes[i].count);
        assert_int_equal(ring.entry_size, sizes[i].size);
    }
    assert_int_equal(sizeof(union netif_rx_sring_entry), 8);
    assert_int_equal(sizeof(union netif_tx_sring_entry), 12);
    assert_int_equal(sizeof(union blkif_sring_entry), 112);
    assert_int_equal(__CONST_RING_SIZE(netif_rx, PAGE_SIZE), 256);
    assert_int_equal(__CONST_RING_SIZE(netif_tx, PAGE_SIZE), 256);
    assert_int_equal(__CONST_RING_SIZE(blkif, PAGE_SIZE), 32);
}

static void a_new_ring_is_as_xen_makes_it(void **state)
{
    struct test_sring *wanted = calloc(1, PAGE_SIZE);

    (void)state;
    SHARED_RING_INIT(wanted);
    memset(shared, 0, PAGE_SIZE);
    memset(&ring, 0xee, sizeof(ring));
    front_ring_start(&ring, shared, sizeof(union test_sring_entry));
    assert_memory_equal(shared, wanted, PAGE_SIZE);
    free(wanted);
    assert_false(front_ring_push(&ring));
    assert_int_equal(take(), 0);
    assert_int_equal(shared->req_prod, 0);
    assert_int_equal(shared->rsp_event, 1);
}

static void places_lie_side_by_side_in_the_page(void **state)
{
    static const uint32_t sizes[] = {8, 12, 112};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        front_ring_start(&ring, shared, sizes[i]);
        for (uint32_t j = 0; j < ring.entry_count; j++) {
            char *place = front_ring_request(&ring);

            assert_ptr_equal(place, (char *)shared + HEADER + j * sizes[i]);
            memset(place, 0xee, sizes[i]);
        }
        assert_null(front_ring_request(&ring));
    }
}

/* --- requests and responses ----------------------------------------------- */

static void requests_are_shown_when_they_are_pushed(void **state)
{
    (void)state;
    ask_for(3);
    assert_int_equal(shared->req_prod, 0);
    assert_false(RING_HAS_UNCONSUMED_REQUESTS(&backend));
    assert_true(front_ring_push(&ring));
    assert_int_equal(shared->req_prod, 3);
    ask_for(1);
    assert_int_equal(shared->req_prod, 3);
    answer(COUNT);
    assert_int_equal(take(), 3);
}

static void a_full_ring_refuses_until_a_response_is_taken(void **state)
{
    struct response response;

    (void)state;
    for (uint32_t i = 0; i < 2; i++) {
        start_at(i == 0 ? 0 : UINT32_MAX - 100);
        ask_for(COUNT);
        assert_false(ask());
        (void)front_ring_push(&ring);
        assert_false(ask());
        answer(2);
        assert_false(ask()); /* its place still holds a response */
        assert_int_equal(front_ring_response(&ring, &response, 4), 1);
        assert_true(ask());
        assert_false(ask());
    }
}

static void indices_wrap_at_2_to_the_32(void **state)
{
    (void)state;
    for (uint32_t before = 0; before <= COUNT + 1; before++) {
        start_at(0 - before);
        ask_for(COUNT);
        assert_true(front_ring_push(&ring));
        assert_true(answer(COUNT));
        assert_int_equal(take(), COUNT);
        ask_for(COUNT);
        assert_false(ask());
        (void)front_ring_push(&ring);
        answer(COUNT);
        assert_int_equal(take(), COUNT);
        assert_int_equal(shared->req_prod, 2 * COUNT - before);
        assert_int_equal(shared->rsp_event, 2 * COUNT - before + 1);
    }
}

static void no_more_of_a_response_than_wanted_is_copied(void **state)
{
    uint8_t got[12], wanted[12];

    (void)state;
    for (size_t size = 0; size <= sizeof(got); size++) {
        start_at(0);
        ask_for(1);
        (void)front_ring_push(&ring);
        memset(shared->ring, 0x11, sizeof(wanted));
        shared->rsp_prod = 1;
        memset(got, 0xee, sizeof(got));
        memset(wanted, 0xee, sizeof(wanted));
        memset(wanted, 0x11, size);
        assert_int_equal(front_ring_response(&ring, got, size), 1);
        assert_memory_equal(got, wanted, sizeof(wanted));
    }
}

static unsigned int start_random(void)
{
    const char *given = getenv("SEED");
    unsigned int seed = given ? (unsigned int)strtoul(given, NULL, 0) : 1;

    srand(seed);
    return seed;
}

/* --- events --------------------------------------------------------------- */

static void pushing_nothing_sends_no_event(void **state)
{
    (void)state;
    for (uint32_t event = 0; event < 4; event++) {
        start_at(1);
        shared->req_event = event;
        assert_false(front_ring_push(&ring));
    }
}

/* Another frontend, made of Xen's macros, in a page of its own. */
static struct test_sring *twin_shared;
static struct test_front_ring twin;

static bool both_push(void)
{
    bool tell;

    RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&twin, tell);
    return front_ring_push(&ring) == tell;
}

static bool both_take(void)
{
    struct response response;
    unsigned int more;

    RING_FINAL_CHECK_FOR_RESPONSES(&twin, more);
    twin.rsp_cons += more ? 1 : 0;
    return front_ring_response(&ring, &response, 4) == (more ? 1 : 0);
}

static bool both_move(void)
{
    const uint32_t open = shared->req_prod - shared->rsp_prod;
    bool room;

    switch (rand() % 5) {
    case 0:
        return both_push();
    case 1:
        return both_take();
    case 2:
        shared->req_event = twin.req_prod_pvt + (uint32_t)(rand() % 20) - 10;
        twin_shared->req_event = shared->req_event;
        return true;
    case 3:
        shared->rsp_prod += (uint32_t)rand() % (open + 1);
        twin_shared->rsp_prod = shared->rsp_prod;
        return true;
    }
    for (int count = rand() % 20; count > 0; count--) {
        room = !RING_FULL(&twin);
        twin.req_prod_pvt += room ? 1 : 0;
        if ((front_ring_request(&ring) != NULL) != room)
            return false;
    }
    return true;
}

static void the_ring_does_what_xens_macros_do(void **state)
{
    const unsigned int seed = start_random();
    const uint32_t index = UINT32_MAX - 5000; /* wraps on the way */

    (void)state;
    start_at(index);
    twin_shared = malloc(PAGE_SIZE);
    memcpy(twin_shared, shared, PAGE_SIZE);
    twin = (struct test_front_ring){
        index, index, __CONST_RING_SIZE(test, PAGE_SIZE), twin_shared};
    for (unsigned int round = 0; round < 100000; round++) {
        if (!both_move() || memcmp(shared, twin_shared, HEADER) != 0 ||
            ring.req_prod != twin.req_prod_pvt ||
            ring.rsp_cons != twin.rsp_cons)
            fail_msg("SEED=%u, round %u", seed, round);
    }
    assert_true(shared->rsp_prod < UINT32_MAX / 2); /* the index did wrap */
    free(twin_shared);
}

static void an_event_is_requested_when_no_response_is_left(void **state)
{
    struct response response;

    (void)state;
    ask_for(3);
    (void)front_ring_push(&ring);
    assert_true(answer(1));
    assert_false(answer(2));
    for (unsigned int i = 0; i < 3; i++) {
        assert_int_equal(front_ring_response(&ring, &response, 4), 1);
        assert_int_equal(shared->rsp_event, 1);
    }
    assert_int_equal(front_ring_response(&ring, &response, 4), 0);
    assert_int_equal(shared->rsp_event, 4);
    ask_for(1);
    (void)front_ring_push(&ring);
    assert_true(answer(1));
}

/* Each side looks only after an event: neither may wait forever. */
static void neither_side_waits_for_an_event_that_was_not_sent(void **state)
{
    const unsigned int seed = start_random();
    uint32_t taken = 0;
    unsigned int more;

    (void)state;
    start_at(UINT32_MAX - 5000);
    for (unsigned int round = 0; round < 5000; round++) {
        const uint32_t count = 1 + (uint32_t)rand() % COUNT;
        bool told = false;

        ask_for(count);
        if (!front_ring_push(&ring))
            fail_msg("SEED=%u, round %u: no request came", seed, round);
        do {
            told = answer(1 + (unsigned int)rand() % 9) || told;
            if (told && rand() % 4 == 0) {
                taken += take();
                told = false;
            }
            RING_FINAL_CHECK_FOR_REQUESTS(&backend, more);
        } while (more);
        if (told)
            taken += take();
        if (taken != count)
            fail_msg("SEED=%u, round %u: %u of %u", seed, round, taken, count);
        taken = 0;
    }
}

/* The backend is faster: the CPU calls this when the ring writes to the
 * page. */
static void be_faster(int signal_number)
{
    (void)signal_number;
    mprotect(shared, PAGE_SIZE, PROT_READ | PROT_WRITE);
    answer(1);
}

static void a_response_just_before_the_event_is_requested_is_seen(void **state)
{
    void (*before)(int);
    unsigned int count;

    (void)state;
    ask_for(1);
    (void)front_ring_push(&ring);
    shared->rsp_event = COUNT; /* no event is requested yet */
    before = signal(SIGSEGV, be_faster);
    mprotect(shared, PAGE_SIZE, PROT_READ);
    count = take();
    signal(SIGSEGV, before);
    assert_int_equal(count, 1);
    assert_int_equal(shared->rsp_event, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_entry_count_is_that_of_xens_macros),
        TEST(a_new_ring_is_as_xen_makes_it),
        TEST(places_lie_side_by_side_in_the_page),
        TEST(requests_are_shown_when_they_are_pushed),
        TEST(a_full_ring_refuses_until_a_response_is_taken),
        TEST(indices_wrap_at_2_to_the_32),
        TEST(no_more_of_a_response_than_wanted_is_copied),
        TEST(pushing_nothing_sends_no_event),
        TEST(the_ring_does_what_xens_macros_do),
        TEST(an_event_is_requested_when_no_response_is_left),
        TEST(neither_side_waits_for_an_event_that_was_not_sent),
        TEST(a_response_just_before_the_event_is_requested_is_seen),
    };

    return cmocka_run_group_tests_name("front_ring", tests, NULL, NULL);
}
