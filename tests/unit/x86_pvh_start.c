/* SPDX-License-Identifier: MIT */
/*
 * Tests of arch/x86/pvh_start: data that a builder left, anywhere in memory.
 *
 * The domain's memory is a file. A fault in the window maps the page of the
 * file that pvh_window_table names, as the CPU would. Without an entry there is
 * no page.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <xen/memory.h>

#include <xen/arch-x86/hvm/start_info.h>

#include "arch/x86/pvh.h"
#include "arch/x86/x86.h"
#include "lib/error.h"

#define MIB        0x100000UL
#define GIB        (1024 * MIB)
#define WINDOW_END (PVH_WINDOW + PVH_TABLE_ENTRIES * PAGE_SIZE)
#define RAM        XEN_HVM_MEMMAP_TYPE_RAM
#define RESERVED   XEN_HVM_MEMMAP_TYPE_RESERVED

/* --- the machine ---------------------------------------------------------- */

uint64_t pvh_window_table[PVH_TABLE_ENTRIES];
uint64_t x86_no_execute = 1UL << 63;

/* The image ends at 1 MiB; in the real image the linker defines this symbol. */
__asm__(".globl x86_image_end\n"
        "x86_image_end = 0x3ff02000 + 0x100000\n");

static int memory = -1;

/* Xen's memory map: entries without an unused field behind them. */
static struct {
    uint64_t address, size;
    uint32_t type;
} __attribute__((packed)) xens[32];
static unsigned int xens_count, asked;

int common_memory_op(int command, void *argument)
{
    struct xen_memory_map *request = argument;

    assert_int_equal(command, XENMEM_memory_map);
    asked++;
    if (xens_count == 0)
        return -XEN_ENOSYS;
    request->nr_entries = (unsigned int)MIN(request->nr_entries, xens_count);
    memcpy(request->buffer.p, xens, request->nr_entries * sizeof(xens[0]));
    return 0;
}

static void fault(int number, siginfo_t *info, void *context)
{
    const uintptr_t address = (uintptr_t)info->si_addr & ~(PAGE_SIZE - 1);
    const uint64_t entry =
        address >= PVH_WINDOW && address < WINDOW_END
            ? pvh_window_table[(address - PVH_WINDOW) / PAGE_SIZE]
            : 0;

    (void)context;
    if ((entry & ~(uint64_t)PTE_FRAME) != (PTE_READ | x86_no_execute) ||
        mmap((void *)address, PAGE_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED,
             memory, (off_t)(entry & PTE_FRAME)) == MAP_FAILED)
        signal(number, SIG_DFL); /* fault again, and die */
}

/* Unmap all pages of the window. */
static void close_window(void)
{
    memset(pvh_window_table, 0, sizeof(pvh_window_table));
    assert_ptr_equal(mmap((void *)PVH_WINDOW, WINDOW_END - PVH_WINDOW,
                          PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                          -1, 0),
                     PVH_WINDOW);
}

static int set_up(void **state)
{
    (void)state;
    if (memory >= 0)
        close(memory);
    memory = memfd_create("memory", 0);
    assert_true(memory >= 0);
    assert_int_equal(ftruncate(memory, 64 * (off_t)GIB), 0);
    close_window();
    asked = xens_count = 0;
    return 0;
}

static void put(uint64_t address, const void *bytes, size_t size)
{
    assert_int_equal(pwrite(memory, bytes, size, (off_t)address), size);
}

/* --- a builder ------------------------------------------------------------ */

static const struct hvm_memmap_table_entry small[] = {
    {.addr = 0, .size = 64 * MIB, .type = RAM},
    {.addr = 0xfc000000, .size = 64 * MIB, .type = RESERVED},
    {.addr = 4 * GIB, .size = 8 * MIB, .type = RAM},
};
#define SMALL_KIB (72 * 1024)

static struct hvm_start_info info;
static struct boot boot;

/* cmocka installs its own handler before each test. */
static int read_at(uint64_t at)
{
    const struct sigaction action = {
        .sa_sigaction = fault,
        .sa_flags = SA_SIGINFO,
    };

    assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
    boot = (struct boot){.guest = "pvh"};
    return pvh_read_start_info(at, &boot);
}

