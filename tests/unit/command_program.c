/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/command: programs, paths, and the places of decoded texts.
 */
#include "tests/unit/command.h"

/* --- programs --------------------------------------------------------------*/

/* Parse an array of `count` equal commands. */
static int parse_steps(unsigned int count, const char *step)
{
    char text[COMMAND_TEXT_MAX + 1] = "[";

    for (unsigned int i = 0; i < count; i++) {
        size_t used = strlen(text);

        snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? "," : "",
                 step);
    }
    strcat(text, "]");
    return parse("%s", text);
}

static void a_program_has_1_to_16_commands(void **state)
{
    (void)state;
    for (unsigned int count = 0; count <= 20; count++) {
        bool good = count >= 1 && count <= 16;

        assert_int_equal(parse_steps(count, "{" REST "}"),
                         good ? 0 : -XEN_EINVAL);
        if (good) {
            assert_int_equal(program.count, count);
            assert_true(program.is_array);
            continue;
        }
        assert_string_equal(report.error, "a program has 1 to 16 commands");
        assert_false(report.in_step);
    }
}

static void a_command_alone_is_a_program_of_one(void **state)
{
    (void)state;
    assert_int_equal(parse("{" REST "}"), 0);
    assert_int_equal(program.count, 1);
    assert_false(program.is_array);
    assert_int_equal(parse("[{" REST "}]"), 0);
    assert_int_equal(program.count, 1);
    assert_true(program.is_array);
}

static void steps_stay_in_order(void **state)
{
    static const enum action order[] = {ACTION_IGNORE, ACTION_HALT,
                                        ACTION_EXIT};

    (void)state;
    assert_int_equal(
        parse(" [ {'when':'onshutdown','ack':'none','action':'ignore',"
              "'x':[[1],{'y':2}]},\n{'action':'halt','when':'now','id':'b'},"
              "{'when':'now','action':'exit','code':9,'id':'c'} ] "),
        0);
    for (size_t i = 0; i < ARRAY_COUNT(order); i++)
        assert_int_equal(program.steps[i].action, order[i]);
    assert_int_equal(program.steps[0].ack, ACK_NONE);
    assert_int_equal(program.steps[0].id.size, 0);
    assert_span(program.steps[1].id, "b");
    assert_span(program.steps[2].id, "c");
    assert_int_equal(program.steps[2].code, 9);
    assert_int_equal(report.ignored_count, 1);
    assert_text(report.ignored[0], report.ignored_size[0], "x");
}

static void ignored_members_of_all_steps_are_listed(void **state)
{
    (void)state;
    assert_int_equal(parse("[{" REST ",'a':1,'b':1},{" REST "},{" REST
                           ",'c':1,'code':1,'d':1}]"),
                     0);
    assert_int_equal(report.ignored_count, 5);
    assert_text(report.ignored[2], report.ignored_size[2], "c");
    assert_text(report.ignored[3], report.ignored_size[3], "code");
}

