/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: endless messages do not keep other parts from
 * their turn.
 */
#include "tests/unit/suspend.h"

#define MESSAGES 200 /* this many count as endless */
#define TARGET   "memory/target"
#define CPU      "cpu/1/availability"

#define STORM "{\"when\": \"now\", \"action\": \"storm\", \"writes\": 64}"

static unsigned int written;      /* messages so far; 0: not begun */
static unsigned int written_then; /* `written` at the end; 0: not done yet */
static void (*order)(void);
static bool (*is_done)(void);

/* Each read of the node makes somebody write the next message. */
static void write_on(const struct fake_request *request)
{
    static char text[20];

    if (request->type != XS_READ || request->transaction != 0 ||
        strcmp(request->path, SHUTDOWN) != 0 || written == 0 ||
        written >= MESSAGES)
        return;
    if (written == 5)
        order();
    if (written_then == 0 && is_done())
        written_then = written;
    snprintf(text, sizeof(text), "dance %u", written++);
    fake_store_write(SHUTDOWN, text);
}

static void begin_crowded(void)
{
    begin_cancelled();
    fake_host.command_line = "suspend-event-channel";
    fake_arch.spare_count = 1792;
    fake_arch.vcpu_count = 2;
    fake_host.memory_kib = 8192;
    fake_store_write(TARGET, "8192");
    fake_store_write(CPU, "offline");
    written = written_then = 0;
    fake_host.before = write_on;
}

static void first_message(void)
{
    written = 1;
    fake_store_write(SHUTDOWN, "dance");
}

/* An order given among the messages is done long before their end. */
static void assert_turn(void (*what)(void), bool (*done)(void))
{
    order = what;
    is_done = done;
    begin_crowded();
    RUN(DO(first_message), HOLDS(SHUTDOWN, ""));
    assert_int_equal(written, MESSAGES);
    assert_in_range(written_then, 1, MESSAGES / 2);
}

/* --- whose turn it is ------------------------------------------------------*/

static void order_storm(void)
{
    fake_store_write(DATA, STORM);
}

static bool storm_is_done(void)
{
    return fake_store_holds(OWN "storm", "64");
}

static void work_has_its_turn(void **state)
{
    (void)state;
    assert_turn(order_storm, storm_is_done);
}

static void order_memory(void)
{
    fake_store_write(TARGET, "4096");
}

static bool memory_is_less(void)
{
    return fake_arch.away_count == 1024;
}

static void the_balloon_has_its_turn(void **state)
{
    (void)state;
    assert_turn(order_memory, memory_is_less);
}

static void order_vcpu(void)
{
    fake_store_write(CPU, "online");
}

static bool vcpu_is_up(void)
{
    return fake_arch.vcpus_up != 0;
}

static void vcpus_have_their_turn(void **state)
{
    (void)state;
    assert_turn(order_vcpu, vcpu_is_up);
}

static void order_suspend(void)
{
    fake_raise(fake_arch.opened);
}

static bool has_suspended(void)
{
    return fake_host.suspend_count == 1;
}

static void the_suspend_port_has_its_turn(void **state)
{
    (void)state;
    assert_turn(order_suspend, has_suspended);
}

static void order_line(void)
{
    fake_console_type(TEXT("hello\r"));
}

static bool line_is_logged(void)
{
    return fake_host_logged("input: \"hello\"") == 1;
}

static void the_console_has_its_turn(void **state)
{
    (void)state;
    assert_turn(order_line, line_is_logged);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(work_has_its_turn),        TEST(the_balloon_has_its_turn),
        TEST(vcpus_have_their_turn),    TEST(the_suspend_port_has_its_turn),
        TEST(the_console_has_its_turn),
    };

    return cmocka_run_group_tests_name("kernel_rounds", tests, NULL, NULL);
}
