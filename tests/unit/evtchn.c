/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/evtchn: pending bits, masks and waiting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/evtchn.h"
#include "lib/error.h"
#include "tests/fake/arch.h"

#define PORT       5
#define OTHER_PORT 6

static unsigned int work_count;

/* A peer that answers each event with an event. */
static bool answer(void)
{
    work_count++;
    fake_raise(PORT);
    return false;
}

static bool say_nothing(void)
{
    work_count++;
    return false;
}

static int set_up(void **state)
{
    (void)state;
    fake_arch_start();
    fake_connect(PORT, answer);
    fake_connect(OTHER_PORT, say_nothing);
    work_count = 0;
    return 0;
}

static void set_bit(xen_ulong_t *words, evtchn_port_t port)
{
    words[port / 64] |= (xen_ulong_t)1 << port % 64;
}

static void ports_that_the_abi_lacks_are_refused(void **state)
{
    (void)state;
    assert_int_equal(evtchn_mask(0), -XEN_EINVAL);
    assert_int_equal(evtchn_mask(4096), -XEN_EINVAL);
    assert_int_equal(evtchn_mask(UINT32_MAX), -XEN_EINVAL);
}

static void the_first_and_the_last_port_are_taken(void **state)
{
    (void)state;
    assert_int_equal(evtchn_mask(1), 0);
    assert_int_equal(evtchn_mask(4095), 0);
}

static void a_port_in_use_is_masked_and_no_other(void **state)
{
    struct shared_info *shared = arch_shared_info();
    struct shared_info expected;

    (void)state;
    memset(shared->evtchn_mask, 0, sizeof(shared->evtchn_mask));
    expected = *shared;
    set_bit(expected.evtchn_mask, PORT);
    set_bit(expected.evtchn_mask, 64);
    set_bit(expected.evtchn_mask, 4095);
    assert_int_equal(evtchn_mask(PORT), 0);
    assert_int_equal(evtchn_mask(64), 0);
    assert_int_equal(evtchn_mask(4095), 0);
    assert_memory_equal(shared, &expected, sizeof(expected));
}

static void an_event_for_a_masked_port_is_no_upcall(void **state)
{
    struct shared_info *shared = arch_shared_info();

    (void)state;
    memset(shared->evtchn_mask, 0, sizeof(shared->evtchn_mask));
    assert_int_equal(evtchn_mask(PORT), 0);
    fake_raise(PORT);
    assert_int_equal(shared->vcpu_info[0].evtchn_upcall_pending, 0);
    assert_true(evtchn_clear(PORT));
}

static void clearing_says_once_that_it_was_pending(void **state)
{
    (void)state;
    assert_false(evtchn_clear(PORT));
    fake_raise(PORT);
    assert_true(evtchn_clear(PORT));
    assert_false(evtchn_clear(PORT));
}

static void clearing_leaves_other_ports_alone(void **state)
{
    struct shared_info *shared = arch_shared_info();
    struct shared_info expected = *shared;

    (void)state;
    memset(shared->evtchn_pending, 0xff, sizeof(shared->evtchn_pending));
    memset(expected.evtchn_pending, 0xff, sizeof(expected.evtchn_pending));
    expected.evtchn_pending[0] &= ~((xen_ulong_t)1 << PORT);
    expected.evtchn_pending[63] &= ~((xen_ulong_t)1 << 63);
    assert_true(evtchn_clear(PORT));
    assert_true(evtchn_clear(4095));
    assert_memory_equal(shared, &expected, sizeof(expected));
}

static void a_port_that_the_abi_lacks_is_never_pending(void **state)
{
    struct shared_info *shared = arch_shared_info();
    struct shared_info expected = *shared;

    (void)state;
    assert_false(evtchn_clear(4096));
    assert_false(evtchn_clear(UINT32_MAX));
    assert_memory_equal(shared, &expected, sizeof(expected));
}

static void a_notification_reaches_the_peer(void **state)
{
    (void)state;
    assert_int_equal(evtchn_notify(PORT), 0);
    assert_int_equal(fake_arch.notify_count[PORT], 1);
    assert_int_equal(fake_arch.notify_count[OTHER_PORT], 0);
}

static void a_notification_to_nobody_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(evtchn_notify(9), -XEN_EINVAL);
}

static void a_wait_ends_with_an_event(void **state)
{
    const evtchn_port_t ports[] = {OTHER_PORT, PORT};

    (void)state;
    assert_int_equal(evtchn_notify(PORT), 0);
    assert_int_equal(evtchn_wait(ports, 2, TIME_NEVER), 0);
    assert_int_equal(fake_arch.wait_count, 1);
    assert_int_equal(work_count, 1);
    assert_true(evtchn_clear(PORT));
    assert_false(evtchn_clear(OTHER_PORT));
}

static void a_wait_returns_at_once_when_one_is_pending(void **state)
{
    const evtchn_port_t ports[] = {OTHER_PORT, PORT};

    (void)state;
    fake_raise(PORT);
    assert_int_equal(evtchn_wait(ports, 2, TIME_NEVER), 0);
    assert_int_equal(fake_arch.wait_count, 0);
    assert_true(evtchn_clear(PORT));
}

static void a_deadline_is_passed_on(void **state)
{
    const evtchn_port_t port = OTHER_PORT;

    (void)state;
    fake_arch.time_ns = 1000;
    assert_int_equal(evtchn_wait(&port, 1, 0x123456789abc), 0);
    assert_int_equal(fake_arch.deadline_ns, 0x123456789abc);
    assert_int_equal(arch_time_ns(), 0x123456789abc);
}

