/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/front_ring: a backend that lies, and a frontend that lies.
 */
#include "tests/unit/front_ring.h"

static void refuse(uint32_t rsp_prod)
{
    const struct front_ring before = ring;
    struct response response = {1234};

    shared->rsp_prod = rsp_prod;
    assert_int_equal(front_ring_response(&ring, &response, 4), -XEN_EIO);
    assert_int_equal(response.number, 1234);
    assert_int_equal(ring.rsp_cons, before.rsp_cons);
    assert_int_equal(ring.req_prod, before.req_prod);
    assert_int_equal(ring.shown, before.shown);
}

static void more_responses_than_requests_are_an_error(void **state)
{
    static const uint32_t counts[] = {0, 1, 2, COUNT - 1, COUNT};

    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_COUNT(counts); i++) {
        const uint32_t count = counts[i / 2];
        const uint32_t index = i % 2 == 0 ? 7 : 0 - count;

        start_at(index);
        ask_for(count);
        (void)front_ring_push(&ring);
        refuse(index + count + 1);
        refuse(index + COUNT + 1);
        refuse(index + 0x80000000);
        answer(COUNT);
        assert_int_equal(take(), count); /* honest again */
        refuse(index + count + 1);
    }
}

static void a_response_to_a_request_not_pushed_is_an_error(void **state)
{
    (void)state;
    ask_for(2);
    (void)front_ring_push(&ring);
    ask_for(2);
    refuse(3);
    refuse(4);
    (void)front_ring_push(&ring);
    answer(4);
    assert_int_equal(take(), 4);
}

static void responses_that_go_back_are_an_error(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < 8; index++) {
        start_at(index - 4);
        refuse(index - 5);
        ask_for(4);
        (void)front_ring_push(&ring);
        refuse(index - 5);
        answer(2);
        assert_int_equal(take(), 2);
        refuse(index - 3);
        refuse(index - 4);
    }
}

static void our_index_is_never_read_from_the_ring(void **state)
{
    (void)state;
    ask_for(2);
    (void)front_ring_push(&ring);
    shared->req_prod = 1000;
    refuse(3);
    shared->req_prod = 0;
    shared->rsp_event = 77;
    assert_int_equal(ring.entry_count, COUNT);
    ask_for(1);
    (void)front_ring_push(&ring);
    assert_int_equal(shared->req_prod, 3);
    shared->rsp_prod = 0;
    answer(3);
    assert_int_equal(take(), 3);
    assert_int_equal(shared->rsp_event, 4);
}

static void a_corrupt_ring_has_too_many_requests(void **state)
{
    static const uint32_t indices[] = {0, 1000, UINT32_MAX - COUNT - 2};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(indices); i++) {
        start_at(indices[i]);
        ask_for(4);
        (void)front_ring_push(&ring);
        answer(2);
        assert_false(RING_REQUEST_PROD_OVERFLOW(&backend, shared->req_prod));
        front_ring_corrupt(&ring);
        assert_true(RING_REQUEST_PROD_OVERFLOW(&backend, shared->req_prod));
        assert_true(shared->req_prod - backend.req_cons > COUNT);
        assert_false(front_ring_push(&ring)); /* a push does not repair it */
        assert_true(RING_REQUEST_PROD_OVERFLOW(&backend, shared->req_prod));
        assert_int_equal(take(), 2); /* our own state is intact */
    }
}

static void a_corrupt_ring_is_corrupt_even_if_we_are_slow(void **state)
{
    (void)state;
    for (unsigned int answered = 0; answered <= COUNT; answered++) {
        start_at(0);
        ask_for(COUNT);
        (void)front_ring_push(&ring);
        answer(answered); /* we have not looked at any answer */
        front_ring_corrupt(&ring);
        assert_true(RING_REQUEST_PROD_OVERFLOW(&backend, shared->req_prod));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(more_responses_than_requests_are_an_error),
        TEST(a_response_to_a_request_not_pushed_is_an_error),
        TEST(responses_that_go_back_are_an_error),
        TEST(our_index_is_never_read_from_the_ring),
        TEST(a_corrupt_ring_has_too_many_requests),
        TEST(a_corrupt_ring_is_corrupt_even_if_we_are_slow),
    };

    return cmocka_run_group_tests_name("front_ring_lies", tests, NULL, NULL);
}
