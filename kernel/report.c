/* SPDX-License-Identifier: MIT */
/*
 * report - everything that the VM knows about itself; see report.h.
 */
#include "kernel/report.h"

#include "drivers/console.h"
#include "kernel/clock.h"
#include "kernel/publish.h"
#include "lib/format.h"

/* Numbers and our own names only: this always fits into an answer. */
#define REPORT_MAX 640

static const struct boot *boot;

void report_start(const struct boot *boot_information)
{
    boot = boot_information;
}

const char *report(const struct control *control)
{
    static char text[REPORT_MAX];
    const struct doing *work = &control->steps.doing[TRACK_WORK];
    struct writer writer;

    writer_start(&writer, text, sizeof(text));
    write_format(&writer,
                 "\"report\": {\"version\": \"%s\", \"guest\": \"%s\", "
                 "\"uptime_ms\": %llu, \"memory_kib\": %llu, \"mib_max\": %u, "
                 "\"console_dropped\": %u, \"work\": \"%s\"",
                 XEN_TEST_VM_VERSION, boot->guest,
                 (unsigned long long)(clock_ns() / NS_PER_MS),
                 (unsigned long long)boot->memory_kib, control->mib_max(),
                 console_dropped(),
                 work->active ? action_rows[work->action].name : "");
    for (unsigned int i = 0; i < COUNTER_COUNT; i++)
        write_format(&writer, ", \"%s\": %u", publish_counter_name(i),
                     control->counters[i]);
    write_char(&writer, '}');
    return text;
}