/* Put each part at the given address, then read. */
static int build_at(uint64_t at, uint64_t map, uint64_t line, const char *text)
{
    info = (struct hvm_start_info){
        .magic = XEN_HVM_START_MAGIC_VALUE,
        .version = 1,
        .cmdline_paddr = line,
        .memmap_paddr = map,
        .memmap_entries = ARRAY_COUNT(small),
    };
    put(map, small, sizeof(small));
    if (line != 0)
        put(line, text, strlen(text) + 1);
    put(at, &info, sizeof(info));
    return read_at(at);
}

/* As Xen's builder does: the parts follow each other. */
static int build(uint64_t at, const char *text)
{
    const uint64_t line = at + sizeof(info);

    return build_at(at, line + strlen(text) + 1, line, text);
}

static void without_map_in_start_info(uint64_t at, uint32_t version)
{
    info = (struct hvm_start_info){
        .magic = XEN_HVM_START_MAGIC_VALUE,
        .version = version,
        .memmap_paddr = 0x123456789abcdef0,
        .memmap_entries = version == 0 ? 0xffffffff : 0,
    };
    put(at, &info, sizeof(info));
}

/* --- the tests ------------------------------------------------------------ */

static void start_info_is_read_wherever_it_lies(void **state)
{
    static const uint64_t places[] = {
        MIB,      2 * MIB - 8, 16 * MIB - 16, 16 * MIB,   40 * MIB + 24,
        GIB - 24, GIB,         3 * GIB,       0xfbffff00, 4 * GIB - 4096,
    };

    for (unsigned int i = 0; i < ARRAY_COUNT(places); i++) {
        set_up(state);
        assert_int_equal(build(places[i], "self-test"), 0);
        assert_string_equal(boot.command_line, "self-test");
        assert_false(boot.command_line_cut);
        assert_int_equal(boot.memory_kib, SMALL_KIB);
        assert_int_equal(asked, 0);
    }
}

static void the_parts_may_lie_far_apart(void **state)
{
    (void)state;
    assert_int_equal(build_at(5 * MIB, 63 * GIB + 4090, 2 * GIB - 3, "ip=1"),
                     0);
    assert_string_equal(boot.command_line, "ip=1");
    assert_int_equal(boot.memory_kib, SMALL_KIB);
    assert_int_equal(pvh_ram_frame(0), 0);
    assert_int_equal(pvh_ram_frame(64 * MIB / PAGE_SIZE - 1),
                     64 * MIB / PAGE_SIZE - 1);
    assert_int_equal(pvh_ram_frame(64 * MIB / PAGE_SIZE), 4 * GIB / PAGE_SIZE);
}

static void there_may_be_no_command_line(void **state)
{
    (void)state;
    assert_int_equal(build_at(MIB, 2 * MIB, 0, ""), 0);
    assert_string_equal(boot.command_line, "");
}

static void a_wrong_magic_number_is_refused(void **state)
{
    (void)state;
    without_map_in_start_info(MIB, 1);
    info.magic++;
    put(MIB, &info, sizeof(info));
    assert_int_equal(read_at(MIB), -XEN_EINVAL);
}

/* Pages above all that is read are free; all below are kept. */
static void all_that_is_read_is_kept(void **state)
{
    (void)state;
    assert_int_equal(build(40 * MIB, "a"), 0);
    assert_int_equal(pvh_kept_end(), 40 * MIB / PAGE_SIZE + 1);
    set_up(state);
    assert_int_equal(build_at(3 * MIB, MIB / 2, 0, ""), 0);
    assert_int_equal(pvh_kept_end(), MIB / PAGE_SIZE);
    set_up(state);
    assert_int_equal(build_at(MIB, 2 * MIB, 3 * MIB - 2, "a"), 0);
    assert_int_equal(pvh_kept_end(), 3 * MIB / PAGE_SIZE);
    set_up(state);
    assert_int_equal(build_at(MIB, 2 * MIB, 3 * MIB - 2, "ab"), 0);
    assert_int_equal(pvh_kept_end(), 3 * MIB / PAGE_SIZE + 1);
}

