/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/disk: what it reads, writes and finds wrong, and how it
 * continues when its device changes.
 */
#include "tests/unit/devices.h"

#include <xen/io/blkif.h>

#include "kernel/clock.h"
#include "kernel/disk.h"
#include "kernel/disk_lines.h"

#define MIB (1024 * 1024)

static struct outcome outcome;
static uint64_t now_ns;

static void start(enum disk_op op, uint32_t mib, uint32_t seed)
{
    const struct command command = {
        .device_type = DEVICE_VBD,
        .device = 51712,
        .op = op,
        .mib = mib,
        .seed = seed,
    };

    memset(&outcome, 0, sizeof(outcome));
    now_ns = 0;
    disk_start(&command, now_ns);
}

/* Do a slice. True: there is more to do after an event. */
static bool slice(void)
{
    uint64_t wake_ns = 0;
    bool more;

    now_ns += 1000000;
    more = disk_run(now_ns, &wake_ns, &outcome);
    if (more)
        assert_true(wake_ns == TIME_NEVER);
    return more;
}

static void finish(void)
{
    for (unsigned int i = 0; slice(); i++) {
        assert_true(i < 1000);
        settle();
    }
    /* Only the page of the ring is still lent. */
    assert_int_equal(lend_count(), disk_device() ? 1 : 0);
}

static void connect(void)
{
    fake_backend_start(DISK, XenbusStateInitWait);
    begin();
}

/* Connect, and begin an order whose requests the backend does not answer. */
static void connect_unanswered(enum disk_op op, uint32_t seed)
{
    connect();
    fake_backend.answers = false;
    start(op, 1, seed);
    assert_true(slice());
}

/* The lines as a tester would print them. */
static void print(char *lines, size_t size, uint32_t seed)
{
    char line[DISK_LINE_SIZE + 1];

    for (size_t at = 0; at < size; at += DISK_LINE_SIZE) {
        snprintf(line, sizeof(line), "%08x %022zu\n", seed, at);
        memcpy(&lines[at], line, DISK_LINE_SIZE);
    }
}

static void assert_error(const char *expected)
{
    assert_non_null(outcome.error);
    assert_string_equal(outcome.error, expected);
}

static void assert_detail(const char *part)
{
    assert_non_null(outcome.detail);
    if (!strstr(outcome.detail, part))
        fail_msg("\"%s\" is not in: %s", part, outcome.detail);
}

/* --- orders --------------------------------------------------------------- */

static void a_write_leaves_the_pattern(void **state)
{
    static char expected[MIB];

    (void)state;
    connect();
    start(DISK_WRITE, 1, 7);
    finish();
    assert_null(outcome.error);
    print(expected, MIB, 7);
    assert_memory_equal(fake_backend.disk, expected, MIB);
    assert_int_equal(fake_backend.disk[MIB], 0);
    assert_detail("\"kib\": 1024,");
    assert_detail("\"lines_wrong\": 0");
}

static void a_verify_finds_the_pattern(void **state)
{
    (void)state;
    connect();
    print(fake_backend.disk, 2 * MIB, 3);
    start(DISK_VERIFY, 2, 3);
    finish();
    assert_null(outcome.error);
    assert_detail("\"kib\": 2048,");
}

static void a_verify_counts_the_lines_that_are_wrong(void **state)
{
    (void)state;
    connect();
    print(fake_backend.disk, MIB, 3);
    fake_backend.disk[0] ^= 1;
    fake_backend.disk[31] ^= 1;
    fake_backend.disk[4096] ^= 1;
    fake_backend.disk[MIB - 1] ^= 1;
    start(DISK_VERIFY, 1, 3);
    finish();
    assert_error("the disk does not hold what was written");
    assert_detail("\"lines_wrong\": 3");
}

static void another_seed_is_wrong_everywhere(void **state)
{
    (void)state;
    connect();
    print(fake_backend.disk, MIB, 3);
    start(DISK_VERIFY, 1, 4);
    finish();
    assert_detail("\"lines_wrong\": 32768");
}

static void a_read_compares_nothing(void **state)
{
    (void)state;
    connect();
    start(DISK_READ, 2, 0);
    finish();
    assert_null(outcome.error);
    assert_int_equal(fake_backend.request_count, 2 * MIB / (8 * PAGE_SIZE));
    assert_detail("\"kib_per_s\": ");
}

static void a_flush_is_one_request(void **state)
{
    (void)state;
    connect();
    start(DISK_FLUSH, 0, 0);
    finish();
    assert_null(outcome.error);
    assert_int_equal(fake_backend.request_count, 1);
}

/* --- refusals ------------------------------------------------------------- */

