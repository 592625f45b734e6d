/* SPDX-License-Identifier: MIT */
/*
 * xenstore - the client's end of a xenstore ring; see xenstore.h.
 */
#include "drivers/xenstore.h"

#include "drivers/evtchn.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/ring.h"
#include "lib/string.h"

#define PENDING 1 /* no reply yet; not a negative errno */

/* A daemon that answers at all has answered by then. */
#define PATIENCE_NS (10 * NS_PER_S)

/* The token of a watch: its number as one hexadecimal digit, and a NUL. */
static const char tokens[XENSTORE_WATCH_MAX][2] = {"0", "1", "2", "3", "4", "5",
                                                   "6", "7", "8", "9", "a", "b",
                                                   "c", "d", "e", "f"};

#define MESSAGE_MAX (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX)

/* Bytes of requests that are not in the ring yet. */
static char outgoing[MESSAGE_MAX];

/* Bytes that were read and not handled yet. */
static char incoming[MESSAGE_MAX];

static struct {
    struct xenstore_domain_interface *page;
    bool usable;
    bool asked; /* the daemon was asked for a new connection */
    evtchn_port_t port;
    struct ring out, in;
    size_t outgoing_size, incoming_size;
    enum xenstore_late late;
    uint64_t late_ns;
    uint64_t end_ns; /* of the patience; TIME_NEVER: there is no end */

    struct xenstore_request *requests; /* of the exchange in progress */
    unsigned int count, answered;
    uint32_t first_id; /* the req_id of requests[0] */

    unsigned char events[XENSTORE_WATCH_MAX]; /* oldest first */
    unsigned int event_count;
} store;

/*
 * The connection is lost. Ask for a new one if the daemon offers that:
 * oxenstored does, xenstored does not. An older daemon leaves zeroes in
 * server_features.
 */
static void lose(const char *why)
{
    struct xenstore_domain_interface *page = store.page;

    if (!store.usable)
        return;
    store.usable = false;
    if (__atomic_load_n(&page->server_features, __ATOMIC_RELAXED) &
        XENSTORE_SERVER_FEATURE_RECONNECTION) {
        __atomic_store_n(&page->connection, XENSTORE_RECONNECT,
                         __ATOMIC_RELEASE);
        store.asked = evtchn_notify(store.port) == 0;
    }
    log_error("xenstore", "connection lost%s: %s",
              store.asked ? ", a new one is asked for" : "", why);
}

static void connect(void)
{
    struct xenstore_domain_interface *page = store.page;

    store.usable = true;
    store.incoming_size = 0;
    store.event_count = 0;
    ring_start(&store.out, page->req, sizeof(page->req), &page->req_prod,
               &page->req_cons);
    ring_start(&store.in, page->rsp, sizeof(page->rsp), &page->rsp_cons,
               &page->rsp_prod);
}

/* Acquire: the daemon empties the rings before it reports a connection. */
static bool is_connected(void)
{
    return __atomic_load_n(&store.page->connection, __ATOMIC_ACQUIRE) !=
           XENSTORE_RECONNECT;
}

void xenstore_start(const struct boot_ring *ring)
{
    memset(&store, 0, sizeof(store));
    store.page = ring->page;
    store.port = ring->port;
    store.end_ns = TIME_NEVER;
    if (evtchn_mask(store.port) != 0)
        return;
    /* docs/misc/xenstore-ring.txt: someone else may have asked for a new
     * connection already. */
    store.asked = !is_connected();
    if (store.asked)
        return;
    connect();
    /*
     * Skip what is in the ring. No request was sent yet, so these bytes came
     * before a resume that kept the ring. If half an event stayed, all later
     * messages would be out of step.
     */
    if (ring_read(&store.in, 0, sizeof(store.page->rsp)) < 0)
        lose("impossible ring indices");
}

bool xenstore_is_usable(void)
{
    return store.usable;
}

bool xenstore_may_return(void)
{
    return store.asked;
}

bool xenstore_renewed(void)
{
    if (!store.asked || !is_connected())
        return false;
    store.asked = false;
    connect();
    return true;
}

evtchn_port_t xenstore_port(void)
{
    return store.port;
}

