/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/command: the values of each member, and the commands that it
 * belongs to.
 */
#include "tests/unit/actions.h"
#include "tests/unit/command.h"

/* --- numbers ---------------------------------------------------------------*/

/* `frame`: the text in front of the member. min, max: its range. otherwise: its
 * value if the member is missing. */
static const struct number {
    const char *name, *frame;
    size_t at;
    uint32_t min, max, otherwise;
} numbers[] = {
    {"ack_delay_ms", "{'when':'onshutdown','action':'halt'",
     offsetof(struct command, ack_delay_ms), 0, 3600000, 0},
    {"action_delay_ms", "{'when':'onshutdown','action':'halt'",
     offsetof(struct command, action_delay_ms), 0, 3600000, 0},
    {"action_delay_ms", "{'when':'now','action':'halt'",
     offsetof(struct command, action_delay_ms), 0, 3600000, 0},
    {"count", "{'when':'onshutdown','action':'halt'",
     offsetof(struct command, count), 0, 1000000, 1},
    {"mib_per_s", "{'when':'now','action':'dirty','mib':1",
     offsetof(struct command, mib_per_s), 0, UINT32_MAX, 0},
    {"seconds", "{'when':'now','action':'dirty','mib':1",
     offsetof(struct command, seconds), 0, UINT32_MAX, 0},
    {"tries", "{'when':'now','action':'attack','mode':'store-nodes'",
     offsetof(struct command, tries), 1, 1000000, 0},
};

/* These members have no default. */
static const struct number needed[] = {
    {"code", "{'when':'now','action':'exit'", offsetof(struct command, code), 0,
     255, 0},
    {"mib", "{'when':'now','action':'dirty'", offsetof(struct command, mib), 1,
     100, 0},
    {"writes", "{'when':'now','action':'storm'",
     offsetof(struct command, writes), 1, UINT32_MAX, 0},
    {"number", "{'when':'now','action':'hypercall'",
     offsetof(struct command, number), 0, UINT32_MAX, 0},
};

static int parse_with(const struct number *number, const char *value)
{
    char with[64] = "";

    if (value)
        snprintf(with, sizeof(with), ",'%s':%s", number->name, value);
    return parse("%s%s}", number->frame, with);
}

static uint32_t stored(const struct number *number)
{
    uint32_t value;

    memcpy(&value, (const char *)&command + number->at, sizeof(value));
    return value;
}

static void assert_takes(const struct number *number, uint32_t value)
{
    char text[16];

    snprintf(text, sizeof(text), "%u", value);
    assert_accepted(parse_with(number, text));
    assert_int_equal(stored(number), value);
    assert_int_equal(report.ignored_count, 0);
}

static void assert_range(const struct number *number)
{
    static const char *const never[] = {
        "-1",
        "-0",
        "1.0",
        "1e1",
        "1.5",
        "1E0",
        "0.0",
        "18446744073",
        "4294967296",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999",
    };
    static const char *const types[] = {"'1'", "true", "null", "{}", "[1]"};
    char text[32];

    assert_takes(number, number->min);
    assert_takes(number, number->max);
    for (size_t i = 0; i < ARRAY_COUNT(never); i++)
        assert_int_equal(parse_with(number, never[i]), -XEN_EINVAL);
    for (size_t i = 0; i < ARRAY_COUNT(types); i++) {
        assert_int_equal(parse_with(number, types[i]), -XEN_EINVAL);
        assert_non_null(strstr(report.error, ", not a number"));
        assert_memory_equal(report.error, number->name, strlen(number->name));
    }
    snprintf(text, sizeof(text), "%llu", number->max + 1ULL);
    assert_int_equal(parse_with(number, text), -XEN_EINVAL);
    if (number->min == 0)
        return;
    assert_int_equal(parse_with(number, "0"), -XEN_EINVAL);
}

static void numbers_have_both_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        assert_range(&numbers[i]);
        assert_accepted(parse_with(&numbers[i], NULL));
        assert_int_equal(stored(&numbers[i]), numbers[i].otherwise);
    }
    for (size_t i = 0; i < ARRAY_COUNT(needed); i++)
        assert_range(&needed[i]);
}

