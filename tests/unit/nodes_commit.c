/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/nodes: acknowledgements and publications, while others write
 * to the same nodes.
 */
#include "tests/fake/tree.h"
#include "tests/unit/nodes.h"

/* --- commit -------------------------------------------------------------- */

static const struct acknowledgement none = {.wanted = false};
static const struct acknowledgement empty = {.wanted = true, .how = ACK_WRITE};
static const struct acknowledgement again = {
    .wanted = true, .again = true, .how = ACK_WRITE};
static const struct acknowledgement needed = {
    .wanted = true, .needed = true, .how = ACK_WRITE};
static const struct acknowledgement removal = {.wanted = true,
                                               .how = ACK_DELETE};
static const struct acknowledgement word = {
    .wanted = true, .how = ACK_WRITE, .text = {"seen", 4}};

static const unsigned int one_request[COUNTER_COUNT] = {[COUNTER_REQUESTS] = 1};
static const struct publication stopping = {
    .state = STATE_STOPPING,
    .counters = one_request,
    .answer = "",
};

static enum acknowledged commit(const struct acknowledgement *acknowledgement,
                                const struct publication *publication)
{
    struct acknowledgement of_poweroff = *acknowledgement;

    of_poweroff.node = NODE_SHUTDOWN;
    of_poweroff.message = TEXT("poweroff");
    return publish_commit(&of_poweroff, publication, &message);
}

static void an_acknowledgement_is_written(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        fake_store_write(SHUTDOWN, "poweroff");
        assert_int_equal(commit(&empty, &stopping), ACKNOWLEDGED);
        assert_true(fake_store_holds(SHUTDOWN, ""));
        assert_true(fake_store_holds(OWN "state", "stopping"));
        assert_true(fake_store_holds(OWN "requests", "1"));
        assert_int_equal(fake_log_count(), 0);
    }
}

static void acknowledgement_and_publication_are_one_transaction(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    assert_int_equal(commit(&word, &stopping), ACKNOWLEDGED);
    assert_string_equal(requests, "start \n"
                                  "+read " SHUTDOWN "\n"
                                  "+write " SHUTDOWN "=seen\n"
                                  "+write " OWN "requests=1\n"
                                  "+write " OWN "state=stopping\n"
                                  "+end T\n");
    assert_int_equal(NOTIFIED, 3);
}

/* The read begins the transaction: only two round trips after that. */
static void a_message_brings_its_transaction(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        assert_arrives(NODE_SHUTDOWN, "poweroff");
        assert_int_equal(commit(&word, &stopping), ACKNOWLEDGED);
        assert_string_equal(requests, "read " SHUTDOWN "\n"
                                      "start \n"
                                      "+read " SHUTDOWN "\n"
                                      "+write " SHUTDOWN "=seen\n"
                                      "+write " OWN "requests=1\n"
                                      "+write " OWN "state=stopping\n"
                                      "+end T\n");
    }
}

static void a_transaction_that_is_not_needed_is_ended(void **state)
{
    (void)state;
    assert_arrives(NODE_SHUTDOWN, "poweroff");
    (void)commit(&none, &ready);
    assert_string_equal(requests, "read " SHUTDOWN "\n"
                                  "start \n"
                                  "+end F\n");
}

/* The event of the VM's own write is not going to be acknowledged. */
static void an_event_of_our_own_write_begins_no_transaction(void **state)
{
    (void)state;
    assert_arrives(NODE_SHUTDOWN, "poweroff");
    assert_int_equal(commit(&word, &ready), ACKNOWLEDGED);
    requests[0] = '\0';
    settle();
    assert_message(NODE_SHUTDOWN, "seen");
    assert_string_equal(requests, "read " SHUTDOWN "\n");

    /* The next event is of somebody else's write again. */
    requests[0] = '\0';
    assert_arrives(NODE_SHUTDOWN, "reboot");
    assert_string_equal(requests, "read " SHUTDOWN "\n"
                                  "start \n");
}

static void a_node_can_be_removed_instead(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    assert_int_equal(commit(&removal, &stopping), ACKNOWLEDGED);
    assert_true(fake_store_holds(SHUTDOWN, NULL));
    assert_true(fake_store_holds(OWN "state", "stopping"));
}

static void without_an_acknowledgement_the_message_stays(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    (void)commit(&none, &stopping);
    assert_true(fake_store_holds(SHUTDOWN, "poweroff"));
    assert_string_equal(requests, "write " OWN "requests=1\n"
                                  "write " OWN "state=stopping\n");
    assert_int_equal(NOTIFIED, 1);
}

