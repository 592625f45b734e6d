/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/xenstore against a daemon that is sane: requests, replies,
 * events, transactions, and who wakes whom.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/evtchn.h"
#include "drivers/xenstore.h"
#include "lib/error.h"
#include "tests/fake/arch.h"
#include "tests/fake/log.h"
#include "tests/fake/store.h"
#include "tests/fake/ways.h"

#define NOTIFIED fake_arch.notify_count[FAKE_STORE_PORT]

static char big[XENSTORE_PAYLOAD_MAX];

static void begin(void)
{
    struct boot_ring ring;

    fake_arch_start();
    fake_shuffle(fake_way.seed);
    ring = fake_store_start(fake_way.index);
    fake_store.most = fake_way.most;
    fake_log_start();
    xenstore_start(&ring);
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i % 251 + i / 251);
}

static int set_up(void **state)
{
    (void)state;
    fake_first_way(begin);
    return 0;
}

/* Let everything that is under way arrive. */
static void settle(void)
{
    bool some;

    do {
        some = fake_step();
        xenstore_receive();
    } while (some);
}

static void set_watches(unsigned int count, const char *const *paths)
{
    struct xenstore_request requests[XENSTORE_WATCH_MAX];
    unsigned int watch;

    for (unsigned int i = 0; i < count; i++)
        requests[i] = xenstore_watch(paths[i], i);
    assert_int_equal(xenstore_exchange(requests, count), 0);
    settle();
    while (xenstore_next_event(&watch))
        assert_true(watch < count);
}

static const char *const abc[] = {"a", "b", "c"};

static void assert_next_event(unsigned int expected)
{
    unsigned int watch = XENSTORE_WATCH_MAX;

    assert_true(xenstore_next_event(&watch));
    assert_int_equal(watch, expected);
}

static void assert_no_event(void)
{
    unsigned int watch;

    assert_false(xenstore_next_event(&watch));
}

static void assert_reply(const struct xenstore_request *request,
                         const char *expected)
{
    assert_int_equal(request->error, 0);
    assert_int_equal(request->reply_size, strlen(expected));
    assert_memory_equal(request->reply, expected, strlen(expected));
}

/* --- replies -------------------------------------------------------------- */

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
        /* The first one that is not 0. */
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

static void no_requests_are_no_work(void **state)
{
    (void)state;
    assert_int_equal(xenstore_exchange(NULL, 0), 0);
    assert_int_equal(NOTIFIED, 0);
    assert_int_equal(fake_arch.wait_count, 0);
}

/* --- more than the ring holds --------------------------------------------- */

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

/* --- events --------------------------------------------------------------- */

static void a_watch_fires_once_when_it_is_set(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        struct xenstore_request watch = xenstore_watch("a", 5);

        assert_int_equal(xenstore_exchange(&watch, 1), 0);
        settle();
        assert_next_event(5);
        assert_no_event();
    }
}

static void events_come_in_order_and_each_watch_once(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        set_watches(3, abc);
        fake_store_write("b", "1");
        fake_store_write("a", "1");
        fake_store_write("b", "2");
        fake_store_write("elsewhere", "1");
        fake_store_write("c", "1");
        settle();
        assert_next_event(1);
        assert_next_event(0);
        assert_next_event(2);
        assert_no_event();
    }
}

static void an_event_that_was_taken_can_come_again(void **state)
{
    (void)state;
    set_watches(3, abc);
    fake_store_write("b", "1");
    settle();
    assert_next_event(1);
    fake_store_write("b", "2");
    settle();
    assert_next_event(1);
    assert_no_event();
}

static void touch_what_is_read(const struct fake_request *request)
{
    if (request->type == XS_READ)
        fake_store_write(request->path, "newer");
}

static struct xenstore_request read_watched(const char *path, int watch,
                                            char *reply, size_t size)
{
    struct xenstore_request read = xenstore_read(0, path, reply, size);

    read.watch = watch;
    return read;
}

static void a_read_covers_the_events_before_it(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char reply[8];
        struct xenstore_request read = read_watched("b", 1, reply, 8);

        set_watches(3, abc);
        fake_store_write("b", "old");
        settle();
        fake_store.before = touch_what_is_read;
        assert_int_equal(xenstore_exchange(&read, 1), 0);
        assert_reply(&read, "newer");
        assert_no_event();
    }
}

