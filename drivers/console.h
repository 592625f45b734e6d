/* SPDX-License-Identifier: MIT */
/*
 * console - the PV console ring (xen/io/console.h), line by line.
 *
 * The daemon in dom0 is not trusted to read: a line that does not fit in the
 * ring now is dropped whole and counted, and the next line that fits is
 * preceded by the count. Nothing here waits. Ring indices that make no sense
 * switch the console off for good; the VM lives on without it.
 *
 * Every line ends in CR LF, once. The daemon is told at the next
 * console_flush(), so that a burst of lines costs one event.
 */
#ifndef DRIVERS_CONSOLE_H
#define DRIVERS_CONSOLE_H

#include <stdbool.h>

#include "arch/arch.h"
#include "lib/text.h"

#define CONSOLE_INPUT_MAX 128 /* bytes of one input line; the rest is cut */

void console_start(const struct boot_ring *ring);

/* The port to wait on for input and for room. */
evtchn_port_t console_port(void);

#define CONSOLE_LINE_END 2 /* bytes that each line takes besides its own */

/* Put one line into the ring. `line` has no line end. */
void console_write_line(struct text line);

/* The same, for who can wait: a line for which there is no room is not counted
 * as dropped. False: there is none, or no console any more. */
bool console_put_line(struct text line);

/* False: it was switched off. */
bool console_is_usable(void);

/* Lines dropped since boot, in all. */
unsigned int console_dropped(void);

/* Tell the daemon, if there is something new for it. */
void console_flush(void);

/*
 * After the port's event was cleared: as much input as the ring holds may be
 * read. What comes behind it came later, and is another event. Room in the ring
 * is used to report dropped lines.
 */
void console_receive(void);

/*
 * Take the next complete line of that input, without its end. False: there is
 * none. The text is good until the next call.
 */
bool console_read_line(struct text *line);

#endif
