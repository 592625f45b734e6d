/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/nodes: messages around a suspend, and publishing after it.
 */
#include "tests/unit/nodes.h"

/* Resume with a fresh store that nobody has written to yet. */
static void renew(void)
{
    struct boot_ring ring;

    fake_arch_renew();
    ring = fake_store_renew(5, 0);
    fake_store_write("domid", "8");
    xenstore_start(&ring);
}

static void start_again(void)
{
    start("pvh", &ready);
}

/* A request is written before the suspend, and held. */
static void hold(const char *request)
{
    fake_store_write(SHUTDOWN, request);
    settle();
    nodes_read_announced();
}

/* --- holding ------------------------------------------------------------- */

static void without_an_event_no_message_is_held(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        nodes_read_announced();
        assert_string_equal(requests, "");
        assert_no_message();
    }
}

static void a_held_message_outlives_the_store(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        hold("poweroff");
        renew();
        assert_message(NODE_SHUTDOWN, "poweroff");
        assert_no_message();
    }
}

static void a_held_message_is_there_after_a_cancel(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        hold("poweroff");
        fake_store_write("control/sysrq", "c");
        settle();
        assert_message(NODE_SHUTDOWN, "poweroff");
        assert_message(NODE_SYSRQ, "c");
        assert_no_message();
    }
}

static void held_messages_keep_their_order(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        fake_store_write("control/sysrq", "c");
        hold("poweroff");
        renew();
        start_again();
        assert_message(NODE_SYSRQ, "c");
        assert_message(NODE_SYSRQ, "");
        assert_message(NODE_SHUTDOWN, "poweroff");
    }
}

static unsigned int left;

static void write_another(const struct fake_request *request)
{
    if (request->type == XS_READ && left > 0) {
        left--;
        fake_store_write("control/sysrq", "c");
        fake_store_write(SHUTDOWN, "reboot");
    }
}

static void a_message_that_comes_meanwhile_is_held(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    settle();
    fake_store.after = write_another;
    left = 5;
    nodes_read_announced();
    assert_int_equal(left, 0);
    renew();
    assert_message(NODE_SHUTDOWN, "reboot");
    assert_message(NODE_SYSRQ, "c");
    assert_no_message();
}

/* Read once, and read again: one message. */
static void a_newer_message_replaces_the_held_one(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        hold("poweroff");
        hold("reboot");
        assert_message(NODE_SHUTDOWN, "reboot");
        assert_no_message();
    }
}

/* Even the largest text, while another node is read. */
static void a_held_text_is_whole(void **state)
{
    static char big[CONTROL_TEXT_MAX + 1];

    (void)state;
    while (fake_next_way(begin_booted)) {
        memset(big, 'x', sizeof(big) - 1);
        fake_store_write("control/testing", big);
        fake_store_write("data/testing", "{}");
        settle();
        nodes_read_announced();
        renew();
        start_again();
        assert_message(NODE_TESTING, big);
    }
}

static unsigned int stuck_count;

static void go_on(void)
{
    fake_store.silent = false;
    fake_wake(FAKE_STORE_PORT);
    stuck_count++;
}

/* The first bytes of an event are there: the VM waits for the rest. */
static void half_a_message_is_waited_for(void **state)
{
    static const char event[] = SHUTDOWN "\0"
                                         "2";
    const struct text payload = {event, sizeof(event)};

    (void)state;
    for (size_t size = 1; size < sizeof(struct xsd_sockmsg) + sizeof(event);
         size++) {
        begin_booted();
        fake_store_write(SHUTDOWN, "poweroff");
        settle();
        drain();
        fake_store_say(XS_WATCH_EVENT, 0, payload);
        fake_store.most = (unsigned int)size;
        assert_true(fake_step());
        fake_store.silent = true;
        fake_arch.when_stuck = go_on;
        stuck_count = 0;
        nodes_read_announced();
        assert_int_equal(stuck_count, 1);
        renew();
        assert_message(NODE_SHUTDOWN, "poweroff");
        assert_no_message();
    }
}

