/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of drivers/xenstore: a store, and the VM's end of it.
 */
#ifndef TESTS_UNIT_XENSTORE_H
#define TESTS_UNIT_XENSTORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/xenstore.h"
#include "lib/error.h"
#include "lib/macros.h"
#include "tests/fake/arch.h"
#include "tests/fake/log.h"
#include "tests/fake/store.h"
#include "tests/fake/ways.h"
#include "tests/unit/settle.h"

#define NOTIFIED fake_arch.notify_count[FAKE_STORE_PORT]

static char big[XENSTORE_PAYLOAD_MAX];

static inline void begin(void)
{
    struct boot_ring ring;

    fake_arch_start();
    fake_shuffle(fake_way.seed);
    ring = fake_store_start(fake_way.index);
    fake_store.most = fake_way.most;
    fake_log_start();
    xenstore_start(&ring);
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i % 251 + i / 251);
}

static inline int set_up(void **state)
{
    (void)state;
    fake_first_way(begin);
    return 0;
}

static inline void assert_reply(const struct xenstore_request *request,
                                const char *expected)
{
    assert_int_equal(request->error, 0);
    assert_int_equal(request->reply_size, strlen(expected));
    assert_memory_equal(request->reply, expected, strlen(expected));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fake_end_way)

#endif
