/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/command: refusals and their sentences.
 */
#include "tests/unit/command.h"

#include "lib/format.h"
#include "lib/json.h"

#define HYPERCALL "{'when':'now','action':'hypercall','number':17"

/* The sentences come from lib/json; its own tests check them. */
static void a_text_that_is_not_json_is_refused(void **state)
{
    static const char *const texts[] = {
        " ",
        "reboot",
        "{" REST,
        "{" REST ",}",
        "{when:'now','action':'halt'}",
        "{'when' 'now','action':'halt'}",
        "{" REST "}}",
        "{" REST "}{" REST "}",
        "{" REST "} 1",
        "{" REST "} // comment",
        "{" REST ",'when':'now'}",
        "{" REST ",'wh\\u0065n':'now'}",
        "{" REST ",'x':1,'x':2}",
        "{" REST ",'x':{'y':1,'y':1}}",
        "{" REST ",'x':01}",
        "{" REST ",'ack':'a\\u0000'}",
        "{" REST ",'ack':'\\ud83d'}",
        "{" REST ",'ack':'a\nb'}",
        "{" REST ",'ack':'\xff'}",
        "{" REST ",'ack':'\\x'}",
    };
    static struct json json;
    const char *why;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_int_equal(parse("%s", texts[i]), -XEN_EINVAL);
        assert_int_not_equal(json_parse(&json, message, &why), 0);
        assert_string_equal(report.error, why);
    }
}

static void a_text_with_a_nul_is_refused(void **state)
{
    (void)state;
    assert_int_equal(
        parse_text(TEXT("{\"when\":\"now\",\"action\":\"halt\"}\0")),
        -XEN_EINVAL);
    assert_string_equal(report.error, "the text has a NUL byte in it");
    assert_int_equal(
        parse_text(TEXT("{\"when\":\"now\0\",\"action\":\"halt\"}")),
        -XEN_EINVAL);
    assert_string_equal(report.error, "the text has a NUL byte in it");
    assert_int_equal(parse_text(TEXT("\0")), -XEN_EINVAL);
}

static void a_value_that_is_no_object_is_refused(void **state)
{
    static const struct refusal refusals[] = {
        {"7", "the command is a number, not an object"},
        {"'halt'", "the command is text, not an object"},
        {"true", "the command is true or false, not an object"},
        {"null", "the command is null, not an object"},
    };

    (void)state;
    assert_refusals(refusals, ARRAY_COUNT(refusals));
}

static void every_member_is_text(void **state)
{
    static const struct {
        const char *value, *name;
    } values[] = {
        {"1", "a number"},          {"true", "true or false"},
        {"false", "true or false"}, {"null", "null"},
        {"{}", "an object"},        {"['now']", "an array"},
    };
    static const struct {
        const char *name, *before, *after;
    } members[] = {
        {"when", "{'when':", ",'action':'halt'}"},
        {"action", "{'when':'now','action':", "}"},
        {"ack", "{'when':'now','action':'halt','ack':", "}"},
        {"id", "{'when':'now','action':'halt','id':", "}"},
    };
    char error[64];

    (void)state;
    for (size_t m = 0; m < ARRAY_COUNT(members); m++) {
        for (size_t v = 0; v < ARRAY_COUNT(values); v++) {
            assert_int_equal(parse("%s%s%s", members[m].before, values[v].value,
                                   members[m].after),
                             -XEN_EINVAL);
            snprintf(error, sizeof(error), "%s is %s, not text",
                     members[m].name, values[v].name);
            assert_string_equal(report.error, error);
        }
    }
}

static void every_other_refusal_says_why(void **state)
{
    static const struct refusal refusals[] = {
        {"{}", "when is missing"},
        {"{'action':'halt'}", "when is missing"},
        {"{'when':'now'}", "action is missing"},
        {"{'When':'now','action':'halt'}", "when is missing"},
        {"{'x':{'when':'now','action':'halt'}}", "when is missing"},
        {"{'x':'when','y':'now','action':'halt'}", "when is missing"},
        {"{'when':'later','action':'halt'}", "unknown when: \"later\""},
        {"{'when':'','action':'halt'}", "unknown when: \"\""},
        {"{'when':'Now','action':'halt'}", "unknown when: \"Now\""},
        {"{'when':'now ','action':'halt'}", "unknown when: \"now \""},
        {"{'when':'no','action':'halt'}", "unknown when: \"no\""},
        {"{'when':'now','action':'jump'}", "unknown action: \"jump\""},
        {"{'when':'now','action':''}", "unknown action: \"\""},
        {"{'when':'now','action':'HALT'}", "unknown action: \"HALT\""},
        {"{'when':'now','action':'halted'}", "unknown action: \"halted\""},
        {"{'when':'now','action':'\\n\\''}", "unknown action: \"\\n\\\"\""},
        {"{'id':''," REST "}", "id is empty"},
        {"{'when':'now','action':'hypercall'}", "number is missing"},
        {HYPERCALL ",'args':4}", "args is a number, not text"},
        {HYPERCALL ",'args':'4 pages'}", "this is no operand: \"pages\""},
        {HYPERCALL ",'args':' 4'}", "this is no operand: \"\""},
        {HYPERCALL ",'args':'1 2 3 4 5 6'}", "there are more than 5 operands"},
        {HYPERCALL ",'page':'page+4096'}", "this is no operand: \"page+4096\""},
        {HYPERCALL ",'page':'1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 "
                   "20 21 22 23 24 25 26 27 28 29 30 31 32 33'}",
         "there are more than 32 operands"},
    };

    (void)state;
    assert_refusals(refusals, ARRAY_COUNT(refusals));
}

