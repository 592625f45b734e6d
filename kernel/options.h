/* SPDX-License-Identifier: MIT */
/*
 * options - words on the kernel command line.
 */
#ifndef KERNEL_OPTIONS_H
#define KERNEL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/text.h"

struct options {
    bool self_test;             /* `self-test`: kernel/self_test.h */
    struct text fault_test;     /* `fault-test=text`: kernel/self_test.h */
    bool suspend_event_channel; /* kernel/suspend.h */
    bool has_ip;                /* `ip=192.0.2.2` was given */
    uint8_t ip[4];              /* the address of vif 0 */
    struct text testing;        /* everything behind `testing=` */
};

extern struct options options;

/* Parse a command line, which ends with a NUL. Unknown words are logged and
 * ignored. */
void options_read(const char *command_line);

#endif
