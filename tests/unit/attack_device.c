/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/attack_device, attack_disk and attack_net: what the attacks
 * on backends send, and how they end, whatever the backend does.
 */
#include "tests/unit/devices.h"

#include <xen/io/blkif.h>

#include "kernel/attack_part.h"
#include "kernel/disk.h"
#include "tests/unit/attack.h"

#define THE_FIRST ATTACK_DEVICE_STATES
#define THE_LAST  ATTACK_NET_BUFFERS
#define PATIENCE  (20 * NS_PER_S)

static void plug(enum attack_mode mode)
{
    if (mode >= ATTACK_NET_REQUESTS)
        fake_backend_start(NETWORK, XenbusStateInitWait);
    else
        fake_backend_start(DISK, XenbusStateInitWait);
    fake_backend.forgives = true;
    begin();
}

static void connect(enum attack_mode mode, uint32_t tries)
{
    plug(mode);
    order(mode, tries, 0);
}

static struct xenbus_device *the_device(void)
{
    return disk_device() ? disk_device() : network_device();
}

static bool slice(void)
{
    return run(fake_arch.time_ns);
}

/* The backend does this between two slices; may be null. */
static void (*meanwhile)(void);

/* A slice, and what the backend does after it. */
static bool step(void)
{
    const bool more = slice();

    assert_true(!more || wake_ns <= fake_arch.time_ns + NS_PER_S);
    hurries = false;
    if (meanwhile)
        meanwhile();
    settle();
    /* Only an answer brings the next slice before its time. */
    if (more && !hurries)
        fake_arch.time_ns = MAX(wake_ns, fake_arch.time_ns);
    return more;
}

static void finish(void)
{
    const uint64_t limit_ns = fake_arch.time_ns + 30 * PATIENCE;

    while (step())
        assert_true(fake_arch.time_ns < limit_ns);
}

static void assert_ends(const char *detail)
{
    finish();
    assert_null(outcome.error);
    assert_string_equal(outcome.detail, detail);
}

/* The device works, and holds only its own pages. */
static void assert_well(void)
{
    settle();
    assert_int_equal(the_device()->phase, XENBUS_CONNECTED);
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
    assert_true(fake_backend_is(XenbusStateConnected));
    assert_int_equal(lend_count(), disk_device() ? 1 : 12);
}

/* Frames for the VM, which buffers wait for. */
static void give_frames(void)
{
    static const char frame[60];

    while (network_device() && network_device()->phase == XENBUS_CONNECTED &&
           network_device()->hostile > 0 && fake_backend.answers &&
           fake_backend_give(frame, sizeof(frame)))
        ;
}

/* --- all of them ---------------------------------------------------------- */

static void each_ends_and_the_device_works(void **state)
{
    (void)state;
    meanwhile = give_frames;
    for (enum attack_mode mode = THE_FIRST; mode <= THE_LAST; mode++) {
        for (uint32_t tries = 1; tries < 100; tries += 7) {
            connect(mode, tries);
            finish();
            assert_null(outcome.error);
            assert_well();
            switch_off();
        }
    }
}

static void without_a_device_it_fails(void **state)
{
    (void)state;
    begin();
    for (enum attack_mode mode = THE_FIRST; mode <= THE_LAST; mode++) {
        order(mode, 1, 0);
        assert_false(slice());
        assert_string_equal(outcome.error, OUTCOME_NO_DEVICE);
        attack_forget();
    }
}

static void each_of_its_own_type(void **state)
{
    (void)state;
    connect(ATTACK_DISK_REQUESTS, 1);
    order(ATTACK_NET_REQUESTS, 1, 0);
    assert_false(slice());
    assert_string_equal(outcome.error, OUTCOME_NO_DEVICE);
    switch_off();
    plug(ATTACK_NET_REQUESTS);
    order(ATTACK_DISK_REQUESTS, 1, 0);
    assert_false(slice());
    assert_string_equal(outcome.error, OUTCOME_NO_DEVICE);
    /* Both types have states. */
    order(ATTACK_DEVICE_STATES, 9, 0);
    finish();
    assert_null(outcome.error);
    assert_well();
}

