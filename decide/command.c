/* SPDX-License-Identifier: MIT */
/*
 * command - parses the text of a testing node; see command.h.
 */
#include "decide/command.h"

#include <xen/xen.h>

#include <xen/sched.h>

#include "decide/language.h"
#include "decide/operands.h"
#include "lib/error.h"
#include "lib/ethernet.h"
#include "lib/format.h"
#include "lib/json.h"
#include "lib/string.h"

static const char *const device_types[] = {
    [DEVICE_VBD] = "vbd",
    [DEVICE_VIF] = "vif",
};
_Static_assert(ARRAY_COUNT(device_types) == DEVICE_TYPE_COUNT,
               "each type of device has its name");

/* The state of parsing one text. */
struct reading {
    const struct json *json;
    struct program *program;
    struct command *command; /* an element of program->steps */
    struct command_report *report;
    unsigned int (*mib_max)(void);
    struct writer error;
};

/* Paths that a command may not write or remove: the VM's own nodes, and nodes
 * of messages to the VM. */
static const char *const kept_paths[] = {
    "control/shutdown",
    "control/testing",
    "data/testing",
    "data/xen-test-vm",
};

/* --- refusals ------------------------------------------------------------- */

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

#define REFUSED_WORD_MAX sizeof("a path may not be or hold ")

_Static_assert(REFUSED_WORD_MAX + QUOTED_SIZE(QUOTED_MAX) <= COMMAND_ERROR_MAX,
               "a refusal is never cut");

/* `what` must be shorter than REFUSED_WORD_MAX. */
static int refuse_word(struct reading *reading, const char *what,
                       struct text word)
{
    write_string(&reading->error, what);
    write_quoted(&reading->error, word, QUOTED_MAX);
    return -XEN_EINVAL;
}

static int refuse_unknown(struct reading *reading, const char *member,
                          struct text word)
{
    write_format(&reading->error, "unknown %s", member);
    return refuse_word(reading, ": ", word);
}

/* --- the members ---------------------------------------------------------- */

static struct text text_at(const struct reading *reading, struct span span)
{
    return program_text(reading->program, span);
}

/* Find the place of a text in a list of words; places may be null. */
static bool find_word(const char *const words[], unsigned int count,
                      struct text text, unsigned int *place)
{
    for (unsigned int i = 0; i < count; i++) {
        if (words[i] && text_is(text, words[i])) {
            *place = i;
            return true;
        }
    }
    return false;
}

/* Keep the number of a word. False: the member has no such word. */
static bool read_word(struct reading *reading, const struct member_row *member,
                      struct text word)
{
    struct command *command = reading->command;

    for (unsigned int i = 0; i < member->words_count; i++) {
        const struct words_row *row = &language_words[member->words + i];
        unsigned int place;

        if ((row->action == ACTION_COUNT || row->action == command->action) &&
            find_word(row->words, row->count, word, &place)) {
            memcpy((char *)command + row->at, &place, sizeof(place));
            return true;
        }
    }
    return false;
}

static int read_action(struct reading *reading, struct text word)
{
    if (!action_of(word, &reading->command->action))
        return refuse_unknown(reading, "action", word);
    return 0;
}

/* Whether the paths are equal, or one is a folder above the other. */
static bool paths_meet(struct text path, struct text kept)
{
    size_t size = MIN(path.size, kept.size);
    struct text longer = path.size > kept.size ? path : kept;

    return memcmp(path.bytes, kept.bytes, size) == 0 &&
           (longer.size == size || longer.bytes[size] == '/');
}

/* Accept a path below the domain's own directory, except kept_paths. */
static int read_path(struct reading *reading, struct text path)
{
    for (size_t start = 0, end; start <= path.size; start = end + 1) {
        struct text name;

        for (end = start; end < path.size && path.bytes[end] != '/'; end++)
            ;
        name = (struct text){&path.bytes[start], end - start};
        if (name.size == 0 && start == 0)
            return refuse(reading, "an absolute path is not allowed");
        if (name.size == 0 || text_is(name, "..") || text_is(name, "."))
            return refuse_word(reading, "this is no path: ", path);
    }
    for (size_t i = 0; i < ARRAY_COUNT(kept_paths); i++) {
        if (paths_meet(path, text_of(kept_paths[i])))
            return refuse(reading, "a path may not be or hold %s",
                          kept_paths[i]);
    }
    return 0;
}

