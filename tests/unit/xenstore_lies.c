/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/xenstore with a daemon that misbehaves: unexpected messages,
 * a lost stream, and ports that do not work.
 */
#include "tests/unit/xenstore.h"

static void begin_with_two(void)
{
    begin();
    fake_store_write("a", "one");
    fake_store_write("b", "two");
}

static int set_up_two(void **state)
{
    (void)state;
    fake_first_way(begin_with_two);
    return 0;
}

/* Read two nodes. Other messages of the daemon must not matter. */
static void assert_both_arrive(void)
{
    char a[8], b[8];
    struct xenstore_request requests[] = {
        xenstore_read(0, "a", a, sizeof(a)),
        xenstore_read(0, "b", b, sizeof(b)),
    };

    assert_int_equal(xenstore_exchange(requests, 2), 0);
    assert_int_equal(requests[0].reply_size, 3);
    assert_memory_equal(a, "one", 3);
    assert_int_equal(requests[1].reply_size, 3);
    assert_memory_equal(b, "two", 3);
    assert_int_equal(fake_log_count(), 0);
}

static void assert_nothing_works(void)
{
    struct xenstore_request requests[] = {
        xenstore_read(0, "a", NULL, 0),
        xenstore_write(0, "b", TEXT("new")),
    };
    unsigned int notified = NOTIFIED, waited = fake_arch.wait_count;

    assert_int_equal(xenstore_exchange(requests, 2), -XEN_EIO);
    assert_int_equal(requests[0].error, -XEN_EIO);
    assert_int_equal(requests[1].error, -XEN_EIO);
    xenstore_receive();
    assert_int_equal(NOTIFIED, notified);
    assert_int_equal(fake_arch.wait_count, waited);
}

/* This exchange loses the connection, and that is logged once. */
static void assert_lost(const char *why)
{
    struct xenstore_request read = xenstore_read(0, "a", NULL, 0);

    assert_int_equal(xenstore_exchange(&read, 1), -XEN_EIO);
    assert_nothing_works();
    assert_int_equal(fake_log_count(), 1);
    assert_non_null(strstr(fake_log_last(), "error: connection lost"));
    assert_non_null(strstr(fake_log_last(), why));
}

/* --- messages that are not for us ---------------------------------------- */

static void say_unknown(const struct fake_request *request)
{
    fake_store_say(request->type, request->id + 1000, TEXT("lie"));
    fake_store_say(request->type, request->id - 1000, TEXT("lie"));
    fake_store_say(XS_ERROR, request->id + 1000, TEXT("EINVAL\0"));
}

static void a_reply_without_a_request_is_ignored(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_two)) {
        fake_store.before = say_unknown;
        assert_both_arrive();
    }
}

static uint32_t earlier_ids[2];

static void note_id(const struct fake_request *request)
{
    earlier_ids[fake_store.request_count % 2] = request->id;
}

static void say_late(const struct fake_request *request)
{
    (void)request;
    fake_store_say(XS_READ, earlier_ids[0], TEXT("late"));
    fake_store_say(XS_READ, earlier_ids[1], TEXT("late"));
}

static void a_reply_to_an_earlier_exchange_is_ignored(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_two)) {
        fake_store.before = note_id;
        assert_both_arrive();
        fake_store.before = say_late;
        assert_both_arrive();
    }
}

static void a_reply_without_an_exchange_is_ignored(void **state)
{
    unsigned int watch;

    (void)state;
    while (fake_next_way(begin_with_two)) {
        for (uint32_t id = 0; id < 4; id++)
            fake_store_say(XS_READ, id, TEXT("early"));
        settle();
        assert_false(xenstore_next_event(&watch));
        assert_both_arrive();
    }
}

static void say_again(const struct fake_request *request)
{
    fake_store_say(request->type, request->id, TEXT("lie"));
    fake_store_say(XS_ERROR, request->id, TEXT("EINVAL\0"));
}

static void a_second_reply_is_ignored(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_two)) {
        fake_store.after = say_again;
        assert_both_arrive();
    }
}