static void a_device_that_goes_ends_it(void **state)
{
    (void)state;
    for (enum attack_mode mode = THE_FIRST; mode <= THE_LAST; mode++) {
        connect(mode, 1000);
        fake_backend.answers = false;
        assert_true(step());
        fake_backend_remove();
        settle();
        assert_false(slice());
        assert_string_equal(outcome.error, OUTCOME_NO_DEVICE);
        attack_forget();
        assert_int_equal(lend_count(), 0);
        switch_off();
    }
}

/* When other work takes its place, nothing waits. */
static void each_is_forgotten_at_once(void **state)
{
    (void)state;
    meanwhile = give_frames;
    for (enum attack_mode mode = THE_FIRST; mode <= THE_LAST; mode++) {
        for (unsigned int slices = 0; slices < 4; slices++) {
            connect(mode, 1000);
            for (unsigned int n = 0; n < slices; n++)
                assert_true(step());
            (void)slice();
            attack_forget();
            fake_arch.time_ns += 3 * NS_PER_S;
            settle();
            assert_well();
            switch_off();
        }
    }
}

static void each_that_is_stopped_ends(void **state)
{
    (void)state;
    meanwhile = give_frames;
    for (enum attack_mode mode = THE_FIRST; mode <= THE_LAST; mode++) {
        connect(mode, 1000000);
        assert_true(step());
        assert_true(slice());
        attack_stop();
        finish();
        assert_null(outcome.error);
        assert_non_null(strstr(outcome.detail, "\"tried\": "));
        assert_well();
        switch_off();
    }
}

/* In the new domain there are no requests and no pages of the old one. */
static void in_a_new_domain_it_goes_on(void **state)
{
    (void)state;
    meanwhile = give_frames;
    for (enum attack_mode mode = THE_FIRST; mode <= THE_LAST; mode++) {
        connect(mode, 100);
        assert_true(step());
        fake_backend.answers = false;
        assert_true(slice());
        enter_new_domain();
        attack_renewed();
        plug(mode);
        finish();
        assert_null(outcome.error);
        assert_non_null(strstr(outcome.detail, "\"tried\": 100,"));
        assert_well();
        switch_off();
    }
}

/* The backend is replaced while requests are under way. */
static void on_a_new_connection_it_goes_on(void **state)
{
    (void)state;
    meanwhile = give_frames;
    for (enum attack_mode mode = THE_FIRST; mode <= THE_LAST; mode++) {
        connect(mode, 100);
        assert_true(step());
        fake_backend.answers = false;
        assert_true(slice());
        fake_backend_move(3, XenbusStateInitWait);
        fake_backend.forgives = true;
        settle();
        finish();
        assert_null(outcome.error);
        assert_non_null(strstr(outcome.detail, "\"tried\": 100,"));
        assert_int_equal(the_device()->backend_domain, 3);
        assert_well();
        switch_off();
    }
}

static void a_device_that_never_connects_is_given_up(void **state)
{
    (void)state;
    for (enum attack_mode mode = ATTACK_DISK_REQUESTS; mode <= THE_LAST;
         mode++) {
        if (mode >= ATTACK_NET_REQUESTS)
            fake_backend_start(NETWORK, XenbusStateInitialising);
        else
            fake_backend_start(DISK, XenbusStateInitialising);
        begin();
        order(mode, 9, 0);
        finish();
        assert_string_equal(outcome.error, "ETIMEDOUT");
        assert_string_equal(outcome.detail, "\"tried\": 0, \"refused\": 0, "
                                            "\"last_error\": \"ETIMEDOUT\"");
        switch_off();
    }
}

/* --- states --------------------------------------------------------------- */

static char written[40][4];
static unsigned int written_count;

static void note_state(const struct fake_request *request)
{
    if (request->type == XS_WRITE && written_count < 40 &&
        strcmp(request->path, "device/vbd/51712/state") == 0)
        snprintf(written[written_count++], 4, "%.*s", (int)request->value.size,
                 request->value.bytes);
}

