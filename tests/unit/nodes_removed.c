/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/nodes: somebody removes what the VM has published.
 */
#include "tests/unit/nodes.h"

#include "tests/fake/tree.h"

/* Let the VM see the events; it has no message. */
static void let_it_notice(void)
{
    settle();
    drain();
    settle();
    drain();
}

static void assert_all_is_published(void)
{
    assert_true(fake_store_holds(OWN "version", XEN_TEST_VM_VERSION));
    assert_true(fake_store_holds(OWN "guest", "pvh"));
    assert_true(fake_store_holds(OWN "requests", "0"));
    assert_true(fake_store_holds(OWN "memory-errors", "0"));
    assert_true(fake_store_holds(OWN "state", "ready"));
    assert_true(
        fake_store_holds("data/os_name", "xen-test-vm " XEN_TEST_VM_VERSION));
    assert_true(fake_store_holds("data/updated", "1"));
    assert_true(fake_store_holds("attr/PVAddons/Installed", "1"));
    assert_true(fake_store_holds("control/feature-suspend", "1"));
}

static void removed_nodes_are_published_again(void **state)
{
    static const char *const paths[] = {"data", "data/xen-test-vm",
                                        OWN "guest"};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_COUNT(paths); i++) {
        while (fake_next_way(begin_booted)) {
            fake_store_remove(paths[i]);
            let_it_notice();
            assert_all_is_published();
            assert_int_equal(fake_log_with("what is published was removed"), 1);
            assert_int_equal(fake_log_count(), 1);
        }
        fake_first_way(begin_booted);
    }
}

/* Remove the nodes after the watched node was written and before the others
 * are. */
static void remove_at_name(const struct fake_request *request)
{
    if (request->type == XS_WRITE &&
        strcmp(request->path, "data/os_name") == 0) {
        fake_store.after = NULL;
        fake_store_remove("data");
    }
}

static void nodes_removed_while_written_are_published_again(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        fake_store.after = remove_at_name;
        start("pvh", &ready);
        let_it_notice();
        assert_all_is_published();
    }
}

/* The events of the VM's own writes cause no write. */
static void publishing_again_comes_to_an_end(void **state)
{
    unsigned int count;

    (void)state;
    while (fake_next_way(begin_booted)) {
        fake_store_remove("data");
        let_it_notice();
        count = fake_store.request_count;
        let_it_notice();
        assert_int_equal(fake_store.request_count, count);
    }
}

/* Somebody else may write the node, or change its permissions. */
static void an_event_alone_is_no_removal(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        fake_store_write(OWN "guest", "other");
        let_it_notice();
        assert_string_equal(requests, "read " OWN "guest\n");
        assert_true(fake_store_holds(OWN "guest", "other"));
    }
}

/* Under xl, a folder that dom0 makes anew belongs to dom0 until it is given to
 * the guest. */
static void a_refused_node_waits_for_a_message(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        fake_store_remove("data");
        fake_store_read_only(OWN "guest");
        let_it_notice();
        assert_true(fake_store_holds(OWN "version", NULL));
        assert_int_equal(fake_log_count(), 1);
        /* The VM asks once, and for that node only. */
        requests[0] = '\0';
        fake_store_write(SHUTDOWN, "reboot");
        settle();
        assert_message(NODE_SHUTDOWN, "reboot");
        assert_string_equal(requests, "write " OWN "guest=pvh\n"
                                      "read " SHUTDOWN "\n"
                                      "start \n");
        fake_store_may_write_all();
        fake_store_write("data/testing", "{}");
        settle();
        assert_message(NODE_DATA_TESTING, "{}");
        assert_all_is_published();
        let_it_notice();
        assert_int_equal(fake_log_count(), 1);
    }
}

/* The VM remembers that the node may be gone. */
static void an_unreadable_node_waits_for_a_message(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        fake_store_remove("data");
        fake_store.failing_type = XS_READ;
        fake_store.failing_with = "E2BIG";
        let_it_notice();
        assert_true(fake_store_holds(OWN "version", NULL));
        fake_store.failing_type = 0;
        fake_store_write("data/testing", "{}");
        settle();
        assert_message(NODE_DATA_TESTING, "{}");
        assert_all_is_published();
    }
}

/* The VM watches it, so it must be there. */
static void a_node_refused_at_the_start_waits_for_a_message(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        fake_store.failing_path = OWN "guest";
        fake_store.failing_with = "EIO";
        start("pvh", &ready);
        fake_store.failing_path = NULL;
        drain();
        assert_arrives(NODE_DATA_TESTING, "{}");
        assert_all_is_published();
    }
}

static void the_newest_state_is_published(void **state)
{
    static const struct publication busy = {
        .state = STATE_BUSY, .counters = no_counters, .answer = "{}"};

    (void)state;
    publish_changes(&busy, &message);
    fake_store_remove("data");
    let_it_notice();
    assert_true(fake_store_holds(OWN "state", "busy"));
    /* There is no answer until the next one, as in a new domain. */
    assert_true(fake_store_holds(OWN "reply", NULL));
}

/* To make room, the VM publishes its state and its answer once more. */
static void a_withdrawn_request_is_not_answered_for_lack_of_room(void **state)
{
    const struct acknowledgement acknowledgement = {
        .wanted = true,
        .needed = true,
        .node = NODE_SHUTDOWN,
        .message = TEXT("poweroff"),
        .how = ACK_WRITE,
        .text = TEXT(""),
    };
    struct message withdrawn = {.node = NODE_SHUTDOWN};

    (void)state;
    fake_store_remove("data");
    fake_store_write("data", "");
    fake_store.node_max = (unsigned int)fake_tree_count() + 8;
    settle();
    drain();
    assert_int_equal(fake_log_with("cannot be published"), 1);
    assert_int_equal(
        publish_commit(
            &acknowledgement,
            &(struct publication){STATE_STOPPING, no_counters, "an answer"},
            &withdrawn),
        ACKNOWLEDGE_WITHDRAWN);
    publish_changes(&ready, &withdrawn);
    assert_true(fake_store_holds(OWN "state", "ready"));
    assert_true(fake_store_holds(OWN "reply", NULL));
}

/* Nodes that were given up for lack of room are not missed; the state is. */
static void a_vm_without_room_publishes_only_its_state_again(void **state)
{
    (void)state;
    fake_store.before = NULL;
    fake_store.node_max = 12;
    publish_changes(
        &(struct publication){STATE_ARMED, no_counters, "no room for this"},
        &message);
    let_it_notice();
    assert_true(fake_store_holds(OWN "guest", NULL));
    assert_true(fake_store_holds(OWN "version", NULL));
    assert_true(fake_store_holds(OWN "state", "armed"));
    fake_store_remove("data");
    let_it_notice();
    assert_true(fake_store_holds(OWN "state", "armed"));
    assert_true(fake_store_holds(OWN "guest", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(removed_nodes_are_published_again),
        TEST(nodes_removed_while_written_are_published_again),
        TEST(publishing_again_comes_to_an_end),
        TEST(an_event_alone_is_no_removal),
        TEST(a_refused_node_waits_for_a_message),
        TEST(an_unreadable_node_waits_for_a_message),
        TEST(a_node_refused_at_the_start_waits_for_a_message),
        TEST(the_newest_state_is_published),
        TEST(a_withdrawn_request_is_not_answered_for_lack_of_room),
        TEST(a_vm_without_room_publishes_only_its_state_again),
    };

    return cmocka_run_group_tests_name("nodes_removed", tests, NULL, NULL);
}
