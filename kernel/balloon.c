/* SPDX-License-Identifier: MIT */
/*
 * balloon - gives memory to Xen and takes it back; see balloon.h.
 */
#include "kernel/balloon.h"

#include "arch/arch.h"
#include "lib/string.h"

#define PAGE_KIB (PAGE_SIZE / 1024)

/* The longest wait: one page at 1 KiB a second. A late slice makes up for this
 * much time at most. The product with any amount is below 2^64. */
#define WAIT_MAX_NS (PAGE_KIB * NS_PER_S)

static struct {
    uint64_t start_kib, target_kib;
    struct balloon_order order;

    /* Pages given to Xen since the start. Negative: pages taken beyond the
     * start. */
    int64_t given;
    int64_t from;        /* `given` when the target came */
    bool away;           /* oscillating: moving away from the target */
    uint64_t changed_ns; /* when `away` changed; slow: the last slice */
    uint64_t owed;       /* slow: pages to move, times NS_PER_S */
    bool fresh;          /* the target or the mode is new */
    bool moving;
} balloon;

void balloon_start(uint64_t kib)
{
    memset(&balloon, 0, sizeof(balloon));
    balloon.start_kib = balloon.target_kib = kib;
}

bool balloon_correct(uint64_t kib)
{
    if (kib / 2 > balloon.start_kib)
        return false;
    if (balloon.target_kib == balloon.start_kib)
        balloon.target_kib = kib;
    balloon.start_kib = kib;
    return true;
}

void balloon_target(uint64_t kib)
{
    balloon.fresh = balloon.fresh || kib != balloon.target_kib;
    balloon.target_kib = kib;
}

/* Not a new target: some modes follow a new target only in part, so `fresh` is
 * not set. */
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

/* In pages, and at most what 64 bits can address: 100 times that is far below
 * 2^63. */
static int64_t target(void)
{
    return (int64_t)MIN(balloon.target_kib / PAGE_KIB,
                        1ULL << (64 - PAGE_SHIFT));
}

/* The value that `given` should reach. */
static int64_t goal(void)
{
    const int64_t target_pages = target();
    const int64_t wanted =
        (int64_t)(balloon.start_kib / PAGE_KIB) - target_pages;

    switch (balloon.order.mode) {
    case BALLOON_REFUSE:
        return balloon.given;
    case BALLOON_PARTIAL:
        return balloon.from +
               (wanted - balloon.from) * balloon.order.amount / 100;
    case BALLOON_OSCILLATE:
        return balloon.away ? wanted + target_pages / 8 : wanted;
    default:
        return wanted;
    }
}

/* Pages to give to Xen; negative: pages to take. */
static int64_t left(void)
{
    return goal() - balloon.given;
}

/* How many pages this slice may move. */
static int64_t allowance(uint64_t now_ns)
{
    const uint64_t passed_ns = MIN(now_ns - balloon.changed_ns, WAIT_MAX_NS);
    const uint64_t most = WAIT_MAX_NS * balloon.order.amount / PAGE_KIB;
    uint64_t whole;

    if (balloon.order.mode != BALLOON_SLOW)
        return ARCH_BALLOON_PAGES;
    balloon.owed += passed_ns * balloon.order.amount / PAGE_KIB;
    balloon.owed = MIN(balloon.owed, most);
    balloon.changed_ns = now_ns;
    whole = MIN(balloon.owed / NS_PER_S, ARCH_BALLOON_PAGES);
    balloon.owed -= whole * NS_PER_S;
    return (int64_t)whole;
}

/* False: no more pages can be moved now. */
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

/* Whether waiting may help. No, if pages cannot be given, or if this domain has
 * all that it may have: a toolstack that permits more sets a new target. */
static bool may_help(int64_t pages_left)
{
    return pages_left < 0 && arch_may_take_pages();
}

static uint64_t next_time(uint64_t now_ns, bool all)
{
    if (left() == 0 || (!all && !may_help(left())))
        return balloon.order.mode == BALLOON_OSCILLATE
                   ? balloon.changed_ns + NS_PER_S
                   : TIME_NEVER;
    /* Xen has no page now, and does not say when it will: try again. */
    if (!all)
        return now_ns + NS_PER_S;
    if (balloon.order.mode == BALLOON_SLOW && balloon.owed < NS_PER_S)
        return now_ns + 1 +
               (NS_PER_S - balloon.owed) * PAGE_KIB / balloon.order.amount;
    return now_ns;
}

void balloon_run(uint64_t now_ns, uint64_t used, uint64_t *wake_ns)
{
    int64_t count, most;

    if (balloon.fresh)
        begin(now_ns);
    if (balloon.order.mode == BALLOON_OSCILLATE &&
        now_ns - balloon.changed_ns >= NS_PER_S) {
        balloon.away = !balloon.away;
        balloon.changed_ns = now_ns;
    }
    count = left();
    most = count != 0 ? allowance(now_ns) : 0;
    *wake_ns = next_time(now_ns, move(MAX(MIN(count, most), -most), used));
    balloon.moving = *wake_ns != TIME_NEVER;
}

uint64_t balloon_kib(void)
{
    const int64_t given_kib = balloon.given * (int64_t)PAGE_KIB;

    return (uint64_t)((int64_t)balloon.start_kib - given_kib);
}

uint64_t balloon_target_kib(void)
{
    return balloon.target_kib;
}

bool balloon_owes(void)
{
    return left() > 0;
}

bool balloon_is_settled(void)
{
    return !balloon.moving && !balloon.fresh;
}

bool balloon_is_active(void)
{
    return balloon.moving || balloon.order.mode == BALLOON_STUCK;
}
