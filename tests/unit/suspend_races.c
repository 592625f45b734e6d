/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: races, stale rings, suspends by event channel, and
 * many suspends in a row.
 */
#include "tests/unit/suspend.h"

/* --- messages in between ---------------------------------------------------*/

static unsigned int left;
static const char *path, *text;

/* Somebody writes while the transaction of the acknowledgement ends. */
static void write_at_commit(const struct fake_request *request)
{
    if (request->type != XS_TRANSACTION_END || left == 0)
        return;
    left--;
    fake_store_write(path, text);
}

static void between(const char *where, const char *what)
{
    path = where;
    text = what;
    left = 1;
    fake_host.before = write_at_commit;
}

static void take_back_the_next(void)
{
    between(SHUTDOWN, "");
}

/* The event is in the ring before the reply; it must not be lost in any order
 * of events. */
static void a_command_in_between_is_not_lost(void **state)
{
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        (void)state;
        while (fake_next_way(begin)) {
            fake_host.outcome = outcomes[i];
            between(DATA, NOW("reboot"));
            assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend")), SHUTDOWN_reboot);
            assert_int_equal(fake_host.suspend_count, 1);
        }
    }
}

static void the_command_in_between_is_answered_after_the_suspend(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        between(DATA, "{\"when\": \"onshutdown\", \"action\": \"reboot\", "
                      "\"id\": \"a1\"}");
        assert_int_equal(
            RUN(WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"),
                HOLDS(OWN "reply",
                      "{\"seq\": 1, \"id\": \"a1\", \"result\": \"armed\"}"),
                HOLDS(OWN "state", "armed"), HOLDS(DATA, NULL),
                WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_reboot);
    }
}

/* A request that replaces another one is obeyed, and only that one. */
static void a_request_in_between_is_obeyed_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        begin_with(outcomes[i]);
        between(SHUTDOWN, "poweroff");
        assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend")), SHUTDOWN_poweroff);
        assert_int_equal(fake_host.suspend_count, 0);
        assert_true(fake_store_holds(OWN "requests", "1"));
        assert_true(fake_store_holds(OWN "withdrawn", "1"));
    }
}

/* Like libxl when it has waited too long for a suspend. */
static void begin_withdrawn(void)
{
    begin();
    between(SHUTDOWN, "");
}

static void a_request_that_is_taken_back_is_not_obeyed(void **state)
{
    (void)state;
    while (fake_next_way(begin_withdrawn)) {
        assert_int_equal(
            RUN(WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "withdrawn", "1"),
                HOLDS(OWN "requests", "0"), HOLDS(OWN "suspends", "0"),
                HOLDS(OWN "state", "ready"), HOLDS(SHUTDOWN, ""),
                LOGGED("control/shutdown \"suspend\" was withdrawn: nothing"),
                WRITE(SHUTDOWN, "reboot")),
            SHUTDOWN_reboot);
    }
}

/* A command that catches the request does not obey it either; the command stays
 * armed. */
static void a_command_stays_armed_for_the_next(void **state)
{
    (void)state;
    while (fake_next_way(begin_withdrawn)) {
        fake_host.before = NULL;
        fake_host.command_line =
            "testing={\"when\": \"onshutdown\", \"ack\": \"delete\", "
            "\"action\": \"reboot\", \"id\": \"a\"}";
        assert_int_equal(
            RUN(HOLDS(OWN "state", "armed"), DO(take_back_the_next),
                WRITE(SHUTDOWN, "poweroff"), HOLDS(OWN "withdrawn", "1"),
                HOLDS(OWN "requests", "0"), HOLDS(OWN "state", "armed"),
                HOLDS(OWN "reply",
                      "{\"seq\": 1, \"id\": \"a\", \"result\": \"armed\"}"),
                WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_reboot);
        assert_true(fake_store_holds(OWN "reply", "{\"seq\": 2, \"id\": \"a\", "
                                                  "\"result\": \"done\"}"));
    }
}

static void a_sysrq_that_is_taken_back_does_not_crash(void **state)
{
    (void)state;
    path = "control/sysrq";
    begin();
    between("control/sysrq", "");
    RUN(WRITE("control/sysrq", "c"), HOLDS(OWN "withdrawn", "0"),
        LOGGED("control/sysrq \"c\" was withdrawn"),
        HOLDS(OWN "state", "ready"));
}

static void write_after_commit(const struct fake_request *request)
{
    if (request->type == XS_TRANSACTION_END && left > 0) {
        left--;
        fake_store_write(path, text);
    }
}

static int late_outcome;

static void begin_late(void)
{
    begin_with(late_outcome);
    between(SHUTDOWN, "poweroff");
    fake_host.before = NULL;
    fake_store.after = write_after_commit;
}

/* Even with half an event in the ring; the same ring goes on. */
static void a_late_request_comes_after_a_cancel(void **state)
{
    static const int stays[] = {ARCH_CANCELLED, FAKE_SLOW};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stays); i++) {
        late_outcome = stays[i];
        while (fake_next_way(begin_late)) {
            assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend")),
                             SHUTDOWN_poweroff);
            assert_int_equal(fake_host.suspend_count, 1);
        }
    }
}

