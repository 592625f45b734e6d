/* SPDX-License-Identifier: MIT */
/*
 * Tests of arch/x86/pv_p2m and pv_spare: memory that moves while tools save it.
 *
 * The tools look at the list once, at any moment, and restore what they know
 * then. A page of the list that no page table shows faults here, too. Xen's
 * count of pages and the guest's must always be equal.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include <xen/xen.h>

#include <xen/memory.h>

#include "arch/x86/guest_ops.h"
#include "arch/x86/pv.h"

#define LIST        ((xen_pfn_t *)PV_P2M)
#define LIST_PAGES  512UL
#define ROOM        (LIST_PAGES * PV_P2M_GROWTH)
#define IMAGE_PAGES 254UL /* the initial mapping; the list is behind it */
#define PADDING     126UL /* index of the padding's first page */
#define LIST_FRAME  0x777 /* machine frame of the list's first page */

/* --- the machine ---------------------------------------------------------- */

uint64_t x86_no_execute;
xen_pfn_t common_balloon_frames[ARCH_BALLOON_PAGES];
const uint64_t pv_text_table[PV_TABLE_COVERS / PAGE_SIZE] = {
    [PV_P2M_INDEX] = LIST_FRAME << PAGE_SHIFT,
};

static struct shared_info shared;
static xen_pfn_t next_machine;
static uint64_t directory[2]; /* 1: there is a page table */
static bool list_shown[LIST_PAGES];
static xen_pfn_t window[ARCH_WINDOW_PAGES];
static uint64_t xen_has;   /* pages that Xen can give */
static uint64_t xen_count; /* pages that the domain has */

struct shared_info *arch_shared_info(void)
{
    return &shared;
}

char *pv_padding(void)
{
    return (char *)VIRTUAL_OFFSET + PADDING * PAGE_SIZE;
}

const uint64_t *pv_top_table(void)
{
    return (const uint64_t *)VIRTUAL_OFFSET;
}

uint64_t pv_directory(void)
{
    return 0;
}

const uint64_t *pv_table_of(uint64_t entry)
{
    (void)entry;
    return directory;
}

void kernel_panic(const char *format, ...)
{
    fail_msg("%s", format);
    abort();
}

/* A page that no page table shows faults. */
static void show_list_page(unsigned long index, bool show)
{
    list_shown[index] = show;
    assert_int_equal(mprotect(&LIST[index * PV_P2M_GROWTH], PAGE_SIZE,
                              show ? PROT_READ | PROT_WRITE : PROT_NONE),
                     0);
}

int pv_map_frame(const void *page, xen_pfn_t frame)
{
    const unsigned long address = (unsigned long)page;

    assert_in_range(frame, 1, next_machine);
    if (address < VIRTUAL_OFFSET) {
        assert_int_equal(directory[address / PV_TABLE_COVERS], 1);
        show_list_page((address - PV_P2M) / PAGE_SIZE, true);
    } else {
        window[(address - (unsigned long)pv_padding()) / PAGE_SIZE -
               PV_LIST_PAGES] = frame;
    }
    return 0;
}

int pv_unmap(const void *page)
{
    const unsigned long address = (unsigned long)page;

    if (address < VIRTUAL_OFFSET)
        show_list_page((address - PV_P2M) / PAGE_SIZE, false);
    return 0;
}

static long mmu_update(unsigned long number, unsigned long updates,
                       unsigned long count, unsigned long done,
                       unsigned long domain, unsigned long unused)
{
    const struct mmu_update *update = (const struct mmu_update *)updates;

    (void)unused;
    assert_int_equal(number, __HYPERVISOR_mmu_update);
    assert_true(count == 1 && done == 0 && domain == DOMID_SELF);
    assert_int_equal(update->ptr, sizeof(uint64_t));
    directory[1] = 1;
    return 0;
}

x86_hypercall_fn *x86_hypercall = mmu_update;

/* Xen may only fill frames that the domain does not have. */
unsigned int common_balloon(int command, xen_pfn_t *frames, unsigned int count)
{
    if (command == XENMEM_decrease_reservation) {
        xen_has += count;
        xen_count -= count;
        return count;
    }
    count = (unsigned int)MIN(count, xen_has);
    for (unsigned int i = 0; i < count; i++) {
        assert_true(frames[i] >= pv_p2m_count() ||
                    LIST[frames[i]] == PV_NO_FRAME);
        frames[i] = ++next_machine;
    }
    xen_has -= count;
    xen_count += count;
    return count;
}

/* --- the guest, as arch/x86/start.c and kernel/balloon.c have it ---------- */

static struct start_info start;
static uint64_t away, believed;

