/* SPDX-License-Identifier: MIT */
/*
 * command - parses the text of a testing node; see command.h.
 */
#include "decide/command.h"

#include <xen/xen.h>

#include <xen/sched.h>

#include "lib/error.h"
#include "lib/ethernet.h"
#include "lib/format.h"
#include "lib/json.h"
#include "lib/string.h"

/* --- the language --------------------------------------------------------- */

static const struct {
    const char *name;
    enum command_when when;
} whens[] = {
    {"now", WHEN_NOW},
    {"onshutdown", WHEN_ONSHUTDOWN},
};

/* Any other text is the acknowledgement itself. */
static const struct {
    const char *name;
    enum ack ack;
} acks[] = {
    {"ok", ACK_WRITE},
    {"none", ACK_NONE},
    {"delete", ACK_DELETE},
};

static const char *const device_types[] = {
    [DEVICE_VBD] = "vbd",
    [DEVICE_VIF] = "vif",
};
_Static_assert(ARRAY_COUNT(device_types) == DEVICE_TYPE_COUNT,
               "each type of device has its name");

static const char *const ops[] = {
    [DISK_READ] = "read",
    [DISK_WRITE] = "write",
    [DISK_VERIFY] = "verify",
    [DISK_FLUSH] = "flush",
};

static const char *const modes[] = {
    [MODE_OBEY] = "obey",
    [MODE_NEVER_CONNECT] = "never-connect",
    [MODE_REFUSE_CLOSE] = "refuse-close",
    [MODE_CLOSE_LATE] = "close-late",
    [MODE_DISCONNECT] = "disconnect",
    [MODE_CORRUPT] = "corrupt",
};

static const char *const balloon_modes[] = {
    [BALLOON_OBEY] = "obey",           [BALLOON_REFUSE] = "refuse",
    [BALLOON_SLOW] = "slow",           [BALLOON_PARTIAL] = "partial",
    [BALLOON_OSCILLATE] = "oscillate", [BALLOON_STUCK] = "stuck",
};

static const char *const vcpus_modes[] = {
    [VCPUS_OBEY] = "obey",
    [VCPUS_REFUSE] = "refuse",
    [VCPUS_LATE] = "late",
};

/* The state of parsing one text. */
struct reading {
    const struct json *json;
    struct program *program;
    struct command *command; /* an element of program->steps */
    struct command_report *report;
    unsigned int (*mib_max)(void);
    struct writer error;
};

/* Each of these parses the text of one member. `value` is that text, in
 * program->texts. */
static int read_when(struct reading *reading, struct span value);
static int read_ack(struct reading *reading, struct span value);
static int read_action(struct reading *reading, struct span value);
static int read_path(struct reading *reading, struct span value);
static int read_device(struct reading *reading, struct span value);
static int read_op(struct reading *reading, struct span value);
static int read_mode(struct reading *reading, struct span value);
static int read_ip(struct reading *reading, struct span value);

/* Where struct command holds the member. A text is held as a span; TEXT_FOR:
 * its function keeps what the text means. */
#define NUMBER_IN(member) .at = offsetof(struct command, member)
#define TEXT_IN(member)   .is_text = true, NUMBER_IN(member)
#define TEXT_FOR(how)     .is_text = true, .read = (how)

enum use {
    ALWAYS,
    REQUIRED,
    ONSHUTDOWN, /* refused together with "now" */
    OF_ACTION,  /* only for some actions; for others it is unknown */
};

_Static_assert(offsetof(struct command, when) == 0,
               "no span and no number has the offset 0");

