/* SPDX-License-Identifier: MIT */
/*
 * Tests of the whole kernel: the balloon, from the store to Xen.
 */
#include "tests/unit/suspend.h"

#define TARGET  "memory/target"
#define MAXIMUM "memory/static-max"
#define FEATURE "control/feature-balloon"
#define ACTIVE  "control/balloon-active"

#define BALLOON(members)                                                       \
    "{\"when\": \"now\", \"action\": \"balloon\", \"id\": \"b\"" members "}"

/* 8 MiB; the guest can give 7 of them to Xen. */
static void begin_with_memory(void)
{
    begin();
    fake_arch.spare_count = 1792;
    fake_host.memory_kib = 8192;
    fake_store_write(TARGET, "8192");
    fake_store_write(MAXIMUM, "8192");
}

static void begin_short_of_memory(void)
{
    begin_with_memory();
    fake_host.memory_is_maximum = true;
    fake_store_write(TARGET, "6144");
}

static uint64_t spare[1792 * PAGE_SIZE / sizeof(uint64_t)];

/* The same, and dirty can use these 7 MiB. */
static void begin_to_dirty(void)
{
    begin_with_memory();
    fake_arch.spare = spare;
}

static void a_target_is_followed(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_memory)) {
        RUN(HOLDS(FEATURE, "1"), WRITE(TARGET, "4096"), HOLDS(ACTIVE, NULL),
            WRITE(DATA, BALLOON("")), HOLDS(OWN "commands", "1"));
        assert_int_equal(fake_arch.away_count, 1024);
        assert_non_null(strstr(fake_store_value(OWN "reply"),
                               "\"kib\": 4096, \"target_kib\": 4096}"));
    }
}

static void a_target_is_followed_both_ways(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_memory)) {
        RUN(WRITE(TARGET, "4096"), HOLDS(ACTIVE, NULL), WRITE(TARGET, "8188"),
            HOLDS(ACTIVE, NULL));
        assert_int_equal(fake_arch.away_count, 1);
    }
}

/* Memory that is populated on demand goes back before the VM says that it can
 * balloon. */
static void memory_that_was_never_populated_goes_back_first(void **state)
{
    (void)state;
    while (fake_next_way(begin_short_of_memory)) {
        RUN(HOLDS(FEATURE, "1"));
        assert_int_equal(fake_arch.away_count, 512);
    }
}

static void nothing_is_published_under_libxl(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_memory)) {
        LIBXL();
        RUN(WRITE(TARGET, "4096"), WRITE(DATA, BALLOON("")),
            HOLDS(OWN "commands", "1"));
        assert_int_equal(fake_arch.away_count, 1024);
        assert_true(fake_store_holds(FEATURE, NULL));
    }
}

static void a_balloon_refuses_as_told(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_memory)) {
        RUN(WRITE(DATA, BALLOON(", \"mode\": \"refuse\"")),
            HOLDS(OWN "commands", "1"), WRITE(TARGET, "4096"),
            WRITE(DATA, BALLOON("")), HOLDS(OWN "commands", "2"));
        assert_int_equal(fake_arch.away_count, 0);
        assert_non_null(strstr(fake_store_value(OWN "reply"),
                               "\"kib\": 8192, \"target_kib\": 4096}"));
    }
}

static void a_stuck_balloon_says_that_it_is_not_over(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_memory)) {
        RUN(WRITE(DATA, BALLOON(", \"mode\": \"stuck\"")), HOLDS(ACTIVE, "1"),
            WRITE(DATA, BALLOON(", \"mode\": \"obey\"")), HOLDS(ACTIVE, NULL));
    }
}

/* Memory that was given stays with Xen; a target set meanwhile counts. */
static void a_resume_keeps_the_given_memory(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_memory)) {
        RUN(WRITE(TARGET, "4096"), HOLDS(ACTIVE, NULL),
            WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"),
            HOLDS(FEATURE, "1"), WRITE(TARGET, "5120"), HOLDS(ACTIVE, NULL));
        assert_int_equal(fake_arch.away_count, 768);
    }
}

/* --- beside dirty ----------------------------------------------------------*/

