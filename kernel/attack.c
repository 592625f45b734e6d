/* SPDX-License-Identifier: MIT */
/*
 * attack - does to the store what a hostile guest would; see attack.h.
 *
 * Trusts no answer of the store. Keeps the numbers of transactions, and of all
 * else only how much there is: names follow from numbers.
 */
#include "kernel/attack.h"

#include "drivers/xenstore.h"
#include "kernel/batch.h"
#include "kernel/clock.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/string.h"

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

struct attack {
    enum xsd_sockmsg_type type;
    unsigned char at_once; /* requests in a slice */
    unsigned char folders; /* that are removed at its end */

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
    const struct attack *row;
    uint32_t wanted, asked, tried, refused;
    uint32_t held;    /* tries below this number may have to be undone */
    uint32_t got;     /* and was not given back */
    int error;        /* the last one of the tries */
    int undo_error;   /* the last one of giving back */
    bool is_prepared; /* in this domain */
    bool is_undoing;
    uint64_t hold_ns, end_ns;
    uint64_t domain; /* the VM's own number */
    uint32_t transactions[TRANSACTION_MAX];
} attack;

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
    return (unsigned int)attack.domain ^ 1;
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
           folders[number % attack.row->folders], number / 256, number % 256);
    request->path = texts->path;
    return true;
}

/* One level more than the try before. */
static bool fill_deep(uint32_t number, struct xenstore_request *request,
                      struct texts *texts)
{
    const size_t start = strlen(folders[0]), end = start + 2 * (number + 1UL);

