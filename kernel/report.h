/* SPDX-License-Identifier: MIT */
/*
 * report - all that the VM knows of itself, for an answer.
 */
#ifndef KERNEL_REPORT_H
#define KERNEL_REPORT_H

#include "arch/arch.h"
#include "decide/control.h"

/* Before the first report(): `boot` stays. */
void report_start(const struct boot *boot);

/* A member of a JSON object, good until the next call. */
const char *report(const struct control *control);

#endif
