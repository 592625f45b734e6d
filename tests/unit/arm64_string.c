/* SPDX-License-Identifier: MIT */
/*
 * Tests of arch/arm64/string: those of arch/x86/string. It is portable C, which
 * runs here too.
 */
#define TESTED "arch/arm64/string.c"
#define WORD   16 /* bytes that are moved at a time */

#include "tests/unit/x86_string.c" // NOLINT(bugprone-suspicious-include)
