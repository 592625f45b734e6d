/* SPDX-License-Identifier: MIT */
/*
 * memory - memory from the C library; see memory.h.
 */
#include "vmctl/memory.h"

#include <stdlib.h>

#include "vmctl/say.h"

void memory_lacks(void)
{
    die(STATUS_FAILED, "no memory");
}

void *memory_get(size_t size)
{
    void *block = malloc(size);

    if (!block)
        memory_lacks();
    return block;
}

void *memory_resize(void *block, size_t count, size_t size)
{
    void *larger = reallocarray(block, count, size);

    if (!larger)
        memory_lacks();
    return larger;
}
