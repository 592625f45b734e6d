/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: the VM obeys during an attack on a backend, and
 * the device works afterwards.
 */
#include <xen/io/xenbus.h>

#include "tests/fake/backend.h"
#include "tests/unit/suspend.h"

#include "decide/command.h"
#include "decide/language.h"

static enum attack_mode mode;

static bool is_disk(void)
{
    return mode <= ATTACK_DISK_REQUESTS;
}

static void plug(void)
{
    fake_backend_start(is_disk() ? "vbd" : "vif", is_disk() ? 51712 : 0,
                       XenbusStateInitWait);
    fake_backend.forgives = true;
    fake_store.after = fake_backend_observe;
}

static void begin_with_device(void)
{
    begin();
    mode = ATTACK_DEVICE_STATES + fake_way.seed % 5;
    plug();
}

static void write_order(void)
{
    char order[200];

    snprintf(order, sizeof(order),
             "{\"when\": \"now\", \"action\": \"attack\", \"mode\": \"%s\", "
             "\"tries\": 40, \"seconds\": 60, \"id\": \"a\"}",
             language_attacks[mode]);
    fake_store_write(TESTING, order);
}

static void assert_connected(void)
{
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
    assert_true(fake_backend_is(XenbusStateConnected));
    assert_int_equal(fake_grant_count(), is_disk() ? 1 : 12);
}

#define BEGIN DO(write_order), HOLDS(OWN "state", "busy"), WAIT(1000)

static void each_ends_and_the_device_works(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_device)) {
        assert_int_equal(RUN(BEGIN, HOLDS(OWN "state", "busy"), WAIT(200000),
                             HOLDS(OWN "state", "ready"), WAIT(5000),
                             DO(assert_connected), WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_non_null(strstr(fake_store_value(OWN "reply"),
                               mode == ATTACK_NET_BUFFERS
                                   ? "\"result\": \"done\", \"tried\": 0, "
                                   : "\"result\": \"done\", \"tried\": 40, "));
    }
}

static void a_request_is_obeyed_meanwhile(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_device)) {
        assert_int_equal(RUN(BEGIN, WRITE(SHUTDOWN, "reboot")),
                         SHUTDOWN_reboot);
        assert_true(fake_store_holds(SHUTDOWN, ""));
    }
}

static void stop_answering(void)
{
    fake_backend.answers = false;
}

/* Nor when the backend does not answer. */
static void now_and_ignore_end_it(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_device)) {
        assert_int_equal(RUN(DO(stop_answering), BEGIN,
                             WRITE(TESTING, NOW("ignore")), WAIT(60000),
                             HOLDS(OWN "state", "ready"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_int_equal(fake_host_logged("attack is over: done"), 1);
    }
}

static void other_work_takes_its_place(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_device)) {
        RUN(BEGIN,
            WRITE(TESTING, "{\"when\": \"now\", \"action\": \"flood\", "
                           "\"bytes\": 9}"),
            HOLDS(OWN "state", "ready"), WAIT(5000), DO(assert_connected));
    }
}

/* Like the toolstack: the new domain has the device, too. */
static void plug_anew(void)
{
    if (fake_host.outcome == ARCH_RESUMED)
        plug();
}

static void begin_suspended(void)
{
    begin_with_device();
    fake_host.outcome = fake_way.seed / 9 % 2 ? ARCH_RESUMED : ARCH_CANCELLED;
}

static void it_goes_on_after_a_suspend(void **state)
{
    (void)state;
    while (fake_next_way(begin_suspended)) {
        assert_int_equal(
            RUN(BEGIN, WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "suspends", "1"),
                DO(plug_anew), WRITE(TESTING, NOW("ignore")), WAIT(60000),
                HOLDS(OWN "state", "ready"), WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_ends_and_the_device_works),
        TEST(a_request_is_obeyed_meanwhile),
        TEST(now_and_ignore_end_it),
        TEST(other_work_takes_its_place),
        TEST(it_goes_on_after_a_suspend),
    };

    return cmocka_run_group_tests_name("kernel_attack_device", tests, NULL,
                                       NULL);
}
