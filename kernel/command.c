/* SPDX-License-Identifier: MIT */
/*
 * command - from the text of a testing node to a command; see command.h.
 */
#include "kernel/command.h"

#include <xen/xen.h>

#include <xen/sched.h>

#include "lib/error.h"
#include "lib/format.h"
#include "lib/json.h"
#include "lib/string.h"

#define QUOTED_MAX 200 /* bytes shown of text from outside */

/* --- the language --------------------------------------------------------- */

static const struct {
    const char *name;
    enum command_when when;
} whens[] = {
    {"now", WHEN_NOW},
    {"onshutdown", WHEN_ONSHUTDOWN},
};

/* Any other text is written as it is. */
static const struct {
    const char *name;
    enum ack ack;
} acks[] = {
    {"ok", ACK_WRITE},
    {"none", ACK_NONE},
    {"delete", ACK_DELETE},
};

#define REQUEST    .is_request = true
#define STOPS(why) .stops = true, .reason = (why)

const struct action_row action_rows[ACTION_COUNT] = {
    [ACTION_SUSPEND] = {"suspend", REQUEST},
    [ACTION_POWEROFF] = {"poweroff", REQUEST, STOPS(SHUTDOWN_poweroff)},
    [ACTION_REBOOT] = {"reboot", REQUEST, STOPS(SHUTDOWN_reboot)},
    [ACTION_HALT] = {"halt", REQUEST, STOPS(SHUTDOWN_poweroff)},
    [ACTION_CRASH] = {"crash", REQUEST, STOPS(SHUTDOWN_crash)},
    [ACTION_IGNORE] = {.name = "ignore"},
};

/* A text being understood. */
struct reading {
    const struct json *json;
    struct command *command;
    struct command_report *report;
    struct writer error;
};

/* Each understands one member's value. */
static int read_when(struct reading *reading, struct text value);
static int read_ack(struct reading *reading, struct text value);
static int read_action(struct reading *reading, struct text value);
static int read_id(struct reading *reading, struct text value);

#define REQUIRED true

static const struct member {
    const char *name;
    size_t min, max; /* bytes of its text */
    bool required;
    int (*read)(struct reading *reading, struct text value);
} members[] = {
    /* First, so that a refusal of what follows can repeat it. */
    {"id", 1, COMMAND_ID_MAX, false, read_id},
    {"when", 0, COMMAND_TEXT_MAX, REQUIRED, read_when},
    {"action", 0, COMMAND_TEXT_MAX, REQUIRED, read_action},
    {"ack", 0, COMMAND_ACK_MAX, false, read_ack},
};

/* --- the members ---------------------------------------------------------- */

static int refuse(struct reading *reading, const char *format, ...)
    PRINTF_LIKE(2, 3);

static int refuse(struct reading *reading, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    write_format_list(&reading->error, format, values);
    va_end(values);
    return -XEN_EINVAL;
}

_Static_assert(sizeof("unknown action: ") + QUOTED_SIZE(QUOTED_MAX) <=
                   COMMAND_ERROR_MAX,
               "a refusal is never cut");

static int refuse_word(struct reading *reading, const char *what,
                       struct text word)
{
    write_format(&reading->error, "unknown %s: ", what);
    write_quoted(&reading->error, word, QUOTED_MAX);
    return -XEN_EINVAL;
}

static int read_when(struct reading *reading, struct text value)
{
    for (size_t i = 0; i < ARRAY_COUNT(whens); i++) {
        if (text_is(value, whens[i].name)) {
            reading->command->when = whens[i].when;
            return 0;
        }
    }
    return refuse_word(reading, "when", value);
}

static int read_ack(struct reading *reading, struct text value)
{
    struct command *command = reading->command;

    for (size_t i = 0; i < ARRAY_COUNT(acks); i++) {
        if (text_is(value, acks[i].name)) {
            command->ack = acks[i].ack;
            return 0;
        }
    }
    command->ack = ACK_WRITE;
    command->ack_size = value.size;
    memcpy(command->ack_text, value.bytes, value.size);
    return 0;
}

