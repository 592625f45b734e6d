/* SPDX-License-Identifier: MIT */
/*
 * Tests of arch/x86/string: the code that the compiler makes around its
 * assembly where it knows the size. So the file itself is included, and always
 * inlined. The Makefile compiles this test once more with each compiler, at
 * each level of optimisation: registers are shared at some levels only.
 * arm64_string.c has the same tests for another file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The C library has the same names; its own memcmp() checks the results. */
#define memcpy  x86_memcpy
#define memmove x86_memmove
#define memset  x86_memset
#define memcmp  x86_memcmp
#define strlen  x86_strlen

/* string.c defines them without these attributes; the declarations add them. */
#define INLINED static inline __attribute__((always_inline))
INLINED void *memcpy(void *to, const void *from, size_t size);
INLINED void *memmove(void *to, const void *from, size_t size);
INLINED void *memset(void *to, int byte, size_t size);
INLINED int memcmp(const void *a, const void *b, size_t size);
INLINED size_t strlen(const char *string);

#include "lib/macros.h"
#undef SHARED
#define SHARED
#ifndef TESTED
#define TESTED "arch/x86/string.c"
#endif
#include TESTED // NOLINT(bugprone-suspicious-include)

#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen

#define SIZE_MAX_TRIED 64
#define ALIGNMENTS     WORD
/* Enough to move by the whole size, with bytes around that must not change. */
#define ROOM (4 * SIZE_MAX_TRIED)

#define EIGHT(DO, n)                                                           \
    DO((n) + 0)                                                                \
    DO((n) + 1)                                                                \
    DO((n) + 2)                                                                \
    DO((n) + 3)                                                                \
    DO((n) + 4)                                                                \
    DO((n) + 5)                                                                \
    DO((n) + 6)                                                                \
    DO((n) + 7)
#define EACH_SIZE(DO)                                                          \
    EIGHT(DO, 0)                                                               \
    EIGHT(DO, 8)                                                               \
    EIGHT(DO, 16)                                                              \
    EIGHT(DO, 24)                                                              \
    EIGHT(DO, 32)                                                              \
    EIGHT(DO, 40)                                                              \
    EIGHT(DO, 48)                                                              \
    EIGHT(DO, 56)                                                              \
    DO(SIZE_MAX_TRIED)

/* The memory before, as expected, and as it is. */
static uint8_t before[ROOM], expected[ROOM], memory[ROOM];

static void start(void)
{
    for (unsigned int i = 0; i < ROOM; i++)
        before[i] = expected[i] = memory[i] = (uint8_t)(i * 7 + 1);
}

static void check(const char *what, size_t size, size_t to, size_t from)
{
    if (memcmp(memory, expected, ROOM) != 0)
        fail_msg("%s of %zu bytes, to %zu, from %zu", what, size, to, from);
}

/* --- sizes that the compiler knows ---------------------------------------- */

#define COPY(n)                                                                \
    case n:                                                                    \
        return x86_memcpy(to, from, n);
#define MOVE(n)                                                                \
    case n:                                                                    \
        return x86_memmove(to, from, n);
#define CLEAR(n)                                                               \
    case n:                                                                    \
        return x86_memset(to, 0, n);
#define FILL(n)                                                                \
    case n:                                                                    \
        return x86_memset(to, byte, n);

static void *copy(void *to, const void *from, size_t size)
{
    switch (size) {
        EACH_SIZE(COPY)
    }
    return NULL;
}

static void *move(void *to, const void *from, size_t size)
{
    switch (size) {
        EACH_SIZE(MOVE)
    }
    return NULL;
}

static void *clear(void *to, size_t size)
{
    switch (size) {
        EACH_SIZE(CLEAR)
    }
    return NULL;
}

static void *fill(void *to, int byte, size_t size)
{
    switch (size) {
        EACH_SIZE(FILL)
    }
    return NULL;
}

/* --- sizes that the compiler does not know -------------------------------- */

static void *copy_any(void *to, const void *from, size_t size)
{
    return x86_memcpy(to, from, size);
}

static void *move_any(void *to, const void *from, size_t size)
{
    return x86_memmove(to, from, size);
}

static void *fill_any(void *to, int byte, size_t size)
{
    return x86_memset(to, byte, size);
}

/* --- the tests ------------------------------------------------------------ */

