/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/work: when a slice is due, and what is reported at the end.
 * The tests play the work.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/attack.h"
#include "kernel/busy.h"
#include "kernel/clock.h"
#include "kernel/dirty.h"
#include "kernel/disk.h"
#include "kernel/flood.h"
#include "kernel/hypercall.h"
#include "kernel/storm.h"
#include "kernel/transmit.h"
#include "kernel/work.h"

/* --- work that is played ---------------------------------------------------*/

static struct played {
    unsigned int starts, runs, stops, resumes;
    bool more;
    uint64_t wake_ns, now_ns;
    const char *error;
} dirty, flood, storm, disk, transmit, busy, attack, hypercall;

static struct dirty_order dirty_ordered;
static struct dirty_result dirty_found;

static bool play(struct played *played, uint64_t now_ns, uint64_t *wake_ns)
{
    played->runs++;
    played->now_ns = now_ns;
    *wake_ns = played->wake_ns;
    return played->more;
}

void dirty_start(const struct dirty_order *order, uint64_t now_ns)
{
    dirty.starts++;
    dirty.now_ns = now_ns;
    dirty_ordered = *order;
    dirty_found = (struct dirty_result){.words_wrong = 0};
}

bool dirty_run(uint64_t now_ns, uint64_t *wake_ns)
{
    return play(&dirty, now_ns, wake_ns);
}

static unsigned int dirty_fits = 100, dirty_forgotten;

unsigned int dirty_mib_max(void)
{
    return dirty_fits;
}

void dirty_forget(void)
{
    dirty_forgotten++;
}

void dirty_stop(void)
{
    dirty.stops++;
}

void dirty_resumed(void)
{
    dirty.resumes++;
}

struct dirty_result dirty_result(void)
{
    return dirty_found;
}

void flood_start(const struct command *command, uint64_t now_ns)
{
    flood.starts++;
    flood.now_ns = now_ns;
    assert_int_equal(command->bytes, 77);
}

bool flood_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    outcome->error = flood.error;
    return play(&flood, now_ns, wake_ns);
}

void storm_start(const struct command *command, uint64_t now_ns)
{
    storm.starts++;
    storm.now_ns = now_ns;
    assert_int_equal(command->writes, 66);
}

bool storm_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    outcome->error = storm.error;
    return play(&storm, now_ns, wake_ns);
}

void disk_start(const struct command *command, uint64_t now_ns)
{
    disk.starts++;
    disk.now_ns = now_ns;
    assert_int_equal(command->mib, 3);
}

bool disk_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    outcome->error = disk.error;
    return play(&disk, now_ns, wake_ns);
}

static unsigned int disk_forgotten;

void disk_forget(void)
{
    disk_forgotten++;
}

void disk_stop(void)
{
    disk.stops++;
}

void transmit_start(const struct command *command, uint64_t now_ns)
{
    transmit.starts++;
    transmit.now_ns = now_ns;
    assert_int_equal(command->bytes, 77);
}

bool transmit_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    outcome->error = transmit.error;
    return play(&transmit, now_ns, wake_ns);
}

void busy_start(const struct command *command, uint64_t now_ns)
{
    busy.starts++;
    busy.now_ns = now_ns;
    assert_int_equal(command->seconds, 5);
}

bool busy_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    outcome->error = busy.error;
    return play(&busy, now_ns, wake_ns);
}

void busy_stop(void)
{
    busy.stops++;
}

static unsigned int attacks_forgotten;

void attack_start(const struct command *command, uint64_t now_ns)
{
    attack.starts++;
    attack.now_ns = now_ns;
    assert_int_equal(command->tries, 55);
}

bool attack_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    outcome->error = attack.error;
    return play(&attack, now_ns, wake_ns);
}

void attack_stop(void)
{
    attack.stops++;
}

void attack_renewed(void)
{
    attack.resumes++;
}

void attack_forget(void)
{
    attacks_forgotten++;
}

void hypercall_start(const struct program *program,
                     const struct command *command)
{
    hypercall.starts++;
    assert_ptr_equal(command, &program->steps[0]);
}

bool hypercall_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    outcome->error = hypercall.error;
    return play(&hypercall, now_ns, wake_ns);
}

void hypercall_stop(void)
{
    hypercall.stops++;
}

/* --- orders ----------------------------------------------------------------*/

static void order(enum action action, uint64_t now_ns)
{
    const struct program program = {.steps[0] = {
                                        .action = action,
                                        .mib = 3,
                                        .mib_per_s = 4,
                                        .seconds = 5,
                                        .bytes = 77,
                                        .writes = 66,
                                        .tries = 55,
                                    }};

    work_start(&program, &program.steps[0], now_ns);
}

static struct outcome outcome;

static bool run(uint64_t now_ns)
{
    memset(&outcome, 0xaa, sizeof(outcome));
    return work_run(now_ns, &outcome);
}

static int set_up(void **state)
{
    (void)state;
    dirty = flood = storm = disk = transmit = busy = attack = hypercall =
        (struct played){.more = true, .wake_ns = 500};
    dirty_found = (struct dirty_result){.words_wrong = 0};
    return 0;
}

