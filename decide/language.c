/* SPDX-License-Identifier: MIT */
/*
 * language - the tables of the control language; see language.h.
 */
#include "decide/language.h"

#include <stddef.h>

#include "decide/command.h"

/* --- words ---------------------------------------------------------------- */

static const char *const whens[] = {
    [WHEN_NOW] = "now",
    [WHEN_ONSHUTDOWN] = "onshutdown",
};

static const char *const acks[] = {
    [ACK_WRITE] = "ok",
    [ACK_NONE] = "none",
    [ACK_DELETE] = "delete",
};

static const char *const ops[] = {
    [DISK_READ] = "read",
    [DISK_WRITE] = "write",
    [DISK_VERIFY] = "verify",
    [DISK_FLUSH] = "flush",
};

static const char *const frontend_modes[] = {
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

const char *const language_attacks[] = {
    [ATTACK_LIST] = "list",
    [ATTACK_STORE_WATCHES] = "store-watches",
    [ATTACK_STORE_TRANSACTIONS] = "store-transactions",
    [ATTACK_STORE_NODES] = "store-nodes",
    [ATTACK_STORE_DEEP] = "store-deep",
    [ATTACK_STORE_LARGE] = "store-large",
    [ATTACK_STORE_CONFLICTS] = "store-conflicts",
    [ATTACK_STORE_SPY] = "store-spy",
    [ATTACK_STORE_PERMISSIONS] = "store-permissions",
    [ATTACK_STORE_BYTES] = "store-bytes",
    [ATTACK_STORE_WRONG] = "store-wrong",
    [ATTACK_STORE_UNREAD] = "store-unread",
    [ATTACK_STORE_SILENCE] = "store-silence",
    [ATTACK_STORE_LIES] = "store-lies",
    [ATTACK_CONSOLE_BYTES] = "console-bytes",
    [ATTACK_CONSOLE_LIES] = "console-lies",
    [ATTACK_CONSOLE_DEAF] = "console-deaf",
    [ATTACK_EVTCHN_PORTS] = "evtchn-ports",
    [ATTACK_EVTCHN_EVENTS] = "evtchn-events",
    [ATTACK_EVTCHN_OTHERS] = "evtchn-others",
    [ATTACK_GRANT_ENTRIES] = "grant-entries",
    [ATTACK_GRANT_FLAP] = "grant-flap",
    [ATTACK_DEVICE_STATES] = "device-states",
    [ATTACK_DEVICE_NODES] = "device-nodes",
    [ATTACK_DISK_REQUESTS] = "disk-requests",
    [ATTACK_NET_REQUESTS] = "net-requests",
    [ATTACK_NET_BUFFERS] = "net-buffers",
};
_Static_assert(ARRAY_COUNT(language_attacks) == ATTACK_COUNT,
               "each attack has its name");

/* The first row of each member that has words. */
enum {
    WORDS_WHEN,
    WORDS_ACK,
    WORDS_OP,
    WORDS_MODE,
};

#define WORDS_IN(place, list, an_action)                                       \
    .words = (list), .count = ARRAY_COUNT(list), .shown = ARRAY_COUNT(list),   \
    .action = (an_action), .at = offsetof(struct command, place)

const struct words_row language_words[] = {
    [WORDS_WHEN] = {WORDS_IN(when, whens, ACTION_COUNT)},
    [WORDS_ACK] = {WORDS_IN(ack, acks, ACTION_COUNT)},
    [WORDS_OP] = {WORDS_IN(op, ops, ACTION_DISK)},
    [WORDS_MODE] = {WORDS_IN(mode, frontend_modes, ACTION_FRONTEND)},
    [WORDS_MODE + 1] = {WORDS_IN(balloon_mode, balloon_modes, ACTION_BALLOON)},
    [WORDS_MODE + 2] = {WORDS_IN(vcpus_mode, vcpus_modes, ACTION_VCPUS)},
    /* An answer has no room for all: "list" names them. */
    [WORDS_MODE + 3] = {language_attacks, ATTACK_COUNT, 1, ACTION_ATTACK,
                        offsetof(struct command, attack_mode)},
};

/* --- members -------------------------------------------------------------- */

_Static_assert(offsetof(struct command, when) == 0,
               "no span and no number has the offset 0");

/* Where struct command keeps the value, and which values there are. */
#define KEPT_IN(place, least, most)                                            \
    .min = (least), .max = (most), .at = offsetof(struct command, place)
#define NUMBER_IN KEPT_IN
#define TEXT_IN(place, least, most)                                            \
    .form = FORM_TEXT, KEPT_IN(place, least, most)
#define WORDS(first, many) .words = (first), .words_count = (many)
#define WORD_OF(first, many)                                                   \
    .form = FORM_TEXT, .max = COMMAND_WORD_MAX, WORDS(first, many)
#define TEXT_OF(its_form) .form = (its_form), .max = COMMAND_WORD_MAX
#define OF_ACTION         .use = USE_OF_ACTION

const struct member_row language_members[MEMBERS] = {
    [MEMBER_ID] = {"id", TEXT_IN(id, 1, COMMAND_ID_MAX)},
    [MEMBER_WHEN] = {"when", .use = USE_REQUIRED, .form = FORM_TEXT,
                     .max = COMMAND_TEXT_MAX, WORDS(WORDS_WHEN, 1)},
    [MEMBER_ACTION] = {"action", .use = USE_REQUIRED, .form = FORM_ACTION,
                       .max = COMMAND_TEXT_MAX},
    [MEMBER_ACK] = {"ack", TEXT_IN(ack_text, 0, COMMAND_ACK_MAX),
                    WORDS(WORDS_ACK, 1)},
    [MEMBER_REQUEST] = {"request", .use = USE_ONSHUTDOWN,
                        TEXT_IN(request, 1, COMMAND_TEXT_MAX)},
    [MEMBER_ACK_DELAY_MS] = {"ack_delay_ms", .use = USE_ONSHUTDOWN,
                             NUMBER_IN(ack_delay_ms, 0, COMMAND_DELAY_MAX)},
    [MEMBER_ACTION_DELAY_MS] = {"action_delay_ms",
                                NUMBER_IN(action_delay_ms, 0,
                                          COMMAND_DELAY_MAX)},
    [MEMBER_COUNT] = {"count", .use = USE_ONSHUTDOWN,
                      NUMBER_IN(count, 0, COMMAND_COUNT_MAX)},
    [MEMBER_CODE] = {"code", OF_ACTION, NUMBER_IN(code, 0, COMMAND_CODE_MAX)},
    [MEMBER_MIB] = {"mib", OF_ACTION, NUMBER_IN(mib, 1, UINT32_MAX)},
    [MEMBER_MIB_PER_S] = {"mib_per_s", OF_ACTION,
                          NUMBER_IN(mib_per_s, 0, UINT32_MAX)},
    [MEMBER_SECONDS] = {"seconds", OF_ACTION,
                        NUMBER_IN(seconds, 0, UINT32_MAX)},
    [MEMBER_BYTES] = {"bytes", OF_ACTION, NUMBER_IN(bytes, 2, UINT32_MAX)},
    [MEMBER_WRITES] = {"writes", OF_ACTION, NUMBER_IN(writes, 1, UINT32_MAX)},
    [MEMBER_PATH] = {"path", OF_ACTION, .form = FORM_PATH,
                     KEPT_IN(path, 1, COMMAND_PATH_MAX)},
    [MEMBER_VALUE] = {"value", OF_ACTION, TEXT_IN(value, 0, COMMAND_VALUE_MAX)},
    [MEMBER_DEVICE] = {"device", OF_ACTION, TEXT_OF(FORM_DEVICE)},
    [MEMBER_OP] = {"op", OF_ACTION, WORD_OF(WORDS_OP, 1)},
    [MEMBER_SEED] = {"seed", OF_ACTION, NUMBER_IN(seed, 0, UINT32_MAX)},
    [MEMBER_FRAMES] = {"frames", OF_ACTION, NUMBER_IN(frames, 1, UINT32_MAX)},
    [MEMBER_MODE] = {"mode", OF_ACTION, WORD_OF(WORDS_MODE, 4)},
    [MEMBER_KIB_PER_S] = {"kib_per_s", OF_ACTION,
                          NUMBER_IN(kib_per_s, 1, UINT32_MAX)},
    [MEMBER_PERCENT] = {"percent", OF_ACTION, NUMBER_IN(percent, 1, 100)},
    [MEMBER_VCPU] = {"vcpu", OF_ACTION, NUMBER_IN(vcpu, 1, COMMAND_VCPU_MAX)},
    [MEMBER_IP] = {"ip", OF_ACTION, TEXT_OF(FORM_IP)},
    [MEMBER_TRIES] = {"tries", OF_ACTION,
                      NUMBER_IN(tries, 1, COMMAND_TRIES_MAX)},
    [MEMBER_NUMBER] = {"number", OF_ACTION, NUMBER_IN(number, 0, UINT32_MAX)},
    [MEMBER_ARGS] = {"args", OF_ACTION, .form = FORM_OPERANDS,
                     KEPT_IN(args, 0, COMMAND_OPERANDS_MAX)},
    [MEMBER_PAGE] = {"page", OF_ACTION, .form = FORM_OPERANDS,
                     KEPT_IN(page, 0, COMMAND_OPERANDS_MAX)},
};

/* --- the language as JSON ------------------------------------------------- */

/* Without spaces: an answer has little room for the language. */
static void write_name(struct writer *writer, const char *name, bool first)
{
    write_format(writer, "%s\"%s\"", first ? "" : ",", name);
}

/* Write each action with its own members. */
static void write_actions(struct writer *writer)
{
    for (unsigned int i = 0; i < ACTION_COUNT; i++) {
        const uint32_t taken = action_rows[i].needs | action_rows[i].allows;
        bool first = true;

        write_name(writer, action_rows[i].name, i == 0);
        write_string(writer, ": [");
        for (unsigned int m = 0; m < MEMBERS; m++) {
            if (taken >> m & 1) {
                write_name(writer, language_members[m].name, first);
                first = false;
            }
        }
        write_char(writer, ']');
    }
}

/* Write the words of a member, and their action if there are several rows. */
static void write_words(struct writer *writer, const struct member_row *member)
{
    for (unsigned int i = 0; i < member->words_count; i++) {
        const struct words_row *row = &language_words[member->words + i];
        bool first = true;

        write_format(writer, ",\"%s", member->name);
        if (member->words_count > 1)
            write_format(writer, "/%s", action_rows[row->action].name);
        write_string(writer, "\":[");
        for (unsigned int w = 0; w < row->shown; w++) {
            if (row->words[w]) {
                write_name(writer, row->words[w], first);
                first = false;
            }
        }
        write_char(writer, ']');
    }
}

void language_write(struct writer *writer)
{
    write_string(writer,
                 "{\"version\": \"" XEN_TEST_VM_VERSION
                 "\", \"commit\": \"" XEN_TEST_VM_COMMIT
                 "\", \"protocol\": " LANGUAGE_PROTOCOL ", \"actions\": {");
    write_actions(writer);
    write_string(writer, "},\"members\": {");
    for (unsigned int i = 0; i < MEMBERS; i++) {
        write_name(writer, language_members[i].name, i == 0);
        write_format(writer, ":%u", language_members[i].max);
    }
    write_char(writer, '}');
    for (unsigned int i = 0; i < MEMBERS; i++)
        write_words(writer, &language_members[i]);
    write_format(writer, ", \"message_bytes\": %d, \"steps\": %d}",
                 COMMAND_TEXT_MAX, PROGRAM_STEP_MAX);
}