static uint64_t pages_left(void)
{
    return pv_spare_pages_in_all() - away;
}

static void begin(unsigned long pages)
{
    const unsigned long shown = (pages + PV_P2M_GROWTH - 1) / PV_P2M_GROWTH;

    next_machine = LIST_FRAME;
    xen_has = ROOM;
    xen_count = believed = pages;
    memset(&shared, 0, sizeof(shared));
    directory[0] = 1;
    directory[1] = shown > 1;
    for (unsigned long i = 0; i < LIST_PAGES; i++)
        show_list_page(i, i < shown);
    memset(LIST, 0xa5, shown * PAGE_SIZE); /* old contents do not matter */
    for (unsigned long i = 0; i < pages; i++)
        LIST[i] = i == IMAGE_PAGES ? LIST_FRAME : ++next_machine;
    start = (struct start_info){
        .mfn_list = PV_P2M,
        .nr_pages = pages,
        .first_p2m_pfn = IMAGE_PAGES,
        .nr_p2m_frames = shown + 1 + (shown > 1),
    };
    pv_p2m_start(&start);
    pv_publish_p2m();
    away = pv_spare_pages_missing(0);
}

static void take(unsigned int count, uint64_t wanted)
{
    unsigned int own = 0;

    wanted = MIN(wanted, away);
    count = (unsigned int)MIN(count, wanted);
    if (count == 0)
        return;
    count = pv_take_pages(pages_left(), count, wanted, &own);
    away -= count;
    believed += count + own;
}

static void give(unsigned int count)
{
    count = (unsigned int)MIN(count, pages_left());
    if (count == 0)
        return;
    count = pv_give_pages(pages_left() - 1, count);
    away += count;
    believed -= count;
}

/* Each spare page must be there, be different, and not be a page of the
 * list. */
static void all_is_there(void)
{
    const uint64_t left = pages_left();
    static bool seen[2 * ROOM];
    void *pages;

    assert_int_equal(believed, xen_count);
    assert_int_equal(shared.arch.max_pfn, pv_p2m_count());
    memset(seen, 0, sizeof(seen));
    for (uint64_t i = 0; i < left; i++) {
        assert_int_equal(pv_show_spare_pages(i, 1, &pages), 0);
        assert_true(window[0] < ARRAY_COUNT(seen) && !seen[window[0]]);
        seen[window[0]] = true;
    }
}

/* --- the tools ------------------------------------------------------------ */

static xen_pfn_t frame_of_list_page(unsigned long index)
{
    const unsigned long built = pv_p2m_room_built() / PV_P2M_GROWTH;

    if (index < built)
        return IMAGE_PAGES + index;
    return index == built ? LOAD_ADDRESS / PAGE_SIZE - 2
                          : index * PV_P2M_GROWTH - 1;
}

/* The tools do not save a page table with a frame that they do not know. */
static void save_table(xen_pfn_t known)
{
    for (unsigned long i = 1; i < LIST_PAGES; i++) {
        if (list_shown[i])
            assert_true(frame_of_list_page(i) < known);
    }
}

/* The tools map the pages that they know by themselves. */
static void let_tools_see(bool see)
{
    static bool before[LIST_PAGES];

    for (unsigned long i = 0; i < LIST_PAGES; i++) {
        if (see)
            before[i] = list_shown[i];
        show_list_page(i, see || before[i]);
    }
}

/* Save and restore, by tools that knew `known` frames. */
static void saved_when(xen_pfn_t known)
{
    uint64_t missing;

    assert_true(known <= pv_p2m_count());
    start.nr_pages = pv_p2m_count();
    assert_int_equal(pv_p2m_hide(), 0);
    save_table(known);
    let_tools_see(true);
    xen_count = 0;
    next_machine = LIST_FRAME;
    for (xen_pfn_t i = 0; i < known; i++) {
        if (LIST[i] == PV_NO_FRAME)
            continue;
        LIST[i] = i == IMAGE_PAGES ? LIST_FRAME : ++next_machine;
        xen_count++;
    }
    let_tools_see(false);
    start.nr_pages = known;
    believed -= pv_p2m_show(start.nr_pages);
    pv_publish_p2m();
    missing = pv_spare_pages_missing(away);
    if (missing > away) {
        believed -= missing - away;
        away = missing;
    }
}

/* --- tests ---------------------------------------------------------------- */

static const unsigned long sizes[] = {256, 400, 512, 1024, 5120, 5121, 20000};