/* Parse the name of the folder below device/, such as "vbd/51712". */
static int read_device(struct reading *reading, struct text text)
{
    struct command *command = reading->command;
    struct text type = {text.bytes, 0}, number;
    uint64_t device;

    while (type.size < text.size && text.bytes[type.size] != '/')
        type.size++;
    /* The part behind the '/', empty if there is no '/'. */
    number.size = text.size - MIN(type.size + 1, text.size);
    number.bytes = text.bytes + text.size - number.size;
    if (type.size == text.size || !text_number(number, &device) ||
        device > UINT32_MAX || (number.size > 1 && number.bytes[0] == '0') ||
        !find_word(device_types, ARRAY_COUNT(device_types), type,
                   &command->device_type))
        return refuse_word(reading, "this is no device: ", text);
    command->device = (uint32_t)device;
    return 0;
}

static int read_ip(struct reading *reading, struct text text)
{
    if (!ethernet_read_ip(text, reading->command->ip))
        return refuse_word(reading, "this is no address: ", text);
    return 0;
}

/* Only check them: the work reads them again. */
static SHARED int read_operands(struct reading *reading,
                                const struct member_row *member,
                                struct text text)
{
    const bool are_args = member == &language_members[MEMBER_ARGS];
    static uint64_t values[OPERANDS_PAGE_MAX];

    if (operands_read(text, 0, values,
                      are_args ? OPERANDS_ARGS_MAX : OPERANDS_PAGE_MAX,
                      &reading->error))
        return 0;
    return -XEN_EINVAL;
}

/* --- a member ------------------------------------------------------------- */

/* The first key of an object. next_key() skips a key and its value. */
static size_t first_key(const struct json *json,
                        const struct json_value *object)
{
    return (size_t)(object - json->values) + 1;
}

static size_t next_key(const struct json *json, size_t key)
{
    return json->values[key + 1].next;
}

/* Decode the key into `buffer`, and find its member. Null: the member is
 * unknown. */
static const struct member_row *member_of(const struct json *json, size_t key,
                                          char buffer[COMMAND_WORD_MAX],
                                          struct text *name)
{
    /* No member has a name that is too long for the buffer. */
    if (json_string(json, &json->values[key], buffer, COMMAND_WORD_MAX, name) !=
        0)
        return 0;
    for (unsigned int i = 0; i < MEMBERS; i++) {
        if (text_is(*name, language_members[i].name))
            return &language_members[i];
    }
    return 0;
}

static bool is_in(uint32_t set, const struct member_row *member)
{
    return (set >> (member - language_members) & 1) != 0;
}

/* Whether the command takes the member, as far as the command is known. */
static bool has_use(const struct command *command,
                    const struct member_row *member)
{
    const struct action_row *row = &action_rows[command->action];

    return member->use != USE_OF_ACTION ||
           is_in(row->needs | row->allows, member);
}

static bool is_needed(const struct command *command,
                      const struct member_row *member)
{
    return member->use == USE_REQUIRED ||
           is_in(action_rows[command->action].needs, member);
}

/* Check a text that has a form, and keep what it means. */
static int read_form(struct reading *reading, const struct member_row *member,
                     struct text text)
{
    switch ((enum member_form)member->form) {
    case FORM_ACTION:
        return read_action(reading, text);
    case FORM_PATH:
        return read_path(reading, text);
    case FORM_DEVICE:
        return read_device(reading, text);
    case FORM_IP:
        return read_ip(reading, text);
    case FORM_OPERANDS:
        return read_operands(reading, member, text);
    case FORM_NUMBER:
    case FORM_TEXT:
        break;
    }
    return 0;
}

