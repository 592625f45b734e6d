/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/ring: byte rings shared with a peer that may lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/error.h"
#include "lib/ring.h"

#define SIZE 16

/* The memory that both sides share, with our ring structures for both. */
struct shared {
    char *bytes; /* on the heap, so that the sanitizer sees any overrun */
    uint32_t prod;
    uint32_t cons;
    struct ring writer;
    struct ring reader;
};

static struct shared shared;

static void start_at(uint32_t index)
{
    memset(shared.bytes, '.', SIZE);
    shared.prod = index;
    shared.cons = index;
    ring_start(&shared.writer, shared.bytes, SIZE, &shared.prod, &shared.cons);
    ring_start(&shared.reader, shared.bytes, SIZE, &shared.cons, &shared.prod);
}

static int set_up(void **state)
{
    (void)state;
    shared.bytes = malloc(SIZE);
    start_at(0);
    return shared.bytes ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(shared.bytes);
    return 0;
}

static void an_empty_ring_has_nothing_to_read(void **state)
{
    char c;

    (void)state;
    assert_int_equal(ring_readable(&shared.reader), 0);
    assert_int_equal(ring_writable(&shared.writer), SIZE);
    assert_int_equal(ring_read(&shared.reader, &c, 1), 0);
    assert_int_equal(shared.cons, 0);
}

static void bytes_arrive_in_order(void **state)
{
    char got[5];

    (void)state;
    assert_int_equal(ring_write(&shared.writer, "hello", 5), 5);
    assert_int_equal(shared.prod, 5);
    assert_int_equal(ring_readable(&shared.reader), 5);
    assert_int_equal(ring_writable(&shared.writer), SIZE - 5);
    assert_int_equal(ring_read(&shared.reader, got, 5), 5);
    assert_memory_equal(got, "hello", 5);
    assert_int_equal(shared.cons, 5);
}

static void a_full_ring_takes_nothing(void **state)
{
    (void)state;
    assert_int_equal(ring_write(&shared.writer, "0123456789abcdef", 16), 16);
    assert_int_equal(ring_writable(&shared.writer), 0);
    assert_int_equal(ring_readable(&shared.reader), SIZE);
    assert_int_equal(ring_write(&shared.writer, "x", 1), 0);
    assert_int_equal(shared.prod, 16);
    assert_memory_equal(shared.bytes, "0123456789abcdef", 16);
}

static void a_write_stops_when_the_ring_is_full(void **state)
{
    (void)state;
    assert_int_equal(ring_write(&shared.writer, "0123456789", 10), 10);
    assert_int_equal(ring_write(&shared.writer, "abcdefghij", 10), 6);
    assert_memory_equal(shared.bytes, "0123456789abcdef", 16);
}

static void a_read_stops_when_the_ring_is_empty(void **state)
{
    char got[SIZE] = "................";

    (void)state;
    assert_int_equal(ring_write(&shared.writer, "abc", 3), 3);
    assert_int_equal(ring_read(&shared.reader, got, sizeof(got)), 3);
    assert_memory_equal(got, "abc.............", sizeof(got));
}

static void a_partial_read_leaves_the_rest(void **state)
{
    char got[4];

    (void)state;
    assert_int_equal(ring_write(&shared.writer, "abcdef", 6), 6);
    assert_int_equal(ring_read(&shared.reader, got, 2), 2);
    assert_int_equal(ring_read(&shared.reader, got, 4), 4);
    assert_memory_equal(got, "cdef", 4);
}

static void bytes_go_around_the_end(void **state)
{
    char got[8];

    (void)state;
    start_at(SIZE - 3);
    assert_int_equal(ring_write(&shared.writer, "abcdefgh", 8), 8);
    assert_memory_equal(shared.bytes, "defgh........abc", SIZE);
    assert_int_equal(ring_read(&shared.reader, got, 8), 8);
    assert_memory_equal(got, "abcdefgh", 8);
}

