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
#include "lib/format.h"
#include "lib/log.h"

static struct control control;

static void announce(const struct boot *boot, const char *domain)
{
    log_info("boot", "xen-test-vm %s, %s, %llu KiB, domain %s",
             XEN_TEST_VM_VERSION, boot->guest,
             (unsigned long long)boot->memory_kib, domain);
}

static void perform(enum action action)
{
    const struct action_row *row = &action_rows[action];

    if (!row->stops)
        return;
    selftest_end();
    log_info("control", "%s: the domain ends with reason %u", row->name,
             row->reason);
    console_flush();
    arch_stop(row->reason);
}

/* One message: log, acknowledge, publish, act; in this order. */
static void handle(enum node node, struct text message)
{
    static struct decision decision;
    struct publication publication;

    control_message(&control, node, message, &decision);
    if (decision.log[0] != '\0')
        log_info("control", "%s", decision.log);
    publication.state = decision.state;
    publication.counters = control.counters;
    publication.answer = decision.answer;
    if (decision.acknowledgement.wanted || decision.log[0] != '\0')
        control_acknowledged(&control, node, &decision,
                             nodes_commit(node, message,
                                          &decision.acknowledgement,
                                          &publication));
    if (decision.act)
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
    const evtchn_port_t ports[] = {xenstore_port(), console_port()};
    enum node node;

    for (;;) {
        evtchn_clear(console_port());
        log_input();
        xenstore_receive();
        while (nodes_next_event(&node))
            handle(node, nodes_read(node));
        console_flush();
        if (evtchn_wait(ports, ARRAY_COUNT(ports), 0) != 0)
            kernel_panic("loop: the ports cannot be waited for");
    }
}

void kernel_main(struct boot *boot)
{
    const struct publication first = {.state = STATE_READY, .answer = ""};
    const char *domain;

    console_start(&boot->console);
    log_start(console_write_line, arch_time_ns);
    xenstore_start(&boot->store);
    options_read(boot->command_line);
    control_start(&control);
    nodes_start(boot->guest, &first, &domain);
    announce(boot, domain);
    nodes_log_refusals();
    selftest_start();
    for (enum node node = 0; node < NODE_COUNT; node++)
        handle(node, nodes_first_text(node));
    loop();
}
