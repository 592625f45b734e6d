/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: the connection to the store is lost.
 */
#include "tests/unit/suspend.h"

static void begin_offered(void)
{
    begin();
    fake_store_offer();
}

static void requests_and_commands_are_heard_again(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        assert_int_equal(
            RUN(WRITE(TESTING, LATER("ignore")), HOLDS(OWN "state", "armed"),
                DO(fake_store_garble), HOLDS(OWN "state", "armed"),
                LOGGED("xenstore: connected again"),
                WRITE(SHUTDOWN, "poweroff"), HOLDS(SHUTDOWN, ""),
                HOLDS(OWN "state", "ready"), HOLDS(OWN "requests", "1"),
                WRITE(SHUTDOWN, "reboot")),
            SHUTDOWN_reboot);
        assert_int_equal(fake_store.renewed_count, 1);
        assert_int_equal(fake_store_watch_count(), WATCH_COUNT);
        assert_int_equal(fake_host_logged("cannot be"), 0);
    }
}

/* Written behind unreadable bytes, so that its event is lost. */
static void a_message_between_two_connections_is_read(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        assert_int_equal(RUN(HOLDS(OWN "state", "ready"), DO(fake_store_garble),
                             WRITE(DATA, LATER("reboot")), HOLDS(DATA, ""),
                             HOLDS(OWN "commands", "1"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_reboot);
    }
}

static unsigned int publications;

static void garble_once(const struct fake_request *request)
{
    if (request->type == XS_TRANSACTION_END && publications++ == 0)
        fake_store_garble();
}

/* The connection is lost together with the acknowledgement: the action is done
 * once all the same. */
static void a_message_in_work_at_the_loss_is_obeyed_once(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        publications = 0;
        fake_host.before = garble_once;
        assert_int_equal(RUN(HOLDS(OWN "state", "ready"),
                             WRITE(DATA, NOW("ignore")), HOLDS(DATA, ""),
                             HOLDS(OWN "commands", "1"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
    }
}

/* A request that was left in the node on purpose is not a new one when it is
 * read again. */
static void a_request_left_standing_is_no_new_request(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        assert_int_equal(
            RUN(WRITE(DATA, "{\"when\": \"onshutdown\", \"ack\": \"none\", "
                            "\"action\": \"ignore\"}"),
                WRITE(SHUTDOWN, "reboot"), HOLDS(OWN "state", "ready"),
                HOLDS(SHUTDOWN, "reboot"), DO(fake_store_garble),
                HOLDS(OWN "requests", "1"), HOLDS(SHUTDOWN, "reboot"),
                WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
    }
}

static void an_equal_request_meanwhile_is_a_new_request(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        assert_int_equal(RUN(WRITE(DATA, LATER("ignore")),
                             WRITE(SHUTDOWN, "reboot"), HOLDS(SHUTDOWN, ""),
                             HOLDS(OWN "requests", "1"),
                             DO(fake_store_withhold), DO(fake_store_garble),
                             WRITE(SHUTDOWN, "reboot"), DO(fake_store_grant),
                             HOLDS(OWN "state", "ready")),
                         SHUTDOWN_reboot);
    }
}

/* The VM waits for an event; its clock and its console go on. */
static void a_store_that_never_comes_back_does_not_hang_the_vm(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        assert_int_equal(
            RUN(WRITE(DATA, "{\"when\": \"now\", \"action\": \"reboot\", "
                            "\"action_delay_ms\": 500}"),
                HOLDS(OWN "state", "waiting"), DO(fake_store_withhold),
                DO(fake_store_garble), WAIT(400), LOGGED("connection lost"),
                WAIT(200), HOLDS(OWN "state", "waiting")),
            SHUTDOWN_reboot);
    }
}

static void a_connection_may_come_back_late(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        assert_int_equal(
            RUN(HOLDS(OWN "state", "ready"), DO(fake_store_withhold),
                DO(fake_store_garble), WRITE(DATA, LATER("reboot")),
                WRITE(SHUTDOWN, "poweroff"), HOLDS(DATA, LATER("reboot")),
                DO(fake_store_grant), HOLDS(DATA, "")),
            SHUTDOWN_reboot);
    }
}

/* A new domain has a connection, whatever became of the old one. */
static void a_suspend_without_a_connection_works(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        fake_store_withhold();
        assert_int_equal(
            RUN(WRITE(DATA, "{\"when\": \"now\", \"action\": \"suspend\", "
                            "\"action_delay_ms\": 500}"),
                DO(fake_store_garble), WAIT(600), COUNTED("1", "1", "0"),
                HOLDS(OWN "state", "ready"), WRITE(SHUTDOWN, "reboot")),
            SHUTDOWN_reboot);
    }
}

static void other_vcpus_stay_as_they_are(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        fake_arch.vcpu_count = 2;
        fake_store_write("cpu/1/availability", "online");
        RUN(LOGGED("vcpus: vCPU 1 is up"), DO(fake_store_garble),
            LOGGED("connected again"), WRITE("cpu/1/availability", "offline"),
            LOGGED("vcpus: vCPU 1 is down"));
        assert_int_equal(fake_host.vcpus_up, 0);
        assert_int_equal(fake_host_logged("vCPU 1 is up"), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(requests_and_commands_are_heard_again),
        TEST(a_message_between_two_connections_is_read),
        TEST(a_message_in_work_at_the_loss_is_obeyed_once),
        TEST(a_request_left_standing_is_no_new_request),
        TEST(an_equal_request_meanwhile_is_a_new_request),
        TEST(a_store_that_never_comes_back_does_not_hang_the_vm),
        TEST(a_connection_may_come_back_late),
        TEST(a_suspend_without_a_connection_works),
        TEST(other_vcpus_stay_as_they_are),
    };

    return cmocka_run_group_tests_name("kernel_store", tests, NULL, NULL);
}
