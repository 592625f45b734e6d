/* SPDX-License-Identifier: MIT */
/*
 * error - Xen's error numbers and their names, in both directions.
 *
 * Trusts Xen's list and nobody's number or name: what is not in the list has an
 * answer too. Never keeps anything.
 */
#include "lib/error.h"

#include "lib/macros.h"

/* Names in place: half the size of pointers to them. */
#define NAME_SIZE 15

static const struct {
    char name[NAME_SIZE];
    unsigned char number;
} errors[] = {
/* With XEN_ERRNO defined, the header is Xen's list and nothing else. */
#define XEN_ERRNO(name, number) {#name, number},
#include <xen/errno.h>
    {"EQUOTA", ERROR_QUOTA},
};

/* A longer name would lose its NUL, a larger number its upper bits. */
#define XEN_ERRNO(name, number)                                                \
    _Static_assert(sizeof(#name) <= NAME_SIZE && (number) < 256, #name);
#include <xen/errno.h>

const char *error_name(int error)
{
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        /* Not -error: the least int has no counterpart. */
        if (errors[i].number == error || -errors[i].number == error) {
            return errors[i].name;
        }
    }
    return "unknown error";
}

int error_from_name(struct text name)
{
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        if (text_is(name, errors[i].name)) {
            return -errors[i].number;
        }
    }
    return -XEN_EIO;
}
