/* SPDX-License-Identifier: MIT */
/*
 * error - Xen's error numbers and their names, in both directions.
 *
 * Trusts Xen's list. Trusts no number and no name: one that is not in the list
 * has a result too. Keeps nothing.
 */
#include "lib/error.h"

#include "lib/macros.h"
#include "lib/string.h"

/* With XEN_ERRNO defined, the header is Xen's list and nothing else. */
static const unsigned char numbers[] = {
#define XEN_ERRNO(name, number) number,
#include <xen/errno.h>
    ERROR_QUOTA,
};

/* The names in the same order, each with its NUL: a third of the size of an
 * array of pointers. */
static const char names[] =
#define XEN_ERRNO(name, number) #name "\0"
#include <xen/errno.h>
    "EQUOTA";

/* An unsigned char has no room for a larger number. */
#define XEN_ERRNO(name, number) _Static_assert((number) < 256, #name);
#include <xen/errno.h>

const char *error_name(int error)
{
    const char *name = names;

    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        /* Not -error: the smallest int has no negative. */
        if (numbers[i] == error || -numbers[i] == error)
            return name;
        name += strlen(name) + 1;
    }
    return "unknown error";
}

int error_from_name(struct text name)
{
    const char *known = names;

    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        const size_t size = strlen(known);

        if (name.size == size && memcmp(name.bytes, known, size) == 0)
            return -numbers[i];
        known += size + 1;
    }
    return -XEN_EIO;
}