static void numbers_out_of_range_are_told_the_range(void **state)
{
    static const struct refusal refusals[] = {
        {"{'when':'onshutdown','action':'halt','count':1000001}",
         "count is not between 0 and 1000000"},
        {"{'when':'onshutdown','action':'halt','ack_delay_ms':3600001}",
         "ack_delay_ms is not between 0 and 3600000"},
        {"{'when':'now','action':'exit','code':256}",
         "code is not between 0 and 255"},
        {"{'when':'now','action':'exit','code':-1}",
         "code is not an unsigned integer"},
        {"{'when':'now','action':'exit','code':1.0}",
         "code is not an unsigned integer"},
        {"{'when':'now','action':'exit','code':'1'}",
         "code is text, not a number"},
        {"{'when':'now','action':'dirty','mib':0}",
         "mib is not between 1 and 4294967295"},
        {"{'when':'now','action':'storm','writes':0}",
         "writes is not between 1 and 4294967295"},
        {"{'when':'now','action':'storm','writes':4294967296}",
         "writes is not between 1 and 4294967295"},
    };

    (void)state;
    assert_refusals(refusals, ARRAY_COUNT(refusals));
}

/* The end of a line alone takes two bytes. */
static void a_flood_has_room_for_a_line(void **state)
{
    (void)state;
    assert_accepted(parse("{'when':'now','action':'flood','bytes':2}"));
    assert_int_equal(command.bytes, 2);
    assert_accepted(
        parse("{'when':'now','action':'flood','bytes':4294967295}"));
    assert_int_equal(command.bytes, 4294967295);
    assert_int_equal(parse("{'when':'now','action':'flood','bytes':0}"),
                     -XEN_EINVAL);
    assert_int_equal(
        parse("{'when':'now','action':'flood','bytes':4294967296}"),
        -XEN_EINVAL);
}

/* --- exit ------------------------------------------------------------------*/

static void an_exit_is_never_a_suspend(void **state)
{
    (void)state;
    for (unsigned int code = 0; code <= 255; code++) {
        int error = parse("{'when':'now','action':'exit','code':%u}", code);

        assert_int_equal(error, code == 2 ? -XEN_EINVAL : 0);
    }
    assert_int_equal(parse("{'when':'now','action':'exit','code':2}"),
                     -XEN_EINVAL);
    assert_refused_with("code 2 is the action suspend");
    assert_accepted(parse("{'when':'now','action':'halt','code':2}"));
}

/* --- dirty -----------------------------------------------------------------*/

static void more_memory_than_fits_is_refused_with_the_limit(void **state)
{
    (void)state;
    mib_fits = 77;
    assert_accepted(parse("{'when':'now','action':'dirty','mib':77}"));
    assert_int_equal(parse("{'when':'now','action':'dirty','mib':78,'id':'m'}"),
                     -XEN_EINVAL);
    assert_refused_with("mib is 78: no more than 77 would fit");
    assert_text(report.id, report.id_size, "m");
    mib_fits = 0;
    assert_int_equal(parse("{'when':'now','action':'dirty','mib':1}"),
                     -XEN_EINVAL);
    assert_refused_with("mib is 1: no more than 0 would fit");
    mib_fits = 100;
}

/* The question costs a hypercall. */
static void the_limit_of_memory_is_only_asked_if_needed(void **state)
{
    static const char *const texts[] = {
        "{'when':'now','action':'halt'}",
        "{'when':'now','action':'halt','mib':1}",
        "{'when':'now','action':'dirty'}",
        "{'when':'now','action':'dirty','mib':0}",
        "{'when':'now','action':'dirty','mib':'1'}",
        "{'when':'now','action':'flood','bytes':2,'mib':1000}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        (void)parse("%s", texts[i]);
        assert_int_equal(mib_asked, 0);
    }
    assert_accepted(parse("{'when':'now','action':'dirty','mib':1}"));
    assert_int_equal(mib_asked, 1);
}

/* --- texts -----------------------------------------------------------------*/

