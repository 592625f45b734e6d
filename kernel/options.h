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
    bool self_test;             /* `self-test`: see kernel/selftest.h */
    struct text fault_test;     /* `fault-test=text`: the same */
    bool suspend_event_channel; /* kernel/suspend.h */
    bool has_ip;                /* `ip=192.0.2.2`: */
    uint8_t ip[4];              /* the address of vif 0 */
    struct text testing;        /* all behind `testing=` */
};

extern struct options options;

/* Understand a NUL-terminated command line; unknown words are logged. */
void options_read(const char *command_line);

#endif
