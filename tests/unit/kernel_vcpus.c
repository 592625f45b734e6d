/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: the other vCPUs, up and down.
 */
#include "tests/unit/suspend.h"

#include "lib/error.h"

#define CPU(number) "cpu/" #number "/availability"

static void begin_with_four(void)
{
    begin();
    fake_arch.vcpu_count = 4;
    fake_store_write(CPU(0), "online");
    fake_store_write(CPU(1), "online");
    fake_store_write(CPU(2), "offline");
    fake_store_write(CPU(3), "online");
}

static void boot_brings_up_vcpus_that_are_online(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_four)) {
        RUN(LOGGED("vcpus: vCPU 3 is up"));
        assert_int_equal(fake_host.vcpus_up, 1U << 1 | 1U << 3);
    }
}

static void a_vm_that_cannot_watch_cpu_logs_that(void **state)
{
    (void)state;
    begin_with_four();
    fake_store.failing_path = "cpu";
    fake_store.failing_with = "ENOSPC";
    RUN(HOLDS(OWN "state", "ready"),
        LOGGED("vcpus: error: cpu cannot be watched: ENOSPC"));
}

static void the_toolstack_is_followed(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_four)) {
        RUN(WRITE(CPU(3), "offline"), WRITE(CPU(2), "online"),
            WRITE(CPU(1), "what"), LOGGED("vcpus: vCPU 2 is up"));
        assert_int_equal(fake_host.vcpus_up, 1U << 1 | 1U << 2);
    }
}

/* (1) vCPU 1 is read; (2) vCPU 1 is ordered down; (3) vCPU 2 is read. */
static void change_between(const struct fake_request *request)
{
    if (request->type == XS_READ && strcmp(request->path, CPU(2)) == 0 &&
        fake_store_holds(CPU(3), "offline") &&
        fake_store_holds(CPU(1), "online"))
        fake_store_write(CPU(1), "offline");
}

static void an_order_between_two_reads_is_followed(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_four)) {
        fake_host.before = change_between;
        RUN(WRITE(CPU(3), "offline"), LOGGED("vcpus: vCPU 1 is down"));
        assert_int_equal(fake_host.vcpus_up, 0);
    }
}

static uint32_t up_while_away;

static void look(void)
{
    up_while_away |= fake_arch.vcpus_up;
}

static void other_vcpus_are_down_during_a_suspend(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_four)) {
        fake_host.away = look;
        RUN(WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"));
        assert_int_equal(up_while_away, 0);
    }
}

static void begin_cancelled_with_four(void)
{
    begin_with_four();
    fake_host.outcome = ARCH_CANCELLED;
}

static void a_cancelled_suspend_brings_them_back(void **state)
{
    (void)state;
    while (fake_next_way(begin_cancelled_with_four)) {
        fake_host.away = look;
        RUN(WRITE(SHUTDOWN, "suspend"), COUNTED("1", "0", "1"));
        assert_int_equal(up_while_away, 0);
        assert_int_equal(fake_host.vcpus_up, 1U << 1 | 1U << 3);
    }
}

static void a_refusal_of_xen_is_logged(void **state)
{
    (void)state;
    begin_with_four();
    fake_arch.up_error = -XEN_ENOMEM;
    RUN(LOGGED("vcpus: error: vCPU 1 cannot go up: ENOMEM"));
    assert_int_equal(fake_host.vcpus_up, 0);
}

/* --- by command ----------------------------------------------------------- */

#define VCPUS(members)                                                         \
    "{\"when\": \"now\", \"action\": \"vcpus\"" members ", \"id\": \"v\"}"
#define BUSY(vcpu, seconds)                                                    \
    "{\"when\": \"now\", \"action\": \"busy\", \"vcpu\": " vcpu                \
    ", \"seconds\": " seconds ", \"id\": \"b\"}"

static uint32_t up_before;

static void note(void)
{
    up_before = fake_arch.vcpus_up;
}

