/* SPDX-License-Identifier: MIT */
/*
 * balloon_store - connects the balloon with the store; see balloon_store.h.
 */
#include "kernel/balloon_store.h"

#include "kernel/balloon.h"
#include "kernel/clock.h"
#include "kernel/dirty.h"
#include "lib/format.h"
#include "lib/log.h"

static const char target_path[] = "memory/target";
static const char active_path[] = "control/balloon-active";

#define PAGE_KIB (PAGE_SIZE / 1024)

/* For the acknowledgement of a suspend, xenopsd waits 30 s and libxl 60 s.
 * Leave most of that time for everything else. */
#define SETTLE_MAX_NS (10 * NS_PER_S)

static struct {
    bool maximum_unread; /* memory_kib is corrected by memory/static-max */
    unsigned int watch;
    char target[20], maximum[20]; /* replies to reads */
    bool target_unread;
    bool may_publish, active_shown, feature_shown;
    uint64_t total_shown, free_shown; /* as published, in KiB */
    char total[TEXT_NUMBER_SIZE], free[TEXT_NUMBER_SIZE];
    uint64_t wake_ns;
} state;

void balloon_store_start(const struct boot *boot)
{
    state.maximum_unread = boot->memory_is_maximum;
    state.target_unread = false;
    state.wake_ns = TIME_NEVER;
    balloon_start(boot->memory_kib);
}

static void read_target(struct xenstore_request *read)
{
    *read = xenstore_read(0, target_path, state.target, sizeof(state.target));
    read->watch = (int)state.watch;
}

unsigned int
balloon_store_requests(struct xenstore_request requests[BALLOON_REQUESTS],
                       unsigned int watch)
{
    state.watch = watch;
    requests[0] = xenstore_watch(target_path, watch);
    read_target(&requests[1]);
    requests[2] = xenstore_read(0, "memory/static-max", state.maximum,
                                sizeof(state.maximum));
    return state.maximum_unread ? 3 : 2;
}

static uint64_t free_kib(void)
{
    const uint64_t left = arch_pages_left();

    return (left - MIN(left, dirty_pages())) * PAGE_KIB;
}

/* data/updated is last: it makes xenopsd read the others. */
unsigned int
balloon_store_metrics(struct xenstore_request requests[BALLOON_METRICS])
{
    state.total_shown = balloon_kib();
    state.free_shown = free_kib();
    requests[0] =
        xenstore_write(0, "data/meminfo_total",
                       text_of_number(state.total, state.total_shown));
    requests[1] = xenstore_write(0, "data/meminfo_free",
                                 text_of_number(state.free, state.free_shown));
    requests[2] = xenstore_write(0, "data/updated", TEXT("1"));
    return BALLOON_METRICS;
}

static bool number_of(const struct xenstore_request *read, uint64_t *number)
{
    return read->error == 0 &&
           text_number((struct text){read->reply, read->reply_size}, number);
}

static void take_target(const struct xenstore_request *read)
{
    uint64_t kib;

    if (!number_of(read, &kib))
        return;
    balloon_target(kib);
    if (!balloon_is_settled())
        state.wake_ns = 0;
}

/* static-max is a little more than the RAM that the builder reported. If the VM
 * believed in much more, the balloon would give all RAM away. */
static void take_maximum(uint64_t kib)
{
    if (!balloon_correct(kib))
        log_error("balloon", "memory/static-max is impossible: %llu",
                  (unsigned long long)kib);
}

void balloon_store_answered(
    const struct xenstore_request requests[BALLOON_REQUESTS])
{
    uint64_t kib;

    if (state.maximum_unread && number_of(&requests[2], &kib)) {
        state.maximum_unread = false;
        take_maximum(kib);
    }
    take_target(&requests[1]);
}

void balloon_store_may_publish(bool may_publish)
{
    state.active_shown = false;
    state.feature_shown = !may_publish;
    state.may_publish = may_publish;
    if (may_publish)
        state.wake_ns = 0;
}

void balloon_store_event(void)
{
    state.target_unread = true;
    state.wake_ns = 0;
}

void balloon_store_lost(uint64_t pages)
{
    const unsigned long long kib = pages * PAGE_KIB;

    log_error("balloon", "%llu KiB are lost: they came during the save", kib);
    balloon_lost(pages);
    state.wake_ns = 0;
}

void balloon_store_behave(const struct command *command,
                          struct outcome *outcome)
{
    static char detail[60];
    const struct balloon_order order = {
        .mode = command->balloon_mode,
        .amount = command->balloon_mode == BALLOON_SLOW ? command->kib_per_s
                                                        : command->percent,
    };

    if (order.mode != BALLOON_AS_IT_IS) {
        balloon_behave(&order);
        state.wake_ns = 0;
    }
    format(detail, sizeof(detail), "\"kib\": %llu, \"target_kib\": %llu",
           (unsigned long long)balloon_kib(),
           (unsigned long long)balloon_target_kib());
    outcome->detail = detail;
}

void balloon_store_use_changed(void)
{
    state.wake_ns = 0;
}

/* Publish as far as the store permits. */
static void publish(void)
{
    struct xenstore_request requests[2 + BALLOON_METRICS];
    unsigned int count = 0;

    if (balloon_is_settled() &&
        (balloon_kib() != state.total_shown || free_kib() != state.free_shown))
        count += balloon_store_metrics(&requests[count]);
    if (state.may_publish && balloon_is_active() != state.active_shown) {
        state.active_shown = balloon_is_active();
        if (state.active_shown)
            requests[count] = xenstore_write(0, active_path, TEXT("1"));
        else
            requests[count] = xenstore_remove(0, active_path);
        count++;
    }
    if (balloon_is_settled() && !state.feature_shown) {
        state.feature_shown = true;
        requests[count++] =
            xenstore_write(0, "control/feature-balloon", TEXT("1"));
    }
    if (count > 0)
        (void)xenstore_exchange(requests, count);
}

void balloon_store_run(uint64_t now_ns)
{
    struct xenstore_request read;

    if (state.target_unread) {
        state.target_unread = false;
        read_target(&read);
        (void)xenstore_exchange(&read, 1);
        take_target(&read);
    }
    balloon_run(now_ns, dirty_pages(), &state.wake_ns);
    publish();
}

void balloon_store_settle(void)
{
    uint64_t now_ns, end_ns;

    /* An event that was not handled yet may be that of a new target. */
    if (xenstore_has_event())
        balloon_store_event();
    if (state.wake_ns == TIME_NEVER)
        return;
    now_ns = clock_ns();
    end_ns = now_ns + SETTLE_MAX_NS;
    balloon_store_run(now_ns);
    while (balloon_owes() && state.wake_ns <= now_ns && now_ns < end_ns) {
        now_ns = clock_ns();
        balloon_store_run(now_ns);
    }
}

uint64_t balloon_store_deadline(void)
{
    return state.wake_ns;
}