static void texts_have_both_ends(void **state)
{
    static const char write[] =
        "{'when':'now','action':'write','path':'%s','value':'%s'}";

    (void)state;
    assert_accepted(parse(write, "p", ""));
    assert_span(command.path, "p");
    assert_span(command.value, "");
    assert_accepted(parse("{'when':'now','action':'write','path':'p',"
                          "'value':'%s'}",
                          many(1024, "v")));
    assert_span(command.value, many(1024, "v"));
    assert_int_equal(parse("{'when':'now','action':'write','path':'p',"
                           "'value':'%s'}",
                           many(1025, "v")),
                     -XEN_EINVAL);
    assert_refused_with("value is longer than 1024 bytes");
    assert_accepted(
        parse("{'when':'now','action':'remove','path':'%s'}", many(256, "p")));
    assert_span(command.path, many(256, "p"));
    assert_int_equal(
        parse("{'when':'now','action':'remove','path':'%s'}", many(257, "p")),
        -XEN_EINVAL);
    assert_refused_with("path is longer than 256 bytes");
    assert_int_equal(parse("{'when':'now','action':'remove','path':''}"),
                     -XEN_EINVAL);
    assert_refused_with("path is empty");
}

static void operands_have_both_ends(void **state)
{
    static const char call[] =
        "{'when':'now','action':'hypercall','number':0,'%s':'%s'}";
    static const char *const names[] = {"args", "page"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        assert_accepted(parse(call, names[i], ""));
        assert_accepted(parse(call, names[i], "0x1 page+0x10"));
        assert_span(i == 0 ? command.args : command.page, "0x1 page+0x10");
        assert_span(i == 1 ? command.args : command.page, "");
        assert_accepted(parse(call, names[i], many(1024, "0")));
        assert_int_equal(parse(call, names[i], many(1025, "0")), -XEN_EINVAL);
    }
    assert_refused_with("page is longer than 1024 bytes");
    assert_accepted(parse(call, "args", "1 2 3 4 5"));
    assert_accepted(parse(call, "page", "1 2 3 4 5 page+4095"));
    assert_int_equal(report.ignored_count, 0);
}

static void a_request_is_any_text(void **state)
{
    (void)state;
    assert_accepted(parse("{'when':'onshutdown','action':'halt'}"));
    assert_int_equal(command.request.size, 0);
    assert_accepted(parse(
        "{'when':'onshutdown','action':'halt','request':'d\\u0061nce\\n'}"));
    assert_span(command.request, "dance\n");
    assert_accepted(
        parse("{'when':'onshutdown','action':'halt','request':'%s'}",
              many(1900, "r")));
    assert_span(command.request, many(1900, "r"));
    assert_int_equal(
        parse("{'when':'onshutdown','action':'halt','request':''}"),
        -XEN_EINVAL);
    assert_refused_with("request is empty");
}

static void new_members_are_not_for_now(void **state)
{
    static const struct refusal refusals[] = {
        {"{" REST ",'request':'halt'}", "request is not for now"},
        {"{" REST ",'ack_delay_ms':0}", "ack_delay_ms is not for now"},
        {"{" REST ",'ack_delay_ms':5}", "ack_delay_ms is not for now"},
        {"{" REST ",'count':1}", "count is not for now"},
        {"{" REST ",'count':'x'}", "count is not for now"},
    };

    (void)state;
    assert_refusals(refusals, ARRAY_COUNT(refusals));
    assert_accepted(parse("{" REST ",'ack':'x','action_delay_ms':5}"));
}

/* --- which action takes which ----------------------------------------------*/

