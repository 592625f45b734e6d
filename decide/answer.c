/* SPDX-License-Identifier: MIT */
/*
 * answer - the VM's answer to a command; see answer.h.
 */
#include "decide/answer.h"

const char *const result_names[RESULT_COUNT] = {
    [RESULT_REFUSED] = "refused", [RESULT_ARMED] = "armed",
    [RESULT_STARTED] = "started", [RESULT_DONE] = "done",
    [RESULT_FAILED] = "failed",
};

/* A longer name is cut here too, although more of it is kept. */
#define NAME_QUOTED_MAX 40

/* Ids and sentences are short: always write them whole. */
#define WHOLE SIZE_MAX

void answer_write_ignored(struct writer *writer,
                          const struct command_report *report)
{
    const char *separator = "";

    for (unsigned int i = 0;
         i < MIN(report->ignored_count, (unsigned int)COMMAND_IGNORED_MAX);
         i++) {
        write_string(writer, separator);
        write_quoted(writer,
                     (struct text){report->ignored[i], report->ignored_size[i]},
                     NAME_QUOTED_MAX);
        separator = ", ";
    }
    if (report->ignored_count > COMMAND_IGNORED_MAX)
        write_string(writer, ", \"...\"");
}

void answer_write(struct writer *writer, const struct answer *answer)
{
    write_format(writer, "{\"seq\": %u", answer->seq);
    if (answer->id.size > 0) {
        write_string(writer, ", \"id\": ");
        write_quoted(writer, answer->id, WHOLE);
    }
    if (answer->in_step)
        write_format(writer, ", \"step\": %u", answer->step);
    write_format(writer, ", \"result\": \"%s\"", result_names[answer->result]);
    if (answer->error) {
        write_string(writer, ", \"error\": ");
        write_quoted(writer, text_of(answer->error), WHOLE);
    }
    if (answer->detail)
        write_format(writer, ", %s", answer->detail);
    if (answer->report && answer->report->ignored_count > 0) {
        write_string(writer, ", \"ignored\": [");
        answer_write_ignored(writer, answer->report);
        write_char(writer, ']');
    }
    write_char(writer, '}');
}
