/* SPDX-License-Identifier: MIT */
/*
 * json - read one JSON text, strictly, without allocating.
 *
 * jsmn finds the tokens. This file checks what jsmn does not check: exactly one
 * value that reaches the end of the text, separators in the right places,
 * well-formed numbers, literals and strings, UTF-8, no raw control characters,
 * no \u0000, no lone surrogates, no duplicate keys (compared decoded), limited
 * depth and number of values. White space around the value is accepted.
 *
 * A document holds positions in its text, and is valid only as long as that
 * text.
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

/* A value or a key; the value of a key is the next one in the array. */
struct json_value {
    enum json_type type;
    uint16_t start; /* the first byte; of a string, after the quote */
    uint16_t end;   /* one past the last byte; of a string, at the quote */
    uint16_t count; /* members or elements */
    uint16_t next;  /* index behind this value and all inside it */
};

struct json {
    struct text text;
    uint16_t value_count;
    struct json_value values[JSON_VALUE_MAX]; /* [0] is the root */
};

/*
 * Read `text`. Returns 0, -XEN_EINVAL (not JSON) or -XEN_E2BIG (more than a
 * limit above). On an error, *error says what is wrong: a sentence without a
 * full stop.
 */
int json_parse(struct json *json, struct text text,
               const char **error) MUST_CHECK;

/*
 * The value as it stands in the text, not decoded (a string without its
 * quotes).
 */
struct text json_raw(const struct json *json, const struct json_value *value);

/*
 * Decode a string or key into `buffer`, without a NUL; *decoded then lies in
 * it. Returns 0, or -XEN_E2BIG if it has more than `size` bytes (*decoded is
 * then the first `size` bytes, cut at a whole character), or -XEN_EINVAL if the
 * value is neither.
 */
int json_string(const struct json *json, const struct json_value *value,
                char *buffer, size_t size, struct text *decoded) MUST_CHECK;

/*
 * Read an unsigned decimal integer: no sign, fraction, exponent. Returns 0, or
 * -XEN_EINVAL if it is something else, or -XEN_ERANGE if it is above 2^64 - 1.
 */
int json_unsigned(const struct json *json, const struct json_value *value,
                  uint64_t *number) MUST_CHECK;

/* "an object", "text", "a number", ...: for messages. */
const char *json_type_name(enum json_type type);

#endif