static void an_order_larger_than_the_disk_is_refused(void **state)
{
    (void)state;
    connect();
    start(DISK_READ, 3, 0);
    finish();
    assert_error("the disk has no more than 2 MiB");
    assert_int_equal(fake_backend.request_count, 0);
}

static void a_read_only_disk_is_not_written(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_store_write("/local/domain/0/backend/vbd/7/51712/info", "4");
    begin();
    start(DISK_WRITE, 1, 0);
    finish();
    assert_error("the disk is read-only");
}

static void a_backend_that_cannot_flush_is_not_asked(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_store_write("/local/domain/0/backend/vbd/7/51712/feature-flush-cache",
                     "0");
    begin();
    start(DISK_FLUSH, 0, 0);
    finish();
    assert_error("the backend cannot flush");
}

static void an_order_without_a_device_fails(void **state)
{
    (void)state;
    begin();
    start(DISK_READ, 1, 0);
    finish();
    assert_error("there is no such device");
}

static void an_error_of_the_backend_ends_it(void **state)
{
    (void)state;
    connect();
    fake_backend.status = BLKIF_RSP_ERROR;
    start(DISK_WRITE, 1, 0);
    finish();
    assert_error("the backend answered -1");
    assert_true(fake_backend.request_count <= BLKFRONT_REQUESTS);
}

static void a_chunk_that_was_not_read_is_not_compared(void **state)
{
    (void)state;
    connect();
    fake_backend.status = BLKIF_RSP_ERROR;
    start(DISK_VERIFY, 1, 5);
    finish();
    assert_error("the backend answered -1");
    assert_detail("\"lines_wrong\": 0");
}

static void an_order_without_pages_fails(void **state)
{
    grant_ref_t reference;
    int error;

    (void)state;
    connect();
    while (lend_page(77, 0, &reference, &error))
        ;
    start(DISK_READ, 1, 0);
    while (slice())
        settle();
    assert_error("ENOMEM");
    lend_end_all(77);
    assert_int_equal(lend_count(), 1);
}

/* --- a disk of another size ----------------------------------------------- */

static void resize(const char *sectors)
{
    fake_backend_tell("sectors", sectors);
    fake_backend_set(XenbusStateConnected);
    settle();
}

static void a_disk_that_has_grown_may_be_read_to_its_end(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_backend_tell("sectors", "2048");
    begin();
    resize("4096");
    start(DISK_READ, 2, 0);
    finish();
    assert_null(outcome.error);
    assert_detail("\"kib\": 2048,");
}

static void a_disk_that_shrinks_ends_the_work(void **state)
{
    (void)state;
    connect();
    start(DISK_READ, 2, 0);
    assert_true(slice());
    resize("2048");
    finish();
    assert_error("the disk has no more than 1 MiB");
    assert_int_equal(fake_backend.request_count, BLKFRONT_REQUESTS);
}

/* --- devices that come and go --------------------------------------------- */

static void a_device_that_is_not_connected_yet_is_waited_for(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitialising);
    begin();
    start(DISK_WRITE, 1, 0);
    assert_true(slice());
    fake_backend_set(XenbusStateInitWait);
    settle();
    finish();
    assert_null(outcome.error);
}

static void a_device_that_closes_ends_it(void **state)
{
    (void)state;
    connect_unanswered(DISK_WRITE, 0);
    fake_backend_remove();
    settle();
    finish();
    assert_error("there is no such device");
    assert_int_equal(fake_grant_count(), 0);
}

/* Requests that had no answer in the old domain are sent in the new one. */
static void a_resume_loses_nothing(void **state)
{
    static char expected[MIB];

    (void)state;
    connect();
    start(DISK_WRITE, 1, 5);
    for (unsigned int i = 0; i < 4; i++) {
        assert_true(slice());
        settle();
    }
    fake_backend.answers = false;
    assert_true(slice());
    print(expected, MIB, 5);
    assert_memory_not_equal(fake_backend.disk, expected, MIB);

    enter_new_domain();
    memcpy(expected, fake_backend.disk, MIB);
    fake_backend_start(DISK, XenbusStateInitWait);
    memcpy(fake_backend.disk, expected, MIB);
    begin();
    finish();
    assert_null(outcome.error);
    print(expected, MIB, 5);
    assert_memory_equal(fake_backend.disk, expected, MIB);
}

/* Nobody will answer the requests of the old domain. */
static void a_disk_that_is_read_only_after_a_resume_ends_it(void **state)
{
    (void)state;
    connect_unanswered(DISK_WRITE, 5);
    enter_new_domain();
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_store_write("/local/domain/0/backend/vbd/7/51712/info", "4");
    begin();
    finish();
    assert_error("the disk is read-only");
}

