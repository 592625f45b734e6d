/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/lend: a pool of pages, some of which come back late.
 * SEED=number repeats the random one.
 *
 * drivers/grant maps the table once and keeps it: the first test runs before
 * that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/lend.h"
#include "lib/error.h"
#include "tests/fake/arch.h"

#define FIRST GNTTAB_NR_RESERVED_ENTRIES

static const uint16_t in_use[] = {GTF_reading, GTF_writing,
                                  GTF_reading | GTF_writing};

/* A lent page. */
struct loan {
    char *page;
    grant_ref_t reference;
};

static struct loan loans[LEND_PAGE_MAX];

static int set_up(void **state)
{
    (void)state;
    memset(fake_arch.grants, 0, sizeof(fake_arch.grants));
    fake_arch.map_error = 0;
    lend_forget();
    return 0;
}

/* Lend a page; this has to work. */
static struct loan lend_to(unsigned int owner, domid_t domain)
{
    struct loan loan;
    int error = 1;

    loan.page = lend_page(owner, domain, &loan.reference, &error);
    assert_non_null(loan.page);
    assert_int_equal(error, 0);
    return loan;
}

static struct loan lend(void)
{
    return lend_to(0, 0);
}

/* Lending a page has to fail; returns the error. */
static int refusal(void)
{
    grant_ref_t reference;
    int error = 1;

    assert_null(lend_page(0, 0, &reference, &error));
    return error;
}

static uint16_t *flags_of(struct loan loan)
{
    return &fake_arch.grants[loan.reference].flags;
}

static void lend_all(unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        loans[i] = lend();
}

static void a_table_that_cannot_be_mapped_costs_no_page(void **state)
{
    (void)state;
    assert_int_equal(lend_count(), 0);
    lend_end_all(0);
    assert_int_equal(fake_arch.map_count, 0);
    fake_arch.map_error = -XEN_EPERM;
    for (unsigned int i = 0; i < 2 * LEND_PAGE_MAX; i++)
        assert_int_equal(refusal(), -XEN_EPERM);
    assert_int_equal(lend_count(), 0);
    fake_arch.map_error = 0;
    lend_all(LEND_PAGE_MAX);
    assert_int_equal(lend_count(), LEND_PAGE_MAX);
}

static void pages_are_whole_and_different(void **state)
{
    (void)state;
    lend_all(LEND_PAGE_MAX);
    for (unsigned int i = 0; i < LEND_PAGE_MAX; i++) {
        assert_int_equal((uintptr_t)loans[i].page % PAGE_SIZE, 0);
        for (unsigned int j = 0; j < i; j++) {
            assert_ptr_not_equal(loans[i].page, loans[j].page);
            assert_int_not_equal(loans[i].reference, loans[j].reference);
        }
    }
}

static void pages_are_zeroes_whatever_was_in_them(void **state)
{
    static const char zeroes[PAGE_SIZE];

    (void)state;
    for (unsigned int round = 0; round < 2; round++) {
        lend_all(LEND_PAGE_MAX);
        for (unsigned int i = 0; i < LEND_PAGE_MAX; i++) {
            assert_memory_equal(loans[i].page, zeroes, PAGE_SIZE);
            memset(loans[i].page, 0xee, PAGE_SIZE);
        }
        for (unsigned int i = 0; i < LEND_PAGE_MAX; i++)
            lend_end(loans[i].page);
    }
}

static void a_lent_page_stays_as_it_is(void **state)
{
    static char wanted[PAGE_SIZE];
    struct loan loan;

    (void)state;
    loan = lend();
    memset(loan.page, 0xee, PAGE_SIZE);
    memset(wanted, 0xee, PAGE_SIZE);
    lend_all(LEND_PAGE_MAX - 1);
    assert_int_equal(refusal(), -XEN_ENOMEM);
    for (unsigned int i = 0; i < LEND_PAGE_MAX - 1; i++)
        lend_end(loans[i].page);
    assert_int_equal(lend_count(), 1);
    assert_memory_equal(loan.page, wanted, PAGE_SIZE);
    assert_int_equal(*flags_of(loan), GTF_permit_access);
}

static void the_domain_may_write_to_its_page(void **state)
{
    static const domid_t domains[] = {0, 3, 0x7fef};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(domains); i++) {
        struct loan loan = lend_to(5, domains[i]);
        struct grant_entry_v1 entry = fake_arch.grants[loan.reference];

        assert_int_equal(entry.domid, domains[i]);
        assert_int_equal(entry.frame, (uint32_t)arch_page_frame(loan.page));
        assert_int_equal(entry.flags, GTF_permit_access);
    }
}

