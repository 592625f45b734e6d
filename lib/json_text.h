/* SPDX-License-Identifier: MIT */
/*
 * json_text - the parts that JSON text is made of: blanks, strings, numbers,
 * words.
 *
 * A text is read from its front; the part that is read is skipped. The
 * functions json_text_check_...() return a message that says what is wrong, or
 * NULL.
 */
#ifndef LIB_JSON_TEXT_H
#define LIB_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/text.h"

#define JSON_TEXT_BLANKS        " \t\r\n"
#define JSON_TEXT_CHARACTER_MAX 4 /* bytes of a decoded character */

void json_text_skip(struct text *text, size_t size);

/* Whether the first character is one of `set`. */
bool json_text_starts_with(struct text text, const char *set);

/* Skip one character if it is one of `set`. */
bool json_text_skip_one(struct text *text, const char *set);

void json_text_skip_blanks(struct text *text);

/* False: there are no digits. */
bool json_text_skip_digits(struct text *text);

const char *json_text_check_string(struct text text);
const char *json_text_check_number(struct text text);

/* The words are null, true and false. */
const char *json_text_check_word(struct text text);

/*
 * Skip one character of a checked string, raw or escaped, and decode it into
 * `bytes`. Returns the number of bytes; 0 at the end.
 */
size_t json_text_decode(struct text *text, char *bytes);

/* Whether two checked strings are equal when decoded. */
bool json_text_same(struct text a, struct text b);

#endif
