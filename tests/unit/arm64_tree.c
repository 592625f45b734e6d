/* SPDX-License-Identifier: MIT */
/*
 * Tests of arch/arm64/tree: trees of libxl, trees with other numbers of cells,
 * and trees that are broken in every place.
 *
 * Each tree is read from memory of exactly its size, so the sanitizer finds
 * every read outside of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/arm64/tree.h"
#include "lib/error.h"

#define HEADER_SIZE 40
#define SIZE_AT     4 /* in the header */
#define VERSION_AT  20
#define PART_MAX    8192

/* --- a builder ------------------------------------------------------------ */

static unsigned char nodes[PART_MAX], names[PART_MAX];
static size_t nodes_size, names_size;

static struct arm64_tree tree;
static unsigned char *bytes; /* of the latest tree */
static size_t size;

static void put_word(unsigned char *at, uint32_t word)
{
    at[0] = (unsigned char)(word >> 24);
    at[1] = (unsigned char)(word >> 16);
    at[2] = (unsigned char)(word >> 8);
    at[3] = (unsigned char)word;
}

static void add_word(uint32_t word)
{
    put_word(&nodes[nodes_size], word);
    nodes_size += sizeof(word);
}

static void add_bytes(const void *from, size_t count)
{
    memcpy(&nodes[nodes_size], from, count);
    nodes_size += (count + 3) / 4 * 4;
}

static void begin(const char *name)
{
    add_word(1);
    add_bytes(name, strlen(name) + 1);
}

static void end(void)
{
    add_word(2);
}

static void property(const char *name, const void *value, size_t count)
{
    add_word(3);
    add_word((uint32_t)count);
    add_word((uint32_t)names_size);
    memcpy(&names[names_size], name, strlen(name) + 1);
    names_size += strlen(name) + 1;
    add_bytes(value, count);
}

static void words(const char *name, unsigned int count, const uint32_t *values)
{
    unsigned char text[64];

    for (unsigned int i = 0; i < count; i++)
        put_word(&text[4 * i], values[i]);
    property(name, text, 4 * count);
}

#define WORDS(name, ...)                                                       \
    words(name, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t),          \
          (uint32_t[]){__VA_ARGS__})

static int set_up(void **state)
{
    (void)state;
    memset(nodes, 0, sizeof(nodes));
    nodes_size = names_size = 0;
    free(bytes);
    bytes = NULL;
    return 0;
}

static void begin_tree(void)
{
    begin("");
    WORDS("#address-cells", 2);
    WORDS("#size-cells", 2);
}

static void add_memory(uint64_t start, uint64_t count)
{
    char name[32];

    snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)start);
    begin(name);
    property("device_type", "memory", sizeof("memory"));
    WORDS("reg", (uint32_t)(start >> 32), (uint32_t)start,
          (uint32_t)(count >> 32), (uint32_t)count);
    end();
}

static void add_cpus(unsigned int count)
{
    begin("cpus");
    WORDS("#address-cells", 1);
    WORDS("#size-cells", 0);
    begin("cpu-map");
    end();
    for (unsigned int i = 0; i < count; i++) {
        begin("cpu@0");
        WORDS("reg", i % 16 | i / 16 << 8);
        end();
    }
    end();
}

static void add_xen(void)
{
    begin("hypervisor");
    WORDS("reg", 0, 0x38000000, 0, 0x01000000, 0, 0x50000000, 0, 0x1000);
    end();
}

/* Put the parts together. */
static void finish(void)
{
    unsigned char *at;

    end();
    add_word(9);
    size = HEADER_SIZE + nodes_size + names_size;
    bytes = malloc(size);
    at = bytes;
    put_word(at, 0xd00dfeed);
    put_word(at + SIZE_AT, (uint32_t)size);
    put_word(at + 8, HEADER_SIZE);
    put_word(at + 12, (uint32_t)(HEADER_SIZE + nodes_size));
    put_word(at + 16, HEADER_SIZE);
    put_word(at + VERSION_AT, 17);
    put_word(at + 24, 16);
    put_word(at + 28, 0);
    put_word(at + 32, (uint32_t)names_size);
    put_word(at + 36, (uint32_t)nodes_size);
    memcpy(at + HEADER_SIZE, nodes, nodes_size);
    memcpy(at + HEADER_SIZE + nodes_size, names, names_size);
}

