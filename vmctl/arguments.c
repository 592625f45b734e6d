/* SPDX-License-Identifier: MIT */
/*
 * arguments - the command line; see arguments.h.
 */
#include "vmctl/arguments.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide/language.h"
#include "lib/macros.h"
#include "vmctl/say.h"
#include "vmctl/usage.h"

static const struct verb_row {
    const char *name;
    unsigned int least, most; /* words behind it */
    const char *needs;        /* if `least` is not 0: what they are */
    bool takes_members;
    bool sends;    /* the options of a message are for it */
    bool waits;    /* --timeout is for it */
    bool needs_vm; /* it does nothing without a VM */
} verbs[VERB_COUNT] = {
    [VERB_NOW] = {"now", 1, 1, "an action", true, true, true, true},
    [VERB_ONSHUTDOWN] = {"onshutdown", 0, 0, NULL, true, true, true, true},
    [VERB_ATTACK] = {"attack", 0, 1, NULL, true, true, true, true},
    [VERB_PROGRAM] = {"program", 1, 1, "a file, or - for standard input", false,
                      true, true, true},
    [VERB_SEND] = {"send", 1, 1, "a text", false, true, true, true},
    [VERB_WAIT] = {"wait", 1, 2, "a state, \"answer\" or \"gone\"", false,
                   false, true, true},
    [VERB_STATUS] = {"status", 0, 0, NULL, false, false, false, true},
    [VERB_REPORT] = {"report", 0, 0, NULL, false, false, true, true},
    [VERB_CAPABILITIES] = {"capabilities", 0, 0, NULL, false, false, true,
                           false},
    [VERB_LOG] = {"log", 0, 0, NULL, false, false, false, true},
    [VERB_LIST] = {"list", 0, 0, NULL, false, false, false, false},
    [VERB_WATCH] = {"watch", 0, 0, NULL, false, false, false, false},
    [VERB_COMPLETION] = {"completion", 1, 1, "a shell: bash or zsh", false,
                         false, false, false},
};

const char *arguments_verb(enum verb verb)
{
    return verbs[verb].name;
}

/* The last option of each kind, for messages. */
static const char *member_option, *command_option, *time_option;
static bool has_action;

static bool is_number(const char *text)
{
    const size_t digits = strspn(text, "0123456789");

    return digits > 0 && text[digits] == '\0' &&
           (text[0] != '0' || digits == 1);
}

/* Seconds or a count: a number that fits. */
static int number_of(const char *option, const char *value, const char *what)
{
    const unsigned long number =
        is_number(value) ? strtoul(value, NULL, 10) : ULONG_MAX;

    if (number > 1000000000)
        wrong("%s takes %s", option, what);
    return (int)number;
}

/* --- options -------------------------------------------------------------- */

/* The member that is set by an option: `-` stands for `_`. Null: there is none
 * of this name. */
static const struct member_row *member_of_option(const char *option)
{
    for (unsigned int i = 0; i < MEMBERS; i++) {
        const char *name = language_members[i].name;

        for (size_t at = 0; i != MEMBER_WHEN; at++) {
            const char c = name[at] == '_' ? '-' : name[at];

            if (option[at] != c)
                break;
            if (c == '\0')
                return &language_members[i];
        }
    }
    return NULL;
}

/* The last value of an option counts. */
static void set_member(struct arguments *arguments, const char *name,
                       const char *value, bool is_text)
{
    unsigned int at = 0;

    while (at < arguments->member_count &&
           strcmp(arguments->members[at].name, name) != 0)
        at++;
    arguments->members[at] = (struct member_value){name, value, is_text};
    if (at == arguments->member_count)
        arguments->member_count++;
}

static void read_node(struct arguments *arguments, const char *value)
{
    if (strcmp(value, "data") == 0)
        arguments->node = "data/testing";
    else if (strcmp(value, "control") == 0)
        arguments->node = "control/testing";
    else
        wrong("--node takes data or control, not \"%s\"", value);
}

/* An option with a value. False: there is none of this name. */
static bool takes_value(const char *option)
{
    static const char *const names[] = {"node", "timeout", "timeout-in-all",
                                        "parallel"};

    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (strcmp(option, names[i]) == 0)
            return true;
    }
    return member_of_option(option) != NULL;
}

static void read_value(struct arguments *arguments, const char *option,
                       const char *value)
{
    const char *const name = option + 2;
    const struct member_row *member = member_of_option(name);

    if (strcmp(name, "node") == 0) {
        read_node(arguments, value);
        command_option = option;
    } else if (strcmp(name, "timeout") == 0) {
        arguments->seconds = number_of(option, value, "a number of seconds");
        time_option = option;
    } else if (strcmp(name, "timeout-in-all") == 0) {
        arguments->seconds_in_all =
            number_of(option, value, "a number of seconds");
        time_option = option;
    } else if (strcmp(name, "parallel") == 0) {
        arguments->parallel =
            (unsigned int)number_of(option, value, "a number of VMs");
        if (arguments->parallel == 0)
            wrong("--parallel takes a number of VMs");
    } else if (member) {
        const bool is_text = member->form != FORM_NUMBER;

        if (!is_text && !is_number(value))
            wrong("%s takes a number, not \"%s\"", option, value);
        has_action = has_action || member->form == FORM_ACTION;
        set_member(arguments, member->name, value, is_text);
        member_option = option;
    }
}