static void a_lost_store_is_not_waited_for(void **state)
{
    (void)state;
    fake_store_write(SHUTDOWN, "poweroff");
    settle();
    fake_arch.send_error = -XEN_EINVAL;
    nodes_read_announced();
    assert_message(NODE_SHUTDOWN, "");
    assert_no_message();
    assert_int_equal(fake_log_with("connection lost"), 1);
}

/* --- a fresh store ------------------------------------------------------- */

static void a_fresh_store_holds_no_messages(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        nodes_read_announced();
        renew();
        start_again();
        for (enum node node = 0; node < NODE_COUNT; node++)
            assert_message(node, "");
        settle();
        assert_no_message();
    }
}

static void a_newer_message_in_the_new_store_is_found(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        hold("poweroff");
        renew();
        fake_store_write(SHUTDOWN, "reboot");
        fake_store_write("control/testing", "{}");
        start_again();
        assert_message(NODE_SHUTDOWN, "reboot");
        assert_message(NODE_TESTING, "{}");
        assert_message(NODE_DATA_TESTING, "");
        assert_message(NODE_SYSRQ, "");
        settle();
        assert_no_message();
    }
}

/* The writer of the held text must learn that the text is gone. */
static void a_held_text_is_followed_by_its_absence(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        hold("mine");
        renew();
        start_again();
        assert_message(NODE_SHUTDOWN, "mine");
        assert_message(NODE_SHUTDOWN, "");
        assert_message(NODE_TESTING, "");
        assert_message(NODE_DATA_TESTING, "");
        assert_message(NODE_SYSRQ, "");
        settle();
        assert_no_message();
    }
}

static void a_text_that_vanishes_before_the_suspend_is_followed(void **state)
{
    (void)state;
    hold("mine");
    fake_store_remove(SHUTDOWN);
    settle();
    nodes_read_announced();
    assert_message(NODE_SHUTDOWN, "mine");
    assert_message(NODE_SHUTDOWN, "");
    assert_no_message();
}

static enum acknowledged acknowledge(const char *text)
{
    const struct acknowledgement needed = {
        .wanted = true,
        .needed = true,
        .node = NODE_SHUTDOWN,
        .message = text_of(text),
        .how = ACK_WRITE,
    };

    return publish_commit(&needed, &ready, &message);
}

/* The node of another domain does not tell: there, the request is obeyed. */
static void a_held_request_was_withdrawn_only_in_its_own_domain(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        hold("mine");
        renew();
        start_again();
        assert_message(NODE_SHUTDOWN, "mine");
        assert_int_equal(acknowledge("mine"), ACKNOWLEDGE_LATE);
        drain();
        assert_arrives(NODE_SHUTDOWN, "ours");
        fake_store_write(SHUTDOWN, "");
        assert_int_equal(acknowledge("ours"), ACKNOWLEDGE_WITHDRAWN);
        publish_changes(&ready, &message);
    }
    hold("mine");
    fake_store_remove(SHUTDOWN);
    assert_message(NODE_SHUTDOWN, "mine");
    assert_int_equal(acknowledge("mine"), ACKNOWLEDGE_WITHDRAWN);
}

/* The VM has seen in the former domain that the text is gone. */
static void a_held_request_may_be_withdrawn_before_the_suspend(void **state)
{
    (void)state;
    while (fake_next_way(begin_booted)) {
        hold("mine");
        fake_store_write(SHUTDOWN, "");
        settle();
        nodes_read_announced();
        renew();
        start_again();
        assert_message(NODE_SHUTDOWN, "mine");
        assert_int_equal(acknowledge("mine"), ACKNOWLEDGE_WITHDRAWN);
        publish_changes(&ready, &message);
        drain();
    }
}

