/* SPDX-License-Identifier: MIT */
/*
 * string - the functions of lib/string.h, by the CPU's string instructions.
 *
 * Eight bytes at a time, then the rest: small, and fast enough for short sizes.
 * All registers that the first half changes are early-clobber (&). Otherwise
 * the compiler may keep the size of the rest in one of them, if it knows that
 * both are equal: as for 9 bytes, which are one word and one byte.
 */
#include "lib/string.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/macros.h"

#define WORD sizeof(uint64_t)

SHARED void *memcpy(void *to, const void *from, size_t size)
{
    void *at = to;
    size_t words = size / WORD, bytes = size % WORD;

    __asm__ volatile("rep movsq; mov %3, %2; rep movsb"
                     : "+&D"(at), "+&S"(from), "+&c"(words)
                     : "r"(bytes)
                     : "memory");
    return to;
}

SHARED void *memmove(void *to, const void *from, size_t size)
{
    if ((size_t)to - (size_t)from >= size)
        return memcpy(to, from, size);

    char *to_end = (char *)to + size - 1;
    const char *from_end = (const char *)from + size - 1;

    __asm__ volatile("std; rep movsb; cld"
                     : "+D"(to_end), "+S"(from_end), "+c"(size)
                     :
                     : "memory");
    return to;
}

SHARED void *memset(void *to, int byte, size_t size)
{
    void *at = to;
    size_t words = size / WORD, bytes = size % WORD;
    uint64_t word = (uint8_t)byte * (UINT64_MAX / UINT8_MAX);

    __asm__ volatile("rep stosq; mov %3, %1; rep stosb"
                     : "+&D"(at), "+&c"(words)
                     : "a"(word), "r"(bytes)
                     : "memory");
    return to;
}

SHARED int memcmp(const void *a, const void *b, size_t size)
{
    bool above, below;

    /* The first comparison is for a size of 0, which compares nothing. */
    __asm__("cmp %2, %2; repe cmpsb"
            : "+S"(a), "+D"(b), "+c"(size), "=@cca"(above), "=@ccb"(below)
            :
            : "memory");
    return above - below;
}

SHARED size_t strlen(const char *string)
{
    size_t left = SIZE_MAX;

    /* The count includes the NUL. */
    __asm__("repne scasb"
            : "+D"(string), "+c"(left)
            : "a"('\0')
            : "memory", "cc");
    return SIZE_MAX - left - 1;
}
