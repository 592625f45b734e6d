/* SPDX-License-Identifier: MIT */
/*
 * panic - writes a last line and stops.
 *
 * For mistakes of this kernel, and for conditions that no guest can survive. A
 * panic inside a panic writes nothing and stops at once.
 */
#include <stdarg.h>

#include "arch/arch.h"
#include "drivers/console.h"
#include "lib/format.h"

void kernel_panic(const char *format, ...)
{
    static bool panicking;
    char line[256];
    struct writer writer;
    va_list values;

    if (!panicking) {
        panicking = true;
        writer_start(&writer, line, sizeof(line));
        write_string(&writer, "panic: ");
        va_start(values, format);
        write_format_list(&writer, format, values);
        va_end(values);
        console_write_line(writer_text(&writer));
        console_flush();
    }
    arch_stop(SHUTDOWN_crash);
}