static void states_are_all_numbers_and_texts(void **state)
{
    static const char *const states[] = {"1", "2", "3", "4", "5",  "6",
                                         "7", "8", "9", "0", "-1", "x"};

    (void)state;
    plug(ATTACK_DEVICE_STATES);
    fake_store.after = NULL; /* the backend says nothing */
    fake_store.before = note_state;
    written_count = 0;
    order(ATTACK_DEVICE_STATES, 13, 0);
    assert_true(slice());
    assert_int_equal(written_count, 8);
    assert_true(slice());
    assert_true(written_count >= 14);
    for (unsigned int i = 0; i < 12; i++)
        assert_string_equal(written[i], states[i]);
    assert_string_equal(written[12], "1");
    /* The usual way back begins with a close. */
    assert_string_equal(written[13], "6");
    fake_store.before = NULL;
    fake_store.after = fake_backend_observe;
}

static void a_state_that_is_refused_is_counted(void **state)
{
    (void)state;
    plug(ATTACK_DEVICE_STATES);
    order(ATTACK_DEVICE_STATES, 5, 0);
    fake_store.failing_path = "device/vbd/51712/state";
    fake_store.failing_with = "EACCES";
    assert_true(slice());
    fake_store.failing_path = NULL;
    fake_backend_set(XenbusStateClosed);
    assert_ends("\"tried\": 5, \"refused\": 5, \"last_error\": \"EACCES\"");
    assert_well();
}

static void a_backend_that_stays_away_is_said(void **state)
{
    (void)state;
    connect(ATTACK_DEVICE_STATES, 9);
    assert_true(slice());
    fake_store.after = NULL;
    finish();
    assert_string_equal(outcome.error, "ETIMEDOUT");
    assert_string_equal(outcome.detail, "\"tried\": 9, \"refused\": 0");
}

/* --- nodes ---------------------------------------------------------------- */

/* A letter for each offer: the nonsense that was in the disk's folder. */
static unsigned int offers;
static char offered[20];

static void note_offer(const struct fake_request *request)
{
    if (request->type == XS_WRITE && request->value.size == 1 &&
        strcmp(request->path, "device/vbd/51712/state") == 0 &&
        request->value.bytes[0] == '0' + XenbusStateInitialised) {
        offered[offers % sizeof(offered)] =
            fake_store_value("device/vbd/51712/multi-queue-num-queues") ? 'q'
            : fake_store_value("device/vbd/51712/ring-page-order")      ? 'p'
            : fake_store_holds("device/vbd/51712/event-channel", "0")   ? 'e'
            : fake_store_holds("device/vbd/51712/ring-ref", "x")        ? 'r'
            : fake_store_holds("device/vbd/51712/protocol", "x")        ? 'x'
                                                                        : '.';
        offers++;
    }
    fake_backend_observe(request);
}

static void order_each_node(void)
{
    plug(ATTACK_DEVICE_NODES);
    offers = 0;
    fake_store.after = note_offer;
    order(ATTACK_DEVICE_NODES, 12, 0);
}

/* Each nonsense was in one offer, and in none that followed. */
static void assert_each_offered_once(void)
{
    assert_ends("\"tried\": 12, \"refused\": 6, \"last_error\": \"EIO\"");
    assert_well();
    assert_int_equal(offers, 13);
    assert_memory_equal(offered, "e...r..ppqqx.", 13);
    fake_store.after = fake_backend_observe;
}

static void each_node_is_offered_once(void **state)
{
    (void)state;
    order_each_node();
    assert_each_offered_once();
}

static void a_backend_that_says_nothing_has_refused_nothing(void **state)
{
    (void)state;
    connect(ATTACK_DEVICE_NODES, 2);
    fake_backend.connects = false;
    finish();
    assert_string_equal(outcome.error, "ETIMEDOUT");
    assert_string_equal(outcome.detail, "\"tried\": 0, \"refused\": 0, "
                                        "\"last_error\": \"ETIMEDOUT\"");
}

static void without_a_port_there_is_no_offer(void **state)
{
    (void)state;
    connect(ATTACK_DEVICE_NODES, 1);
    assert_true(slice());
    fake_arch.open_error = -XEN_ENOSPC;
    while (attack.tried == 0)
        assert_true(step());
    fake_arch.open_error = 0;
    assert_ends("\"tried\": 1, \"refused\": 1, \"last_error\": \"EIO\"");
    assert_well();
}

/* The VM was paused before it offered the device, and before it connected the
 * device again. */