static void only_what_changed_is_written(void **state)
{
    unsigned int counters[COUNTER_COUNT] = {[COUNTER_COMMANDS] = 1};
    struct publication now = {
        .state = STATE_ARMED, .counters = counters, .answer = "{}"};

    (void)state;
    (void)commit(&none, &now);
    counters[COUNTER_REFUSED] = 4294967295;
    now.answer = "";
    (void)commit(&none, &now);
    assert_string_equal(requests, "write " OWN "commands=1\n"
                                  "write " OWN "reply={}\n"
                                  "write " OWN "state=armed\n"
                                  "write " OWN "refused=4294967295\n");
}

static void without_a_change_there_is_no_request(void **state)
{
    (void)state;
    (void)commit(&none, &ready);
    assert_string_equal(requests, "");
    assert_int_equal(NOTIFIED, 0);
}

static void the_same_answer_is_written_each_time(void **state)
{
    const struct publication answer = {
        .state = STATE_READY, .counters = no_counters, .answer = "{}"};

    (void)state;
    (void)commit(&none, &answer);
    (void)commit(&none, &answer);
    assert_string_equal(requests, "write " OWN "reply={}\n"
                                  "write " OWN "reply={}\n");
}

static void a_refusal_is_logged_and_the_rest_published(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    fake_store_read_only(SHUTDOWN);
    assert_int_equal(commit(&empty, &stopping), ACKNOWLEDGE_REFUSED);
    assert_true(fake_store_holds(SHUTDOWN, "poweroff"));
    assert_true(fake_store_holds(OWN "state", "stopping"));
    assert_int_equal(fake_log_count(), 1);
    assert_int_equal(
        fake_log_with("control/shutdown cannot be acknowledged: EACCES"), 1);
}

static void a_refusal_of_another_try_is_not_logged(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    fake_store_read_only(SHUTDOWN);
    assert_int_equal(commit(&again, &stopping), ACKNOWLEDGE_REFUSED);
    assert_int_equal(fake_log_count(), 0);
}

static void a_refused_publication_does_not_spoil_the_rest(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    fake_store_read_only(OWN "requests");
    assert_int_equal(commit(&empty, &stopping), ACKNOWLEDGED);
    assert_true(fake_store_holds(SHUTDOWN, ""));
    assert_true(fake_store_holds(OWN "state", "stopping"));
    assert_int_equal(fake_log_count(), 1);
    assert_int_equal(fake_log_with(OWN "requests cannot be published: EACCES"),
                     1);
}

/* --- others write too ---------------------------------------------------- */

static unsigned int interfere_type, interfere_count;
static const char *interfere_value;

/* Somebody else writes or removes the node just before such a request. */
static void interfere(const struct fake_request *request)
{
    note(request);
    if (request->type != interfere_type || interfere_count == 0)
        return;
    interfere_count--;
    if (interfere_value)
        fake_store_write(SHUTDOWN, interfere_value);
    else
        fake_store_remove(SHUTDOWN);
}

static void interfere_before(unsigned int type, unsigned int count,
                             const char *value)
{
    fake_store_write(SHUTDOWN, "poweroff");
    interfere_type = type;
    interfere_count = count;
    interfere_value = value;
    fake_store.before = interfere;
}

static void assert_left_alone(const char *value)
{
    assert_int_equal(commit(&empty, &stopping), ACKNOWLEDGE_LATE);
    assert_true(fake_store_holds(SHUTDOWN, value));
    assert_true(fake_store_holds(OWN "state", "stopping"));
    assert_int_equal(fake_log_count(), 1);
    assert_int_equal(
        fake_log_with("holds something else by now: left as it is"), 1);
}

static void a_newer_message_is_left_alone(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        interfere_before(XS_TRANSACTION_START, 1, "reboot");
        assert_left_alone("reboot");
    }
}

static void a_node_that_is_gone_is_left_alone(void **state)
{
    (void)state;
    interfere_before(XS_TRANSACTION_START, 1, NULL);
    assert_left_alone(NULL);
}

static void a_longer_message_is_a_newer_one(void **state)
{
    (void)state;
    interfere_before(XS_TRANSACTION_START, 1, "poweroff!");
    assert_left_alone("poweroff!");
}