static void a_value_that_is_no_object_is_no_command(void **state)
{
    static const struct {
        const char *inside, *error;
    } wrongs[] = {
        {"[]", "the command is an array, not an object"},
        {"[{" REST "}]", "the command is an array, not an object"},
        {"7", "the command is a number, not an object"},
        {"'now'", "the command is text, not an object"},
        {"null", "the command is null, not an object"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(wrongs); i++) {
        assert_int_equal(parse("[{" REST "},%s]", wrongs[i].inside),
                         -XEN_EINVAL);
        assert_string_equal(report.error, wrongs[i].error);
        assert_true(report.in_step);
        assert_int_equal(report.step, 1);
        assert_int_equal(report.id_size, 0);
    }
}

static void a_refusal_tells_the_step_and_its_id(void **state)
{
    (void)state;
    for (unsigned int bad = 0; bad < 16; bad++) {
        char text[COMMAND_TEXT_MAX + 1] = "[";
        char id[8];

        for (unsigned int i = 0; i < 16; i++) {
            size_t used = strlen(text);

            snprintf(text + used, sizeof(text) - used,
                     "%s{'when':'now','action':'%s','id':'s%u'}",
                     i > 0 ? "," : "", i < bad ? "ignore" : "jump", i);
        }
        assert_int_equal(parse("%s]", text), -XEN_EINVAL);
        assert_string_equal(report.error, "unknown action: \"jump\"");
        assert_true(report.in_step);
        assert_int_equal(report.step, bad);
        snprintf(id, sizeof(id), "s%u", bad);
        assert_text(report.id, report.id_size, id);
        assert_int_equal(report.ignored_count, 0);
    }
    assert_int_equal(parse("{'when':'now','action':'jump','id':'x'}"),
                     -XEN_EINVAL);
    assert_false(report.in_step);
}

static void only_the_last_command_may_apply_for_ever(void **state)
{
    static const char ever[] = "{'when':'onshutdown','action':'ignore',"
                               "'count':0,'id':'e'}";

    (void)state;
    assert_int_equal(parse("%s", ever), 0);
    assert_int_equal(parse("[%s]", ever), 0);
    assert_int_equal(parse("[{" REST "},{" REST "},%s]", ever), 0);
    assert_int_equal(parse("[{" REST "},%s,{" REST "}]", ever), -XEN_EINVAL);
    assert_string_equal(report.error, "count is 0 before the last command");
    assert_int_equal(report.step, 1);
    assert_text(report.id, report.id_size, "e");
    assert_int_equal(parse("[%s,%s]", ever, ever), -XEN_EINVAL);
    assert_int_equal(report.step, 0);
}

/* --- paths -----------------------------------------------------------------*/

static const char *path_error(const char *path)
{
    if (parse("{'when':'now','action':'remove','path':'%s'}", path) == 0)
        return "";
    assert_int_not_equal(strlen(report.error), 0);
    return report.error;
}

static void a_path_stays_below_the_domain(void **state)
{
    static const struct {
        const char *path, *error;
    } paths[] = {
        {"/", "an absolute path is not allowed"},
        {"/data/a", "an absolute path is not allowed"},
        {"/local/domain/7/data/a", "an absolute path is not allowed"},
        {"//", "an absolute path is not allowed"},
        {"..", "this is no path: \"..\""},
        {"../8/data", "this is no path: \"../8/data\""},
        {"data/..", "this is no path: \"data/..\""},
        {"data/../control", "this is no path: \"data/../control\""},
        {".", "this is no path: \".\""},
        {"./data", "this is no path: \"./data\""},
        {"data/./a", "this is no path: \"data/./a\""},
        {"data/", "this is no path: \"data/\""},
        {"data//a", "this is no path: \"data//a\""},
        {"data/a/", "this is no path: \"data/a/\""},
        {"data/\\u002e\\u002e/x", "this is no path: \"data/../x\""},
        {"\\u002fdata", "an absolute path is not allowed"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++)
        assert_string_equal(path_error(paths[i].path), paths[i].error);
}

static void ordinary_paths_are_allowed(void **state)
{
    static const char *const paths[] = {
        "data/a",
        "control/feature-poweroff",
        "data/cant_suspend_reason",
        "a",
        "a.b",
        "...",
        "..a",
        "a../b",
        ".a",
        "device/suspend/event-channel",
        "control/shutdown2",
        "control/shutdow",
        "control/shutdown-x/y",
        "control/testing2",
        "Control/shutdown",
        "data/testing-more",
        "data/xen-test-vm2/reply",
        "data/xen-test-v",
        "data/control/shutdown",
        "shutdown",
        "xen-test-vm",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
        if (strcmp(path_error(paths[i]), "") != 0)
            fail_msg("%s: %s", paths[i], report.error);
    }
}

static void the_vms_own_nodes_cannot_be_written(void **state)
{
    static const char *const kept[] = {"control/shutdown", "control/testing",
                                       "data/testing", "data/xen-test-vm"};
    char path[64], error[128];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(kept); i++) {
        snprintf(error, sizeof(error), "a path may not be or hold %s", kept[i]);
        assert_string_equal(path_error(kept[i]), error);
        snprintf(path, sizeof(path), "%s/below", kept[i]);
        assert_string_equal(path_error(path), error);
        snprintf(path, sizeof(path), "%s/far/below", kept[i]);
        assert_string_equal(path_error(path), error);
    }
    assert_string_equal(path_error("control"),
                        "a path may not be or hold control/shutdown");
    assert_string_equal(path_error("data"),
                        "a path may not be or hold data/testing");
    assert_string_equal(path_error("control/\\u0073hutdown"),
                        "a path may not be or hold control/shutdown");
}

/* --- decoded texts ---------------------------------------------------------*/

static void all_texts_of_a_command_are_kept(void **state)
{
    (void)state;
    assert_int_equal(
        parse("{'value':'v\\u00e4\\n','ack':'\\\\k','path':'p\\u002Fq',"
              "'request':'\\ud83d\\ude00','id':'\\'i\\'','action':'wr\\u0069te'"
              ",'when':'onsh\\u0075tdown'}"),
        0);
    assert_int_equal(command.action, ACTION_WRITE);
    assert_span(command.id, "\"i\"");
    assert_span(command.ack_text, "\\k");
    assert_span(command.request, "\xf0\x9f\x98\x80");
    assert_span(command.path, "p/q");
    assert_span(command.value, "v\xc3\xa4\n");
}

static void the_longest_texts_are_kept_together(void **state)
{
    char path[257] = "", value[1025] = "", ack[257] = "", id[65] = "";

    (void)state;
    memset(path, 'p', 256);
    memset(value, 'v', 1024);
    memset(ack, 'k', 256);
    memset(id, 'i', 64);
    assert_int_equal(parse("{'when':'onshutdown','action':'write','path':'%s',"
                           "'value':'%s','ack':'%s','id':'%s','request':'%s'}",
                           path, value, ack, id, many(320, "r")),
                     0);
    assert_in_range(message.size, 2000, COMMAND_TEXT_MAX);
    assert_span(command.path, path);
    assert_span(command.value, value);
    assert_span(command.ack_text, ack);
    assert_span(command.id, id);
    assert_span(command.request, many(320, "r"));
}

/* --- random ----------------------------------------------------------------*/

static uint32_t random_number;

static unsigned int pick(unsigned int count)
{
    random_number ^= random_number << 13;
    random_number ^= random_number >> 17;
    random_number ^= random_number << 5;
    return random_number % count;
}

/* Mostly good words. */
static const char *const whens[] = {"now", "onshutdown", "onshutdown", "no"};
static const char *const works[] = {
    "'write','path':'data/a'", "'remove','path':'data/b'", "'halt'",
    "'exit','code':3",         "'flood','bytes':9",
};

/* Texts; the end of the last one is left open. */
static const char *const texts[] = {"value", "id", "ack", "request", "x"};

static const char *const letters[] = {"a", "\\u00e4", "\\ud83d\\ude00", "\\n",
                                      "\xe2\x82\xac"};

struct pen {
    char text[1 << 14];
    size_t size;
};

static void put(struct pen *pen, const char *format, ...) PRINTF_LIKE(2, 3);

static void put(struct pen *pen, const char *format, ...)
{
    const size_t left = sizeof(pen->text) - pen->size;
    va_list values;

    va_start(values, format);
    pen->size += (size_t)vsnprintf(pen->text + pen->size, left, format, values);
    va_end(values);
    assert_true(pen->size < sizeof(pen->text));
}

static void put_object(struct pen *pen)
{
    put(pen, "{'when':'%s','action':%s", whens[pick(ARRAY_COUNT(whens))],
        works[pick(ARRAY_COUNT(works))]);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        if (pick(3) == 0)
            continue;
        put(pen, ",'%s':'", texts[i]);
        for (unsigned int n = 1 + pick(pick(60) + 1); n > 0; n--)
            put(pen, "%s", letters[pick(ARRAY_COUNT(letters))]);
        put(pen, "'");
    }
    put(pen, "}");
}