static void vcpus_refuse_as_told(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_four)) {
        RUN(WRITE(DATA, VCPUS(", \"mode\": \"refuse\"")),
            HOLDS(OWN "commands", "1"), WRITE(CPU(2), "online"),
            WRITE(CPU(3), "offline"), DO(note),
            WRITE(DATA, VCPUS(", \"mode\": \"obey\"")),
            HOLDS(OWN "commands", "2"), WRITE(DATA, VCPUS("")),
            HOLDS(OWN "reply", "{\"seq\": 3, \"id\": \"v\", \"result\": "
                               "\"done\", \"up\": 3}"));
        assert_int_equal(up_before, 1U << 1 | 1U << 3);
        assert_int_equal(fake_host.vcpus_up, 1U << 1 | 1U << 2);
    }
}

static void vcpus_are_late_as_told(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_four)) {
        RUN(WRITE(DATA, VCPUS(", \"mode\": \"late\", \"seconds\": 2")),
            HOLDS(OWN "commands", "1"), WAIT(3000), WRITE(CPU(3), "offline"),
            WAIT(1000), DO(note), WAIT(3000), LOGGED("vcpus: vCPU 3 is down"),
            WRITE(DATA, VCPUS(", \"mode\": \"obey\"")),
            HOLDS(OWN "commands", "2"));
        assert_int_equal(up_before, 1U << 1 | 1U << 3);
        assert_int_equal(fake_host.vcpus_up, 1U << 1);
    }
}

static void a_vcpu_is_busy_for_a_while(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_four)) {
        RUN(WRITE(DATA, BUSY("1", "2")), HOLDS(OWN "state", "busy"), WAIT(3000),
            HOLDS(OWN "reply",
                  "{\"seq\": 2, \"id\": \"b\", \"result\": \"done\"}"),
            HOLDS(OWN "state", "ready"));
    }
}

/* --- suspends, by command ------------------------------------------------- */

static int the_outcome;

static void begin_with_outcome(void)
{
    begin_with_four();
    fake_host.outcome = the_outcome;
}

/* Look right after the suspend, before anything else was done. */
static void look_at_first_request(const struct fake_request *request)
{
    if (fake_host.suspend_count > 0 && request->type == XS_WRITE &&
        strcmp(request->path, OWN "state") == 0 && up_before == 0)
        up_before = fake_arch.vcpus_up;
}

static void begin_to_look(void)
{
    begin_with_outcome();
    up_before = 0;
    fake_host.before = look_at_first_request;
}

/* Nobody has asked for a change, so no change can be late. */
static void no_vcpu_is_late_after_a_suspend(void **state)
{
    const int ends[] = {ARCH_CANCELLED, FAKE_REFUSED, FAKE_SLOW};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
        the_outcome = ends[i];
        while (fake_next_way(begin_to_look)) {
            RUN(WRITE(DATA, VCPUS(", \"mode\": \"late\", \"seconds\": 1000")),
                HOLDS(OWN "commands", "1"), WRITE(SHUTDOWN, "suspend"),
                HOLDS(OWN "suspends", "1"), LOGGED("vcpus: vCPU 3 is up"),
                WRITE(DATA, VCPUS(", \"mode\": \"obey\"")),
                HOLDS(OWN "commands", "2"));
            assert_int_equal(up_before, 1U << 1 | 1U << 3);
        }
    }
}

/* The same in a new domain. A change that the toolstack wants there is late. */
static void wish_otherwise(void)
{
    fake_store_write(CPU(1), "online");
    fake_store_write(CPU(2), "online");
    fake_store_write(CPU(3), "offline");
}

static void begin_to_move(void)
{
    begin_with_four();
    fake_host.away = wish_otherwise;
}

static void an_order_in_a_new_domain_is_late(void **state)
{
    (void)state;
    while (fake_next_way(begin_to_move)) {
        RUN(WRITE(DATA, VCPUS(", \"mode\": \"late\", \"seconds\": 2")),
            HOLDS(OWN "commands", "1"), WRITE(SHUTDOWN, "suspend"),
            COUNTED("1", "1", "0"), WAIT(1900), DO(note), WAIT(200),
            LOGGED("vcpus: vCPU 2 is up"),
            WRITE(DATA, VCPUS(", \"mode\": \"obey\"")),
            HOLDS(OWN "commands", "2"));
        assert_int_equal(up_before, 1U << 1 | 1U << 3);
        assert_int_equal(fake_host.vcpus_up, 1U << 1 | 1U << 2);
    }
}

