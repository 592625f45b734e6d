/* SPDX-License-Identifier: MIT */
/*
 * say - messages; see say.h.
 */
#include "vmctl/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "vmctl/memory.h"

__attribute__((format(printf, 1, 0))) static void
say_list(const char *format, va_list values, const char *end)
{
    fflush(stdout);
    fputs("vmctl: ", stderr);
    vfprintf(stderr, format, values);
    fputs(end, stderr);
}

void say(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    say_list(format, values, "\n");
    va_end(values);
}

void die(enum status status, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    say_list(format, values, "\n");
    va_end(values);
    exit((int)status);
}

void wrong(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    say_list(format, values, "; see vmctl --help\n");
    va_end(values);
    exit(STATUS_USAGE);
}

char *text_from(const char *format, ...)
{
    va_list values;
    char *text;

    va_start(values, format);
    if (vasprintf(&text, format, values) < 0)
        memory_lacks();
    va_end(values);
    return text;
}
