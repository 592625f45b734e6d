/* SPDX-License-Identifier: MIT */
/*
 * dirty - rewrites memory at a rate and verifies it; see dirty.h.
 */
#include "kernel/dirty.h"

#include "arch/arch.h"
#include "kernel/pattern.h"
#include "lib/string.h"

#define MIB_PAGES   (1024 * 1024UL / PAGE_SIZE)
#define BATCH_PAGES 16 /* rewritten at each wake-up; more if late */

/* Faster than any memory; with this limit the products fit in 64 bits. */
#define MIB_PER_S_MAX (1U << 20)

static struct {
    bool running, ending;
    uint64_t pages;    /* in the order */
    uint64_t filled;   /* that have the pattern */
    uint64_t verified; /* less than `filled`: a verification is running */
    uint64_t next;     /* the next page to be rewritten */
    uint64_t pages_per_s;
    uint64_t owed;       /* pages to rewrite, times NS_PER_S */
    uint64_t counted_ns; /* `owed` is counted up to this time */
    uint64_t duration_ns, end_ns;
    uint64_t rewritten; /* pages */
    uint64_t words_wrong;
} dirty;

/*
 * Pages below `next` have this generation, the other pages the one before. It
 * is never reset, so a page that an earlier order wrote counts as wrong.
 */
static uint64_t generation;

/* Serial numbers from 2^32 up; pattern_fill() uses the numbers below. */
static uint64_t serial(uint64_t page)
{
    return (generation - (page >= dirty.next)) << 32 | page;
}

static volatile uint64_t *show(uint64_t first, unsigned int count)
{
    return arch_show_spare_pages(first, count);
}

/* The number of pages in the next slice, if `left` pages are left. */
static unsigned int slice(uint64_t left)
{
    return (unsigned int)MIN(left, ARCH_WINDOW_PAGES);
}

unsigned int dirty_mib_max(void)
{
    return (unsigned int)(arch_spare_pages() / MIB_PAGES);
}

uint64_t dirty_pages(void)
{
    return dirty.running ? dirty.pages : 0;
}

void dirty_start(const struct dirty_order *order, uint64_t now_ns)
{
    memset(&dirty, 0, sizeof(dirty));
    dirty.running = true;
    dirty.pages = dirty.next = order->mib * MIB_PAGES;
    dirty.pages_per_s = MIN(order->mib_per_s, MIB_PER_S_MAX) * MIB_PAGES;
    dirty.duration_ns = order->seconds * NS_PER_S;
    dirty.counted_ns = now_ns;
    generation++;
}

static void fill(uint64_t now_ns)
{
    unsigned int count = slice(dirty.pages - dirty.filled);
    volatile uint64_t *page = show(dirty.filled, count);

    for (; count > 0; count--, page += PATTERN_WORDS) {
        pattern_write(page, serial(dirty.filled));
        dirty.filled++;
    }
    dirty.verified = dirty.filled;
    dirty.counted_ns = now_ns;
    dirty.end_ns =
        dirty.duration_ns != 0 ? now_ns + dirty.duration_ns : TIME_NEVER;
}

static void verify(void)
{
    unsigned int count = slice(dirty.filled - dirty.verified);
    volatile uint64_t *page = show(dirty.verified, count);

    for (; count > 0; count--, page += PATTERN_WORDS) {
        unsigned int errors = pattern_check(page, serial(dirty.verified));

        if (errors != 0)
            pattern_write(page, serial(dirty.verified));
        dirty.words_wrong += errors;
        dirty.verified++;
    }
}

static void rewrite(uint64_t pages)
{
    volatile uint64_t *page;
    unsigned int count;

    if (dirty.next == dirty.pages) {
        generation++;
        dirty.next = 0;
    }
    count = slice(MIN(pages, dirty.pages - dirty.next));
    dirty.owed -= count * NS_PER_S;
    dirty.rewritten += count;
    page = show(dirty.next, count);
    for (; count > 0; count--, page += PATTERN_WORDS) {
        uint64_t at = dirty.next;

        dirty.words_wrong += pattern_check(page, serial(at));
        dirty.next++;
        pattern_write(page, serial(at));
    }
}

/* Count the pages that are owed at `now_ns`. Rewrite them if they are at least
 * `least` pages. */
static void rewrite_owed(uint64_t now_ns, uint64_t least)
{
    uint64_t passed_ns = MIN(now_ns - dirty.counted_ns, NS_PER_S);
    uint64_t owed = dirty.owed + passed_ns * dirty.pages_per_s;

    dirty.owed = MIN(owed, NS_PER_S * dirty.pages_per_s);
    dirty.counted_ns = now_ns;
    if (dirty.owed >= least * NS_PER_S)
        rewrite(dirty.owed / NS_PER_S);
}

/* When a batch is owed, or the order ends. */
static uint64_t wake_time(uint64_t now_ns)
{
    uint64_t batch = BATCH_PAGES * NS_PER_S, at_ns = dirty.end_ns;

    if (dirty.owed >= batch)
        return now_ns;
    if (dirty.pages_per_s != 0) {
        uint64_t wait = batch - dirty.owed + dirty.pages_per_s - 1;

        at_ns = MIN(at_ns, now_ns + wait / dirty.pages_per_s);
    }
    return at_ns;
}

bool dirty_run(uint64_t now_ns, uint64_t *wake_ns)
{
    *wake_ns = dirty.running ? now_ns : TIME_NEVER;
    if (!dirty.running)
        return false;
    if (dirty.verified < dirty.filled) {
        verify();
    } else if (dirty.ending) {
        dirty.running = false;
        *wake_ns = TIME_NEVER;
    } else if (dirty.filled < dirty.pages) {
        fill(now_ns);
    } else if (now_ns >= dirty.end_ns) {
        rewrite_owed(dirty.end_ns, 1);
        dirty_stop();
    } else {
        rewrite_owed(now_ns, BATCH_PAGES);
        *wake_ns = wake_time(now_ns);
    }
    return dirty.running;
}

/* Pages lost in the suspend cannot be shown: all their words are wrong. */
static void leave_out_lost(uint64_t there)
{
    if (dirty.filled > there) {
        dirty.words_wrong += (dirty.filled - there) * PATTERN_WORDS;
        dirty.filled = there;
    }
    dirty.pages = MIN(dirty.pages, there);
    dirty.next = MIN(dirty.next, there);
    dirty.running = there > 0;
}

void dirty_resumed(void)
{
    dirty.verified = 0;
    if (dirty.running)
        leave_out_lost(arch_pages_left());
}

void dirty_stop(void)
{
    dirty.ending = true;
    dirty.verified = 0;
}

void dirty_forget(void)
{
    dirty.running = false;
}

struct dirty_result dirty_result(void)
{
    return (struct dirty_result){
        .mib_rewritten = dirty.rewritten / MIB_PAGES,
        .words_wrong = dirty.words_wrong,
    };
}
