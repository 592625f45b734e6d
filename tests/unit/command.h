/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of decide/command: parsing a text.
 *
 * In texts, ' stands for ", except in those for parse_text().
 */
#ifndef TESTS_UNIT_COMMAND_H
#define TESTS_UNIT_COMMAND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decide/command.h"
#include "lib/error.h"
#include "lib/macros.h"

/* The members that every command needs. */
#define REST "'when':'now','action':'halt'"

static struct program program;
static struct command command; /* the first command of the program */
static struct command_report report;

static unsigned int mib_fits = 100; /* the greatest permitted `mib` */
static unsigned int mib_asked;      /* how often the parser asked */

static inline unsigned int mib_max(void)
{
    mib_asked++;
    return mib_fits;
}

/* A copy on the heap, so that the sanitizer finds overruns and late use. */
static inline int parse_text(struct text text)
{
    char *copy = malloc(text.size);
    struct program *place = malloc(sizeof(*place));
    int error;

    memcpy(copy, text.bytes, text.size);
    memset(place, 0xaa, sizeof(*place));
    memset(&report, 0xaa, sizeof(report));
    mib_asked = 0;
    error =
        command_parse((struct text){copy, text.size}, mib_max, place, &report);
    free(copy);
    program = *place;
    free(place);
    command = program.steps[0];
    assert_true(error != 0 || program.used <= text.size);
    return error;
}

static char message_bytes[COMMAND_TEXT_MAX + 1024];
static struct text message; /* the message that parse() made of its arguments */

static inline int parse(const char *format, ...) PRINTF_LIKE(1, 2);

static inline int parse(const char *format, ...)
{
    va_list values;
    int size;

    va_start(values, format);
    size = vsnprintf(message_bytes, sizeof(message_bytes), format, values);
    va_end(values);
    assert_in_range(size, 0, sizeof(message_bytes) - 1);
    for (char *at = message_bytes; *at; at++) {
        if (*at == '\'')
            *at = '"';
    }
    message = (struct text){message_bytes, (size_t)size};
    return parse_text(message);
}

static inline void assert_text(const char *bytes, size_t size,
                               const char *expected)
{
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
}

/* Check a decoded text of the program. */
static inline void assert_span(struct span span, const char *expected)
{
    const struct text text = program_text(&program, span);

    assert_text(text.bytes, text.size, expected);
}

/* A text, and the sentence of its refusal. */
struct refusal {
    const char *text, *error;
};

static inline void assert_refused_with(const char *error)
{
    if (strcmp(report.error, error) != 0)
        fail_msg("%s: \"%s\", not \"%s\"", message_bytes, report.error, error);
}

static inline void assert_refusals(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (parse("%s", refusals[i].text) != -XEN_EINVAL)
            fail_msg("accepted: %s", refusals[i].text);
        assert_refused_with(refusals[i].error);
        assert_int_equal(report.ignored_count, 0);
    }
}

static inline void assert_accepted(int error)
{
    if (error != 0)
        fail_msg("%s: %s", message_bytes, report.error);
}

/* `piece`, `count` times. */
static inline const char *many(unsigned int count, const char *piece)
{
    static char text[4096];
    size_t size = strlen(piece);

    assert_true(count * size < sizeof(text));
    for (unsigned int i = 0; i < count; i++)
        memcpy(text + i * size, piece, size);
    text[count * size] = '\0';
    return text;
}

#endif