#define DIRTY(members)                                                         \
    "{\"action\": \"dirty\", \"mib\": 6, \"id\": \"d\"" members "}"
#define DONT_FIT                                                               \
    "\"result\": \"failed\", \"error\": \"mib is 6: no more than 3 would fit\"}"

/* The command is parsed with 7 MiB, and due with 3. */
static void dirty_fails_if_the_memory_has_gone_when_due(void **state)
{
    static const struct {
        const char *command, *answer;
    } rows[] = {
        {DIRTY(", \"when\": \"onshutdown\""),
         "{\"seq\": 2, \"id\": \"d\", " DONT_FIT},
        {DIRTY(", \"when\": \"onshutdown\", \"action_delay_ms\": 5"),
         "{\"seq\": 2, \"id\": \"d\", " DONT_FIT},
        {"[" LATER("ignore") ", " DIRTY(", \"when\": \"now\"") "]",
         "{\"seq\": 4, \"id\": \"d\", \"step\": 1, " DONT_FIT},
        {"[" LATER("ignore") ", " DIRTY(
             ", \"when\": \"now\", \"action_delay_ms\": 5") "]",
         "{\"seq\": 4, \"id\": \"d\", \"step\": 1, " DONT_FIT},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        begin_to_dirty();
        RUN(WRITE(DATA, rows[i].command), HOLDS(OWN "state", "armed"),
            WRITE(TARGET, "4096"), HOLDS(OWN "state", "armed"),
            WRITE(SHUTDOWN, "poweroff"), WAIT(10),
            HOLDS(OWN "reply", rows[i].answer), HOLDS(OWN "state", "ready"),
            HOLDS(OWN "memory-errors", "0"), WRITE(TARGET, "8192"),
            HOLDS(ACTIVE, NULL));
        assert_int_equal(fake_arch.away_count, 0);
    }
}

/* Work that was replaced has no pages any more. */
static void replaced_work_gives_its_memory_back(void **state)
{
    static const char storm[] =
        "{\"when\": \"now\", \"action\": \"storm\", \"writes\": 9}";

    (void)state;
    begin_to_dirty();
    RUN(WRITE(DATA, DIRTY(", \"when\": \"now\"")), HOLDS(OWN "state", "busy"),
        WRITE(TARGET, "4096"), HOLDS(OWN "state", "busy"), WRITE(DATA, storm),
        HOLDS(OWN "state", "ready"));
    assert_int_equal(fake_arch.away_count, 1024);
}

/* A target that comes while the domain is being saved; see arch/arch.h. */
static void memory_lost_in_a_resume_is_taken_again(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_memory)) {
        fake_host.pages_lost = 100;
        RUN(WRITE(TARGET, "4096"), HOLDS(ACTIVE, NULL),
            WRITE(SHUTDOWN, "suspend"), COUNTED("1", "1", "0"),
            HOLDS(FEATURE, "1"), HOLDS(ACTIVE, NULL));
        assert_int_equal(fake_arch.away_count, 1024);
        assert_int_equal(fake_arch.wanted, 100);
        assert_non_null(
            strstr(fake_console_output(), "balloon: error: 400 KiB are lost"));
    }
}

static void memory_lost_in_a_resume_is_not_taken_if_told(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_memory)) {
        fake_host.pages_lost = 100;
        RUN(WRITE(DATA, BALLOON(", \"mode\": \"refuse\"")),
            HOLDS(OWN "commands", "1"), WRITE(SHUTDOWN, "suspend"),
            COUNTED("1", "1", "0"), WRITE(DATA, BALLOON("")),
            HOLDS(OWN "commands", "2"));
        assert_int_equal(fake_arch.away_count, 100);
        assert_non_null(strstr(fake_store_value(OWN "reply"),
                               "\"kib\": 7792, \"target_kib\": 8192}"));
    }
}

/* --- what is not reached -------------------------------------------------- */

static unsigned int waits_before;

static void note_waits(void)
{
    waits_before = fake_arch.wait_count;
}

/* At most one wake-up, by an event that was under way. */
static void there_was_no_wake_up(void)
{
    assert_true(fake_arch.wait_count <= waits_before + 1);
}