    (void)texts;
    if (end > XENSTORE_REL_PATH_MAX)
        return false;
    memcpy(batch_value, folders[0], start);
    for (size_t at = start; at < end; at += 2)
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
    const unsigned int own = (unsigned int)attack.domain;
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

static bool fill_start(uint32_t number, struct xenstore_request *request,
                       struct texts *texts)
{
    (void)number;
    *request = xenstore_transaction_start(texts->value, XENSTORE_NUMBER_SIZE);
    return attack.held <= TRANSACTION_MAX - SLICE_MAX;
}

/* --- what else belongs to a try ------------------------------------------- */

static int hold(const struct xenstore_request *request)
{
    (void)request;
    attack.held = attack.tried;
    attack.got++;
    return 0;
}

static int hold_transaction(const struct xenstore_request *start)
{
    attack.transactions[attack.held++] = xenstore_transaction_of(start);
    attack.got++;
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

static const struct attack attacks[ATTACK_COUNT] = {
    [ATTACK_STORE_WATCHES] = {XS_WATCH, SLICE_MAX, 1, XS_UNWATCH, fill_watch,
                              hold},
    [ATTACK_STORE_TRANSACTIONS] = {XS_TRANSACTION_START, SLICE_MAX, 1,
                                   XS_TRANSACTION_END, fill_start,
                                   hold_transaction},
    [ATTACK_STORE_NODES] = {XS_WRITE, SLICE_MAX, 1, .fill = fill_node},
    [ATTACK_STORE_DEEP] = {XS_WRITE, 1, 1, .fill = fill_deep},
    [ATTACK_STORE_LARGE] = {XS_WRITE, SLICE_MAX, 1, .fill = fill_large},
    [ATTACK_STORE_CONFLICTS] = {XS_TRANSACTION_START, 1, 1, .fill = fill_start,
                                .accepted = commit_conflict},
    [ATTACK_STORE_SPY] = {XS_WATCH, SLICE_MAX, 1, XS_UNWATCH, fill_spy, hold},
    [ATTACK_STORE_PERMISSIONS] = {XS_SET_PERMS, SLICE_MAX, 1,
                                  .fill = fill_permissions},
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
    struct xenstore_request requests[] = {
        xenstore_write(0, folders[0], TEXT("")),
        xenstore_read(0, "domid", number, sizeof(number)),
    };

    (void)xenstore_exchange(requests, ARRAY_COUNT(requests));
    (void)text_number((struct text){number, requests[1].reply_size},
                      &attack.domain);
    attack.is_prepared = true;
}

static void judge_try(const struct xenstore_request *request)
{
    int error = request->error;

    attack.tried++;
    if (error == 0 && attack.row->accepted)
        error = attack.row->accepted(request);
    if (error == 0)
        return;
    attack.refused++;
    attack.error = error;
}

static bool next_try(struct xenstore_request *request, struct texts *texts)
{
    *request = xenstore_plain(attack.row->type, 0, "");
    if (attack.asked == attack.wanted)
        return false;
    attack.asked++;
    return attack.row->fill(attack.asked - 1, request, texts);
}

/* --- giving back ---------------------------------------------------------- */

static void judge_undo(const struct xenstore_request *request)
{
    if (request->error == 0 && attack.got > 0)
        attack.got--;
    /* ENOENT: it is gone already, with the connection or the domain. */
    if (request->error != 0 && request->error != -XEN_ENOENT)
        attack.undo_error = request->error;
}

/* The newest tries come first. */
static bool next_undo(struct xenstore_request *request, struct texts *texts)
{
    if (attack.held == 0)
        return false;
    attack.held--;
    *request = xenstore_plain(attack.row->undo, 0, "");
    if (attack.row->undo == XS_TRANSACTION_END)
        *request =
            xenstore_transaction_end(attack.transactions[attack.held], false);
    else
        (void)attack.row->fill(attack.held, request, texts);
    return true;
}

/* The store may have made a folder for a node that it refused. */
static void remove_folders(void)
{
    for (unsigned int i = 0;
         i < attack.row->folders && i < ARRAY_COUNT(folders); i++) {
        struct xenstore_request remove = xenstore_remove(0, folders[i]);

        (void)xenstore_exchange(&remove, 1);
        /* Under xl the guest may write nothing of its own below control/. */
        if (i > 0 && remove.error == -XEN_EACCES)
            continue;
        attack.got++;
        judge_undo(&remove);
    }
}

/* --- the work ------------------------------------------------------------- */

void attack_start(const struct command *command, uint64_t now_ns)
{
    (void)now_ns;
    memset(&attack, 0, sizeof(attack));
    attack.row = &attacks[command->attack_mode];
    attack.wanted = command->tries;
    attack.hold_ns = command->seconds * NS_PER_S;
}

static void sum_up(struct outcome *outcome)
{
    static char detail[80];
    struct writer writer;

    writer_start(&writer, detail, sizeof(detail));
    write_format(&writer, "\"tried\": %u, \"refused\": %u", attack.tried,
                 attack.refused);
    if (attack.error != 0)
        write_format(&writer, ", \"last_error\": \"%s\"",
                     error_name(attack.error));
    outcome->detail = detail;
    /* A store may refuse a second time what it has refused once. */
    if (attack.undo_error != 0 && attack.got > 0)
        outcome->error = error_name(attack.undo_error);
}

/* Try some more. False: it is time to give everything back. */
static bool go_on(uint64_t now_ns, uint64_t *wake_ns)
{
    const uint32_t refused = attack.refused;

    if (attack.is_undoing)
        return false;
    if (!attack.is_prepared)
        prepare();
    if (exchange_some(attack.row->at_once, next_try, judge_try)) {
        /* Leave room for a transaction of the VM itself. */
        if (attack.refused > refused && attack.row->undo == XS_TRANSACTION_END)
            (void)exchange_some(1, next_undo, judge_undo);
        return true;
    }
    if (attack.end_ns == 0)
        attack.end_ns = now_ns + attack.hold_ns;
    *wake_ns = attack.end_ns;
    return now_ns < attack.end_ns;
}

bool attack_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    *wake_ns = now_ns;
    if (!xenstore_is_usable()) {
        /* The nodes are still there. */
        *wake_ns = now_ns + NS_PER_S;
        outcome->error = error_name(-XEN_EIO);
        return xenstore_may_return();
    }
    if (go_on(now_ns, wake_ns))
        return true;
    *wake_ns = now_ns;
    attack.is_undoing = true;
    if (exchange_some(SLICE_MAX, next_undo, judge_undo))
        return true;
    remove_folders();
    sum_up(outcome);
    return false;
}

void attack_stop(void)
{
    attack.is_undoing = true;
}

void attack_resumed(void)
{
    attack.is_prepared = false;
}

void attack_forget(void)
{
    while (exchange_some(SLICE_MAX, next_undo, judge_undo))
        ;
    remove_folders();
}
