/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/xenstore with a correct daemon: requests, replies and
 * transactions.
 */
#include <stdlib.h>

#include "tests/unit/xenstore.h"

/* --- replies ------------------------------------------------------------- */

static void a_read_brings_the_value(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char reply[64];
        struct xenstore_request read = xenstore_read(0, "a", reply, 64);

        fake_store_write("a", "hello");
        assert_int_equal(xenstore_exchange(&read, 1), 0);
        assert_reply(&read, "hello");
    }
}

static void a_path_with_a_slash_is_not_relative(void **state)
{
    char reply[64];
    struct xenstore_request read = xenstore_read(0, "/vm", reply, 64);

    (void)state;
    fake_store_write("vm", "mine");
    fake_store_write("/vm", "everybody's");
    assert_int_equal(xenstore_exchange(&read, 1), 0);
    assert_reply(&read, "everybody's");
}

static void a_write_is_stored(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        struct xenstore_request requests[] = {
            xenstore_write(0, "a", TEXT("hello")),
            xenstore_write(0, "b", TEXT("")),
        };

        assert_int_equal(xenstore_exchange(requests, 2), 0);
        assert_true(fake_store_holds("a", "hello"));
        assert_true(fake_store_holds("b", ""));
    }
}

static void a_removed_node_is_absent(void **state)
{
    struct xenstore_request remove = xenstore_remove(0, "a");

    (void)state;
    fake_store_write("a", "hello");
    fake_store_write("a/b", "below");
    assert_int_equal(xenstore_exchange(&remove, 1), 0);
    assert_true(fake_store_holds("a", NULL));
    assert_true(fake_store_holds("a/b", NULL));
}

static char order[256];

static void note_path(const struct fake_request *request)
{
    strcat(order, request->path);
}

static void requests_are_handled_in_their_order(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        struct xenstore_request requests[] = {
            xenstore_write(0, "a", TEXT("1")), xenstore_remove(0, "b"),
            xenstore_write(0, "c", TEXT("2")), xenstore_watch("d", 0),
            xenstore_read(0, "a", NULL, 0),
        };

        order[0] = '\0';
        fake_store.before = note_path;
        assert_int_equal(xenstore_exchange(requests, 5), 0);
        assert_string_equal(order, "abcda");
    }
}

static void each_request_has_its_own_error(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char a[8], b[8];
        struct xenstore_request requests[] = {
            xenstore_read(0, "a", a, 8),
            xenstore_write(0, "shut", TEXT("x")),
            xenstore_read(0, "absent", a, 8),
            xenstore_read(0, "b", b, 8),
        };

        fake_store_write("a", "one");
        fake_store_write("b", "two");
        fake_store_read_only("shut");
        /* The first error that is not 0. */
        assert_int_equal(xenstore_exchange(requests, 4), -XEN_EACCES);
        assert_int_equal(requests[1].error, -XEN_EACCES);
        assert_int_equal(requests[2].error, -XEN_ENOENT);
        assert_reply(&requests[0], "one");
        assert_reply(&requests[3], "two");
    }
}

static void an_error_that_xen_does_not_have_is_EIO(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char reply[8];
        struct xenstore_request requests[] = {
            xenstore_read(0, "bad", reply, 8),
            xenstore_read(0, "a", reply, 8),
        };

        fake_store_write("a", "after");
        fake_store.failing_path = "bad";
        fake_store.failing_with = "EVERYTHINGISWRONGANDNOBODYKNOWSWHY";
        assert_int_equal(xenstore_exchange(requests, 2), -XEN_EIO);
        assert_reply(&requests[1], "after");
    }
}

static void a_reply_that_does_not_fit_is_cut(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char reply[5] = "....", after[8];
        struct xenstore_request requests[] = {
            xenstore_read(0, "a", reply, 4),
            xenstore_read(0, "b", after, 8),
        };

        fake_store_write("a", "hello");
        fake_store_write("b", "next");
        assert_int_equal(xenstore_exchange(requests, 2), -XEN_E2BIG);
        assert_int_equal(requests[0].reply_size, 4);
        assert_string_equal(reply, "hell");
        assert_reply(&requests[1], "next");
    }
}

static void a_reply_that_just_fits_is_whole(void **state)
{
    char reply[5];
    struct xenstore_request read = xenstore_read(0, "a", reply, 5);

    (void)state;
    fake_store_write("a", "hello");
    assert_int_equal(xenstore_exchange(&read, 1), 0);
    assert_reply(&read, "hello");
}

static void an_empty_value_is_a_reply(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char reply[8];
        struct xenstore_request requests[] = {
            xenstore_read(0, "a", reply, 8),
            xenstore_read(0, "a", reply, 8),
        };

        fake_store_write("a", "");
        assert_int_equal(xenstore_exchange(requests, 2), 0);
        assert_int_equal(requests[0].reply_size, 0);
    }
}

static void without_requests_nothing_is_sent(void **state)
{
    (void)state;
    assert_int_equal(xenstore_exchange(NULL, 0), 0);
    assert_int_equal(NOTIFIED, 0);
    assert_int_equal(fake_arch.wait_count, 0);
}