#define IDLE                                                                   \
    WAIT(1000), DO(note_waits), WAIT(3600000), WAIT(0), DO(there_was_no_wake_up)

static void have_no_more(void)
{
    fake_arch.xen_has = 0;
    fake_arch.has_all = true;
}

static void a_target_out_of_reach_causes_no_wake_up(void **state)
{
    const char *const targets[] = {"8196", "18446744073709551609", "4", "0"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(targets); i++) {
        while (fake_next_way(begin_with_memory)) {
            RUN(WRITE(TARGET, targets[i]), HOLDS(FEATURE, "1"),
                HOLDS(ACTIVE, NULL), IDLE);
        }
    }
}

static void a_target_above_the_maximum_causes_no_wake_up(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_memory)) {
        RUN(WRITE(TARGET, "4096"), HOLDS(ACTIVE, NULL), DO(have_no_more),
            WRITE(TARGET, "8192"), HOLDS(ACTIVE, NULL), IDLE);
    }
}

/* If the VM believed this maximum, it would give all its memory away. */
static void an_impossible_maximum_is_refused(void **state)
{
    const char *const maxima[] = {"18446744073709551609", "16388"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(maxima); i++) {
        while (fake_next_way(begin_short_of_memory)) {
            fake_store_write(MAXIMUM, maxima[i]);
            RUN(LOGGED("balloon: error: memory/static-max is impossible: 1"));
            assert_int_equal(fake_arch.away_count, 512);
        }
    }
}

static void begin_unread(void)
{
    begin_short_of_memory();
    fake_store_offer();
    fake_store_write(MAXIMUM, "9216");
    fake_store.failing_path = MAXIMUM;
    fake_store.failing_with = "EIO";
}

static void permit_all(void)
{
    fake_store.failing_path = NULL;
    fake_store_garble();
}

/* The pages that were moved before, and the mode, still count. */
static void a_maximum_may_be_read_late(void **state)
{
    (void)state;
    while (fake_next_way(begin_unread)) {
        RUN(HOLDS(ACTIVE, NULL), HOLDS(FEATURE, "1"),
            WRITE(DATA, BALLOON(", \"mode\": \"partial\", \"percent\": 50")),
            DO(permit_all), LOGGED("connected again"), HOLDS(ACTIVE, NULL),
            WRITE(TARGET, "2048"), HOLDS(ACTIVE, NULL));
        assert_int_equal(fake_arch.away_count, 1216);
    }
}

/* --- suspends ------------------------------------------------------------- */

static uint64_t away_when_suspended, away_when_acknowledged;

static void look(void)
{
    away_when_suspended = fake_arch.away_count;
}

static void look_at_acknowledgement(const struct fake_request *request)
{
    if (request->type == XS_WRITE && strcmp(request->path, SHUTDOWN) == 0)
        away_when_acknowledged = fake_arch.away_count;
}

static void begin_to_suspend(void)
{
    begin_with_memory();
    fake_host.away = look;
    fake_host.before = look_at_acknowledgement;
    away_when_suspended = away_when_acknowledged = 0;
}

static void begin_to_checkpoint(void)
{
    begin_to_suspend();
    fake_host.outcome = ARCH_CANCELLED;
}

/* Both happen before the guest runs again. */
static void set_target_and_suspend(void)
{
    fake_store_write(TARGET, "2048");
    fake_store_write(SHUTDOWN, "suspend");
}

/* The event of the request takes the place of an older event, in front of the
 * target's event. */
static void set_target_between(void)
{
    fake_store_write(SHUTDOWN, "");
    fake_store_write(TARGET, "2048");
    fake_store_write(SHUTDOWN, "suspend");
}

static void owed_memory_goes_before_a_suspend(void **state)
{
    (void)state;
    while (fake_next_way(begin_to_suspend)) {
        RUN(DO(set_target_and_suspend), COUNTED("1", "1", "0"));
        assert_int_equal(away_when_acknowledged, 1536);
        assert_int_equal(away_when_suspended, 1536);
    }
    while (fake_next_way(begin_to_checkpoint)) {
        RUN(DO(set_target_between), COUNTED("1", "0", "1"), HOLDS(ACTIVE, NULL),
            HOLDS("data/meminfo_total", "2048"));
        assert_int_equal(away_when_acknowledged, 1536);
        assert_int_equal(away_when_suspended, 1536);
    }
}

