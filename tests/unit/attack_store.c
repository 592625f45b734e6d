/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/attack_store: each attack tries what it was told, gives
 * everything back, and says what came back.
 */
#include <stdio.h>

#include "tests/fake/tree.h"
#include "tests/unit/attack.h"
#include "tests/unit/xenstore.h"

#define FOLDER "data/xen-test-vm/attack"
#define FIRST  ATTACK_STORE_WATCHES
#define LAST   ATTACK_STORE_LIES

static void order_on_store(enum attack_mode mode, uint32_t tries,
                           uint32_t seconds)
{
    order(mode, tries, seconds);
    fake_store_write("domid", "7");
    fake_store_write("control/shutdown", "");
    fake_store.offended = FAKE_STORE_FORGIVES;
}

static void assert_ends(const char *detail)
{
    run_through();
    assert_null(outcome.error);
    assert_string_equal(outcome.detail, detail);
}

/* The store holds two nodes of the tests, and nothing of the attack. */
static void assert_given_back(void)
{
    assert_int_equal(fake_store_watch_count(), 0);
    assert_false(fake_tree_busy());
    assert_true(fake_store_holds(FOLDER, NULL));
    assert_true(fake_store_holds("control/shutdown", ""));
    assert_int_equal(fake_tree_count(), 2);
}

/* --- all of them -----------------------------------------------------------*/

static void each_gives_everything_back(void **state)
{
    (void)state;
    for (enum attack_mode mode = FIRST; mode <= LAST; mode++) {
        for (uint32_t tries = 1; tries < 40; tries += 7) {
            begin();
            order_on_store(mode, tries, 0);
            run_through();
            assert_null(outcome.error);
            assert_given_back();
        }
    }
}

static void however_slow_the_store_is(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        order_on_store(FIRST + fake_way.seed % (LAST - FIRST + 1), 20, 0);
        run_through();
        assert_null(outcome.error);
        assert_given_back();
    }
}

static void a_slice_is_short(void **state)
{
    (void)state;
    for (enum attack_mode mode = FIRST; mode <= LAST; mode++) {
        begin();
        order_on_store(mode, 30, 0);
        for (bool more = true; more;) {
            const unsigned int before = fake_store.request_count;

            more = run(NOW);
            assert_true(fake_store.request_count - before <= 12);
        }
    }
}

/* A command that replaces it cannot wait. */
static void each_gives_everything_back_at_once(void **state)
{
    (void)state;
    for (enum attack_mode mode = FIRST; mode <= LAST; mode++) {
        for (unsigned int slices = 0; slices < 4; slices++) {
            begin();
            order_on_store(mode, 40, 0);
            for (unsigned int n = 0; n < slices; n++)
                assert_true(run(NOW));
            attack_forget();
            assert_given_back();
        }
    }
}

static void each_that_is_stopped_gives_everything_back(void **state)
{
    (void)state;
    for (enum attack_mode mode = FIRST; mode <= LAST; mode++) {
        for (unsigned int slices = 0; slices < 4; slices++) {
            begin();
            order_on_store(mode, 40, UINT32_MAX);
            for (unsigned int n = 0; n < slices; n++)
                assert_true(run(NOW));
            attack_stop();
            run_through();
            assert_null(outcome.error);
            assert_non_null(strstr(outcome.detail, "\"tried\": "));
            assert_given_back();
        }
    }
}

static void what_it_has_is_held_for_some_seconds(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_NODES, 3, 10);
    run_to_hold(NOW + 10 * NS_PER_S);
    assert_true(run(NOW + 10 * NS_PER_S - 1));
    assert_true(fake_store_holds(FOLDER "/0/2", ""));
    assert_int_equal(wake_ns, NOW + 10 * NS_PER_S);
    assert_false(run(NOW + 10 * NS_PER_S));
    assert_null(outcome.error);
    assert_string_equal(outcome.detail, "\"tried\": 3, \"refused\": 0");
    assert_given_back();
}

/* --- each of them ----------------------------------------------------------*/

static void watches_have_tokens_of_their_own(void **state)
{
    unsigned int watch;

    (void)state;
    order_on_store(ATTACK_STORE_WATCHES, 20, 1);
    run_to_hold(NOW + NS_PER_S);
    assert_int_equal(fake_store_watch_count(), 20);
    assert_true(fake_store_watches(FOLDER));
    /* The driver passes none of their events on. */
    fake_store_write(FOLDER, "x");
    xenstore_receive();
    assert_false(xenstore_next_event(&watch));
    fake_store.watch_max = 5;
    attack_forget();
    order_on_store(ATTACK_STORE_WATCHES, 20, 0);
    assert_ends("\"tried\": 20, \"refused\": 15, \"last_error\": \"EQUOTA\"");
    assert_given_back();
}

