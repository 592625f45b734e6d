/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/xenstore: a lost connection, and a new one.
 */
#include "tests/unit/xenstore.h"

static void begin_offered(void)
{
    begin();
    fake_store_write("a", "one");
    fake_store_offer();
}

static int set_up_offered(void **state)
{
    (void)state;
    fake_first_way(begin_offered);
    return 0;
}

static struct xenstore_request read_a(void)
{
    return xenstore_read(0, "a", NULL, 0);
}

static void garble(const struct fake_request *request)
{
    (void)request;
    fake_store.before = NULL;
    fake_store_garble();
}

/* Lose the connection in an exchange, which returns an error. */
static void lose_it(void)
{
    struct xenstore_request requests[] = {read_a(), read_a(), read_a()};

    fake_store.before = garble;
    assert_int_equal(xenstore_exchange(requests, 3), -XEN_EIO);
    assert_false(xenstore_is_usable());
    assert_int_equal(fake_log_with("connection lost, a new one is asked for"),
                     1);
}

static void a_new_connection_is_asked_for(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        struct xenstore_request watch = xenstore_watch("a", 3);
        struct xenstore_request read = read_a();

        assert_int_equal(xenstore_exchange(&watch, 1), 0);
        lose_it();
        settle();
        assert_false(xenstore_is_usable());
        assert_true(xenstore_renewed());
        assert_true(xenstore_is_usable());
        assert_false(xenstore_renewed());
        assert_int_equal(fake_store.renewed_count, 1);
        assert_int_equal(fake_store_watch_count(), 0);
        assert_int_equal(xenstore_exchange(&read, 1), 0);
        assert_int_equal(fake_log_count(), 1);
    }
}

/* Events of the old connection are about watches that are gone. */
static void events_of_the_old_connection_are_forgotten(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        struct xenstore_request watch = xenstore_watch("a", 3);

        assert_int_equal(xenstore_exchange(&watch, 1), 0);
        settle();
        lose_it();
        settle();
        assert_true(xenstore_renewed());
        assert_false(xenstore_has_event());
    }
}

/* The VM does not wait: meanwhile each request fails at once. */
static void a_new_connection_is_not_waited_for(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        struct xenstore_request read = read_a();
        unsigned int waited, notified;

        fake_store_withhold();
        lose_it();
        settle();
        waited = fake_arch.wait_count;
        notified = NOTIFIED;
        assert_int_equal(xenstore_exchange(&read, 1), -XEN_EIO);
        xenstore_settle();
        assert_false(xenstore_renewed());
        assert_int_equal(fake_arch.wait_count, waited);
        assert_int_equal(NOTIFIED, notified);
    }
}

static void a_new_connection_may_come_late(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        fake_store.silent = true;
        fake_store_page->rsp_prod = fake_store_page->rsp_cons + 4000;
        xenstore_receive();
        assert_false(xenstore_is_usable());
        settle();
        assert_false(xenstore_renewed());
        fake_store.silent = false;
        fake_wake(FAKE_STORE_PORT);
        settle();
        assert_true(xenstore_renewed());
    }
}

/* Older daemons leave zeroes in the page. */
static void a_connection_that_is_not_offered_is_not_asked_for(void **state)
{
    struct xenstore_request read = read_a();

    (void)state;
    fake_store_page->server_features = XENSTORE_SERVER_FEATURE_ERROR;
    fake_store.before = garble;
    assert_int_equal(xenstore_exchange(&read, 1), -XEN_EIO);
    settle();
    assert_int_equal(fake_log_with("connection lost: "), 1);
    assert_int_equal(fake_store_page->connection, XENSTORE_CONNECTED);
    assert_false(xenstore_renewed());
}

static void a_daemon_that_lies_again_is_asked_again(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        for (unsigned int i = 1; i < 5; i++) {
            struct xenstore_request read = read_a();

            fake_store.before = garble;
            assert_int_equal(xenstore_exchange(&read, 1), -XEN_EIO);
            settle();
            assert_true(xenstore_renewed());
            assert_int_equal(fake_store.renewed_count, i);
        }
    }
}

/* Someone else asked for a new connection before the VM started. */
static void a_connection_in_the_making_is_waited_for(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        struct xenstore_request read = read_a();
        struct boot_ring ring = {fake_store_page, FAKE_STORE_PORT};

        fake_store_page->connection = XENSTORE_RECONNECT;
        xenstore_start(&ring);
        assert_false(xenstore_is_usable());
        fake_wake(FAKE_STORE_PORT);
        settle();
        assert_true(xenstore_renewed());
        assert_int_equal(xenstore_exchange(&read, 1), 0);
    }
}

#define RENEW(name)                                                            \
    cmocka_unit_test_setup_teardown(name, set_up_offered, fake_end_way)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RENEW(a_new_connection_is_asked_for),
        RENEW(events_of_the_old_connection_are_forgotten),
        RENEW(a_new_connection_is_not_waited_for),
        RENEW(a_new_connection_may_come_late),
        RENEW(a_connection_that_is_not_offered_is_not_asked_for),
        RENEW(a_daemon_that_lies_again_is_asked_again),
        RENEW(a_connection_in_the_making_is_waited_for),
    };

    return cmocka_run_group_tests_name("xenstore_renew", tests, NULL, NULL);
}