static void set_target_and_ask(void)
{
    fake_store_write(TARGET, "2048");
    fake_raise(fake_arch.opened);
}

static void begin_with_port(void)
{
    begin_to_suspend();
    fake_host.command_line = "suspend-event-channel";
}

static void owed_memory_goes_before_a_suspend_by_event_channel(void **state)
{
    (void)state;
    while (fake_next_way(begin_with_port)) {
        RUN(DO(set_target_and_ask), COUNTED("1", "1", "0"));
        assert_int_equal(away_when_suspended, 1536);
    }
}

static void owed_memory_goes_before_a_suspend_by_command(void **state)
{
    (void)state;
    while (fake_next_way(begin_to_suspend)) {
        RUN(WRITE(DATA, "{\"when\": \"onshutdown\", \"action\": \"suspend\", "
                        "\"action_delay_ms\": 1000}"),
            HOLDS(OWN "state", "armed"), WRITE(SHUTDOWN, "suspend"), WAIT(990),
            WRITE(TARGET, "2048"), WAIT(1000), COUNTED("1", "1", "0"));
        assert_int_equal(away_when_suspended, 1536);
    }
}

static void refused_memory_is_not_owed(void **state)
{
    (void)state;
    while (fake_next_way(begin_to_suspend)) {
        RUN(WRITE(DATA, BALLOON(", \"mode\": \"refuse\"")),
            HOLDS(OWN "commands", "1"), DO(set_target_and_suspend),
            COUNTED("1", "1", "0"),
            WRITE(DATA, BALLOON(", \"mode\": \"slow\", "
                                "\"kib_per_s\": 1")),
            HOLDS(OWN "commands", "2"), DO(set_target_and_suspend),
            COUNTED("2", "2", "0"),
            WRITE(DATA, BALLOON(", \"mode\": \"obey\"")),
            HOLDS(OWN "commands", "3"));
        assert_int_equal(away_when_suspended, 0);
    }
}

/* Giving takes as long as for a large memory: the rest is given after the
 * suspend. */
static void a_suspend_waits_ten_seconds_for_owed_memory(void **state)
{
    (void)state;
    begin_to_suspend();
    fake_arch.tick_ns = 4000000000;
    RUN(DO(set_target_and_suspend), COUNTED("1", "1", "0"),
        HOLDS(ACTIVE, NULL));
    assert_in_range(away_when_suspended, 256, 1536 - 256);
    assert_int_equal(fake_arch.away_count, 1536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_target_is_followed),
        TEST(a_target_is_followed_both_ways),
        TEST(memory_that_was_never_populated_goes_back_first),
        TEST(nothing_is_published_under_libxl),
        TEST(a_balloon_refuses_as_told),
        TEST(a_stuck_balloon_says_that_it_is_not_over),
        TEST(a_resume_keeps_the_given_memory),
        TEST(dirty_fails_if_the_memory_has_gone_when_due),
        TEST(replaced_work_gives_its_memory_back),
        TEST(memory_lost_in_a_resume_is_taken_again),
        TEST(memory_lost_in_a_resume_is_not_taken_if_told),
        TEST(a_target_out_of_reach_causes_no_wake_up),
        TEST(a_target_above_the_maximum_causes_no_wake_up),
        TEST(an_impossible_maximum_is_refused),
        TEST(a_maximum_may_be_read_late),
        TEST(owed_memory_goes_before_a_suspend),
        TEST(owed_memory_goes_before_a_suspend_by_event_channel),
        TEST(owed_memory_goes_before_a_suspend_by_command),
        TEST(refused_memory_is_not_owed),
        TEST(a_suspend_waits_ten_seconds_for_owed_memory),
    };

    return cmocka_run_group_tests_name("balloon_store", tests, NULL, NULL);
}