/* The fake store permits four. */
static void transactions_leave_room_for_one(void **state)
{
    char number[XENSTORE_NUMBER_SIZE];
    struct xenstore_request start =
        xenstore_transaction_start(number, sizeof(number));

    (void)state;
    order_on_store(ATTACK_STORE_TRANSACTIONS, 20, 1);
    while (wake_ns != NOW + NS_PER_S) {
        assert_true(run(NOW));
        assert_true(fake_tree_busy());
        assert_int_equal(xenstore_exchange(&start, 1), 0);
        fake_tree_end(xenstore_transaction_of(&start), false);
    }
    run_through_at(NOW + NS_PER_S);
    assert_null(outcome.error);
    assert_string_equal(outcome.detail, "\"tried\": 20, \"refused\": 14, "
                                        "\"last_error\": \"ENOSPC\"");
    assert_given_back();
}

static unsigned int started, ended;

/* A store that permits any number of transactions. */
static void count_transactions(const struct fake_request *request)
{
    started += request->type == XS_TRANSACTION_START;
    ended += request->type == XS_TRANSACTION_END;
    fake_tree_abort();
}

static void no_more_transactions_than_can_be_remembered(void **state)
{
    (void)state;
    started = ended = 0;
    order_on_store(ATTACK_STORE_TRANSACTIONS, 1000000, 0);
    fake_store.before = count_transactions;
    assert_ends("\"tried\": 64, \"refused\": 0");
    assert_int_equal(started, 64);
    assert_int_equal(ended, 64);
}

static void nodes_are_side_by_side(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_NODES, 100, 1);
    run_to_hold(NOW + NS_PER_S);
    assert_int_equal(fake_tree_count(), 103);
    assert_true(fake_store_holds(FOLDER "/0/0", ""));
    assert_true(fake_store_holds(FOLDER "/0/99", ""));
    assert_false(fake_store_holds(FOLDER "/0/100", ""));
    attack_forget();
    fake_store.node_max = 10;
    order_on_store(ATTACK_STORE_NODES, 100, 0);
    assert_ends("\"tried\": 100, \"refused\": 93, \"last_error\": \"EQUOTA\"");
    assert_given_back();
}

static void a_path_is_as_deep_as_the_store_permits(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_DEEP, 9, 1);
    run_to_hold(NOW + NS_PER_S);
    assert_true(fake_store_holds(FOLDER "/d/d/d/d/d/d/d/d/d", ""));
    assert_int_equal(fake_tree_count(), 12);
    attack_forget();
    /* 200 bytes are permitted, and a path may have 2048. */
    order_on_store(ATTACK_STORE_DEEP, 1000000, 0);
    for (unsigned int slices = 0; run(NOW); slices++)
        assert_true(slices < 1100);
    assert_string_equal(outcome.detail, "\"tried\": 1012, \"refused\": 924, "
                                        "\"last_error\": \"EINVAL\"");
    assert_given_back();
}

static size_t largest, smallest;

static void measure(const struct fake_request *request)
{
    const size_t size = strlen(request->path) + 1 + request->value.size;

    if (request->type != XS_WRITE || !strchr(request->path + 18, '/'))
        return;
    largest = MAX(largest, size);
    smallest = MIN(smallest, size);
}

static void large_nodes_fill_a_message(void **state)
{
    (void)state;
    largest = 0;
    smallest = SIZE_MAX;
    order_on_store(ATTACK_STORE_LARGE, 20, 0);
    fake_store.before = measure;
    assert_ends("\"tried\": 20, \"refused\": 0");
    assert_int_equal(largest, 4096);
    assert_true(smallest < 2048);
    assert_given_back();
}

static const char *request_of_toolstack;

/* The toolstack writes while the transaction is open. */
static void meddle(const struct fake_request *request)
{
    if (request->type != XS_TRANSACTION_END || !request_of_toolstack)
        return;
    fake_store_write("control/shutdown", request_of_toolstack);
    request_of_toolstack = NULL;
}

