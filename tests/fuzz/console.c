/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes drivers/console: any bytes and indices in the ring, mixed with lines
 * that are written and read.
 */
#include "drivers/console.h"

#include <string.h>

#include "tests/fake/arch.h"
#include "tests/fake/console.h"
#include "tests/fuzz/feed.h"

#define PAGE fake_console_page

static void type(void)
{
    const struct text text = feed_text(sizeof(PAGE->in));

    for (size_t i = 0; i < text.size; i++)
        PAGE->in[(PAGE->in_prod + i) % sizeof(PAGE->in)] = text.bytes[i];
    PAGE->in_prod += (XENCONS_RING_IDX)text.size;
}

static void read_lines(void)
{
    struct text line;

    console_receive();
    /* Each line takes at least one byte of the ring. */
    for (unsigned int i = 0; console_read_line(&line); i++) {
        MUST_HOLD(line.size <= CONSOLE_INPUT_MAX);
        MUST_HOLD(memchr(line.bytes, '\n', line.size) == NULL);
        MUST_HOLD(i <= sizeof(PAGE->in));
    }
}

static void act(void)
{
    switch (feed_below(9)) {
    case 0:
        PAGE->in_prod = feed_word();
        break;
    case 1:
        PAGE->in_cons = feed_word();
        break;
    case 2:
        PAGE->out_prod = feed_word();
        break;
    case 3:
        PAGE->out_cons = feed_word();
        break;
    case 4:
        PAGE->out_cons = PAGE->out_prod;
        break;
    case 5:
        console_write_line(feed_text(3000));
        break;
    case 6:
        (void)console_put_line(feed_text(3000));
        break;
    case 7:
        console_flush();
        break;
    default:
        type();
        break;
    }
    read_lines();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct boot_ring ring;

    feed_start(bytes, size);
    fake_arch_start();
    ring = fake_console_start(feed_word());
    fake_console.appetite = 0;
    console_start(&ring);
    while (feed.size > 0)
        act();
    console_flush();
    return 0;
}