static int read_text(struct reading *reading, const struct member_row *member,
                     const struct json_value *value)
{
    struct program *program = reading->program;
    struct span span = {.at = (uint16_t)program->used};
    struct text text;

    /* A decoded text is never longer than its encoded form. */
    if (json_string(reading->json, value, &program->texts[span.at],
                    MIN(member->max, sizeof(program->texts) - span.at),
                    &text) != 0)
        return refuse(reading, "%s is longer than %u bytes", member->name,
                      member->max);
    if (text.size < member->min)
        return refuse(reading, "%s is empty", member->name);
    span.size = (uint16_t)text.size;
    program->used += text.size;
    if (read_word(reading, member, text))
        return 0;
    if (member->at != 0) /* 0: the span is not kept */
        memcpy((char *)reading->command + member->at, &span, sizeof(span));
    else if (member->words_count > 0)
        return refuse_unknown(reading, member->name, text);
    return read_form(reading, member, text);
}

static int read_number(struct reading *reading, const struct member_row *member,
                       const struct json_value *value)
{
    uint64_t number;
    uint32_t stored;
    int error = json_unsigned(reading->json, value, &number);

    if (error == -XEN_EINVAL)
        return refuse(reading, "%s is not an unsigned integer", member->name);
    if (error != 0 || number < member->min || number > member->max)
        return refuse(reading, "%s is not between %u and %u", member->name,
                      member->min, member->max);
    stored = (uint32_t)number;
    memcpy((char *)reading->command + member->at, &stored, sizeof(stored));
    return 0;
}

/* `value` is null if the command has no such member. */
static int read_member(struct reading *reading, const struct member_row *member,
                       const struct json_value *value)
{
    const struct command *command = reading->command;
    const enum json_type type =
        member->form == FORM_NUMBER ? JSON_NUMBER : JSON_STRING;

    if (!value && is_needed(command, member))
        return refuse(reading, "%s is missing", member->name);
    if (!value || !has_use(command, member))
        return 0;
    if (member->use == USE_ONSHUTDOWN && command->when == WHEN_NOW)
        return refuse(reading, "%s is not for now", member->name);
    if (value->type != type)
        return refuse(reading, "%s is %s, not %s", member->name,
                      json_type_name(value->type), json_type_name(type));
    return type == JSON_NUMBER ? read_number(reading, member, value)
                               : read_text(reading, member, value);
}

/* --- a command ------------------------------------------------------------ */

/* List the members that this command does not take. */
static void list_ignored(const struct json *json,
                         const struct json_value *object,
                         const struct command *command,
                         struct command_report *report)
{
    for (size_t key = first_key(json, object); key < object->next;
         key = next_key(json, key)) {
        char buffer[COMMAND_WORD_MAX];
        struct text name;
        const struct member_row *member = member_of(json, key, buffer, &name);
        unsigned int n = report->ignored_count;

        if (member && has_use(command, member))
            continue;
        if (n < COMMAND_IGNORED_MAX) {
            report->ignored_size[n] = name.size;
            memcpy(report->ignored[n], name.bytes, name.size);
        }
        report->ignored_count++;
    }
}

/* Rules for actions that need a certain type of device. */
static int check_device(struct reading *reading)
{
    struct command *command = reading->command;

    switch (command->action) {
    case ACTION_DISK:
        if (command->device_type != DEVICE_VBD)
            return refuse(reading, "device is no vbd");
        break;
    case ACTION_TRANSMIT:
        if (command->bytes == 0)
            command->bytes = ETHERNET_FRAME_MIN;
        if (command->bytes < ETHERNET_FRAME_MIN ||
            command->bytes > ETHERNET_FRAME_MAX)
            return refuse(reading, "bytes is not between %d and %d",
                          ETHERNET_FRAME_MIN, ETHERNET_FRAME_MAX);
        /* fall through */
    case ACTION_ADDRESS:
        if (command->device_type != DEVICE_VIF)
            return refuse(reading, "device is no vif");
        break;
    default:
        break;
    }
    return 0;
}

