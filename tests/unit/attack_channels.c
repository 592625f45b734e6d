/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/attack_channels: ports, events, and what belongs to others.
 */
#include "drivers/console.h"
#include "drivers/evtchn.h"
#include "kernel/attack_part.h"
#include "tests/fake/console.h"
#include "tests/unit/attack.h"
#include "tests/unit/xenstore.h"

/* The VM's own port stays. */
static void all_ports_and_then_none(void **state)
{
    evtchn_port_t port;

    (void)state;
    assert_int_equal(evtchn_open(0, &port), 0);
    order(ATTACK_EVTCHN_PORTS, 100, 10);
    run_to_hold(NOW + 10 * NS_PER_S);
    assert_true(fake_own_port_count() > FAKE_PORT_MAX / 2);
    run_through_at(NOW + 10 * NS_PER_S);
    assert_null(outcome.error);
    assert_non_null(strstr(outcome.detail, "\"tried\": 100, \"refused\": 7"));
    assert_non_null(strstr(outcome.detail, "\"last_error\": \"ENOSPC\""));
    assert_int_equal(fake_own_port_count(), 1);
    evtchn_close(port);
}

/* As Xen 4.14 and Xen on Arm need it, to be told from a new domain. */
static void a_suspend_can_be_marked_at_any_time(void **state)
{
    (void)state;
    order(ATTACK_EVTCHN_PORTS, 100, 10);
    while (wake_ns != NOW + 10 * NS_PER_S) {
        assert_true(run(NOW));
        assert_true(evtchn_unmark(evtchn_mark()));
    }
    assert_int_equal(attack.error, -XEN_ENOSPC);
    attack_forget();
    assert_int_equal(fake_own_port_count(), 0);
}

static void at_once_if_other_work_takes_its_place(void **state)
{
    (void)state;
    order(ATTACK_EVTCHN_PORTS, 10, 10);
    assert_false(fake_own_port_count() > 0);
    assert_true(run(NOW));
    assert_int_equal(fake_own_port_count(), 10);
    attack_forget();
    assert_int_equal(fake_own_port_count(), 0);
}

/* Xen gives the lowest number that is free; one of the two is left free. */
static void a_low_number_hides_no_higher_one(void **state)
{
    evtchn_port_t low[2];

    (void)state;
    for (unsigned int i = 0; i < 2; i++)
        assert_int_equal(evtchn_open(0, &low[i]), 0);
    order(ATTACK_EVTCHN_PORTS, 33, 10);
    assert_true(run(NOW));
    for (unsigned int i = 0; i < 2; i++)
        evtchn_close(low[i]);
    run_to_hold(NOW + 10 * NS_PER_S);
    assert_int_equal(attack.tried, 33);
    assert_true(fake_is_own_port(low[1]));
    attack_forget();
    assert_int_equal(fake_own_port_count(), 0);
}

static void a_number_of_an_earlier_attack_may_be_of_others(void **state)
{
    evtchn_port_t port;

    (void)state;
    order(ATTACK_EVTCHN_PORTS, 20, 0);
    run_through();
    for (unsigned int i = 0; i < 10; i++)
        assert_int_equal(evtchn_open(0, &port), 0);
    order(ATTACK_EVTCHN_PORTS, 1, 0);
    run_through();
    assert_int_equal(fake_own_port_count(), 10);
}

/* There the numbers belong to others. */
static void in_a_new_domain_nothing_is_closed(void **state)
{
    evtchn_port_t port;

    (void)state;
    order(ATTACK_EVTCHN_PORTS, 10, 10);
    assert_true(run(NOW));
    fake_arch_renew();
    for (unsigned int i = 0; i < 10; i++)
        assert_int_equal(evtchn_open(0, &port), 0);
    attack_renewed();
    attack_forget();
    assert_int_equal(fake_own_port_count(), 10);
}

static void events_go_to_all_who_listen(void **state)
{
    unsigned int store, console;

    (void)state;
    store = fake_arch.notify_count[FAKE_STORE_PORT];
    console = fake_arch.notify_count[FAKE_CONSOLE_PORT];
    order(ATTACK_EVTCHN_EVENTS, 100, 0);
    run_through();
    assert_string_equal(outcome.detail, "\"tried\": 100, \"refused\": 0");
    assert_int_equal(fake_arch.notify_count[FAKE_STORE_PORT] - store, 50);
    assert_int_equal(fake_arch.notify_count[FAKE_CONSOLE_PORT] - console, 50);
}

static void what_belongs_to_others_is_refused(void **state)
{
    (void)state;
    order(ATTACK_EVTCHN_OTHERS, 100, 0);
    run_through();
    assert_null(outcome.error);
    assert_string_equal(outcome.detail, "\"tried\": 100, \"refused\": 100, "
                                        "\"last_error\": \"EPERM\"");
    assert_int_equal(fake_own_port_count(), 0);
}

static int set_up_both(void **state)
{
    struct boot_ring ring;

    (void)state;
    fake_arch_start();
    ring = fake_console_start(0);
    console_start(&ring);
    ring = fake_store_start(0);
    xenstore_start(&ring);
    return 0;
}

#define BOTH(test) cmocka_unit_test_setup(test, set_up_both)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(all_ports_and_then_none),
        BOTH(a_suspend_can_be_marked_at_any_time),
        BOTH(at_once_if_other_work_takes_its_place),
        BOTH(a_low_number_hides_no_higher_one),
        BOTH(a_number_of_an_earlier_attack_may_be_of_others),
        BOTH(in_a_new_domain_nothing_is_closed),
        BOTH(events_go_to_all_who_listen),
        BOTH(what_belongs_to_others_is_refused),
    };

    return cmocka_run_group_tests_name("attack_channels", tests, NULL, NULL);
}