static void indices_wrap_at_2_to_the_32(void **state)
{
    char got[SIZE];

    (void)state;
    start_at(UINT32_MAX - 4);
    assert_int_equal(ring_write(&shared.writer, "0123456789abcdefgh", 18), 16);
    assert_int_equal(shared.prod, 11);
    assert_int_equal(ring_readable(&shared.reader), SIZE);
    assert_int_equal(ring_writable(&shared.writer), 0);
    assert_int_equal(ring_read(&shared.reader, got, SIZE), SIZE);
    assert_memory_equal(got, "0123456789abcdef", SIZE);
    assert_int_equal(shared.cons, 11);
}

static void a_null_target_drops_the_bytes(void **state)
{
    char got[3];

    (void)state;
    start_at(SIZE - 2);
    assert_int_equal(ring_write(&shared.writer, "abcdef", 6), 6);
    assert_int_equal(ring_read(&shared.reader, NULL, 3), 3);
    assert_int_equal(ring_read(&shared.reader, got, 3), 3);
    assert_memory_equal(got, "def", 3);
}

static void moving_no_bytes_does_nothing(void **state)
{
    (void)state;
    assert_int_equal(ring_write(&shared.writer, "abc", 3), 3);
    assert_int_equal(ring_write(&shared.writer, NULL, 0), 0);
    assert_int_equal(ring_read(&shared.reader, NULL, 0), 0);
    assert_int_equal(shared.prod, 3);
    assert_int_equal(shared.cons, 0);
}

static void the_index_in_shared_memory_is_taken_over(void **state)
{
    struct ring reader;
    char got[2];

    (void)state;
    assert_int_equal(ring_write(&shared.writer, "abcd", 4), 4);
    assert_int_equal(ring_read(&shared.reader, NULL, 2), 2);
    ring_start(&reader, shared.bytes, SIZE, &shared.cons, &shared.prod);
    assert_int_equal(ring_read(&reader, got, 2), 2);
    assert_memory_equal(got, "cd", 2);
}

static void a_producer_too_far_ahead_is_an_error(void **state)
{
    char got[SIZE];

    (void)state;
    start_at(UINT32_MAX - 2);
    shared.prod = shared.cons + SIZE + 1;
    assert_int_equal(ring_readable(&shared.reader), -XEN_EIO);
    assert_int_equal(ring_read(&shared.reader, got, 1), -XEN_EIO);
    assert_int_equal(ring_read(&shared.reader, got, 0), -XEN_EIO);
    shared.prod = shared.cons - 1;
    assert_int_equal(ring_read(&shared.reader, NULL, 1), -XEN_EIO);
    assert_int_equal(shared.cons, UINT32_MAX - 2);
}

static void a_consumer_that_overtakes_is_an_error(void **state)
{
    (void)state;
    shared.cons = shared.prod + 1;
    assert_int_equal(ring_writable(&shared.writer), -XEN_EIO);
    assert_int_equal(ring_write(&shared.writer, "x", 1), -XEN_EIO);
    shared.cons = shared.prod - SIZE - 1;
    assert_int_equal(ring_write(&shared.writer, "x", 1), -XEN_EIO);
    assert_int_equal(shared.prod, 0);
    assert_memory_equal(shared.bytes, "................", SIZE);
}

static void our_index_is_never_read_back_from_the_ring(void **state)
{
    char got[3];

    (void)state;
    assert_int_equal(ring_write(&shared.writer, "abc", 3), 3);
    shared.cons = 1000; /* the peer can write to both indices */
    assert_int_equal(ring_read(&shared.reader, got, 3), 3);
    assert_memory_equal(got, "abc", 3);
    assert_int_equal(shared.cons, 3);
}

static void a_ring_goes_on_once_the_peer_is_honest_again(void **state)
{
    char got[1];

    (void)state;
    shared.prod = SIZE + 1;
    assert_int_equal(ring_read(&shared.reader, got, 1), -XEN_EIO);
    shared.prod = 1;
    shared.bytes[0] = 'x';
    assert_int_equal(ring_read(&shared.reader, got, 1), 1);
    assert_int_equal(got[0], 'x');
}