/* An option without a value. False: there is none of this name. */
static bool read_flag(struct arguments *arguments, const char *option)
{
    const struct {
        const char *name;
        bool *flag;
        bool is_for_commands;
    } flags[] = {
        {"--no-wait", &arguments->no_wait, true},
        {"--started", &arguments->started, true},
        {"--dry-run", &arguments->dry_run, true},
        {"--json", &arguments->json, false},
        {"--all", &arguments->all, false},
        {"--list", &arguments->list, false},
    };

    for (size_t i = 0; i < ARRAY_COUNT(flags); i++) {
        if (strcmp(option, flags[i].name) != 0)
            continue;
        *flags[i].flag = true;
        if (flags[i].is_for_commands)
            command_option = option;
        return true;
    }
    return false;
}

static _Noreturn void help(void)
{
    fputs(vmctl_usage, stdout);
    exit(STATUS_DONE);
}

/* Read the option at words[at]; returns the number of words that it has. */
static int read_option(struct arguments *arguments, int count, char **words,
                       int at)
{
    char *option = words[at], *value = strchr(option, '=');

    if (strcmp(option, "--help") == 0 || strcmp(option, "-h") == 0)
        help();
    if (strcmp(option, "--version") == 0) {
        puts("vmctl " XEN_TEST_VM_VERSION " (" XEN_TEST_VM_COMMIT ")");
        exit(STATUS_DONE);
    }
    if (read_flag(arguments, option))
        return 1;
    if (value)
        *value++ = '\0';
    if (strncmp(option, "--", 2) != 0 || !takes_value(option + 2))
        wrong("unknown option %s", option);
    if (!value && at + 1 == count)
        wrong("%s wants a value", option);
    read_value(arguments, option, value ? value : words[at + 1]);
    return value ? 1 : 2;
}

/* --- words ---------------------------------------------------------------- */

static bool verb_of(const char *word, enum verb *verb)
{
    for (unsigned int i = 0; i < VERB_COUNT; i++) {
        if (strcmp(word, verbs[i].name) == 0) {
            *verb = (enum verb)i;
            return true;
        }
    }
    return false;
}

/* Whether the words are a verb that needs no VM, and its own words. */
static bool begins_with_verb(int count, char **words)
{
    enum verb verb, other;

    return count > 0 && verb_of(words[0], &verb) && !verbs[verb].needs_vm &&
           count == 1 + (int)verbs[verb].least &&
           (count == 1 || !verb_of(words[1], &other));
}

/*
 * The words are VMs, a verb, and its own words. The first word is a VM whatever
 * it says, unless --all stands for the VMs, or there is only a verb that needs
 * none.
 */
static void read_words(struct arguments *arguments, int count, char **words)
{
    int at = 0;
    const struct verb_row *row;
    unsigned int behind;

    if (count == 1 && strcmp(words[0], "help") == 0)
        help();
    if (!arguments->all && !begins_with_verb(count, words))
        at = 1;
    while (at < count && !verb_of(words[at], &arguments->verb))
        at++;
    if (at >= count) {
        if (count > (arguments->all ? 0 : 1))
            wrong("unknown verb \"%s\"", words[arguments->all ? 0 : 1]);
        wrong("a VM and a verb are needed");
    }
    if (arguments->all && at > 0)
        wrong("--all and \"%s\": one of them names the VMs", words[0]);
    arguments->vms = (const char *const *)words;
    arguments->vm_count = (unsigned int)at;
    for (int i = 0; i < at; i++) {
        if (words[i][0] == '\0')
            wrong("the VM's name is empty");
    }
    row = &verbs[arguments->verb];
    behind = (unsigned int)(count - at - 1);
    if (behind < row->least)
        wrong("%s needs %s", row->name, row->needs);
    if (behind > row->most)
        wrong("too many arguments for %s", row->name);
    for (unsigned int i = 0; i < behind; i++)
        arguments->words[i] = words[at + 1 + (int)i];
}

static bool is_done_at_once(enum verb verb)
{
    return verb == VERB_NOW || verb == VERB_ATTACK;
}

/* Refuse options that do not go together. */
static void check(struct arguments *arguments)
{
    const struct verb_row *row = &verbs[arguments->verb];

    if (member_option && !row->takes_members)
        wrong("%s is not for %s", member_option, row->name);
    if (arguments->verb == VERB_NOW && has_action)
        wrong("now takes its action without --action");
    if (arguments->verb == VERB_ONSHUTDOWN && !has_action)
        wrong("onshutdown needs --action");
    if (arguments->verb == VERB_ATTACK &&
        (arguments->words[0] != NULL) == arguments->list)
        wrong("attack needs the name of an attack, or --list");
    if (arguments->verb == VERB_ATTACK && has_action)
        wrong("attack takes no --action");
    if (arguments->list && arguments->verb != VERB_ATTACK)
        wrong("--list is for attack");
    if (arguments->started && row->sends && !is_done_at_once(arguments->verb))
        wrong("--started is for now and attack");
    if (command_option && !row->sends)
        wrong("%s is not for %s", command_option, row->name);
    if (time_option && !row->waits)
        wrong("%s is not for %s", time_option, row->name);
    if (arguments->verb == VERB_WAIT && arguments->words[1])
        arguments->seconds =
            number_of("wait", arguments->words[1], "a number of seconds");
}

void arguments_read(struct arguments *arguments, int count, char **words)
{
    int left = 0;

    *arguments = (struct arguments){
        .node = "data/testing",
        .seconds = -1,
        .seconds_in_all = -1,
        .parallel = UINT_MAX,
    };
    /* Words that are no options move to the front. */
    for (int at = 1; at < count;) {
        if (strcmp(words[at], "--") == 0) {
            while (++at < count)
                words[left++] = words[at];
        } else if (words[at][0] == '-' && words[at][1] != '\0') {
            at += read_option(arguments, count, words, at);
        } else {
            words[left++] = words[at++];
        }
    }
    read_words(arguments, left, words);
    check(arguments);
}
