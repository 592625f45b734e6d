/* SPDX-License-Identifier: MIT */
/*
 * format - text made from values, into a buffer of fixed size.
 *
 * A writer appends and never overruns: what does not fit is left out, `cut`
 * says so, and the buffer is always NUL-terminated (a writer over 0 bytes
 * stores nothing at all). Nothing here allocates or fails.
 *
 * The formats understood are a part of printf's, with the same output:
 *   %s %c %% %d %i %u %x %X %p, the lengths l, ll and z, a field width with the
 *   flags 0 and -, and a precision for %s (digits or *).
 * An unknown conversion and all that follows it is written as it stands: what
 * value belongs to it is not known, and so neither are the values after it.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/macros.h"
#include "lib/text.h"

struct writer {
    char *bytes;
    size_t size;   /* of the buffer, the NUL included */
    size_t used;   /* bytes written so far, without the NUL */
    bool cut;      /* something did not fit */
    size_t needed; /* what `used` would be if all had fit */
};

void writer_start(struct writer *writer, char *buffer, size_t size);
struct text writer_text(const struct writer *writer);

void write_char(struct writer *writer, char c);
void write_text(struct writer *writer, struct text text);
void write_string(struct writer *writer, const char *string);
void write_format(struct writer *writer, const char *format, ...)
    PRINTF_LIKE(2, 3);
void write_format_list(struct writer *writer, const char *format,
                       va_list values) PRINTF_LIKE(2, 0);

/*
 * Text from outside between double quotes, safe in a log line and valid as a
 * JSON string: ", \ and control characters are escaped, and bytes that are not
 * UTF-8 become U+FFFD (one for each byte). What of this lies beyond `max` bytes
 * is left out and shown by "..." after the last whole character or escape.
 */
void write_quoted(struct writer *writer, struct text text, size_t max);

#define QUOTED_SIZE(max) ((max) + 5) /* what it writes at most */
#define QUOTED_BYTE_MAX  6           /* what it makes of one byte at most */

/* As snprintf, for the formats above: the result is what would be needed. */
size_t format(char *buffer, size_t size, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
