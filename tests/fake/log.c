/* SPDX-License-Identifier: MIT */
/*
 * fake/log - keeps the log lines; see fake/log.h.
 */
#include "tests/fake/log.h"

#include <string.h>

#include "lib/log.h"
#include "tests/fake/arch.h"

#define LINE_MAX_COUNT 32 /* later lines are counted, not kept */

static char lines[LINE_MAX_COUNT][LOG_LINE_MAX + 1];
static unsigned int line_count;

static void keep(struct text line)
{
    char *place = lines[MIN(line_count, LINE_MAX_COUNT - 1U)];

    memcpy(place, line.bytes, line.size);
    place[line.size] = '\0';
    line_count++;
}

void fake_log_start(void)
{
    line_count = 0;
    log_start(keep, arch_time_ns);
}

unsigned int fake_log_count(void)
{
    return line_count;
}

unsigned int fake_log_with(const char *part)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < MIN(line_count, (unsigned)LINE_MAX_COUNT); i++)
        count += strstr(lines[i], part) != NULL;
    return count;
}

const char *fake_log_last(void)
{
    return line_count == 0
               ? ""
               : lines[MIN(line_count, (unsigned)LINE_MAX_COUNT) - 1];
}
