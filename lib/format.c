/* SPDX-License-Identifier: MIT */
/*
 * format - text made from values, into a buffer of fixed size.
 *
 * Trusts the caller that a format and its values belong together, which the
 * compiler checks. Trusts no byte of the text that write_quoted() gets. Never
 * allocates, never fails, never writes outside of the buffer.
 */
#include "lib/format.h"

#include <stdint.h>

#include "lib/string.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

void writer_start(struct writer *writer, char *buffer, size_t size)
{
    *writer = (struct writer){.bytes = buffer, .size = size};
    if (size > 0) {
        buffer[0] = '\0';
    }
}

struct text writer_text(const struct writer *writer)
{
    return (struct text){writer->bytes, writer->used};
}

void write_text(struct writer *writer, struct text text)
{
    const size_t end = writer->used + 1; /* the NUL */
    const size_t room = writer->size > end ? writer->size - end : 0;
    const size_t size = MIN(text.size, room);

    writer->needed += text.size;
    writer->cut = writer->cut || text.size > room;
    if (size > 0) {
        memcpy(&writer->bytes[writer->used], text.bytes, size);
        writer->used += size;
        writer->bytes[writer->used] = '\0';
    }
}

void write_char(struct writer *writer, char c)
{
    writer->needed++;
    if (writer->used + 1 < writer->size) {
        writer->bytes[writer->used++] = c;
        writer->bytes[writer->used] = '\0';
    } else {
        writer->cut = true;
    }
}

void write_string(struct writer *writer, const char *string)
{
    write_text(writer, text_of(string));
}

/* In a struct: a va_list may be an array, which is hard to pass on. */
struct values {
    va_list list;
};

/* One conversion: the text from % to its letter. */
struct conversion {
    bool zero;    /* pad with zeroes */
    bool is_long; /* or long long, which has the same size */
    size_t width;
    char letter;
};

_Static_assert(sizeof(long long) == sizeof(long), "ll is read as l");

/* Returns the rest of the format. */
static const char *read_conversion(struct conversion *conversion,
                                   const char *at)
{
    *conversion = (struct conversion){.zero = *at == '0'};
    for (; *at >= '0' && *at <= '9'; at++) {
        conversion->width = conversion->width * 10 + (size_t)(*at - '0');
    }
    for (; *at == 'l'; at++) {
        conversion->is_long = true;
    }
    conversion->letter = *at;
    return *at == '\0' ? at : at + 1;
}

/* Zeroes go between the sign and the body, spaces before both. A sign of 0 is
 * none. */
static void write_padded(struct writer *writer,
                         const struct conversion *conversion, char sign,
                         struct text body)
{
    size_t size = body.size + (sign != 0);

    if (sign != 0 && conversion->zero) {
        write_char(writer, sign);
        sign = 0;
    }
    for (; size < conversion->width; size++) {
        write_char(writer, conversion->zero ? '0' : ' ');
    }
    if (sign != 0) {
        write_char(writer, sign);
    }
    write_text(writer, body);
}

static void write_number(struct writer *writer,
                         const struct conversion *conversion, char sign,
                         unsigned long number, unsigned int base)
{
    char digits[sizeof(number) * 3]; /* base 10: 3 digits for 8 bits */
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    write_padded(writer, conversion, sign,
                 (struct text){digits + at, sizeof(digits) - at});
}

WRAPS static void write_signed(struct writer *writer,
                               const struct conversion *conversion, long number)
{
    unsigned long size = (unsigned long)number;

    write_number(writer, conversion, number < 0 ? '-' : 0,
                 number < 0 ? 0 - size : size, 10);
}

/* False: not a conversion; no value was taken. */
static bool write_conversion(struct writer *writer,
                             const struct conversion *conversion,
                             struct values *values)
{
    const bool is_long = conversion->is_long;
    const char *string;
    char c;

    switch (conversion->letter) {
    case '%':
        write_char(writer, '%');
        return true;
    case 'c':
        c = (char)va_arg(values->list, int);
        write_padded(writer, conversion, 0, (struct text){&c, 1});
        return true;
    case 's':
        string = va_arg(values->list, const char *);
        write_padded(writer, conversion, 0,
                     text_of(string ? string : "(null)"));
        return true;
    case 'd':
        write_signed(writer, conversion,
                     is_long ? va_arg(values->list, long)
                             : va_arg(values->list, int));
        return true;
    case 'u':
    case 'x':
        write_number(writer, conversion, 0,
                     is_long ? va_arg(values->list, unsigned long)
                             : va_arg(values->list, unsigned int),
                     conversion->letter == 'u' ? 10 : 16);
        return true;
    default:
        return false;
    }
}

void write_format_list(struct writer *writer, const char *format, va_list list)
{
    struct conversion conversion;
    struct values values;

    va_copy(values.list, list);
    while (*format != '\0') {
        const char *start = format;

        while (*format != '\0' && *format != '%') {
            format++;
        }
        if (format > start) {
            write_text(writer, (struct text){start, (size_t)(format - start)});
            continue;
        }
        format = read_conversion(&conversion, format + 1);
        if (!write_conversion(writer, &conversion, &values)) {
            /* The size of its value is unknown, so no later value
             * can be read. */
            write_string(writer, start);
            break;
        }
    }
    va_end(values.list);
}

void write_format(struct writer *writer, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    write_format_list(writer, format, values);
    va_end(values);
}

size_t format(char *buffer, size_t size, const char *format, ...)
{
    struct writer writer;
    va_list values;

    writer_start(&writer, buffer, size);
    va_start(values, format);
    write_format_list(&writer, format, values);
    va_end(values);
    return writer.needed;
}

/* C0, DEL and C1: a terminal obeys these, in UTF-8 as well. */
static bool is_control(unsigned int code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

static void write_escaped(struct writer *writer, unsigned int code)
{
    static const char letters[] = "btn fr"; /* codes 8 to 13, without 11 */

    if (code >= 8 && code <= 13 && code != 11) {
        write_format(writer, "\\%c", letters[code - 8]);
    } else {
        write_format(writer, "\\u%04x", code);
    }
}

/* `character`: one UTF-8 character, or one byte that is not UTF-8. */
static void write_quoted_character(struct writer *writer, struct text character)
{
    unsigned int code = (unsigned char)character.bytes[0];

    if (text_character_size(character) == 0) {
        write_string(writer, replacement);
        return;
    }
    if (character.size == 2) {
        code = (code & 0x1f) << 6 | (character.bytes[1] & 0x3f);
    }
    if (character.size <= 2 && is_control(code)) {
        write_escaped(writer, code);
        return;
    }
    if (code == '"' || code == '\\') {
        write_char(writer, '\\');
    }
    write_text(writer, character);
}

void write_quoted(struct writer *writer, struct text text, size_t max)
{
    write_char(writer, '"');
    while (text.size > 0) {
        size_t size = text_character_size(text);
        struct text character = {text.bytes, size > 0 ? size : 1};
        char bytes[QUOTED_BYTE_MAX + 1];
        struct writer quoted;

        writer_start(&quoted, bytes, sizeof(bytes));
        write_quoted_character(&quoted, character);
        if (quoted.used > max) {
            write_string(writer, "...");
            break;
        }
        write_text(writer, writer_text(&quoted));
        max -= quoted.used;
        text.bytes += character.size;
        text.size -= character.size;
    }
    write_char(writer, '"');
}