static void a_conflict_never_takes_a_request_away(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_CONFLICTS, 10, 0);
    assert_ends("\"tried\": 10, \"refused\": 0");
    assert_given_back();
    order_on_store(ATTACK_STORE_CONFLICTS, 10, 0);
    fake_store.before = meddle;
    request_of_toolstack = "poweroff";
    run_through();
    assert_string_equal(outcome.detail, "\"tried\": 10, \"refused\": 1, "
                                        "\"last_error\": \"EAGAIN\"");
    assert_true(fake_store_holds("control/shutdown", "poweroff"));
    assert_false(fake_tree_busy());
}

static void an_absent_node_of_requests_stays_absent(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_CONFLICTS, 3, 0);
    fake_store_remove("control/shutdown");
    assert_ends("\"tried\": 3, \"refused\": 3, \"last_error\": \"ENOENT\"");
    assert_true(fake_store_holds("control/shutdown", NULL));
}

/* Nothing is written outside of a transaction. */
static void garble_numbers(const struct fake_request *request)
{
    assert_true(request->type != XS_WRITE ||
                strcmp(request->path, "control/shutdown") != 0);
    if (request->type == XS_TRANSACTION_START)
        fake_store_say(XS_TRANSACTION_START, request->id, TEXT("no number"));
}

static void a_transaction_without_a_number_is_none(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_CONFLICTS, 3, 0);
    fake_store.before = garble_numbers;
    run_through();
    assert_string_equal(outcome.detail, "\"tried\": 3, \"refused\": 3, "
                                        "\"last_error\": \"EIO\"");
}

static void a_spy_watches_what_is_not_its_own(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_SPY, 8, 1);
    run_to_hold(NOW + NS_PER_S);
    assert_int_equal(fake_store_watch_count(), 8);
    assert_true(fake_store_watches("@introduceDomain"));
    assert_true(fake_store_watches("/"));
    assert_true(fake_store_watches("/local/domain/0"));
    assert_true(fake_store_watches("/local/domain/6"));
    attack_forget();
    order_on_store(ATTACK_STORE_SPY, 8, 0);
    fake_store.failing_path = "@releaseDomain";
    fake_store.failing_with = "EACCES";
    assert_ends("\"tried\": 8, \"refused\": 1, \"last_error\": \"EACCES\"");
    assert_given_back();
}

static char permitted[4][32];
static unsigned int permissions;

static void note_permissions(const struct fake_request *request)
{
    if (request->type != XS_SET_PERMS)
        return;
    assert_string_equal(request->path, FOLDER);
    assert_true(permissions < 4);
    for (size_t i = 0; i < request->value.size; i++)
        permitted[permissions][i] = MAX(request->value.bytes[i], ' ');
    permissions++;
}

static void permissions_are_given_and_taken_back(void **state)
{
    (void)state;
    permissions = 0;
    order_on_store(ATTACK_STORE_PERMISSIONS, 4, 0);
    fake_store.before = note_permissions;
    assert_ends("\"tried\": 4, \"refused\": 1, \"last_error\": \"EPERM\"");
    assert_string_equal(permitted[0], "n7 r6 ");
    assert_string_equal(permitted[1], "n7 ");
    assert_string_equal(permitted[2], "n6 ");
    assert_string_equal(permitted[3], "n7 ");
    assert_given_back();
}

static void bytes_are_no_text(void **state)
{
    char bytes[256];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i + 1);
    order_on_store(ATTACK_STORE_BYTES, 9, 1);
    run_to_hold(NOW + NS_PER_S);
    assert_non_null(fake_store_value(FOLDER "/0/0"));
    assert_memory_equal(fake_store_value("attr/attack/0/1"), bytes, 256);
    assert_non_null(fake_store_value("control/attack/0/8"));
    assert_false(text_is_utf8((struct text){bytes, sizeof(bytes)}));
    attack_forget();
    assert_given_back();
}

static unsigned int requests_when_late;

/* Called whenever the guest asks for the time, also while it is late. */
static void note_requests(void)
{
    if (fake_arch.time_ns == 0 && !fake_step())
        requests_when_late = fake_store.request_count;
}

/* A store that was sent half a message waits for the rest. */
static void half_a_message_is_sent_late(void **state)
{
    (void)state;
    fake_arch.time_ns = 0;
    order_on_store(ATTACK_STORE_SILENCE, 5, 0);
    fake_arch.when_away = note_requests;
    assert_true(run(NOW));
    fake_arch.when_away = NULL;
    assert_int_equal(fake_arch.time_ns, NS_PER_S / 10);
    /* The first two are those of the folder and of the VM's number. */
    assert_int_equal(requests_when_late, 2);
    assert_int_equal(fake_store.request_count, 3);
    run_through();
    assert_int_equal(fake_arch.time_ns, NS_PER_S / 2);
    assert_string_equal(outcome.detail, "\"tried\": 5, \"refused\": 0");
    assert_given_back();
}

