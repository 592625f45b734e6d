/* SPDX-License-Identifier: MIT */
/*
 * Shared by the tests of kernel/nodes: a store that others write to as well,
 * and a note of each request of the VM.
 */
#ifndef TESTS_UNIT_NODES_H
#define TESTS_UNIT_NODES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "decide/language.h"
#include "drivers/xenstore.h"
#include "kernel/nodes.h"
#include "lib/error.h"
#include "tests/fake/arch.h"
#include "tests/fake/log.h"
#include "tests/fake/store.h"
#include "tests/fake/ways.h"
#include "tests/unit/settle.h"

#define NOTIFIED fake_arch.notify_count[FAKE_STORE_PORT]
#define SHUTDOWN "control/shutdown"
#define OWN      "data/xen-test-vm/"

/* One line for each request: transaction, type, path, value. */
static char requests[1 << 14];

static inline void note(const struct fake_request *request)
{
    static const char *const names[XS_TYPE_COUNT] = {
        [XS_READ] = "read",
        [XS_WRITE] = "write",
        [XS_RM] = "remove",
        [XS_WATCH] = "watch",
        [XS_TRANSACTION_START] = "start",
        [XS_TRANSACTION_END] = "end"};
    size_t used = strlen(requests);

    snprintf(requests + used, sizeof(requests) - used, "%s%s %s%s%.*s\n",
             request->transaction ? "+" : "", names[request->type],
             request->path, request->value.size ? "=" : "",
             (int)request->value.size, request->value.bytes);
}

static const char *domain;

/* The newest message. */
static struct message message;

/* Take all messages and ignore them. */
static inline void drain(void)
{
    while (nodes_next_message(&message))
        ;
}

static inline void assert_message(enum node expected, const char *expected_text)
{
    assert_true(nodes_next_message(&message));
    assert_int_equal(message.node, expected);
    assert_int_equal(message.text.size, strlen(expected_text));
    assert_memory_equal(message.text.bytes, expected_text, message.text.size);
}

/* Somebody writes to the node; the text is the next message. */
static inline void assert_arrives(enum node node, const char *text)
{
    fake_store_write(node_paths[node], text);
    settle();
    assert_message(node, text);
}

static inline void assert_no_message(void)
{
    assert_false(nodes_next_message(&message));
}

static inline void start(const char *guest, const struct publication *first)
{
    domain = nodes_start(guest, false);
    nodes_introduce(first);
}

static inline void begin(void)
{
    struct boot_ring ring;

    fake_arch_start();
    fake_shuffle(fake_way.seed);
    ring = fake_store_start(fake_way.index);
    fake_store.most = fake_way.most;
    fake_log_start();
    xenstore_start(&ring);
    drain(); /* left by the test before */
    fake_store_write("domid", "7");
    domain = NULL;
}

static const unsigned int no_counters[COUNTER_COUNT];
static const struct publication ready = {
    .state = STATE_READY, .counters = no_counters, .answer = ""};

/* Begin after boot, with an empty log and no requests noted. */
static inline void begin_booted(void)
{
    begin();
    start("pvh", &ready);
    drain();
    fake_arch.notify_count[FAKE_STORE_PORT] = 0;
    fake_arch.wait_count = 0;
    requests[0] = '\0';
    fake_store.before = note;
}

static inline int set_up_booted(void **state)
{
    (void)state;
    fake_first_way(begin_booted);
    return 0;
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up_booted, fake_end_way)

#endif
