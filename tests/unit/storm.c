/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/storm: a number of writes, a few at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/storm.h"
#include "tests/unit/xenstore.h"

#define NODE "data/xen-test-vm/storm"
#define NOW  1234

static unsigned int writes;

/* Each write must have the next number. */
static void count(const struct fake_request *request)
{
    char number[16];

    assert_int_equal(request->type, XS_WRITE);
    assert_string_equal(request->path, NODE);
    snprintf(number, sizeof(number), "%u", ++writes);
    assert_true(text_is(request->value, number));
}

static void order(uint32_t wanted)
{
    const struct command command = {.action = ACTION_STORM, .writes = wanted};

    writes = 0;
    fake_store.before = count;
    storm_start(&command, 1000);
}

static bool run(struct outcome *outcome)
{
    uint64_t wake_ns = 0;
    bool more;

    *outcome = (struct outcome){.error = NULL};
    more = storm_run(NOW, &wake_ns, outcome);
    if (more)
        assert_int_equal(wake_ns, NOW);
    return more;
}

static void the_writes_are_counted(void **state)
{
    struct outcome outcome;
    char number[16];

    (void)state;
    for (unsigned int wanted = 1; wanted < 40; wanted++) {
        order(wanted);
        while (run(&outcome)) {
        }
        assert_null(outcome.error);
        assert_int_equal(writes, wanted);
        snprintf(number, sizeof(number), "%u", wanted);
        assert_true(fake_store_holds(NODE, number));
    }
}

static void they_are_in_order_however_slow_the_store_is(void **state)
{
    struct outcome outcome;

    (void)state;
    while (fake_next_way(begin)) {
        order(30);
        while (run(&outcome)) {
        }
        assert_int_equal(writes, 30);
        assert_true(fake_store_holds(NODE, "30"));
    }
}

static void a_slice_is_short(void **state)
{
    struct outcome outcome;

    (void)state;
    order(UINT32_MAX);
    for (unsigned int slices = 1; slices < 20; slices++) {
        assert_true(run(&outcome));
        assert_int_equal(writes, 8 * slices);
    }
}

static void an_error_ends_it_with_its_name(void **state)
{
    struct outcome outcome;

    (void)state;
    order(1000);
    assert_true(run(&outcome));
    fake_store.failing_path = NODE;
    fake_store.failing_with = "ENOSPC";
    assert_false(run(&outcome));
    assert_string_equal(outcome.error, "ENOSPC");
    assert_null(outcome.detail);
    assert_true(writes <= 16);
}

static void a_lost_connection_ends_it_too(void **state)
{
    struct outcome outcome;

    (void)state;
    order(1000);
    fake_arch.send_error = -XEN_EINVAL;
    assert_false(run(&outcome));
    assert_string_equal(outcome.error, "EIO");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_writes_are_counted),
        TEST(they_are_in_order_however_slow_the_store_is),
        TEST(a_slice_is_short),
        TEST(an_error_ends_it_with_its_name),
        TEST(a_lost_connection_ends_it_too),
    };

    return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}
