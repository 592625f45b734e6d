/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of devices: a store, a backend, and a guest that consists
 * of xenbus.
 */
#ifndef TESTS_UNIT_DEVICES_H
#define TESTS_UNIT_DEVICES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <xen/xen.h>

#include <xen/io/xenbus.h>

#include "drivers/blkfront.h"
#include "drivers/grant.h"
#include "drivers/lend.h"
#include "drivers/netfront.h"
#include "drivers/xenbus.h"
#include "drivers/xenstore.h"
#include "lib/error.h"
#include "tests/fake/arch.h"
#include "tests/fake/backend.h"
#include "tests/fake/log.h"
#include "tests/fake/store.h"

#define DISK     "vbd", 51712
#define NETWORK  "vif", 0
#define FIRST    4 /* of the numbers of xenbus's watches */
#define ANNOUNCE "device/vbd/51712"

/* All frontends, and the number of the device that the tests give to each. */
static const struct xenbus_driver *const drivers[] = {
    &blkfront_driver,
    &netfront_driver,
};
static const uint32_t numbers[ARRAY_COUNT(drivers)] = {51712, 0};

/* Do all pending work until nothing is left. */
static inline void settle(void)
{
    unsigned int watch;

    do {
        while (fake_step())
            ;
        xenstore_receive();
        while (xenstore_next_event(&watch))
            xenbus_event(watch);
    } while (xenbus_run() || fake_step() || xenstore_has_event());
}

/* Do what a boot or a resume does. */
static inline void begin(void)
{
    struct xenstore_request start[2];

    xenbus_watch(FIRST, &start[0]);
    xenbus_list(&start[1]);
    (void)xenstore_exchange(start, 2);
    xenbus_listed(&start[1]);
    settle();
}

static inline struct xenbus_device *disk_device(void)
{
    return xenbus_find(&blkfront_driver, 51712);
}

static inline struct xenbus_device *network_device(void)
{
    return xenbus_find(&netfront_driver, 0);
}

static inline void switch_on(void)
{
    struct boot_ring ring;

    xenbus_start(drivers, ARRAY_COUNT(drivers), arch_time_ns);
    fake_arch_start();
    fake_log_start();
    ring = fake_store_start(0);
    xenstore_start(&ring);
    fake_store.after = fake_backend_observe;
}

/* Ports, grants and the store's ring are new; devices are not started yet. */
static inline void enter_new_domain(void)
{
    struct boot_ring ring;

    fake_arch_renew();
    ring = fake_store_renew(20, 0);
    xenstore_start(&ring);
    grant_forget();
    xenbus_forget();
}

/* Leave nothing of this test for the next. */
static inline void switch_off(void)
{
    xenbus_forget();
    grant_forget();
    fake_backend.type = NULL;
    switch_on();
    begin();
    for (size_t i = 0; i < ARRAY_COUNT(drivers); i++)
        assert_int_equal(
            xenbus_set_mode(drivers[i], numbers[i], XENBUS_OBEY, 0), 0);
}

static inline int set_up(void **state)
{
    (void)state;
    switch_on();
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    switch_off();
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
