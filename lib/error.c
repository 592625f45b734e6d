/* SPDX-License-Identifier: MIT */
/*
 * error - Xen's error numbers and their names, in both directions.
 *
 * Trusts Xen's list and nobody's number or name: what is not in the list has an
 * answer too. Never keeps anything.
 */
#include "lib/error.h"

#include "lib/macros.h"

/* With XEN_ERRNO defined, the header is Xen's list and nothing else. */
static const unsigned char numbers[] = {
#define XEN_ERRNO(name, number) number,
#include <xen/errno.h>
    ERROR_QUOTA,
};

/* In the same order, one behind the other: a third of what pointers cost. */
static const char names[] =
#define XEN_ERRNO(name, number) #name "\0"
#include <xen/errno.h>
    "EQUOTA";

/* A larger number would lose its upper bits. */
#define XEN_ERRNO(name, number) _Static_assert((number) < 256, #name);
#include <xen/errno.h>

static const char *behind(const char *name)
{
    return name + text_of(name).size + 1;
}

const char *error_name(int error)
{
    const char *name = names;

    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        /* Not -error: the least int has no counterpart. */
        if (numbers[i] == error || -numbers[i] == error)
            return name;
        name = behind(name);
    }
    return "unknown error";
}

int error_from_name(struct text name)
{
    const char *known = names;

    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        if (text_is(name, known))
            return -numbers[i];
        known = behind(known);
    }
    return -XEN_EIO;
}
