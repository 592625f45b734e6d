/* SPDX-License-Identifier: MIT */
/*
 * Tests of arch/x86/pvh_spare: the pages of a domain that is migrated while its
 * memory changes.
 *
 * Xen is an array with one flag for each frame: the domain has a page there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xen/xen.h>

#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>

#include "arch/arch.h"
#include "arch/x86/pvh.h"
#include "arch/x86/x86.h"
#include "lib/error.h"

#define KEPT   3 /* frames of the image */
#define SPARE  40
#define FRAMES (KEPT + SPARE)

/* --- the machine ---------------------------------------------------------- */

uint64_t pvh_window_table[PVH_TABLE_ENTRIES];
uint64_t x86_no_execute = 1UL << 63;
unsigned long x86_to_view = 1UL << 32;
xen_pfn_t common_balloon_frames[ARCH_BALLOON_PAGES];

static bool there[FRAMES];
static unsigned int beside; /* pages that are not RAM */
static unsigned int asked;  /* how many frames Xen was asked about */
static bool refuses;        /* Xen does not take pages */

uint64_t pvh_ram_pages(void)
{
    return FRAMES;
}

uint64_t pvh_ram_pages_below(xen_pfn_t limit)
{
    return limit;
}

xen_pfn_t pvh_ram_frame(uint64_t page)
{
    return page;
}

xen_pfn_t pvh_kept_end(void)
{
    return KEPT;
}

uint64_t common_pages_given(void)
{
    uint64_t given = beside;

    for (unsigned int i = 0; i < FRAMES; i++)
        given += there[i];
    return given;
}

unsigned int common_balloon(int command, xen_pfn_t *frames, unsigned int count)
{
    assert_ptr_equal(frames, x86_for_xen(common_balloon_frames));
    frames = common_balloon_frames;
    if (refuses)
        return 0;
    for (unsigned int i = 0; i < count; i++) {
        assert_in_range(frames[i], KEPT, FRAMES - 1);
        assert_int_equal(there[frames[i]],
                         command == XENMEM_decrease_reservation);
        there[frames[i]] = !there[frames[i]];
    }
    return count;
}

static long hypercall(unsigned long number, unsigned long command,
                      unsigned long argument, unsigned long third,
                      unsigned long fourth, unsigned long fifth)
{
    struct xen_hvm_get_mem_type *type = (void *)argument;

    (void)third;
    (void)fourth;
    (void)fifth;
    assert_int_equal(number, __HYPERVISOR_hvm_op);
    assert_int_equal(command, HVMOP_get_mem_type);
    assert_int_equal(type->domid, DOMID_SELF);
    assert_in_range(type->pfn, KEPT, FRAMES - 1);
    asked++;
    type->mem_type = there[type->pfn] ? HVMMEM_ram_rw : HVMMEM_mmio_dm;
    return 0;
}

x86_hypercall_fn *x86_hypercall = hypercall;

/* --- the domain ----------------------------------------------------------- */

/* It has all its pages but the last `away` spare ones, which have moved. */
static void begin(uint64_t away)
{
    unsigned int own = 0;

    refuses = true;
    (void)pvh_take_pages(0, 0, 0, &own);
    for (unsigned int i = 0; i < FRAMES; i++)
        there[i] = i < FRAMES - away;
    beside = 17;
    asked = 0;
    refuses = false;
    assert_int_equal(pvh_spare_pages_in_all(), SPARE);
    pvh_spare_before_suspend();
}

/* The spare pages that are there are the first ones again. */
static void assert_in_order(uint64_t missing)
{
    for (unsigned int i = 0; i < FRAMES; i++)
        assert_int_equal(there[i], i < FRAMES - missing);
}

/* --- the tests ------------------------------------------------------------ */

/* Xen's counts are not asked for. */
static void no_page_has_moved(void **state)
{
    (void)state;
    begin(10);
    assert_int_equal(pvh_spare_pages_missing(10), 10);
    there[FRAMES - 11] = false;
    pvh_spare_before_suspend();
    assert_int_equal(pvh_spare_pages_missing(10), 10);
    assert_int_equal(asked, 0);
}

static void nothing_is_missing(void **state)
{
    (void)state;
    begin(10);
    assert_int_equal(pvh_spare_pages_missing(10), 10);
    assert_int_equal(asked, 0);
    assert_in_order(10);
}

