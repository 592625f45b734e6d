/* SPDX-License-Identifier: MIT */
/*
 * command - prints words and members of commands; see language.h.
 */
#include <inttypes.h>
#include <stdio.h>

#include "decide/language.h"
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

static const char *values_of(const struct member_row *member)
{
    static char text[60];

    if (member->use == USE_REQUIRED)
        return "a word";
    snprintf(text, sizeof(text), "%" PRIu32 " to %" PRIu32 "%s", member->min,
             member->max, member->form == FORM_NUMBER ? "" : " bytes");
    return text;
}

static bool is_in(uint32_t set, const struct member_row *member)
{
    return (set >> (member - language_members) & 1) != 0;
}

static bool all_need(const struct member_row *member)
{
    bool needed = member->use == USE_REQUIRED || member->use == USE_OF_ACTION;

    for (size_t i = 0; i < ACTION_COUNT; i++)
        needed = needed && !is_in(action_rows[i].allows, member);
    return needed;
}

/* Print the kind of commands that take the member, or the actions that do. */
static void print_takers(const struct member_row *member)
{
    const char *between = "";

    if (member->use != USE_OF_ACTION) {
        printf("%s", member->use == USE_ONSHUTDOWN ? "onshutdown" : "all");
        return;
    }
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        if (is_in(action_rows[i].needs | action_rows[i].allows, member)) {
            printf("%s%s", between, action_rows[i].name);
            between = ", ";
        }
    }
}

/* The documents have a table for each vocabulary. */
static const struct {
    const char *name;
    enum member member;
    unsigned int row; /* among the member's own */
} tables[] = {
    {"whens", MEMBER_WHEN, 0},    {"acks", MEMBER_ACK, 0},
    {"ops", MEMBER_OP, 0},        {"modes", MEMBER_MODE, 0},
    {"balloons", MEMBER_MODE, 1}, {"vcpus", MEMBER_MODE, 2},
    {"attacks", MEMBER_MODE, 3},
};

void language_of_commands(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(tables); i++) {
        const struct member_row *member = &language_members[tables[i].member];
        const struct words_row *row =
            &language_words[member->words + tables[i].row];

        print_words(tables[i].name, row->words, row->count);
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        const struct member_row *member = &language_members[i];

        printf("members\t%s\t%s\t%s\t", member->name,
               all_need(member) ? "yes" : "no", values_of(member));
        print_takers(member);
        printf("\n");
    }
}
