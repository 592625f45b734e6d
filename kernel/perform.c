/* SPDX-License-Identifier: MIT */
/*
 * perform - does the actions; see perform.h.
 */
#include "kernel/perform.h"

#include "arch/arch.h"
#include "drivers/console.h"
#include "drivers/evtchn.h"
#include "drivers/xenstore.h"
#include "kernel/balloon_store.h"
#include "kernel/devices.h"
#include "kernel/report.h"
#include "kernel/self_test.h"
#include "kernel/vcpus.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/string.h"

static _Noreturn void stop(const char *name, unsigned int reason)
{
    self_test_end();
    log_info("perform", "%s: the domain ends with reason %u", name, reason);
    console_flush();
    arch_stop(reason);
}

static _Noreturn void fault(void)
{
    console_flush();
    arch_fault();
}

static _Noreturn void spin(void)
{
    console_flush();
    for (;;)
        ;
}

/* Stay idle: a poll without ports ends with any event, so poll again. */
static _Noreturn void hang(void)
{
    console_flush();
    while (evtchn_wait(0, 0, TIME_NEVER) == 0)
        ;
    spin();
}

static const char *path_of(const struct control *control,
                           const struct command *command)
{
    static char path[COMMAND_PATH_MAX + 1];
    const struct text text =
        program_text(&control->steps.program, command->path);

    memcpy(path, text.bytes, text.size);
    path[text.size] = '\0';
    return path;
}

/* On an error, the answer has the store's own name of the error. */
static void ask_store(struct xenstore_request request, struct outcome *outcome)
{
    int error = xenstore_exchange(&request, 1);

    outcome->error = error != 0 ? error_name(error) : 0;
}

static void set_vcpus(const struct command *command, struct outcome *outcome)
{
    static char detail[20];

    if (command->vcpus_mode != VCPUS_AS_IT_IS)
        vcpus_behave(command->vcpus_mode, command->seconds * NS_PER_S);
    format(detail, sizeof(detail), "\"up\": %u", vcpus_up());
    outcome->detail = detail;
}

void perform(enum action action, const struct control *control,
             const struct command *command, struct outcome *outcome)
{
    const struct action_row *row = &action_rows[action];

    *outcome = (struct outcome){.error = 0};
    if (row->has_reason)
        stop(row->name, row->reason);
    switch (action) {
    case ACTION_EXIT:
        stop(row->name, command->code);
    case ACTION_FAULT:
        fault();
    case ACTION_HANG:
        hang();
    case ACTION_SPIN:
        spin();
    case ACTION_WRITE:
        ask_store(xenstore_write(
                      0, path_of(control, command),
                      program_text(&control->steps.program, command->value)),
                  outcome);
        break;
    case ACTION_REMOVE:
        ask_store(xenstore_remove(0, path_of(control, command)), outcome);
        break;
    case ACTION_FRONTEND:
        devices_frontend(command, outcome);
        break;
    case ACTION_ADDRESS:
        devices_address(command, outcome);
        break;
    case ACTION_BALLOON:
        balloon_store_behave(command, outcome);
        break;
    case ACTION_VCPUS:
        set_vcpus(command, outcome);
        break;
    case ACTION_REPORT:
        outcome->detail = report(control);
        break;
    case ACTION_CAPABILITIES:
        outcome->detail = report_capabilities();
        break;
    default: /* kernel/main.c does the others */
        break;
    }
}
