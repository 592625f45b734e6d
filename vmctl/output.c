/* SPDX-License-Identifier: MIT */
/*
 * output - what is printed about a VM; see output.h.
 */
#include "vmctl/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "vmctl/memory.h"

static bool is_json;
static unsigned int members;

void output_json(void)
{
    is_json = true;
}

bool output_is_json(void)
{
    return is_json;
}

void output_begin(void)
{
    putchar('{');
    members = 0;
}

void output_finish(void)
{
    puts("}");
    fflush(stdout);
}

static void begin_member(const char *name)
{
    printf("%s\"%s\": ", members++ > 0 ? ", " : "", name);
}

void output_text(const char *name, const char *value)
{
    const size_t size = strlen(value);
    char *buffer = memory_get(size * QUOTED_BYTE_MAX + 3);
    struct writer writer;

    writer_start(&writer, buffer, size * QUOTED_BYTE_MAX + 3);
    write_quoted(&writer, (struct text){value, size}, size * QUOTED_BYTE_MAX);
    begin_member(name);
    fputs(buffer, stdout);
    free(buffer);
}

void output_number(const char *name, unsigned long value)
{
    begin_member(name);
    printf("%lu", value);
}

void output_raw(const char *name, const char *value)
{
    begin_member(name);
    fputs(value, stdout);
}

static void print_object(const struct task *task)
{
    output_begin();
    output_text("vm", task->vm);
    if (task->has_domain)
        output_number("domid", task->domid);
    output_number("status", task->status);
    if (task->answer)
        output_raw("answer", task->answer);
    if (task->error)
        output_text("error", task->error);
    output_finish();
}

void output_end(const struct task *task, bool many)
{
    if (is_json) {
        print_object(task);
        return;
    }
    if (task->answer && many)
        printf("%s: %s\n", task->vm, task->answer);
    else if (task->answer)
        puts(task->answer);
    fflush(stdout);
    if (task->error && many)
        say("%s: %s", task->vm, task->error);
    else if (task->error)
        say("%s", task->error);
}

void output_summary(unsigned int done, unsigned int failed)
{
    if (!is_json)
        say("%u done, %u failed", done, failed);
}