static void an_order_is_late_with_a_suspend_in_between_too(void **state)
{
    (void)state;
    the_outcome = ARCH_CANCELLED;
    while (fake_next_way(begin_with_outcome)) {
        RUN(WRITE(DATA, VCPUS(", \"mode\": \"late\", \"seconds\": 2")),
            HOLDS(OWN "commands", "1"), WRITE(CPU(3), "offline"), WAIT(1000),
            WRITE(SHUTDOWN, "suspend"), COUNTED("1", "0", "1"), WAIT(900),
            DO(note), WAIT(200), LOGGED("vcpus: vCPU 3 is down"),
            WRITE(DATA, VCPUS(", \"mode\": \"obey\"")),
            HOLDS(OWN "commands", "2"));
        assert_int_equal(up_before, 1U << 1 | 1U << 3);
        assert_int_equal(fake_host.vcpus_up, 1U << 1);
    }
}

static void begin_again(void)
{
    begin_with_outcome();
    fake_host.away = fake_host.outcome == ARCH_RESUMED ? wish_otherwise : NULL;
}

/* The toolstack has taken the vCPU down meanwhile: it is busy again when it is
 * up. */
static void busy_goes_on_after_a_suspend(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        the_outcome = outcomes[i];
        while (fake_next_way(begin_again)) {
            RUN(WRITE(DATA, BUSY("1", "3")), HOLDS(OWN "state", "busy"),
                WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "suspends", "1"),
                HOLDS(OWN "state", "busy"), WRITE(CPU(1), "offline"),
                LOGGED("vcpus: vCPU 1 is down"), WRITE(SHUTDOWN, "suspend"),
                HOLDS(OWN "suspends", "2"), HOLDS(OWN "state", "busy"),
                WAIT(3100), HOLDS(OWN "state", "ready"),
                LOGGED("busy is over: done"));
        }
    }
}

/* An order to go up that came before the command is followed first. */
static void a_vcpu_is_up_before_it_is_busy(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_four)) {
        RUN(WRITE(DATA, VCPUS(", \"mode\": \"refuse\"")),
            HOLDS(OWN "commands", "1"), WRITE(CPU(2), "online"),
            WRITE(DATA,
                  "[" VCPUS(", \"mode\": \"obey\"") ", " BUSY("2", "1") "]"),
            HOLDS(OWN "state", "busy"), WAIT(1100),
            LOGGED("busy is over: done"));
    }
}

/* Nothing is to be done, so there is no wake-up. */
static void without_an_order_there_is_no_wake_up(void **state)
{
    (void)state;
    begin_with_four();
    RUN(WRITE(DATA, VCPUS(", \"mode\": \"late\", \"seconds\": 1000")),
        HOLDS(OWN "commands", "1"), WRITE(CPU(3), "online"));
    assert_int_equal(fake_arch.deadline_ns, 0);
    begin_with_four();
    RUN(WRITE(DATA, VCPUS(", \"mode\": \"obey\"")), HOLDS(OWN "commands", "1"));
}

static void a_vcpu_that_is_down_cannot_be_busy(void **state)
{
    (void)state;
    begin_with_four();
    RUN(WRITE(DATA, BUSY("2", "2")), HOLDS(OWN "state", "ready"),
        LOGGED("busy is over: that vCPU is not up"));
}

/* --- what another one does ------------------------------------------------ */

static void guest(void)
{
    kernel_vcpu(1);
}

static void a_vcpu_sleeps(void **state)
{
    unsigned int waits;

    (void)state;
    begin_with_four();
    RUN(LOGGED("vcpus: vCPU 3 is up"));
    waits = fake_arch.wait_count;
    fake_arch.when_stuck = fake_leave;
    assert_int_equal(fake_run(guest), FAKE_LEFT);
    assert_int_equal(fake_arch.wait_count, waits + 1);
}