/* End the work that a test has left. */
static int tear_down(void **state)
{
    (void)state;
    dirty.more = flood.more = storm.more = disk.more = transmit.more =
        busy.more = attack.more = hypercall.more = false;
    (void)run(0);
    return 0;
}

static void without_work_there_is_no_slice(void **state)
{
    (void)state;
    assert_true(work_deadline() == TIME_NEVER);
    assert_false(run(100));
    assert_null(outcome.error);
    work_stop();
    work_resumed(false);
    assert_int_equal(dirty.stops + dirty.resumes, 0);
}

static void each_work_begins_at_once_with_its_order(void **state)
{
    (void)state;
    order(ACTION_FLOOD, 100);
    assert_int_equal(work_deadline(), 100);
    assert_int_equal(flood.starts, 1);
    assert_int_equal(flood.now_ns, 100);
    order(ACTION_STORM, 200);
    assert_int_equal(work_deadline(), 200);
    assert_int_equal(storm.starts, 1);
    order(ACTION_DIRTY, 300);
    assert_int_equal(work_deadline(), 300);
    assert_int_equal(dirty.starts, 1);
    assert_int_equal(dirty.now_ns, 300);
    assert_int_equal(dirty_ordered.mib, 3);
    assert_int_equal(dirty_ordered.mib_per_s, 4);
    assert_int_equal(dirty_ordered.seconds, 5);
    assert_int_equal(flood.runs + storm.runs + dirty.runs, 0);
}

static void a_slice_says_when_it_wants_the_next(void **state)
{
    (void)state;
    order(ACTION_STORM, 100);
    assert_false(run(110));
    assert_int_equal(storm.now_ns, 110);
    assert_int_equal(work_deadline(), 500);
    storm.wake_ns = TIME_NEVER;
    assert_false(run(510));
    assert_true(work_deadline() == TIME_NEVER);
    assert_int_equal(storm.runs, 2);
}

static void the_end_of_work_is_told_once(void **state)
{
    (void)state;
    order(ACTION_STORM, 100);
    storm.more = false;
    assert_true(run(110));
    assert_null(outcome.error);
    assert_null(outcome.detail);
    assert_true(work_deadline() == TIME_NEVER);
    assert_false(run(120));
    assert_int_equal(storm.runs, 1);
}

static void the_error_of_work_comes_with_its_end(void **state)
{
    (void)state;
    order(ACTION_FLOOD, 100);
    flood.more = false;
    flood.error = "EIO";
    assert_true(run(110));
    assert_string_equal(outcome.error, "EIO");
}

static void other_work_takes_its_place(void **state)
{
    (void)state;
    order(ACTION_STORM, 100);
    order(ACTION_FLOOD, 200);
    assert_false(run(210));
    assert_int_equal(storm.runs, 0);
    assert_int_equal(flood.runs, 1);
}

static void work_that_is_replaced_is_stopped(void **state)
{
    (void)state;
    order(ACTION_BUSY, 100);
    assert_false(run(110));
    order(ACTION_STORM, 200);
    assert_int_equal(busy.stops, 1);
    assert_false(run(210));
    assert_int_equal(busy.runs, 1);
}

static void work_that_is_replaced_gives_back_what_it_holds(void **state)
{
    (void)state;
    disk_forgotten = 0;
    order(ACTION_DISK, 100);
    assert_false(run(110));
    assert_int_equal(disk_forgotten, 0);
    order(ACTION_STORM, 200);
    assert_int_equal(disk_forgotten, 1);
    order(ACTION_FLOOD, 300);
    assert_int_equal(disk_forgotten, 1);
}

static void stopped_work_ends_without_another_slice(void **state)
{
    (void)state;
    order(ACTION_FLOOD, 100);
    flood.wake_ns = TIME_NEVER;
    assert_false(run(110));
    work_stop();
    assert_int_equal(work_deadline(), 0);
    assert_true(run(120));
    assert_null(outcome.error);
    assert_int_equal(flood.runs, 1);
    order(ACTION_FLOOD, 100); /* the next order must not be stopped */
    assert_false(run(110));
}

static void dirty_verifies_when_it_is_stopped(void **state)
{
    (void)state;
    order(ACTION_DIRTY, 100);
    dirty.wake_ns = TIME_NEVER;
    assert_false(run(110));
    work_stop();
    assert_int_equal(dirty.stops, 1);
    assert_int_equal(work_deadline(), 0);
    assert_false(run(120));
    dirty.more = false;
    assert_true(run(130));
    assert_int_equal(dirty.runs, 3);
}

static void an_attack_gives_back_what_it_holds_in_each_case(void **state)
{
    (void)state;
    attacks_forgotten = 0;
    order(ACTION_ATTACK, 100);
    assert_false(run(110));
    work_resumed(false); /* it has what it had */
    assert_int_equal(attack.resumes, 0);
    work_resumed(true);
    assert_int_equal(attack.resumes, 1);
    work_stop();
    assert_int_equal(attack.stops, 1);
    assert_false(run(120)); /* it gives back, in slices */
    order(ACTION_STORM, 200);
    assert_int_equal(attacks_forgotten, 1);
    order(ACTION_ATTACK, 300);
    attack.more = false;
    assert_true(run(310));
    order(ACTION_STORM, 400);
    assert_int_equal(attacks_forgotten, 1);
}

