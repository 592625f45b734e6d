/* SPDX-License-Identifier: MIT */
/*
 * string - the C library functions that a compiler may call by itself.
 *
 * The machine provides them: its string.c in the kernel, the C library on the
 * host. Everything else about text is in lib/text.h.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *string);

#endif
