/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes decide/command: any text of a tester is accepted, or refused with one
 * reason; a second time the result is the same.
 */
#include "decide/command.h"

#include <string.h>

#include "decide/operands.h"
#include "lib/error.h"
#include "tests/fuzz/feed.h"

static unsigned int mib_max(void)
{
    return 64;
}

static void check_span(const struct program *program, struct span span)
{
    MUST_HOLD(span.at + span.size <= program->used);
}

/* The work reads them again, and relies on it. */
static void check_operands(const struct program *program, struct span span,
                           unsigned int max)
{
    uint64_t values[OPERANDS_PAGE_MAX];

    MUST_HOLD(span.size <= COMMAND_OPERANDS_MAX);
    MUST_HOLD(operands_read(program_text(program, span), 0, values, max, NULL));
}

static void check_command(const struct program *program,
                          const struct command *command)
{
    MUST_HOLD(command->action < ACTION_COUNT);
    MUST_HOLD(command->ack_delay_ms <= COMMAND_DELAY_MAX);
    MUST_HOLD(command->action_delay_ms <= COMMAND_DELAY_MAX);
    MUST_HOLD(command->count <= COMMAND_COUNT_MAX);
    MUST_HOLD(command->code <= COMMAND_CODE_MAX ||
              command->action == ACTION_HYPERCALL);
    MUST_HOLD(command->tries <= COMMAND_TRIES_MAX);
    MUST_HOLD(command->mib <= mib_max() || command->action != ACTION_DIRTY);
    MUST_HOLD(command->vcpu <= COMMAND_VCPU_MAX);
    check_span(program, command->id);
    check_span(program, command->request);
    check_span(program, command->ack_text);
    check_span(program, command->path);
    check_span(program, command->value);
    MUST_HOLD(command->id.size <= COMMAND_ID_MAX);
    if (command->action == ACTION_HYPERCALL) {
        check_operands(program, command->args, OPERANDS_ARGS_MAX);
        check_operands(program, command->page, OPERANDS_PAGE_MAX);
        return;
    }
    MUST_HOLD(command->path.size <= COMMAND_PATH_MAX);
    MUST_HOLD(command->value.size <= COMMAND_VALUE_MAX);
}

static void check_report(const struct command_report *report, int result)
{
    const size_t size = strnlen(report->error, sizeof(report->error));

    MUST_HOLD(size < sizeof(report->error));
    MUST_HOLD((size == 0) == (result == 0));
    MUST_HOLD(report->id_size <= COMMAND_ID_MAX);
    for (unsigned int i = 0;
         i < MIN(report->ignored_count, COMMAND_IGNORED_MAX); i++)
        MUST_HOLD(report->ignored_size[i] <= COMMAND_WORD_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct text text = {(const char *)bytes, size};
    static struct program program, again;
    static struct command_report report, report_again;
    int result;

    memset(&program, 0, sizeof(program));
    memset(&again, 0, sizeof(again));
    memset(&report, 0, sizeof(report));
    memset(&report_again, 0, sizeof(report_again));
    result = command_parse(text, mib_max, &program, &report);
    MUST_HOLD(result == 0 || result == -XEN_EINVAL);
    check_report(&report, result);
    if (result == 0) {
        MUST_HOLD(program.count >= 1 && program.count <= PROGRAM_STEP_MAX);
        MUST_HOLD(program.used <= sizeof(program.texts));
        for (unsigned int i = 0; i < program.count; i++)
            check_command(&program, &program.steps[i]);
    }
    MUST_HOLD(command_parse(text, mib_max, &again, &report_again) == result);
    MUST_HOLD(strcmp(report.error, report_again.error) == 0);
    MUST_HOLD(result != 0 ||
              memcmp(program.texts, again.texts, program.used) == 0);
    return 0;
}