static void a_pause_of_the_vm_is_not_the_backends(void **state)
{
    (void)state;
    connect(ATTACK_DEVICE_NODES, 1);
    assert_true(slice());
    fake_arch.time_ns += 10 * PATIENCE;
    while (attack.tried == 0)
        assert_true(step());
    while (disk_device()->nonsense || disk_device()->phase != XENBUS_CLOSED)
        assert_true(step());
    fake_arch.time_ns += 10 * PATIENCE;
    assert_ends("\"tried\": 1, \"refused\": 1, \"last_error\": \"EIO\"");
    assert_well();
}

/* The next nonsense comes when the one before it is gone. */
static void a_node_that_stays_is_removed_later(void **state)
{
    (void)state;
    order_each_node();
    while (attack.begun < 8 || attack.tried < 7)
        assert_true(step());
    fake_store.failing_type = XS_RM;
    fake_store.failing_with = "EBUSY";
    for (unsigned int i = 0; i < 10; i++)
        assert_true(step());
    assert_int_equal(offers, 8);
    fake_store.failing_type = 0;
    assert_each_offered_once();
}

static void a_node_that_cannot_be_removed_is_said(void **state)
{
    (void)state;
    connect(ATTACK_DEVICE_NODES, 12);
    fake_store.failing_type = XS_RM;
    fake_store.failing_with = "EACCES";
    finish();
    assert_string_equal(outcome.error, "EACCES");
    assert_string_equal(outcome.detail, "\"tried\": 1, \"refused\": 1, "
                                        "\"last_error\": \"ETIMEDOUT\"");
}

static void a_node_that_is_gone_already_is_no_failure(void **state)
{
    (void)state;
    connect(ATTACK_DEVICE_NODES, 2);
    fake_store.failing_type = XS_RM;
    fake_store.failing_with = "ENOENT";
    assert_ends("\"tried\": 2, \"refused\": 2, \"last_error\": \"EIO\"");
    assert_well();
}

/* A nonsense that was not offered yet is not offered when the attack is over:
 * the device comes again, to a place that a mode has kept. */
static void a_device_that_comes_again_is_offered_none(void **state)
{
    (void)state;
    plug(ATTACK_DEVICE_NODES);
    assert_int_equal(
        xenbus_set_mode(&blkfront_driver, 51712, XENBUS_REFUSE_CLOSE, 0), 0);
    order(ATTACK_DEVICE_NODES, 12, 0);
    assert_true(slice());
    fake_backend_remove();
    settle();
    assert_false(slice());
    assert_string_equal(outcome.error, OUTCOME_NO_DEVICE);
    plug(ATTACK_DEVICE_NODES);
    assert_well();
}

/* The same in a new domain, which other work takes before the device is
 * found. */
static void a_new_domain_is_offered_none_after_the_attack(void **state)
{
    (void)state;
    connect(ATTACK_DEVICE_NODES, 12);
    assert_true(slice());
    enter_new_domain();
    attack_renewed();
    attack_forget();
    plug(ATTACK_DEVICE_NODES);
    assert_well();
}

/* A try that had no result in the old domain is made again, and the backend has
 * all its patience. */
static void in_a_new_domain_a_try_is_repeated(void **state)
{
    (void)state;
    connect(ATTACK_DEVICE_NODES, 1);
    fake_backend.connects = false;
    while (disk_device()->phase != XENBUS_OFFERED)
        assert_true(step());
    fake_arch.time_ns += PATIENCE - NS_PER_S;
    enter_new_domain();
    attack_renewed();
    plug(ATTACK_DEVICE_NODES);
    offers = 0;
    fake_store.after = note_offer;
    assert_ends("\"tried\": 1, \"refused\": 1, \"last_error\": \"EIO\"");
    assert_well();
    assert_int_equal(offers, 2);
    assert_memory_equal(offered, "e.", 2);
    fake_store.after = fake_backend_observe;
}

/* --- a disk --------------------------------------------------------------- */