static void a_newer_message_before_the_commit_is_left_alone(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        interfere_before(XS_TRANSACTION_END, 1, "reboot");
        assert_left_alone("reboot");
    }
}

static void a_newer_message_has_its_event(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        interfere_before(XS_TRANSACTION_END, 1, "reboot");
        assert_left_alone("reboot");
        settle();
        assert_message(NODE_SHUTDOWN, "reboot");
    }
}

/* Nothing was published. The new decision is published later. */
static void assert_withdrawn(const char *value)
{
    assert_int_equal(commit(&needed, &stopping), ACKNOWLEDGE_WITHDRAWN);
    assert_true(fake_store_holds(SHUTDOWN, value));
    assert_true(fake_store_holds(OWN "state", "ready"));
    assert_true(fake_store_holds(OWN "requests", "0"));
    assert_int_equal(fake_log_count(), 0);
}

static void a_needed_message_that_is_gone_was_withdrawn(void **state)
{
    static const unsigned int types[] = {XS_TRANSACTION_START,
                                         XS_TRANSACTION_END};
    static const char *const values[] = {"", NULL, "reboot"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(types) * ARRAY_COUNT(values); i++) {
        while (fake_next_way(begin_booted)) {
            interfere_before(types[i % ARRAY_COUNT(types)], 1,
                             values[i / ARRAY_COUNT(types)]);
            assert_withdrawn(values[i / ARRAY_COUNT(types)]);
        }
    }
}

/* Ending the transaction needs no round trip of its own. */
static void a_withdrawn_transaction_ends_at_the_next_publication(void **state)
{
    (void)state;
    interfere_before(XS_TRANSACTION_START, 1, "");
    assert_withdrawn("");
    requests[0] = '\0';
    (void)commit(&none, &stopping);
    assert_string_equal(requests, "+end F\n"
                                  "write " OWN "requests=1\n"
                                  "write " OWN "state=stopping\n");
}

static void a_refusal_is_not_a_withdrawal(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    fake_store_read_only(SHUTDOWN);
    assert_int_equal(commit(&needed, &stopping), ACKNOWLEDGE_REFUSED);
    assert_true(fake_store_holds(OWN "state", "stopping"));

    /* A conflict without end is no withdrawal either, as long as the message is
     * there. */
    fake_log_start();
    interfere_before(XS_TRANSACTION_END, 100000, "poweroff");
    assert_int_equal(commit(&needed, &ready), ACKNOWLEDGE_REFUSED);
}

static void a_commit_in_conflict_is_tried_again(void **state)
{
    (void)state;
    interfere_before(XS_TRANSACTION_END, 10, "poweroff");
    assert_int_equal(commit(&empty, &stopping), ACKNOWLEDGED);
    assert_true(fake_store_holds(SHUTDOWN, ""));
    assert_true(fake_store_holds(OWN "state", "stopping"));
    assert_int_equal(fake_log_count(), 0);
}

static unsigned int kept_requests;

/* Just before this request of a transaction, a forced live update of the daemon
 * ends all transactions. */
static void lose_transactions(const struct fake_request *request)
{
    note(request);
    if (request->transaction != 0 && kept_requests-- == 0)
        fake_tree_abort();
}

static void a_lost_transaction_is_no_withdrawal(void **state)
{
    (void)state;
    /* The read, the acknowledgement, two of the publication, and the end. */
    for (unsigned int kept = 0; kept < 5; kept++) {
        while (fake_next_way(begin_booted)) {
            assert_arrives(NODE_SHUTDOWN, "poweroff");
            kept_requests = kept;
            fake_store.before = lose_transactions;
            assert_int_equal(commit(&needed, &stopping), ACKNOWLEDGED);
            assert_true(fake_store_holds(SHUTDOWN, ""));
            assert_true(fake_store_holds(OWN "state", "stopping"));
            assert_true(fake_store_holds(OWN "requests", "1"));
            assert_int_equal(fake_log_count(), 0);
        }
    }
}

static void refuse_the_state_once(void)
{
    fake_store.failing_path = OWN "state";
    fake_store.failing_with = "EACCES";
    publish_changes(&stopping, &message);
    fake_store.failing_path = NULL;
    assert_true(fake_store_holds(OWN "state", "ready"));
}

static void a_refused_value_is_written_at_the_next_publication(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        refuse_the_state_once();
        publish_changes(&stopping, &message);
        assert_true(fake_store_holds(OWN "state", "stopping"));
    }
}