static void assert_inside(struct span span)
{
    assert_true((size_t)span.at + span.size <= program.used);
}

/* parse_text() and the sanitizer find overruns of the program's texts. */
static void no_program_overruns_its_texts(void **state)
{
    const char *given = getenv("XEN_TEST_VM_SEED");
    unsigned int seed = given ? (unsigned int)strtoul(given, NULL, 10) : 1;
    unsigned int accepted = 0;
    static struct pen pen;

    (void)state;
    print_message("# XEN_TEST_VM_SEED=%u\n", seed);
    random_number = seed * 2654435761U + 1;
    for (unsigned int i = 0; i < 10000; i++) {
        pen.size = 0;
        put(&pen, "[");
        for (unsigned int n = 1 + pick(4); n > 0; n--) {
            put_object(&pen);
            put(&pen, "%s", n > 1 ? "," : "]");
        }
        if (pen.size > COMMAND_TEXT_MAX || parse("%s", pen.text) != 0)
            continue;
        accepted++;
        for (unsigned int n = 0; n < program.count; n++) {
            assert_inside(program.steps[n].id);
            assert_inside(program.steps[n].request);
            assert_inside(program.steps[n].ack_text);
            assert_inside(program.steps[n].path);
            assert_inside(program.steps[n].value);
        }
    }
    assert_in_range(accepted, 500, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_has_1_to_16_commands),
        cmocka_unit_test(a_command_alone_is_a_program_of_one),
        cmocka_unit_test(steps_stay_in_order),
        cmocka_unit_test(ignored_members_of_all_steps_are_listed),
        cmocka_unit_test(a_value_that_is_no_object_is_no_command),
        cmocka_unit_test(a_refusal_tells_the_step_and_its_id),
        cmocka_unit_test(only_the_last_command_may_apply_for_ever),
        cmocka_unit_test(a_path_stays_below_the_domain),
        cmocka_unit_test(ordinary_paths_are_allowed),
        cmocka_unit_test(the_vms_own_nodes_cannot_be_written),
        cmocka_unit_test(all_texts_of_a_command_are_kept),
        cmocka_unit_test(the_longest_texts_are_kept_together),
        cmocka_unit_test(no_program_overruns_its_texts),
    };

    return cmocka_run_group_tests_name("command_program", tests, NULL, NULL);
}