/* --- more than the ring holds -------------------------------------------- */

static void a_value_may_be_larger_than_the_ring(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        static char reply[sizeof(big)];
        struct xenstore_request read =
            xenstore_read(0, "a", reply, sizeof(reply));

        memset(reply, 0, sizeof(reply));
        fake_store_write_text("a", (struct text){big, sizeof(big)});
        assert_int_equal(xenstore_exchange(&read, 1), 0);
        assert_int_equal(read.reply_size, sizeof(big));
        assert_memory_equal(reply, big, sizeof(big));
    }
}

static void a_write_may_be_larger_than_the_ring(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        static char reply[sizeof(big)];
        const size_t size = sizeof(big) - sizeof("a");
        struct xenstore_request requests[] = {
            xenstore_write(0, "a", (struct text){big, size}),
            xenstore_read(0, "a", reply, sizeof(reply)),
        };

        assert_int_equal(xenstore_exchange(requests, 2), 0);
        assert_int_equal(requests[1].reply_size, size);
        assert_memory_equal(reply, big, size);
    }
}

/* Requests and replies fill both rings at the same time. */
static void a_batch_may_be_larger_than_the_ring(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        static char replies[XENSTORE_BATCH_MAX / 2][300];
        struct xenstore_request requests[XENSTORE_BATCH_MAX];
        const unsigned int half = XENSTORE_BATCH_MAX / 2;

        for (unsigned int i = 0; i < half; i++) {
            requests[2 * i] =
                xenstore_write(0, "a", (struct text){big + i, 300});
            requests[2 * i + 1] = xenstore_read(0, "a", replies[i], 300);
        }
        assert_int_equal(xenstore_exchange(requests, XENSTORE_BATCH_MAX), 0);
        for (unsigned int i = 0; i < half; i++) {
            assert_int_equal(requests[2 * i + 1].reply_size, 300);
            assert_memory_equal(replies[i], big + i, 300);
        }
    }
}

/* --- transactions -------------------------------------------------------- */

static uint32_t start_transaction(void)
{
    char number[11] = "";
    struct xenstore_request start = xenstore_transaction_start(number, 11);

    assert_int_equal(xenstore_exchange(&start, 1), 0);
    assert_int_equal(number[start.reply_size - 1], '\0');
    return (uint32_t)strtoul(number, NULL, 10);
}

static void a_transaction_shows_itself_at_its_end(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        uint32_t id = start_transaction();
        struct xenstore_request write = xenstore_write(id, "a", TEXT("x"));
        struct xenstore_request end = xenstore_transaction_end(id, true);

        assert_int_equal(xenstore_exchange(&write, 1), 0);
        assert_true(fake_store_holds("a", NULL));
        assert_int_equal(xenstore_exchange(&end, 1), 0);
        assert_true(fake_store_holds("a", "x"));
    }
}

static void a_transaction_can_be_aborted(void **state)
{
    uint32_t id = start_transaction();
    struct xenstore_request requests[] = {
        xenstore_write(id, "a", TEXT("x")),
        xenstore_remove(id, "b"),
        xenstore_transaction_end(id, false),
    };

    (void)state;
    fake_store_write("b", "stays");
    assert_int_equal(xenstore_exchange(requests, 3), 0);
    assert_true(fake_store_holds("a", NULL));
    assert_true(fake_store_holds("b", "stays"));
}

static void interference_is_EAGAIN(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char reply[8];
        uint32_t id = start_transaction();
        struct xenstore_request read = xenstore_read(id, "a", reply, 8);
        struct xenstore_request requests[] = {
            xenstore_write(id, "a", TEXT("ours")),
            xenstore_transaction_end(id, true),
        };

        assert_int_equal(xenstore_exchange(&read, 1), -XEN_ENOENT);
        fake_store_write("a", "theirs");
        assert_int_equal(xenstore_exchange(requests, 2), -XEN_EAGAIN);
        assert_int_equal(requests[0].error, 0);
        assert_true(fake_store_holds("a", "theirs"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_read_brings_the_value),
        TEST(a_path_with_a_slash_is_not_relative),
        TEST(a_write_is_stored),
        TEST(a_removed_node_is_absent),
        TEST(requests_are_handled_in_their_order),
        TEST(each_request_has_its_own_error),
        TEST(an_error_that_xen_does_not_have_is_EIO),
        TEST(a_reply_that_does_not_fit_is_cut),
        TEST(a_reply_that_just_fits_is_whole),
        TEST(an_empty_value_is_a_reply),
        TEST(without_requests_nothing_is_sent),
        TEST(a_value_may_be_larger_than_the_ring),
        TEST(a_write_may_be_larger_than_the_ring),
        TEST(a_batch_may_be_larger_than_the_ring),
        TEST(a_transaction_shows_itself_at_its_end),
        TEST(a_transaction_can_be_aborted),
        TEST(interference_is_EAGAIN),
    };

    return cmocka_run_group_tests_name("xenstore", tests, NULL, NULL);
}