/* The writes of a transaction in conflict are not shown. */
static void a_refused_value_is_written_after_a_conflict_too(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        refuse_the_state_once();
        interfere_before(XS_TRANSACTION_END, 1, "poweroff");
        assert_int_equal(commit(&empty, &stopping), ACKNOWLEDGED);
        assert_true(fake_store_holds(OWN "state", "stopping"));
    }
}

static void a_conflict_without_end_is_given_up(void **state)
{
    (void)state;
    interfere_before(XS_TRANSACTION_END, 100000, "poweroff");
    assert_int_equal(commit(&empty, &stopping), ACKNOWLEDGE_REFUSED);
    assert_true(fake_store_holds(SHUTDOWN, "poweroff"));
    assert_true(fake_store_holds(OWN "state", "stopping"));
    assert_int_equal(fake_log_count(), 1);
    assert_int_equal(fake_log_with("cannot be acknowledged: EAGAIN"), 1);
}

static void a_store_without_transactions_is_published_to(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    fake_store.failing_path = "";
    fake_store.failing_with = "ENOSPC";
    assert_int_equal(commit(&empty, &stopping), ACKNOWLEDGE_REFUSED);
    assert_true(fake_store_holds(SHUTDOWN, "poweroff"));
    assert_true(fake_store_holds(OWN "state", "stopping"));
    assert_int_equal(fake_log_count(), 1);
    assert_int_equal(fake_log_with("cannot be acknowledged: ENOSPC"), 1);
}

/* More than a daemon keeps open: each transaction has to end. */
static void no_transaction_is_left_open(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 20; i++) {
        fake_store_write(SHUTDOWN, "poweroff");
        fake_store.failing_path = SHUTDOWN;
        fake_store.failing_with = "EACCES";
        assert_int_equal(commit(&again, &ready), ACKNOWLEDGE_REFUSED);
        fake_store.failing_path = NULL;
        interfere_before(XS_TRANSACTION_END, 1, "reboot");
        assert_int_equal(commit(&empty, &ready), ACKNOWLEDGE_LATE);
    }
}

static void a_lost_connection_is_a_refusal(void **state)
{
    (void)state;
    fake_arch.send_error = -XEN_EINVAL;
    assert_int_equal(commit(&empty, &stopping), ACKNOWLEDGE_REFUSED);
    assert_int_equal(fake_log_with("connection lost"), 1);
    assert_int_equal(fake_log_with("cannot be acknowledged: EIO"), 1);
}

#define BOOT(name) cmocka_unit_test_setup_teardown(name, set_up, fake_end_way)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_acknowledgement_is_written),
        TEST(acknowledgement_and_publication_are_one_transaction),
        TEST(a_message_brings_its_transaction),
        TEST(a_transaction_that_is_not_needed_is_ended),
        TEST(an_event_of_our_own_write_begins_no_transaction),
        TEST(a_node_can_be_removed_instead),
        TEST(without_an_acknowledgement_the_message_stays),
        TEST(only_what_changed_is_written),
        TEST(without_a_change_there_is_no_request),
        TEST(the_same_answer_is_written_each_time),
        TEST(a_refusal_is_logged_and_the_rest_published),
        TEST(a_refusal_of_another_try_is_not_logged),
        TEST(a_refused_publication_does_not_spoil_the_rest),
        TEST(a_newer_message_is_left_alone),
        TEST(a_node_that_is_gone_is_left_alone),
        TEST(a_longer_message_is_a_newer_one),
        TEST(a_newer_message_before_the_commit_is_left_alone),
        TEST(a_newer_message_has_its_event),
        TEST(a_needed_message_that_is_gone_was_withdrawn),
        TEST(a_withdrawn_transaction_ends_at_the_next_publication),
        TEST(a_refusal_is_not_a_withdrawal),
        TEST(a_commit_in_conflict_is_tried_again),
        TEST(a_lost_transaction_is_no_withdrawal),
        TEST(a_refused_value_is_written_at_the_next_publication),
        TEST(a_refused_value_is_written_after_a_conflict_too),
        TEST(a_conflict_without_end_is_given_up),
        TEST(a_store_without_transactions_is_published_to),
        TEST(no_transaction_is_left_open),
        TEST(a_lost_connection_is_a_refusal),
    };

    return cmocka_run_group_tests_name("nodes_commit", tests, NULL, NULL);
}
