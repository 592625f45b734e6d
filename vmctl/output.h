/* SPDX-License-Identifier: MIT */
/*
 * output - what is printed about a VM: text for people, or one JSON object a
 * line.
 */
#ifndef VMCTL_OUTPUT_H
#define VMCTL_OUTPUT_H

#include "vmctl/tasks.h"

/* Print JSON from now on. */
void output_json(void);

/* How a task has ended. `many`: the line names the VM. */
void output_end(const struct task *task, bool many);

/* The last line of many. */
void output_summary(unsigned int done, unsigned int failed);

/* --- one object a line ---------------------------------------------------- */

bool output_is_json(void);

/* Begin an object, and end it with its line. */
void output_begin(void);
void output_finish(void);

/* A member. output_raw(): `value` is JSON already. */
void output_text(const char *name, const char *value);
void output_number(const char *name, unsigned long value);
void output_raw(const char *name, const char *value);

#endif
