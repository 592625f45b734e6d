/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/blkfront: requests, answers, and backends that lie.
 */
#include "tests/unit/devices.h"

#include <xen/io/blkif.h>

static char *page;
static struct blkfront_request request;

static void connect(void)
{
    int error;

    fake_backend_start(DISK, XenbusStateInitWait);
    begin();
    assert_int_equal(disk_device()->phase, XENBUS_CONNECTED);
    page = lend_page(disk_device()->place, 0, &request.pages[0], &error);
    assert_non_null(page);
    request.kind = BLKFRONT_READ;
    request.sector = 8;
    request.page_count = 1;
}

static void assert_given_up(void)
{
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

static void assert_facts(void)
{
    assert_int_equal(blkfront_disk(disk_device())->sector_count, FAKE_SECTORS);
    assert_true(blkfront_disk(disk_device())->can_flush);
    assert_false(blkfront_disk(disk_device())->read_only);
}

static void a_disk_has_the_properties_that_were_published(void **state)
{
    (void)state;
    connect();
    assert_facts();
}

static void a_cd_is_read_only(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_store_write("/local/domain/0/backend/vbd/7/51712/info", "5");
    fake_store_remove(
        "/local/domain/0/backend/vbd/7/51712/feature-flush-cache");
    begin();
    assert_true(blkfront_disk(disk_device())->read_only);
    assert_false(blkfront_disk(disk_device())->can_flush);
}

/* Like xen-blkback: the size, and then the state, which is unchanged. */
static void resize(const char *sectors)
{
    fake_backend_tell("sectors", sectors);
    fake_backend_set(XenbusStateConnected);
    settle();
}

static void a_disk_may_grow_and_shrink(void **state)
{
    (void)state;
    connect();
    fake_log_start();
    resize("18446744073709551609");
    assert_true(blkfront_disk(disk_device())->sector_count ==
                18446744073709551609U);
    resize("8");
    assert_int_equal(blkfront_disk(disk_device())->sector_count, 8);
    assert_int_equal(fake_log_with("vbd/51712: changed, "), 2);
    assert_string_equal(fake_log_last() + strlen("[    0.000] "),
                        "blkfront: vbd/51712: changed, 8 sectors, writable");
    assert_int_equal(disk_device()->connected, 1);
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
}

static void a_property_that_is_no_number_stays_as_it_was(void **state)
{
    (void)state;
    connect();
    fake_log_start();
    resize("4096");
    resize(NULL);
    resize("x");
    resize("18446744073709551616");
    fake_backend_tell("info", NULL);
    fake_backend_tell("feature-flush-cache", NULL);
    resize("");
    assert_facts();
    assert_int_equal(fake_log_count(), 0);
}

static void a_disk_may_become_read_only(void **state)
{
    (void)state;
    connect();
    fake_log_start();
    fake_backend_tell("info", "4");
    resize("4096");
    assert_true(blkfront_disk(disk_device())->read_only);
    assert_int_equal(fake_log_with("4096 sectors, read-only"), 1);
}

/* Requests under way are answered all the same. */
static void a_resize_loses_no_request(void **state)
{
    unsigned int number;
    int status;

    (void)state;
    connect();
    fake_backend.answers = false;
    blkfront_ask(disk_device(), 1, &request);
    resize("8192");
    assert_true(blkfront_is_under_way(disk_device(), 1));
    fake_backend_answer(1, BLKIF_RSP_OKAY);
    settle();
    assert_true(blkfront_answer(disk_device(), &number, &status));
    assert_int_equal(status, BLKIF_RSP_OKAY);
}

static void a_read_fills_the_page(void **state)
{
    unsigned int number = 9;
    int status = 1;

    (void)state;
    connect();
    memset(&fake_backend.disk[8 * 512], 'x', PAGE_SIZE);
    blkfront_ask(disk_device(), 1, &request);
    assert_true(blkfront_is_under_way(disk_device(), 1));
    assert_false(blkfront_answer(disk_device(), &number, &status));
    settle();
    assert_false(blkfront_is_under_way(disk_device(), 1));
    assert_true(blkfront_answer(disk_device(), &number, &status));
    assert_int_equal(number, 1);
    assert_int_equal(status, BLKIF_RSP_OKAY);
    assert_int_equal(page[0], 'x');
    assert_int_equal(page[PAGE_SIZE - 1], 'x');
    assert_false(blkfront_answer(disk_device(), &number, &status));
}

static void a_write_reaches_the_disk(void **state)
{
    (void)state;
    connect();
    memset(page, 'y', PAGE_SIZE);
    request.kind = BLKFRONT_WRITE;
    blkfront_ask(disk_device(), 0, &request);
    settle();
    assert_int_equal(fake_backend.disk[8 * 512 - 1], 0);
    assert_int_equal(fake_backend.disk[8 * 512], 'y');
    assert_int_equal(fake_backend.disk[16 * 512 - 1], 'y');
    assert_int_equal(fake_backend.disk[16 * 512], 0);
}

static void all_numbers_may_be_under_way(void **state)
{
    unsigned int number, seen = 0;
    int status;

    (void)state;
    connect();
    for (unsigned int i = 0; i < BLKFRONT_REQUESTS; i++)
        blkfront_ask(disk_device(), i, &request);
    settle();
    while (blkfront_answer(disk_device(), &number, &status))
        seen |= 1U << number;
    assert_int_equal(seen, (1U << BLKFRONT_REQUESTS) - 1);
}

/* More than the ring has places; the backend is notified of each in time. */
static void a_thousand_requests_are_answered(void **state)
{
    unsigned int number;
    int status;

    (void)state;
    connect();
    for (unsigned int i = 0; i < 1000; i++) {
        blkfront_ask(disk_device(), i % BLKFRONT_REQUESTS, &request);
        settle();
        assert_true(blkfront_answer(disk_device(), &number, &status));
        assert_int_equal(number, i % BLKFRONT_REQUESTS);
    }
}

static void a_status_is_passed_on(void **state)
{
    unsigned int number;
    int status;

    (void)state;
    connect();
    fake_backend.status = BLKIF_RSP_EOPNOTSUPP;
    blkfront_ask(disk_device(), 1, &request);
    settle();
    assert_true(blkfront_answer(disk_device(), &number, &status));
    assert_int_equal(status, BLKIF_RSP_EOPNOTSUPP);
}

/* --- lies ----------------------------------------------------------------- */

static void ask_in_vain(void)
{
    connect();
    fake_backend.answers = false;
    blkfront_ask(disk_device(), 1, &request);
}

static void an_answer_to_a_number_that_was_not_asked(void **state)
{
    (void)state;
    ask_in_vain();
    fake_backend_answer(0, BLKIF_RSP_OKAY);
    assert_given_up();
}

static void an_answer_to_a_number_that_is_none(void **state)
{
    static const uint64_t ids[] = {BLKFRONT_REQUESTS, 31,        32, 33, 64, 65,
                                   1ULL << 32 | 1,    UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
        ask_in_vain();
        fake_backend_answer(ids[i], BLKIF_RSP_OKAY);
        assert_given_up();
        switch_off();
    }
}

static void a_second_answer_to_a_request_closes_the_disk(void **state)
{
    (void)state;
    ask_in_vain();
    blkfront_ask(disk_device(), 0, &request);
    fake_backend_answer(1, BLKIF_RSP_OKAY);
    fake_backend_answer(1, BLKIF_RSP_OKAY);
    assert_given_up();
}

static void answers_to_nothing(void **state)
{
    (void)state;
    ask_in_vain();
    *fake_backend_responses() = 2;
    fake_raise(fake_backend.port);
    assert_given_up();
}

static void answers_that_go_back(void **state)
{
    (void)state;
    ask_in_vain();
    *fake_backend_responses() = UINT32_MAX;
    fake_raise(fake_backend.port);
    assert_given_up();
}

static void an_event_without_an_answer_is_nothing(void **state)
{
    (void)state;
    ask_in_vain();
    fake_raise(fake_backend.port);
    settle();
    assert_true(blkfront_is_under_way(disk_device(), 1));
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
}

static void a_reconnect_forgets_requests_under_way(void **state)
{
    (void)state;
    ask_in_vain();
    fake_backend_set(XenbusStateClosing);
    settle();
    fake_backend.answers = true;
    fake_backend_set(XenbusStateInitWait);
    settle();
    assert_int_equal(disk_device()->connected, 2);
    assert_false(blkfront_is_under_way(disk_device(), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_disk_has_the_properties_that_were_published),
        TEST(a_cd_is_read_only),
        TEST(a_disk_may_grow_and_shrink),
        TEST(a_property_that_is_no_number_stays_as_it_was),
        TEST(a_disk_may_become_read_only),
        TEST(a_resize_loses_no_request),
        TEST(a_read_fills_the_page),
        TEST(a_write_reaches_the_disk),
        TEST(all_numbers_may_be_under_way),
        TEST(a_thousand_requests_are_answered),
        TEST(a_status_is_passed_on),
        TEST(an_answer_to_a_number_that_was_not_asked),
        TEST(an_answer_to_a_number_that_is_none),
        TEST(a_second_answer_to_a_request_closes_the_disk),
        TEST(answers_to_nothing),
        TEST(answers_that_go_back),
        TEST(an_event_without_an_answer_is_nothing),
        TEST(a_reconnect_forgets_requests_under_way),
    };

    return cmocka_run_group_tests_name("blkfront", tests, NULL, NULL);
}
