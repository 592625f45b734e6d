/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/xenstore with a correct daemon: events, and notifications of
 * both sides.
 */
#include "drivers/evtchn.h"
#include "tests/unit/xenstore.h"

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

/* --- events -------------------------------------------------------------- */

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

/* --- who wakes whom ------------------------------------------------------ */

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

/* 16 + 4096 bytes fill a ring of 1024 bytes four times. */
static void a_daemon_without_room_is_notified_of_room(void **state)
{
    static char reply[sizeof(big)];
    struct xenstore_request read = xenstore_read(0, "a", reply, sizeof(reply));

    (void)state;
    fake_store_write_text("a", (struct text){big, sizeof(big)});
    assert_int_equal(xenstore_exchange(&read, 1), 0);
    assert_int_equal(NOTIFIED, 1 + 4);
}

static void a_daemon_is_notified_after_a_ring_full_of_events(void **state)
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

/* The reply is in a ring that is full of events, and the daemon has more
 * events. */
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
            assert_int_equal(evtchn_wait(&port, 1, TIME_NEVER), 0);
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

/* The daemon refills the ring when it learns that there is room. */
static void an_event_during_receive_stays_pending(void **state)
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
        if (fake_store_page->rsp_prod != fake_store_page->rsp_cons)
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

/* --- before a suspend ---------------------------------------------------- */

static void the_presence_of_an_event_can_be_asked(void **state)
{
    (void)state;
    set_watches(3, abc);
    assert_false(xenstore_has_event());
    fake_store_write("b", "1");
    settle();
    assert_true(xenstore_has_event());
    assert_next_event(1);
    assert_false(xenstore_has_event());
}

static void an_idle_ring_is_settled(void **state)
{
    unsigned int waits;

    (void)state;
    set_watches(3, abc);
    waits = fake_arch.wait_count;
    xenstore_settle();
    assert_int_equal(fake_arch.wait_count, waits);
    fake_store_write("b", "1");
    assert_true(fake_step());
    xenstore_settle();
    assert_int_equal(fake_arch.wait_count, waits);
    assert_next_event(1);
}

/* The message is cut at any byte: in the end it is whole, and the next one is
 * in step. */
static void a_message_under_way_is_waited_for(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        char reply[8];
        struct xenstore_request read = xenstore_read(0, "b", reply, 8);
        unsigned int watch;

        set_watches(3, abc);
        fake_store_write("b", "1");
        (void)fake_step();
        xenstore_settle();
        assert_int_equal(xenstore_exchange(&read, 1), 0);
        assert_reply(&read, "1");
        settle();
        assert_true(xenstore_next_event(&watch));
        assert_int_equal(watch, 1);
        assert_no_event();
    }
}

static void a_lost_connection_is_settled(void **state)
{
    (void)state;
    set_watches(3, abc);
    fake_store_write("b", "1");
    fake_store.most = 3;
    assert_true(fake_step());
    fake_store.silent = true;
    fake_arch.wait_error = -XEN_EINVAL;
    xenstore_settle();
    assert_int_equal(fake_log_with("connection lost"), 1);
}

/* --- after one ----------------------------------------------------------- */

static void old_bytes_in_the_ring_are_dropped(void **state)
{
    (void)state;
    for (unsigned int size = 1; size <= XENSTORE_RING_SIZE; size++) {
        char reply[8];
        struct xenstore_request read = xenstore_read(0, "b", reply, 8);
        struct boot_ring ring;

        begin();
        ring = fake_store_keep(FAKE_STORE_PORT);
        fake_store_write("b", "1");
        memset(fake_store_page->rsp, 0x55, XENSTORE_RING_SIZE);
        fake_store_page->rsp_prod += size;
        xenstore_start(&ring);
        assert_int_equal(xenstore_exchange(&read, 1), 0);
        assert_reply(&read, "1");
        assert_no_event();
        assert_int_equal(fake_log_count(), 0);
    }
}

static void a_broken_ring_is_lost_at_once(void **state)
{
    struct boot_ring ring;

    (void)state;
    ring = fake_store_keep(FAKE_STORE_PORT);
    fake_store_page->rsp_prod += XENSTORE_RING_SIZE + 1;
    xenstore_start(&ring);
    assert_int_equal(fake_log_with("connection lost: impossible ring"), 1);
    xenstore_settle();
    assert_int_equal(fake_log_count(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_watch_fires_once_when_it_is_set),
        TEST(events_come_in_order_and_each_watch_once),
        TEST(an_event_that_was_taken_can_come_again),
        TEST(a_read_covers_the_events_before_it),
        TEST(a_read_does_not_cover_the_events_after_it),
        TEST(a_read_covers_no_other_watch),
        TEST(a_read_without_a_watch_covers_nothing),
        TEST(a_failed_read_covers_too),
        TEST(the_port_is_masked),
        TEST(a_batch_is_one_notification_and_one_wait),
        TEST(a_daemon_without_room_is_notified_of_room),
        TEST(a_daemon_is_notified_after_a_ring_full_of_events),
        TEST(an_exchange_leaves_no_daemon_without_room_behind),
        TEST(a_few_events_need_no_notification),
        TEST(events_before_a_reply_need_no_notification),
        TEST(an_event_during_receive_stays_pending),
        TEST(a_silent_daemon_is_waited_for_without_spinning),
        TEST(the_presence_of_an_event_can_be_asked),
        TEST(an_idle_ring_is_settled),
        TEST(a_message_under_way_is_waited_for),
        TEST(a_lost_connection_is_settled),
        TEST(old_bytes_in_the_ring_are_dropped),
        TEST(a_broken_ring_is_lost_at_once),
    };

    return cmocka_run_group_tests_name("xenstore_events", tests, NULL, NULL);
}