static void say_other_type(const struct fake_request *request)
{
    fake_store_say(XS_WRITE, request->id, TEXT("OK\0"));
    fake_store_say(XS_INVALID, request->id, TEXT("lie"));
}

static void a_reply_of_another_type_is_ignored(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_two)) {
        fake_store.before = say_other_type;
        assert_both_arrive();
    }
}

/* The second reply comes first; then the real second reply is a double one. */
static void say_next(const struct fake_request *request)
{
    fake_store_say(XS_READ, request->id + 1, TEXT("two"));
    fake_store.before = NULL;
}

static void replies_are_matched_by_their_id(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_two)) {
        fake_store.before = say_next;
        assert_both_arrive();
    }
}

static void say_empty(const struct fake_request *request)
{
    fake_store_say(XS_ERROR, request->id, TEXT(""));
}

static void an_error_without_a_name_is_an_error(void **state)
{
    struct xenstore_request read = xenstore_read(0, "a", NULL, 0);

    (void)state;
    fake_store.before = say_empty;
    assert_int_equal(xenstore_exchange(&read, 1), -XEN_EIO);
    fake_store.before = NULL;
    assert_both_arrive();
}

static void events_of_no_watch_are_ignored(void **state)
{
    static const struct text payloads[] = {
        {"", 0},
        {"\0", 1},
        {"\0\0", 2},
        {"a", 1},     /* no token */
        {"0", 1},     /* the path is no token */
        {"a\0\0", 3}, /* an empty token */
        {"a\0"
         "g\0",
         4}, /* no number of a watch */
        {"a\0"
         "00\0",
         5}, /* no number of a watch either */
        {"a\0"
         "0123456789012345678901234567890\0",
         34},
    };
    unsigned int watch;

    (void)state;
    while (fake_next_way(begin_with_two)) {
        for (size_t i = 0; i < ARRAY_COUNT(payloads); i++)
            fake_store_say(XS_WATCH_EVENT, (uint32_t)i % 2, payloads[i]);
        assert_both_arrive();
        settle();
        assert_false(xenstore_next_event(&watch));
    }
}

/* The event's request id must not make it a reply. */
static void say_event(const struct fake_request *request)
{
    fake_store_say(XS_WATCH_EVENT, request->id,
                   TEXT("a\0"
                        "3\0"));
}

static void an_event_with_a_requests_id_is_an_event(void **state)
{
    unsigned int watch = 0;

    (void)state;
    while (fake_next_way(begin_with_two)) {
        fake_store.before = say_event;
        assert_both_arrive();
        assert_true(xenstore_next_event(&watch));
        assert_int_equal(watch, 3);
    }
}

static void all_watches_fit_and_no_event_is_too_many(void **state)
{
    static const char *const names = "fedcba9876543210";
    unsigned int watch = 0;

    (void)state;
    for (unsigned int i = 0; i < 1000; i++) {
        char payload[] = {'x', '\0', names[i % 16], '\0'};

        fake_store_say(XS_WATCH_EVENT, 0, (struct text){payload, 4});
    }
    settle();
    for (unsigned int i = 0; i < XENSTORE_WATCH_MAX; i++) {
        assert_true(xenstore_next_event(&watch));
        assert_int_equal(watch, 15 - i);
    }
    assert_false(xenstore_next_event(&watch));
}

/* --- a stream that is lost ----------------------------------------------- */

static void break_replies(const struct fake_request *request)
{
    (void)request;
    fake_store_page->rsp_prod = fake_store_page->rsp_cons + 1025;
    fake_store.silent = true;
}

static void an_impossible_reply_index_ends_the_connection(void **state)
{
    (void)state;
    fake_store.before = break_replies;
    assert_lost("impossible ring indices");
}

static void reverse_replies(const struct fake_request *request)
{
    (void)request;
    fake_store_page->rsp_prod = fake_store_page->rsp_cons - 1;
    fake_store.silent = true;
}

static void a_reply_index_that_goes_back_ends_the_connection(void **state)
{
    (void)state;
    fake_store.before = reverse_replies;
    assert_lost("impossible ring indices");
}