/* --- events --------------------------------------------------------------- */

static void forget_event(unsigned int watch)
{
    unsigned int kept = 0;

    for (unsigned int i = 0; i < store.event_count; i++) {
        if (store.events[i] != watch)
            store.events[kept++] = store.events[i];
    }
    store.event_count = kept;
}

static void keep_event(unsigned int watch)
{
    ASSERT(watch < XENSTORE_WATCH_MAX); /* so each has a place */
    for (unsigned int i = 0; i < store.event_count; i++) {
        if (store.events[i] == watch)
            return;
    }
    store.events[store.event_count++] = (unsigned char)watch;
}

bool xenstore_next_event(unsigned int *watch)
{
    if (store.event_count == 0)
        return false;
    *watch = store.events[0];
    forget_event(*watch);
    return true;
}

bool xenstore_has_event(void)
{
    return store.event_count > 0;
}

/* --- receiving ------------------------------------------------------------ */

static void take_watch_event(struct text payload)
{
    /* The payload is a path and a token of one digit, each with a NUL. */
    const char *token = payload.bytes + payload.size - 2;

    if (payload.size < 3 || token[-1] != '\0' || token[1] != '\0')
        return;
    if (*token >= '0' && *token <= '9')
        keep_event((unsigned int)(*token - '0'));
    else if (*token >= 'a' && *token <= 'f')
        keep_event((unsigned int)(*token - 'a' + 10));
}

WRAPS static void take_reply(const struct xsd_sockmsg *header,
                             struct text payload)
{
    /* The place in the exchange. It wraps to a large number if the request is
     * of an exchange that is over. */
    uint32_t index = header->req_id - store.first_id;
    struct xenstore_request *request;

    if (index >= store.count)
        return;
    request = &store.requests[index];
    if (request->error != PENDING)
        return;
    if (header->type == XS_ERROR) {
        if (payload.size > 0 && payload.bytes[payload.size - 1] == '\0')
            payload.size--;
        request->error = error_from_name(payload);
    } else if (header->type == request->type) {
        request->error = 0;
        if (request->reply) {
            request->reply_size = MIN(header->len, request->reply_max);
            memcpy(request->reply, payload.bytes, request->reply_size);
            if (payload.size > request->reply_max)
                request->error = -XEN_E2BIG;
        }
    } else {
        return;
    }
    /* If the store refused the read, keep the event: the node is read again. */
    if (request->watch != XENSTORE_NO_WATCH &&
        (header->type != XS_ERROR || request->error == -XEN_ENOENT))
        forget_event((unsigned int)request->watch);
    store.answered++;
}

/* Handle all complete messages. */
static void take_messages(void)
{
    const char *at = incoming;
    size_t left = store.incoming_size;
    struct xsd_sockmsg header;

    while (left >= sizeof(header)) {
        struct text payload = {at + sizeof(header), 0};

        __builtin_memcpy(&header, at, sizeof(header)); /* as in compose() */
        payload.size = header.len;
        if (payload.size > XENSTORE_PAYLOAD_MAX) {
            lose("a payload of more than 4096 bytes");
            return;
        }
        if (left < sizeof(header) + payload.size)
            break;
        if (header.type == XS_WATCH_EVENT)
            take_watch_event(payload);
        else
            take_reply(&header, payload);
        at += sizeof(header) + payload.size;
        left -= sizeof(header) + payload.size;
    }
    memmove(incoming, at, left);
    store.incoming_size = left;
}

static void notify(void)
{
    store.in.peer_waits = false;
    if (evtchn_notify(store.port) != 0)
        lose("the event channel is gone");
}

static void receive(void)
{
    size_t room;
    int moved;

    do {
        room = sizeof(incoming) - store.incoming_size;
        ASSERT(room > 0); /* the message is not complete */
        moved = ring_read(&store.in, incoming + store.incoming_size, room);
        if (moved < 0) {
            lose("impossible ring indices");
            return;
        }
        store.incoming_size += (size_t)moved;
        take_messages();
    } while (store.usable && (size_t)moved == room);
}

