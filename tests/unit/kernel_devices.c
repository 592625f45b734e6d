/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: devices, from the store to the answer.
 */
#include <xen/io/xenbus.h>

#include "drivers/blkfront.h"
#include "tests/fake/backend.h"
#include "tests/unit/suspend.h"

#define STATE         "device/vbd/51712/state"
#define BACKEND_STATE "/local/domain/0/backend/vbd/7/51712/state"

#define DISK(op)                                                               \
    "{\"when\": \"now\", \"action\": \"disk\", \"device\": \"vbd/51712\", "    \
    "\"op\": \"" op "\", \"mib\": 1, \"seed\": 5, \"id\": \"d\"}"
#define FRONTEND(mode)                                                         \
    "{\"when\": \"now\", \"action\": \"frontend\", "                           \
    "\"device\": \"vbd/51712\", \"mode\": \"" mode "\"}"

static void plug(void)
{
    fake_backend_start("vbd", 51712, XenbusStateInitWait);
    fake_store.after = fake_backend_observe;
}

static void begin_with_disk(void)
{
    begin();
    plug();
}

/* Unplug the disk while the guest says that it is connected. That write makes
 * the folder anew, if the toolstack permits it. */
static bool unplugs;

static void unplug_at_connected(const struct fake_request *request)
{
    if (unplugs && request->type == XS_WRITE &&
        strcmp(request->path, STATE) == 0 && text_is(request->value, "4")) {
        unplugs = false;
        fake_backend_remove();
        fake_backend.type = NULL;
    }
}

static void begin_unplugged(void)
{
    begin_with_disk();
    unplugs = true;
    fake_host.before = unplug_at_connected;
}

static void a_folder_made_anew_is_no_device(void **state)
{
    (void)state;
    while (fake_next_way(begin_unplugged)) {
        RUN(LOGGED("vbd/51712: is gone"), WRITE(DATA, DISK("read")),
            HOLDS(OWN "state", "ready"), DO(plug), HOLDS(BACKEND_STATE, "4"),
            WRITE(DATA, DISK("write")), HOLDS(OWN "state", "ready"));
        assert_int_equal(fake_host_logged("disk is over: done"), 1);
    }
}

static const char *lost_state; /* the connection is lost with this state */

static void lose_the_connection(const struct fake_request *request)
{
    if (lost_state && request->type == XS_WRITE &&
        strcmp(request->path, STATE) == 0 &&
        text_is(request->value, lost_state)) {
        lost_state = NULL;
        fake_store_garble();
    }
}

static void begin_to_lose(const char *state)
{
    begin_with_disk();
    fake_store_offer();
    fake_host.before = lose_the_connection;
    lost_state = state;
}

static void begin_to_lose_the_offer(void)
{
    begin_to_lose("3");
}

static void begin_to_lose_connected(void)
{
    begin_to_lose("4");
}

static void connect_again(void)
{
    RUN(LOGGED("xenstore: connected again"), HOLDS(BACKEND_STATE, "4"),
        HOLDS(STATE, "4"), HOLDS(OWN "state", "ready"));
    assert_null(lost_state);
    assert_int_equal(fake_host_logged("vbd/51712: connected"), 1);
}

/* Nobody knows whether the store has taken a state that the connection was lost
 * with. */
static void a_state_lost_with_the_connection_is_published_again(void **state)
{
    (void)state;
    while (fake_next_way(begin_to_lose_the_offer))
        connect_again();
    while (fake_next_way(begin_to_lose_connected))
        connect_again();
}

static void a_disk_is_connected_at_boot(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_disk)) {
        RUN(HOLDS(STATE, "4"), HOLDS(OWN "state", "ready"),
            LOGGED("vbd/51712: connected, 4096 sectors, writable"));
    }
}

static void a_disk_may_come_later(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        RUN(DO(plug), HOLDS(STATE, "4"));
        fake_backend.type = NULL;
    }
}

static void a_written_disk_is_verified(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_disk)) {
        RUN(WRITE(DATA, DISK("write")), HOLDS(OWN "state", "ready"),
            WRITE(DATA, DISK("verify")), HOLDS(OWN "state", "ready"),
            LOGGED("disk is over"));
        assert_non_null(strstr(fake_store_value(OWN "reply"),
                               "\"result\": \"done\", \"kib\": 1024"));
        assert_memory_equal(fake_backend.disk + 32,
                            "00000005 0000000000000000000032\n", 32);
    }
}