/* Without its port, a vCPU takes itself down, or spins if it cannot. */
static void a_vcpu_without_its_port_goes_down(void **state)
{
    (void)state;
    begin_with_four();
    RUN(LOGGED("vcpus: vCPU 3 is up"));
    fake_arch.vcpu_count = 1;
    fake_arch.wait_error = -XEN_EINVAL;
    fake_arch.when_paused = fake_leave;
    assert_int_equal(fake_run(guest), FAKE_LEFT);
}

/* Only vCPU 0 logs the NMI, and it sleeps. */
static void an_nmi_is_passed_to_vcpu_0(void **state)
{
    (void)state;
    begin_with_four();
    RUN(LOGGED("vcpus: vCPU 3 is up"));
    fake_arch.nmi = true;
    fake_arch.when_stuck = fake_leave;
    assert_int_equal(fake_run(guest), FAKE_LEFT);
    assert_int_equal(fake_arch.passed_nmi_count, 1);
}

static void send_nmi(void)
{
    fake_arch.nmi = true;
}

static void an_nmi_is_one_line_and_nothing_else(void **state)
{
    (void)state;
    begin_with_four();
    RUN(HOLDS(OWN "state", "ready"), DO(send_nmi), LOGGED("nmi: received"),
        WAIT(1000), HOLDS(OWN "state", "ready"));
    assert_int_equal(fake_host_logged("nmi: received"), 1);
}

static unsigned int reads, order_at;

/* A command follows another one again and again. With one of them the tester
 * orders a vCPU up first. */
static void order_among_messages(const struct fake_request *request)
{
    if (request->type != XS_READ || strcmp(request->path, DATA) != 0 ||
        ++reads > order_at)
        return;
    if (reads == order_at)
        fake_store_write(CPU(2), "online");
    fake_store_write(DATA, reads < order_at
                               ? NOW("report")
                               : "{\"when\": \"now\", \"action\": \"busy\", "
                                 "\"vcpu\": 2, \"seconds\": 1}");
}

static void begin_with_many_messages(void)
{
    begin_with_four();
    reads = 0;
    fake_host.before = order_among_messages;
}

/* The VM reads the command before it has handled the event of the vCPU. */
static void an_order_before_the_command_counts(void **state)
{
    (void)state;
    for (order_at = 2; order_at < 20; order_at++) {
        while (fake_next_way(begin_with_many_messages))
            RUN(WRITE(DATA, NOW("report")), WAIT(2000),
                LOGGED("busy is over: done"));
        fake_first_way(begin_with_many_messages);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(boot_brings_up_vcpus_that_are_online),
        TEST(a_vm_that_cannot_watch_cpu_logs_that),
        TEST(the_toolstack_is_followed),
        TEST(an_order_between_two_reads_is_followed),
        TEST(other_vcpus_are_down_during_a_suspend),
        TEST(a_cancelled_suspend_brings_them_back),
        TEST(a_refusal_of_xen_is_logged),
        TEST(vcpus_refuse_as_told),
        TEST(vcpus_are_late_as_told),
        TEST(a_vcpu_is_busy_for_a_while),
        TEST(no_vcpu_is_late_after_a_suspend),
        TEST(an_order_in_a_new_domain_is_late),
        TEST(an_order_is_late_with_a_suspend_in_between_too),
        TEST(busy_goes_on_after_a_suspend),
        TEST(a_vcpu_is_up_before_it_is_busy),
        TEST(an_order_before_the_command_counts),
        TEST(without_an_order_there_is_no_wake_up),
        TEST(a_vcpu_that_is_down_cannot_be_busy),
        TEST(an_nmi_is_passed_to_vcpu_0),
        TEST(an_nmi_is_one_line_and_nothing_else),
        TEST(a_vcpu_sleeps),
        TEST(a_vcpu_without_its_port_goes_down),
    };

    return cmocka_run_group_tests_name("kernel_vcpus", tests, NULL, NULL);
}
