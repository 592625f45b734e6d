/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of drivers/console: a daemon, and the VM's end of the
 * ring.
 */
#ifndef TESTS_UNIT_CONSOLE_H
#define TESTS_UNIT_CONSOLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/console.h"
#include "lib/error.h"
#include "tests/fake/arch.h"
#include "tests/fake/console.h"
#include "tests/fake/ways.h"

#define NOTIFIED fake_arch.notify_count[FAKE_CONSOLE_PORT]
#define OUT_SIZE 2048
#define IN_SIZE  1024

static char filling[2 * OUT_SIZE];

static inline void begin(void)
{
    struct boot_ring ring;

    fake_arch_start();
    fake_shuffle(fake_way.seed);
    ring = fake_console_start(fake_way.index);
    fake_console.most = fake_way.most;
    console_start(&ring);
    memset(filling, 'x', sizeof(filling));
}

static inline int set_up(void **state)
{
    (void)state;
    fake_first_way(begin);
    return 0;
}

static inline void write_line(const char *line)
{
    console_write_line(text_of(line));
}

/* Flush, and let the daemon run. */
static inline void settle(void)
{
    console_flush();
    while (fake_step()) {
    }
}

static inline void type(const char *text)
{
    fake_console_type(text_of(text));
    while (fake_step()) {
    }
}

static inline void assert_next_line(const char *expected)
{
    struct text line = {"", 0};

    console_receive();
    assert_true(console_read_line(&line));
    assert_int_equal(line.size, strlen(expected));
    assert_memory_equal(line.bytes, expected, line.size);
}

static inline void assert_no_line(void)
{
    struct text line;

    console_receive();
    assert_false(console_read_line(&line));
}

/* Write a line that leaves `room` bytes in the empty ring. */
static inline void fill(size_t room)
{
    console_write_line((struct text){filling, OUT_SIZE - 2 - room});
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fake_end_way)

#endif
