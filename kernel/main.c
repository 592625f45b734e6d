/* SPDX-License-Identifier: MIT */
/*
 * main - boot order, event loop, and carrying out decisions.
 *
 * This file does I/O and decides nothing: it moves facts between the drivers
 * and control.c.
 */
#include "arch/arch.h"
#include "decide/control.h"
#include "drivers/console.h"
#include "drivers/evtchn.h"
#include "drivers/netfront.h"
#include "drivers/xenbus.h"
#include "drivers/xenstore.h"
#include "kernel/balloon_store.h"
#include "kernel/clock.h"
#include "kernel/devices.h"
#include "kernel/dirty.h"
#include "kernel/nodes.h"
#include "kernel/options.h"
#include "kernel/perform.h"
#include "kernel/report.h"
#include "kernel/self_test.h"
#include "kernel/suspend.h"
#include "kernel/vcpus.h"
#include "kernel/work.h"
#include "lib/format.h"
#include "lib/log.h"

/*
 * Events that one round handles at most, before other parts have their turn. A
 * message usually brings a second event, caused by its acknowledgement, so a VM
 * at rest never reaches the limit.
 */
#define ROUND_EVENTS_MAX 8

static struct boot *boot;
static struct control control;
static evtchn_port_t suspend_port; /* 0: no port is offered */

/* The decision that is being carried out; overwritten by the next one. */
static struct decision decision;

/* The newest message. Publishing uses up its transaction. */
static struct message message;

/* The decision and the counters, as publish.c wants them. */
static struct publication publication(void)
{
    return (struct publication){
        .state = decision.state,
        .counters = control.counters,
        .answer = decision.answer,
    };
}

/* The line names the domain, so it has to wait for the store. */
static void announce(const char *domain)
{
    log_info("boot", "xen-test-vm %s, %s, %llu KiB, domain %s",
             XEN_TEST_VM_VERSION, boot->guest,
             (unsigned long long)boot->memory_kib, domain);
    if (!boot->no_execute)
        log_info("boot", "this CPU has no NX: data can be executed");
}

/* For a fresh store: watch, read, publish. */
static void introduce(bool resumed)
{
    const struct publication first = publication();
    const char *domain;

    /* Before the state: when the state is visible, all else must be ready. */
    suspend_port = suspend_offer_port();
    domain = nodes_start(boot->guest, false);
    if (resumed)
        log_info("suspend", "resumed as domain %s", domain);
    else
        announce(domain);
    /*
     * Flush now: the console's daemon reads while the store answers. It sends
     * an event when it has read, which would wake the VM up later. One flush
     * only: the notification costs most.
     */
    console_flush();
    nodes_introduce(&first);
}

/* True: a new decision must be carried out. False: nothing is left to do, since
 * introduce() has published the new decision. */
static bool suspend(void)
{
    static const char *const names[] = {
        [SUSPEND_RESUMED] = "resumed",
        [SUSPEND_CANCELLED] = "cancelled",
        [SUSPEND_REFUSED] = "refused",
    };
    struct suspension suspension;

    vcpus_hold();
    suspension = suspend_domain(boot);
    if (suspension.result != SUSPEND_RESUMED)
        vcpus_release();
    control_suspended(&control, suspension.result, suspension.memory_errors,
                      &decision);
    log_info("suspend", "%s after %llu ms, own part %llu us",
             names[suspension.result], (unsigned long long)suspension.away_ms,
             (unsigned long long)suspension.own_us);
    if (decision.log[0] != '\0')
        log_error("suspend", "%s", decision.log);
    decision.log[0] = '\0'; /* it was logged */
    if (boot->pages_lost > 0)
        balloon_store_lost(boot->pages_lost);
    work_resumed(suspension.result == SUSPEND_RESUMED);
    if (suspension.result != SUSPEND_RESUMED)
        return true;
    introduce(true);
    self_test_resume();
    return false;
}

/* Reading the clock may be a trap: read it only if needed. */
static uint64_t time_if(bool wanted)
{
    return wanted ? clock_recent_ns() : 0;
}

/* True: the action caused a new decision. */
static bool act(enum action action, const struct command *command)
{
    struct outcome outcome;

    switch (action_rows[action].course) {
    case COURSE_NOTHING:
        /* Stop the work only if an "ignore" waits for its end. */
        if (control.steps.doing[TRACK_STOP].active)
            work_stop();
        return false;
    case COURSE_SUSPEND:
        return suspend();
    case COURSE_WORK:
        work_start(&control.steps.program, command, clock_ns());
        balloon_store_use_changed();
        return false;
    case COURSE_QUICK:
    case COURSE_END:
        perform(action, &control, command, &outcome);
        control_finished(&control, TRACK_MAIN, &outcome, &decision);
        return true;
    }
    return false;
}

/*
 * Log, acknowledge, publish, act, in this order. True: there is a new decision.
 */
static bool carry_out_one(void)
{
    const struct publication changed = publication();
    enum acknowledged result;

    if (decision.log[0] != '\0')
        log_info("control", "%s", decision.log);
    if (decision.act && decision.action == ACTION_SUSPEND)
        balloon_store_settle();
    result = publish_commit(&decision.acknowledgement, &changed, &message);
    if (result == ACKNOWLEDGE_WITHDRAWN) {
        control_withdrawn(&control, &decision);
        return true;
    }
    control_acknowledged(&control, &decision, result,
                         time_if(control_wants_time(&control)));
    if (decision.read_again)
        nodes_read_again();
    return decision.act && act(decision.action, decision.command);
}

