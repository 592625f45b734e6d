/* SPDX-License-Identifier: MIT */
/*
 * nodes - introduces the VM to a store, and handles its events; see nodes.h.
 */
#include "kernel/nodes.h"

#include "drivers/xenbus.h"
#include "drivers/xenstore.h"
#include "kernel/balloon_store.h"
#include "kernel/batch.h"
#include "kernel/inbox.h"
#include "kernel/vcpus.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/log.h"

/* Watch numbers behind those of the nodes of messages. */
#define WATCH_MEMORY  NODE_COUNT
#define WATCH_VCPUS   (NODE_COUNT + 1)
#define WATCH_DEVICES (NODE_COUNT + 2)
#define WATCH_OWN     (XENSTORE_WATCH_MAX - 1)

_Static_assert(WATCH_DEVICES + XENBUS_WATCH_COUNT == WATCH_OWN,
               "each device has a number of its own, and no number is unused");

/*
 * The most important watches come first, because a store may permit only a few.
 */
static const enum node watch_order[NODE_COUNT] = {
    NODE_SHUTDOWN,
    NODE_DATA_TESTING,
    NODE_TESTING,
    NODE_SYSRQ,
};

/* The most reads before a suspend: a writer who never stops must not prevent
 * it. */
#define ANNOUNCED_READS_MAX 64

/* The shutdown node must be read as if it had an event: nodes_read_again(). */
static bool shutdown_unread;

/* From nodes_start() for nodes_introduce(): cpu/1/availability exists or could
 * not be read; the start is for a new connection of the same domain. */
static bool more_vcpus;
static bool same_domain;

/* --- messages ------------------------------------------------------------- */

/* Pass an event on to the module that owns the watch. If the watch is on a node
 * of messages, read that node. `begin`: see inbox_read(). */
static void pass_event(unsigned int watch, bool begin)
{
    int error;

    if (watch == WATCH_MEMORY) {
        balloon_store_event();
    } else if (watch == WATCH_VCPUS) {
        vcpus_event();
    } else if (watch == WATCH_OWN) {
        publish_event();
    } else if (watch >= NODE_COUNT) {
        xenbus_event(watch);
    } else {
        publish_retry();
        if (watch == NODE_SHUTDOWN)
            shutdown_unread = false;
        error = inbox_read((enum node)watch, begin);
        if (error != 0 && error != -XEN_ENOENT && xenstore_is_usable())
            log_info("nodes", "%s cannot be read: %s", node_paths[watch],
                     error_name(error));
    }
}

/* Take the oldest event. False: there is none. */
static bool next_event(unsigned int *watch)
{
    if (xenstore_next_event(watch))
        return true;
    *watch = NODE_SHUTDOWN;
    return shutdown_unread;
}

bool nodes_next_message(struct message *message)
{
    unsigned int watch;

    while (!inbox_take(message)) {
        if (!next_event(&watch))
            return false;
        pass_event(watch, true);
    }
    return true;
}

void nodes_read_again(void)
{
    shutdown_unread = true;
}

void nodes_read_announced(void)
{
    unsigned int reads = 0, watch;

    do {
        for (; reads < ANNOUNCED_READS_MAX && next_event(&watch); reads++)
            pass_event(watch, false);
        xenstore_settle();
    } while (reads < ANNOUNCED_READS_MAX && xenstore_has_event());
}

/* --- start ---------------------------------------------------------------- */

static void add_watches(void)
{
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        *batch_next() =
            xenstore_watch(node_paths[watch_order[i]], watch_order[i]);
}

const char *nodes_start(const char *guest, bool renewed)
{
    static char id[XENSTORE_NUMBER_SIZE];
    struct xenstore_request *domid, *devices, *vcpu, *memory;
    unsigned int reads;

    same_domain = renewed;
    batch_begin();
    shutdown_unread = false; /* the start reads it */
    inbox_begin(same_domain);
    add_watches();
    memory = &batch.requests[batch.count];
    batch.count += balloon_store_requests(memory, WATCH_MEMORY);
    ASSERT(batch.count <= XENSTORE_BATCH_MAX);
    xenbus_watch(WATCH_DEVICES, batch_next());
    devices = batch_next();
    xenbus_list(devices);
    domid = batch_next();
    *domid = xenstore_read(0, "domid", id, sizeof(id) - 1);
    vcpu = batch_next();
    vcpus_request(vcpu);
    reads = batch.count;
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        inbox_request((enum node)i, batch_next());
    publish_begin(guest, WATCH_OWN);
    batch_exchange();
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        inbox_found((enum node)i, &batch.requests[reads + i], same_domain);
    xenbus_listed(devices);
    balloon_store_answered(memory);
    more_vcpus = vcpu->error != -XEN_ENOENT;
    publish_began();
    if (domid->error != 0)
        return "?";
    id[domid->reply_size] = '\0';
    return id;
}

void nodes_introduce(const struct publication *publication)
{
    balloon_store_may_publish(publish_all(publication));
    if (same_domain) {
        vcpus_watch();
        vcpus_event();
    } else {
        vcpus_begin(WATCH_VCPUS, more_vcpus);
    }
}
