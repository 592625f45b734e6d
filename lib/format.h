/* SPDX-License-Identifier: MIT */
/*
 * format - text made from values, into a buffer of fixed size.
 *
 * A writer appends and never overruns: text that does not fit is left out,
 * `cut` says so, and the buffer always ends with a NUL (a writer over 0 bytes
 * stores nothing at all). Nothing here allocates or fails.
 *
 * The formats are the part of printf's that the VM needs, with the same output:
 *   %s %c %% %d %u %x, the lengths l and ll, a field width, and for numbers the
 *   flag 0.
 * An unknown conversion is copied as it stands, with all that follows it: the
 * size of its value is unknown, so no later value can be read.
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
    size_t size;   /* of the buffer, with the NUL */
    size_t used;   /* bytes written so far, without the NUL */
    bool cut;      /* some text did not fit */
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
 * Write text from outside between double quotes, safe in a log line and valid
 * as a JSON string: ", \ and control characters are escaped, and each byte that
 * is not UTF-8 becomes U+FFFD. If this is longer than `max` bytes, the rest is
 * left out, and "..." follows the last whole character or escape.
 */
void write_quoted(struct writer *writer, struct text text, size_t max);

#define QUOTED_SIZE(max) ((max) + 5) /* most bytes written */
#define QUOTED_BYTE_MAX  6           /* most bytes for one byte of text */

/* As snprintf, for the formats above: the result is the size that is needed,
 * without the NUL. */
size_t format(char *buffer, size_t size, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
