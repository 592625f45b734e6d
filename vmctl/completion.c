/* SPDX-License-Identifier: MIT */
/*
 * completion - the verb that prints a completion for bash or zsh, made of the
 * tables of the language and of the text of --help; see verbs.h.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "decide/command.h"
#include "decide/language.h"
#include "lib/macros.h"
#include "vmctl/say.h"
#include "vmctl/usage.h"
#include "vmctl/verbs.h"

/* Prints the names of the VMs that are there. */
#define LIST_VMS "vmctl list 2>/dev/null | sed '1d; s/.*  //'"

static void print_actions(void)
{
    for (unsigned int i = 0; i < ACTION_COUNT; i++)
        printf(" %s", action_rows[i].name);
}

/* All words of a member, each one once. */
static void print_words(enum member number)
{
    const struct member_row *member = &language_members[number];
    const char *printed[UINT8_MAX];
    unsigned int count = 0, at;

    for (unsigned int i = 0; i < member->words_count; i++) {
        const struct words_row *row = &language_words[member->words + i];

        for (unsigned int w = 0; w < row->count; w++) {
            for (at = 0; row->words[w] && at < count &&
                         strcmp(printed[at], row->words[w]) != 0;)
                at++;
            if (row->words[w] && at == count && count < UINT8_MAX) {
                printed[count++] = row->words[w];
                printf(" %s", row->words[w]);
            }
        }
    }
}

static void print_acks(void)
{
    print_words(MEMBER_ACK);
}

static void print_ops(void)
{
    print_words(MEMBER_OP);
}

static void print_modes(void)
{
    print_words(MEMBER_MODE);
}

static void print_attacks(void)
{
    printf(" --list");
    for (unsigned int i = ATTACK_LIST + 1; i < ATTACK_COUNT; i++)
        printf(" %s", language_attacks[i]);
}

static void print_nodes(void)
{
    printf(" data control");
}

static void print_shells(void)
{
    printf(" bash zsh");
}

static void print_waits(void)
{
    for (unsigned int i = 0; wait_word(i); i++)
        printf(" %s", wait_word(i));
}

/* Words that come behind another word. */
static const struct {
    const char *before; /* a pattern of both shells */
    void (*print)(void);
} rows[] = {
    {"now | --action", print_actions},
    {"attack", print_attacks},
    {"--ack", print_acks},
    {"--op", print_ops},
    {"--mode", print_modes},
    {"--node", print_nodes},
    {"wait", print_waits},
    {"completion", print_shells},
};

static void print_verbs(void)
{
    for (unsigned int i = 0; i < VERB_COUNT; i++)
        printf(" %s", arguments_verb((enum verb)i));
}

/* The options that --help names, each one once: it names some of them again in
 * examples, which come last. */
static void print_options(void)
{
    const char *const end = strstr(vmctl_usage, "\nExamples:");
    const char *text = vmctl_usage;

    while ((text = strstr(text, "--")) && text < end) {
        const size_t size = 2 + strspn(text + 2, "abcdefghijklmnopqrstuvwxyz-");

        if (isspace((unsigned char)text[-1]) && size > 2)
            printf(" %.*s", (int)size, text);
        text += size;
    }
}

/* The words of each row, between two texts. */
static void print_rows(const char *before, const char *after)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        printf("    %s) %s", rows[i].before, before);
        rows[i].print();
        puts(after);
    }
}

static void print_bash(void)
{
    puts("# Completion of vmctl for bash, made by: vmctl completion bash\n"
         "_vmctl() {\n"
         "    local word=${COMP_WORDS[COMP_CWORD]} words\n"
         "    case ${COMP_WORDS[COMP_CWORD - 1]} in");
    print_rows("words='", "' ;;");
    printf("    program)\n"
           "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
           "        return ;;\n"
           "    *)\n"
           "        case $word in\n"
           "        -*) words='");
    print_options();
    printf("' ;;\n"
           "        *) words='");
    print_verbs();
    puts(" '$(" LIST_VMS ") ;;\n"
         "        esac ;;\n"
         "    esac\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -F _vmctl vmctl");
}

static void print_zsh(void)
{
    puts("#compdef vmctl\n"
         "# Completion of vmctl for zsh, made by: vmctl completion zsh\n"
         "_vmctl() {\n"
         "    case ${words[CURRENT - 1]} in");
    print_rows("compadd --", " ;;");
    printf("    program) _files ;;\n"
           "    *)\n"
           "        case $PREFIX in\n"
           "        -*) compadd --");
    print_options();
    printf(" ;;\n"
           "        *) compadd --");
    print_verbs();
    puts(" ${(f)\"$(" LIST_VMS ")\"} ;;\n"
         "        esac ;;\n"
         "    esac\n"
         "}\n"
         "if [ \"$funcstack[1]\" = _vmctl ]; then\n"
         "    _vmctl \"$@\"\n"
         "else\n"
         "    compdef _vmctl vmctl\n"
         "fi");
}

int verb_completion(const struct arguments *arguments)
{
    if (strcmp(arguments->words[0], "bash") == 0)
        print_bash();
    else if (strcmp(arguments->words[0], "zsh") == 0)
        print_zsh();
    else
        wrong("no completion for %s", arguments->words[0]);
    return STATUS_DONE;
}
