/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of lib/json: read a text that must be accepted, or
 * refused.
 */
#ifndef TESTS_UNIT_JSON_H
#define TESTS_UNIT_JSON_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/format.h"
#include "lib/json.h"

#define SENTENCE_DEFAULT "not set"

static struct json json;
static const char *sentence;

/* Read a copy of exactly that size: the sanitizer sees any read beyond it. */
static inline int parse(struct text text)
{
    static char *copy;

    free(copy);
    copy = malloc(text.size);
    if (text.size > 0) {
        memcpy(copy, text.bytes, text.size);
    }
    sentence = SENTENCE_DEFAULT;
    return json_parse(&json, (struct text){copy, text.size}, &sentence);
}

static inline void assert_accepted(struct text text)
{
    if (parse(text) != 0) {
        fail_msg("%.*s: %s", (int)text.size, text.bytes, sentence);
    }
}

static inline void assert_refused(struct text text, int error,
                                  const char *expected)
{
    if (parse(text) != error || strcmp(sentence, expected) != 0) {
        fail_msg("%.*s: '%s', not '%s'", (int)text.size, text.bytes, sentence,
                 expected);
    }
    assert_int_equal(json.value_count, 0);
}

/* The decoded string at `index`. */
static inline struct text decoded(size_t index)
{
    static char buffer[JSON_TEXT_MAX];
    struct text text;

    assert_int_equal(
        json_string(&json, &json.values[index], buffer, sizeof(buffer), &text),
        0);
    return text;
}

#endif