static const struct owned {
    const char *name, *good, *bad;
    const char *needed_by, *allowed_by; /* words, each followed by a space */
} owned[] = {
    {"code", "7", "256", "exit ", ""},
    {"mib", "1", "0", "dirty ", "disk "},
    {"mib_per_s", "1", "-1", "", "dirty "},
    {"seconds", "1", "-1", "", "dirty frontend vcpus busy attack "},
    {"bytes", "64", "0", "flood ", "transmit "},
    {"writes", "1", "0", "storm ", ""},
    {"path", "'data/a'", "'..'", "write remove ", ""},
    {"value", "''", "7", "write ", ""},
    {"device", "'vif/0'", "'x'", "disk transmit frontend address ", ""},
    {"op", "'flush'", "'x'", "disk ", ""},
    {"seed", "1", "-1", "", "disk "},
    {"frames", "1", "0", "transmit ", ""},
    {"mode", "'obey'", "'x'", "attack ", "frontend balloon vcpus "},
    {"kib_per_s", "1", "0", "", "balloon "},
    {"vcpu", "1", "32", "busy ", ""},
    {"percent", "1", "101", "", "balloon "},
    {"ip", "'1.2.3.4'", "'x'", "address ", ""},
    {"tries", "1", "0", "", "attack hypercall "},
    {"number", "1", "-1", "hypercall ", ""},
    {"args", "'4 page'", "'x'", "", "hypercall "},
    {"page", "'1 page+8'", "'x'", "", "hypercall "},
};

/* A good value. Not every device can be that of a disk, and an attack has
 * modes of its own. */
static const char *good_of(const struct owned *member, const char *word)
{
    if (strcmp(word, "attack") == 0 && strcmp(member->name, "mode") == 0)
        return "'store-spy'";
    return strcmp(word, "disk") == 0 && strcmp(member->name, "device") == 0
               ? "'vbd/1'"
               : member->good;
}

static bool is_in(const char *word, const char *list)
{
    const size_t size = strlen(word);

    for (const char *at = list; *at != '\0'; at = strchr(at, ' ') + 1) {
        if (strncmp(at, word, size) == 0 && at[size] == ' ')
            return true;
    }
    return false;
}

/* Parse a command with all members that `word` needs, except `without`, and
 * with the member `name`. */
static int parse_members(const char *word, const struct owned *without,
                         const char *name, const char *value)
{
    char text[300];
    int size =
        snprintf(text, sizeof(text), "{'when':'now','action':'%s'", word);

    for (size_t i = 0; i < ARRAY_COUNT(owned); i++) {
        if (&owned[i] != without && is_in(word, owned[i].needed_by))
            size +=
                snprintf(text + size, sizeof(text) - (size_t)size, ",'%s':%s",
                         owned[i].name, good_of(&owned[i], word));
    }
    if (name)
        size += snprintf(text + size, sizeof(text) - (size_t)size, ",'%s':%s",
                         name, value);
    return parse("%s}", text);
}

static void every_action_takes_its_own_members(void **state)
{
    char error[64];

    (void)state;
    for (size_t a = 0; a < ARRAY_COUNT(actions); a++) {
        const char *word = actions[a].word;

        assert_accepted(parse_members(word, NULL, NULL, NULL));
        for (size_t m = 0; m < ARRAY_COUNT(owned); m++) {
            const struct owned *o = &owned[m];
            bool needs = is_in(word, o->needed_by);
            bool takes = needs || is_in(word, o->allowed_by);

            assert_int_equal(parse_members(word, o, NULL, NULL),
                             needs ? -XEN_EINVAL : 0);
            snprintf(error, sizeof(error), "%s is missing", o->name);
            if (needs)
                assert_refused_with(error);
            assert_accepted(parse_members(word, o, o->name, good_of(o, word)));
            assert_int_equal(report.ignored_count, takes ? 0 : 1);
            assert_int_equal(parse_members(word, o, o->name, o->bad),
                             takes ? -XEN_EINVAL : 0);
            if (!takes)
                assert_text(report.ignored[0], report.ignored_size[0], o->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_both_ends),
        cmocka_unit_test(numbers_out_of_range_are_told_the_range),
        cmocka_unit_test(a_flood_has_room_for_a_line),
        cmocka_unit_test(an_exit_is_never_a_suspend),
        cmocka_unit_test(more_memory_than_fits_is_refused_with_the_limit),
        cmocka_unit_test(the_limit_of_memory_is_only_asked_if_needed),
        cmocka_unit_test(texts_have_both_ends),
        cmocka_unit_test(operands_have_both_ends),
        cmocka_unit_test(a_request_is_any_text),
        cmocka_unit_test(new_members_are_not_for_now),
        cmocka_unit_test(every_action_takes_its_own_members),
    };

    return cmocka_run_group_tests_name("command_members", tests, NULL, NULL);
}
