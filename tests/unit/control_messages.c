/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/control: which texts are messages, and which were already
 * handled.
 */
#include "tests/unit/control.h"

/* --- what a request is -----------------------------------------------------*/

static void absent_and_empty_mean_no_request(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("reboot"), "'' armed - armed");
    for (enum node node = 0; node < NODE_COUNT; node++) {
        assert_string_equal(decide_text(node, (struct text){"", 0}),
                            "- - - armed");
        memset(&decision, 0xaa, sizeof(decision));
        control_message(&control, node, (struct text){NULL, 0}, now_ns,
                        &decision);
        assert_string_equal(decision.log, "");
        assert_false(decision.acknowledgement.wanted);
        assert_false(decision.act);
    }
    assert_int_equal(control.counters[COUNTER_REQUESTS], 0);
}

static void text_that_the_vm_wrote_is_no_request(void **state)
{
    (void)state;
    write_own("reboot", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "- - - ready");
    expect(NODE_TESTING, LATER("halt"), "'' armed - armed");
    expect(NODE_SHUTDOWN, "reboot", "- - - armed");
    expect(NODE_SHUTDOWN, "reboot", "- - - armed");
    assert_int_equal(control.counters[COUNTER_REQUESTS], 1);
}

static void text_that_the_vm_wrote_is_a_request_after_another_text(void **state)
{
    (void)state;
    write_own("reboot", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "- - - ready");
    expect(NODE_SHUTDOWN, "", "- - - ready");
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");

    start(state);
    write_own("reboot", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");

    start(state);
    write_own("reboot", ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGE_REFUSED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");

    start(state);
    write_own("reboot", ACKNOWLEDGED);
    expect(NODE_TESTING, CATCH("delete", "ignore"), "'' armed - armed");
    expect_and(NODE_SHUTDOWN, "dance", "delete done - ready", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void the_whole_of_the_text_that_the_vm_wrote_counts(void **state)
{
    char own[COMMAND_ACK_MAX + 1] = "";
    char longer[COMMAND_ACK_MAX + 2] = "";

    (void)state;
    memset(own, 'o', COMMAND_ACK_MAX);
    memset(longer, 'o', COMMAND_ACK_MAX + 1);
    write_own(own, ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, own, "- - - ready");
    expect(NODE_SHUTDOWN, longer, "'' - - ready");
    write_own(own, ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, own + 1, "'' - - ready");
}

static void text_that_the_vm_could_not_write_is_a_request(void **state)
{
    (void)state;
    write_own("reboot", ACKNOWLEDGE_REFUSED);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
    start(state);
    write_own("reboot", ACKNOWLEDGE_LATE);
    expect(NODE_SHUTDOWN, "reboot", "'' - reboot stopping");
}

static void text_left_standing_is_a_request_at_another_event(void **state)
{
    (void)state;
    expect(NODE_TESTING, CATCH("none", "ignore"), "'' armed - armed");
    expect_and(NODE_SHUTDOWN, "halt", "- done - ready", ACKNOWLEDGE_REFUSED);
    expect_and(NODE_SHUTDOWN, "halt", "'' - halt stopping",
               ACKNOWLEDGE_REFUSED);
    expect_and(NODE_SHUTDOWN, "halt", "'' - halt stopping",
               ACKNOWLEDGE_REFUSED);
    assert_int_equal(control.counters[COUNTER_REQUESTS], 3);
}

static void a_command_does_not_fire_on_text_handled_before(void **state)
{
    (void)state;
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGE_REFUSED);
    expect_and(NODE_TESTING, LATER("halt"), "'' armed - armed", ACKNOWLEDGED);
    expect(NODE_TESTING, "", "- - - armed");
    expect(NODE_SHUTDOWN, "dance", "'' done halt stopping");
}

static void a_newer_request_is_handled_next(void **state)
{
    (void)state;
    expect(NODE_TESTING, LATER("ignore"), "'' armed - armed");
    expect_and(NODE_SHUTDOWN, "halt", "'' done - ready", ACKNOWLEDGE_LATE);
    expect_and(NODE_SHUTDOWN, "reboot", "'' - reboot stopping", ACKNOWLEDGED);
    assert_int_equal(control.counters[COUNTER_REQUESTS], 2);
}

static void unknown_text_is_acknowledged_and_ignored(void **state)
{
    static const char *const texts[] = {
        "reboot ", " reboot", "REBOOT", "reboot\n", "rebootx",
        "s3",      "ignore",  "\xff",   "{}",       NOW("halt"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        expect_and(NODE_SHUTDOWN, texts[i], "'' - - ready", ACKNOWLEDGED);
    assert_string_equal(decide_text(NODE_SHUTDOWN, TEXT("reboot\0")),
                        "'' - - ready");
}

/* --- the testing nodes -----------------------------------------------------*/

static const enum node testing_nodes[] = {NODE_TESTING, NODE_DATA_TESTING};

static void text_that_stays_is_executed_once(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(testing_nodes); i++) {
        enum node node = testing_nodes[i];

        start(state);
        expect_and(node, LATER("ignore"), "'' armed - armed",
                   ACKNOWLEDGE_REFUSED);
        expect_and(node, LATER("ignore"), "again'' - - armed",
                   ACKNOWLEDGE_REFUSED);
        expect_and(NODE_SHUTDOWN, "halt", "'' done - ready", ACKNOWLEDGED);
        expect_and(node, LATER("ignore"), "again'' - - ready",
                   ACKNOWLEDGE_REFUSED);
        assert_int_equal(control.counters[COUNTER_COMMANDS], 1);
        assert_int_equal(control.steps.seq, 2);
    }
}

static void text_that_stays_is_refused_once(void **state)
{
    (void)state;
    expect_and(NODE_TESTING, "jump", "'' refused - ready", ACKNOWLEDGE_REFUSED);
    expect_and(NODE_TESTING, "jump", "again'' - - ready", ACKNOWLEDGE_REFUSED);
    assert_int_equal(control.counters[COUNTER_REFUSED], 1);
    assert_int_equal(control.steps.seq, 1);
}

static void equal_text_is_executed_after_another_text(void **state)
{
    static const enum acknowledged gone[] = {ACKNOWLEDGED, ACKNOWLEDGE_LATE};

    for (size_t i = 0; i < ARRAY_COUNT(testing_nodes); i++) {
        enum node node = testing_nodes[i];

        start(state);
        for (size_t j = 0; j < ARRAY_COUNT(gone); j++) {
            expect_and(node, NOW("ignore"), "'' done - ready", gone[j]);
            expect_and(node, NOW("ignore"), "'' done - ready",
                       ACKNOWLEDGE_REFUSED);
            expect_and(node, NOW("ignore"), "again'' - - ready", gone[j]);
        }
        expect_and(node, NOW("ignore"), "'' done - ready", ACKNOWLEDGE_REFUSED);
        expect(node, "", "- - - ready");
        expect_and(node, NOW("ignore"), "'' done - ready", ACKNOWLEDGE_REFUSED);
        expect_and(node, "jump", "'' refused - ready", ACKNOWLEDGE_REFUSED);
        expect_and(node, NOW("ignore"), "'' done - ready", ACKNOWLEDGE_REFUSED);
        expect_and(node, NOW("ignore"), "again'' - - ready",
                   ACKNOWLEDGE_REFUSED);
    }
}

static void the_testing_nodes_are_independent(void **state)
{
    (void)state;
    expect_and(NODE_TESTING, NOW("ignore"), "'' done - ready",
               ACKNOWLEDGE_REFUSED);
    expect_and(NODE_DATA_TESTING, NOW("ignore"), "'' done - ready",
               ACKNOWLEDGED);
    expect(NODE_DATA_TESTING, "", "- - - ready");
    expect(NODE_TESTING, NOW("ignore"), "again'' - - ready");
    expect_and(NODE_SHUTDOWN, "dance", "'' - - ready", ACKNOWLEDGED);
    expect(NODE_SHUTDOWN, "", "- - - ready");
    expect(NODE_TESTING, NOW("ignore"), "again'' - - ready");
}

static void texts_are_compared_to_their_last_byte(void **state)
{
    static char text[CONTROL_TEXT_MAX];
    const struct text whole = {text, sizeof(text)};
    const struct text shorter = {text, sizeof(text) - 1};

    (void)state;
    memset(text, 'x', sizeof(text));
    assert_string_equal(decide_text(NODE_TESTING, whole), "'' refused - ready");
    assert_string_equal(decide_text(NODE_TESTING, whole), "again'' - - ready");
    text[sizeof(text) - 1] = 'y';
    assert_string_equal(decide_text(NODE_TESTING, whole), "'' refused - ready");
    assert_string_equal(decide_text(NODE_TESTING, shorter),
                        "'' refused - ready");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(absent_and_empty_mean_no_request),
        TEST(text_that_the_vm_wrote_is_no_request),
        TEST(text_that_the_vm_wrote_is_a_request_after_another_text),
        TEST(the_whole_of_the_text_that_the_vm_wrote_counts),
        TEST(text_that_the_vm_could_not_write_is_a_request),
        TEST(text_left_standing_is_a_request_at_another_event),
        TEST(a_command_does_not_fire_on_text_handled_before),
        TEST(a_newer_request_is_handled_next),
        TEST(unknown_text_is_acknowledged_and_ignored),
        TEST(text_that_stays_is_executed_once),
        TEST(text_that_stays_is_refused_once),
        TEST(equal_text_is_executed_after_another_text),
        TEST(the_testing_nodes_are_independent),
        TEST(texts_are_compared_to_their_last_byte),
    };

    return cmocka_run_group_tests_name("control_messages", tests, NULL, NULL);
}
