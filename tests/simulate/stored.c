/* SPDX-License-Identifier: MIT */
/*
 * stored - deeds of the store's daemon; see stored.h.
 */
#include "tests/simulate/stored.h"

#include <string.h>

#include "lib/macros.h"
#include "tests/fake/host.h"
#include "tests/fake/tree.h"
#include "tests/simulate/oracle.h"
#include "tests/simulate/plugged.h"

/* After 64 conflicts in a row the VM obeys a request without acknowledging it.
 * Other deeds cause conflicts, too. */
#define CONFLICTS_MANY 32

static struct {
    bool was_full, has_refused, was_disturbed, lost_nodes, hid_state;
    uint32_t voice; /* steps until a silent daemon speaks; 0: it is not */
    unsigned int conflicts;      /* commits that will be in conflict */
    unsigned int conflict_count; /* commits that were */
    unsigned int update;         /* at this request of a transaction; 0: none */
} told;

/* See stored_trap(). */
static struct {
    uint32_t type;
    const char *path; /* null: there is none */
    void (*change)(void);
    const char *error;
} trap;

void stored_start(void)
{
    memset(&told, 0, sizeof(told));
    trap.path = NULL;
}

bool stored_has_refused(void)
{
    return told.has_refused;
}

bool stored_was_disturbed(void)
{
    return told.was_disturbed;
}

bool stored_hid_state(void)
{
    return told.hid_state;
}

bool stored_was_full(void)
{
    return told.was_full;
}

bool stored_lost_nodes(void)
{
    return told.lost_nodes;
}

/* --- refusals ------------------------------------------------------------- */

/* The VM may miss requests and orders from now on, and may fail to publish: do
 * not apply the rules about these. */
static void expect_refusals(void)
{
    told.has_refused = told.was_disturbed = true;
    oracle_gives_up_acknowledgements();
    plugged_meddle();
}

void stored_fail_path(struct dice *dice)
{
    static const char *const paths[] = {"data/xen-test-vm/state",
                                        "data/xen-test-vm/reply",
                                        "data/testing",
                                        "data/meminfo_free",
                                        "memory/target",
                                        "device/vbd/51712/state",
                                        "control/shutdown",
                                        "data/xen-test-vm/guest",
                                        "data/xen-test-vm/requests",
                                        "data/xen-test-vm/suspends"};
    static const char *const errors[] = {"EACCES", "EQUOTA", "EAGAIN",
                                         "ENOSPC", "EINVAL", "EIO"};

    fake_store.failing_path = ONE_OF(dice, paths);
    fake_store.failing_with = ONE_OF(dice, errors);
    run_say("    %s: %s", fake_store.failing_path, fake_store.failing_with);
    expect_refusals();
}

void stored_mend_path(struct dice *dice)
{
    (void)dice;
    fake_store.failing_path = NULL;
}

/* For example a quota: no more transactions, or no more watches. */
void stored_fail_kind(struct dice *dice)
{
    static const uint32_t kinds[] = {
        XS_TRANSACTION_START, XS_TRANSACTION_END, XS_WATCH, XS_UNWATCH, XS_RM,
        XS_DIRECTORY};
    static const char *const errors[] = {"ENOSPC", "EQUOTA", "EAGAIN", "E2BIG"};

    fake_store.failing_type = ONE_OF(dice, kinds);
    fake_store.failing_with = ONE_OF(dice, errors);
    run_say("    requests of kind %u: %s", fake_store.failing_type,
            fake_store.failing_with);
    expect_refusals();
}

void stored_mend_kind(struct dice *dice)
{
    (void)dice;
    fake_store.failing_type = 0;
}

/* The quota of nodes: there is room for a few more, or for any number. */
void stored_limit(struct dice *dice)
{
    const unsigned int more = (unsigned int)dice_spread(dice, 40);

    fake_store.node_max =
        fake_store.node_max > 0 ? 0 : fake_tree_count() + more;
    run_say("    no more than %u nodes", fake_store.node_max);
    told.was_full = true;
    expect_refusals();
}

