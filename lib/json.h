/* SPDX-License-Identifier: MIT */
/*
 * json - read one JSON text, strictly, without allocating.
 *
 * jsmn finds the tokens; this file checks what jsmn does not: exactly one value
 * that reaches the end of the text, separators where they belong, well-formed
 * numbers, literals and strings, UTF-8, no raw control characters, no \u0000,
 * no lone surrogates, no duplicate keys (compared decoded), bounded depth and
 * number of values. White space around the value is accepted.
 *
 * A document holds positions into the text it was made from and is good for as
 * long as that text is.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdint.h>

#include "lib/error.h"
#include "lib/macros.h"
#include "lib/text.h"

#define JSON_TEXT_MAX  4096 /* bytes of text */
#define JSON_VALUE_MAX 512  /* values and keys in one text */
#define JSON_DEPTH_MAX 16   /* containers around a value */

enum json_type {
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_BOOLEAN,
    JSON_NULL,
};

/* A value or a key; a key's value is the one that follows it. */
struct json_value {
    enum json_type type;
    uint16_t start; /* the first byte; of a string, after the quote */
    uint16_t end;   /* one past the last byte; of a string, at the quote */
    uint16_t count; /* members or elements */
    uint16_t next;  /* index of what follows it and all that it holds */
};

struct json {
    struct text text;
    uint16_t value_count;
    struct json_value values[JSON_VALUE_MAX]; /* [0] is the root */
};

/*
 * Read `text`. Returns 0, or -XEN_EINVAL (not JSON) or -XEN_E2BIG (a limit
 * above), with *error a sentence without a full stop that says what is wrong.
 */
int json_parse(struct json *json, struct text text,
               const char **error) MUST_CHECK;

/*
 * The value as it stands in the text, undecoded (a string without quotes).
 */
struct text json_raw(const struct json *json, const struct json_value *value);

/*
 * Decode a string or key into `buffer` (no NUL is added); *decoded then lies in
 * it. Returns 0, or -XEN_E2BIG when it has more than `size` bytes (the first
 * `size` bytes, cut at a whole character, are there all the same), or
 * -XEN_EINVAL when it is neither.
 */
int json_string(const struct json *json, const struct json_value *value,
                char *buffer, size_t size, struct text *decoded) MUST_CHECK;

/*
 * An unsigned decimal integer: no sign, fraction, exponent. Returns 0, or
 * -XEN_EINVAL when it is something else, or -XEN_ERANGE beyond 2^64 - 1.
 */
int json_unsigned(const struct json *json, const struct json_value *value,
                  uint64_t *number) MUST_CHECK;

/* "an object", "text", "a number", ...: for messages. */
const char *json_type_name(enum json_type type);

#endif
