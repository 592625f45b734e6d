/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/command: the language of docs/control-protocol.md.
 *
 * In the texts here ' stands for ", but for parse_text() alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xen/xen.h>

#include <xen/sched.h>

#include "kernel/command.h"
#include "lib/error.h"
#include "lib/json.h"
#include "lib/macros.h"

static struct command command;
static struct command_report report;

/* From the heap, so that the sanitizer sees any overrun and any late use. */
static int parse_text(struct text text)
{
    char *copy = malloc(text.size);
    int error;

    memcpy(copy, text.bytes, text.size);
    memset(&command, 0xaa, sizeof(command));
    memset(&report, 0xaa, sizeof(report));
    error = command_parse((struct text){copy, text.size}, &command, &report);
    free(copy);
    return error;
}

static char message_bytes[COMMAND_TEXT_MAX + 1024];
static struct text message; /* what parse() made of its arguments */

static int parse(const char *format, ...) PRINTF_LIKE(1, 2);

static int parse(const char *format, ...)
{
    va_list values;
    int size;

    va_start(values, format);
    size = vsnprintf(message_bytes, sizeof(message_bytes), format, values);
    va_end(values);
    assert_in_range(size, 0, sizeof(message_bytes) - 1);
    for (char *at = message_bytes; *at; at++) {
        if (*at == '\'')
            *at = '"';
    }
    message = (struct text){message_bytes, (size_t)size};
    return parse_text(message);
}

static struct text ack_text(void)
{
    return (struct text){command.ack_text, command.ack_size};
}

static void assert_text(const char *bytes, size_t size, const char *expected)
{
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
}

/* Many times `piece`. */
static const char *many(unsigned int count, const char *piece)
{
    static char text[4096];
    size_t size = strlen(piece);

    assert_true(count * size < sizeof(text));
    for (unsigned int i = 0; i < count; i++)
        memcpy(text + i * size, piece, size);
    text[count * size] = '\0';
    return text;
}

/* --- what is accepted ------------------------------------------------------
 */

static const struct {
    const char *word;
    enum command_when when;
} whens[] = {{"now", WHEN_NOW}, {"onshutdown", WHEN_ONSHUTDOWN}};

static const struct {
    const char *member;
    enum ack ack;
    const char *text;
} acks[] = {
    {"", ACK_WRITE, ""},
    {",'ack':'ok'", ACK_WRITE, ""},
    {",'ack':''", ACK_WRITE, ""},
    {",'ack':'none'", ACK_NONE, ""},
    {",'ack':'delete'", ACK_DELETE, ""},
    {",'ack':'reboot'", ACK_WRITE, "reboot"},
    {",'ack':'OK'", ACK_WRITE, "OK"},
    {",'ack':'ok '", ACK_WRITE, "ok "},
    {",'ack':'non'", ACK_WRITE, "non"},
    {",'ack':'deleted'", ACK_WRITE, "deleted"},
};

static const struct {
    const char *word;
    enum action action;
} actions[] = {
    {"suspend", ACTION_SUSPEND}, {"poweroff", ACTION_POWEROFF},
    {"reboot", ACTION_REBOOT},   {"halt", ACTION_HALT},
    {"crash", ACTION_CRASH},     {"ignore", ACTION_IGNORE},
};

static void every_when_ack_and_action_is_understood(void **state)
{
    unsigned int count = 0;

    (void)state;
    for (size_t w = 0; w < ARRAY_COUNT(whens); w++) {
        for (size_t k = 0; k < ARRAY_COUNT(acks); k++) {
            for (size_t a = 0; a < ARRAY_COUNT(actions); a++) {
                assert_int_equal(parse("{'when':'%s','action':'%s'%s}",
                                       whens[w].word, actions[a].word,
                                       acks[k].member),
                                 0);
                assert_int_equal(command.when, whens[w].when);
                assert_int_equal(command.ack, acks[k].ack);
                assert_true(text_is(ack_text(), acks[k].text));
                assert_int_equal(command.action, actions[a].action);
                assert_int_equal(command.id_size, 0);
                assert_int_equal(report.id_size, 0);
                assert_string_equal(report.error, "");
                assert_int_equal(report.ignored_count, 0);
                count++;
            }
        }
    }
    assert_int_equal(count, 2 * ARRAY_COUNT(acks) * ACTION_COUNT);
}

static void the_same_command_may_be_spelled_in_many_ways(void **state)
{
    static const char *const texts[] = {
        "{'id':'a1','when':'now','ack':'none','action':'halt'}",
        "{'action':'halt','ack':'none','when':'now','id':'a1'}",
        "{'ack':'none','id':'a1','action':'halt','when':'now'}",
        " \t\r\n{ 'id' : 'a1' ,\n\t'when'\r:'now','ack':'none','action':'halt'"
        "} \t\r\n",
        "{'id':'a\\u0031','when':'\\u006eow','ack':'n\\u006Fne','action':'"
        "h\\u0061lt'}",
        "{'\\u0069d':'a1','wh\\u0065n':'now','\\u0061ck':'none',"
        "'acti\\u006fn':'halt'}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_int_equal(parse("%s", texts[i]), 0);
        assert_int_equal(command.when, WHEN_NOW);
        assert_int_equal(command.ack, ACK_NONE);
        assert_int_equal(command.action, ACTION_HALT);
        assert_text(command.id, command.id_size, "a1");
        assert_text(report.id, report.id_size, "a1");
        assert_int_equal(report.ignored_count, 0);
    }
}