static void memory_grows_and_shrinks(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        begin(sizes[i]);
        all_is_there();
        for (unsigned long n = 0; n < 9000; n += 200) {
            take(200, 9000 - n);
            assert_int_equal(believed, sizes[i] + n + 200);
        }
        all_is_there();
        while (pages_left() > 50)
            give(200);
        all_is_there();
        while (believed < sizes[i] + 9000)
            take(256, sizes[i] + 9000 - believed);
        all_is_there();
        assert_int_equal(believed, sizes[i] + 9000);
    }
}

static void memory_grows_to_the_last_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        begin(sizes[i]);
        xen_has = ROOM;
        while (away > 0)
            take(256, 2 * ROOM);
        all_is_there();
        assert_int_equal(believed, ROOM);
    }
}

/* Whenever the tools look: the entries for later pages are
 * published by then. */
static void pages_of_a_known_target_are_saved(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        for (unsigned long n = 1; n < 3000; n += 333) {
            xen_pfn_t known;

            begin(sizes[i]);
            take(1, 3000);
            known = pv_p2m_count();
            while (believed < sizes[i] + n)
                take(7, sizes[i] + 3000 - believed);
            saved_when(known);
            assert_in_range(believed, sizes[i] + n, sizes[i] + n + 6);
            all_is_there();
        }
    }
}

/* The tools looked before the target came: pages are lost, and can be
 * taken again. */
static void pages_that_the_tools_do_not_know_are_with_xen(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        begin(sizes[i]);
        for (unsigned int n = 0; n < 4; n++) {
            const uint64_t before = believed;
            const xen_pfn_t known = pv_p2m_count();

            while (believed < before + 3000)
                take(100, before + 3000 - believed);
            saved_when(known);
            assert_in_range(believed, before, before + 3000);
            all_is_there();
            while (believed < before + 3000)
                take(100, before + 3000 - believed);
            all_is_there();
        }
    }
}

static void xen_may_have_too_few_pages(void **state)
{
    (void)state;
    for (unsigned int n = 0; n < 700; n++) {
        begin(1024);
        xen_has = n;
        for (unsigned int i = 0; i < 10; i++)
            take(256, 5000);
        assert_int_equal(xen_has, 0);
        assert_int_equal(believed, 1024 + n);
        xen_has = ROOM;
        while (believed < 6000)
            take(256, 6000 - believed);
        assert_int_equal(believed, 6000);
        all_is_there();
    }
}

static void growth_and_saves_come_in_any_order(void **state)
{
    xen_pfn_t known;

    (void)state;
    for (unsigned int seed = 0; seed < 300; seed++) {
        srand(seed);
        begin(sizes[(size_t)rand() % ARRAY_COUNT(sizes)]);
        known = pv_p2m_count();
        for (unsigned int step = 0; step < 40; step++) {
            switch (rand() % 5) {
            case 0:
                known = pv_p2m_count();
                break;
            case 1:
                saved_when(known);
                known = pv_p2m_count();
                break;
            case 2:
                give(1 + (unsigned int)rand() % ARCH_BALLOON_PAGES);
                break;
            default:
                xen_has = (uint64_t)rand() % 600;
                take(1 + (unsigned int)rand() % ARCH_BALLOON_PAGES,
                     ARCH_BALLOON_PAGES + (uint64_t)rand() % 3000);
            }
            assert_int_equal(believed, xen_count);
        }
        all_is_there();
    }
}

/* The same domain goes on. */
static void a_suspend_that_is_cancelled_costs_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        begin(sizes[i]);
        take(100, 9000);
        assert_int_equal(pv_p2m_hide(), 0);
        save_table(sizes[i]);
        assert_int_equal(pv_p2m_show(pv_p2m_count()), 0);
        all_is_there();
        while (believed < sizes[i] + 9000)
            take(256, sizes[i] + 9000 - believed);
        all_is_there();
    }
}

static int map_memory(void **state)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;

    (void)state;
    return mmap(LIST, LIST_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, flags, -1,
                0) != LIST ||
           mmap((void *)VIRTUAL_OFFSET, IMAGE_PAGES * PAGE_SIZE,
                PROT_READ | PROT_WRITE, flags, -1, 0) != (void *)VIRTUAL_OFFSET;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_grows_and_shrinks),
        cmocka_unit_test(memory_grows_to_the_last_page),
        cmocka_unit_test(pages_of_a_known_target_are_saved),
        cmocka_unit_test(pages_that_the_tools_do_not_know_are_with_xen),
        cmocka_unit_test(a_suspend_that_is_cancelled_costs_nothing),
        cmocka_unit_test(xen_may_have_too_few_pages),
        cmocka_unit_test(growth_and_saves_come_in_any_order),
    };

    return cmocka_run_group_tests_name("x86_pv_p2m", tests, map_memory, NULL);
}