static void a_read_does_not_cover_the_events_after_it(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char reply[8];
        struct xenstore_request read = read_watched("b", 1, reply, 8);

        set_watches(3, abc);
        fake_store_write("b", "old");
        fake_store.after = touch_what_is_read;
        assert_int_equal(xenstore_exchange(&read, 1), 0);
        assert_reply(&read, "old");
        settle();
        assert_next_event(1);
        assert_no_event();
    }
}

static void a_read_covers_no_other_watch(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char reply[8];
        struct xenstore_request read = read_watched("b", 1, reply, 8);

        set_watches(3, abc);
        fake_store_write("c", "1");
        fake_store_write("b", "1");
        fake_store_write("a", "1");
        assert_int_equal(xenstore_exchange(&read, 1), 0);
        settle();
        assert_next_event(2);
        assert_next_event(0);
        assert_no_event();
    }
}

static void a_read_without_a_watch_covers_nothing(void **state)
{
    char reply[8];
    struct xenstore_request read = xenstore_read(0, "a", reply, 8);

    (void)state;
    set_watches(3, abc);
    fake_store_write("a", "1");
    assert_int_equal(xenstore_exchange(&read, 1), 0);
    settle();
    assert_next_event(0);
}

static void a_failed_read_covers_too(void **state)
{
    struct xenstore_request read = read_watched("b", 1, NULL, 0);

    (void)state;
    set_watches(3, abc);
    fake_store_write("b", "1");
    fake_store_remove("b");
    assert_int_equal(xenstore_exchange(&read, 1), -XEN_ENOENT);
    settle();
    assert_no_event();
}

/* --- transactions --------------------------------------------------------- */

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

static void a_transaction_can_be_thrown_away(void **state)
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

/* --- who wakes whom ------------------------------------------------------- */

static void the_port_is_masked(void **state)
{
    const struct shared_info *shared = arch_shared_info();
    struct xenstore_request read = xenstore_read(0, "a", NULL, 0);

    (void)state;
    assert_int_equal(xenstore_port(), FAKE_STORE_PORT);
    assert_int_equal(xenstore_exchange(&read, 1), -XEN_ENOENT);
    assert_int_equal(shared->vcpu_info[0].evtchn_upcall_pending, 0);
}

static void a_batch_is_one_notification_and_one_wait(void **state)
{
    struct xenstore_request requests[12];

    (void)state;
    for (unsigned int i = 0; i < 12; i++)
        requests[i] = xenstore_write(0, "a", (struct text){big, 40});
    assert_int_equal(xenstore_exchange(requests, 12), 0);
    assert_int_equal(fake_store.request_count, 12);
    assert_int_equal(NOTIFIED, 1);
    assert_int_equal(fake_arch.wait_count, 1);
}

/* 16 + 4096 bytes fill a ring of 1024 four times. */
static void a_daemon_without_room_is_told_when_there_is(void **state)
{
    static char reply[sizeof(big)];
    struct xenstore_request read = xenstore_read(0, "a", reply, sizeof(reply));

    (void)state;
    fake_store_write_text("a", (struct text){big, sizeof(big)});
    assert_int_equal(xenstore_exchange(&read, 1), 0);
    assert_int_equal(NOTIFIED, 1 + 4);
}

static void a_ring_full_of_events_is_told_of_too(void **state)
{
    (void)state;
    set_watches(3, abc);
    for (unsigned int i = 0; i < 200; i++)
        fake_store_write("a", "1");
    fake_store_write("c", "1");
    settle();
    assert_next_event(0);
    assert_next_event(2);
}

static bool arrived(unsigned int expected)
{
    unsigned int watch;

    while (xenstore_next_event(&watch)) {
        if (watch == expected)
            return true;
    }
    return false;
}

static void touch_often(const struct fake_request *request)
{
    (void)request;
    for (unsigned int i = 0; i < 100; i++)
        fake_store_write("a", "1");
    fake_store_write("c", "1");
}

