/* SPDX-License-Identifier: MIT */
/*
 * text - a piece of text that somebody else owns: bytes and their number.
 *
 * Text from a ring or from JSON has no terminating NUL, and may hold a NUL in
 * its middle. A struct text holds the address and the size of a text, and never
 * owns it.
 */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *bytes;
    size_t size; /* in bytes */
};

/* A string literal as a text, without its NUL. */
#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})

/* The text of a NUL-terminated string, which has to live as long as the
 * text. */
struct text text_of(const char *string);

/* A number in decimal, in a buffer that has to live as long as the text. */
#define TEXT_NUMBER_SIZE 20
struct text text_of_number(char buffer[TEXT_NUMBER_SIZE], uint64_t number);

bool text_equal(struct text a, struct text b);

/* Whether `text` is exactly the NUL-terminated `string`. */
bool text_is(struct text text, const char *string);

/* Whether it begins with the NUL-terminated `string`. */
bool text_starts_with(struct text text, const char *string);

/* Read a decimal number. False: no digits, another byte, or too large. */
bool text_number(struct text text, uint64_t *number);

/* The same with a base of 2 to 16; letters are digits in both cases. */
bool text_number_in(struct text text, unsigned int base, uint64_t *number);

/* The size in bytes of the UTF-8 character at the start; 0: there is none. */
size_t text_character_size(struct text text);

/*
 * Whether the text is well-formed UTF-8: no overlong form, no surrogate,
 * nothing above U+10FFFF. NUL and other control characters are allowed.
 */
bool text_is_utf8(struct text text);

#endif