static void there_are_lend_page_max_pages(void **state)
{
    (void)state;
    lend_all(LEND_PAGE_MAX);
    assert_int_equal(refusal(), -XEN_ENOMEM);
    assert_int_equal(refusal(), -XEN_ENOMEM);
    assert_int_equal(lend_count(), LEND_PAGE_MAX);
}

static void a_page_that_came_back_is_lent_again(void **state)
{
    (void)state;
    lend_all(LEND_PAGE_MAX);
    for (unsigned int i = 0; i < LEND_PAGE_MAX; i++) {
        lend_end(loans[i].page);
        assert_int_equal(*flags_of(loans[i]), GTF_invalid);
        assert_int_equal(lend_count(), LEND_PAGE_MAX - 1);
        assert_ptr_equal(lend().page, loans[i].page);
        assert_int_equal(refusal(), -XEN_ENOMEM);
    }
}

static void a_page_comes_back_only_once(void **state)
{
    struct loan other;

    (void)state;
    lend_all(2);
    lend_end(loans[1].page);
    lend_end(loans[1].page);
    assert_int_equal(lend_count(), 1);
    other = lend();
    (void)lend_count();
    assert_int_equal(*flags_of(other), GTF_permit_access);
}

static void a_page_that_is_mapped_is_given_to_nobody(void **state)
{
    static const char zeroes[PAGE_SIZE];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(in_use); i++) {
        struct loan mapped;

        set_up(NULL);
        lend_all(3);
        mapped = loans[1];
        memset(mapped.page, 0xee, PAGE_SIZE);
        *flags_of(mapped) |= in_use[i];
        lend_end(mapped.page);
        assert_int_equal(*flags_of(mapped), GTF_permit_access | in_use[i]);
        for (unsigned int j = 3; j < LEND_PAGE_MAX; j++)
            assert_ptr_not_equal(lend().page, mapped.page);
        assert_int_equal(refusal(), -XEN_ENOMEM);
        assert_int_equal(mapped.page[0], (char)0xee);

        *flags_of(mapped) = GTF_permit_access;
        assert_ptr_equal(lend().page, mapped.page);
        assert_memory_equal(mapped.page, zeroes, PAGE_SIZE);
        assert_int_equal(refusal(), -XEN_ENOMEM);
    }
}

static void a_page_that_is_mapped_counts(void **state)
{
    (void)state;
    lend_all(2);
    *flags_of(loans[0]) |= GTF_writing;
    lend_end(loans[0].page);
    assert_int_equal(lend_count(), 2);
    lend_end(loans[1].page);
    assert_int_equal(lend_count(), 1);
    assert_int_equal(*flags_of(loans[0]), GTF_permit_access | GTF_writing);
    *flags_of(loans[0]) &= (uint16_t)~GTF_writing;
    assert_int_equal(lend_count(), 0);
    assert_int_equal(*flags_of(loans[0]), GTF_invalid);
}

static void an_owner_gets_only_its_own_back(void **state)
{
    static const unsigned int owners[] = {0, 1, 17, 255};

    (void)state;
    for (unsigned int i = 0; i < 40; i++)
        loans[i] = lend_to(owners[i % 4], 0);
    lend_end_all(2);
    assert_int_equal(lend_count(), 40);
    for (unsigned int ended = 0; ended < 4; ended++) {
        lend_end_all(owners[ended]);
        for (unsigned int i = 0; i < 40; i++)
            assert_int_equal(*flags_of(loans[i]),
                             i % 4 <= ended ? GTF_invalid : GTF_permit_access);
        assert_int_equal(lend_count(), 30 - 10 * ended);
    }
}

static void an_owner_waits_for_its_mapped_pages(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 3; i++)
        loans[i] = lend_to(7, 0);
    *flags_of(loans[1]) |= GTF_reading;
    lend_end_all(7);
    assert_int_equal(lend_count(), 1);
    lend_end_all(7);
    assert_int_equal(lend_count(), 1);
    *flags_of(loans[1]) = GTF_permit_access;
    assert_int_equal(lend_count(), 0);
}

/* The page and its grant now belong to the next owner. */
static void a_former_owner_cannot_end_a_page(void **state)
{
    struct loan before, now;

    (void)state;
    before = lend_to(1, 0);
    *flags_of(before) |= GTF_reading;
    lend_end_all(1);
    *flags_of(before) = GTF_permit_access;
    now = lend_to(2, 4);
    assert_ptr_equal(now.page, before.page);
    lend_end_all(1);
    assert_int_equal(lend_count(), 1);
    assert_int_equal(*flags_of(now), GTF_permit_access);
    lend_end_all(2);
    assert_int_equal(lend_count(), 0);
}