void xenstore_receive(void)
{
    evtchn_clear(store.port);
    if (store.usable)
        receive();
    if (store.usable && store.in.peer_waits)
        notify();
}

/* A VM that wakes up late looks into the ring before this is called again. */
static void wait_for_daemon(void)
{
    if (store.end_ns != TIME_NEVER && arch_time_ns() >= store.end_ns)
        lose("no answer after impossible ring indices");
    else if (evtchn_wait(&store.port, 1, store.end_ns) != 0)
        lose("the event channel is gone");
}

void xenstore_settle(void)
{
    xenstore_receive();
    while (store.usable && store.incoming_size > 0) {
        wait_for_daemon();
        xenstore_receive();
    }
}

/* --- sending -------------------------------------------------------------- */

/* Put outgoing bytes into the ring, from `sent` on, as far as they fit. */
static void send(size_t *sent)
{
    int moved =
        ring_write(&store.out, outgoing + *sent, store.outgoing_size - *sent);

    if (moved < 0)
        lose("impossible ring indices");
    else
        *sent += (size_t)moved;
}

void xenstore_be_late(enum xenstore_late late, uint64_t late_ns)
{
    store.late = late;
    store.late_ns = late_ns;
}

static void show_indices(uint32_t by)
{
    ring_show(&store.out, by);
    ring_show(&store.in, by);
}

/* Send what is sent first, and be as late as was ordered. */
static void send_late(size_t *sent)
{
    const uint64_t end = arch_time_ns() + store.late_ns;
    const size_t size = store.outgoing_size;

    if (store.late == XENSTORE_HALF_SENT)
        store.outgoing_size /= 2;
    if (store.late == XENSTORE_LYING)
        show_indices(3 * XENSTORE_RING_SIZE);
    else
        send(sent);
    store.outgoing_size = size;
    notify();
    /* Without ports, a wait ends at any event. */
    while (store.usable && arch_time_ns() < end) {
        if (evtchn_wait(0, 0, end) != 0)
            lose("there is no clock");
    }
    if (store.late == XENSTORE_LYING) {
        show_indices(0);
        store.end_ns = arch_time_ns() + PATIENCE_NS;
    }
}

/*
 * Send all outgoing bytes, and receive until `answers` requests of the exchange
 * are answered, or the connection is lost.
 */
static void converse(unsigned int answers)
{
    size_t sent = 0;

    if (store.late != XENSTORE_IN_TIME && store.usable)
        send_late(&sent);
    while (store.usable) {
        size_t before = sent;

        /*
         * Clear the event before looking at either ring. If we cleared it after
         * send():
         * 1. there is no room to write;
         * 2. the daemon makes room and notifies us;
         * 3. we clear that event, find nothing to read, and both sides wait for
         *    ever.
         */
        evtchn_clear(store.port);
        send(&sent);
        if (store.usable)
            receive();
        if (store.usable && (sent > before || store.in.peer_waits))
            notify();
        if (sent == store.outgoing_size && store.answered >= answers)
            break;
        if (store.usable)
            wait_for_daemon();
    }
    store.late = XENSTORE_IN_TIME; /* also if there was no connection */
    store.end_ns = TIME_NEVER;
    store.outgoing_size = 0;
}

/* Append a request to the outgoing bytes. If there is no room for all of it,
 * send first what is there. */
static void compose(const struct xenstore_request *request, uint32_t id)
{
    const size_t path_size = request->path_size != 0
                                 ? request->path_size
                                 : strlen(request->path) + 1;
    const struct xsd_sockmsg header = {
        .type = request->type,
        .req_id = id,
        .tx_id = request->transaction,
        .len = (uint32_t)(path_size + request->value.size),
    };
    char *to;

    ASSERT(header.len <= XENSTORE_PAYLOAD_MAX);
    if (sizeof(header) + header.len > sizeof(outgoing) - store.outgoing_size)
        converse(0);
    to = outgoing + store.outgoing_size;
    store.outgoing_size += sizeof(header) + header.len;
    /* The compiler's own code for a header is shorter than a call. */
    __builtin_memcpy(to, &header, sizeof(header));
    to += sizeof(header);
    memcpy(to, request->path, path_size);
    if (request->value.size > 0)
        memcpy(to + path_size, request->value.bytes, request->value.size);
}

