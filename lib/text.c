/* SPDX-License-Identifier: MIT */
/*
 * text - a piece of text that somebody else owns: bytes and their number.
 *
 * Trusts the size of a text, and nothing about its bytes. Never changes or
 * keeps a text, and never reads beyond its size.
 */
#include "lib/text.h"

#include "lib/string.h"

struct text text_of(const char *string)
{
    return (struct text){string, strlen(string)};
}

struct text text_of_number(char buffer[TEXT_NUMBER_SIZE], uint64_t number)
{
    size_t at = TEXT_NUMBER_SIZE;

    do {
        buffer[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return (struct text){buffer + at, TEXT_NUMBER_SIZE - at};
}

bool text_equal(struct text a, struct text b)
{
    /* An empty text may have a null address, which memcmp() must not get. */
    return a.size == b.size &&
           (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

bool text_is(struct text text, const char *string)
{
    return text_equal(text, text_of(string));
}

bool text_starts_with(struct text text, const char *string)
{
    size_t size = strlen(string);

    return text.size >= size && memcmp(text.bytes, string, size) == 0;
}

/* A byte that is no digit counts as too large for every base. */
static unsigned int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned int)(c - '0');
    c |= 'a' - 'A';
    return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a' + 10) : UINT32_MAX;
}

bool text_number_in(struct text text, unsigned int base, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.size; i++) {
        const unsigned int digit = digit_of(text.bytes[i]);

        if (digit >= base || *number > (UINT64_MAX - digit) / base)
            return false;
        *number = *number * base + digit;
    }
    return text.size > 0;
}

bool text_number(struct text text, uint64_t *number)
{
    return text_number_in(text, 10, number);
}

static unsigned char byte_at(struct text text, size_t at)
{
    return (unsigned char)text.bytes[at];
}

/*
 * RFC 3629, section 4: the first byte tells the size, and only the second byte
 * has limits that depend on the first one.
 */
size_t text_character_size(struct text text)
{
    unsigned char least = 0x80, most = 0xbf;
    size_t size;

    if (text.size == 0) {
        return 0;
    }
    unsigned char first = byte_at(text, 0);

    if (first < 0x80) {
        return 1;
    }
    if (first < 0xc2 || first > 0xf4) {
        return 0; /* not a first byte, overlong or too high */
    }
    size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first == 0xe0) {
        least = 0xa0; /* below: overlong */
    } else if (first == 0xed) {
        most = 0x9f; /* above: surrogates */
    } else if (first == 0xf0) {
        least = 0x90; /* below: overlong */
    } else if (first == 0xf4) {
        most = 0x8f; /* above: beyond U+10FFFF */
    }
    if (text.size < size || byte_at(text, 1) < least ||
        byte_at(text, 1) > most) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if ((byte_at(text, i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

bool text_is_utf8(struct text text)
{
    while (text.size > 0) {
        size_t size = text_character_size(text);

        if (size == 0) {
            return false;
        }
        text.bytes += size;
        text.size -= size;
    }
    return true;
}
