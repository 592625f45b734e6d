/* SPDX-License-Identifier: MIT */
/*
 * report - everything that the VM knows about itself, for an answer.
 */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include "arch/arch.h"
#include "decide/control.h"

/* Call this before the first report(). `boot` must stay valid. */
void report_start(const struct boot *boot);

/* A member of a JSON object. Valid until the next call. */
const char *report(const struct control *control);

#endif
