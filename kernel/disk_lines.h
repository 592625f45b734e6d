/* SPDX-License-Identifier: MIT */
/*
 * disk_lines - the pattern on a disk.
 *
 * It is text that anybody can generate: lines of 32 bytes, each with the seed
 * and the line's own offset in bytes, as printf writes them with "%08x
 * %022llu\n".
 */
#ifndef KERNEL_DISK_LINES_H
#define KERNEL_DISK_LINES_H

#include <stddef.h>
#include <stdint.h>

#define DISK_LINE_SIZE 32 /* bytes */

/* Write the pattern's lines from `offset` on. `offset` and `size` are in bytes,
 * and whole lines. `lines` is aligned to 8 bytes. A call is cheap if it goes on
 * where the last one ended. */
void disk_lines_fill(uint32_t seed, uint64_t offset, void *lines, size_t size);

#endif
