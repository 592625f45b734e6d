/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/nodes: what the VM publishes and reads at boot, and messages.
 */
#include "tests/unit/nodes.h"

static int set_up(void **state)
{
    (void)state;
    fake_first_way(begin);
    return 0;
}

/* --- start --------------------------------------------------------------- */

static void boot_publishes_all_nodes(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        start("pvh", &ready);
        assert_string_equal(domain, "7");
        assert_true(fake_store_holds(OWN "version", XEN_TEST_VM_VERSION));
        assert_true(fake_store_holds(OWN "protocol", LANGUAGE_PROTOCOL));
        assert_true(fake_store_holds(OWN "guest", "pvh"));
        assert_true(fake_store_holds("control/feature-poweroff", "1"));
        assert_true(fake_store_holds("control/feature-reboot", "1"));
        assert_true(fake_store_holds("control/feature-shutdown", "1"));
        assert_true(fake_store_holds("control/feature-suspend", "1"));
        assert_true(fake_store_holds(OWN "requests", "0"));
        assert_true(fake_store_holds(OWN "commands", "0"));
        assert_true(fake_store_holds(OWN "refused", "0"));
        assert_true(fake_store_holds(OWN "suspends", "0"));
        assert_true(fake_store_holds(OWN "resumes", "0"));
        assert_true(fake_store_holds(OWN "cancels", "0"));
        assert_true(fake_store_holds(OWN "memory-errors", "0"));
        assert_true(fake_store_holds(OWN "state", "ready"));
        assert_true(fake_store_holds(OWN "reply", NULL));
        assert_int_equal(fake_log_count(), 0);
    }
}

/* Each exchange fits into the ring at once. */
static void boot_is_two_round_trips(void **state)
{
    (void)state;
    start("pvh", &ready);
    assert_int_equal(NOTIFIED, 2);
    assert_int_equal(fake_arch.wait_count, 2);
}

/* The refusal shows that control/ belongs to dom0; not logged. */
static void libxls_refusal_is_not_logged(void **state)
{
    (void)state;
    fake_store_read_only("control/feature-shutdown");
    start("pvh", &ready);
    assert_int_equal(fake_log_count(), 0);
}

static void the_state_is_published_last(void **state)
{
    static const char last[] = "write " OWN "state=ready\n";

    (void)state;
    requests[0] = '\0';
    fake_store.before = note;
    start("pvh", &ready);
    assert_string_equal(requests + strlen(requests) - strlen(last), last);
}

static void a_node_is_watched_before_it_is_read(void **state)
{
    (void)state;
    requests[0] = '\0';
    fake_store.before = note;
    start("pvh", &ready);
    for (enum node node = 0; node < NODE_COUNT; node++) {
        char watch[64], read[64];

        snprintf(watch, sizeof(watch), "watch %s=", node_paths[node]);
        snprintf(read, sizeof(read), "read %s\n", node_paths[node]);
        assert_non_null(strstr(requests, watch));
        assert_non_null(strstr(requests, read));
        assert_true(strstr(requests, watch) < strstr(requests, read));
    }
}

static void messages_from_before_boot_are_taken(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        static char big[CONTROL_TEXT_MAX + 1];

        memset(big, 'x', sizeof(big) - 1);
        fake_store_write("control/testing", big);
        fake_store_write(SHUTDOWN, "poweroff");
        start("pvh", &ready);
        assert_message(NODE_TESTING, big);
        assert_message(NODE_SHUTDOWN, "poweroff");
        settle();
        assert_no_message();
    }
}

static void a_domain_without_an_id_is_shown_as_a_question_mark(void **state)
{
    (void)state;
    fake_store_remove("domid");
    start("pv", &ready);
    assert_string_equal(domain, "?");
    assert_true(fake_store_holds(OWN "guest", "pv"));
}

static void an_id_that_is_too_long_is_shown_as_a_question_mark(void **state)
{
    (void)state;
    fake_store_write("domid", "this is far too long for an id");
    start("pv", &ready);
    assert_string_equal(domain, "?");
}

static void a_node_that_cannot_be_published_is_logged(void **state)
{
    (void)state;
    fake_store_read_only(OWN "guest");
    start("pv", &ready);
    assert_int_equal(fake_log_count(), 1);
    assert_non_null(
        strstr(fake_log_last(), OWN "guest cannot be published: EACCES"));
    assert_true(fake_store_holds(OWN "state", "ready"));
}

static void a_node_that_cannot_be_watched_is_an_error(void **state)
{
    (void)state;
    fake_store.failing_path = "control/sysrq";
    fake_store.failing_with = "EQUOTA";
    start("pv", &ready);
    assert_int_equal(fake_log_count(), 1);
    assert_int_equal(fake_log_with("error: control/sysrq cannot be watched"),
                     1);
}

static void a_vm_without_a_store_does_not_stop(void **state)
{
    (void)state;
    fake_arch.send_error = -XEN_EINVAL;
    start("pv", &ready);
    assert_string_equal(domain, "?");
    assert_int_equal(fake_log_with("connection lost"), 1);
    /* Texts of the tests before are gone with the store. */
    assert_message(NODE_TESTING, "");
    assert_message(NODE_SHUTDOWN, "");
    assert_no_message();
}