static void replies_are_read_late(void **state)
{
    (void)state;
    fake_arch.time_ns = 0;
    order_on_store(ATTACK_STORE_UNREAD, 20, 0);
    fake_arch.when_away = note_requests;
    assert_true(run(NOW));
    fake_arch.when_away = NULL;
    assert_int_equal(fake_arch.time_ns, NS_PER_S / 10);
    assert_true(requests_when_late > 2);
    run_through();
    assert_int_equal(fake_arch.time_ns, 3 * NS_PER_S / 10);
    assert_string_equal(outcome.detail, "\"tried\": 20, \"refused\": 0");
    assert_given_back();
}

/* The daemon looks while the indices are impossible. */
static void a_store_that_forgives_lies_is_lied_to_again(void **state)
{
    (void)state;
    fake_arch.time_ns = 0;
    order_on_store(ATTACK_STORE_LIES, 3, 0);
    fake_arch.when_away = note_requests;
    assert_ends("\"tried\": 3, \"refused\": 0");
    fake_arch.when_away = NULL;
    assert_int_equal(fake_arch.time_ns, 3 * NS_PER_S / 10);
    assert_given_back();
}

/* A new connection is asked for, if there is an offer, and not waited for. */
static void lies_can_cost_the_connection(void **state)
{
    (void)state;
    for (unsigned int offers = 0; offers < 2; offers++) {
        begin();
        if (offers)
            fake_store_offer();
        fake_arch.time_ns = 0;
        order_on_store(ATTACK_STORE_LIES, 3, 1000);
        fake_store.offended = FAKE_STORE_TURNS_DEAF;
        fake_arch.when_away = note_requests;
        (void)run(NOW);
        fake_arch.when_away = NULL;
        assert_int_equal(fake_arch.time_ns, NS_PER_S / 10 + 10 * NS_PER_S);
        assert_false(xenstore_is_usable());
        assert_int_equal(xenstore_may_return(), offers);
        assert_non_null(strstr(fake_log_last(), "impossible ring indices"));
        assert_false(run(NOW));
        assert_string_equal(outcome.error, "EIO");
    }
}

/* The VM was paused, and sees the answer only when its patience is over. */
static void answer_before_a_pause(void)
{
    fake_store.silent = false;
    fake_store_wake();
    fake_arch.time_ns += 60 * NS_PER_S;
}

static void an_answer_that_is_seen_late_is_taken(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_LIES, 2, 0);
    assert_true(run(NOW));
    fake_store.silent = true;
    fake_arch.when_stuck = answer_before_a_pause;
    fake_arch.act_ns = fake_arch.time_ns + 9 * NS_PER_S;
    assert_ends("\"tried\": 2, \"refused\": 0");
    assert_given_back();
}

static void pause_in_a_lie(void)
{
    const struct xenstore_domain_interface *page = fake_store_page;

    if (page->req_prod - page->req_cons <= XENSTORE_RING_SIZE)
        return;
    assert_true(page->rsp_prod - page->rsp_cons > XENSTORE_RING_SIZE);
    fake_arch.when_away = NULL;
    fake_arch.time_ns += 60 * NS_PER_S;
}

static void the_daemon_has_its_time_after_a_pause(void **state)
{
    char number[XENSTORE_NUMBER_SIZE];
    struct xenstore_request read =
        xenstore_read(0, "domid", number, sizeof(number));

    (void)state;
    fake_store_write("domid", "7");
    xenstore_be_late(XENSTORE_LYING, NS_PER_S);
    fake_store.offended = FAKE_STORE_FORGIVES;
    fake_arch.when_away = pause_in_a_lie;
    assert_int_equal(xenstore_exchange(&read, 1), 0);
    assert_null(fake_arch.when_away);
}

/* It was lost when the exchange began that was to be late. */
static void a_new_connection_is_used_in_time(void **state)
{
    char number[XENSTORE_NUMBER_SIZE];
    struct xenstore_request read =
        xenstore_read(0, "domid", number, sizeof(number));

    (void)state;
    for (enum attack_mode mode = ATTACK_STORE_UNREAD; mode <= LAST; mode++) {
        begin();
        fake_store_offer();
        order_on_store(mode, 3, 0);
        fake_store_garble();
        (void)run(NOW);
        assert_false(xenstore_is_usable());
        while (!xenstore_renewed())
            settle();
        fake_arch.time_ns = 0;
        assert_int_equal(xenstore_exchange(&read, 1), 0);
        assert_int_equal(fake_arch.time_ns, 0);
    }
}

