/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/nodes: the store refuses a part of the start.
 */
#include "tests/unit/nodes.h"

#include "tests/fake/tree.h"

static int set_up(void **state)
{
    (void)state;
    fake_first_way(begin);
    return 0;
}

/* Messages that are in the nodes before the VM starts. */
static void begin_asked(void)
{
    begin();
    fake_store_write(SHUTDOWN, "poweroff");
    fake_store_write("data/testing", "{}");
    fake_store_write("control/testing", "[]");
}

static bool hears_all_that_counts(void)
{
    return fake_store_watches(SHUTDOWN) && fake_store_watches("data/testing") &&
           fake_store_watches("control/testing");
}

/* All three texts come, in any order. */
static void assert_all_is_heard(void)
{
    unsigned int heard = 0;

    settle();
    while (nodes_next_message(&message))
        heard |= message.text.size > 0 ? 1U << message.node : 0;
    assert_int_equal(heard, 1U << NODE_SHUTDOWN | 1U << NODE_DATA_TESTING |
                                1U << NODE_TESTING);
}

/* Start while the store refuses this request. False: there are fewer. */
static bool start_without(unsigned int request, const char *error)
{
    begin_asked();
    fake_store.failing_request = request;
    fake_store.failing_with = error;
    start("pvh", &ready);
    return fake_store.request_count >= request;
}

/* Refuse each single request with each error that a store may have for it. */
static void after_any_refusal_the_published_state_is_true(void **state)
{
    static const char *const errors[] = {"EAGAIN", "ENOSPC", "EQUOTA", "E2BIG",
                                         "EACCES", "ENOMEM", "EIO"};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_COUNT(errors); i++) {
        for (unsigned int k = 1; start_without(k, errors[i]); k++) {
            const char *shown = fake_store_value(OWN "state");

            if (shown)
                assert_string_equal(shown,
                                    hears_all_that_counts() ? "ready" : "deaf");
            if (hears_all_that_counts())
                assert_all_is_heard();
        }
    }
}

/* Refuse the guest's watches from some number on. */
static void the_most_important_nodes_are_watched_first(void **state)
{
    static const struct {
        unsigned int watches;
        const char *state, *unwatched;
    } rows[] = {
        {1, "deaf", "data/testing"},   {2, "deaf", "control/testing"},
        {3, "ready", "control/sysrq"}, {4, "ready", "memory/target"},
        {5, "ready", "device"},
    };

    (void)state;
    for (unsigned int i = 0; i < ARRAY_COUNT(rows); i++) {
        while (fake_next_way(begin)) {
            fake_store.watch_max = rows[i].watches;
            start("pvh", &ready);
            assert_true(fake_store_watches(SHUTDOWN));
            assert_true(fake_store_holds(OWN "state", rows[i].state));
            assert_true(fake_store_holds(OWN "unwatched", rows[i].unwatched));
        }
        fake_first_way(begin);
    }
}

static void a_vm_that_hears_all_names_no_watch(void **state)
{
    (void)state;
    start("pvh", &ready);
    assert_true(fake_store_holds(OWN "unwatched", NULL));
}

static void publish_as(enum state state)
{
    const struct publication news = {
        .state = state, .counters = no_counters, .answer = "{}"};

    publish_changes(&news, &message);
}

/* A deaf VM may still have messages: from its command line, or from before. */
static void a_deaf_vm_is_deaf_until_it_ends(void **state)
{
    (void)state;
    fake_store.watch_max = 1;
    start("pvh", &ready);
    publish_as(STATE_ARMED);
    assert_true(fake_store_holds(OWN "state", "deaf"));
    publish_as(STATE_BUSY);
    assert_true(fake_store_holds(OWN "state", "deaf"));
    publish_as(STATE_STOPPING);
    assert_true(fake_store_holds(OWN "state", "stopping"));
}

/* The store of the new domain may permit more watches. */
static void a_resume_may_bring_hearing_back(void **state)
{
    struct boot_ring ring;

    (void)state;
    fake_store.watch_max = 1;
    start("pvh", &ready);
    fake_store.watch_max = 0;
    ring = fake_store_renew(FAKE_STORE_PORT, 0);
    xenstore_start(&ring);
    start("pvh", &ready);
    assert_true(fake_store_holds(OWN "state", "ready"));
    assert_true(fake_store_holds(OWN "unwatched", NULL));
}

/* However few nodes the store permits, the state is one of them. */
static void a_store_without_room_shows_state_and_answers(void **state)
{
    (void)state;
    for (unsigned int room = 1; room < 40; room++) {
        while (fake_next_way(begin)) {
            fake_store.node_max = fake_tree_count() + room;
            start("pvh", &ready);
            assert_true(fake_store_holds(OWN "state", "ready"));
            publish_as(STATE_ARMED);
            assert_true(fake_store_holds(OWN "state", "armed"));
            assert_true(room == 1 || fake_store_holds(OWN "reply", "{}"));
        }
        fake_first_way(begin);
    }
}

/* Nodes that do not fit are asked for once only. */
static void room_is_made_once(void **state)
{
    (void)state;
    fake_store.node_max = fake_tree_count() + 2;
    start("pvh", &ready);
    publish_as(STATE_ARMED);
    requests[0] = '\0';
    fake_store.before = note;
    publish_as(STATE_READY);
    assert_string_equal(requests, "write " OWN "reply={}\n"
                                  "write " OWN "state=ready\n");
}

#define BOOT(name) cmocka_unit_test_setup_teardown(name, set_up, fake_end_way)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOT(after_any_refusal_the_published_state_is_true),
        BOOT(the_most_important_nodes_are_watched_first),
        BOOT(a_vm_that_hears_all_names_no_watch),
        BOOT(a_deaf_vm_is_deaf_until_it_ends),
        BOOT(a_resume_may_bring_hearing_back),
        BOOT(a_store_without_room_shows_state_and_answers),
        BOOT(room_is_made_once),
    };

    return cmocka_run_group_tests_name("nodes_refused", tests, NULL, NULL);
}