/* Others commit just before the VM does. */
void stored_conflict(struct dice *dice)
{
    told.conflicts = 1 + dice_below(dice, 3);
}

void stored_trap(uint32_t type, const char *path, void (*change)(void),
                 const char *error)
{
    trap.type = type;
    trap.path = path;
    trap.change = change;
    trap.error = error;
}

/* Let this request fail once. */
static void fail(const char *why)
{
    fake_store.failing_request = fake_store.request_count;
    fake_store.failing_with = why;
}

static bool is_about_room(void)
{
    return strcmp(fake_store.failing_with, "EQUOTA") == 0 ||
           strcmp(fake_store.failing_with, "ENOSPC") == 0;
}

static void spring(void)
{
    run_say("    the VM's request for %s %s", trap.path,
            trap.error ? "is refused" : "comes");
    trap.path = NULL;
    if (trap.change)
        trap.change();
    if (trap.error)
        fail(trap.error);
}

void stored_request(const struct fake_request *request)
{
    if (request->type == XS_WRITE && fake_store.failing_path &&
        strcmp(request->path, fake_store.failing_path) == 0) {
        told.was_full = told.was_full || is_about_room();
        told.hid_state = told.hid_state ||
                         strcmp(request->path, "data/xen-test-vm/state") == 0;
    }
    if (fake_store.failing_type == XS_TRANSACTION_START ||
        fake_store.failing_type == XS_TRANSACTION_END)
        told.hid_state = true;
    /* There is one error at a time. */
    if (fake_store.failing_path || fake_store.failing_type != 0)
        return;
    if (told.conflicts > 0 && request->type == XS_TRANSACTION_END &&
        strcmp(request->path, "T") == 0) {
        told.conflicts--;
        if (++told.conflict_count == CONFLICTS_MANY)
            oracle_gives_up_acknowledgements();
        (void)fake_tree_end(request->transaction, false);
        fail("EAGAIN");
    }
    if (request->transaction != 0 && told.update > 0 && --told.update == 0) {
        run_say("    all transactions are lost");
        fake_tree_abort();
    }
    if (trap.path && request->type == trap.type && request->transaction == 0 &&
        strcmp(request->path, trap.path) == 0)
        spring();
}

/* Somebody removes everything that the VM has published. */
void stored_remove(struct dice *dice)
{
    (void)dice;
    run_say("    data is removed");
    told.lost_nodes = true;
    fake_store_remove("data");
    fake_store_write("data", "");
}

/* --- the daemon ----------------------------------------------------------- */

/* The daemon is away for some steps, as in a live update. */
void stored_be_silent(struct dice *dice)
{
    fake_store.silent = true;
    told.voice = 1 + (uint32_t)dice_spread(dice, 500);
}

/* A forced live update, just before one of the VM's next requests. */
void stored_update(struct dice *dice)
{
    told.update = 1 + dice_below(dice, 6);
}

/* The daemon sends nonsense, and offers a new connection. Not before the VM has
 * begun: at its start the VM skips everything in the ring. */
void stored_lose_connection(struct dice *dice)
{
    if (fake_store_page->connection != XENSTORE_CONNECTED ||
        fake_store_watch_count() == 0)
        return;
    fake_store_offer();
    fake_store_garble();
    if (dice_below(dice, 2) == 0) {
        run_say("    the new connection comes late");
        fake_store_withhold();
        told.voice = 1 + (uint32_t)dice_spread(dice, 500);
    }
    told.was_disturbed = true;
    oracle_gives_up_acknowledgements();
    oracle_excuses_busy(); /* the VM may not know yet what is wanted */
}

static void speak(void)
{
    told.voice = 0;
    fake_store.silent = false;
    fake_store_grant();
}

void stored_tick(void)
{
    if (told.voice > 0 && --told.voice == 0)
        speak();
}

void stored_heal(void)
{
    fake_store.failing_path = NULL;
    fake_store.failing_type = 0;
    fake_store.node_max = 0;
    fake_store.most = 0; /* events of thousands of steps may wait */
    trap.path = NULL;
    speak();
}
