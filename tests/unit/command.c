/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/command: all that docs/control-protocol.md permits in a
 * message.
 */
#include "tests/unit/command.h"
#include "tests/unit/actions.h"

#include <xen/xen.h>

#include <xen/sched.h>

/* --- what is accepted ------------------------------------------------------*/

static struct text ack_text(void)
{
    return program_text(&program, command.ack_text);
}

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

static void every_when_ack_and_action_is_accepted(void **state)
{
    unsigned int count = 0;

    (void)state;
    for (size_t w = 0; w < ARRAY_COUNT(whens); w++) {
        for (size_t k = 0; k < ARRAY_COUNT(acks); k++) {
            for (size_t a = 0; a < ARRAY_COUNT(actions); a++) {
                assert_int_equal(parse("{'when':'%s','action':'%s'%s%s}",
                                       whens[w].word, actions[a].word,
                                       actions[a].needs, acks[k].member),
                                 0);
                assert_int_equal(command.when, whens[w].when);
                assert_int_equal(command.ack, acks[k].ack);
                assert_true(text_is(ack_text(), acks[k].text));
                assert_int_equal(command.action, actions[a].action);
                assert_int_equal(command.id.size, 0);
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
        assert_span(command.id, "a1");
        assert_text(report.id, report.id_size, "a1");
        assert_int_equal(report.ignored_count, 0);
    }
}

static void the_example_of_the_original_is_accepted(void **state)
{
    (void)state;
    assert_int_equal(parse("{ 'when':       'now'\n"
                           ", 'ack':        'ok'\n"
                           ", 'action':     'reboot'\n}\n"),
                     0);
    assert_int_equal(command.when, WHEN_NOW);
    assert_int_equal(command.ack, ACK_WRITE);
    assert_int_equal(command.ack_text.size, 0);
    assert_int_equal(command.action, ACTION_REBOOT);
}

static void an_id_has_1_to_64_decoded_bytes(void **state)
{
    (void)state;
    assert_int_equal(parse("{'id':'x'," REST "}"), 0);
    assert_span(command.id, "x");
    assert_int_equal(parse("{'id':'%s'," REST "}", many(64, "i")), 0);
    assert_span(command.id, many(64, "i"));
    assert_int_equal(parse("{'id':'%s'," REST "}", many(64, "\\u0069")), 0);
    assert_span(command.id, many(64, "i"));
    assert_int_equal(parse("{'id':'%s'," REST "}", many(32, "\xc3\xa4")), 0);
    assert_span(command.id, many(32, "\xc3\xa4"));
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

/* --- what is ignored -------------------------------------------------------*/

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
    assert_int_equal(command.id.size, 0);
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

/* --- what toolstacks ask for -----------------------------------------------*/

static void every_request_asks_for_its_action(void **state)
{
    enum action action;

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        bool known = action_of_request(text_of(actions[i].word), &action);

        assert_int_equal(known, actions[i].is_request);
        if (known)
            assert_int_equal(action, actions[i].action);
    }
}

static void any_other_text_asks_for_no_action(void **state)
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
    (void)state;
    assert_int_equal(ARRAY_COUNT(actions), ACTION_COUNT);
    for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
        const struct action_row *row = &action_rows[actions[i].action];

        assert_string_equal(row->name, actions[i].word);
        assert_int_equal(row->stops, actions[i].deed == DEED_STOP);
        assert_int_equal(row->has_reason, actions[i].reason != NO_REASON);
        if (row->has_reason)
            assert_int_equal(row->reason, actions[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_when_ack_and_action_is_accepted),
        cmocka_unit_test(the_same_command_may_be_spelled_in_many_ways),
        cmocka_unit_test(the_example_of_the_original_is_accepted),
        cmocka_unit_test(an_id_has_1_to_64_decoded_bytes),
        cmocka_unit_test(an_ack_has_up_to_256_decoded_bytes),
        cmocka_unit_test(a_message_has_up_to_2047_bytes),
        cmocka_unit_test(unknown_members_are_ignored_and_named),
        cmocka_unit_test(more_unknown_members_than_4_are_counted),
        cmocka_unit_test(a_long_name_is_kept_in_part),
        cmocka_unit_test(every_request_asks_for_its_action),
        cmocka_unit_test(any_other_text_asks_for_no_action),
        cmocka_unit_test(every_action_ends_with_its_reason),
    };

    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
