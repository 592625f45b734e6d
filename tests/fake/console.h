/* SPDX-License-Identifier: MIT */
/*
 * fake/console - a xenconsoled at the other end of a struct xencons_interface.
 *
 * Takes output from the ring after an event (or when it is woken), puts typed
 * input into the ring as far as there is room, and sends the guest an event
 * whenever it has moved bytes. Does not trust the guest: a broken ring fails
 * the test.
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
    size_t appetite;   /* bytes of output to take; SIZE_MAX: all */
    unsigned int most; /* most bytes in a step, if shuffled; 0: any */
    bool forgives;     /* leaves a broken ring alone, as xenconsoled does */
};

extern struct fake_console fake_console;
extern struct xencons_interface *fake_console_page;

/* All ring indices at `index`, nothing taken, no limit of output. */
struct boot_ring fake_console_start(uint32_t index);

/*
 * Another daemon takes over, at another port, after the old one has taken all
 * it can. renew: the page is new, all indices are at `index`, and access to the
 * old page fails the test. keep: the page stays as it is.
 */
struct boot_ring fake_console_renew(evtchn_port_t port, uint32_t index);
struct boot_ring fake_console_keep(evtchn_port_t port);

/* Whether there are lines in the ring for which the guest sent no event. */
bool fake_console_waits(void);

/* All output so far, as one NUL-terminated string. A NUL in it is a \1 here. */
const char *fake_console_output(void);
size_t fake_console_output_size(void);

/* The user types `text`; it enters the ring as there is room. */
void fake_console_type(struct text text);

#endif