static void requests_to_a_disk_are_refused(void **state)
{
    static char before[sizeof(fake_backend.disk)];

    (void)state;
    plug(ATTACK_DISK_REQUESTS);
    memset(fake_backend.disk, 'd', sizeof(fake_backend.disk));
    memcpy(before, fake_backend.disk, sizeof(before));
    order(ATTACK_DISK_REQUESTS, 19, 0);
    assert_ends("\"tried\": 19, \"refused\": 16, \"last_error\": \"EIO\"");
    assert_int_equal(fake_backend.request_count, 19);
    assert_memory_equal(fake_backend.disk, before, sizeof(before));
    order(ATTACK_DISK_REQUESTS, 1, 0);
    assert_ends("\"tried\": 1, \"refused\": 1, \"last_error\": \"EOPNOTSUPP\"");
    assert_well();
}

/* The VM's own requests have room besides. */
static void no_more_are_under_way_than_fit(void **state)
{
    const struct command command = {
        .device_type = DEVICE_VBD, .device = 51712, .op = DISK_READ, .mib = 1};

    (void)state;
    connect(ATTACK_DISK_REQUESTS, 1000);
    fake_backend.answers = false;
    assert_true(step());
    assert_int_equal(disk_device()->hostile, 32 - BLKFRONT_REQUESTS);
    assert_true(step());
    assert_int_equal(disk_device()->hostile, 32 - BLKFRONT_REQUESTS);
    attack_forget();
    disk_start(&command, 0);
    assert_true(disk_run(0, &wake_ns, &outcome));
    /* Its page is lent until the last answer. */
    assert_int_equal(lend_count(), 1 + 1 + BLKFRONT_REQUESTS * BLKFRONT_PAGES);
    fake_backend.answers = true;
    fake_wake(fake_backend.port);
    settle();
    assert_int_equal(lend_count(), 1 + BLKFRONT_REQUESTS * BLKFRONT_PAGES);
    while (disk_run(0, &wake_ns, &outcome))
        settle();
    assert_null(outcome.error);
    assert_well();
}

static void a_disk_that_never_answers_is_given_up(void **state)
{
    (void)state;
    connect(ATTACK_DISK_REQUESTS, 1000);
    fake_backend.answers = false;
    finish();
    assert_null(outcome.error);
    assert_string_equal(outcome.detail,
                        "\"tried\": 0, \"refused\": 0, \"last_error\": "
                        "\"ETIMEDOUT\"");
    /* The next one waits for the answers to the first. */
    order(ATTACK_DISK_REQUESTS, 5, 0);
    assert_true(step());
    fake_backend.answers = true;
    fake_wake(fake_backend.port);
    settle();
    assert_int_equal(lend_count(), 1);
    assert_ends("\"tried\": 5, \"refused\": 5, \"last_error\": \"EIO\"");
    assert_well();
}

static void answer_now_and_then(void)
{
    fake_backend.answers = fake_arch.time_ns / NS_PER_S % 15 == 0;
    fake_wake(fake_backend.port);
}

static void a_slow_disk_is_waited_for(void **state)
{
    (void)state;
    meanwhile = answer_now_and_then;
    connect(ATTACK_DISK_REQUESTS, 70);
    fake_backend.answers = false;
    while (step())
        ;
    assert_null(outcome.error);
    assert_non_null(strstr(outcome.detail, "\"tried\": 70,"));
}

static void without_a_page_it_uses_nobodys(void **state)
{
    grant_ref_t reference;
    int error;

    (void)state;
    plug(ATTACK_DISK_REQUESTS);
    while (lend_page(77, 0, &reference, &error))
        ;
    order(ATTACK_DISK_REQUESTS, 19, 0);
    finish();
    assert_non_null(strstr(outcome.detail, "\"refused\": 17,"));
    lend_end_all(77);
    assert_well();
}