static void begin_twice(void)
{
    begin();
    between(SHUTDOWN, "suspend");
    fake_host.before = NULL;
    fake_store.after = write_after_commit;
}

/* A suspend that is asked for again, too late, is already done. */
static void a_second_suspend_is_over_in_a_new_domain(void **state)
{
    (void)state;
    while (fake_next_way(begin_twice)) {
        assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"),
                             HOLDS(OWN "state", "ready"),
                             HOLDS(OWN "withdrawn", "1"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_int_equal(fake_host.suspend_count, 1);
    }
}

static unsigned int orders;
static uint64_t given_to_xen; /* pages, during the latest suspend */

static void note_size(void)
{
    given_to_xen = fake_arch.away_count;
}

/* The new domain has found no request. Then its toolstack sets a target, and
 * asks for a suspend. */
static void order_once(const struct fake_request *request)
{
    write_after_commit(request);
    if (fake_host.domain != 8 && request->type == XS_READ && orders > 0 &&
        strcmp(request->path, SHUTDOWN) == 0) {
        orders--;
        fake_store_write("memory/target", "4096");
        fake_store_write(SHUTDOWN, "suspend");
    }
}

static void begin_ordered(void)
{
    begin_twice();
    fake_host.memory_kib = 8192;
    fake_arch.spare_count = 1792;
    orders = 1;
    fake_host.away = note_size;
    fake_store.after = order_once;
}

/* The late suspend does not stand for the new one: the target came first. */
static void a_late_suspend_does_not_overtake_a_target(void **state)
{
    (void)state;
    while (fake_next_way(begin_ordered)) {
        assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend"), COUNTED("2", "2", "0"),
                             HOLDS(OWN "withdrawn", "1"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_int_equal(given_to_xen, 1024);
    }
}

static void write_away(void)
{
    fake_store_write(SHUTDOWN, "poweroff");
}

/* In the new store, before the guest has looked; in the old store, the same. */
static void a_request_while_away_is_obeyed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        while (fake_next_way(begin)) {
            fake_host.outcome = outcomes[i];
            fake_host.away = write_away;
            assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend")),
                             SHUTDOWN_poweroff);
            assert_int_equal(fake_host.suspend_count, 1);
        }
    }
}

/* --- rings as they were ----------------------------------------------------*/

static char stale[200];
static size_t stale_size;

static void leave_stale_bytes(void)
{
    struct xenstore_domain_interface *page = fake_store_page;

    for (size_t i = 0; i < stale_size; i++)
        page->rsp[MASK_XENSTORE_IDX(page->rsp_prod++)] = stale[i];
}

/* An event of the old store; only its first `size` bytes arrived. */
static void begin_stale(size_t size)
{
    static const char payload[] = SHUTDOWN "\0"
                                           "2";
    const struct xsd_sockmsg header = {.type = XS_WATCH_EVENT,
                                       .len = sizeof(payload)};

    begin();
    fake_host.keeps_rings = true;
    fake_host.away = leave_stale_bytes;
    memcpy(stale, &header, sizeof(header));
    memcpy(stale + sizeof(header), payload, sizeof(payload));
    stale_size = MIN(size, sizeof(header) + sizeof(payload));
}

static void begin_kept(void)
{
    begin();
    fake_host.keeps_rings = true;
}

static void ring_indices_are_taken_as_found(void **state)
{
    (void)state;
    while (fake_next_way(begin_kept)) {
        assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"),
                             HOLDS(OWN "state", "ready"),
                             WRITE(SHUTDOWN, "suspend"), COUNTED("2", "2", "0"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_true(fake_store_page->req_prod != 0);
        assert_int_equal(fake_store_watch_count(), WATCH_COUNT);
        assert_int_equal(fake_host_logged("error"), 0);
    }
}

static void a_stale_event_does_no_harm(void **state)
{
    (void)state;
    begin_stale(sizeof(stale));
    assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"),
                         HOLDS(OWN "requests", "1"),
                         HOLDS(OWN "state", "ready"),
                         WRITE(SHUTDOWN, "poweroff")),
                     SHUTDOWN_poweroff);
    assert_int_equal(fake_host_logged("error"), 0);
}

