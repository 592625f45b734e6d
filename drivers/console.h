/* SPDX-License-Identifier: MIT */
/*
 * console - the PV console ring (xen/io/console.h), line by line.
 *
 * The daemon in dom0 may never read. A line that does not fit in the ring now
 * is dropped whole and counted; the count is written before the next line that
 * fits. No function here waits. Impossible ring indices switch the console off
 * for good, and the VM lives on without it.
 *
 * Every line ends in one CR LF. The daemon is notified at the next
 * console_flush(), so a burst of lines needs only one event.
 */
#ifndef DRIVERS_CONSOLE_H
#define DRIVERS_CONSOLE_H

#include <stdbool.h>

#include "arch/arch.h"
#include "lib/text.h"

#define CONSOLE_INPUT_MAX 128 /* bytes of one input line; the rest is cut */

void console_start(const struct boot_ring *ring);

/* The port to wait on for input, and for room in the ring. */
evtchn_port_t console_port(void);

#define CONSOLE_LINE_END 2 /* bytes that each line takes besides its text */

/* Put one line into the ring. `line` is without a line end. */
void console_write_line(struct text line);

/* The same, for a caller that can wait: a line that does not fit is not counted
 * as dropped. False: there is no room, or the console is switched off. */
bool console_put_line(struct text line);

/*
 * For testers of console daemons. console_put_bytes() puts bytes into the ring
 * as they are, without a line end; false: there is no room, or the console is
 * switched off. console_lie() shows the daemon impossible indices, others for
 * odd numbers, until console_tell_truth() or the next line. While input is
 * ignored, it stays in the ring.
 */
bool console_put_bytes(struct text bytes);
void console_lie(unsigned int number);
void console_tell_truth(void);
void console_ignore_input(bool ignore);

/* False: the console was switched off. */
bool console_is_usable(void);

/* All lines dropped since boot. */
unsigned int console_dropped(void);

/*
 * The byte `connection` of the ring, as it is now: 0, a daemon serves the ring;
 * 1, no daemon has come yet. Tools of Xen before 4.21 leave it 0.
 */
unsigned int console_connection(void);

/* Notify the daemon, if the ring has changed. */
void console_flush(void);

/*
 * Call this after the port's event was cleared. Then console_read_line() may
 * read as many bytes as the ring holds; input beyond that came later and causes
 * another event. If the ring has room, dropped lines are reported.
 */
void console_receive(void);

/*
 * Take the next complete line of input, without its end. False: there is none.
 * The text is valid until the next call.
 */
bool console_read_line(struct text *line);

#endif
