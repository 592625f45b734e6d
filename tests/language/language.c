/* SPDX-License-Identifier: MIT */
/*
 * language - prints the tables of the control language; see language.h.
 */
#include "tests/language/language.h"

#include <stdint.h>
#include <stdio.h>

#include <xen/xen.h>

#include <xen/sched.h>

#include "decide/answer.h"
#include "kernel/publish.h"

static const char *const reasons[] = {
    [SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
    [SHUTDOWN_suspend] = "suspend",   [SHUTDOWN_crash] = "crash",
    [SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft_reset",
};

static const char *const answered[] = {
    [COURSE_NOTHING] = "at once",      [COURSE_END] = "before it",
    [COURSE_QUICK] = "after it",       [COURSE_SUSPEND] = "when it is over",
    [COURSE_WORK] = "when it is over",
};

static void print_actions(void)
{
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        const struct action_row *row = &action_rows[i];

        printf("actions\t%s\t%s\t", row->name, row->is_request ? "yes" : "no");
        if (row->stops && row->has_reason)
            printf("%s, %u", reasons[row->reason], row->reason);
        else
            printf("%s", row->stops ? "otherwise" : "no");
        printf("\t%s\n", answered[row->course]);
    }
}

/* The whole answer, so that it has each of its members. */
static void print_answer(void)
{
    static const struct command_report report = {
        .ignored_count = 1,
        .ignored = {"name"},
        .ignored_size = {sizeof("name") - 1},
    };
    const struct answer answer = {
        .id = TEXT("id"),
        .in_step = true,
        .error = "error",
        .report = &report,
    };
    char text[200];
    struct writer writer;

    writer_start(&writer, text, sizeof(text));
    answer_write(&writer, &answer);
    printf("json\t%s\n", text);
}

int main(void)
{
    language_of_commands();
    language_of_options();
    print_actions();
    print_answer();
    for (size_t i = 0; i < NODE_COUNT; i++)
        printf("nodes\t%s\n", node_paths[i]);
    for (size_t i = 0; i < STATE_COUNT; i++)
        printf("states\t%s\n", state_names[i]);
    for (size_t i = 0; i < RESULT_COUNT; i++)
        printf("results\t%s\n", result_names[i]);
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        printf("counters\t%s\n", publish_counter_name((enum counter)i));
    return 0;
}