static void a_long_command_line_is_read_to_its_end(void **state)
{
    static char text[MIB + PAGE_SIZE];

    (void)state;
    memset(text, 'a', 100000);
    assert_int_equal(build_at(MIB, 2 * MIB, 3 * MIB - 5, text), 0);
    assert_int_equal(strlen(boot.command_line), 100000);
    assert_int_equal(pvh_kept_end(), (3 * MIB + 100000) / PAGE_SIZE + 1);
}

/* The line is reported as cut, and the VM lives. */
static void a_command_line_that_does_not_end_is_refused(void **state)
{
    static char text[MIB + PAGE_SIZE];

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    assert_int_equal(build_at(MIB, 2 * MIB, 3 * MIB - 5, text), 0);
    assert_true(boot.command_line_cut);
    assert_string_equal(boot.command_line, "testing=?");
    assert_int_equal(boot.memory_kib, SMALL_KIB);
}

static void a_map_that_is_too_long_is_cut(void **state)
{
    struct hvm_memmap_table_entry entries[400];

    (void)state;
    for (unsigned int i = 0; i < ARRAY_COUNT(entries); i++)
        entries[i] = (struct hvm_memmap_table_entry){
            .addr = i * MIB, .size = PAGE_SIZE, .type = RAM};
    assert_int_equal(build_at(MIB, 2 * MIB - 8, 0, ""), 0);
    put(2 * MIB - 8, entries, sizeof(entries));
    info.memmap_entries = 0xffffffff;
    put(MIB, &info, sizeof(info));
    close_window();
    assert_int_equal(read_at(MIB), 0);
    assert_int_equal(boot.memory_kib, PAGE_SIZE / 24 * 4);
}

/* XenServer's builder gives the map to Xen alone. */
static void xen_is_asked_for_a_missing_map(void **state)
{
    for (uint32_t version = 0; version <= 1; version++) {
        set_up(state);
        for (unsigned int i = 0; i < ARRAY_COUNT(small); i++) {
            xens[i].address = small[i].addr;
            xens[i].size = small[i].size;
            xens[i].type = small[i].type;
        }
        xens_count = ARRAY_COUNT(small);
        without_map_in_start_info(40 * MIB, version);
        assert_int_equal(read_at(40 * MIB), 0);
        assert_int_equal(asked, 1);
        assert_int_equal(boot.memory_kib, SMALL_KIB);
        assert_int_equal(pvh_ram_pages_below(100), 100);
        assert_int_equal(pvh_ram_frame(64 * MIB / PAGE_SIZE),
                         4 * GIB / PAGE_SIZE);
        /* Nothing that the builder left is read any more. */
        assert_int_equal(pvh_kept_end(), MIB / PAGE_SIZE);
    }
}

static void a_map_of_xen_that_is_too_long_is_cut(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < ARRAY_COUNT(xens); i++) {
        xens[i].address = i * MIB;
        xens[i].size = PAGE_SIZE;
        xens[i].type = RAM;
    }
    xens_count = ARRAY_COUNT(xens);
    without_map_in_start_info(MIB, 1);
    assert_int_equal(read_at(MIB), 0);
    assert_int_equal(boot.memory_kib, 16 * 4);
}

static void there_may_be_no_map_at_all(void **state)
{
    (void)state;
    without_map_in_start_info(MIB, 1);
    assert_int_equal(read_at(MIB), 0);
    assert_int_equal(boot.memory_kib, 0);
    assert_int_equal(pvh_ram_pages(), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(start_info_is_read_wherever_it_lies),
        TEST(the_parts_may_lie_far_apart),
        TEST(there_may_be_no_command_line),
        TEST(a_wrong_magic_number_is_refused),
        TEST(all_that_is_read_is_kept),
        TEST(a_long_command_line_is_read_to_its_end),
        TEST(a_command_line_that_does_not_end_is_refused),
        TEST(a_map_that_is_too_long_is_cut),
        TEST(xen_is_asked_for_a_missing_map),
        TEST(a_map_of_xen_that_is_too_long_is_cut),
        TEST(there_may_be_no_map_at_all),
    };

    return cmocka_run_group_tests_name("x86_pvh_start", tests, NULL, NULL);
}