static void a_peer_that_found_the_ring_full_waits(void **state)
{
    (void)state;
    start_at(UINT32_MAX - 4);
    assert_int_equal(ring_write(&shared.writer, "0123456789abcdef", 16), 16);
    assert_int_equal(ring_read(&shared.reader, NULL, 1), 1);
    assert_true(shared.reader.peer_waits);
}

static void the_peer_waits_until_it_is_notified(void **state)
{
    (void)state;
    assert_int_equal(ring_write(&shared.writer, "0123456789abcdef", 16), 16);
    assert_int_equal(ring_read(&shared.reader, NULL, 1), 1);
    assert_int_equal(ring_read(&shared.reader, NULL, 1), 1);
    assert_true(shared.reader.peer_waits);
    shared.reader.peer_waits = false;
    assert_int_equal(ring_read(&shared.reader, NULL, 14), 14);
    assert_false(shared.reader.peer_waits);
}

static void a_peer_with_room_does_not_wait(void **state)
{
    (void)state;
    assert_int_equal(ring_write(&shared.writer, "0123456789abcde", 15), 15);
    assert_int_equal(ring_read(&shared.reader, NULL, 15), 15);
    assert_int_equal(ring_read(&shared.reader, NULL, 1), 0);
    assert_false(shared.reader.peer_waits);
}

/* The model: every byte has a number, and must come out in order. */
static void random_moves_keep_the_order(void **state)
{
    const char *given = getenv("SEED");
    unsigned int seed = given ? (unsigned int)strtoul(given, NULL, 0) : 1;
    unsigned int written = 0, taken = 0;
    char bytes[2 * SIZE];

    (void)state;
    srand(seed);
    start_at(UINT32_MAX - 5000); /* wraps on the way */
    for (int round = 0; round < 20000; round++) {
        unsigned int size = (unsigned int)rand() % sizeof(bytes);
        unsigned int filled = written - taken, moved, i;
        bool ok = true;

        if (rand() % 2) {
            for (i = 0; i < size; i++) {
                bytes[i] = (char)(written + i);
            }
            moved = size < SIZE - filled ? size : SIZE - filled;
            ok = ring_write(&shared.writer, bytes, size) == (int)moved;
            written += moved;
        } else {
            moved = size < filled ? size : filled;
            ok = ring_read(&shared.reader, bytes, size) == (int)moved;
            for (i = 0; i < moved; i++) {
                ok = ok && bytes[i] == (char)(taken + i);
            }
            taken += moved;
        }
        ok = ok && ring_readable(&shared.reader) == (int)(written - taken);
        if (!ok) {
            fail_msg("SEED=%u, round %d", seed, round);
        }
    }
    assert_true(shared.prod < 0x80000000); /* the index did wrap */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_ring_has_nothing_to_read),
        TEST(bytes_arrive_in_order),
        TEST(a_full_ring_takes_nothing),
        TEST(a_write_stops_when_the_ring_is_full),
        TEST(a_read_stops_when_the_ring_is_empty),
        TEST(a_partial_read_leaves_the_rest),
        TEST(bytes_go_around_the_end),
        TEST(indices_wrap_at_2_to_the_32),
        TEST(a_null_target_drops_the_bytes),
        TEST(moving_no_bytes_does_nothing),
        TEST(the_index_in_shared_memory_is_taken_over),
        TEST(a_producer_too_far_ahead_is_an_error),
        TEST(a_consumer_that_overtakes_is_an_error),
        TEST(our_index_is_never_read_back_from_the_ring),
        TEST(a_ring_goes_on_once_the_peer_is_honest_again),
        TEST(a_peer_that_found_the_ring_full_waits),
        TEST(the_peer_waits_until_it_is_notified),
        TEST(a_peer_with_room_does_not_wait),
        TEST(random_moves_keep_the_order),
    };

    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
