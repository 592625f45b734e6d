/* SPDX-License-Identifier: MIT */
/*
 * log - one fact a line, with the time since boot and the module's name:
 *
 *   [    0.012] vcpus: vCPU 1 is up
 *
 * The kernel chooses where the lines go (log_start()); lines before that are
 * dropped. A line longer than LOG_LINE_MAX is cut and ends in "...". Text from
 * outside goes through write_quoted() first.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdint.h>

#include "lib/macros.h"
#include "lib/text.h"

#define LOG_LINE_MAX 1024 /* bytes, without the line end */

/*
 * `write_line` gets each line without its line end; `time_ns` returns the time
 * since boot, in ns.
 */
void log_start(void (*write_line)(struct text line), uint64_t (*time_ns)(void));

void log_info(const char *module, const char *format, ...) PRINTF_LIKE(2, 3);

/* The same, with "error: " before the text. */
void log_error(const char *module, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