static void the_example_of_the_original_is_understood(void **state)
{
    (void)state;
    assert_int_equal(parse("{ 'when':       'now'\n"
                           ", 'ack':        'ok'\n"
                           ", 'action':     'reboot'\n}\n"),
                     0);
    assert_int_equal(command.when, WHEN_NOW);
    assert_int_equal(command.ack, ACK_WRITE);
    assert_int_equal(command.ack_size, 0);
    assert_int_equal(command.action, ACTION_REBOOT);
}

#define REST "'when':'now','action':'halt'"

static void an_id_has_1_to_64_decoded_bytes(void **state)
{
    (void)state;
    assert_int_equal(parse("{'id':'x'," REST "}"), 0);
    assert_text(command.id, command.id_size, "x");
    assert_int_equal(parse("{'id':'%s'," REST "}", many(64, "i")), 0);
    assert_text(command.id, command.id_size, many(64, "i"));
    assert_int_equal(parse("{'id':'%s'," REST "}", many(64, "\\u0069")), 0);
    assert_text(command.id, command.id_size, many(64, "i"));
    assert_int_equal(parse("{'id':'%s'," REST "}", many(32, "\xc3\xa4")), 0);
    assert_text(command.id, command.id_size, many(32, "\xc3\xa4"));
}

static void an_ack_has_up_to_256_decoded_bytes(void **state)
{
    (void)state;
    assert_int_equal(parse("{'ack':'%s'," REST "}", many(256, "k")), 0);
    assert_true(text_is(ack_text(), many(256, "k")));
    assert_int_equal(parse("{'ack':'%s'," REST "}", many(256, "\\u006b")), 0);
    assert_true(text_is(ack_text(), many(256, "k")));
    assert_int_equal(parse("{'ack':'%s'," REST "}", many(128, "\\u00e4")), 0);
    assert_true(text_is(ack_text(), many(128, "\xc3\xa4")));
    assert_int_equal(
        parse("{'ack':'\\ud83d\\ude00\\n\\'\\\\\xe2\x82\xac'," REST "}"), 0);
    assert_true(text_is(ack_text(), "\xf0\x9f\x98\x80\n\"\\\xe2\x82\xac"));
}

static void a_message_has_up_to_2047_bytes(void **state)
{
    static const char start[] = "{" REST ",'ack':''}";
    unsigned int room = COMMAND_TEXT_MAX + 1 - sizeof(start);

    (void)state;
    assert_int_equal(parse("{" REST ",'ack':''%s}", many(room, " ")), 0);
    assert_int_equal(parse("{" REST ",'ack':''}%s", many(room, "\n")), 0);
    assert_int_equal(parse("{" REST ",'ack':''%s}", many(room + 1, " ")),
                     -XEN_EINVAL);
    assert_string_equal(report.error, "the message is longer than 2047 bytes");
    assert_int_equal(parse("{'id':'a'," REST "}%s", many(3000, " ")),
                     -XEN_EINVAL);
    assert_string_equal(report.error, "the message is longer than 2047 bytes");
}

/* --- what is refused -------------------------------------------------------
 */

struct refusal {
    const char *text;
    const char *error;
};

static void assert_refused(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parse("%s", refusals[i].text) != -XEN_EINVAL)
            fail_msg("accepted: %s", refusals[i].text);
        assert_string_equal(report.error, refusals[i].error);
        assert_int_equal(report.ignored_count, 0);
    }
}

/* The sentences are those of lib/json, whose tests know them. */
static void what_is_not_json_is_refused(void **state)
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

static void what_is_not_an_object_is_refused(void **state)
{
    static const struct refusal refusals[] = {
        {"[]", "the message is an array, not an object"},
        {"[{" REST "}]", "the message is an array, not an object"},
        {"7", "the message is a number, not an object"},
        {"'halt'", "the message is text, not an object"},
        {"true", "the message is true or false, not an object"},
        {"null", "the message is null, not an object"},
    };

    (void)state;
    assert_refused(refusals, ARRAY_COUNT(refusals));
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
    };

    (void)state;
    assert_refused(refusals, ARRAY_COUNT(refusals));
}

static void what_is_too_long_is_refused(void **state)
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
    snprintf(error, sizeof(error), "unknown action: \"%s\"", many(200, "j"));
    assert_string_equal(report.error, error);
    assert_int_equal(parse("{'when':'now','action':'%s'}", many(201, "j")),
                     -XEN_EINVAL);
    snprintf(error, sizeof(error), "unknown action: \"%s...\"", many(200, "j"));
    assert_string_equal(report.error, error);
    assert_int_equal(
        parse("{'when':'now','action':'%s'}", many(300, "\\u0001")),
        -XEN_EINVAL);
    assert_true(strlen(report.error) < sizeof(report.error));
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

