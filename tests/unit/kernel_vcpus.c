/* SPDX-License-Identifier: MIT */
/*
 * Tests of all of the kernel: the other vCPUs, up and down.
 */
#include "tests/unit/suspend.h"

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

static void boot_brings_up_what_is_online(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_four)) {
        RUN(LOGGED("vcpus: vCPU 3 is up"));
        assert_int_equal(fake_host.vcpus_up, 1U << 1 | 1U << 3);
    }
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

static uint32_t up_while_away;

static void look(void)
{
    up_while_away |= fake_arch.vcpus_up;
}

static void a_suspend_has_none(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(boot_brings_up_what_is_online),
        TEST(the_toolstack_is_followed),
        TEST(a_suspend_has_none),
        TEST(a_cancelled_suspend_brings_them_back),
    };

    return cmocka_run_group_tests_name("kernel_vcpus", tests, NULL, NULL);
}
