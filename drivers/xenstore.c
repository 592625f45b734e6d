/* SPDX-License-Identifier: MIT */
/*
 * xenstore - the client's end of a xenstore ring; see xenstore.h.
 */
#include "drivers/xenstore.h"

#include "drivers/evtchn.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/ring.h"
#include "lib/string.h"

#define PENDING 1 /* not a negative errno: no reply yet */

/* A watch's token: its number in hexadecimal, with the NUL. */
static const char tokens[XENSTORE_WATCH_MAX][2] = {"0", "1", "2", "3", "4", "5",
                                                   "6", "7", "8", "9", "a", "b",
                                                   "c", "d", "e", "f"};

/* The message that is being received. */
struct incoming {
    struct xsd_sockmsg header;
    size_t header_size;               /* bytes of it that are there */
    size_t payload_size;              /* bytes taken so far */
    struct xenstore_request *request; /* whose reply; null: nobody's */
    char word[16];                    /* an error's name, or an event's token */
    size_t word_size;
    bool in_token; /* of an event: the path's NUL has been seen */
};

static struct {
    bool usable;
    evtchn_port_t port;
    struct ring out, in;
    struct incoming incoming;

    struct xenstore_request *requests; /* of the exchange in progress */
    unsigned int count, answered;
    uint32_t first_id; /* req_id of requests[0] */

    unsigned char events[XENSTORE_WATCH_MAX]; /* oldest first */
    unsigned int event_count;
} store;

static void lose(const char *why)
{
    if (store.usable)
        log_error("xenstore", "connection lost: %s", why);
    store.usable = false;
}