static void carry_out(void)
{
    while (carry_out_one())
        ;
}

/* Run one slice of the work in the background. */
static void work(void)
{
    struct outcome outcome;
    unsigned int changed;
    uint64_t now_ns;
    bool over;

    if (!work_is_running())
        return;
    now_ns = clock_ns();
    if (work_deadline() != TIME_NEVER && work_deadline() > now_ns)
        return;
    over = work_run(now_ns, &outcome);
    clock_forget();
    changed = work_memory_errors();
    if (changed > 0) {
        control_memory_changed(&control, changed, &decision);
        carry_out();
    }
    if (over) {
        balloon_store_use_changed();
        control_finished(&control, TRACK_WORK, &outcome, &decision);
        carry_out();
    }
}

/* The balloon, and the other vCPUs. */
static void follow_toolstack(void)
{
    if (balloon_store_deadline() != TIME_NEVER &&
        balloon_store_deadline() <= clock_ns())
        balloon_store_run(clock_ns());
    if (vcpus_deadline() != TIME_NEVER && vcpus_deadline() <= clock_ns())
        vcpus_run(clock_ns());
}

/* Read all input that is there. Later input causes another event. */
static void log_input(void)
{
    char quoted[4 * CONSOLE_INPUT_MAX];
    struct writer writer;
    struct text line;

    evtchn_clear(console_port());
    console_receive();
    while (console_read_line(&line)) {
        writer_start(&writer, quoted, sizeof(quoted));
        write_quoted(&writer, line, CONSOLE_INPUT_MAX);
        log_info("console", "input: %s", quoted);
    }
}

/* The store has forgotten the VM's watches; nothing else has changed. */
static void introduce_again(void)
{
    const struct publication now = {.state = control_state(&control),
                                    .counters = control.counters,
                                    .answer = ""};

    log_info("xenstore", "connected again");
    if (suspend_port != 0)
        suspend_tell_port(suspend_port);
    (void)nodes_start(boot->guest, true);
    nodes_introduce(&now);
    xenbus_renew();
}

/* Make and carry out all decisions that need no message. */
static void settle(void)
{
    while (control_next(&control, time_if(control_wants_time(&control)),
                        &decision))
        carry_out();
}

/* Handle a message, or else the events of devices. False: there was neither. */
static bool handle_event(void)
{
    if (xenstore_renewed())
        introduce_again();
    if (nodes_next_message(&message)) {
        control_message(&control, message.node, message.text,
                        time_if(message.text.size > 0), &decision);
        carry_out();
        return true;
    }
    if (!xenbus_run())
        return false;
    follow_toolstack(); /* the work may rely on it */
    work();             /* the work may have waited for this device */
    return true;
}

/*
 * Give every part its turn, and handle some events. Their number is limited:
 * while one is handled, the next may come, again and again. True: there may be
 * more to do now.
 */
static bool work_through(void)
{
    unsigned int events = 0;

    log_input();
    if (suspend_port != 0 && evtchn_clear(suspend_port)) {
        balloon_store_event(); /* a new target's event may be unread */
        control_suspend_event(&control, &decision);
        carry_out();
    }
    xenstore_receive();
    (void)xenbus_run();
    follow_toolstack();
    work();
    settle();
    while (events < ROUND_EVENTS_MAX && handle_event()) {
        settle();
        events++;
    }
    /* Check this last: an NMI that comes later ends the wait. */
    if (arch_take_nmi())
        log_info("nmi", "received");
    console_flush();
    return events == ROUND_EVENTS_MAX;
}

/* Ports: the store, the console, suspends, and devices. */
#define PORT_MAX (3 + XENBUS_DEVICE_MAX)

_Static_assert(PORT_MAX <= EVTCHN_WAIT_MAX, "one wait takes all ports");

static uint64_t earlier(uint64_t one_ns, uint64_t other_ns)
{
    return MIN(one_ns, other_ns);
}

/* Wait for an event, a deadline, or the next slice of work. */
static void wait(void)
{
    /* Ask for the ports each time: a resume changes them. */
    evtchn_port_t ports[PORT_MAX] = {xenstore_port(), console_port()};
    unsigned int count = 2;
    uint64_t deadline = control_deadline(&control), system_time = TIME_NEVER;

    deadline = earlier(deadline, work_deadline());
    deadline = earlier(deadline, balloon_store_deadline());
    deadline = earlier(deadline, vcpus_deadline());
    deadline = earlier(deadline, xenbus_deadline());

    if (suspend_port != 0)
        ports[count++] = suspend_port;
    count += xenbus_ports(&ports[count]);
    if (deadline != TIME_NEVER) {
        if (deadline <= clock_ns())
            return;
        system_time = clock_system_time(deadline);
    }
    if (evtchn_wait(ports, count, system_time) != 0)
        kernel_panic("loop: the ports cannot be waited for");
}

void kernel_main(struct boot *boot_information)
{
    boot = boot_information;
    clock_start();
    console_start(&boot->console);
    log_start(console_write_line, clock_recent_ns);
    xenstore_start(&boot->store);
    options_read(boot->command_line);
    if (options.has_ip)
        (void)netfront_set_ip(0, options.ip);
    devices_start();
    report_start(boot);
    balloon_store_start(boot);
    control_start(&control, dirty_mib_max);
    control_command_line(&control, options.testing, boot->command_line_cut,
                         time_if(options.testing.size > 0), &decision);
    introduce(false);
    self_test_start();
    decision.answer[0] = '\0'; /* it was published */
    carry_out();
    for (;;) {
        while (work_through())
            ;
        wait();
    }
}
