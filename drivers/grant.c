/* SPDX-License-Identifier: MIT */
/*
 * grant - pages lent to other domains; see grant.h.
 */
#include "drivers/grant.h"

#include "lib/error.h"

static struct grant_entry_v1 *table; /* null until the first grant */
static unsigned int entry_count;

static int map_table(void)
{
    return table != 0 ? 0 : arch_map_grant_table(&table, &entry_count);
}

static bool is_free(grant_ref_t reference)
{
    return __atomic_load_n(&table[reference].flags, __ATOMIC_ACQUIRE) ==
           GTF_invalid;
}

int grant_page(domid_t domain, const void *page, bool read_only,
               grant_ref_t *reference)
{
    uint16_t flags = GTF_permit_access;
    int error = map_table();

    if (error != 0)
        return error;
    for (grant_ref_t i = GNTTAB_NR_RESERVED_ENTRIES; i < entry_count; i++) {
        if (!is_free(i))
            continue;
        /*
         * Write the flags last: they make the entry valid (xen/grant_table.h).
         */
        table[i].domid = domain;
        table[i].frame = (uint32_t)arch_page_frame(page);
        if (read_only)
            flags |= GTF_readonly;
        __atomic_store_n(&table[i].flags, flags, __ATOMIC_RELEASE);
        *reference = i;
        return 0;
    }
    return -XEN_ENOSPC;
}

int grant_end(grant_ref_t reference)
{
    uint16_t flags;

    if (table == 0 || reference < GNTTAB_NR_RESERVED_ENTRIES ||
        reference >= entry_count || is_free(reference))
        return -XEN_EINVAL;
    /*
     * Xen sets the in-use bits while the other domain maps the page. Replace
     * the flags only if none of these bits is set at that very moment.
     */
    flags = __atomic_load_n(&table[reference].flags, __ATOMIC_ACQUIRE);
    do {
        if (flags & (GTF_reading | GTF_writing))
            return -XEN_EBUSY;
    } while (!__atomic_compare_exchange_n(&table[reference].flags, &flags,
                                          GTF_invalid, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_ACQUIRE));
    return 0;
}

int grant_end_all(const void *page)
{
    const uint32_t frame = (uint32_t)arch_page_frame(page);
    int result = 0;

    for (grant_ref_t i = GNTTAB_NR_RESERVED_ENTRIES; i < entry_count; i++) {
        if (!is_free(i) && table[i].frame == frame) {
            const int error = grant_end(i);

            result = error != 0 ? error : result;
        }
    }
    return result;
}

bool grant_flap(grant_ref_t *reference)
{
    for (unsigned int tries = 0; tries < entry_count; tries++) {
        uint16_t *flags;
        int error;

        *reference = (*reference + 1) % entry_count;
        flags = &table[*reference].flags;
        if (*reference < GNTTAB_NR_RESERVED_ENTRIES || is_free(*reference))
            continue;
        /* Xen's own bits stay: a mapping may begin or end meanwhile. */
        __atomic_fetch_and(flags, (uint16_t)~GTF_type_mask, __ATOMIC_SEQ_CST);
        error = arch_sched_op(SCHEDOP_yield, 0);
        __atomic_fetch_or(flags, GTF_permit_access, __ATOMIC_SEQ_CST);
        return error == 0;
    }
    return false;
}

void grant_flip(grant_ref_t reference)
{
    if (!is_free(reference))
        __atomic_fetch_xor(&table[reference].flags, GTF_readonly,
                           __ATOMIC_SEQ_CST);
}

void grant_forget(void)
{
    for (grant_ref_t i = GNTTAB_NR_RESERVED_ENTRIES; i < entry_count; i++)
        __atomic_store_n(&table[i].flags, GTF_invalid, __ATOMIC_RELEASE);
}
