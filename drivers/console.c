/* SPDX-License-Identifier: MIT */
/*
 * console - the PV console ring, line by line; see console.h.
 */
#include "drivers/console.h"

#include <xen/io/console.h>

#include "drivers/evtchn.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/ring.h"
#include "lib/string.h"

#define LINE_END   "\r\n"
#define INPUT_SIZE sizeof(((struct xencons_interface *)0)->in)

/*
 * xen/io/console.h of Xen 4.21 and later calls the byte behind the indices
 * `connection`; older headers lack it. Older tools leave it 0.
 */
#define CONNECTION                                                             \
    (offsetof(struct xencons_interface, out_prod) + sizeof(XENCONS_RING_IDX))

_Static_assert(sizeof(LINE_END) - 1 == CONSOLE_LINE_END, "as console.h says");

static struct {
    bool usable;
    evtchn_port_t port;
    struct ring out, in;
    const volatile uint8_t *connection;
    bool unflushed; /* the daemon does not know of all bytes in the ring */
    unsigned int dropped;  /* lines dropped since the last report */
    bool ignores;          /* input stays in the ring */
    unsigned int readable; /* bytes to read at most before another event */
    char input[CONSOLE_INPUT_MAX];
    size_t input_size;
} console;

static unsigned int dropped_in_all; /* also before the last console_start() */

void console_start(const struct boot_ring *ring)
{
    struct xencons_interface *page = ring->page;

    memset(&console, 0, sizeof(console));
    console.port = ring->port;
    console.usable = evtchn_mask(console.port) == 0;
    console.connection = (const volatile uint8_t *)page + CONNECTION;
    ring_start(&console.out, page->out, sizeof(page->out), &page->out_prod,
               &page->out_cons);
    ring_start(&console.in, page->in, sizeof(page->in), &page->in_cons,
               &page->in_prod);
}

evtchn_port_t console_port(void)
{
    return console.port;
}

/* Write all of it or nothing. */
static bool put(struct text line, struct text end)
{
    size_t needed = line.size + end.size;
    int room = console.usable ? ring_writable(&console.out) : -XEN_EIO;

    if (room < 0)
        console.usable = false;
    if (room < 0 || (size_t)room < needed)
        return false;
    /* There is room, and nobody else uses it up. */
    if (ring_write(&console.out, line.bytes, line.size) < 0 ||
        ring_write(&console.out, end.bytes, end.size) < 0)
        console.usable = false;
    console.unflushed = true;
    return true;
}

static bool put_line(struct text line)
{
    return put(line, TEXT(LINE_END));
}

bool console_put_bytes(struct text bytes)
{
    return put(bytes, TEXT(""));
}

static bool report_dropped(void)
{
    char report[64];
    struct writer writer;

    if (console.dropped == 0)
        return true;
    writer_start(&writer, report, sizeof(report));
    write_format(&writer, "[%u lines dropped: nobody reads]", console.dropped);
    if (!put_line(writer_text(&writer)))
        return false;
    console.dropped = 0;
    return true;
}

bool console_put_line(struct text line)
{
    return report_dropped() && put_line(line);
}

void console_write_line(struct text line)
{
    if (!console_put_line(line)) {
        console.dropped++;
        dropped_in_all++;
    }
}

bool console_is_usable(void)
{
    return console.usable;
}

unsigned int console_dropped(void)
{
    return dropped_in_all;
}

unsigned int console_connection(void)
{
    return *console.connection;
}

void console_flush(void)
{
    if (!console.usable || (!console.unflushed && !console.in.peer_waits))
        return;
    console.unflushed = false;
    console.in.peer_waits = false;
    if (evtchn_notify(console.port) != 0)
        console.usable = false;
}

static void show_indices(uint32_t by)
{
    if (!console.usable)
        return;
    ring_show(&console.out, by);
    ring_show(&console.in, by);
    console.unflushed = true;
    console_flush();
}

/* Too far ahead, or behind the daemon's own index. */
void console_lie(unsigned int number)
{
    show_indices(number % 2 == 0 ? 3U << 11 : UINT32_MAX << 11);
}

void console_tell_truth(void)
{
    show_indices(0);
}

void console_ignore_input(bool ignore)
{
    console.ignores = ignore;
}

/* Take one byte of input. True: this byte ends a line. */
static bool take(char byte)
{
    if (byte == '\r' || byte == '\n')
        return true;
    if (console.input_size < sizeof(console.input))
        console.input[console.input_size++] = byte;
    return false;
}

void console_receive(void)
{
    (void)report_dropped();
    console.readable = INPUT_SIZE;
}

bool console_read_line(struct text *line)
{
    char byte;
    int moved;

    while (console.usable && !console.ignores && console.readable > 0) {
        moved = ring_read(&console.in, &byte, 1);
        if (moved < 0)
            console.usable = false;
        if (moved <= 0)
            return false;
        console.readable--;
        if (!take(byte) || console.input_size == 0)
            continue;
        *line = (struct text){console.input, console.input_size};
        console.input_size = 0;
        return true;
    }
    return false;
}
