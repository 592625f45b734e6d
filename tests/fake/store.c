/* SPDX-License-Identifier: MIT */
/*
 * fake/store - a xenstored; see fake/store.h.
 */
#include "tests/fake/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include <cmocka.h>

#include "tests/fake/arch.h"
#include "tests/fake/tree.h"

#define HOME          "/local/domain/7/"
#define OUT_MAX       (1 << 24)
#define READ_ONLY_MAX 4

struct fake_store fake_store;
struct xenstore_domain_interface *fake_store_page;

static union {
    struct xenstore_domain_interface ring;
    char bytes[PAGE_SIZE];
} pages[2] __attribute__((aligned(PAGE_SIZE)));
static evtchn_port_t port;

/* The message that is being received: a header and its payload. */
static char in[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
static size_t in_size;

/* Bytes that are not yet in the ring. */
static char out[OUT_MAX];
static size_t out_start, out_end;

static struct watch {
    char path[FAKE_PATH_MAX];
    char token[16];
    bool relative;
} watches[FAKE_STORE_WATCH];
static unsigned int watch_count;

static char read_only[READ_ONLY_MAX][FAKE_PATH_MAX];
static unsigned int read_only_count;

/* --- saying --------------------------------------------------------------- */

static void put(const void *bytes, size_t size)
{
    assert_true(size <= OUT_MAX - out_end);
    if (size > 0)
        memcpy(out + out_end, bytes, size);
    out_end += size;
}

static void say(const struct xsd_sockmsg *header, struct text payload)
{
    if (out_start == out_end)
        out_start = out_end = 0;
    put(header, sizeof(*header));
    put(payload.bytes, payload.size);
    fake_wake(port);
}

void fake_store_claim(uint32_t type, uint32_t id, struct text payload,
                      uint32_t claimed)
{
    const struct xsd_sockmsg header = {
        .type = type, .req_id = id, .len = claimed};

    say(&header, payload);
}

void fake_store_say(uint32_t type, uint32_t id, struct text payload)
{
    fake_store_claim(type, id, payload, (uint32_t)payload.size);
}

static void say_event(const struct watch *watch, const char *path)
{
    char payload[FAKE_PATH_MAX + sizeof(watch->token)];
    const char *shown = path + (watch->relative ? strlen(HOME) : 0);
    int size = snprintf(payload, sizeof(payload), "%s%c%s%c", shown, '\0',
                        watch->token, '\0');

    fake_store_say(XS_WATCH_EVENT, 0, (struct text){payload, (size_t)size});
}

static void changed(const char *path)
{
    for (unsigned int i = 0; i < watch_count; i++) {
        if (fake_tree_below(path, watches[i].path))
            say_event(&watches[i], path);
    }
}

/* --- requests ------------------------------------------------------------- */

/* Special events have names like "@releaseDomain". */
static bool is_relative(const char *path)
{
    return path[0] != '/' && path[0] != '@';
}

static const char *absolute(const char *path)
{
    static char buffers[2][FAKE_PATH_MAX];
    static unsigned int turn;
    char *buffer = buffers[turn++ % 2];

    assert_true(strlen(path) + sizeof(HOME) <= FAKE_PATH_MAX);
    snprintf(buffer, FAKE_PATH_MAX, "%s%s", is_relative(path) ? HOME : "",
             path);
    return buffer;
}

static bool may_write(const char *path)
{
    for (unsigned int i = 0; i < read_only_count; i++) {
        if (strcmp(read_only[i], absolute(path)) == 0)
            return false;
    }
    return true;
}

static const char *do_read(const struct fake_request *request,
                           struct text *reply)
{
    if (request->value.size != 0)
        return "EINVAL";
    return fake_tree_read(request->transaction, absolute(request->path), reply);
}

static bool exists(const struct fake_request *request)
{
    struct text value;

    return !fake_tree_read(request->transaction, absolute(request->path),
                           &value);
}

static const char *do_write(const struct fake_request *request,
                            struct text *reply)
{
    (void)reply;
    if (!may_write(request->path))
        return "EACCES";
    if (!fake_tree_has_room(absolute(request->path)))
        return "ENOSPC";
    if (fake_store.node_max && fake_tree_count() >= fake_store.node_max &&
        !exists(request))
        return "EQUOTA";
    return fake_tree_write(request->transaction, absolute(request->path),
                           request->value);
}

static const char *do_remove(const struct fake_request *request,
                             struct text *reply)
{
    (void)reply;
    if (request->value.size != 0)
        return "EINVAL";
    if (!may_write(request->path))
        return "EACCES";
    return fake_tree_remove(request->transaction, absolute(request->path));
}

static const char *do_watch(const struct fake_request *request,
                            struct text *reply)
{
    struct watch *watch = &watches[watch_count];
    struct text token = request->value;

    (void)reply;
    if (token.size == 0 || token.bytes[token.size - 1] != '\0')
        return "EINVAL";
    if (fake_store.watch_max && watch_count >= fake_store.watch_max)
        return "EQUOTA";
    if (watch_count == FAKE_STORE_WATCH || token.size > sizeof(watch->token))
        return "E2BIG";
    strcpy(watch->path, absolute(request->path));
    strcpy(watch->token, token.bytes);
    watch->relative = is_relative(request->path);
    for (unsigned int i = 0; i < watch_count; i++) {
        if (strcmp(watches[i].path, watch->path) == 0 &&
            strcmp(watches[i].token, watch->token) == 0)
            return "EEXIST";
    }
    watch_count++;
    return NULL;
}

static const char *do_unwatch(const struct fake_request *request,
                              struct text *reply)
{
    (void)reply;
    for (unsigned int i = 0; i < watch_count; i++) {
        if (strcmp(watches[i].path, absolute(request->path)) == 0 &&
            request->value.size > 0 &&
            strcmp(watches[i].token, request->value.bytes) == 0) {
            watches[i] = watches[--watch_count];
            return NULL;
        }
    }
    return "ENOENT";
}

/* The permissions are checked and not kept. The owner of a node stays. */
static const char *do_permit(const struct fake_request *request,
                             struct text *reply)
{
    struct text permissions = request->value;

    (void)reply;
    if (permissions.size == 0 ||
        permissions.bytes[permissions.size - 1] != '\0')
        return "EINVAL";
    for (size_t at = 0, size; at < permissions.size; at += size + 1) {
        const char *one = permissions.bytes + at;

        size = strlen(one);
        if (size < 2 || !strchr("nrwb", one[0]) ||
            strspn(one + 1, "0123456789") != size - 1)
            return "EINVAL";
    }
    if (!exists(request))
        return "ENOENT";
    return fake_store_holds("domid", permissions.bytes + 1) ? NULL : "EPERM";
}

static const char *do_list(const struct fake_request *request,
                           struct text *reply)
{
    if (request->value.size != 0)
        return "EINVAL";
    return fake_tree_list(absolute(request->path), reply);
}

static const char *do_start(const struct fake_request *request,
                            struct text *reply)
{
    static char number[11];
    uint32_t id;
    const char *error;

    if (request->transaction != 0)
        return "EBUSY";
    error = fake_tree_begin(&id);
    snprintf(number, sizeof(number), "%u", id);
    *reply = (struct text){number, strlen(number) + 1};
    return error;
}

static const char *do_end(const struct fake_request *request,
                          struct text *reply)
{
    bool commit = strcmp(request->path, "T") == 0;

    (void)reply;
    if ((!commit && strcmp(request->path, "F") != 0) ||
        request->value.size != 0)
        return "EINVAL";
    return fake_tree_end(request->transaction, commit);
}

static const char *(*const handlers[XS_TYPE_COUNT])(
    const struct fake_request *request, struct text *reply) = {
    [XS_READ] = do_read,           [XS_WRITE] = do_write,
    [XS_RM] = do_remove,           [XS_WATCH] = do_watch,
    [XS_UNWATCH] = do_unwatch,     [XS_DIRECTORY] = do_list,
    [XS_SET_PERMS] = do_permit,    [XS_TRANSACTION_START] = do_start,
    [XS_TRANSACTION_END] = do_end,
};

static const char *decide(const struct fake_request *request,
                          struct text *reply)
{
    if (fake_store.request_count == fake_store.failing_request &&
        fake_store.failing_request > 0)
        return fake_store.failing_with;
    if (fake_store.failing_path &&
        strcmp(fake_store.failing_path, request->path) == 0)
        return fake_store.failing_with;
    if (fake_store.failing_type != 0 &&
        fake_store.failing_type == request->type) {
        /* A transaction that cannot be committed ends all the same. */
        if (request->type == XS_TRANSACTION_END)
            (void)fake_tree_end(request->transaction, false);
        if (request->type == XS_UNWATCH)
            fake_store.keeps_watches = true;
        return fake_store.failing_with;
    }
    if (request->type >= XS_TYPE_COUNT || !handlers[request->type])
        return "ENOSYS";
    if (strlen(request->path) > FAKE_STORE_PATH_MAX)
        return "EINVAL";
    if (request->path[0] == '\0' && request->type != XS_TRANSACTION_START)
        return "EINVAL";
    return handlers[request->type](request, reply);
}

/* The bytes from `end` on come before those from `begin` to `end`. */
static void move_forward(size_t begin, size_t end)
{
    char last[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];
    const size_t size = out_end - end;

    assert_true(size <= sizeof(last));
    memcpy(last, out + end, size);
    memmove(out + begin + size, out + begin, end - begin);
    memcpy(out + begin, last, size);
}

static void handle(const struct fake_request *request)
{
    size_t begin, end;
    struct xsd_sockmsg header = {.type = request->type,
                                 .req_id = request->id,
                                 .tx_id = request->transaction};
    struct text reply = {"OK", 3};
    const char *error;

    fake_store.request_count++;
    if (fake_store.before)
        fake_store.before(request);
    if (out_start == out_end)
        out_start = out_end = 0;
    begin = out_end;
    error = decide(request, &reply);
    end = out_end;
    if (error) {
        header.type = XS_ERROR;
        reply = (struct text){error, strlen(error) + 1};
    }
    header.len = (uint32_t)reply.size;
    say(&header, reply);
    if (fake_store.replies_first)
        move_forward(begin, end);
    if (request->type == XS_WATCH && !error)
        say_event(&watches[watch_count - 1], absolute(request->path));
    if (fake_store.after)
        fake_store.after(request);
}

/* --- the ring ------------------------------------------------------------- */

/* Handle the received message if it is complete. */
static void handle_whole(void)
{
    const char *payload = in + sizeof(struct xsd_sockmsg);
    struct xsd_sockmsg header;
    struct fake_request request;
    size_t path_size;

    if (in_size < sizeof(header))
        return;
    memcpy(&header, in, sizeof(header));
    if (header.len > XENSTORE_PAYLOAD_MAX)
        fail_msg("the guest sends a payload of %u bytes", header.len);
    if (in_size < sizeof(header) + header.len)
        return;
    if (!memchr(payload, '\0', header.len))
        fail_msg("the guest sends a payload without a NUL");
    path_size = strlen(payload) + 1;
    request = (struct fake_request){
        .type = header.type,
        .id = header.req_id,
        .transaction = header.tx_id,
        .path = payload,
        .value = {payload + path_size, header.len - path_size},
    };
    in_size = 0;
    handle(&request);
}

/* Whether the ring is broken. */
static bool is_broken(uint32_t there)
{
    if (there <= XENSTORE_RING_SIZE)
        return false;
    if (fake_store.offended == FAKE_STORE_FAILS)
        fail_msg("the guest broke its ring: %u bytes in it", there);
    fake_store.silent = fake_store.offended == FAKE_STORE_TURNS_DEAF;
    return true;
}

static bool take(size_t most)
{
    struct xenstore_domain_interface *page = fake_store_page;
    uint32_t there = page->req_prod - page->req_cons;
    bool some = there > 0;

    if (is_broken(there))
        return false;
    for (; there > 0 && most > 0 && !fake_store.silent; there--, most--) {
        in[in_size++] = page->req[MASK_XENSTORE_IDX(page->req_cons)];
        page->req_cons++;
        handle_whole();
    }
    return some;
}

static bool give(size_t most)
{
    struct xenstore_domain_interface *page = fake_store_page;
    uint32_t there = page->rsp_prod - page->rsp_cons;
    size_t start = out_start;

    if (is_broken(there))
        return false;
    for (; there < XENSTORE_RING_SIZE && out_start < out_end && most > 0;
         there++, most--)
        page->rsp[MASK_XENSTORE_IDX(page->rsp_prod++)] = out[out_start++];
    return out_start > start;
}

/* As docs/misc/xenstore-ring.txt in Xen's sources says. */
static void renew_connection(void)
{
    struct xenstore_domain_interface *page = fake_store_page;

    in_size = out_start = out_end = 0;
    watch_count = 0;
    fake_tree_abort();
    memset(page->req, 0xff, sizeof(page->req));
    memset(page->rsp, 0xff, sizeof(page->rsp));
    page->req_cons = page->req_prod = page->rsp_cons = page->rsp_prod = 0;
    page->connection = XENSTORE_CONNECTED;
    fake_store.renewed_count++;
}

static bool step(void)
{
    size_t most = fake_store.most ? 1 + fake_random(fake_store.most) : OUT_MAX;
    bool some;

    if (fake_store.silent)
        return false;
    if (fake_store_page->connection != XENSTORE_CONNECTED) {
        if (!fake_store.renews)
            return false;
        renew_connection();
        fake_raise(port);
        return true;
    }
    some = take(most);
    if (!fake_store.silent && give(most))
        some = true;
    if (some)
        fake_raise(port);
    return some;
}

/* --- what the test does --------------------------------------------------- */

struct boot_ring fake_store_keep(evtchn_port_t new_port)
{
    in_size = out_start = out_end = 0;
    watch_count = read_only_count = 0;
    fake_tree_start(changed);
    port = new_port;
    fake_connect(port, step);
    return (struct boot_ring){fake_store_page, port};
}

struct boot_ring fake_store_renew(evtchn_port_t new_port, uint32_t index)
{
    struct xenstore_domain_interface *page =
        &pages[fake_store_page == &pages[0].ring ? 1 : 0].ring;

    ASAN_POISON_MEMORY_REGION(pages, sizeof(pages));
    ASAN_UNPOISON_MEMORY_REGION(page, sizeof(*page));
    memset(page, 0, sizeof(*page));
    page->req_cons = page->req_prod = index;
    page->rsp_cons = page->rsp_prod = index;
    fake_store_page = page;
    return fake_store_keep(new_port);
}

struct boot_ring fake_store_start(uint32_t index)
{
    memset(&fake_store, 0, sizeof(fake_store));
    return fake_store_renew(FAKE_STORE_PORT, index);
}

void fake_store_wake(void)
{
    fake_wake(port);
}

void fake_store_garble(void)
{
    fake_store_claim(XS_WATCH_EVENT, 0, TEXT(""), UINT32_MAX);
}

void fake_store_offer(void)
{
    fake_store_page->server_features = XENSTORE_SERVER_FEATURE_RECONNECTION;
    fake_store.renews = true;
}

void fake_store_withhold(void)
{
    fake_store.renews = false;
}

void fake_store_grant(void)
{
    fake_store.renews = true;
    fake_store_wake();
}

bool fake_store_has_requests(void)
{
    return fake_store_page->connection == XENSTORE_CONNECTED &&
           (fake_store_page->req_prod != fake_store_page->req_cons ||
            in_size > 0);
}

bool fake_store_rests(void)
{
    return !fake_store_has_requests() &&
           (fake_store_page->connection != XENSTORE_CONNECTED ||
            !fake_tree_busy());
}

unsigned int fake_store_watch_count(void)
{
    return watch_count;
}

bool fake_store_watches(const char *path)
{
    for (unsigned int i = 0; i < watch_count; i++) {
        if (strcmp(watches[i].path, absolute(path)) == 0)
            return true;
    }
    return false;
}

void fake_store_write_text(const char *path, struct text value)
{
    assert_null(fake_tree_write(0, absolute(path), value));
}

void fake_store_write(const char *path, const char *value)
{
    fake_store_write_text(path, text_of(value));
}

void fake_store_remove(const char *path)
{
    assert_null(fake_tree_remove(0, absolute(path)));
}

void fake_store_read_only(const char *path)
{
    assert_true(read_only_count < READ_ONLY_MAX);
    strcpy(read_only[read_only_count++], absolute(path));
}

void fake_store_may_write_all(void)
{
    read_only_count = 0;
}

const char *fake_store_value(const char *path)
{
    static char value[XENSTORE_PAYLOAD_MAX + 1];
    struct text held;

    if (fake_tree_read(0, absolute(path), &held))
        return NULL;
    memcpy(value, held.bytes, held.size);
    value[held.size] = '\0';
    return value;
}

bool fake_store_holds(const char *path, const char *value)
{
    struct text held;
    const char *error = fake_tree_read(0, absolute(path), &held);

    return value ? !error && text_is(held, value) : error != NULL;
}