/* Rules about more than one member. */
static int check(struct reading *reading)
{
    const struct command *command = reading->command;

    if (command->action == ACTION_EXIT && command->code == SHUTDOWN_suspend)
        return refuse(reading, "code %d is the action suspend",
                      SHUTDOWN_suspend);
    if (command->action == ACTION_DIRTY && command->mib > reading->mib_max())
        return refuse(reading, "mib is %u: no more than %u would fit",
                      command->mib, reading->mib_max());
    if (command->action == ACTION_DISK && command->op != DISK_FLUSH &&
        command->mib == 0)
        return refuse(reading, "mib is missing");
    if (command->balloon_mode == BALLOON_SLOW && command->kib_per_s == 0)
        return refuse(reading, "kib_per_s is missing");
    if (command->balloon_mode == BALLOON_PARTIAL && command->percent == 0)
        return refuse(reading, "percent is missing");
    return check_device(reading);
}

/* Note the id and the step, for a refusal. */
static void note_place(struct reading *reading)
{
    struct command_report *report = reading->report;
    const struct text id = text_at(reading, reading->command->id);

    report->in_step = reading->program->is_array;
    report->step = (unsigned int)(reading->command - reading->program->steps);
    report->id_size = id.size;
    memcpy(report->id, id.bytes, id.size);
}

static int read_command(struct reading *reading,
                        const struct json_value *object)
{
    const struct json_value *values[MEMBERS] = {0};
    const struct json *json = reading->json;
    int error = 0;

    reading->command = &reading->program->steps[reading->program->count++];
    reading->command->count = 1;
    if (object->type != JSON_OBJECT)
        error = refuse(reading, "the command is %s, not an object",
                       json_type_name(object->type));
    for (size_t key = first_key(json, object); error == 0 && key < object->next;
         key = next_key(json, key)) {
        char buffer[COMMAND_WORD_MAX];
        struct text name;
        const struct member_row *member = member_of(json, key, buffer, &name);

        if (member)
            values[member - language_members] = &json->values[key + 1];
    }
    for (unsigned int i = 0; i < MEMBERS && error == 0; i++)
        error = read_member(reading, &language_members[i], values[i]);
    if (error == 0)
        error = check(reading);
    note_place(reading);
    return error;
}

/* --- the text ------------------------------------------------------------- */

/* Read the commands of a program: `root` itself, or the array's elements. */
static int read_program(struct reading *reading, const struct json_value *root)
{
    const struct json *json = reading->json;
    struct program *program = reading->program;
    int error = 0;

    if (!program->is_array)
        return read_command(reading, root);
    if (root->count < 1 || root->count > PROGRAM_STEP_MAX)
        return refuse(reading, "a program has 1 to %d commands",
                      PROGRAM_STEP_MAX);
    for (size_t i = 1; i < root->next && error == 0; i = json->values[i].next) {
        error = read_command(reading, &json->values[i]);
        if (error == 0 && json->values[i].next < root->next &&
            reading->command->count == 0)
            error = refuse(reading, "count is 0 before the last command");
    }
    return error;
}

static void list_all_ignored(const struct json *json,
                             const struct program *program,
                             struct command_report *report)
{
    size_t at = program->is_array ? 1 : 0;

    for (unsigned int i = 0; i < program->count; i++) {
        list_ignored(json, &json->values[at], &program->steps[i], report);
        at = json->values[at].next;
    }
}

int command_parse(struct text text, unsigned int (*mib_max)(void),
                  struct program *program, struct command_report *report)
{
    static struct json json;
    struct reading reading = {
        .json = &json,
        .program = program,
        .report = report,
        .mib_max = mib_max,
    };
    const char *why;
    int error;

    memset(program, 0, sizeof(*program));
    memset(report, 0, sizeof(*report));
    writer_start(&reading.error, report->error, sizeof(report->error));
    if (text.size > COMMAND_TEXT_MAX)
        return refuse(&reading, "the message is longer than %d bytes",
                      COMMAND_TEXT_MAX);
    if (json_parse(&json, text, &why) != 0)
        return refuse(&reading, "%s", why);
    program->is_array = json.values[0].type == JSON_ARRAY;
    error = read_program(&reading, &json.values[0]);
    if (error == 0)
        list_all_ignored(&json, program, report);
    return error;
}
