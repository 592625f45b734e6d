/* SPDX-License-Identifier: MIT */
/*
 * log - one fact a line; see log.h.
 */
#include "lib/log.h"

#include "lib/format.h"
#include "lib/string.h"

static void (*sink)(struct text line);
static uint64_t (*clock_ns)(void);

void log_start(void (*write_line)(struct text line), uint64_t (*time_ns)(void))
{
    sink = write_line;
    clock_ns = time_ns;
}

static void log_line(const char *module, const char *level, const char *format,
                     va_list values) PRINTF_LIKE(3, 0);

static void log_line(const char *module, const char *level, const char *format,
                     va_list values)
{
    static const char ellipsis[] = "...";
    char line[LOG_LINE_MAX + 1];
    struct writer writer;
    uint64_t ms;

    if (!sink)
        return;
    ms = clock_ns() / 1000000;
    writer_start(&writer, line, sizeof(line));
    write_format(&writer, "[%5llu.%03u] %s: %s",
                 (unsigned long long)(ms / 1000), (unsigned int)(ms % 1000),
                 module, level);
    write_format_list(&writer, format, values);
    if (writer.cut)
        memcpy(line + LOG_LINE_MAX - (sizeof(ellipsis) - 1), ellipsis,
               sizeof(ellipsis) - 1);
    sink(writer_text(&writer));
}

void log_info(const char *module, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    log_line(module, "", format, values);
    va_end(values);
}

void log_error(const char *module, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    log_line(module, "error: ", format, values);
    va_end(values);
}