static int read_action(struct reading *reading, struct text value)
{
    for (unsigned int i = 0; i < ACTION_COUNT; i++) {
        if (text_is(value, action_rows[i].name)) {
            reading->command->action = (enum action)i;
            return 0;
        }
    }
    return refuse_word(reading, "action", value);
}

static int read_id(struct reading *reading, struct text value)
{
    reading->command->id_size = value.size;
    memcpy(reading->command->id, value.bytes, value.size);
    reading->report->id_size = value.size;
    memcpy(reading->report->id, value.bytes, value.size);
    return 0;
}

/* --- the text ------------------------------------------------------------- */

/* The value of the member called `name`; null: there is none. */
static const struct json_value *find(const struct json *json, const char *name)
{
    const struct json_value *root = &json->values[0];

    for (uint16_t i = 1; i < root->next; i = json->values[i + 1].next) {
        char buffer[COMMAND_WORD_MAX];
        struct text key;

        if (json_string(json, &json->values[i], buffer, sizeof(buffer), &key) ==
                0 &&
            text_is(key, name))
            return &json->values[i + 1];
    }
    return 0;
}

static int read_member(struct reading *reading, const struct member *member)
{
    static char buffer[COMMAND_TEXT_MAX];
    const struct json_value *value = find(reading->json, member->name);
    struct text text;

    if (!value && member->required)
        return refuse(reading, "%s is missing", member->name);
    if (!value)
        return 0;
    if (value->type != JSON_STRING)
        return refuse(reading, "%s is %s, not text", member->name,
                      json_type_name(value->type));
    if (json_string(reading->json, value, buffer, member->max, &text) != 0)
        return refuse(reading, "%s is longer than %zu bytes", member->name,
                      member->max);
    if (text.size < member->min)
        return refuse(reading, "%s is empty", member->name);
    return member->read(reading, text);
}

/* Name what is not a member of the language. */
static void list_ignored(const struct json *json, struct command_report *report)
{
    const struct json_value *root = &json->values[0];

    for (uint16_t i = 1; i < root->next; i = json->values[i + 1].next) {
        char buffer[COMMAND_WORD_MAX];
        bool known = false;
        unsigned int n = report->ignored_count;
        struct text key;
        int error =
            json_string(json, &json->values[i], buffer, sizeof(buffer), &key);

        for (size_t j = 0; error == 0 && j < ARRAY_COUNT(members); j++)
            known = known || text_is(key, members[j].name);
        if (known)
            continue;
        if (n < COMMAND_IGNORED_MAX) {
            report->ignored_size[n] = key.size;
            memcpy(report->ignored[n], key.bytes, key.size);
        }
        report->ignored_count++;
    }
}

int command_parse(struct text text, struct command *command,
                  struct command_report *report)
{
    static struct json json;
    struct reading reading = {&json, command, report, {0}};
    const char *why;
    int error = 0;

    memset(command, 0, sizeof(*command));
    memset(report, 0, sizeof(*report));
    writer_start(&reading.error, report->error, sizeof(report->error));
    if (text.size > COMMAND_TEXT_MAX)
        return refuse(&reading, "the message is longer than %d bytes",
                      COMMAND_TEXT_MAX);
    if (json_parse(&json, text, &why) != 0)
        return refuse(&reading, "%s", why);
    if (json.values[0].type != JSON_OBJECT)
        return refuse(&reading, "the message is %s, not an object",
                      json_type_name(json.values[0].type));
    for (size_t i = 0; i < ARRAY_COUNT(members) && error == 0; i++)
        error = read_member(&reading, &members[i]);
    if (error == 0)
        list_ignored(&json, report);
    return error;
}

bool action_of_request(struct text request, enum action *action)
{
    for (unsigned int i = 0; i < ACTION_COUNT; i++) {
        if (action_rows[i].is_request &&
            text_is(request, action_rows[i].name)) {
            *action = (enum action)i;
            return true;
        }
    }
    return false;
}