int xenstore_exchange(struct xenstore_request *requests, unsigned int count)
{
    int first_error = 0;

    ASSERT(store.count == 0); /* not within another exchange */
    store.requests = requests;
    store.count = count;
    store.answered = 0;
    for (unsigned int i = 0; i < count; i++) {
        requests[i].error = PENDING;
        requests[i].reply_size = 0;
        compose(&requests[i], store.first_id + i);
    }
    if (count > 0)
        converse(count);
    store.requests = 0;
    store.first_id += count; /* so a late reply is ignored */
    store.count = 0;
    /* Once an error was found, only requests without an answer matter. */
    for (unsigned int i = 0;
         i < count && (first_error == 0 || store.answered < count); i++) {
        if (requests[i].error == PENDING)
            requests[i].error = -XEN_EIO;
        if (first_error == 0)
            first_error = requests[i].error;
    }
    return first_error;
}

/* --- requests ------------------------------------------------------------- */

/* The members one by one: the compiler would clear the whole of it first. */
SHARED static struct xenstore_request request_of(enum xsd_sockmsg_type type,
                                                 uint32_t transaction,
                                                 const char *path,
                                                 struct text value)
{
    struct xenstore_request request;

    request.type = type;
    request.transaction = transaction;
    request.path = path;
    request.path_size = 0;
    request.value = value;
    request.reply = 0;
    request.reply_max = 0;
    request.watch = XENSTORE_NO_WATCH;
    request.error = 0;
    request.reply_size = 0;
    return request;
}

struct xenstore_request xenstore_plain(enum xsd_sockmsg_type type,
                                       uint32_t transaction, const char *path)
{
    return request_of(type, transaction, path, TEXT(""));
}

struct xenstore_request xenstore_read(uint32_t transaction, const char *path,
                                      char *reply, size_t reply_max)
{
    struct xenstore_request read = xenstore_plain(XS_READ, transaction, path);

    read.reply = reply;
    read.reply_max = (uint32_t)reply_max;
    return read;
}

struct xenstore_request xenstore_write(uint32_t transaction, const char *path,
                                       struct text value)
{
    return request_of(XS_WRITE, transaction, path, value);
}

struct xenstore_request xenstore_remove(uint32_t transaction, const char *path)
{
    return xenstore_plain(XS_RM, transaction, path);
}

static struct xenstore_request
watch_request(enum xsd_sockmsg_type type, const char *path, unsigned int watch)
{
    ASSERT(watch < XENSTORE_WATCH_MAX);
    return request_of(type, 0, path,
                      (struct text){tokens[watch], sizeof(tokens[0])});
}

struct xenstore_request xenstore_watch(const char *path, unsigned int watch)
{
    return watch_request(XS_WATCH, path, watch);
}

struct xenstore_request xenstore_unwatch(const char *path, unsigned int watch)
{
    return watch_request(XS_UNWATCH, path, watch);
}

struct xenstore_request xenstore_directory(const char *path, char *reply,
                                           size_t reply_max)
{
    struct xenstore_request list = xenstore_plain(XS_DIRECTORY, 0, path);

    list.reply = reply;
    list.reply_max = (uint32_t)reply_max;
    return list;
}

struct xenstore_request xenstore_transaction_start(char *reply,
                                                   size_t reply_max)
{
    struct xenstore_request start = xenstore_plain(XS_TRANSACTION_START, 0, "");

    start.reply = reply;
    start.reply_max = (uint32_t)reply_max;
    return start;
}

struct xenstore_request xenstore_transaction_end(uint32_t transaction,
                                                 bool commit)
{
    return xenstore_plain(XS_TRANSACTION_END, transaction, commit ? "T" : "F");
}

uint32_t xenstore_transaction_of(const struct xenstore_request *start)
{
    uint32_t transaction = 0;

    for (size_t i = 0; start->error == 0 && i < start->reply_size; i++) {
        if (start->reply[i] >= '0' && start->reply[i] <= '9')
            transaction = transaction * 10 + (uint32_t)(start->reply[i] - '0');
    }
    return transaction;
}
