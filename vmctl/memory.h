/* SPDX-License-Identifier: MIT */
/*
 * memory - memory from the C library. The program ends if there is none: no
 * function below returns null.
 */
#ifndef VMCTL_MEMORY_H
#define VMCTL_MEMORY_H

#include <stddef.h>

/* `size` bytes, which the caller frees. */
void *memory_get(size_t size);

/* As realloc, for `count` entries of `size` bytes. */
void *memory_resize(void *block, size_t count, size_t size);

/* There is no memory: end the program. */
_Noreturn void memory_lacks(void);

#endif