static void everything_is_published_again(void **state)
{
    static const unsigned int counters[COUNTER_COUNT] = {
        [COUNTER_SUSPENDS] = 3, [COUNTER_RESUMES] = 2, [COUNTER_CANCELS] = 1};
    static const char last[] = "write " OWN "state=armed\n";
    const struct publication armed = {
        .state = STATE_ARMED, .counters = counters, .answer = "{}"};

    (void)state;
    while (fake_next_way(begin_booted)) {
        publish_changes(&armed, &message);
        nodes_read_announced();
        renew();
        requests[0] = '\0';
        start("pvh", &armed);
        assert_string_equal(domain, "8");
        assert_string_equal(requests + strlen(requests) - strlen(last), last);
        assert_int_equal(fake_store_watch_count(), NODE_COUNT + 3);
        assert_true(fake_store_holds("control/feature-suspend", "1"));
        assert_true(fake_store_holds(OWN "version", XEN_TEST_VM_VERSION));
        assert_true(fake_store_holds(OWN "suspends", "3"));
        assert_true(fake_store_holds(OWN "resumes", "2"));
        assert_true(fake_store_holds(OWN "cancels", "1"));
        assert_true(fake_store_holds(OWN "memory-errors", "0"));
        assert_true(fake_store_holds(OWN "reply", "{}"));
        assert_int_equal(fake_log_count(), 0);
        drain();
    }
}

/* --- publishing ---------------------------------------------------------- */

static void only_changes_are_published(void **state)
{
    unsigned int counters[COUNTER_COUNT] = {[COUNTER_SUSPENDS] = 1};
    struct publication news = {
        .state = STATE_SUSPENDING, .counters = counters, .answer = "{}"};

    (void)state;
    publish_changes(&news, &message);
    assert_string_equal(requests, "write " OWN "suspends=1\n"
                                  "write " OWN "reply={}\n"
                                  "write " OWN "state=suspending\n");
    requests[0] = '\0';
    news.answer = "";
    publish_changes(&news, &message);
    assert_string_equal(requests, "");
    counters[COUNTER_CANCELS] = 1;
    news.state = STATE_READY;
    publish_changes(&news, &message);
    assert_string_equal(requests, "write " OWN "cancels=1\n"
                                  "write " OWN "state=ready\n");
}

static void a_refused_publication_is_logged(void **state)
{
    const unsigned int counters[COUNTER_COUNT] = {[COUNTER_CANCELS] = 1};
    const struct publication news = {
        .state = STATE_ARMED, .counters = counters, .answer = ""};

    (void)state;
    fake_store_read_only(OWN "cancels");
    publish_changes(&news, &message);
    assert_true(fake_store_holds(OWN "state", "armed"));
    assert_int_equal(fake_log_count(), 1);
    assert_int_equal(fake_log_with(OWN "cancels cannot be published: EACCES"),
                     1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_an_event_no_message_is_held),
        TEST(a_held_message_outlives_the_store),
        TEST(a_held_message_is_there_after_a_cancel),
        TEST(held_messages_keep_their_order),
        TEST(a_message_that_comes_meanwhile_is_held),
        TEST(a_newer_message_replaces_the_held_one),
        TEST(a_held_text_is_whole),
        TEST(half_a_message_is_waited_for),
        TEST(a_lost_store_is_not_waited_for),
        TEST(a_fresh_store_holds_no_messages),
        TEST(a_newer_message_in_the_new_store_is_found),
        TEST(a_held_text_is_followed_by_its_absence),
        TEST(a_text_that_vanishes_before_the_suspend_is_followed),
        TEST(a_held_request_was_withdrawn_only_in_its_own_domain),
        TEST(a_held_request_may_be_withdrawn_before_the_suspend),
        TEST(everything_is_published_again),
        TEST(only_changes_are_published),
        TEST(a_refused_publication_is_logged),
    };

    return cmocka_run_group_tests_name("nodes_hold", tests, NULL, NULL);
}