static int read_all(void)
{
    return arm64_tree_read(bytes, size, &tree);
}

/* As libxl makes it. */
static void make_usual(void)
{
    begin_tree();
    property("compatible", "xen,xenvm", sizeof("xen,xenvm"));
    begin("chosen");
    property("bootargs", "one two", sizeof("one two"));
    end();
    add_cpus(2);
    add_memory(0x40000000, 0x300000);
    begin("timer");
    property("compatible", "arm,armv8-timer", sizeof("arm,armv8-timer"));
    end();
    add_xen();
    finish();
}

/* --- tests ---------------------------------------------------------------- */

static void the_usual_tree_is_read(void **state)
{
    (void)state;
    make_usual();
    assert_int_equal(read_all(), 0);
    assert_int_equal(tree.size, size);
    assert_string_equal(tree.command_line, "one two");
    assert_int_equal(tree.bank_count, 1);
    assert_int_equal(tree.banks[0].start, 0x40000000);
    assert_int_equal(tree.banks[0].size, 0x300000);
    assert_int_equal(tree.for_xen.start, 0x38000000);
    assert_int_equal(tree.for_xen.size, 0x01000000);
    assert_int_equal(tree.cpu_count, 2);
    assert_int_equal(tree.cpus[1], 1);
    assert_int_equal(tree.clock_hz, 0);
}

static void there_may_be_no_command_line(void **state)
{
    (void)state;
    begin_tree();
    add_memory(0x40000000, 0x300000);
    add_cpus(1);
    add_xen();
    finish();
    assert_int_equal(read_all(), 0);
    assert_string_equal(tree.command_line, "");
}

static void banks_are_put_in_order(void **state)
{
    (void)state;
    begin_tree();
    add_memory(0x200000000, 0x10000000);
    add_memory(0x40000000, 0xc0000000);
    add_memory(0x100000000, 0);
    add_cpus(1);
    add_xen();
    finish();
    assert_int_equal(read_all(), 0);
    assert_int_equal(tree.bank_count, 2);
    assert_int_equal(tree.banks[0].start, 0x40000000);
    assert_int_equal(tree.banks[1].start, 0x200000000);
    assert_int_equal(tree.banks[1].size, 0x10000000);
}

static void numbers_may_have_one_word(void **state)
{
    (void)state;
    begin("");
    WORDS("#address-cells", 1);
    WORDS("#size-cells", 1);
    begin("memory");
    WORDS("reg", 0x40000000, 0x400000);
    end();
    begin("cpus");
    WORDS("#address-cells", 2);
    begin("cpu@100000003");
    WORDS("reg", 1, 3);
    end();
    end();
    begin("hypervisor");
    WORDS("reg", 0x38000000, 0x10000);
    end();
    begin("timer");
    WORDS("clock-frequency", 24000000);
    end();
    finish();
    assert_int_equal(read_all(), 0);
    assert_int_equal(tree.banks[0].size, 0x400000);
    assert_int_equal(tree.for_xen.size, 0x10000);
    assert_int_equal(tree.cpus[0], 0x100000003);
    assert_int_equal(tree.clock_hz, 24000000);
}

static void numbers_of_three_words_are_refused(void **state)
{
    (void)state;
    begin("");
    WORDS("#address-cells", 3);
    add_memory(0x40000000, 0x300000);
    finish();
    assert_int_equal(read_all(), -XEN_EINVAL);
}

static void only_the_first_vcpus_count(void **state)
{
    (void)state;
    begin_tree();
    add_memory(0x40000000, 0x300000);
    add_cpus(40);
    add_xen();
    finish();
    assert_int_equal(read_all(), 0);
    assert_int_equal(tree.cpu_count, ARCH_VCPU_MAX);
    assert_int_equal(tree.cpus[31], 0x10f);
}