/* --- messages ------------------------------------------------------------ */

static void each_message_is_an_event_and_a_text(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        for (enum node i = 0; i < NODE_COUNT; i++) {
            assert_arrives(i, "do something");
            assert_no_message();
        }
        assert_int_equal(fake_log_count(), 0);
    }
}

static void messages_come_in_the_order_of_their_events(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        fake_store_write("control/sysrq", "c");
        fake_store_write(SHUTDOWN, "poweroff");
        fake_store_write("control/testing", "{}");
        settle();
        assert_message(NODE_SYSRQ, "c");
        assert_message(NODE_SHUTDOWN, "poweroff");
        assert_message(NODE_TESTING, "{}");
        assert_no_message();
    }
}

static void write_newer(const struct fake_request *request)
{
    if (request->type == XS_READ)
        fake_store_write(request->path, "reboot");
}

/* One message, not two: the read returns what the second event announces. */
static void a_read_is_the_newest_message(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        fake_store_write(SHUTDOWN, "poweroff");
        settle();
        fake_store.before = write_newer;
        assert_message(NODE_SHUTDOWN, "reboot");
        settle();
        assert_no_message();
    }
}

static void an_absent_node_is_empty_and_not_logged(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    fake_store_remove(SHUTDOWN);
    settle();
    assert_message(NODE_SHUTDOWN, "");
    assert_int_equal(fake_log_count(), 0);
}

static void a_node_that_cannot_be_read_is_empty_and_logged(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    fake_store.failing_path = SHUTDOWN;
    fake_store.failing_with = "EACCES";
    settle();
    assert_message(NODE_SHUTDOWN, "");
    assert_int_equal(fake_log_count(), 1);
    assert_int_equal(fake_log_with(SHUTDOWN " cannot be read: EACCES"), 1);
}

#define BOOT(name) cmocka_unit_test_setup_teardown(name, set_up, fake_end_way)

/* --- once more ----------------------------------------------------------- */

static void the_shutdown_node_is_read_again(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        assert_arrives(NODE_SHUTDOWN, "reboot");
        assert_no_message();
        nodes_read_again();
        assert_message(NODE_SHUTDOWN, "reboot");
        assert_no_message();
    }
}

static void the_shutdown_node_is_read_after_nodes_with_events(void **state)
{
    (void)state;
    assert_arrives(NODE_SHUTDOWN, "reboot");
    fake_store_write("data/testing", "x");
    settle();
    nodes_read_again();
    assert_message(NODE_DATA_TESTING, "x");
    assert_message(NODE_SHUTDOWN, "reboot");
    assert_no_message();
}

/* One read covers the event too. */
static void the_shutdown_node_is_not_read_twice(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "reboot");
    settle();
    nodes_read_again();
    assert_message(NODE_SHUTDOWN, "reboot");
    assert_no_message();
}

static void counters_have_names(void **state)
{
    (void)state;
    assert_string_equal(publish_counter_name(COUNTER_REQUESTS), "requests");
    assert_string_equal(publish_counter_name(COUNTER_COMMANDS), "commands");
    assert_string_equal(publish_counter_name(COUNTER_REFUSED), "refused");
    assert_string_equal(publish_counter_name(COUNTER_SUSPENDS), "suspends");
    assert_string_equal(publish_counter_name(COUNTER_RESUMES), "resumes");
    assert_string_equal(publish_counter_name(COUNTER_CANCELS), "cancels");
    assert_string_equal(publish_counter_name(COUNTER_MEMORY_ERRORS),
                        "memory-errors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOT(boot_publishes_all_nodes),
        BOOT(boot_is_two_round_trips),
        BOOT(libxls_refusal_is_not_logged),
        BOOT(the_state_is_published_last),
        BOOT(a_node_is_watched_before_it_is_read),
        BOOT(messages_from_before_boot_are_taken),
        BOOT(a_domain_without_an_id_is_shown_as_a_question_mark),
        BOOT(an_id_that_is_too_long_is_shown_as_a_question_mark),
        BOOT(a_node_that_cannot_be_published_is_logged),
        BOOT(a_node_that_cannot_be_watched_is_an_error),
        BOOT(a_vm_without_a_store_does_not_stop),
        TEST(each_message_is_an_event_and_a_text),
        TEST(messages_come_in_the_order_of_their_events),
        TEST(a_read_is_the_newest_message),
        TEST(an_absent_node_is_empty_and_not_logged),
        TEST(a_node_that_cannot_be_read_is_empty_and_logged),
        TEST(the_shutdown_node_is_read_again),
        TEST(the_shutdown_node_is_read_after_nodes_with_events),
        TEST(the_shutdown_node_is_not_read_twice),
        TEST(counters_have_names),
    };

    return cmocka_run_group_tests_name("nodes", tests, NULL, NULL);
}
