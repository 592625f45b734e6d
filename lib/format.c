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

/* One conversion: the text from % to its last letter. */
struct conversion {
    bool left;
    bool zero;
    bool precise; /* has a precision */
    size_t width;
    size_t precision;
    enum {
        LENGTH_INT,
        LENGTH_LONG, /* also for a size_t */
        LENGTH_LONG_LONG,
    } length;
    char letter;
};

_Static_assert(sizeof(size_t) == sizeof(long), "z is read as l");

static size_t read_digits(const char **at)
{
    size_t number = 0;

    for (; **at >= '0' && **at <= '9'; ++*at) {
        number = number * 10 + (size_t)(**at - '0');
    }
    return number;
}

static void read_precision(struct conversion *conversion, const char **at,
                           struct values *values)
{
    conversion->precise = true;
    if (**at == '*') {
        int precision = va_arg(values->list, int);

        ++*at;
        conversion->precise = precision >= 0; /* as printf: ignore it */
        conversion->precision = (size_t)precision;
    } else {
        conversion->precision = read_digits(at);
    }
}

/* Returns the rest of the format. */
static const char *read_conversion(struct conversion *conversion,
                                   const char *at, struct values *values)
{
    *conversion = (struct conversion){.length = LENGTH_INT};
    for (; *at == '-' || *at == '0'; at++) {
        conversion->left |= *at == '-';
        conversion->zero |= *at == '0';
    }
    conversion->width = read_digits(&at);
    if (*at == '.') {
        at++;
        read_precision(conversion, &at, values);
    }
    if (*at == 'z') {
        conversion->length = LENGTH_LONG;
        at++;
    } else if (*at == 'l') {
        conversion->length = LENGTH_LONG;
        at++;
        if (*at == 'l') {
            conversion->length = LENGTH_LONG_LONG;
            at++;
        }
    }
    conversion->letter = *at;
    return *at == '\0' ? at : at + 1;
}

static unsigned long long unsigned_value(const struct conversion *conversion,
                                         struct values *values)
{
    switch (conversion->length) {
    case LENGTH_LONG:
        return va_arg(values->list, unsigned long);
    case LENGTH_LONG_LONG:
        return va_arg(values->list, unsigned long long);
    default:
        return va_arg(values->list, unsigned int);
    }
}

static long long signed_value(const struct conversion *conversion,
                              struct values *values)
{
    switch (conversion->length) {
    case LENGTH_LONG:
        return va_arg(values->list, long);
    case LENGTH_LONG_LONG:
        return va_arg(values->list, long long);
    default:
        return va_arg(values->list, int);
    }
}

static void write_many(struct writer *writer, char c, size_t count)
{
    for (; count > 0; count--) {
        write_char(writer, c);
    }
}

/* Zeroes go between the prefix (a sign or 0x) and the body, spaces outside. */
static void write_padded(struct writer *writer,
                         const struct conversion *conversion,
                         const char *prefix, struct text body)
{
    size_t size = strlen(prefix) + body.size;
    size_t padding = conversion->width > size ? conversion->width - size : 0;
    bool zero = conversion->zero && !conversion->left;

    if (!zero && !conversion->left) {
        write_many(writer, ' ', padding);
    }
    write_string(writer, prefix);
    if (zero) {
        write_many(writer, '0', padding);
    }
    write_text(writer, body);
    if (conversion->left) {
        write_many(writer, ' ', padding);
    }
}

static void write_number(struct writer *writer,
                         const struct conversion *conversion,
                         const char *prefix, unsigned long long number,
                         unsigned int base)
{
    const char *figures =
        conversion->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    char digits[sizeof(number) * 3]; /* base 10: 3 digits for 8 bits */
    size_t at = sizeof(digits);

    do {
        digits[--at] = figures[number % base];
        number /= base;
    } while (number > 0);
    write_padded(writer, conversion, prefix,
                 (struct text){digits + at, sizeof(digits) - at});
}

WRAPS static void write_signed(struct writer *writer,
                               const struct conversion *conversion,
                               long long number)
{
    unsigned long long size = (unsigned long long)number;

    if (number < 0) {
        write_number(writer, conversion, "-", 0 - size, 10);
    } else {
        write_number(writer, conversion, "", size, 10);
    }
}

static void write_pointer(struct writer *writer, struct conversion *conversion,
                          const void *pointer)
{
    if (pointer) {
        write_number(writer, conversion, "0x", (uintptr_t)pointer, 16);
    } else {
        conversion->zero = false;
        write_padded(writer, conversion, "", TEXT("(nil)"));
    }
}

static void write_c_string(struct writer *writer, struct conversion *conversion,
                           const char *string)
{
    struct text text = {string ? string : "(null)", 0};

    if (!conversion->precise) {
        text = text_of(text.bytes);
    } else {
        /* There may be no NUL. */
        while (text.size < conversion->precision &&
               text.bytes[text.size] != '\0') {
            text.size++;
        }
    }
    conversion->zero = false;
    write_padded(writer, conversion, "", text);
}

/* False: not a conversion; no value was taken. */
static bool write_conversion(struct writer *writer,
                             struct conversion *conversion,
                             struct values *values)
{
    char c;

    switch (conversion->letter) {
    case '%':
        write_char(writer, '%');
        return true;
    case 'c':
        c = (char)va_arg(values->list, int);
        conversion->zero = false;
        write_padded(writer, conversion, "", (struct text){&c, 1});
        return true;
    case 's':
        write_c_string(writer, conversion, va_arg(values->list, const char *));
        return true;
    case 'd':
    case 'i':
        write_signed(writer, conversion, signed_value(conversion, values));
        return true;
    case 'u':
    case 'x':
    case 'X':
        write_number(writer, conversion, "", unsigned_value(conversion, values),
                     conversion->letter == 'u' ? 10 : 16);
        return true;
    case 'p':
        write_pointer(writer, conversion, va_arg(values->list, void *));
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
        format = read_conversion(&conversion, format + 1, &values);
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
