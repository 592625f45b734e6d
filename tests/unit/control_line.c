/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/control: the program on the kernel command line.
 */
#include "tests/unit/control.h"

static const char *command_line(const char *text, bool cut)
{
    const unsigned int seq = control.steps.seq;
    const struct text copy = copy_of(text_of(text));

    memset(&decision, 0xaa, sizeof(decision));
    control_command_line(&control, copy, cut, now_ns, &decision);
    free((void *)(uintptr_t)copy.bytes);
    check_texts(seq);
    return decided_words();
}

static void a_program_may_be_on_the_command_line(void **state)
{
    (void)state;
    assert_string_equal(
        command_line("[" LATER("ignore") "," LATER("halt") "]", false),
        "- armed - armed");
    assert_memory_equal(decision.log, "testing=", 8);
    assert_int_equal(control.counters[COUNTER_COMMANDS], 1);
    carried_out(ACKNOWLEDGED);
    expect_and(NODE_SHUTDOWN, "reboot", "'' done - armed", ACKNOWLEDGED);
    start(state);
    assert_string_equal(command_line(NOW("storm','writes':'1"), false),
                        "- refused - ready");
    assert_string_equal(command_line(NOW("poweroff"), false),
                        "- done poweroff stopping");
    start(state);
    assert_string_equal(
        command_line("{'when':'now','action':'halt','action_delay_ms':5}",
                     false),
        "- started - waiting");
    carried_out(ACKNOWLEDGED);
    expect_wait(5);
    expect_next("- done halt stopping");
}

static void an_empty_program_is_none(void **state)
{
    (void)state;
    assert_string_equal(command_line("", false), "- - - ready");
    assert_string_equal(decision.log, "");
    assert_string_equal(command_line("", true), "- - - ready");
    assert_string_equal(decision.log, "");
    assert_int_equal(control.steps.seq, 0);
}

static void a_program_that_may_be_cut_is_refused(void **state)
{
    (void)state;
    assert_string_equal(command_line(NOW("halt"), true), "- refused - ready");
    assert_string_equal(decision.answer,
                        "{\"seq\": 1, \"result\": \"refused\", \"error\": "
                        "\"the command line may be cut\"}");
    assert_int_equal(control.counters[COUNTER_REFUSED], 1);
    assert_non_null(strstr(decision.log, "the command line may be cut"));
}

/* The nodes are independent of the command line. */
static void the_same_text_may_come_in_a_node(void **state)
{
    (void)state;
    assert_string_equal(command_line(LATER("ignore"), false),
                        "- armed - armed");
    expect_and(NODE_TESTING, LATER("ignore"), "'' armed - armed", ACKNOWLEDGED);
    assert_int_equal(control.counters[COUNTER_COMMANDS], 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_may_be_on_the_command_line),
        TEST(an_empty_program_is_none),
        TEST(a_program_that_may_be_cut_is_refused),
        TEST(the_same_text_may_come_in_a_node),
    };

    return cmocka_run_group_tests_name("control_line", tests, NULL, NULL);
}
