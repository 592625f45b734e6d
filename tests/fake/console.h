/* SPDX-License-Identifier: MIT */
/*
 * fake/console - a xenconsoled at the other end of a struct xencons_interface.
 *
 * Takes what is in the ring when it is told (or when it wants to), gives what
 * was typed as far as there is room, and tells the guest whenever it has moved
 * bytes. Does not trust the guest: a broken ring fails the test.
 */
#ifndef TESTS_FAKE_CONSOLE_H
#define TESTS_FAKE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/io/console.h>

#include "arch/arch.h"
#include "lib/text.h"

#define FAKE_CONSOLE_PORT 2

struct fake_console {
    size_t appetite;   /* bytes that it will still take; SIZE_MAX: all */
    unsigned int most; /* bytes at a time, shuffled: a part of it; 0: any */
};

extern struct fake_console fake_console;
extern struct xencons_interface *fake_console_page;

/* All ring indices at `index`, nothing taken, hungry. */
struct boot_ring fake_console_start(uint32_t index);

/*
 * Another daemon takes over, at another port, when the last one has taken what
 * it can: with a fresh page, all indices at `index`, and whoever touches the
 * old one fails the test; or with the page as it is.
 */
struct boot_ring fake_console_renew(evtchn_port_t port, uint32_t index);
struct boot_ring fake_console_keep(evtchn_port_t port);

/* Whether there are lines in the ring that the daemon does not know of. */
bool fake_console_waits(void);

/* What has been taken so far, as one NUL-terminated string. */
const char *fake_console_output(void);
size_t fake_console_output_size(void);

/* The user types; it gets through as the ring has room. */
void fake_console_type(struct text text);

#endif