/* Without an attack its id is that of no request. */
static void a_disk_that_answers_too_often_is_closed(void **state)
{
    (void)state;
    connect(ATTACK_DISK_REQUESTS, 3);
    finish();
    assert_well();
    fake_backend_answer(XENBUS_HOSTILE_ID, BLKIF_RSP_OKAY);
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

/* --- a network ------------------------------------------------------------ */

static void requests_to_a_network_are_refused(void **state)
{
    (void)state;
    connect(ATTACK_NET_REQUESTS, 24);
    assert_ends("\"tried\": 24, \"refused\": 22, \"last_error\": \"EIO\"");
    assert_int_equal(fake_backend.frame_count, 0);
    assert_well();
}

static void a_network_that_gives_up_is_said(void **state)
{
    (void)state;
    connect(ATTACK_NET_REQUESTS, 24);
    fake_backend.gives_up = true;
    finish();
    assert_null(outcome.error);
    assert_string_equal(outcome.detail,
                        "\"tried\": 6, \"refused\": 5, \"last_error\": "
                        "\"ETIMEDOUT\"");
    /* So does the next one. */
    order(ATTACK_NET_REQUESTS, 3, 0);
    assert_ends("\"tried\": 0, \"refused\": 0, \"last_error\": \"ETIMEDOUT\"");
}

/* Of four buffers two are nobody's. The others are one page, which the backend
 * may write to or not. */
static void buffers_are_refused(void **state)
{
    (void)state;
    meanwhile = give_frames;
    connect(ATTACK_NET_BUFFERS, 40);
    finish();
    assert_null(outcome.error);
    assert_non_null(strstr(outcome.detail, "\"tried\": 40, \"refused\": "));
    assert_well();
    assert_int_equal(network_device()->connected, 1);
}

/* Nobody sends a frame: only a new connection takes the buffers back. */
static void buffers_without_frames_are_taken_back(void **state)
{
    static const char frame[60];

    (void)state;
    connect(ATTACK_NET_BUFFERS, 40);
    finish();
    assert_null(outcome.error);
    assert_string_equal(outcome.detail,
                        "\"tried\": 0, \"refused\": 0, \"last_error\": "
                        "\"ETIMEDOUT\"");
    assert_int_equal(network_device()->connected, 2);
    assert_int_equal(network_device()->hostile, 0);
    assert_well();
    assert_true(fake_backend_give(frame, sizeof(frame)));
    settle();
    assert_well();
}

static void a_network_that_answers_too_often_is_closed(void **state)
{
    static const char frame[60];

    (void)state;
    connect(ATTACK_NET_REQUESTS, 3);
    finish();
    assert_well();
    assert_true(
        fake_backend_give_at(frame, sizeof(frame), 0, XENBUS_HOSTILE_ID));
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

static int set_up_alone(void **state)
{
    meanwhile = NULL;
    return set_up(state);
}

#undef TEST
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up_alone, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_ends_and_the_device_works),
        TEST(without_a_device_it_fails),
        TEST(each_of_its_own_type),
        TEST(a_device_that_goes_ends_it),
        TEST(each_is_forgotten_at_once),
        TEST(each_that_is_stopped_ends),
        TEST(in_a_new_domain_it_goes_on),
        TEST(on_a_new_connection_it_goes_on),
        TEST(a_device_that_never_connects_is_given_up),
        TEST(states_are_all_numbers_and_texts),
        TEST(a_state_that_is_refused_is_counted),
        TEST(each_node_is_offered_once),
        TEST(a_backend_that_says_nothing_has_refused_nothing),
        TEST(without_a_port_there_is_no_offer),
        TEST(a_pause_of_the_vm_is_not_the_backends),
        TEST(a_node_that_stays_is_removed_later),
        TEST(a_node_that_cannot_be_removed_is_said),
        TEST(a_node_that_is_gone_already_is_no_failure),
        TEST(a_device_that_comes_again_is_offered_none),
        TEST(a_new_domain_is_offered_none_after_the_attack),
        TEST(in_a_new_domain_a_try_is_repeated),
        TEST(a_backend_that_stays_away_is_said),
        TEST(requests_to_a_disk_are_refused),
        TEST(no_more_are_under_way_than_fit),
        TEST(a_disk_that_never_answers_is_given_up),
        TEST(a_slow_disk_is_waited_for),
        TEST(without_a_page_it_uses_nobodys),
        TEST(a_disk_that_answers_too_often_is_closed),
        TEST(requests_to_a_network_are_refused),
        TEST(a_network_that_gives_up_is_said),
        TEST(buffers_are_refused),
        TEST(buffers_without_frames_are_taken_back),
        TEST(a_network_that_answers_too_often_is_closed),
    };

    return cmocka_run_group_tests_name("attack_device", tests, NULL, NULL);
}
