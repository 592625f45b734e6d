/* SPDX-License-Identifier: MIT */
/*
 * disk_lines - the pattern on a disk; see disk_lines.h.
 *
 * Filling is most of the cost of a write. So each line is made from the line
 * before it, also if an earlier call made that one: the last word of a line is
 * a number, and a step is added to it.
 *
 * The last three digits of an offset repeat after a cycle of 4000 bytes, and so
 * do the steps. A step carries into the thousands, but not farther. The
 * thousands overflow only where an offset passes a multiple of 10000, and half
 * a cycle ends there: it is enough to carry them after each half.
 */
#include "kernel/disk_lines.h"

#include "lib/format.h"
#include "lib/macros.h"

#define CYCLE_LINES 125
#define HALF_LINES  63 /* those that begin in the first half */

#define LINE_WORDS (DISK_LINE_SIZE / sizeof(uint64_t))

/* Places in the text of a line. */
#define UNITS     (DISK_LINE_SIZE - 2)
#define TENS      (UNITS - 1)
#define THOUSANDS (UNITS - 3)

static uint64_t steps[CYCLE_LINES];

/* The line after those that were made last. */
static struct {
    uint32_t seed;
    uint64_t offset;
    size_t step; /* the index of the step to the line after it */
    union {
        uint64_t words[LINE_WORDS];
        char text[DISK_LINE_SIZE + 1];
    };
} next;

static void carry(char *digit)
{
    for (; *digit > '9'; digit--) {
        *digit -= 10;
        digit[-1]++;
    }
}

static void print_next(uint32_t seed, uint64_t offset)
{
    format(next.text, sizeof(next.text), "%08x %022llu\n", seed,
           (unsigned long long)offset);
}

WRAPS static void make_steps(void)
{
    _Static_assert(DISK_LINE_SIZE == 32, "that is what is added here");
    print_next(0, 0);
    for (size_t i = 0; i < CYCLE_LINES; i++) {
        const uint64_t before = next.words[LINE_WORDS - 1];

        next.text[UNITS] += 2;
        carry(&next.text[UNITS]);
        next.text[TENS] += 3;
        carry(&next.text[TENS]);
        steps[i] = next.words[LINE_WORDS - 1] - before;
    }
}

static void go_to(uint32_t seed, uint64_t offset)
{
    if (steps[0] == 0)
        make_steps();
    print_next(seed, offset);
    next.seed = seed;
    next.step = offset / DISK_LINE_SIZE % CYCLE_LINES;
}

/* Inlined, since a call would cost more than the line. */
static inline __attribute__((always_inline)) uint64_t *
write_line(uint64_t *to, uint64_t a, uint64_t b, uint64_t c, uint64_t last)
{
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = last;
    return to + LINE_WORDS;
}

/* These lines end where half a cycle ends, or before. A turn of the loop makes
 * two of them, because the loop itself costs as much as half a line. */
WRAPS static void write_lines(uint64_t *words, size_t count)
{
    const uint64_t a = next.words[0], b = next.words[1], c = next.words[2];
    const uint64_t *step = &steps[next.step];
    uint64_t last = next.words[3];

    if (count % 2 != 0) {
        words = write_line(words, a, b, c, last);
        last += *step++;
    }
    /* A `do` has one jump less in each turn than a `for`. */
    if (count > 1) {
        count /= 2;
        do {
#pragma GCC unroll 2
            for (unsigned int i = 0; i < 2; i++) {
                words = write_line(words, a, b, c, last);
                last += *step++;
            }
        } while (--count > 0);
    }
    next.words[3] = last;
    carry(&next.text[THOUSANDS]);
}

WRAPS void disk_lines_fill(uint32_t seed, uint64_t offset, void *lines,
                           size_t size)
{
    uint64_t *words = lines;
    size_t count = size / DISK_LINE_SIZE;

    /* No line is before the first one, also if `next` looks like that: it is
     * all zeroes in the beginning, and its offset may have wrapped. */
    if (offset == 0 || offset != next.offset || seed != next.seed)
        go_to(seed, offset);
    next.offset = offset + size;
    while (count > 0) {
        const size_t end = next.step < HALF_LINES ? HALF_LINES : CYCLE_LINES;
        const size_t some = MIN(count, end - next.step);

        write_lines(words, some);
        words += some * LINE_WORDS;
        count -= some;
        next.step = (next.step + some) % CYCLE_LINES;
    }
}