/* --- what is ignored -------------------------------------------------------
 */

static void assert_ignored(unsigned int i, const char *name)
{
    assert_text(report.ignored[i], report.ignored_size[i], name);
}

static void unknown_members_are_ignored_and_named(void **state)
{
    (void)state;
    assert_int_equal(parse("{'one':1," REST "}"), 0);
    assert_int_equal(command.action, ACTION_HALT);
    assert_int_equal(report.ignored_count, 1);
    assert_ignored(0, "one");

    assert_int_equal(parse("{'':1," REST ",'Id':{'when':'x'},'\\u00e4':[[]],"
                           "'acks':null}"),
                     0);
    assert_int_equal(command.when, WHEN_NOW);
    assert_int_equal(command.id_size, 0);
    assert_int_equal(report.ignored_count, 4);
    assert_ignored(0, "");
    assert_ignored(1, "Id");
    assert_ignored(2, "\xc3\xa4");
    assert_ignored(3, "acks");
}

static void more_unknown_members_than_4_are_counted(void **state)
{
    (void)state;
    assert_int_equal(parse("{" REST ",'1':1,'2':1,'3':1,'4':1,'5':1}"), 0);
    assert_int_equal(report.ignored_count, 5);
    assert_ignored(0, "1");
    assert_ignored(3, "4");
}

static void a_long_name_is_kept_in_part(void **state)
{
    (void)state;
    assert_int_equal(parse("{" REST ",'%s':1}", many(COMMAND_WORD_MAX, "n")),
                     0);
    assert_ignored(0, many(COMMAND_WORD_MAX, "n"));
    assert_int_equal(parse("{" REST ",'%s':1}", many(1000, "n")), 0);
    assert_int_equal(report.ignored_count, 1);
    assert_ignored(0, many(COMMAND_WORD_MAX, "n"));
    assert_int_equal(parse("{" REST ",'n%s':1}", many(500, "\xc3\xa4")), 0);
    assert_int_equal(report.ignored_size[0], COMMAND_WORD_MAX - 1);
    assert_int_equal(parse("{" REST ",'action%s':1}", many(200, "n")), 0);
    assert_int_equal(report.ignored_count, 1);
}

/* --- what toolstacks ask for -----------------------------------------------
 */

static void every_request_asks_for_its_action(void **state)
{
    enum action action;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        bool known = action_of_request(text_of(actions[i].word), &action);

        assert_int_equal(known, actions[i].action != ACTION_IGNORE);
        if (known)
            assert_int_equal(action, actions[i].action);
    }
}

static void any_other_text_asks_for_nothing(void **state)
{
    const struct text texts[] = {
        TEXT(""),        TEXT("reboot "), TEXT(" reboot"),  TEXT("Reboot"),
        TEXT("rebootx"), TEXT("reboo"),   TEXT("reboot\n"), TEXT("reboot\0"),
        TEXT("s3"),      TEXT("now"),     TEXT("\xff"),
    };
    enum action action = ACTION_COUNT;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_false(action_of_request(texts[i], &action));
    assert_int_equal(action, ACTION_COUNT);
}

static void every_action_ends_with_its_reason(void **state)
{
    static const struct {
        bool stops;
        uint8_t reason;
    } ends[ACTION_COUNT] = {
        [ACTION_POWEROFF] = {true, SHUTDOWN_poweroff},
        [ACTION_REBOOT] = {true, SHUTDOWN_reboot},
        [ACTION_HALT] = {true, SHUTDOWN_poweroff},
        [ACTION_CRASH] = {true, SHUTDOWN_crash},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        const struct action_row *row = &action_rows[actions[i].action];

        assert_string_equal(row->name, actions[i].word);
        assert_int_equal(row->stops, ends[actions[i].action].stops);
        assert_int_equal(row->reason, ends[actions[i].action].reason);
        assert_int_equal(row->cannot != NULL,
                         actions[i].action == ACTION_SUSPEND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_when_ack_and_action_is_understood),
        cmocka_unit_test(the_same_command_may_be_spelled_in_many_ways),
        cmocka_unit_test(the_example_of_the_original_is_understood),
        cmocka_unit_test(an_id_has_1_to_64_decoded_bytes),
        cmocka_unit_test(an_ack_has_up_to_256_decoded_bytes),
        cmocka_unit_test(a_message_has_up_to_2047_bytes),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(a_text_with_a_nul_is_refused),
        cmocka_unit_test(what_is_not_an_object_is_refused),
        cmocka_unit_test(every_member_is_text),
        cmocka_unit_test(every_other_refusal_says_why),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(an_unknown_word_is_cut_at_200_bytes),
        cmocka_unit_test(a_refusal_repeats_the_id_that_it_could_read),
        cmocka_unit_test(unknown_members_are_ignored_and_named),
        cmocka_unit_test(more_unknown_members_than_4_are_counted),
        cmocka_unit_test(a_long_name_is_kept_in_part),
        cmocka_unit_test(every_request_asks_for_its_action),
        cmocka_unit_test(any_other_text_asks_for_nothing),
        cmocka_unit_test(every_action_ends_with_its_reason),
    };

    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