static void stop_answering(void)
{
    fake_backend.answers = false;
}

static void a_request_is_obeyed_while_a_disk_works(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_disk)) {
        assert_int_equal(RUN(DO(stop_answering), WRITE(DATA, DISK("write")),
                             HOLDS(OWN "state", "busy"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
    }
}

/* The new domain has the same disk with the same content. */
static void plug_again(void)
{
    static char disk[sizeof(fake_backend.disk)];

    memcpy(disk, fake_backend.disk, sizeof(disk));
    plug();
    memcpy(fake_backend.disk, disk, sizeof(disk));
}

static void begin_moving(void)
{
    begin_with_disk();
    fake_host.away = plug_again;
}

static void a_disk_works_on_after_a_resume(void **state)
{
    (void)state;
    while (fake_next_way(begin_moving)) {
        RUN(DO(stop_answering), WRITE(DATA, DISK("write")),
            HOLDS(OWN "state", "busy"), WRITE(SHUTDOWN, "suspend"),
            HOLDS(OWN "resumes", "1"), HOLDS(STATE, "4"),
            HOLDS(OWN "state", "ready"));
        assert_memory_equal(fake_backend.disk + 1024 * 1024 - 32,
                            "00000005 0000000000000001048544\n", 32);
    }
}

static void a_cancelled_suspend_leaves_devices_alone(void **state)
{
    (void)state;
    while (fake_next_way(begin_cancelled)) {
        plug();
        RUN(WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "cancels", "1"),
            WRITE(DATA, DISK("verify")), HOLDS(OWN "state", "ready"),
            HOLDS(STATE, "4"));
        assert_int_equal(fake_arch.open_count, 1);
    }
}

static void begin_armed(void)
{
    begin_with_disk();
    fake_host.command_line = "testing=" FRONTEND("never-connect");
}

/* The mode is set before the first look at the device. */
static void a_mode_may_be_set_on_the_command_line(void **state)
{
    (void)state;
    while (fake_next_way(begin_armed)) {
        RUN(HOLDS(STATE, "1"), WRITE(DATA, FRONTEND("obey")),
            HOLDS(STATE, "4"));
    }
}

static const char close_late[] =
    "{\"when\": \"now\", \"action\": \"frontend\", "
    "\"device\": \"vbd/51712\", \"mode\": \"close-late\", \"seconds\": 2}";

static void close_late_waits_without_waking_up(void **state)
{
    (void)state;
    begin_with_disk();
    RUN(WRITE(DATA, close_late), WRITE(BACKEND_STATE, "5"), WAIT(1999),
        HOLDS(STATE, "4"), WAIT(2), HOLDS(STATE, "6"),
        WRITE(DATA, FRONTEND("obey")));
}

/* Like all times of a command, this one is by the VM's own clock. */
static void close_late_does_not_count_a_cancelled_suspend(void **state)
{
    (void)state;
    begin_cancelled();
    plug();
    fake_host.away_ns = 3600 * INT64_C(1000000000);
    RUN(WRITE(DATA, close_late), WRITE(BACKEND_STATE, "5"), WAIT(1000),
        WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "cancels", "1"),
        HOLDS(STATE, "4"), WAIT(900), HOLDS(STATE, "4"), WAIT(101),
        HOLDS(STATE, "6"), WRITE(DATA, FRONTEND("obey")));
}

static void begin_offered(void)
{
    begin_with_disk();
    fake_store_offer();
}

static void a_disk_works_without_the_store(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        RUN(HOLDS(STATE, "4"), DO(fake_store_garble),
            LOGGED("xenstore: connected again"), WRITE(DATA, DISK("write")),
            HOLDS(OWN "state", "ready"), HOLDS(STATE, "4"),
            WRITE(BACKEND_STATE, "5"), HOLDS(STATE, "6"));
        assert_int_equal(fake_host_logged("vbd/51712: connected"), 1);
        assert_int_equal(fake_host_logged("disk is over: done"), 1);
    }
}

