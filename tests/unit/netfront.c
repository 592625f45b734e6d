/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/netfront, kernel/transmit and kernel/devices: frames in and
 * out, and backends that lie. The tests of lib/ethernet check the content of
 * answers.
 */
#include "tests/unit/devices.h"

#include "kernel/clock.h"
#include "kernel/devices.h"
#include "kernel/transmit.h"

#define IP "attr/vif/0/ipv4/0"

static const uint8_t address[4] = {192, 0, 2, 2};

/* "Who has 192.0.2.2? Tell 192.0.2.1." */
static const uint8_t question[60] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0x16, 0x3e, 9,    9,    9, 8, 6,
    0,    1,    8,    0,    6,    4,    0, 1,    0,    0x16, 0x3e, 9, 9, 9,
    192,  0,    2,    1,    0,    0,    0, 0,    0,    0,    192,  0, 2, 2};

static void connect(void)
{
    fake_backend_start(NETWORK, XenbusStateInitWait);
    begin();
    assert_int_equal(network_device()->phase, XENBUS_CONNECTED);
}

static struct netfront_counts counts(void)
{
    return netfront_counts(network_device());
}

/*
 * The frames that the guest has sent, in order; the first is the announcement.
 */
static void assert_answers(unsigned int count)
{
    settle();
    assert_int_equal(fake_backend.frame_count, count);
    for (unsigned int i = 0; i < count; i++) {
        assert_int_equal(fake_backend.frame_sizes[i], 60);
        assert_memory_equal(&fake_backend.frames[i][28], address, 4);
    }
}

static void an_interface_announces_its_address(void **state)
{
    (void)state;
    assert_true(netfront_set_ip(0, address));
    connect();
    assert_answers(1);
    assert_true(fake_store_holds(IP, "192.0.2.2"));
    assert_int_equal(counts().sent, 1);
}

static void an_address_may_come_later(void **state)
{
    (void)state;
    connect();
    assert_true(netfront_set_ip(0, address));
    assert_answers(1);
    assert_true(fake_store_holds(IP, "192.0.2.2"));
}

static void an_address_is_of_one_interface(void **state)
{
    (void)state;
    assert_true(netfront_set_ip(0, address));
    fake_backend_start("vif", 1, XenbusStateInitWait);
    begin();
    assert_int_equal(fake_backend.frame_count, 0);
    assert_true(fake_store_holds("attr/vif/1/ipv4/0", NULL));
}

static void an_interface_answers(void **state)
{
    (void)state;
    assert_true(netfront_set_ip(0, address));
    connect();
    for (unsigned int i = 0; i < 40; i++) {
        assert_true(fake_backend_give(question, sizeof(question)));
        settle();
    }
    assert_answers(41);
    assert_int_equal(counts().received, 40);
    assert_int_equal(counts().dropped, 0);
    assert_int_equal(counts().sent, 41);
}

/* All frames that the VM has asked for come at once, while the backend is too
 * busy to send: frames without room for an answer wait. */
static void a_burst_loses_nothing(void **state)
{
    unsigned int given = 0;

    (void)state;
    assert_true(netfront_set_ip(0, address));
    connect();
    fake_backend.answers = false;
    while (fake_backend_give(question, sizeof(question)))
        given++;
    assert_true(given > 4);
    settle();
    assert_true(counts().received < given);
    fake_backend.answers = true;
    fake_wake(fake_backend.port);
    assert_answers(1 + given);
    assert_int_equal(counts().received, given);
    assert_int_equal(counts().dropped, 0);
}

static void a_frame_for_somebody_else_is_counted(void **state)
{
    static const char frame[1514];

    (void)state;
    connect();
    assert_true(fake_backend_give(frame, sizeof(frame)));
    settle();
    assert_int_equal(counts().received, 1);
    assert_int_equal(counts().sent, 0);
}

static void a_giant_is_dropped(void **state)
{
    static const char frame[1515];

    (void)state;
    connect();
    assert_true(fake_backend_give(frame, sizeof(frame)));
    settle();
    assert_int_equal(counts().dropped, 1);
}

static void without_an_address_it_answers_nothing(void **state)
{
    (void)state;
    connect();
    assert_true(fake_backend_give(question, sizeof(question)));
    settle();
    assert_int_equal(fake_backend.frame_count, 0);
}

static void a_wrong_mac_is_an_error(void **state)
{
    (void)state;
    fake_backend_start(NETWORK, XenbusStateInitWait);
    fake_store_write("device/vif/0/mac", "here");
    begin();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
    assert_int_equal(lend_count(), 0);
}

static void a_resume_keeps_the_address(void **state)
{
    (void)state;
    assert_true(netfront_set_ip(0, address));
    connect();
    enter_new_domain();
    connect();
    assert_answers(1);
    assert_int_equal(counts().sent, 2);
    assert_true(fake_store_holds(IP, "192.0.2.2"));
}