static void the_last_pages_are_missing(void **state)
{
    (void)state;
    begin(10);
    memset(&there[FRAMES - 15], false, 5);
    assert_int_equal(pvh_spare_pages_missing(10), 15);
    assert_int_equal(asked, SPARE - 10); /* about each page once */
    assert_in_order(15);
}

static void pages_behind_a_gap_are_given_back(void **state)
{
    (void)state;
    begin(10);
    memset(&there[FRAMES - 20], false, 4);
    assert_int_equal(pvh_spare_pages_missing(10), 20);
    assert_in_order(20);
}

static void pages_that_went_are_given_back(void **state)
{
    (void)state;
    begin(10);
    memset(&there[FRAMES - 8], true, 3);
    assert_int_equal(pvh_spare_pages_missing(10), 10);
    assert_in_order(10);
}

static void all_are_missing(void **state)
{
    (void)state;
    begin(0);
    memset(&there[KEPT], false, SPARE);
    assert_int_equal(pvh_spare_pages_missing(0), SPARE);
    assert_in_order(SPARE);
}

/* A newer Xen may count other pages that are not RAM. */
static void xen_counts_otherwise(void **state)
{
    (void)state;
    for (unsigned int count = 15; count < 20; count++) {
        begin(10);
        beside = count;
        assert_int_equal(pvh_spare_pages_missing(10), 10);
        assert_in_order(10);
    }
}

static void xen_takes_no_page(void **state)
{
    (void)state;
    begin(10);
    there[FRAMES - 20] = false;
    refuses = true;
    assert_int_equal(pvh_spare_pages_missing(10), 20);
}

/*
 * libxc looks at all frames in turn, some at once, while the balloon goes up
 * and down. libxc copies the pages that it finds, and those written later.
 */
static void a_copy_of_memory_that_changes(void **state)
{
    unsigned int gaps = 0, extras = 0;

    (void)state;
    srand(1);
    for (unsigned int round = 0; round < 20000; round++) {
        bool copied[FRAMES] = {false};
        uint64_t away = (uint64_t)rand() % (SPARE + 1), before;
        unsigned int looked = 0, first, count = 0;
        bool grows = rand() % 2 == 0;

        begin(away);
        while (looked < FRAMES) {
            unsigned int step = 1 + (unsigned int)rand() % 12;

            for (; step > 0 && looked < FRAMES; step--, looked++)
                copied[looked] = there[looked];
            grows = rand() % 8 == 0 ? !grows : grows;
            for (int i = rand() % 16; i > 0; i--) {
                if (grows && away > 0)
                    there[FRAMES - away--] = true;
                else if (!grows && away < SPARE)
                    there[FRAMES - ++away] = false;
            }
        }
        if (rand() % 4 == 0) {
            unsigned int written = (unsigned int)rand() % FRAMES;

            copied[written] = copied[written] || there[written];
        }
        pvh_spare_before_suspend();
        before = common_pages_given();
        memcpy(there, copied, sizeof(there));
        for (first = KEPT; first < FRAMES && there[first]; first++)
            continue;
        for (unsigned int i = first; i < FRAMES; i++)
            count += there[i];
        gaps += first < FRAMES - away && count > 0;
        extras += first >= FRAMES - away && count > 0;

        /* As many were lost as are too many: Xen's count cannot show it. */
        if (common_pages_given() == before)
            continue;
        away = MAX(away, FRAMES - first);
        assert_int_equal(pvh_spare_pages_missing(FRAMES - (before - beside)),
                         away);
        assert_in_order(away);
    }
    assert_in_range(gaps, 100, 20000);
    assert_in_range(extras, 100, 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_page_has_moved),
        cmocka_unit_test(nothing_is_missing),
        cmocka_unit_test(the_last_pages_are_missing),
        cmocka_unit_test(pages_behind_a_gap_are_given_back),
        cmocka_unit_test(pages_that_went_are_given_back),
        cmocka_unit_test(all_are_missing),
        cmocka_unit_test(xen_counts_otherwise),
        cmocka_unit_test(xen_takes_no_page),
        cmocka_unit_test(a_copy_of_memory_that_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
