/* SPDX-License-Identifier: MIT */
/*
 * attack_store - attacks on the store: well-formed requests, but too many, too
 * large, or of a strange kind.
 *
 * Trusts no answer of the store. Keeps the numbers of transactions, and of all
 * else only how much there is: names follow from numbers. Leaves room for one
 * transaction: without one the VM could not acknowledge requests.
 */
#include "drivers/xenstore.h"
#include "kernel/attack_part.h"
#include "kernel/batch.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/string.h"
#include "lib/time.h"

#define SLICE_MAX       8  /* requests, as in storm.c */
#define TRANSACTION_MAX 64 /* whose numbers are kept */

/* The driver's watches have tokens of one digit, and it takes no events of
 * longer ones. */
#define TOKEN_MIN 100

/* The stores refuse values of more than 2048 bytes, headers included. */
#define ACCEPTED_SIZE 1920

/* Where nodes are made. The first folder is there during every attack. */
static const char *const folders[] = {"data/xen-test-vm/attack", "attr/attack",
                                      "control/attack"};

/* Room for the texts of one request. */
struct texts {
    char path[40];
    char value[2 * sizeof("n4294967295")];
};

#define LATE_NS (NS_PER_S / 10) /* the VM obeys in between */

struct row {
    enum xsd_sockmsg_type type;
    unsigned char at_once; /* requests in a slice */
    unsigned char folders; /* that are removed at its end */

    unsigned char late; /* enum xenstore_late */

    /* The request that gives back what a try got; 0: the folders are all. */
    unsigned char undo;

    /* Complete the request of a try. False: the VM cannot do more. */
    bool (*fill)(uint32_t number, struct xenstore_request *request,
                 struct texts *texts);

    /* The store has accepted the request: what else belongs to a try. Returns
     * the result of the try. May be null. */
    int (*accepted)(const struct xenstore_request *request);
};

static struct {
    const struct row *row;
    uint32_t held;    /* tries below this number may have to be undone */
    uint32_t got;     /* and was not given back */
    bool is_prepared; /* in this domain */
    uint64_t domain;  /* the VM's own number */
    uint32_t transactions[TRANSACTION_MAX];
} store;

/* --- the requests of each attack ------------------------------------------ */

static void add_token(uint32_t number, struct xenstore_request *request,
                      struct texts *texts)
{
    const size_t size =
        format(texts->value, sizeof(texts->value), "%u", number + TOKEN_MIN);

    request->value = (struct text){texts->value, size + 1};
}

static bool fill_watch(uint32_t number, struct xenstore_request *request,
                       struct texts *texts)
{
    request->path = folders[0];
    add_token(number, request, texts);
    return true;
}

/* The domain whose number differs from ours in the last bit. */
static unsigned int neighbour(void)
{
    return (unsigned int)store.domain ^ 1;
}

/* Special events, and what belongs to others. */
static bool fill_spy(uint32_t number, struct xenstore_request *request,
                     struct texts *texts)
{
    static const char *const places[] = {
        "@introduceDomain", "@releaseDomain",  "/",
        "/local/domain",    "/local/domain/0", "/vm",
        "/libxl",
    };
    const unsigned int place = number % (ARRAY_COUNT(places) + 1);

    request->path = texts->path;
    if (place < ARRAY_COUNT(places))
        request->path = places[place];
    else
        format(texts->path, sizeof(texts->path), "/local/domain/%u",
               neighbour());
    add_token(number, request, texts);
    return true;
}

/* 256 to a folder: a store limits the size of all names in a folder. */
static bool fill_node(uint32_t number, struct xenstore_request *request,
                      struct texts *texts)
{
    format(texts->path, sizeof(texts->path), "%s/%u/%u",
           folders[number % store.row->folders], number / 256, number % 256);
    request->path = texts->path;
    return true;
}

/* One level more than the try before. */
static bool fill_deep(uint32_t number, struct xenstore_request *request,
                      struct texts *texts)
{
    const size_t size = strlen(folders[0]), end = size + 2 * (number + 1UL);

    (void)texts;
    if (end > XENSTORE_REL_PATH_MAX)
        return false;
    memcpy(batch_value, folders[0], size);
    for (size_t at = size; at < end; at += 2)
        memcpy(batch_value + at, "/d", sizeof("/d"));
    request->path = batch_value;
    return true;
}

/* All bytes, beginning with `first`. */
static struct text all_bytes(uint32_t first, size_t size)
{
    for (size_t i = 0; i < sizeof(batch_value); i++)
        batch_value[i] = (char)i;
    return (struct text){batch_value + first % 256, size};
}

/* As large as a message can be, and as large as a store accepts, in turn. */
static bool fill_large(uint32_t number, struct xenstore_request *request,
                       struct texts *texts)
{
    (void)fill_node(number, request, texts);
    request->value = all_bytes(0, ACCEPTED_SIZE);
    if (number % 2 == 0)
        request->value.size = XENSTORE_PAYLOAD_MAX - strlen(texts->path) - 1;
    return true;
}