static void a_full_table_costs_no_page(void **state)
{
    (void)state;
    for (unsigned int i = FIRST; i < FAKE_GRANT_COUNT; i++)
        fake_arch.grants[i].flags = GTF_permit_access;
    for (unsigned int i = 0; i < 2 * LEND_PAGE_MAX; i++)
        assert_int_equal(refusal(), -XEN_ENOSPC);
    assert_int_equal(lend_count(), 0);
    fake_arch.grants[100].flags = GTF_invalid;
    assert_int_equal(lend().reference, 100);
    assert_int_equal(refusal(), -XEN_ENOSPC);
    assert_int_equal(lend_count(), 1);
    for (unsigned int i = FIRST; i < 100; i++)
        fake_arch.grants[i].flags = GTF_invalid;
    lend_all(LEND_PAGE_MAX - 1);
    assert_int_equal(refusal(), -XEN_ENOMEM);
}

/* Mapped pages that should have ended are free too: there is a new table. */
static void after_a_resume_nothing_is_lent(void **state)
{
    (void)state;
    lend_all(LEND_PAGE_MAX);
    for (unsigned int i = 0; i < LEND_PAGE_MAX; i += 2)
        *flags_of(loans[i]) |= GTF_writing;
    lend_end_all(0);
    assert_int_equal(lend_count(), LEND_PAGE_MAX / 2);
    memset(fake_arch.grants, 0, sizeof(fake_arch.grants));
    lend_forget();
    assert_int_equal(lend_count(), 0);
    lend_all(LEND_PAGE_MAX);
    lend_end_all(0);
    assert_int_equal(lend_count(), 0);
}

static void a_forgotten_page_ends_no_new_grant(void **state)
{
    (void)state;
    lend_all(3);
    lend_forget();
    lend_end_all(0);
    for (unsigned int i = 0; i < 3; i++)
        assert_int_equal(*flags_of(loans[i]), GTF_permit_access);
}

/* The model: who holds which page, and whether the loan ended while the
 * page was mapped. */
struct holder {
    struct loan loan; /* no page: no loan here */
    unsigned int owner;
    bool ended;
};

static bool is_held(const struct holder *holders, const char *page)
{
    for (unsigned int i = 0; i < LEND_PAGE_MAX; i++) {
        if (holders[i].loan.page == page)
            return true;
    }
    return false;
}

/* A page may come from a place of the pool whose loan has ended and that is no
 * longer mapped. */
static bool move(struct holder *holders)
{
    struct holder *holder = &holders[rand() % LEND_PAGE_MAX];
    struct loan got;
    int error;

    if (!holder->loan.page) {
        holder->owner = (unsigned int)rand() % 3;
        got.page = lend_page(holder->owner, 0, &got.reference, &error);
        if (!got.page || is_held(holders, got.page))
            return false;
        holder->loan = got;
    } else if (holder->ended) {
        *flags_of(holder->loan) = GTF_permit_access;
        holder->loan.page = NULL;
        holder->ended = false;
    } else if (rand() % 4 == 0) {
        *flags_of(holder->loan) ^= GTF_writing;
    } else {
        lend_end(holder->loan.page);
        holder->ended = (*flags_of(holder->loan) & GTF_writing) != 0;
        if (!holder->ended)
            holder->loan.page = NULL;
    }
    return true;
}

static void random_moves_give_no_page_twice(void **state)
{
    const char *given = getenv("SEED");
    unsigned int seed = given ? (unsigned int)strtoul(given, NULL, 0) : 1;
    struct holder holders[LEND_PAGE_MAX] = {{.owner = 0}};

    (void)state;
    srand(seed);
    for (unsigned int round = 0; round < 20000; round++) {
        unsigned int held = 0;

        if (!move(holders))
            fail_msg("SEED=%u, round %u", seed, round);
        for (unsigned int i = 0; i < LEND_PAGE_MAX; i++)
            held += holders[i].loan.page != NULL;
        if (lend_count() != held)
            fail_msg("SEED=%u, round %u: the count", seed, round);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_table_that_cannot_be_mapped_costs_no_page),
        TEST(pages_are_whole_and_different),
        TEST(pages_are_zeroes_whatever_was_in_them),
        TEST(a_lent_page_stays_as_it_is),
        TEST(the_domain_may_write_to_its_page),
        TEST(there_are_lend_page_max_pages),
        TEST(a_page_that_came_back_is_lent_again),
        TEST(a_page_comes_back_only_once),
        TEST(a_page_that_is_mapped_is_given_to_nobody),
        TEST(a_page_that_is_mapped_counts),
        TEST(an_owner_gets_only_its_own_back),
        TEST(an_owner_waits_for_its_mapped_pages),
        TEST(a_former_owner_cannot_end_a_page),
        TEST(a_full_table_costs_no_page),
        TEST(after_a_resume_nothing_is_lent),
        TEST(a_forgotten_page_ends_no_new_grant),
        TEST(random_moves_give_no_page_twice),
    };

    return cmocka_run_group_tests_name("lend", tests, NULL, NULL);
}