static const struct member {
    const char *name;
    uint32_t min, max; /* of the number, or of the text's size in bytes */
    enum use use;
    uint32_t taken; /* OF_ACTION: the bit TAKES_* of the actions */
    bool is_text;
    uint16_t at; /* the offset in struct command */
    int (*read)(struct reading *reading, struct span value);
} members[] = {
    /* First, so that a refusal of any other member can repeat the id. */
    {"id", 1, COMMAND_ID_MAX, ALWAYS, TEXT_IN(id)},
    /* Before the others: these two decide which members are permitted. */
    {"when", 0, COMMAND_TEXT_MAX, REQUIRED, TEXT_FOR(read_when)},
    {"action", 0, COMMAND_TEXT_MAX, REQUIRED, TEXT_FOR(read_action)},
    {"ack", 0, COMMAND_ACK_MAX, ALWAYS, TEXT_FOR(read_ack)},
    {"request", 1, COMMAND_TEXT_MAX, ONSHUTDOWN, TEXT_IN(request)},
    {"ack_delay_ms", 0, COMMAND_DELAY_MAX, ONSHUTDOWN, NUMBER_IN(ack_delay_ms)},
    {"action_delay_ms", 0, COMMAND_DELAY_MAX, ALWAYS,
     NUMBER_IN(action_delay_ms)},
    {"count", 0, COMMAND_COUNT_MAX, ONSHUTDOWN, NUMBER_IN(count)},
    {"code", 0, COMMAND_CODE_MAX, OF_ACTION, TAKES_CODE, NUMBER_IN(code)},
    {"mib", 1, UINT32_MAX, OF_ACTION, TAKES_MIB, NUMBER_IN(mib)},
    {"mib_per_s", 0, UINT32_MAX, OF_ACTION, TAKES_MIB_PER_S,
     NUMBER_IN(mib_per_s)},
    {"seconds", 0, UINT32_MAX, OF_ACTION, TAKES_SECONDS, NUMBER_IN(seconds)},
    {"bytes", 2, UINT32_MAX, OF_ACTION, TAKES_BYTES, NUMBER_IN(bytes)},
    {"writes", 1, UINT32_MAX, OF_ACTION, TAKES_WRITES, NUMBER_IN(writes)},
    {"path", 1, COMMAND_PATH_MAX, OF_ACTION, TAKES_PATH, TEXT_IN(path),
     read_path},
    {"value", 0, COMMAND_VALUE_MAX, OF_ACTION, TAKES_VALUE, TEXT_IN(value)},
    {"device", 0, COMMAND_WORD_MAX, OF_ACTION, TAKES_DEVICE,
     TEXT_FOR(read_device)},
    {"op", 0, COMMAND_WORD_MAX, OF_ACTION, TAKES_OP, TEXT_FOR(read_op)},
    {"seed", 0, UINT32_MAX, OF_ACTION, TAKES_SEED, NUMBER_IN(seed)},
    {"frames", 1, UINT32_MAX, OF_ACTION, TAKES_FRAMES, NUMBER_IN(frames)},
    {"mode", 0, COMMAND_WORD_MAX, OF_ACTION, TAKES_MODE, TEXT_FOR(read_mode)},
    {"kib_per_s", 1, UINT32_MAX, OF_ACTION, TAKES_KIB_PER_S,
     NUMBER_IN(kib_per_s)},
    {"percent", 1, 100, OF_ACTION, TAKES_PERCENT, NUMBER_IN(percent)},
    {"vcpu", 1, COMMAND_VCPU_MAX, OF_ACTION, TAKES_VCPU, NUMBER_IN(vcpu)},
    {"ip", 0, COMMAND_WORD_MAX, OF_ACTION, TAKES_IP, TEXT_FOR(read_ip)},
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

/* --- the members ---------------------------------------------------------- */

static struct text text_at(const struct reading *reading, struct span span)
{
    return program_text(reading->program, span);
}

static int read_when(struct reading *reading, struct span value)
{
    const struct text word = text_at(reading, value);

    for (size_t i = 0; i < ARRAY_COUNT(whens); i++) {
        if (text_is(word, whens[i].name)) {
            reading->command->when = whens[i].when;
            return 0;
        }
    }
    return refuse_word(reading, "unknown when: ", word);
}

static int read_ack(struct reading *reading, struct span value)
{
    for (size_t i = 0; i < ARRAY_COUNT(acks); i++) {
        if (text_is(text_at(reading, value), acks[i].name)) {
            reading->command->ack = acks[i].ack;
            return 0;
        }
    }
    reading->command->ack_text = value;
    return 0;
}

static int read_action(struct reading *reading, struct span value)
{
    const struct text word = text_at(reading, value);

    if (!action_of(word, &reading->command->action))
        return refuse_word(reading, "unknown action: ", word);
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
static int read_path(struct reading *reading, struct span value)
{
    const struct text path = text_at(reading, value);

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

/* Parse the name of the folder below device/, such as "vbd/51712". */
static int read_device(struct reading *reading, struct span value)
{
    struct command *command = reading->command;
    const struct text text = text_at(reading, value);
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

static int read_op(struct reading *reading, struct span value)
{
    const struct text word = text_at(reading, value);

    if (!find_word(ops, ARRAY_COUNT(ops), word, &reading->command->op))
        return refuse_word(reading, "unknown op: ", word);
    return 0;
}

static int read_mode(struct reading *reading, struct span value)
{
    const struct text word = text_at(reading, value);
    struct command *command = reading->command;
    bool known;

    if (command->action == ACTION_BALLOON)
        known = find_word(balloon_modes, ARRAY_COUNT(balloon_modes), word,
                          &command->balloon_mode);
    else if (command->action == ACTION_VCPUS)
        known = find_word(vcpus_modes, ARRAY_COUNT(vcpus_modes), word,
                          &command->vcpus_mode);
    else
        known = find_word(modes, ARRAY_COUNT(modes), word, &command->mode);
    return known ? 0 : refuse_word(reading, "unknown mode: ", word);
}

static int read_ip(struct reading *reading, struct span value)
{
    const struct text text = text_at(reading, value);

    if (!ethernet_read_ip(text, reading->command->ip))
        return refuse_word(reading, "this is no address: ", text);
    return 0;
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
static const struct member *member_of(const struct json *json, size_t key,
                                      char buffer[COMMAND_WORD_MAX],
                                      struct text *name)
{
    /* No member has a name that is too long for the buffer. */
    if (json_string(json, &json->values[key], buffer, COMMAND_WORD_MAX, name) !=
        0)
        return 0;
    for (size_t i = 0; i < ARRAY_COUNT(members); i++) {
        if (text_is(*name, members[i].name))
            return &members[i];
    }
    return 0;
}

/* Whether the command takes the member, as far as the command is known. */
static bool has_use(const struct command *command, const struct member *member)
{
    const struct action_row *row = &action_rows[command->action];

    return member->use != OF_ACTION ||
           ((row->needs | row->allows) & member->taken) != 0;
}

static bool is_needed(const struct command *command,
                      const struct member *member)
{
    return member->use == REQUIRED ||
           (member->use == OF_ACTION &&
            (action_rows[command->action].needs & member->taken) != 0);
}

static int read_text(struct reading *reading, const struct member *member,
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
    if (member->at != 0) /* 0: the span is not kept */
        memcpy((char *)reading->command + member->at, &span, sizeof(span));
    return member->read ? member->read(reading, span) : 0;
}

static int read_number(struct reading *reading, const struct member *member,
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
static int read_member(struct reading *reading, const struct member *member,
                       const struct json_value *value)
{
    const struct command *command = reading->command;
    const enum json_type type = member->is_text ? JSON_STRING : JSON_NUMBER;

    if (!value && is_needed(command, member))
        return refuse(reading, "%s is missing", member->name);
    if (!value || !has_use(command, member))
        return 0;
    if (member->use == ONSHUTDOWN && command->when == WHEN_NOW)
        return refuse(reading, "%s is not for now", member->name);
    if (value->type != type)
        return refuse(reading, "%s is %s, not %s", member->name,
                      json_type_name(value->type), json_type_name(type));
    return member->is_text ? read_text(reading, member, value)
                           : read_number(reading, member, value);
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
        const struct member *member = member_of(json, key, buffer, &name);
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
    const struct json_value *values[ARRAY_COUNT(members)] = {0};
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
        const struct member *member = member_of(json, key, buffer, &name);

        if (member)
            values[member - members] = &json->values[key + 1];
    }
    for (size_t i = 0; i < ARRAY_COUNT(members) && error == 0; i++)
        error = read_member(reading, &members[i], values[i]);
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
