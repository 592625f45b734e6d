/* SPDX-License-Identifier: MIT */
/*
 * report - what the VM knows about itself, and what it can do, for an answer.
 */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include "arch/arch.h"
#include "decide/control.h"

/* Call this before the first report(). `boot` must stay valid. */
void report_start(const struct boot *boot);

/* Each returns a member of a JSON object, valid until the next call of either.
 */
const char *report(const struct control *control);
const char *report_capabilities(void);

#endif