/* Also bytes that are no text: no UTF-8, and nothing that XML permits. */
static bool fill_bytes(uint32_t number, struct xenstore_request *request,
                       struct texts *texts)
{
    (void)fill_node(number, request, texts);
    request->value = all_bytes(number, 256);
    return true;
}

/* Let the neighbour read, take that back, give the node away, take it back. */
static bool fill_permissions(uint32_t number, struct xenstore_request *request,
                             struct texts *texts)
{
    const unsigned int own = (unsigned int)store.domain;
    size_t size;

    if (number % 4 == 0)
        size = format(texts->value, sizeof(texts->value), "n%u%cr%u", own, '\0',
                      neighbour());
    else
        size = format(texts->value, sizeof(texts->value), "n%u",
                      number % 4 == 2 ? neighbour() : own);
    request->path = folders[0];
    request->value = (struct text){texts->value, size + 1};
    return true;
}

/* Messages that a guest may not send, or that make no sense. */
static bool fill_wrong(uint32_t number, struct xenstore_request *request,
                       struct texts *texts)
{
    static const unsigned char types[] = {
        XS_INTRODUCE, XS_RELEASE,         XS_RESUME, XS_SET_TARGET,
        XS_CONTROL,   XS_WATCH_EVENT,     XS_ERROR,  200,
        XS_READ,      XS_TRANSACTION_END,
    };

    (void)texts;
    request->type = (enum xsd_sockmsg_type)types[number % ARRAY_COUNT(types)];
    request->path = "1";
    if (request->type == XS_READ || request->type == XS_TRANSACTION_END)
        request->transaction = number + 1000000;
    return true;
}

/* Replies that need much room. */
static bool fill_read(uint32_t number, struct xenstore_request *request,
                      struct texts *texts)
{
    (void)number;
    (void)texts;
    request->path = folders[0];
    return true;
}

static bool fill_start(uint32_t number, struct xenstore_request *request,
                       struct texts *texts)
{
    (void)number;
    *request = xenstore_transaction_start(texts->value, XENSTORE_NUMBER_SIZE);
    return store.held <= TRANSACTION_MAX - SLICE_MAX;
}

/* --- what else belongs to a try ------------------------------------------- */

static int hold(const struct xenstore_request *request)
{
    (void)request;
    store.held = attack.tried;
    store.got++;
    return 0;
}

static int hold_transaction(const struct xenstore_request *start)
{
    store.transactions[store.held++] = xenstore_transaction_of(start);
    store.got++;
    return 0;
}

/*
 * Write the node of requests as a toolstack does, in a transaction. It is
 * written only while it is empty, and stays empty: a request is never lost.
 */
static int commit_conflict(const struct xenstore_request *start)
{
    static const char path[] = "control/shutdown";
    const uint32_t transaction = xenstore_transaction_of(start);
    char byte;
    struct xenstore_request request =
        xenstore_read(transaction, path, &byte, 0);
    int error, end_error;

    if (transaction == 0)
        return -XEN_EIO; /* the reply was no number */
    error = xenstore_exchange(&request, 1);
    if (error == 0) {
        request = xenstore_write(transaction, path, TEXT(""));
        error = xenstore_exchange(&request, 1);
    }
    request = xenstore_transaction_end(transaction, error == 0);
    end_error = xenstore_exchange(&request, 1);
    if (error == 0)
        return end_error;
    return error == -XEN_E2BIG ? 0 : error; /* E2BIG: a request stands there */
}

static const struct row rows[ATTACK_COUNT] = {
    [ATTACK_STORE_WATCHES] = {XS_WATCH, SLICE_MAX, 1, .undo = XS_UNWATCH,
                              .fill = fill_watch, .accepted = hold},
    [ATTACK_STORE_TRANSACTIONS] = {XS_TRANSACTION_START, SLICE_MAX, 1,
                                   .undo = XS_TRANSACTION_END,
                                   .fill = fill_start,
                                   .accepted = hold_transaction},
    [ATTACK_STORE_NODES] = {XS_WRITE, SLICE_MAX, 1, .fill = fill_node},
    [ATTACK_STORE_DEEP] = {XS_WRITE, 1, 1, .fill = fill_deep},
    [ATTACK_STORE_LARGE] = {XS_WRITE, SLICE_MAX, 1, .fill = fill_large},
    [ATTACK_STORE_CONFLICTS] = {XS_TRANSACTION_START, 1, 1, .fill = fill_start,
                                .accepted = commit_conflict},
    [ATTACK_STORE_SPY] = {XS_WATCH, SLICE_MAX, 1, .undo = XS_UNWATCH,
                          .fill = fill_spy, .accepted = hold},
    [ATTACK_STORE_PERMISSIONS] = {XS_SET_PERMS, SLICE_MAX, 1,
                                  .fill = fill_permissions},
    [ATTACK_STORE_WRONG] = {XS_READ, SLICE_MAX, 1, .fill = fill_wrong},
    [ATTACK_STORE_UNREAD] = {XS_READ, SLICE_MAX, 1, XENSTORE_UNREAD,
                             .fill = fill_read},
    [ATTACK_STORE_SILENCE] = {XS_WRITE, 1, 1, XENSTORE_HALF_SENT,
                              .fill = fill_node},
    [ATTACK_STORE_LIES] = {XS_READ, 1, 1, XENSTORE_LYING, .fill = fill_read},
    [ATTACK_STORE_BYTES] = {XS_WRITE, SLICE_MAX, ARRAY_COUNT(folders),
                            .fill = fill_bytes},
};

