/* SPDX-License-Identifier: MIT */
/*
 * main - boot order, event loop, and doing what was decided.
 *
 * The impure file: it moves facts between the drivers and control.c and decides
 * nothing itself.
 */
#include "arch/arch.h"
#include "drivers/console.h"
#include "drivers/evtchn.h"
#include "drivers/xenstore.h"
#include "kernel/control.h"
#include "kernel/nodes.h"
#include "kernel/options.h"
#include "kernel/selftest.h"
#include "kernel/suspend.h"
#include "lib/format.h"
#include "lib/log.h"

static struct boot *boot;
static struct control control;
static evtchn_port_t suspend_port; /* 0: none is offered */

/* What the rest of the world may know of `decision` and of what was counted. */
static struct publication publication_of(const struct decision *decision)
{
    return (struct publication){
        .state = decision->state,
        .counters = control.counters,
        .answer = decision->answer,
    };
}

/* A fresh store: watch, read, publish, and say who we are. */
static void introduce(const char *how, const struct publication *publication)
{
    const char *domain;

    /* Before the state: who sees that may rely on all else. */
    suspend_port = suspend_offer_port();
    nodes_start(boot->guest, publication, &domain);
    log_info("boot", "xen-test-vm %s, %s, %llu KiB, %sdomain %s",
             XEN_TEST_VM_VERSION, boot->guest,
             (unsigned long long)boot->memory_kib, how, domain);
    nodes_log_refusals();
}

static void stop(const struct action_row *row)
{
    selftest_end();
    log_info("control", "%s: the domain ends with reason %u", row->name,
             row->reason);
    console_flush();
    arch_stop(row->reason);
}

static void suspend(void)
{
    static const char *const names[] = {
        [SUSPEND_RESUMED] = "resumed",
        [SUSPEND_CANCELLED] = "cancelled",
        [SUSPEND_REFUSED] = "refused",
    };
    static struct decision decision;
    struct suspension suspension = suspend_domain(boot);
    struct publication publication;

    control_suspended(&control, suspension.result, suspension.memory_errors,
                      &decision);
    publication = publication_of(&decision);
    log_info("suspend", "%s after %llu ms, own part %llu us",
             names[suspension.result], (unsigned long long)suspension.away_ms,
             (unsigned long long)suspension.own_us);
    if (decision.log[0] != '\0')
        log_error("suspend", "%s", decision.log);
    if (suspension.result == SUSPEND_RESUMED) {
        introduce("resumed as ", &publication);
        selftest_resume();
    } else {
        nodes_publish(&publication);
    }
}

static void perform(enum action action)
{
    if (action_rows[action].stops)
        stop(&action_rows[action]);
    else if (action == ACTION_SUSPEND)
        suspend();
}

/* One message: log, acknowledge, publish, act; in this order. */
static void handle(enum node node, struct text message)
{
    static struct decision decision;
    struct publication publication;

    control_message(&control, node, message, &decision);
    publication = publication_of(&decision);
    if (decision.log[0] != '\0')
        log_info("control", "%s", decision.log);
    if (decision.acknowledgement.wanted || decision.log[0] != '\0')
        control_acknowledged(&control, node, &decision,
                             nodes_commit(node, message,
                                          &decision.acknowledgement,
                                          &publication));
    if (decision.act)
        perform(decision.action);
}

static void handle_suspend_event(void)
{
    static struct decision decision;
    struct publication publication;

    control_suspend_event(&control, &decision);
    publication = publication_of(&decision);
    log_info("control", "%s", decision.log);
    nodes_publish(&publication);
    perform(decision.action);
}

static void log_input(void)
{
    char quoted[4 * CONSOLE_INPUT_MAX];
    struct writer writer;
    struct text line;

    while (console_read_line(&line)) {
        writer_start(&writer, quoted, sizeof(quoted));
        write_quoted(&writer, line, CONSOLE_INPUT_MAX);
        log_info("console", "input: %s", quoted);
    }
}

static _Noreturn void loop(void)
{
    struct text message;
    enum node node;

    for (;;) {
        /* A resume brings new ports: asked for each time. */
        const evtchn_port_t ports[] = {xenstore_port(), console_port(),
                                       suspend_port};
        unsigned int count = suspend_port != 0 ? 3 : 2;

        if (evtchn_wait(ports, count, 0) != 0)
            kernel_panic("loop: the ports cannot be waited for");
        evtchn_clear(console_port());
        log_input();
        if (suspend_port != 0 && evtchn_clear(suspend_port))
            handle_suspend_event();
        xenstore_receive();
        while (nodes_next_message(&node, &message))
            handle(node, message);
        console_flush();
    }
}

void kernel_main(struct boot *boot_information)
{
    struct publication first = {
        .state = STATE_READY,
        .counters = control.counters,
        .answer = "",
    };
    struct text message;
    enum node node;

    boot = boot_information;
    console_start(&boot->console);
    log_start(console_write_line, arch_time_ns);
    xenstore_start(&boot->store);
    options_read(boot->command_line);
    control_start(&control);
    introduce("", &first);
    selftest_start();
    while (nodes_next_message(&node, &message))
        handle(node, message);
    console_flush();
    loop();
}