static void a_hypercall_tells_at_its_stop_what_it_has(void **state)
{
    (void)state;
    order(ACTION_HYPERCALL, 100);
    assert_int_equal(hypercall.starts, 1);
    assert_false(run(110));
    work_resumed(false);
    assert_false(run(120));
    work_stop();
    assert_int_equal(hypercall.stops, 1);
    hypercall.more = false;
    assert_true(run(130));
    assert_int_equal(hypercall.runs, 3);
}

static void dirty_is_told_of_a_resume(void **state)
{
    (void)state;
    order(ACTION_DIRTY, 100);
    assert_false(run(110));
    work_resumed(false);
    assert_int_equal(dirty.resumes, 1);
    assert_int_equal(work_deadline(), 0);
    order(ACTION_STORM, 100);
    work_resumed(false);
    assert_int_equal(dirty.resumes, 1);
}

/* --- what dirty found ------------------------------------------------------*/

static void dirty_ends_with_its_numbers(void **state)
{
    (void)state;
    order(ACTION_DIRTY, 100);
    dirty.more = false;
    dirty_found.mib_rewritten = 12345678901;
    assert_true(run(110));
    assert_null(outcome.error);
    assert_string_equal(outcome.detail, "\"mib_rewritten\": 12345678901, "
                                        "\"words_wrong\": 0");
    order(ACTION_DIRTY, 100);
    dirty_found.words_wrong = UINT64_MAX;
    dirty_found.mib_rewritten = UINT64_MAX;
    assert_true(run(110));
    assert_string_equal(outcome.error, "memory is not what was written");
    assert_string_equal(outcome.detail,
                        "\"mib_rewritten\": 18446744073709551615, "
                        "\"words_wrong\": 18446744073709551615");
    (void)work_memory_errors();
}

static void wrong_words_are_told_once(void **state)
{
    (void)state;
    order(ACTION_DIRTY, 100);
    assert_int_equal(work_memory_errors(), 0);
    dirty_found.words_wrong = 3;
    assert_int_equal(work_memory_errors(), 3);
    assert_int_equal(work_memory_errors(), 0);
    dirty_found.words_wrong = 10;
    assert_int_equal(work_memory_errors(), 7);
    order(ACTION_DIRTY, 200);
    dirty_found.words_wrong = 2;
    assert_int_equal(work_memory_errors(), 2);
}

/* dirty_result() has these words until dirty begins again. */
static void wrong_words_are_not_told_again_by_other_work(void **state)
{
    (void)state;
    order(ACTION_DIRTY, 100);
    dirty_found.words_wrong = 3;
    dirty.more = false;
    assert_true(run(110));
    assert_int_equal(work_memory_errors(), 3);
    order(ACTION_FLOOD, 200);
    assert_int_equal(work_memory_errors(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Memory may have gone since the command was parsed. */
static void dirty_fails_if_the_memory_has_gone(void **state)
{
    const struct program program = {
        .steps[0] = {.action = ACTION_DIRTY, .mib = 9}};
    unsigned int starts, forgotten;

    (void)state;
    order(ACTION_DIRTY, 0);
    starts = dirty.starts;
    forgotten = dirty_forgotten;
    dirty_fits = 8;
    work_start(&program, &program.steps[0], 1);
    assert_int_equal(dirty_forgotten, forgotten + 1);
    assert_true(work_run(1, &outcome));
    assert_string_equal(outcome.error, "mib is 9: no more than 8 would fit");
    assert_null(outcome.detail);
    assert_int_equal(dirty.starts, starts);
    assert_false(work_is_running());
    dirty_fits = 9;
    work_start(&program, &program.steps[0], 2);
    assert_int_equal(dirty.starts, starts + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_work_there_is_no_slice),
        TEST(each_work_begins_at_once_with_its_order),
        TEST(a_slice_says_when_it_wants_the_next),
        TEST(the_end_of_work_is_told_once),
        TEST(the_error_of_work_comes_with_its_end),
        TEST(other_work_takes_its_place),
        TEST(work_that_is_replaced_is_stopped),
        TEST(work_that_is_replaced_gives_back_what_it_holds),
        TEST(stopped_work_ends_without_another_slice),
        TEST(dirty_verifies_when_it_is_stopped),
        TEST(an_attack_gives_back_what_it_holds_in_each_case),
        TEST(a_hypercall_tells_at_its_stop_what_it_has),
        TEST(dirty_is_told_of_a_resume),
        TEST(dirty_ends_with_its_numbers),
        TEST(wrong_words_are_told_once),
        TEST(wrong_words_are_not_told_again_by_other_work),
        TEST(dirty_fails_if_the_memory_has_gone),
    };

    return cmocka_run_group_tests_name("work", tests, NULL, NULL);
}
