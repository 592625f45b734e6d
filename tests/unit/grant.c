/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/grant: pages lent and taken back.
 *
 * The driver maps the table once and keeps it. The first tests run before that;
 * the machine is not restarted between tests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drivers/grant.h"
#include "lib/error.h"
#include "tests/fake/arch.h"

#define FIRST GNTTAB_NR_RESERVED_ENTRIES

static char page[2 * PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static int set_up(void **state)
{
    (void)state;
    memset(fake_arch.grants, 0, sizeof(fake_arch.grants));
    return 0;
}

static void before_the_first_grant_there_is_nothing_to_end(void **state)
{
    (void)state;
    assert_int_equal(grant_end(FIRST), -XEN_EINVAL);
    assert_int_equal(fake_arch.map_count, 0);
}

static void before_the_first_grant_there_is_nothing_to_forget(void **state)
{
    (void)state;
    grant_forget();
    assert_int_equal(fake_arch.map_count, 0);
}

static void a_table_that_cannot_be_mapped_is_an_error(void **state)
{
    grant_ref_t reference;

    (void)state;
    fake_arch.map_error = -XEN_ENOMEM;
    assert_int_equal(grant_page(0, page, false, &reference), -XEN_ENOMEM);
    fake_arch.map_error = 0;
    assert_int_equal(fake_arch.map_count, 1);
}

static void the_table_is_mapped_once(void **state)
{
    grant_ref_t reference;

    (void)state;
    fake_arch.map_count = 0;
    assert_int_equal(grant_page(0, page, false, &reference), 0);
    assert_int_equal(grant_page(0, page, false, &reference), 0);
    assert_int_equal(fake_arch.map_count, 1);
}

static void a_grant_names_domain_page_and_access(void **state)
{
    struct grant_entry_v1 *entries = fake_arch.grants;
    grant_ref_t first, second;

    (void)state;
    assert_int_equal(grant_page(3, page, false, &first), 0);
    assert_int_equal(grant_page(0, page + PAGE_SIZE, true, &second), 0);
    assert_int_equal(entries[first].domid, 3);
    assert_int_equal(entries[first].frame, (uint32_t)arch_page_frame(page));
    assert_int_equal(entries[first].flags, GTF_permit_access);
    assert_int_equal(entries[second].domid, 0);
    assert_int_equal(entries[second].frame,
                     (uint32_t)arch_page_frame(page) + 1);
    assert_int_equal(entries[second].flags, GTF_permit_access | GTF_readonly);
}

static void reserved_entries_are_left_alone(void **state)
{
    static const struct grant_entry_v1 untouched[FIRST];
    grant_ref_t reference;

    (void)state;
    assert_int_equal(grant_page(0, page, false, &reference), 0);
    assert_int_equal(reference, FIRST);
    assert_memory_equal(fake_arch.grants, untouched, sizeof(untouched));
    fake_arch.grants[0].flags = GTF_permit_access;
    assert_int_equal(grant_end(0), -XEN_EINVAL);
    assert_int_equal(fake_arch.grants[0].flags, GTF_permit_access);
}

static void two_grants_have_two_references(void **state)
{
    grant_ref_t first, second;

    (void)state;
    assert_int_equal(grant_page(0, page, false, &first), 0);
    assert_int_equal(grant_page(0, page, false, &second), 0);
    assert_int_not_equal(first, second);
}

static void an_ended_grant_is_free_again(void **state)
{
    grant_ref_t first, second;

    (void)state;
    assert_int_equal(grant_page(0, page, false, &first), 0);
    assert_int_equal(grant_end(first), 0);
    assert_int_equal(fake_arch.grants[first].flags, GTF_invalid);
    assert_int_equal(grant_page(0, page, false, &second), 0);
    assert_int_equal(second, first);
}

static void a_page_that_is_mapped_stays_lent(void **state)
{
    static const uint16_t in_use[] = {GTF_reading, GTF_writing,
                                      GTF_reading | GTF_writing};
    grant_ref_t reference;
    uint16_t *flags;

    (void)state;
    assert_int_equal(grant_page(0, page, false, &reference), 0);
    flags = &fake_arch.grants[reference].flags;
    for (size_t i = 0; i < ARRAY_COUNT(in_use); i++) {
        *flags = GTF_permit_access | in_use[i];
        assert_int_equal(grant_end(reference), -XEN_EBUSY);
        assert_int_equal(*flags, GTF_permit_access | in_use[i]);
    }
    *flags = GTF_permit_access;
    assert_int_equal(grant_end(reference), 0);
}

static void a_grant_ends_once(void **state)
{
    grant_ref_t reference;

    (void)state;
    assert_int_equal(grant_page(0, page, false, &reference), 0);
    assert_int_equal(grant_end(reference), 0);
    assert_int_equal(grant_end(reference), -XEN_EINVAL);
}

static void a_number_that_is_no_reference_cannot_be_ended(void **state)
{
    (void)state;
    assert_int_equal(grant_end(FAKE_GRANT_COUNT), -XEN_EINVAL);
    assert_int_equal(grant_end(UINT32_MAX), -XEN_EINVAL);
}

static void a_full_table_refuses_until_a_grant_ends(void **state)
{
    grant_ref_t reference;

    (void)state;
    for (unsigned int i = FIRST; i < FAKE_GRANT_COUNT; i++)
        assert_int_equal(grant_page(0, page, false, &reference), 0);
    assert_int_equal(reference, FAKE_GRANT_COUNT - 1);
    assert_int_equal(grant_page(0, page, false, &reference), -XEN_ENOSPC);
    assert_int_equal(grant_end(100), 0);
    assert_int_equal(grant_page(0, page, false, &reference), 0);
    assert_int_equal(reference, 100);
}

/* Even entries that were mapped in the old domain. */
static void after_a_resume_all_entries_are_free(void **state)
{
    grant_ref_t reference;

    (void)state;
    for (unsigned int i = 0; i < FAKE_GRANT_COUNT; i++)
        fake_arch.grants[i].flags = GTF_permit_access | GTF_reading;
    grant_forget();
    for (unsigned int i = 0; i < FAKE_GRANT_COUNT; i++)
        assert_int_equal(fake_arch.grants[i].flags,
                         i < FIRST ? GTF_permit_access | GTF_reading
                                   : GTF_invalid);
    assert_int_equal(grant_page(0, page, false, &reference), 0);
    assert_int_equal(reference, FIRST);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(before_the_first_grant_there_is_nothing_to_end),
        TEST(before_the_first_grant_there_is_nothing_to_forget),
        TEST(a_table_that_cannot_be_mapped_is_an_error),
        TEST(the_table_is_mapped_once),
        TEST(a_grant_names_domain_page_and_access),
        TEST(reserved_entries_are_left_alone),
        TEST(two_grants_have_two_references),
        TEST(an_ended_grant_is_free_again),
        TEST(a_page_that_is_mapped_stays_lent),
        TEST(a_grant_ends_once),
        TEST(a_number_that_is_no_reference_cannot_be_ended),
        TEST(a_full_table_refuses_until_a_grant_ends),
        TEST(after_a_resume_all_entries_are_free),
    };

    return cmocka_run_group_tests_name("grant", tests, NULL, NULL);
}
