/* SPDX-License-Identifier: MIT */
/*
 * command - prints words and members of commands; see language.h.
 */
#include "decide/command.c"

#include <inttypes.h>
#include <stdio.h>

#include "tests/language/language.h"

/* Places of `words` may be null. */
static void print_words(const char *table, const char *const words[],
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (words[i])
            printf("%s\t%s\n", table, words[i]);
    }
}

static const char *values_of(const struct member *member)
{
    static char text[60];

    if (member->read == read_when || member->read == read_action)
        return "a word";
    snprintf(text, sizeof(text), "%" PRIu32 " to %" PRIu32 "%s", member->min,
             member->max, member->is_text ? " bytes" : "");
    return text;
}

static bool all_need(const struct member *member)
{
    bool needed = member->use == REQUIRED || member->use == OF_ACTION;

    for (size_t i = 0; i < ACTION_COUNT && member->use == OF_ACTION; i++)
        needed = needed && !(action_rows[i].allows & member->taken);
    return needed;
}

/* Print the kind of commands that take the member, or the actions that do. */
static void print_takers(const struct member *member)
{
    const char *between = "";

    if (member->use != OF_ACTION) {
        printf("%s", member->use == ONSHUTDOWN ? "onshutdown" : "all");
        return;
    }
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        if ((action_rows[i].needs | action_rows[i].allows) & member->taken) {
            printf("%s%s", between, action_rows[i].name);
            between = ", ";
        }
    }
}

void language_of_commands(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(whens); i++)
        printf("whens\t%s\n", whens[i].name);
    for (size_t i = 0; i < ARRAY_COUNT(acks); i++)
        printf("acks\t%s\n", acks[i].name);
    print_words("ops", ops, ARRAY_COUNT(ops));
    print_words("modes", modes, ARRAY_COUNT(modes));
    print_words("balloons", balloon_modes, ARRAY_COUNT(balloon_modes));
    print_words("vcpus", vcpus_modes, ARRAY_COUNT(vcpus_modes));
    for (size_t i = 0; i < ARRAY_COUNT(members); i++) {
        printf("members\t%s\t%s\t%s\t", members[i].name,
               all_need(&members[i]) ? "yes" : "no", values_of(&members[i]));
        print_takers(&members[i]);
        printf("\n");
    }
}