void xenstore_start(const struct boot_ring *ring)
{
    struct xenstore_domain_interface *page = ring->page;

    memset(&store, 0, sizeof(store));
    store.port = ring->port;
    store.usable = evtchn_use(store.port) == 0;
    ring_start(&store.out, page->req, sizeof(page->req), &page->req_prod,
               &page->req_cons);
    ring_start(&store.in, page->rsp, sizeof(page->rsp), &page->rsp_cons,
               &page->rsp_prod);
    /*
     * Nothing has been asked for: what is there came before a resume that kept
     * the ring, and half of an event would put all that follows out of step.
     */
    if (ring_read(&store.in, 0, sizeof(page->rsp)) < 0)
        lose("impossible ring indices");
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

/* The header is complete: whose message is it? */
static void begin_message(struct incoming *in)
{
    uint32_t index = in->header.req_id - store.first_id;
    struct xenstore_request *request;

    if (in->header.type == XS_WATCH_EVENT || index >= store.count)
        return;
    request = &store.requests[index];
    if (request->error == PENDING &&
        (in->header.type == request->type || in->header.type == XS_ERROR))
        in->request = request;
}

static void keep_word(struct incoming *in, const char *bytes, size_t size)
{
    size_t i = 0;

    if (in->header.type == XS_WATCH_EVENT && !in->in_token) {
        while (i < size && bytes[i] != '\0')
            i++;
        in->in_token = i < size;
    }
    for (; i < size; i++) {
        if (bytes[i] != '\0' && in->word_size < sizeof(in->word))
            in->word[in->word_size++] = bytes[i];
    }
}

static void take_payload(struct incoming *in, const char *bytes, size_t size)
{
    struct xenstore_request *request = in->request;
    size_t room;

    in->payload_size += size;
    if (in->header.type == XS_WATCH_EVENT || in->header.type == XS_ERROR) {
        keep_word(in, bytes, size);
        return;
    }
    if (!request)
        return;
    room = request->reply_max - request->reply_size;
    if (request->reply && size > 0)
        memcpy(request->reply + request->reply_size, bytes, MIN(size, room));
    request->reply_size += MIN(size, room);
}

static void end_message(struct incoming *in)
{
    struct text word = {in->word, in->word_size};
    struct xenstore_request *request = in->request;

    if (in->header.type == XS_WATCH_EVENT) {
        for (unsigned int i = 0; word.size == 1 && i < XENSTORE_WATCH_MAX;
             i++) {
            if (word.bytes[0] == tokens[i][0])
                keep_event(i);
        }
    } else if (request) {
        request->error = 0;
        if (in->header.type == XS_ERROR)
            request->error = error_from_name(word);
        else if (request->reply && in->header.len > request->reply_max)
            request->error = -XEN_E2BIG;
        if (request->watch != XENSTORE_NO_WATCH)
            forget_event((unsigned int)request->watch);
        store.answered++;
    }
    memset(in, 0, sizeof(*in));
}

static void notify(void)
{
    store.in.peer_waits = false;
    if (evtchn_notify(store.port) != 0)
        lose("the event channel is gone");
}

/* Take some bytes of the current message; returns how many. */
static size_t take(const char *bytes, size_t size)
{
    struct incoming *in = &store.incoming;

    if (in->header_size < sizeof(in->header)) {
        size = MIN(size, sizeof(in->header) - in->header_size);
        memcpy((char *)&in->header + in->header_size, bytes, size);
        in->header_size += size;
        if (in->header_size < sizeof(in->header))
            return size;
        if (in->header.len > XENSTORE_PAYLOAD_MAX) {
            lose("a payload of more than 4096 bytes");
            return size;
        }
        begin_message(in);
    } else {
        size = MIN(size, in->header.len - in->payload_size);
        take_payload(in, bytes, size);
    }
    if (in->payload_size == in->header.len)
        end_message(in);
    return size;
}

/* Whether anything was there. */
static bool receive(void)
{
    static char bytes[XENSTORE_RING_SIZE];
    bool some = false;
    int moved = 0;

    while (store.usable &&
           (moved = ring_read(&store.in, bytes, sizeof(bytes))) > 0) {
        some = true;
        for (size_t taken = 0; store.usable && taken < (size_t)moved;)
            taken += take(bytes + taken, (size_t)moved - taken);
    }
    if (store.usable && moved < 0)
        lose("impossible ring indices");
    return some;
}

void xenstore_receive(void)
{
    evtchn_clear(store.port);
    (void)receive();
    if (store.usable && store.in.peer_waits)
        notify();
}

void xenstore_settle(void)
{
    xenstore_receive();
    while (store.usable && store.incoming.header_size > 0) {
        if (evtchn_wait(&store.port, 1, 0) != 0)
            lose("the event channel is gone");
        xenstore_receive();
    }
}

/* --- sending -------------------------------------------------------------- */

/* A message in its pieces, and how far it has got. */
struct outgoing {
    struct xsd_sockmsg header;
    struct text pieces[3];
    size_t sent; /* bytes of all pieces */
};

static void begin_sending(struct outgoing *out, unsigned int index)
{
    const struct xenstore_request *request = &store.requests[index];
    const size_t path_size = strlen(request->path) + 1;

    out->header = (struct xsd_sockmsg){
        .type = request->type,
        .req_id = store.first_id + index,
        .tx_id = request->transaction,
        .len = (uint32_t)(path_size + request->value.size),
    };
    out->pieces[0] =
        (struct text){(const char *)&out->header, sizeof(out->header)};
    out->pieces[1] = (struct text){request->path, path_size};
    out->pieces[2] = request->value;
    out->sent = 0;
}

/* Send as much as fits. True: all of the message is in the ring. */
static bool send_some(struct outgoing *out, bool *some)
{
    int moved = ring_write_pieces(&store.out, out->pieces,
                                  ARRAY_COUNT(out->pieces), out->sent);

    if (moved < 0) {
        lose("impossible ring indices");
        return false;
    }
    out->sent += (size_t)moved;
    *some = *some || moved > 0;
    return out->sent == sizeof(out->header) + out->header.len;
}

int xenstore_exchange(struct xenstore_request *requests, unsigned int count)
{
    struct outgoing out;
    unsigned int sent = 0;
    int first_error = 0;

    for (unsigned int i = 0; i < count; i++) {
        requests[i].error = PENDING;
        requests[i].reply_size = 0;
    }
    store.requests = requests;
    store.count = count;
    store.answered = 0;
    if (count > 0)
        begin_sending(&out, 0);
    while (store.usable && store.answered < count) {
        bool wrote = false;

        /*
         * Before looking at either ring. Cleared after the first: (1) there is
         * no room to write, (2) the daemon makes room and tells us, (3) we
         * clear that, find nothing to read, and both wait for ever.
         */
        evtchn_clear(store.port);
        while (store.usable && sent < count && send_some(&out, &wrote)) {
            if (++sent < count)
                begin_sending(&out, sent);
        }
        if (store.usable && (wrote || store.in.peer_waits))
            notify();
        if (!receive() && !wrote && store.usable &&
            evtchn_wait(&store.port, 1, 0) != 0)
            lose("the event channel is gone");
    }
    /* The last read may have emptied a full ring; our caller may sleep now. */
    if (store.usable && store.in.peer_waits)
        notify();
    store.requests = 0;
    store.first_id += count; /* a late reply to one of these is nobody's */
    store.count = 0;
    for (unsigned int i = 0; i < count; i++) {
        if (requests[i].error == PENDING)
            requests[i].error = -XEN_EIO;
        if (first_error == 0)
            first_error = requests[i].error;
    }
    return first_error;
}

/* --- requests ------------------------------------------------------------- */

static struct xenstore_request plain_request(enum xsd_sockmsg_type type,
                                             uint32_t transaction,
                                             const char *path)
{
    return (struct xenstore_request){
        .type = type,
        .transaction = transaction,
        .path = path,
        .watch = XENSTORE_NO_WATCH,
    };
}

struct xenstore_request xenstore_read(uint32_t transaction, const char *path,
                                      char *reply, size_t reply_max)
{
    struct xenstore_request read = plain_request(XS_READ, transaction, path);

    read.reply = reply;
    read.reply_max = reply_max;
    return read;
}

struct xenstore_request xenstore_write(uint32_t transaction, const char *path,
                                       struct text value)
{
    struct xenstore_request write = plain_request(XS_WRITE, transaction, path);

    write.value = value;
    return write;
}

struct xenstore_request xenstore_remove(uint32_t transaction, const char *path)
{
    return plain_request(XS_RM, transaction, path);
}

static struct xenstore_request
watch_request(enum xsd_sockmsg_type type, const char *path, unsigned int watch)
{
    struct xenstore_request request = plain_request(type, 0, path);

    request.value =
        (struct text){tokens[watch % XENSTORE_WATCH_MAX], sizeof(tokens[0])};
    return request;
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
    struct xenstore_request list = plain_request(XS_DIRECTORY, 0, path);

    list.reply = reply;
    list.reply_max = reply_max;
    return list;
}

struct xenstore_request xenstore_transaction_start(char *reply,
                                                   size_t reply_max)
{
    struct xenstore_request start = plain_request(XS_TRANSACTION_START, 0, "");

    start.reply = reply;
    start.reply_max = reply_max;
    return start;
}

struct xenstore_request xenstore_transaction_end(uint32_t transaction,
                                                 bool commit)
{
    return plain_request(XS_TRANSACTION_END, transaction, commit ? "T" : "F");
}
