/* SPDX-License-Identifier: MIT */
/*
 * attack_grants - attacks by grants: all entries of the table, and grants that
 * go and come while a backend uses them.
 */
#include "decide/language.h"
#include "drivers/grant.h"
#include "kernel/attack_part.h"

#define SLICE_MAX 16 /* of grant_page(), which looks for a free entry */

static grant_ref_t flapped;

/* A page of constants: others may read it. */
static const void *page(void)
{
    return (const char *)language_attacks -
           (uintptr_t)language_attacks % PAGE_SIZE;
}

static bool lend(uint32_t number)
{
    grant_ref_t reference;

    attack_judge(grant_page((domid_t)(number % DOMID_FIRST_RESERVED), page(),
                            true, &reference));
    return true;
}

static bool flap(uint32_t number)
{
    (void)number;
    return grant_flap(&flapped);
}

static bool try(uint64_t *wake_ns)
{
    (void)wake_ns;
    return attack_some(SLICE_MAX,
                       attack.mode == ATTACK_GRANT_ENTRIES ? lend : flap);
}

static bool give_back(void)
{
    if (attack.mode == ATTACK_GRANT_ENTRIES)
        attack.undo_error = grant_end_all(page());
    return false;
}

const struct attack_part attack_grants = {
    .try = try,
    .give_back = give_back,
};
