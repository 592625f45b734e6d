/* SPDX-License-Identifier: MIT */
/*
 * report - what the VM knows about itself, and what it can do; see report.h.
 */
#include "kernel/report.h"

#include "decide/language.h"
#include "drivers/console.h"
#include "kernel/clock.h"
#include "kernel/publish.h"
#include "lib/assert.h"
#include "lib/format.h"

/* Numbers and our own names only: this always fits into an answer. */
#define REPORT_MAX (LANGUAGE_MAX + sizeof("\"capabilities\": "))

static const struct boot *boot;
static char text[REPORT_MAX];

void report_start(const struct boot *boot_information)
{
    boot = boot_information;
}

const char *report(const struct control *control)
{
    const struct doing *work = &control->steps.doing[TRACK_WORK];
    struct writer writer;

    writer_start(&writer, text, sizeof(text));
    write_format(&writer,
                 "\"report\": {\"version\": \"%s\", \"guest\": \"%s\", "
                 "\"uptime_ms\": %llu, \"memory_kib\": %llu, \"mib_max\": %u, "
                 "\"console_dropped\": %u, \"console_connection\": %u, "
                 "\"work\": \"%s\"",
                 XEN_TEST_VM_VERSION, boot->guest,
                 (unsigned long long)(clock_ns() / NS_PER_MS),
                 (unsigned long long)boot->memory_kib, control->mib_max(),
                 console_dropped(), console_connection(),
                 work->active ? action_rows[work->action].name : "");
    for (unsigned int i = 0; i < COUNTER_COUNT; i++)
        write_format(&writer, ", \"%s\": %u", publish_counter_name(i),
                     control->counters[i]);
    write_char(&writer, '}');
    ASSERT(!writer.cut);
    return text;
}

const char *report_capabilities(void)
{
    struct writer writer;

    writer_start(&writer, text, sizeof(text));
    write_string(&writer, "\"capabilities\": ");
    language_write(&writer);
    ASSERT(!writer.cut);
    return text;
}
