/* SPDX-License-Identifier: MIT */
/*
 * suspend - the steps around a suspend; see suspend.h.
 */
#include "kernel/suspend.h"

#include "drivers/console.h"
#include "drivers/evtchn.h"
#include "drivers/grant.h"
#include "drivers/xenbus.h"
#include "drivers/xenstore.h"
#include "kernel/clock.h"
#include "kernel/nodes.h"
#include "kernel/options.h"
#include "kernel/pattern.h"
#include "lib/error.h"
#include "lib/log.h"

void suspend_tell_port(evtchn_port_t port)
{
    static const char path[] = "device/suspend/event-channel";
    char number[TEXT_NUMBER_SIZE];
    struct xenstore_request publish =
        xenstore_write(0, path, text_of_number(number, port));
    int error = xenstore_exchange(&publish, 1);

    if (error != 0 && xenstore_is_usable())
        log_error("suspend", "%s: %s", path, error_name(error));
}

evtchn_port_t suspend_offer_port(void)
{
    evtchn_port_t port;
    int error;

    if (!options.suspend_event_channel)
        return 0;
    error = evtchn_open(0, &port);
    if (error != 0) {
        log_error("suspend", "no event channel: %s", error_name(error));
        return 0;
    }
    suspend_tell_port(port);
    return port;
}

/* 0 if unknown: the clocks of two hosts may differ, or a host has no clock for
 * the VM. */
static uint64_t ns_between(uint64_t begin_ns, uint64_t end_ns)
{
    return begin_ns == 0 || end_ns < begin_ns ? 0 : end_ns - begin_ns;
}

struct suspension suspend_domain(struct boot *boot)
{
    struct suspension suspension;
    uint64_t begun = arch_time_ns(), left, left_wall, back;
    evtchn_port_t mark;
    int result;

    pattern_fill();
    nodes_read_announced();
    console_flush();
    mark = evtchn_mark();

    left = arch_time_ns();
    left_wall = arch_wall_clock_ns();
    result = arch_suspend(boot);
    suspension.away_ms =
        ns_between(left_wall, arch_wall_clock_ns()) / NS_PER_MS;
    back = arch_time_ns();
    clock_skip(left, back);
    /* Some toolstacks resume the same domain as if it were a new one: seen with
     * `xl save -c` of Xen 4.14. */
    if (evtchn_unmark(mark) && result == ARCH_RESUMED)
        result = ARCH_CANCELLED;

    suspension.result = result == ARCH_RESUMED     ? SUSPEND_RESUMED
                        : result == ARCH_CANCELLED ? SUSPEND_CANCELLED
                                                   : SUSPEND_REFUSED;
    if (suspension.result == SUSPEND_RESUMED) {
        console_start(&boot->console);
        xenstore_start(&boot->store);
        grant_forget();
        xenbus_forget();
    }
    if (suspension.result == SUSPEND_REFUSED)
        log_error("suspend", "refused by Xen: %s", error_name(result));
    suspension.memory_errors = pattern_errors();
    suspension.own_us =
        (ns_between(begun, left) + ns_between(back, arch_time_ns())) / 1000;
    return suspension;
}