typedef void *copier(void *to, const void *from, size_t size);

/* Volatile: the compiler must not merge two copiers. */
static void try_copy(copier *volatile function, const char *what, size_t size,
                     size_t to, size_t from)
{
    start();
    for (size_t i = 0; i < size; i++)
        expected[to + i] = before[from + i];
    assert_ptr_equal(function(&memory[to], &memory[from], size), &memory[to]);
    check(what, size, to, from);
}

static void every_size_is_copied_whole(void **state)
{
    (void)state;
    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        for (size_t i = 0; i < ALIGNMENTS * ALIGNMENTS; i++) {
            const size_t to = SIZE_MAX_TRIED / 2 + i / ALIGNMENTS;
            const size_t from = 2 * SIZE_MAX_TRIED + i % ALIGNMENTS;

            try_copy(copy, "copy", size, to, from);
            try_copy(copy_any, "copy of any size", size, to, from);
        }
    }
}

/* By less than a word and by more, up and down, by 0, and without overlap. */
static void every_size_is_moved_whole(void **state)
{
    (void)state;
    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        for (size_t i = 0; i <= 2 * (SIZE_MAX_TRIED + 1); i++) {
            const size_t from = SIZE_MAX_TRIED + 1, to = i;

            try_copy(move, "move", size, to, from);
            try_copy(move_any, "move of any size", size, to, from);
        }
    }
}

static void every_size_is_filled_whole(void **state)
{
    static const int bytes[] = {0, 1, 9, 0x7f, 0x80, 0xff, -1, 0x1a5};
    void *(*volatile with_size)(void *, int, size_t) = fill;
    void *(*volatile with_any)(void *, int, size_t) = fill_any;

    (void)state;
    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        for (size_t i = 0; i < ALIGNMENTS * sizeof(bytes) / sizeof(int); i++) {
            const size_t to = SIZE_MAX_TRIED + i % ALIGNMENTS;
            const int byte = bytes[i / ALIGNMENTS];

            start();
            memset(&expected[to], byte, size);
            assert_ptr_equal(with_size(&memory[to], byte, size), &memory[to]);
            check("fill", size, to, (size_t)byte);
            start();
            memset(&expected[to], byte, size);
            assert_ptr_equal(with_any(&memory[to], byte, size), &memory[to]);
            check("fill of any size", size, to, (size_t)byte);
        }
    }
}

static void every_size_is_cleared_whole(void **state)
{
    void *(*volatile function)(void *, size_t) = clear;

    (void)state;
    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        for (size_t to = 0; to < ALIGNMENTS; to++) {
            start();
            memset(&expected[to], 0, size);
            assert_ptr_equal(function(&memory[to], size), &memory[to]);
            check("clear", size, to, 0);
        }
    }
}

/* Bytes that were just written must be in memory when they are read. */
static void a_length_is_that_of_bytes_just_written(void **state)
{
    char text[SIZE_MAX_TRIED + ALIGNMENTS + 1];

    (void)state;
    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        for (size_t from = 0; from < ALIGNMENTS; from++) {
            x86_memset(text, 'a', sizeof(text));
            text[from + size] = '\0';
            assert_int_equal(x86_strlen(&text[from]), size);
        }
    }
}

static void the_first_byte_that_differs_decides(void **state)
{
    uint8_t a[SIZE_MAX_TRIED + 1], b[SIZE_MAX_TRIED + 1];

    (void)state;
    for (size_t size = 0; size <= SIZE_MAX_TRIED; size++) {
        for (size_t at = 0; at <= size; at++) {
            x86_memset(a, 0x55, sizeof(a));
            x86_memcpy(b, a, sizeof(b));
            a[at] = 0x7f;
            b[at] = 0x80;
            a[size] = 0xff;
            assert_int_equal(x86_memcmp(a, b, size), at < size ? -1 : 0);
            assert_int_equal(x86_memcmp(b, a, size), at < size ? 1 : 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_is_copied_whole),
        cmocka_unit_test(every_size_is_moved_whole),
        cmocka_unit_test(every_size_is_filled_whole),
        cmocka_unit_test(every_size_is_cleared_whole),
        cmocka_unit_test(a_length_is_that_of_bytes_just_written),
        cmocka_unit_test(the_first_byte_that_differs_decides),
    };

    return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