static void what_a_guest_needs_must_be_there(void **state)
{
    for (unsigned int without = 0; without < 3; without++) {
        set_up(state);
        begin_tree();
        if (without != 0)
            add_memory(0x40000000, 0x300000);
        if (without != 1)
            add_cpus(1);
        if (without != 2)
            add_xen();
        finish();
        assert_int_equal(read_all(), -XEN_EINVAL);
    }
}

static void a_command_line_without_end_is_refused(void **state)
{
    (void)state;
    begin_tree();
    begin("chosen");
    property("bootargs", "endless", 7);
    end();
    add_memory(0x40000000, 0x300000);
    add_cpus(1);
    add_xen();
    finish();
    assert_int_equal(read_all(), -XEN_EINVAL);
}

static void a_range_beyond_all_addresses_is_refused(void **state)
{
    (void)state;
    begin_tree();
    add_memory(0xfffffffffffff000, 0x2000);
    add_cpus(1);
    add_xen();
    finish();
    assert_int_equal(read_all(), -XEN_EINVAL);
}

static void another_form_is_refused(void **state)
{
    const struct {
        unsigned int at, value;
    } changes[] = {
        {0, 0xd00dfeee},  {VERSION_AT, 15},      {24, 18},
        {8, 0xfffffff0},  {12, 0x7fffffff},      {32, 0xffffffff},
        {36, 0xffffffff}, {SIZE_AT, 0xffffffff},
    };

    for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
        set_up(state);
        make_usual();
        put_word(bytes + changes[i].at, changes[i].value);
        assert_int_equal(read_all(), -XEN_EINVAL);
    }
}

static void a_tree_that_ends_anywhere_is_refused(void **state)
{
    (void)state;
    make_usual();
    for (size_t left = 0; left < size; left++) {
        unsigned char *part = malloc(left > 0 ? left : 1);

        memcpy(part, bytes, left);
        assert_int_equal(arm64_tree_read(part, left, &tree), -XEN_EINVAL);
        if (left >= HEADER_SIZE) {
            put_word(part + SIZE_AT, (uint32_t)left);
            assert_int_equal(arm64_tree_read(part, left, &tree), -XEN_EINVAL);
        }
        free(part);
    }
}

/* The result may be any; the facts must stay within their bounds. */
static void any_changed_bytes_do_no_harm(void **state)
{
    uint32_t random = 1;

    (void)state;
    make_usual();
    for (unsigned int i = 0; i < 200000; i++) {
        const size_t at = (random = random * 1664525 + 1013904223) % size;
        const size_t then = (random = random * 1664525 + 1013904223) % size;
        const unsigned char was[] = {bytes[at], bytes[then]};

        bytes[at] = (unsigned char)(random >> 8);
        bytes[then] ^= (unsigned char)(1U << (random >> 29));
        if (read_all() == 0) {
            assert_in_range(tree.bank_count, 1, ARM64_BANK_MAX);
            assert_in_range(tree.cpu_count, 1, ARCH_VCPU_MAX);
            assert_true(strlen(tree.command_line) < size);
        }
        bytes[then] = was[1];
        bytes[at] = was[0];
    }
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_usual_tree_is_read),
        TEST(there_may_be_no_command_line),
        TEST(banks_are_put_in_order),
        TEST(numbers_may_have_one_word),
        TEST(numbers_of_three_words_are_refused),
        TEST(only_the_first_vcpus_count),
        TEST(what_a_guest_needs_must_be_there),
        TEST(a_command_line_without_end_is_refused),
        TEST(a_range_beyond_all_addresses_is_refused),
        TEST(another_form_is_refused),
        TEST(a_tree_that_ends_anywhere_is_refused),
        TEST(any_changed_bytes_do_no_harm),
    };

    return cmocka_run_group_tests_name("arm64_tree", tests, NULL, NULL);
}
