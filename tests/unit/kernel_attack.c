/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: the VM obeys during an attack, and gives
 * everything back however it ends.
 */
#include "tests/unit/suspend.h"

#include <stdio.h>

#include "decide/command.h"
#include "decide/language.h"
#include "tests/fake/console.h"
#include "tests/fake/tree.h"

#define FOLDER "data/xen-test-vm/attack"

static enum attack_mode mode(void)
{
    return 1 + fake_way.seed % (ATTACK_DEVICE_STATES - 1);
}

static void write_order(void)
{
    char order[200];

    snprintf(order, sizeof(order),
             "{\"when\": \"now\", \"action\": \"attack\", \"mode\": \"%s\", "
             "\"tries\": 20, \"seconds\": 60, \"id\": \"a\"}",
             language_attacks[mode()]);
    fake_console.forgives = true;
    fake_store.offended = FAKE_STORE_FORGIVES;
    fake_store_write(TESTING, order);
}

static unsigned int watch_count, port_count;

static void count(void)
{
    watch_count = fake_store_watch_count();
    port_count = fake_own_port_count();
}

static void assert_given_back(void)
{
    assert_int_equal(fake_store_watch_count(), watch_count);
    assert_int_equal(fake_own_port_count(), port_count);
    assert_true(fake_store_holds(FOLDER, NULL));
    assert_true(fake_store_holds("attr/attack", NULL));
    assert_false(fake_tree_busy());
}

#define BEGIN DO(count), DO(write_order), HOLDS(OWN "state", "busy"), WAIT(1000)

static void each_ends_and_gives_back(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(RUN(BEGIN, HOLDS(OWN "state", "busy"), WAIT(70000),
                             HOLDS(OWN "state", "ready"), DO(assert_given_back),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        /* There is no grant that could go and come. */
        assert_non_null(strstr(fake_store_value(OWN "reply"),
                               mode() == ATTACK_GRANT_FLAP
                                   ? "\"result\": \"done\", \"tried\": 0, "
                                   : "\"result\": \"done\", \"tried\": 20, "));
    }
}

static void a_request_is_obeyed_meanwhile(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(RUN(BEGIN, WRITE(SHUTDOWN, "reboot")),
                         SHUTDOWN_reboot);
        assert_true(fake_store_holds(SHUTDOWN, ""));
        assert_true(fake_store_holds(OWN "state", "stopping"));
    }
}

static void now_and_ignore_end_it(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        assert_int_equal(RUN(BEGIN, WRITE(TESTING, NOW("ignore")),
                             HOLDS(OWN "state", "ready"), DO(assert_given_back),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_int_equal(fake_host_logged("attack is over: done"), 1);
    }
}

static void other_work_takes_its_place(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        RUN(BEGIN,
            WRITE(TESTING, "{\"when\": \"now\", \"action\": \"flood\", "
                           "\"bytes\": 9}"),
            HOLDS(OWN "state", "ready"), DO(assert_given_back));
    }
}

static void begin_suspended(void)
{
    begin();
    fake_host.outcome = fake_way.seed / 9 % 2 ? ARCH_RESUMED : ARCH_CANCELLED;
}

static void it_goes_on_after_a_suspend(void **state)
{
    (void)state;
    while (fake_next_way(begin_suspended)) {
        assert_int_equal(
            RUN(BEGIN, WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "suspends", "1"),
                HOLDS(OWN "state", "busy"), WRITE(TESTING, NOW("ignore")),
                HOLDS(OWN "state", "ready"), DO(assert_given_back),
                WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_ends_and_gives_back),   TEST(a_request_is_obeyed_meanwhile),
        TEST(now_and_ignore_end_it),      TEST(other_work_takes_its_place),
        TEST(it_goes_on_after_a_suspend),
    };

    return cmocka_run_group_tests_name("kernel_attack", tests, NULL, NULL);
}