static void unplug(void)
{
    fake_store_remove("device/vbd/51712");
    fake_store_remove("/local/domain/0/backend/vbd/7/51712");
}

static void a_device_unplugged_meanwhile_is_gone(void **state)
{
    (void)state;
    while (fake_next_way(begin_offered)) {
        RUN(HOLDS(STATE, "4"), HOLDS(OWN "state", "ready"),
            DO(fake_store_withhold), DO(fake_store_garble),
            LOGGED("connection lost"), DO(unplug), DO(fake_store_grant),
            LOGGED("vbd/51712: is gone"));
        assert_int_equal(fake_grant_count(), 0);
    }
}

static void begin_without(void)
{
    begin_offered();
    unplug();
}

static void a_device_plugged_meanwhile_is_connected(void **state)
{
    (void)state;
    while (fake_next_way(begin_without)) {
        RUN(HOLDS(OWN "state", "ready"), DO(fake_store_withhold),
            DO(fake_store_garble), LOGGED("connection lost"), DO(plug),
            DO(fake_store_grant), HOLDS(STATE, "4"));
    }
}

/* All in one round of the loop: a vCPU is ordered up, a command relies on that,
 * and a device comes. */
#define ADDRESS(number)                                                        \
    "{\"when\": \"now\", \"action\": \"address\", "                            \
    "\"device\": \"vif/" #number "\", \"ip\": \"192.0.2.2\"}"
#define ANSWER(number, rest)                                                   \
    HOLDS(OWN "reply", "{\"seq\": " #number ", \"result\": " rest "}")

static void addresses_have_as_many_places_as_devices(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        RUN(WRITE(DATA, ADDRESS(0)), ANSWER(1, "\"done\""),
            WRITE(DATA, ADDRESS(1)), WRITE(DATA, ADDRESS(2)),
            WRITE(DATA, ADDRESS(3)), WRITE(DATA, ADDRESS(4)),
            WRITE(DATA, ADDRESS(5)), WRITE(DATA, ADDRESS(6)),
            WRITE(DATA, ADDRESS(7)), ANSWER(8, "\"done\""),
            WRITE(DATA, ADDRESS(8)),
            ANSWER(9, "\"failed\", "
                      "\"error\": \"there is no room for another address\""),
            WRITE(DATA, ADDRESS(7)), ANSWER(10, "\"done\""));
    }
}

static void order_up(void)
{
    fake_store_write("cpu/1/availability", "online");
    fake_store_write(DATA, "{\"when\": \"now\", \"action\": \"busy\", "
                           "\"vcpu\": 1, \"seconds\": 1}");
    plug();
}

static void begin_with_two_vcpus(void)
{
    begin();
    fake_arch.vcpu_count = 2;
    fake_store_write("cpu/1/availability", "offline");
}

static void a_vcpu_is_up_before_it_is_busy(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_two_vcpus)) {
        RUN(DO(order_up), HOLDS(OWN "state", "busy"), WAIT(1100),
            LOGGED("busy is over: done"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_made_anew_is_no_device),
        cmocka_unit_test(a_state_lost_with_the_connection_is_published_again),
        cmocka_unit_test(addresses_have_as_many_places_as_devices),
        cmocka_unit_test(a_disk_is_connected_at_boot),
        cmocka_unit_test(a_disk_may_come_later),
        cmocka_unit_test(a_written_disk_is_verified),
        cmocka_unit_test(a_request_is_obeyed_while_a_disk_works),
        cmocka_unit_test(a_disk_works_on_after_a_resume),
        cmocka_unit_test(a_cancelled_suspend_leaves_devices_alone),
        cmocka_unit_test(a_mode_may_be_set_on_the_command_line),
        cmocka_unit_test(close_late_waits_without_waking_up),
        cmocka_unit_test(close_late_does_not_count_a_cancelled_suspend),
        cmocka_unit_test(a_disk_works_without_the_store),
        cmocka_unit_test(a_device_unplugged_meanwhile_is_gone),
        cmocka_unit_test(a_device_plugged_meanwhile_is_connected),
        cmocka_unit_test(a_vcpu_is_up_before_it_is_busy),
    };

    return cmocka_run_group_tests_name("kernel_devices", tests, NULL, NULL);
}
