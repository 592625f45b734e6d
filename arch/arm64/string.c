/* SPDX-License-Identifier: MIT */
/*
 * string - the functions of lib/string.h, in C.
 *
 * Sixteen bytes at a time, then the rest: small, and fast enough for short
 * sizes and for pages. Nothing is aligned; the CPU does not need it once the
 * MMU is on. arch.mk keeps the compiler from making calls of these functions
 * out of their own loops.
 */
#include "lib/string.h"

#include <stdint.h>

/* Two registers, anywhere in memory, of any type. */
struct pair {
    uint64_t low, high;
} __attribute__((packed, may_alias));

void *memcpy(void *to, const void *from, size_t size)
{
    char *at = to;
    const char *next = from;

    for (; size >= sizeof(struct pair); size -= sizeof(struct pair)) {
        *(struct pair *)at = *(const struct pair *)next;
        at += sizeof(struct pair);
        next += sizeof(struct pair);
    }
    while (size-- > 0)
        *at++ = *next++;
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    if ((size_t)to - (size_t)from >= size)
        return memcpy(to, from, size);

    char *at = (char *)to + size;
    const char *next = (const char *)from + size;

    while (size-- > 0)
        *--at = *--next;
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    const uint64_t word = (uint8_t)byte * (UINT64_MAX / UINT8_MAX);
    const struct pair pair = {word, word};
    char *at = to;

    for (; size >= sizeof(pair); size -= sizeof(pair)) {
        *(struct pair *)at = pair;
        at += sizeof(pair);
    }
    while (size-- > 0)
        *at++ = (char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a, *right = b;

    for (size_t i = 0; i < size; i++) {
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    }
    return 0;
}

size_t strlen(const char *string)
{
    size_t size = 0;

    while (string[size] != '\0')
        size++;
    return size;
}