static void a_text_that_is_too_long_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("{'id':'%s'," REST "}", many(65, "i")), -XEN_EINVAL);
    assert_string_equal(report.error, "id is longer than 64 bytes");
    assert_int_equal(report.id_size, 0);
    assert_int_equal(parse("{'id':'%si'," REST "}", many(32, "\xc3\xa4")),
                     -XEN_EINVAL);
    assert_string_equal(report.error, "id is longer than 64 bytes");
    assert_int_equal(parse("{'ack':'%s'," REST "}", many(257, "k")),
                     -XEN_EINVAL);
    assert_string_equal(report.error, "ack is longer than 256 bytes");
    assert_int_equal(parse("{'ack':'k%s'," REST "}", many(128, "\\u00e4")),
                     -XEN_EINVAL);
    assert_string_equal(report.error, "ack is longer than 256 bytes");
}

static void an_unknown_word_is_cut_at_200_bytes(void **state)
{
    char error[300];

    (void)state;
    assert_int_equal(parse("{'when':'now','action':'%s'}", many(200, "j")),
                     -XEN_EINVAL);
    format(error, sizeof(error), "unknown action: \"%s\"", many(200, "j"));
    assert_string_equal(report.error, error);
    assert_int_equal(parse("{'when':'now','action':'%s'}", many(201, "j")),
                     -XEN_EINVAL);
    format(error, sizeof(error), "unknown action: \"%s...\"", many(200, "j"));
    assert_string_equal(report.error, error);
}

static void an_escape_in_an_unknown_word_counts_as_written(void **state)
{
    char error[300];

    (void)state;
    assert_int_equal(parse("{'when':'now','action':'%s'}", many(33, "\x7f")),
                     -XEN_EINVAL);
    format(error, sizeof(error), "unknown action: \"%s\"", many(33, "\\u007f"));
    assert_string_equal(report.error, error);
    format(error, sizeof(error), "unknown action: \"%s...\"",
           many(33, "\\u007f"));
    for (unsigned int size = 34; size <= 2000; size += 166) {
        assert_int_equal(
            parse("{'when':'now','action':'%s'}", many(size, "\x7f")),
            -XEN_EINVAL);
        assert_string_equal(report.error, error);
    }
    assert_int_equal(
        parse("{'when':'%s','action':'halt'}", many(300, "\\u0001")),
        -XEN_EINVAL);
    format(error, sizeof(error), "unknown when: \"%s...\"",
           many(33, "\\u0001"));
    assert_string_equal(report.error, error);
}

static void a_refusal_repeats_the_id_that_it_could_read(void **state)
{
    static const char *const readable[] = {
        "{'when':'later','action':'halt','id':'a1'}",
        "{'when':'now','action':'jump','id':'a1'}",
        "{'action':'halt','id':'a1'}",
        "{'when':'now','id':'a1'}",
        "{'when':1,'action':'halt','id':'a1'}",
        "{'when':'now','action':'halt','ack':[],'id':'a1'}",
    };
    static const char *const unreadable[] = {
        "{'id':'a1','when':'now','action':'halt'",
        "{'id':'','when':'now','action':'halt'}",
        "{'id':1,'when':'now','action':'halt'}",
        "{'id':'a1','id':'a1','when':'now','action':'halt'}",
        "['id','a1']",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(readable); i++) {
        assert_int_equal(parse("%s", readable[i]), -XEN_EINVAL);
        assert_text(report.id, report.id_size, "a1");
    }
    for (size_t i = 0; i < ARRAY_COUNT(unreadable); i++) {
        assert_int_equal(parse("%s", unreadable[i]), -XEN_EINVAL);
        assert_int_equal(report.id_size, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_that_is_not_json_is_refused),
        cmocka_unit_test(a_text_with_a_nul_is_refused),
        cmocka_unit_test(a_value_that_is_no_object_is_refused),
        cmocka_unit_test(every_member_is_text),
        cmocka_unit_test(every_other_refusal_says_why),
        cmocka_unit_test(a_text_that_is_too_long_is_refused),
        cmocka_unit_test(an_unknown_word_is_cut_at_200_bytes),
        cmocka_unit_test(an_escape_in_an_unknown_word_counts_as_written),
        cmocka_unit_test(a_refusal_repeats_the_id_that_it_could_read),
    };

    return cmocka_run_group_tests_name("command_refused", tests, NULL, NULL);
}