/* --- lies ----------------------------------------------------------------- */

static void an_answer_to_no_frame(void **state)
{
    (void)state;
    connect();
    *fake_backend_responses() += 1;
    fake_raise(fake_backend.port);
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

static void a_frame_larger_than_its_page_closes_the_interface(void **state)
{
    static const char frame[PAGE_SIZE];

    (void)state;
    connect();
    assert_true(fake_backend_give_at(frame, sizeof(frame), 1, 0));
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

static void a_frame_for_a_place_that_does_not_exist(void **state)
{
    (void)state;
    connect();
    assert_true(fake_backend_give_at(question, sizeof(question), 0, 100));
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

static void a_second_frame_for_one_place(void **state)
{
    (void)state;
    connect();
    assert_true(fake_backend_give_at(question, sizeof(question), 0, 1));
    assert_true(fake_backend_give(question, sizeof(question)));
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

/* --- kernel/transmit ------------------------------------------------------ */

static struct outcome outcome;

static void transmit(uint32_t frames, uint32_t bytes)
{
    const struct command command = {
        .device_type = DEVICE_VIF,
        .frames = frames,
        .bytes = bytes,
    };
    uint64_t wake_ns, now_ns = 0;

    memset(&outcome, 0, sizeof(outcome));
    transmit_start(&command, now_ns);
    while (transmit_run(now_ns += 1000000, &wake_ns, &outcome)) {
        assert_true(wake_ns == TIME_NEVER);
        settle();
        assert_true(now_ns < 10000000000);
    }
}

static void as_many_frames_as_asked(void **state)
{
    (void)state;
    connect();
    transmit(1000, 1514);
    assert_null(outcome.error);
    assert_int_equal(fake_backend.frame_count, 1000);
    assert_int_equal(fake_backend.frame_sizes[0], 1514);
    assert_non_null(strstr(outcome.detail, "\"frames\": 1000,"));
}

static void without_an_interface_nothing_is_sent(void **state)
{
    (void)state;
    begin();
    transmit(1, 60);
    assert_string_equal(outcome.error, "there is no such device");
}

/* --- kernel/devices ------------------------------------------------------- */

static void frontend(enum device_mode mode)
{
    const struct command command = {
        .device_type = DEVICE_VIF,
        .mode = mode,
    };

    memset(&outcome, 0, sizeof(outcome));
    devices_frontend(&command, &outcome);
    settle();
}

static void a_frontend_reports_its_state(void **state)
{
    (void)state;
    frontend(MODE_AS_IT_IS);
    assert_null(outcome.error);
    assert_string_equal(
        outcome.detail,
        "\"phase\": \"absent\", \"connected\": 0, \"pages\": 0");
    connect();
    assert_true(fake_backend_give(question, sizeof(question)));
    settle();
    frontend(MODE_AS_IT_IS);
    assert_string_equal(
        outcome.detail,
        "\"phase\": \"connected\", \"connected\": 1, \"pages\": 12, "
        "\"received\": 1, \"sent\": 0, \"dropped\": 0");
}

static void a_frontend_disconnects_as_told(void **state)
{
    (void)state;
    frontend(MODE_DISCONNECT);
    assert_string_equal(outcome.error, "the device is not connected");
    connect();
    frontend(MODE_DISCONNECT);
    assert_null(outcome.error);
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

static void an_address_is_taken(void **state)
{
    const struct command command = {
        .device_type = DEVICE_VIF,
        .ip = {192, 0, 2, 2},
    };

    (void)state;
    connect();
    devices_address(&command, &outcome);
    assert_answers(2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* Run this first, while no address is known: addresses are never
         * forgotten. */
        TEST(a_frame_for_somebody_else_is_counted),
        TEST(a_giant_is_dropped),
        TEST(without_an_address_it_answers_nothing),
        TEST(a_wrong_mac_is_an_error),
        TEST(as_many_frames_as_asked),
        TEST(without_an_interface_nothing_is_sent),
        TEST(a_frontend_reports_its_state),
        TEST(a_frontend_disconnects_as_told),
        TEST(an_address_may_come_later),
        TEST(an_interface_announces_its_address),
        TEST(an_address_is_of_one_interface),
        TEST(an_interface_answers),
        TEST(a_burst_loses_nothing),
        TEST(a_resume_keeps_the_address),
        TEST(an_answer_to_no_frame),
        TEST(a_frame_larger_than_its_page_closes_the_interface),
        TEST(a_frame_for_a_place_that_does_not_exist),
        TEST(a_second_frame_for_one_place),
        TEST(an_address_is_taken),
    };

    return cmocka_run_group_tests_name("netfront", tests, NULL, NULL);
}
