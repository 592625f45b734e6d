/* SPDX-License-Identifier: MIT */
/*
 * hypercall - makes a hypercall that a tester chooses; see hypercall.h.
 */
#include "kernel/hypercall.h"

#include "arch/arch.h"
#include "decide/operands.h"
#include "kernel/batch.h"
#include "lib/assert.h"
#include "lib/format.h"
#include "lib/string.h"

/* Xen may need long for one of them. */
#define SLICE_MAX 16

_Static_assert(OPERANDS_ARGS_MAX == ARCH_HYPERCALL_ARGS,
               "a command has all arguments");

static struct hypercall {
    uint64_t args[OPERANDS_ARGS_MAX];
    long result;                      /* of the last call */
    uint64_t shown[4];                /* of the page, after it */
    uint64_t page[OPERANDS_PAGE_MAX]; /* the page begins so before each call */
    uint32_t number, left, tried, refused;
} hypercall;

/* The text was checked when the command was parsed. The page serves others
 * between two slices. */
static SHARED void read(const struct program *program, struct span span,
                        uint64_t values[], unsigned int max)
{
    const uintptr_t page = (uintptr_t)batch_value;
    const bool is_good =
        operands_read(program_text(program, span), page, values, max, 0);

    ASSERT(is_good);
    (void)is_good;
}

void hypercall_start(const struct program *program,
                     const struct command *command)
{
    memset(&hypercall, 0, sizeof(hypercall));
    hypercall.number = command->number;
    hypercall.left = MAX(command->tries, 1U);
    read(program, command->args, hypercall.args, OPERANDS_ARGS_MAX);
    read(program, command->page, hypercall.page, OPERANDS_PAGE_MAX);
}

static SHARED void call(struct hypercall *order)
{
    memset(batch_value, 0, sizeof(batch_value));
    memcpy(batch_value, order->page, sizeof(order->page));
    order->result = arch_hypercall(order->number, order->args);
    memcpy(order->shown, batch_value, sizeof(order->shown));
    order->left--;
    order->tried++;
    order->refused += order->result < 0;
}

bool hypercall_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    static char detail[200]; /* enough for the greatest numbers */
    const uint64_t *const shown = hypercall.shown;

    *wake_ns = now_ns;
    for (unsigned int count = 0; hypercall.left > 0; count++) {
        if (count == SLICE_MAX)
            return true;
        call(&hypercall);
    }
    format(detail, sizeof(detail),
           "\"returned\": %ld, \"page\": [\"0x%lx\", \"0x%lx\", \"0x%lx\", "
           "\"0x%lx\"], \"tried\": %u, \"refused\": %u",
           hypercall.result, shown[0], shown[1], shown[2], shown[3],
           hypercall.tried, hypercall.refused);
    outcome->detail = detail;
    return false;
}

void hypercall_stop(void)
{
    hypercall.left = 0;
}