/* Xen takes a time-out of 0 for none. */
static void a_deadline_of_0_is_one(void **state)
{
    const evtchn_port_t port = OTHER_PORT;

    (void)state;
    assert_int_equal(evtchn_wait(&port, 1, 0), 0);
    assert_int_equal(fake_arch.deadline_ns, 1);
}

static void an_event_comes_before_the_deadline(void **state)
{
    const evtchn_port_t port = PORT;

    (void)state;
    assert_int_equal(evtchn_notify(PORT), 0);
    assert_int_equal(evtchn_wait(&port, 1, 5000), 0);
    assert_int_equal(arch_time_ns(), 0);
}

static void no_ports_and_a_deadline_is_a_sleep(void **state)
{
    (void)state;
    assert_int_equal(evtchn_wait(NULL, 0, 5000), 0);
    assert_int_equal(arch_time_ns(), 5000);
}

static void too_many_ports_are_refused(void **state)
{
    evtchn_port_t ports[EVTCHN_WAIT_MAX + 1];

    (void)state;
    for (unsigned int i = 0; i <= EVTCHN_WAIT_MAX; i++)
        ports[i] = PORT;
    assert_int_equal(evtchn_wait(ports, EVTCHN_WAIT_MAX + 1, 1), -XEN_EINVAL);
    assert_int_equal(fake_arch.wait_count, 0);
    assert_int_equal(evtchn_wait(ports, EVTCHN_WAIT_MAX, 1), 0);
    assert_int_equal(fake_arch.wait_count, 1);
}

static void errors_of_the_hypercall_are_passed_on(void **state)
{
    const evtchn_port_t port = PORT;

    (void)state;
    fake_arch.send_error = -XEN_EPERM;
    fake_arch.wait_error = -XEN_ENOMEM;
    assert_int_equal(evtchn_notify(PORT), -XEN_EPERM);
    assert_int_equal(evtchn_wait(&port, 1, TIME_NEVER), -XEN_ENOMEM);
}

static void a_new_port_is_for_one_domain_and_in_use(void **state)
{
    evtchn_port_t port = 0;

    (void)state;
    memset(arch_shared_info()->evtchn_mask, 0,
           sizeof(arch_shared_info()->evtchn_mask));
    assert_int_equal(evtchn_open(3, &port), 0);
    assert_int_equal(port, fake_arch.opened);
    assert_int_equal(fake_arch.opened_for, 3);
    assert_int_equal(arch_shared_info()->evtchn_mask[0], 1UL << port);
    fake_raise(port);
    assert_int_equal(evtchn_wait(&port, 1, TIME_NEVER), 0);
    assert_true(evtchn_clear(port));
}

static void a_port_that_is_not_given_is_an_error(void **state)
{
    evtchn_port_t port;

    (void)state;
    fake_arch.open_error = -XEN_ENOSPC;
    assert_int_equal(evtchn_open(0, &port), -XEN_ENOSPC);
}

static void a_mark_is_recognised_once(void **state)
{
    evtchn_port_t mark;

    (void)state;
    mark = evtchn_mark();
    assert_int_not_equal(mark, 0);
    assert_int_equal(fake_ipi_count(), 1);
    assert_true(evtchn_unmark(mark));
    assert_int_equal(fake_ipi_count(), 0);
    assert_false(evtchn_unmark(mark));
}

static void a_new_domain_lacks_the_mark(void **state)
{
    evtchn_port_t mark;

    (void)state;
    mark = evtchn_mark();
    fake_arch_renew();
    assert_false(evtchn_unmark(mark));
}

/* The fake fails the test if the port is closed. */
static void a_port_with_the_number_of_the_mark_stays_open(void **state)
{
    evtchn_port_t mark;

    (void)state;
    mark = evtchn_mark();
    fake_arch_renew();
    fake_connect(mark, answer);
    assert_false(evtchn_unmark(mark));
    assert_int_equal(evtchn_notify(mark), 0);
}

static void a_mark_that_xen_refuses_is_not_recognised(void **state)
{
    evtchn_port_t mark;

    (void)state;
    fake_arch.open_error = -XEN_ENOSPC;
    mark = evtchn_mark();
    assert_int_equal(mark, 0);
    assert_false(evtchn_unmark(mark));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ports_that_the_abi_lacks_are_refused),
        TEST(the_first_and_the_last_port_are_taken),
        TEST(a_port_in_use_is_masked_and_no_other),
        TEST(an_event_for_a_masked_port_is_no_upcall),
        TEST(clearing_says_once_that_it_was_pending),
        TEST(clearing_leaves_other_ports_alone),
        TEST(a_port_that_the_abi_lacks_is_never_pending),
        TEST(a_notification_reaches_the_peer),
        TEST(a_notification_to_nobody_is_an_error),
        TEST(a_wait_ends_with_an_event),
        TEST(a_wait_returns_at_once_when_one_is_pending),
        TEST(a_deadline_is_passed_on),
        TEST(a_deadline_of_0_is_one),
        TEST(an_event_comes_before_the_deadline),
        TEST(no_ports_and_a_deadline_is_a_sleep),
        TEST(too_many_ports_are_refused),
        TEST(errors_of_the_hypercall_are_passed_on),
        TEST(a_new_port_is_for_one_domain_and_in_use),
        TEST(a_port_that_is_not_given_is_an_error),
        TEST(a_mark_is_recognised_once),
        TEST(a_new_domain_lacks_the_mark),
        TEST(a_port_with_the_number_of_the_mark_stays_open),
        TEST(a_mark_that_xen_refuses_is_not_recognised),
    };

    return cmocka_run_group_tests_name("evtchn", tests, NULL, NULL);
}
