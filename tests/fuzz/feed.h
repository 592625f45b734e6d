/* SPDX-License-Identifier: MIT */
/*
 * Shared by the fuzzers: libFuzzer's bytes, taken as numbers and texts. After
 * the end of the bytes, numbers are 0 and texts are empty.
 */
#ifndef TESTS_FUZZ_FEED_H
#define TESTS_FUZZ_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/macros.h"
#include "lib/text.h"

static struct text feed;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static inline void feed_start(const uint8_t *bytes, size_t size)
{
    feed = (struct text){(const char *)bytes, size};
}

static inline uint32_t feed_byte(void)
{
    uint32_t byte;

    if (feed.size == 0)
        return 0;
    byte = (uint8_t)*feed.bytes;
    feed = (struct text){feed.bytes + 1, feed.size - 1};
    return byte;
}

/* `count` is at most 256. */
static inline uint32_t feed_below(uint32_t count)
{
    return feed_byte() % count;
}

static inline uint32_t feed_word(void)
{
    uint32_t word = 0;

    for (unsigned int i = 0; i < 4; i++)
        word = word << 8 | feed_byte();
    return word;
}

/* The first two bytes give the size. */
static inline struct text feed_text(size_t max)
{
    const size_t wanted = feed_byte() << 8 | feed_byte();
    const struct text text = {feed.bytes, MIN(wanted % (max + 1), feed.size)};

    feed = (struct text){feed.bytes + text.size, feed.size - text.size};
    return text;
}

#define MUST_HOLD(fact)                                                        \
    do {                                                                       \
        if (!(fact)) {                                                         \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,  \
                    #fact);                                                    \
            abort();                                                           \
        }                                                                      \
    } while (0)

#endif
