/* SPDX-License-Identifier: MIT */
/*
 * balloon - memory that goes back to Xen, and comes again; see balloon.h.
 */
#include "kernel/balloon.h"

#include "arch/arch.h"
#include "lib/string.h"

#define PAGE_KIB      (PAGE_SIZE / 1024)
#define NS_PER_SECOND 1000000000ULL

static struct {
    uint64_t start_kib, target_kib;
    struct balloon_order order;

    /* Pages that Xen has more than at the start; less than 0: we have more. */
    int64_t given;
    int64_t from;        /* ... when the target came */
    bool away;           /* oscillating: away from the target */
    uint64_t changed_ns; /* oscillating: when that began; else a slice */
    uint64_t owed;       /* slow: pages, times NS_PER_SECOND */
    bool fresh;          /* there is a new target or mode */
    bool moving;
} balloon;

void balloon_start(uint64_t kib)
{
    memset(&balloon, 0, sizeof(balloon));
    balloon.start_kib = balloon.target_kib = kib;
}

void balloon_target(uint64_t kib)
{
    balloon.fresh = balloon.fresh || kib != balloon.target_kib;
    balloon.target_kib = kib;
}

/* Not as with a new target, which some modes follow in part. */
void balloon_lost(uint64_t pages)
{
    balloon.given += (int64_t)pages;
    balloon.moving = true;
}

void balloon_behave(const struct balloon_order *order)
{
    balloon.order = *order;
    balloon.fresh = true;
}

static void begin(uint64_t now_ns)
{
    balloon.fresh = false;
    balloon.from = balloon.given;
    balloon.away = false;
    balloon.changed_ns = now_ns;
    balloon.owed = 0;
}

static int64_t pages(uint64_t kib)
{
    return (int64_t)(kib / PAGE_KIB);
}

/* What `given` is to become. */
static int64_t goal(void)
{
    const int64_t wanted = pages(balloon.start_kib) - pages(balloon.target_kib);

    switch (balloon.order.mode) {
    case BALLOON_REFUSE:
        return balloon.given;
    case BALLOON_PARTIAL:
        return balloon.from +
               (wanted - balloon.from) * balloon.order.amount / 100;
    case BALLOON_OSCILLATE:
        return balloon.away ? wanted + pages(balloon.target_kib) / 8 : wanted;
    default:
        return wanted;
    }
}

/* Positive: pages to be given to Xen. */
static int64_t left(void)
{
    return goal() - balloon.given;
}

/* How many pages a slice may move. */
static int64_t allowance(uint64_t now_ns)
{
    /* The longest wait is that for a page at 1 KiB a second. */
    const uint64_t passed_ns =
        MIN(now_ns - balloon.changed_ns, PAGE_KIB * NS_PER_SECOND);
    uint64_t whole;

    if (balloon.order.mode != BALLOON_SLOW)
        return ARCH_BALLOON_PAGES;
    balloon.owed += passed_ns * balloon.order.amount / PAGE_KIB;
    balloon.changed_ns = now_ns;
    whole = MIN(balloon.owed / NS_PER_SECOND, ARCH_BALLOON_PAGES);
    balloon.owed -= whole * NS_PER_SECOND;
    return (int64_t)whole;
}

/* False: no more can be moved now. */
static bool move(int64_t count, uint64_t used)
{
    unsigned int wanted, done;

    if (count >= 0) {
        wanted = (unsigned int)count;
        done = wanted > 0 ? arch_give_pages(wanted, used) : 0;
        balloon.given += done;
    } else {
        wanted = (unsigned int)-count;
        done = arch_take_pages(wanted, (uint64_t)-left());
        balloon.given -= done;
    }
    return done >= wanted;
}

static uint64_t next_time(uint64_t now_ns, bool all)
{
    if (left() == 0)
        return balloon.order.mode == BALLOON_OSCILLATE
                   ? balloon.changed_ns + NS_PER_SECOND
                   : BALLOON_NEVER;
    /* Nothing is left to give. Or Xen has nothing: it does not say when. */
    if (!all)
        return left() > 0 ? BALLOON_NEVER : now_ns + NS_PER_SECOND;
    if (balloon.order.mode == BALLOON_SLOW)
        return now_ns + 1 +
               (NS_PER_SECOND - balloon.owed) * PAGE_KIB / balloon.order.amount;
    return now_ns;
}

void balloon_run(uint64_t now_ns, uint64_t used, uint64_t *wake_ns)
{
    int64_t count, most;

    if (balloon.fresh)
        begin(now_ns);
    if (balloon.order.mode == BALLOON_OSCILLATE &&
        now_ns - balloon.changed_ns >= NS_PER_SECOND) {
        balloon.away = !balloon.away;
        balloon.changed_ns = now_ns;
    }
    count = left();
    most = count != 0 ? allowance(now_ns) : 0;
    *wake_ns = next_time(now_ns, move(MAX(MIN(count, most), -most), used));
    balloon.moving = *wake_ns != BALLOON_NEVER;
}

uint64_t balloon_kib(void)
{
    return balloon.start_kib - (uint64_t)balloon.given * PAGE_KIB;
}

uint64_t balloon_target_kib(void)
{
    return balloon.target_kib;
}

bool balloon_is_settled(void)
{
    return !balloon.moving && !balloon.fresh;
}

bool balloon_is_active(void)
{
    return balloon.moving || balloon.order.mode == BALLOON_STUCK;
}
