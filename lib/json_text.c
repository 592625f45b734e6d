/* SPDX-License-Identifier: MIT */
/*
 * json_text - the parts that JSON text is made of; see json_text.h.
 *
 * Trusts jsmn to have checked the escapes of a string, and the caller that the
 * text is UTF-8. Never changes the text or reads beyond its size.
 */
#include "lib/json_text.h"

#include <stdint.h>

#include "lib/string.h"

/* --- pieces, skipped from the front --------------------------------------- */

static char first_of(struct text text)
{
    return text.size > 0 ? text.bytes[0] : '\0';
}

void json_text_skip(struct text *text, size_t size)
{
    text->bytes += size;
    text->size -= size;
}

bool json_text_starts_with(struct text text, const char *set)
{
    for (; *set != '\0'; set++) {
        if (first_of(text) == *set) {
            return true;
        }
    }
    return false;
}

bool json_text_skip_one(struct text *text, const char *set)
{
    bool found = json_text_starts_with(*text, set);

    if (found) {
        json_text_skip(text, 1);
    }
    return found;
}

void json_text_skip_blanks(struct text *text)
{
    while (json_text_skip_one(text, JSON_TEXT_BLANKS)) {
    }
}

bool json_text_skip_digits(struct text *text)
{
    size_t before = text->size;

    while (json_text_skip_one(text, "0123456789")) {
    }
    return text->size < before;
}

/* --- strings -------------------------------------------------------------- */

static size_t encode_utf8(uint32_t code, char *bytes)
{
    static const unsigned char lead[] = {0, 0x00, 0xc0, 0xe0, 0xf0};
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    for (size_t i = size - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    bytes[0] = (char)(lead[size] | code);
    return size;
}

/* Skip \uXXXX, or return 0; jsmn has checked that the digits are there. */
static uint32_t skip_unicode(struct text *text)
{
    uint32_t code = 0;

    if (text->size < 6 || text->bytes[0] != '\\' || text->bytes[1] != 'u') {
        return 0;
    }
    for (size_t i = 2; i < 6; i++) {
        char c = text->bytes[i];
        int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;

        code = code << 4 | (uint32_t)digit;
    }
    json_text_skip(text, 6);
    return code;
}

static size_t decode_unicode(struct text *text, char *bytes, const char **error)
{
    uint32_t code = skip_unicode(text);

    if (code == 0) {
        *error = "a string has \\u0000 in it";
        return 0;
    }
    if (code >= 0xd800 && code <= 0xdfff) {
        uint32_t low = code < 0xdc00 ? skip_unicode(text) : 0;

        if (low < 0xdc00 || low > 0xdfff) {
            *error = "a string has half of a surrogate pair in it";
            return 0;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    return encode_utf8(code, bytes);
}

/* As json_text_decode(), for unchecked strings. On an error it sets *error
 * and returns 0. */
static size_t decode(struct text *text, char *bytes, const char **error)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    size_t i = 0, size;

    if (text->size == 0) {
        return 0;
    }
    if (first_of(*text) == '\\') {
        if (text->bytes[1] == 'u') {
            return decode_unicode(text, bytes, error);
        }
        while (names[i] != text->bytes[1] && names[i + 1] != '\0') {
            i++;
        }
        bytes[0] = meanings[i];
        json_text_skip(text, 2);
        return 1;
    }
    if ((unsigned char)first_of(*text) < 0x20) {
        *error = "a string has a raw control character in it";
        return 0;
    }
    size = text_character_size(*text);
    memcpy(bytes, text->bytes, size);
    json_text_skip(text, size);
    return size;
}

size_t json_text_decode(struct text *text, char *bytes)
{
    const char *error; /* never set: the string was checked */

    return decode(text, bytes, &error);
}

const char *json_text_check_string(struct text text)
{
    const char *error = NULL;
    char bytes[JSON_TEXT_CHARACTER_MAX];

    while (decode(&text, bytes, &error) > 0) {
    }
    return error;
}

bool json_text_same(struct text a, struct text b)
{
    char bytes_a[JSON_TEXT_CHARACTER_MAX], bytes_b[JSON_TEXT_CHARACTER_MAX];
    size_t size_a, size_b;

    do {
        size_a = json_text_decode(&a, bytes_a);
        size_b = json_text_decode(&b, bytes_b);
        if (size_a != size_b || memcmp(bytes_a, bytes_b, size_a) != 0) {
            return false;
        }
    } while (size_a > 0);
    return true;
}

/* --- numbers and words ---------------------------------------------------- */

/* RFC 8259, section 6. */
const char *json_text_check_number(struct text text)
{
    static const char error[] = "a number is not well-formed";

    json_text_skip_one(&text, "-");
    if (!json_text_skip_one(&text, "0") && !json_text_skip_digits(&text)) {
        return error;
    }
    if (json_text_skip_one(&text, ".") && !json_text_skip_digits(&text)) {
        return error;
    }
    if (json_text_skip_one(&text, "eE")) {
        json_text_skip_one(&text, "+-");
        if (!json_text_skip_digits(&text)) {
            return error;
        }
    }
    return text.size > 0 ? error : NULL;
}

const char *json_text_check_word(struct text text)
{
    return text_is(text, "null") || text_is(text, "true") ||
                   text_is(text, "false")
               ? NULL
               : "a value is nothing that JSON knows";
}
