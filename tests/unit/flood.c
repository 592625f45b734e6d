/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/flood: a number of bytes in whole lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/console.h"
#include "kernel/clock.h"
#include "kernel/flood.h"

/* --- a console -------------------------------------------------------------*/

static size_t room, taken; /* bytes */
static unsigned int lines;
static char last[200];

bool console_put_line(struct text line)
{
    /* Like the driver: a line that is larger than the ring never fits. */
    if (line.size > 2046 || line.size + CONSOLE_LINE_END > room)
        return false;
    room -= line.size + CONSOLE_LINE_END;
    taken += line.size + CONSOLE_LINE_END;
    lines++;
    assert_true(line.size + CONSOLE_LINE_END <= FLOOD_LINE_SIZE);
    snprintf(last, sizeof(last), "%.*s", (int)line.size, line.bytes);
    return true;
}

static bool broken;

bool console_is_usable(void)
{
    return !broken;
}

static void order(uint32_t bytes)
{
    const struct command command = {.action = ACTION_FLOOD, .bytes = bytes};

    taken = 0;
    lines = 0;
    flood_start(&command, 1000);
}

/* --- a slice ---------------------------------------------------------------*/

#define NOW 1234

/* True: there is more to do, at *wake_ns. */
static bool run(uint64_t *wake_ns)
{
    struct outcome outcome = {.error = NULL};
    bool more = flood_run(NOW, wake_ns, &outcome);

    assert_null(outcome.error);
    assert_null(outcome.detail);
    return more;
}

static void run_through(uint32_t bytes)
{
    uint64_t wake_ns;

    order(bytes);
    room = SIZE_MAX;
    for (unsigned int slices = 0; run(&wake_ns); slices++) {
        assert_int_equal(wake_ns, NOW);
        assert_true(slices < 2 + bytes / 64);
    }
    assert_int_equal(taken, bytes);
}

static void the_bytes_are_exact(void **state)
{
    (void)state;
    for (uint32_t bytes = 2; bytes <= 1000; bytes++)
        run_through(bytes);
    for (uint32_t many = 64; many <= 64 * 200; many += 64) {
        for (uint32_t bytes = many - 3; bytes <= many + 3; bytes++)
            run_through(bytes);
    }
}

static void lines_are_numbered_and_64_bytes(void **state)
{
    (void)state;
    run_through(64);
    assert_int_equal(lines, 1);
    assert_string_equal(last, "flood 0000000001 .............................."
                              "...............");
    run_through(64 * 12345);
    assert_int_equal(lines, 12345);
    assert_memory_equal(last, "flood 0000012345 ...", 20);
    assert_int_equal(strlen(last), 62);
    run_through(64 + 9);
    assert_string_equal(last, "flood 0");
    run_through(64 + 64 + 22);
    assert_string_equal(last, "flood 0000000003 ...");
    run_through(64 + 1);
    assert_int_equal(lines, 2);
    assert_string_equal(last, "");
}

static void without_room_the_flood_waits(void **state)
{
    uint64_t wake_ns = 0;

    (void)state;
    order(640);
    room = 63;
    assert_true(run(&wake_ns));
    assert_true(wake_ns == TIME_NEVER);
    assert_int_equal(taken, 0);
    room = 200;
    assert_true(run(&wake_ns));
    assert_true(wake_ns == TIME_NEVER);
    assert_int_equal(taken, 192);
    assert_memory_equal(last, "flood 0000000003", 16);
    room = 640 - 192;
    assert_false(run(&wake_ns));
    assert_int_equal(taken, 640);
    assert_memory_equal(last, "flood 0000000010", 16);
}

static void a_console_that_is_switched_off_ends_it(void **state)
{
    struct outcome outcome = {.error = NULL};
    uint64_t wake_ns;

    (void)state;
    order(640);
    room = 0;
    broken = true;
    assert_false(flood_run(NOW, &wake_ns, &outcome));
    assert_non_null(outcome.error);
    broken = false;
}

static void a_slice_ends_however_fast_the_reader_is(void **state)
{
    uint64_t wake_ns;

    (void)state;
    order(UINT32_MAX);
    room = SIZE_MAX;
    for (unsigned int slices = 1; slices < 100; slices++) {
        assert_true(run(&wake_ns));
        assert_int_equal(wake_ns, NOW);
        assert_int_equal(taken, slices * 4096);
    }
}

static void a_newer_order_begins_anew(void **state)
{
    uint64_t wake_ns;

    (void)state;
    order(10000);
    room = 1000;
    assert_true(run(&wake_ns));
    run_through(64);
    assert_memory_equal(last, "flood 0000000001", 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_are_exact),
        cmocka_unit_test(lines_are_numbered_and_64_bytes),
        cmocka_unit_test(without_room_the_flood_waits),
        cmocka_unit_test(a_console_that_is_switched_off_ends_it),
        cmocka_unit_test(a_slice_ends_however_fast_the_reader_is),
        cmocka_unit_test(a_newer_order_begins_anew),
    };

    return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