/* The reply is in a ring full of events, and the daemon has more of them. */
static void an_exchange_leaves_no_daemon_without_room_behind(void **state)
{
    const evtchn_port_t port = xenstore_port();

    (void)state;
    while (fake_next_way(begin)) {
        struct xenstore_request write = xenstore_write(0, "b", TEXT("x"));

        set_watches(3, abc);
        fake_store.after = touch_often;
        assert_int_equal(xenstore_exchange(&write, 1), 0);
        while (!arrived(2)) {
            assert_int_equal(evtchn_wait(&port, 1, 0), 0);
            xenstore_receive();
        }
    }
}

static void a_few_events_need_no_notification(void **state)
{
    unsigned int before;

    (void)state;
    set_watches(3, abc);
    before = NOTIFIED;
    fake_store_write("a", "1");
    settle();
    xenstore_receive();
    assert_next_event(0);
    assert_int_equal(NOTIFIED, before);
}

static void events_before_a_reply_need_no_notification(void **state)
{
    char reply[8];
    struct xenstore_request read = xenstore_read(0, "a", reply, 8);
    unsigned int before;

    (void)state;
    set_watches(3, abc);
    before = NOTIFIED;
    fake_store_write("a", "1");
    assert_int_equal(xenstore_exchange(&read, 1), 0);
    assert_int_equal(NOTIFIED, before + 1);
}

/* The daemon refills the ring while it is told that there is room. */
static void what_arrives_during_receive_stays_pending(void **state)
{
    const evtchn_port_t port = FAKE_STORE_PORT;
    const struct shared_info *shared = arch_shared_info();

    (void)state;
    set_watches(3, abc);
    for (unsigned int seed = 1; seed < 200; seed++) {
        fake_shuffle(seed);
        for (unsigned int i = 0; i < 60; i++)
            fake_store_write("a", "1");
        while (fake_step()) {
        }
        xenstore_receive();
        if (fake_store_page.rsp_prod != fake_store_page.rsp_cons)
            assert_true(shared->evtchn_pending[0] >> port & 1);
        fake_shuffle(0);
        settle();
    }
}

static void speak_again(void)
{
    fake_store.silent = false;
    fake_wake(FAKE_STORE_PORT);
}

static void a_silent_daemon_is_waited_for_without_spinning(void **state)
{
    struct xenstore_request write = xenstore_write(0, "a", TEXT("x"));

    (void)state;
    fake_store.silent = true;
    fake_arch.when_stuck = speak_again;
    assert_int_equal(xenstore_exchange(&write, 1), 0);
    assert_int_equal(fake_arch.wait_count, 1);
    assert_int_equal(fake_arch.deadline_ns, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fake_end_way)

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
        TEST(no_requests_are_no_work),
        TEST(a_value_may_be_larger_than_the_ring),
        TEST(a_write_may_be_larger_than_the_ring),
        TEST(a_batch_may_be_larger_than_the_ring),
        TEST(a_watch_fires_once_when_it_is_set),
        TEST(events_come_in_order_and_each_watch_once),
        TEST(an_event_that_was_taken_can_come_again),
        TEST(a_read_covers_the_events_before_it),
        TEST(a_read_does_not_cover_the_events_after_it),
        TEST(a_read_covers_no_other_watch),
        TEST(a_read_without_a_watch_covers_nothing),
        TEST(a_failed_read_covers_too),
        TEST(a_transaction_shows_itself_at_its_end),
        TEST(a_transaction_can_be_thrown_away),
        TEST(interference_is_EAGAIN),
        TEST(the_port_is_masked),
        TEST(a_batch_is_one_notification_and_one_wait),
        TEST(a_daemon_without_room_is_told_when_there_is),
        TEST(a_ring_full_of_events_is_told_of_too),
        TEST(an_exchange_leaves_no_daemon_without_room_behind),
        TEST(a_few_events_need_no_notification),
        TEST(events_before_a_reply_need_no_notification),
        TEST(what_arrives_during_receive_stays_pending),
        TEST(a_silent_daemon_is_waited_for_without_spinning),
    };

    return cmocka_run_group_tests_name("xenstore", tests, NULL, NULL);
}
