/* SPDX-License-Identifier: MIT */
/*
 * operands - the operands of a hypercall, as a tester writes them. Pure.
 *
 * There is one space between two of them. An operand is a number of 64 bits,
 * decimal, or hexadecimal behind 0x; or an address in the page that belongs to
 * the hypercall: `page`, or `page+N`, where N is such a number.
 */
#ifndef DECIDE_OPERANDS_H
#define DECIDE_OPERANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/format.h"
#include "lib/macros.h"
#include "lib/text.h"

#define OPERANDS_ARGS_MAX 5  /* arguments of a hypercall */
#define OPERANDS_PAGE_MAX 32 /* that its page begins with */

/*
 * Read at most `max` operands; those that are missing stay as they are.
 * `page` is the address of the page. False: one is wrong, or there are more,
 * and the writer gets a sentence that says so. The writer may be null if the
 * text was read before.
 */
bool operands_read(struct text text, uint64_t page, uint64_t values[],
                   unsigned int max, struct writer *why) MUST_CHECK;

#endif
