/* SPDX-License-Identifier: MIT */
/*
 * lend - pages for devices; see lend.h.
 */
#include "drivers/lend.h"

#include "drivers/grant.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/string.h"

static char pages[LEND_PAGE_MAX][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

static struct {
    enum {
        FREE,
        LENT,
        ENDING /* taken back, but the other domain still has it mapped */
    } state;
    unsigned char owner;
    grant_ref_t reference;
} loans[LEND_PAGE_MAX];

static void end(unsigned int i)
{
    loans[i].state = grant_end(loans[i].reference) == 0 ? FREE : ENDING;
}

/* Look again at the pages that were mapped when they were taken back. */
static void end_late(void)
{
    for (unsigned int i = 0; i < LEND_PAGE_MAX; i++) {
        if (loans[i].state == ENDING)
            end(i);
    }
}

void *lend_page(unsigned int owner, domid_t domain, grant_ref_t *reference,
                int *error)
{
    ASSERT(owner < 256);
    end_late();
    *error = -XEN_ENOMEM;
    for (unsigned int i = 0; i < LEND_PAGE_MAX; i++) {
        if (loans[i].state != FREE)
            continue;
        memset(pages[i], 0, sizeof(pages[i]));
        *error = grant_page(domain, pages[i], false, &loans[i].reference);
        if (*error != 0)
            return 0;
        loans[i].state = LENT;
        loans[i].owner = (unsigned char)owner;
        *reference = loans[i].reference;
        return pages[i];
    }
    return 0;
}

void lend_end(void *page)
{
    const size_t i = (size_t)((char *)page - pages[0]) / PAGE_SIZE;

    ASSERT(i < LEND_PAGE_MAX);
    if (loans[i].state == LENT)
        end((unsigned int)i);
}

void lend_end_all(unsigned int owner)
{
    for (unsigned int i = 0; i < LEND_PAGE_MAX; i++) {
        if (loans[i].state == LENT && loans[i].owner == owner)
            end(i);
    }
}

void lend_forget(void)
{
    for (unsigned int i = 0; i < LEND_PAGE_MAX; i++)
        loans[i].state = FREE;
}

unsigned int lend_count(void)
{
    unsigned int count = 0;

    end_late();
    for (unsigned int i = 0; i < LEND_PAGE_MAX; i++)
        count += loans[i].state != FREE;
    return count;
}