static void wrong_messages_are_refused(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_WRONG, 40, 0);
    run_through();
    assert_null(outcome.error);
    assert_non_null(strstr(outcome.detail, "\"tried\": 40, \"refused\": 40"));
    assert_given_back();
}

/* --- a store that does not give back ---------------------------------------*/

static void what_cannot_be_given_back_is_said(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_NODES, 3, 1);
    run_to_hold(NOW + NS_PER_S);
    fake_store.failing_type = XS_RM;
    fake_store.failing_with = "EACCES";
    run_through_at(NOW + NS_PER_S);
    assert_string_equal(outcome.error, "EACCES");
    assert_string_equal(outcome.detail, "\"tried\": 3, \"refused\": 0");
}

/* Under xl the guest may not write there. */
static void a_folder_that_was_never_made_is_no_failure(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_BYTES, 3, 0);
    fake_store_read_only("control/attack");
    fake_store_read_only("control/attack/0/2");
    assert_ends("\"tried\": 3, \"refused\": 1, \"last_error\": \"EACCES\"");
    assert_given_back();
}

static void a_lost_connection_ends_it(void **state)
{
    (void)state;
    order_on_store(ATTACK_STORE_NODES, 1000, 0);
    assert_true(run(NOW));
    fake_store_garble();
    settle();
    assert_false(run(NOW));
    assert_string_equal(outcome.error, "EIO");
}

static void it_goes_on_with_a_new_connection(void **state)
{
    (void)state;
    fake_store_offer();
    fake_store_withhold();
    order_on_store(ATTACK_STORE_WATCHES, 30, 0);
    assert_true(run(NOW));
    fake_store_garble();
    settle();
    assert_true(run(NOW));
    assert_int_equal(wake_ns, NOW + NS_PER_S);
    fake_store_grant();
    while (!xenstore_renewed())
        settle();
    run_through();
    assert_null(outcome.error);
    assert_given_back();
}

/* --- a new domain ----------------------------------------------------------*/

static void in_a_new_domain_it_goes_on(void **state)
{
    struct boot_ring ring;

    (void)state;
    for (enum attack_mode mode = FIRST; mode <= LAST; mode++) {
        begin();
        order_on_store(mode, 40, 0);
        assert_true(run(NOW));
        ring = fake_store_renew(FAKE_STORE_PORT + 1, 0);
        xenstore_start(&ring);
        fake_store_write("domid", "7");
        fake_store_write("control/shutdown", "");
        attack_renewed();
        run_through();
        assert_null(outcome.error);
        assert_given_back();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_gives_everything_back),
        TEST(however_slow_the_store_is),
        TEST(a_slice_is_short),
        TEST(each_gives_everything_back_at_once),
        TEST(each_that_is_stopped_gives_everything_back),
        TEST(what_it_has_is_held_for_some_seconds),
        TEST(watches_have_tokens_of_their_own),
        TEST(transactions_leave_room_for_one),
        TEST(no_more_transactions_than_can_be_remembered),
        TEST(nodes_are_side_by_side),
        TEST(a_path_is_as_deep_as_the_store_permits),
        TEST(large_nodes_fill_a_message),
        TEST(a_conflict_never_takes_a_request_away),
        TEST(an_absent_node_of_requests_stays_absent),
        TEST(a_transaction_without_a_number_is_none),
        TEST(a_spy_watches_what_is_not_its_own),
        TEST(permissions_are_given_and_taken_back),
        TEST(bytes_are_no_text),
        TEST(half_a_message_is_sent_late),
        TEST(replies_are_read_late),
        TEST(a_store_that_forgives_lies_is_lied_to_again),
        TEST(lies_can_cost_the_connection),
        TEST(an_answer_that_is_seen_late_is_taken),
        TEST(the_daemon_has_its_time_after_a_pause),
        TEST(a_new_connection_is_used_in_time),
        TEST(wrong_messages_are_refused),
        TEST(what_cannot_be_given_back_is_said),
        TEST(a_folder_that_was_never_made_is_no_failure),
        TEST(a_lost_connection_ends_it),
        TEST(it_goes_on_with_a_new_connection),
        TEST(in_a_new_domain_it_goes_on),
    };

    return cmocka_run_group_tests_name("attack_store", tests, NULL, NULL);
}
