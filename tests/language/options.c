/* SPDX-License-Identifier: MIT */
/*
 * options - prints the words of the kernel command line; see language.h.
 */
#include "kernel/options.c"

#include <stdio.h>

#include "tests/language/language.h"

void language_of_options(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(words); i++)
        printf("words\t%s\n", words[i].word);
}
