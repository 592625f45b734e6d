/* SPDX-License-Identifier: MIT */
/*
 * flood - writes lines to the console; see flood.h.
 */
#include "kernel/flood.h"

#include "drivers/console.h"
#include "kernel/clock.h"
#include "lib/format.h"
#include "lib/string.h"

/* A limit: the reader may empty the ring as fast as the VM fills it. */
#define SLICE_MAX 64 /* lines */

static uint32_t bytes_left;
static unsigned int line_number;

void flood_start(const struct command *command, uint64_t now_ns)
{
    (void)now_ns;
    bytes_left = command->bytes;
    line_number = 0;
}

/* The last line is what is left. One byte alone would be no line. */
static uint32_t next_size(void)
{
    if (bytes_left == FLOOD_LINE_SIZE + 1)
        return FLOOD_LINE_SIZE - 1;
    return MIN(bytes_left, (uint32_t)FLOOD_LINE_SIZE);
}

bool flood_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    char line[FLOOD_LINE_SIZE];

    *wake_ns = now_ns;
    for (unsigned int i = 0; i < SLICE_MAX && bytes_left > 0; i++) {
        const uint32_t size = next_size();

        memset(line, '.', sizeof(line));
        format(line, sizeof(line), "flood %010u ", line_number + 1);
        line[sizeof("flood 4294967295 ") - 1] = '.';
        if (!console_put_line((struct text){line, size - CONSOLE_LINE_END})) {
            *wake_ns = TIME_NEVER;
            if (!console_is_usable())
                outcome->error = "the console does not work";
            return console_is_usable();
        }
        line_number++;
        bytes_left -= size;
    }
    return bytes_left > 0;
}
