/* SPDX-License-Identifier: MIT */
/*
 * nodes - the start with a store, and what its events are about; see nodes.h.
 */
#include "kernel/nodes.h"

#include "drivers/xenbus.h"
#include "drivers/xenstore.h"
#include "kernel/batch.h"
#include "kernel/inbox.h"
#include "kernel/memory.h"
#include "kernel/vcpus.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/log.h"

/* Numbers of events behind those of the nodes. */
#define WATCH_MEMORY  NODE_COUNT
#define WATCH_VCPUS   (NODE_COUNT + 1)
#define WATCH_DEVICES (NODE_COUNT + 2)
#define WATCH_OWN     (XENSTORE_WATCH_MAX - 1)

_Static_assert(WATCH_DEVICES + XENBUS_DEVICE_MAX < WATCH_OWN,
               "each device has a number of its own");

/* A store may permit a few watches only: in the order of what is lost without
 * them. */
static const enum node watch_order[NODE_COUNT] = {
    NODE_SHUTDOWN,
    NODE_DATA_TESTING,
    NODE_TESTING,
    NODE_SYSRQ,
};

/* Somebody who never stops writing does not keep us from a suspend. */
#define HOLD_READS_MAX 64

/* Its text was passed over, and is to be looked at once more. */
static bool shutdown_unread;

/* The toolstack has something to say of a vCPU besides vCPU 0. */
static bool more_vcpus;

/* The start is that of a new connection: the same domain has had another. */
static bool again;

/* --- messages ------------------------------------------------------------- */

/* What the event is about; a node that carries messages is read. */
static void take_event(unsigned int watch, bool begin)
{
    int error;

    if (watch == WATCH_MEMORY) {
        memory_event();
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
            log_info("store", "%s cannot be read: %s", node_paths[watch],
                     error_name(error));
    }
}

/* The oldest event. False: there is none. */
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
        take_event(watch, true);
    }
    return true;
}

void nodes_read_again(void)
{
    shutdown_unread = true;
}

void nodes_hold(void)
{
    unsigned int reads = 0, watch;

    do {
        for (; reads < HOLD_READS_MAX && next_event(&watch); reads++)
            take_event(watch, false);
        xenstore_settle();
    } while (reads < HOLD_READS_MAX && xenstore_has_event());
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

    again = renewed;
    batch_begin();
    shutdown_unread = false; /* it is read here */
    inbox_begin(again);
    add_watches();
    memory = &batch.requests[batch.count];
    batch.count += memory_requests(memory, WATCH_MEMORY);
    ASSERT(batch.count <= XENSTORE_BATCH_MAX);
    *batch_next() = xenbus_watch(WATCH_DEVICES);
    devices = batch_next();
    *devices = xenbus_list();
    domid = batch_next();
    *domid = xenstore_read(0, "domid", id, sizeof(id) - 1);
    vcpu = batch_next();
    *vcpu = vcpus_request();
    reads = batch.count;
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        *batch_next() = inbox_request((enum node)i);
    publish_begin(guest, WATCH_OWN);
    batch_exchange();
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        inbox_found((enum node)i, &batch.requests[reads + i]);
    xenbus_listed(devices);
    memory_answered(memory);
    more_vcpus = vcpu->error != -XEN_ENOENT;
    publish_began();
    if (domid->error != 0)
        return "?";
    id[domid->reply_size] = '\0';
    return id;
}

void nodes_introduce(const struct publication *publication)
{
    memory_may_publish(publish_all(publication));
    if (again) {
        vcpus_watch();
        vcpus_event();
    } else {
        vcpus_begin(WATCH_VCPUS, more_vcpus);
    }
}