/* Send `most` requests, or fewer if there are no more, and judge the replies.
 * False: there was none. */
static bool exchange_some(unsigned int most,
                          bool (*next)(struct xenstore_request *request,
                                       struct texts *texts),
                          void (*judge)(const struct xenstore_request *request))
{
    struct xenstore_request requests[SLICE_MAX];
    struct texts texts[SLICE_MAX];
    unsigned int count = 0;

    while (count < most && next(&requests[count], &texts[count]))
        count++;
    (void)xenstore_exchange(requests, count);
    for (unsigned int i = 0; i < count; i++)
        judge(&requests[i]);
    return count > 0;
}

/* --- trying --------------------------------------------------------------- */

/* Make the first folder and ask who we are; both change in a new domain. */
static void prepare(void)
{
    char number[XENSTORE_NUMBER_SIZE];
    const struct text value = store.row->late == XENSTORE_UNREAD
                                  ? all_bytes(0, ACCEPTED_SIZE)
                                  : TEXT("");
    struct xenstore_request requests[] = {
        xenstore_write(0, folders[0], value),
        xenstore_read(0, "domid", number, sizeof(number)),
    };

    (void)xenstore_exchange(requests, ARRAY_COUNT(requests));
    (void)text_number((struct text){number, requests[1].reply_size},
                      &store.domain);
    store.is_prepared = true;
}

static void judge_try(const struct xenstore_request *request)
{
    int error = request->error;

    attack.tried++;
    if (error == 0 && store.row->accepted)
        error = store.row->accepted(request);
    attack_judge(error);
}

static bool next_try(struct xenstore_request *request, struct texts *texts)
{
    *request = xenstore_plain(store.row->type, 0, "");
    if (attack.begun == attack.wanted)
        return false;
    attack.begun++;
    return store.row->fill(attack.begun - 1, request, texts);
}

/* --- giving back ---------------------------------------------------------- */

static void judge_undo(const struct xenstore_request *request)
{
    if (request->error == 0 && store.got > 0)
        store.got--;
    /* ENOENT: it is gone already, with the connection or the domain. */
    if (request->error != 0 && request->error != -XEN_ENOENT)
        attack.undo_error = request->error;
}

/* The newest tries come first. */
static bool next_undo(struct xenstore_request *request, struct texts *texts)
{
    if (store.held == 0)
        return false;
    store.held--;
    *request = xenstore_plain(store.row->undo, 0, "");
    if (store.row->undo == XS_TRANSACTION_END)
        *request =
            xenstore_transaction_end(store.transactions[store.held], false);
    else
        (void)store.row->fill(store.held, request, texts);
    return true;
}

/* The store may have made a folder for a node that it refused. */
static void remove_folders(void)
{
    for (unsigned int i = 0; i < store.row->folders && i < ARRAY_COUNT(folders);
         i++) {
        struct xenstore_request remove = xenstore_remove(0, folders[i]);

        (void)xenstore_exchange(&remove, 1);
        /* Under xl the guest may write nothing of its own below control/. */
        if (i > 0 && remove.error == -XEN_EACCES)
            continue;
        store.got++;
        judge_undo(&remove);
    }
}

/* --- the part ------------------------------------------------------------- */

static void start(void)
{
    memset(&store, 0, sizeof(store));
    store.row = &rows[attack.mode];
}

static bool try(uint64_t *wake_ns)
{
    const uint32_t refused = attack.refused;

    (void)wake_ns;
    if (!store.is_prepared)
        prepare();
    if (attack.begun < attack.wanted)
        xenstore_be_late((enum xenstore_late)store.row->late, LATE_NS);
    if (!exchange_some(store.row->at_once, next_try, judge_try))
        return false;
    /* Leave room for a transaction of the VM itself. */
    if (attack.refused > refused && store.row->undo == XS_TRANSACTION_END)
        (void)exchange_some(1, next_undo, judge_undo);
    return true;
}

static bool give_back(void)
{
    if (exchange_some(SLICE_MAX, next_undo, judge_undo))
        return true;
    remove_folders();
    /* A store may refuse a second time what it has refused once. */
    if (store.got == 0)
        attack.undo_error = 0;
    return false;
}

static void renewed(void)
{
    store.is_prepared = false;
}

/* A connection that was lost by lies is not waited for. */
static bool may_return(void)
{
    return store.row->late != XENSTORE_LYING && xenstore_may_return();
}

const struct attack_part attack_store = {
    .is_usable = xenstore_is_usable,
    .may_return = may_return,
    .lost = "EIO",
    .start = start,
    .try = try,
    .give_back = give_back,
    .renewed = renewed,
};