static void half_a_stale_event_does_no_harm(void **state)
{
    (void)state;
    for (size_t size = 1; size < sizeof(struct xsd_sockmsg) + 19; size++) {
        begin_stale(size);
        assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"),
                             HOLDS(OWN "requests", "1"),
                             HOLDS(OWN "state", "ready"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
        assert_int_equal(fake_host_logged("error"), 0);
    }
}

static void type_a_line(void)
{
    fake_console_type(TEXT("hello\n"));
}

static void the_console_goes_on(void **state)
{
    (void)state;
    while (fake_next_way(begin)) {
        fake_host.keeps_rings = fake_way.seed % 2;
        RUN(WRITE(SHUTDOWN, "suspend"), DO(type_a_line),
            LOGGED("console: input: \"hello\""), WRITE(SHUTDOWN, "dance"),
            LOGGED("control/shutdown \"dance\""));
        assert_int_equal(fake_host_logged("[    0.000] "),
                         fake_host_logged("\r\n"));
    }
}

static void stop_reading(void)
{
    fake_console.appetite = 100;
}

static void read_again(void)
{
    fake_console.appetite = SIZE_MAX;
}

/* Nobody reads, and the ring is full: no suspend is delayed. */
static void a_console_that_nobody_reads_stops_no_suspend(void **state)
{
    struct fake_host_step steps[64];
    size_t count = 0;

    (void)state;
    fake_host.keeps_rings = true;
    steps[count++] = (struct fake_host_step)DO(stop_reading);
    for (unsigned int i = 0; i < 20; i++)
        steps[count++] =
            (struct fake_host_step)WRITE(SHUTDOWN, i % 2 ? "dance" : "suspend");
    steps[count++] = (struct fake_host_step)HOLDS(OWN "resumes", "10");
    steps[count++] = (struct fake_host_step)DO(read_again);
    steps[count++] = (struct fake_host_step)WRITE(SHUTDOWN, "poweroff");
    steps[count] = (struct fake_host_step){FAKE_END, NULL, NULL, NULL, 0};
    assert_int_equal(fake_host_run(steps), SHUTDOWN_poweroff);
}

/* --- asked by event channel ------------------------------------------------*/

static void begin_asked(void)
{
    begin();
    fake_host.command_line = "suspend-event-channel";
}

static void ask(void)
{
    fake_raise(fake_arch.opened);
}

static void assert_opened_for_dom0(void)
{
    char number[11];

    snprintf(number, sizeof(number), "%u", fake_arch.opened);
    assert_true(fake_store_holds(PORT, number));
    assert_int_equal(fake_arch.opened_for, 0);
}

static void a_suspend_port_is_offered_and_obeyed(void **state)
{
    (void)state;
    while (fake_next_way(begin_asked)) {
        assert_int_equal(
            RUN(HOLDS(PORT, "3"), DO(assert_opened_for_dom0), DO(ask),
                COUNTED("1", "1", "0"), HOLDS(OWN "requests", "0"),
                HOLDS(OWN "state", "ready"), HOLDS(OWN "reply", NULL),
                LOGGED("control: suspend asked for by event channel"),
                HOLDS(PORT, "4"), DO(assert_opened_for_dom0), DO(ask),
                COUNTED("2", "2", "0"), DO(assert_opened_for_dom0),
                WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
        assert_int_equal(fake_arch.open_count, 3);
        assert_int_equal(fake_host.suspend_count, 2);
    }
}

static void assert_suspending(void)
{
    assert_true(fake_store_holds(OWN "state", "suspending"));
}

static void a_suspend_port_stays_after_a_cancel(void **state)
{
    static const int stays[] = {ARCH_CANCELLED, FAKE_REFUSED, FAKE_SLOW};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(stays); i++) {
        while (fake_next_way(begin_asked)) {
            fake_host.outcome = stays[i];
            fake_host.away = assert_suspending;
            RUN(DO(ask), HOLDS(OWN "suspends", "1"), HOLDS(PORT, "3"), DO(ask),
                HOLDS(OWN "suspends", "2"), HOLDS(OWN "state", "ready"));
            assert_int_equal(fake_arch.open_count, 1);
            assert_int_equal(fake_host.suspend_count, 2);
        }
    }
}

static void both_ways_to_ask_work_together(void **state)
{
    (void)state;
    while (fake_next_way(begin_asked)) {
        assert_int_equal(RUN(WRITE(SHUTDOWN, "suspend"), HOLDS(PORT, "4"),
                             DO(ask), WRITE(SHUTDOWN, "suspend"),
                             COUNTED("3", "3", "0"),
                             WRITE(SHUTDOWN, "poweroff")),
                         SHUTDOWN_poweroff);
    }
}

static void a_vm_without_a_suspend_port_does_not_stop(void **state)
{
    (void)state;
    begin_asked();
    fake_arch.open_error = -28;
    assert_int_equal(RUN(HOLDS(PORT, NULL),
                         LOGGED("suspend: error: no event channel: "),
                         WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"),
                         WRITE(SHUTDOWN, "poweroff")),
                     SHUTDOWN_poweroff);
}

static void a_suspend_port_that_cannot_be_published_is_logged(void **state)
{
    (void)state;
    begin_asked();
    fake_store_read_only(PORT);
    assert_int_equal(RUN(HOLDS(PORT, NULL),
                         LOGGED("suspend: error: " PORT ": EACCES"), DO(ask),
                         COUNTED("1", "1", "0")),
                     FAKE_LEFT);
}

/* --- the self-test ---------------------------------------------------------*/

static void a_page_is_lent_again(void **state)
{
    const grant_ref_t first = GNTTAB_NR_RESERVED_ENTRIES;

    (void)state;
    fake_host.command_line = "self-test";
    assert_int_equal(
        RUN(HOLDS(OWN "self-test/grant", "8"), WRITE(SHUTDOWN, "suspend"),
            HOLDS(OWN "self-test/grant", "8"), WRITE(SHUTDOWN, "poweroff")),
        SHUTDOWN_poweroff);
    assert_int_equal(first, 8);
    assert_int_equal(fake_arch.grants[first].flags, GTF_invalid);
    assert_int_equal(fake_host_logged("grant 8 ended"), 1);
    assert_int_equal(fake_host_logged("page lent"), 2);
}

/* --- many ------------------------------------------------------------------*/

#define MANY 1000

static void assert_no_leak(unsigned int suspends)
{
    assert_int_equal(fake_host.suspend_count, suspends);
    assert_int_equal(fake_store_watch_count(), WATCH_COUNT);
    assert_true(fake_host.stack_low == fake_host.stack_high);
    assert_true(fake_ipi_count() == 0);
}

static void many_suspends_leak_nothing(void **state)
{
    static struct fake_host_step steps[MANY + 3];

    (void)state;
    for (size_t i = 0; i < MANY; i++)
        steps[i] = (struct fake_host_step)WRITE(SHUTDOWN, "suspend");
    steps[MANY] = (struct fake_host_step)HOLDS(OWN "suspends", "1000");
    steps[MANY + 1] = (struct fake_host_step)WRITE(SHUTDOWN, "poweroff");
    steps[MANY + 2] = (struct fake_host_step){FAKE_END, NULL, NULL, NULL, 0};
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        begin_with(outcomes[i]);
        assert_int_equal(fake_host_run(steps), SHUTDOWN_poweroff);
        assert_no_leak(MANY);
    }
}

static void ask_for_another(const struct fake_request *request)
{
    if (request->type != XS_TRANSACTION_END || left == 0)
        return;
    left--;
    fake_store_write(left % 2 ? TESTING : DATA, NOW("suspend"));
}

/* Each suspend is asked for before the one before it begins. */
static void a_suspend_does_not_nest_in_another(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(outcomes); i++) {
        begin_with(outcomes[i]);
        fake_host.before = ask_for_another;
        left = MANY;
        assert_int_equal(
            RUN(WRITE(SHUTDOWN, "suspend"), HOLDS(OWN "suspends", "1001"),
                HOLDS(OWN "commands", "1000"), HOLDS(OWN "state", "ready"),
                WRITE(SHUTDOWN, "poweroff")),
            SHUTDOWN_poweroff);
        assert_no_leak(MANY + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_command_in_between_is_not_lost),
        TEST(the_command_in_between_is_answered_after_the_suspend),
        TEST(a_request_in_between_is_obeyed_alone),
        TEST(a_request_that_is_taken_back_is_not_obeyed),
        TEST(a_command_stays_armed_for_the_next),
        TEST(a_sysrq_that_is_taken_back_does_not_crash),
        TEST(a_late_request_comes_after_a_cancel),
        TEST(a_second_suspend_is_over_in_a_new_domain),
        TEST(a_late_suspend_does_not_overtake_a_target),
        TEST(a_request_while_away_is_obeyed),
        TEST(ring_indices_are_taken_as_found),
        TEST(a_stale_event_does_no_harm),
        TEST(half_a_stale_event_does_no_harm),
        TEST(the_console_goes_on),
        TEST(a_console_that_nobody_reads_stops_no_suspend),
        TEST(a_suspend_port_is_offered_and_obeyed),
        TEST(a_suspend_port_stays_after_a_cancel),
        TEST(both_ways_to_ask_work_together),
        TEST(a_vm_without_a_suspend_port_does_not_stop),
        TEST(a_suspend_port_that_cannot_be_published_is_logged),
        TEST(a_page_is_lent_again),
        TEST(many_suspends_leak_nothing),
        TEST(a_suspend_does_not_nest_in_another),
    };

    return cmocka_run_group_tests_name("suspend_races", tests, NULL, NULL);
}