static void an_impossible_request_index_ends_it(void **state)
{
    (void)state;
    fake_store_page->req_cons += 1;
    assert_lost("impossible ring indices");
    assert_int_equal(NOTIFIED, 0);
}

static void indices_may_be_wrong_outside_of_an_exchange(void **state)
{
    (void)state;
    fake_store_page->rsp_prod += 100000;
    xenstore_receive();
    xenstore_receive();
    assert_nothing_works();
    assert_int_equal(fake_log_count(), 1);
}

static void say_too_much(const struct fake_request *request)
{
    fake_store_claim(XS_READ, request->id, TEXT("x"), XENSTORE_PAYLOAD_MAX + 1);
}

static void a_payload_above_4096_bytes_ends_the_connection(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_two)) {
        fake_store.before = say_too_much;
        assert_lost("a payload of more than 4096 bytes");
    }
}

static void say_endlessly(const struct fake_request *request)
{
    fake_store_claim(XS_WATCH_EVENT, request->id, TEXT("x"), 0xffffffff);
}

static void an_event_is_no_longer_than_a_reply(void **state)
{
    (void)state;
    fake_store.before = say_endlessly;
    assert_lost("a payload of more than 4096 bytes");
}

static void replies_before_the_end_are_kept(void **state)
{
    char a[8];
    struct xenstore_request requests[] = {
        xenstore_read(0, "a", a, 8),
        xenstore_read(0, "b", NULL, 0),
    };

    (void)state;
    fake_store.after = say_too_much;
    assert_int_equal(xenstore_exchange(requests, 2), -XEN_EIO);
    assert_int_equal(requests[0].error, 0);
    assert_memory_equal(a, "one", 3);
    assert_int_equal(requests[1].error, -XEN_EIO);
}

/* --- ports --------------------------------------------------------------- */

static void a_port_that_xen_does_not_have_is_no_store(void **state)
{
    struct boot_ring ring = fake_store_start(0);

    (void)state;
    ring.port = 0;
    xenstore_start(&ring);
    assert_nothing_works();
    ring.port = 4096;
    xenstore_start(&ring);
    assert_nothing_works();
    assert_int_equal(fake_log_count(), 0); /* there was no connection to lose */
}

static void a_daemon_that_cannot_be_notified_is_lost(void **state)
{
    (void)state;
    fake_arch.send_error = -XEN_EINVAL;
    assert_lost("the event channel is gone");
}

static void a_daemon_that_cannot_be_waited_for_is_lost(void **state)
{
    (void)state;
    fake_arch.wait_error = -XEN_EINVAL;
    assert_lost("the event channel is gone");
}

#define LIES(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up_two, fake_end_way)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIES(a_reply_without_a_request_is_ignored),
        LIES(a_reply_to_an_earlier_exchange_is_ignored),
        LIES(a_reply_without_an_exchange_is_ignored),
        LIES(a_second_reply_is_ignored),
        LIES(a_reply_of_another_type_is_ignored),
        LIES(replies_are_matched_by_their_id),
        LIES(an_error_without_a_name_is_an_error),
        LIES(events_of_no_watch_are_ignored),
        LIES(an_event_with_a_requests_id_is_an_event),
        LIES(all_watches_fit_and_no_event_is_too_many),
        LIES(an_impossible_reply_index_ends_the_connection),
        LIES(a_reply_index_that_goes_back_ends_the_connection),
        LIES(an_impossible_request_index_ends_it),
        LIES(indices_may_be_wrong_outside_of_an_exchange),
        LIES(a_payload_above_4096_bytes_ends_the_connection),
        LIES(an_event_is_no_longer_than_a_reply),
        LIES(replies_before_the_end_are_kept),
        LIES(a_port_that_xen_does_not_have_is_no_store),
        LIES(a_daemon_that_cannot_be_notified_is_lost),
        LIES(a_daemon_that_cannot_be_waited_for_is_lost),
    };

    return cmocka_run_group_tests_name("xenstore_lies", tests, NULL, NULL);
}
