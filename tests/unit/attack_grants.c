/* SPDX-License-Identifier: MIT */
/*
 * Tests of kernel/attack_grants: all entries of the table, and grants that go
 * and come.
 */
#include "tests/unit/attack.h"

#include "drivers/grant.h"
#include "lib/error.h"
#include "tests/fake/arch.h"

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static void all_entries_and_then_none(void **state)
{
    grant_ref_t reference, other;

    (void)state;
    assert_int_equal(grant_page(0, page, false, &reference), 0);
    order(ATTACK_GRANT_ENTRIES, 1000, 10);
    run_to_hold(NOW + 10 * NS_PER_S);
    assert_int_equal(fake_grant_count(),
                     FAKE_GRANT_COUNT - GNTTAB_NR_RESERVED_ENTRIES);
    assert_int_equal(grant_page(0, page, false, &other), -XEN_ENOSPC);
    for (grant_ref_t i = reference + 1; i < FAKE_GRANT_COUNT; i++)
        assert_true((fake_arch.grants[i].flags & GTF_readonly) != 0);
    run_through_at(NOW + 10 * NS_PER_S);
    assert_null(outcome.error);
    assert_string_equal(outcome.detail, "\"tried\": 1000, \"refused\": 497, "
                                        "\"last_error\": \"ENOSPC\"");
    assert_int_equal(fake_grant_count(), 1);
    assert_int_equal(grant_end(reference), 0);
}

static void a_page_that_is_still_mapped_is_said(void **state)
{
    (void)state;
    order(ATTACK_GRANT_ENTRIES, 3, 10);
    run_to_hold(NOW + 10 * NS_PER_S);
    fake_arch.grants[GNTTAB_NR_RESERVED_ENTRIES].flags |= GTF_reading;
    run_through_at(NOW + 10 * NS_PER_S);
    assert_string_equal(outcome.error, "EBUSY");
    assert_int_equal(fake_grant_count(), 1);
    fake_arch.grants[GNTTAB_NR_RESERVED_ENTRIES].flags = GTF_invalid;
}

static unsigned int away;
static grant_ref_t watched;

/* Xen notes that a mapping has ended, while the grant is away. */
static void look(void)
{
    if ((fake_arch.grants[watched].flags & GTF_type_mask) != 0)
        return;
    away++;
    fake_arch.grants[watched].flags &= (uint16_t)~GTF_writing;
}

static void each_grant_goes_and_comes(void **state)
{
    grant_ref_t other;

    (void)state;
    away = 0;
    assert_int_equal(grant_page(0, page, true, &watched), 0);
    assert_int_equal(grant_page(0, page, false, &other), 0);
    fake_arch.grants[watched].flags |= GTF_reading | GTF_writing;
    fake_arch.when_away = look;
    order(ATTACK_GRANT_FLAP, 20, 0);
    run_through();
    fake_arch.when_away = NULL;
    assert_null(outcome.error);
    assert_string_equal(outcome.detail, "\"tried\": 20, \"refused\": 0");
    assert_int_equal(away, 10);
    assert_int_equal(fake_arch.grants[watched].flags,
                     GTF_permit_access | GTF_readonly | GTF_reading);
    assert_int_equal(grant_end(other), 0);
    fake_arch.grants[watched].flags = GTF_invalid;
}

static void without_a_grant_there_is_nothing_to_try(void **state)
{
    (void)state;
    order(ATTACK_GRANT_FLAP, 20, 0);
    run_through();
    assert_string_equal(outcome.detail, "\"tried\": 0, \"refused\": 0");
}

static int set_up(void **state)
{
    (void)state;
    fake_arch_start();
    grant_forget();
    return 0;
}

#define ONE(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(all_entries_and_then_none),
        ONE(a_page_that_is_still_mapped_is_said),
        ONE(each_grant_goes_and_comes),
        ONE(without_a_grant_there_is_nothing_to_try),
    };

    return cmocka_run_group_tests_name("attack_grants", tests, NULL, NULL);
}