/* A buffer with a chunk and without pages must not be sent again. */
static void a_new_connection_without_pages_ends_it(void **state)
{
    grant_ref_t reference;
    int error;

    (void)state;
    connect_unanswered(DISK_WRITE, 5);
    fake_backend_move(3, XenbusStateInitWait);
    settle();
    while (lend_page(77, 0, &reference, &error))
        ;
    while (slice())
        settle();
    assert_error("ENOMEM");
    assert_int_equal(lend_count(), LEND_PAGE_MAX);
    lend_end_all(77);
    assert_int_equal(lend_count(), 1);
}

static void a_stop_waits_for_requests_under_way(void **state)
{
    (void)state;
    connect();
    start(DISK_WRITE, 2, 0);
    assert_true(slice());
    disk_stop();
    finish();
    assert_null(outcome.error);
    assert_int_equal(fake_backend.request_count, BLKFRONT_REQUESTS);
}

/* The second order waits for the first one's answers, and ignores them. */
static void a_newer_order_takes_the_place_of_an_older(void **state)
{
    static char expected[MIB];

    (void)state;
    connect_unanswered(DISK_WRITE, 1);
    fake_backend.answers = true;
    start(DISK_WRITE, 1, 2);
    finish();
    assert_null(outcome.error);
    print(expected, MIB, 2);
    assert_memory_equal(fake_backend.disk, expected, MIB);
}

/* Other work takes the disk's place: only the ring is still lent when the
 * backend has answered. Until then it may use the pages. */
static void an_order_can_be_forgotten(void **state)
{
    unsigned int lent;

    (void)state;
    connect();
    lent = fake_grant_count();
    fake_backend.answers = false;
    start(DISK_READ, 1, 1);
    assert_true(slice());
    assert_int_equal(fake_grant_count(),
                     lent + BLKFRONT_REQUESTS * BLKFRONT_PAGES);
    disk_forget();
    assert_int_equal(fake_grant_count(),
                     lent + BLKFRONT_REQUESTS * BLKFRONT_PAGES);
    fake_backend.answers = true;
    settle();
    assert_int_equal(fake_grant_count(), lent);
}

/* Requests of the first order, which is written late, hold no data of the
 * second one. */
static void a_request_of_a_forgotten_order_keeps_its_pages(void **state)
{
    static char expected[MIB];

    (void)state;
    connect_unanswered(DISK_WRITE, 1);
    start(DISK_READ, 1, 1);
    assert_true(slice());
    start(DISK_WRITE, 1, 2);
    assert_true(slice());
    assert_int_equal(fake_backend.request_count, 0);
    fake_backend.answers = true;
    settle();
    print(expected, BLKFRONT_REQUESTS * BLKFRONT_PAGES * PAGE_SIZE, 1);
    assert_memory_equal(fake_backend.disk, expected,
                        BLKFRONT_REQUESTS * BLKFRONT_PAGES * PAGE_SIZE);
    finish();
    print(expected, MIB, 2);
    assert_memory_equal(fake_backend.disk, expected, MIB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_write_leaves_the_pattern),
        TEST(a_verify_finds_the_pattern),
        TEST(a_verify_counts_the_lines_that_are_wrong),
        TEST(another_seed_is_wrong_everywhere),
        TEST(a_read_compares_nothing),
        TEST(a_flush_is_one_request),
        TEST(an_order_larger_than_the_disk_is_refused),
        TEST(a_read_only_disk_is_not_written),
        TEST(a_backend_that_cannot_flush_is_not_asked),
        TEST(an_order_without_a_device_fails),
        TEST(an_error_of_the_backend_ends_it),
        TEST(a_chunk_that_was_not_read_is_not_compared),
        TEST(an_order_without_pages_fails),
        TEST(a_disk_that_has_grown_may_be_read_to_its_end),
        TEST(a_disk_that_shrinks_ends_the_work),
        TEST(a_device_that_is_not_connected_yet_is_waited_for),
        TEST(a_device_that_closes_ends_it),
        TEST(a_resume_loses_nothing),
        TEST(a_disk_that_is_read_only_after_a_resume_ends_it),
        TEST(a_new_connection_without_pages_ends_it),
        TEST(a_stop_waits_for_requests_under_way),
        TEST(a_newer_order_takes_the_place_of_an_older),
        TEST(an_order_can_be_forgotten),
        TEST(a_request_of_a_forgotten_order_keeps_its_pages),
    };

    return cmocka_run_group_tests_name("disk", tests, NULL, NULL);
}
