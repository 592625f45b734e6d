/* SPDX-License-Identifier: MIT */
/*
 * nodes - this domain's part of xenstore; see nodes.h.
 */
#include "kernel/nodes.h"

#include "drivers/xenstore.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/string.h"

#define OWN "data/xen-test-vm/"

/* Every conflict means that somebody else committed; then it is our turn. */
#define COMMIT_TRIES_MAX 64

#define NUMBER_SIZE 11 /* 32 bits in decimal and a NUL */

static char texts[NODE_COUNT][CONTROL_TEXT_MAX];
static size_t sizes[NODE_COUNT];

/* What the store shows of us, to write only what changes. */
static struct publication shown;

/* --- a batch of requests -------------------------------------------------- */

struct batch {
    struct xenstore_request requests[XENSTORE_BATCH_MAX];
    unsigned int count;
    char numbers[3][NUMBER_SIZE];
};

/* All callers together stay below XENSTORE_BATCH_MAX: the largest is at boot.
 */
static struct batch batch;

static struct xenstore_request *add(struct xenstore_request request)
{
    struct xenstore_request *place = &batch.requests[batch.count];

    batch.count++;
    *place = request;
    return place;
}

static void add_counter(uint32_t transaction, unsigned int number,
                        const char *path, unsigned int value)
{
    char *text = batch.numbers[number];

    format(text, NUMBER_SIZE, "%u", value);
    add(xenstore_write(transaction, path, text_of(text)));
}

/* Write what differs from what is shown; the state comes last. */
static void add_publication(uint32_t transaction,
                            const struct publication *publication, bool all)
{
    const struct counters *now = &publication->counters;
    const struct counters *then = &shown.counters;

    if (all || now->requests != then->requests)
        add_counter(transaction, 0, OWN "requests", now->requests);
    if (all || now->commands != then->commands)
        add_counter(transaction, 1, OWN "commands", now->commands);
    if (all || now->refused != then->refused)
        add_counter(transaction, 2, OWN "refused", now->refused);
    if (publication->answer[0] != '\0')
        add(xenstore_write(transaction, OWN "reply",
                           text_of(publication->answer)));
    if (all || publication->state != shown.state)
        add(xenstore_write(transaction, OWN "state",
                           text_of(state_names[publication->state])));
}

static void log_refusals(unsigned int first)
{
    for (unsigned int i = first; i < batch.count; i++) {
        const struct xenstore_request *request = &batch.requests[i];

        if (request->error != 0 && request->type == XS_WRITE)
            log_info("store", "%s cannot be published: %s", request->path,
                     error_name(request->error));
        if (request->error != 0 && request->type == XS_WATCH)
            log_error("store", "%s cannot be watched: %s", request->path,
                      error_name(request->error));
    }
}

/* --- start ---------------------------------------------------------------- */

void nodes_start(const char *guest, const struct publication *first,
                 const char **domain)
{
    static char id[NUMBER_SIZE];
    const struct xenstore_request *domid;
    unsigned int reads;

    batch.count = 0;
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        add(xenstore_watch(node_paths[i], i));
    domid = add(xenstore_read(0, "domid", id, sizeof(id) - 1));
    reads = batch.count;
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        add(xenstore_read(0, node_paths[i], texts[i], sizeof(texts[i])))
            ->watch = (int)i;
    add(xenstore_write(0, OWN "version", TEXT(XEN_TEST_VM_VERSION)));
    add(xenstore_write(0, OWN "guest", text_of(guest)));
    add(xenstore_write(0, "control/feature-poweroff", TEXT("1")));
    add(xenstore_write(0, "control/feature-reboot", TEXT("1")));
    add(xenstore_write(0, "control/feature-shutdown", TEXT("1")));
    add_publication(0, first, true);
    shown = *first;

    /* Each request's own error is what counts. */
    (void)xenstore_exchange(batch.requests, batch.count);
    for (unsigned int i = 0; i < NODE_COUNT; i++) {
        const struct xenstore_request *read = &batch.requests[reads + i];

        sizes[i] = read->error == 0 ? read->reply_size : 0;
    }
    id[domid->reply_size] = '\0';
    *domain = domid->error == 0 ? id : "?";
}

void nodes_log_refusals(void)
{
    log_refusals(0);
}

struct text nodes_first_text(enum node node)
{
    return (struct text){texts[node], sizes[node]};
}

/* --- messages ------------------------------------------------------------- */

bool nodes_next_event(enum node *node)
{
    unsigned int watch;

    while (xenstore_next_event(&watch)) {
        *node = (enum node)watch;
        if (watch < NODE_COUNT)
            return true;
    }
    return false;
}

struct text nodes_read(enum node node)
{
    struct xenstore_request read =
        xenstore_read(0, node_paths[node], texts[node], sizeof(texts[node]));
    int error;

    read.watch = (int)node;
    error = xenstore_exchange(&read, 1);
    if (error != 0 && error != -XEN_ENOENT)
        log_info("store", "%s cannot be read: %s", node_paths[node],
                 error_name(error));
    return (struct text){texts[node], error == 0 ? read.reply_size : 0};
}

/* A transaction's number, or a negative error. */
static int start_transaction(uint32_t *transaction)
{
    char reply[NUMBER_SIZE];
    struct xenstore_request start =
        xenstore_transaction_start(reply, sizeof(reply));
    int error = xenstore_exchange(&start, 1);

    *transaction = 0;
    for (size_t i = 0; error == 0 && i < start.reply_size; i++) {
        if (reply[i] >= '0' && reply[i] <= '9')
            *transaction = *transaction * 10 + (uint32_t)(reply[i] - '0');
    }
    return error == 0 && *transaction == 0 ? -XEN_EIO : error;
}

static int still_holds(uint32_t transaction, enum node node,
                       struct text message, bool *same)
{
    static char now[CONTROL_TEXT_MAX];
    struct xenstore_request read =
        xenstore_read(transaction, node_paths[node], now, sizeof(now));
    int error = xenstore_exchange(&read, 1);

    *same =
        error == 0 && text_equal(message, (struct text){now, read.reply_size});
    return error == -XEN_ENOENT ? 0 : error;
}

/*
 * One try. 0: committed, *result says what became of the acknowledgement and
 * *refusal why it was refused; otherwise nothing has happened.
 */
static int try_commit(enum node node, struct text message,
                      const struct acknowledgement *acknowledgement,
                      const struct publication *publication,
                      enum acknowledged *result, int *refusal)
{
    const struct xenstore_request *change = 0;
    uint32_t transaction;
    bool same;
    int error = start_transaction(&transaction);

    if (error != 0)
        return error;
    error = still_holds(transaction, node, message, &same);
    batch.count = 0;
    if (error == 0 && same && acknowledgement->how == ACK_WRITE)
        change = add(xenstore_write(transaction, node_paths[node],
                                    acknowledgement->text));
    else if (error == 0 && same)
        change = add(xenstore_remove(transaction, node_paths[node]));
    if (error == 0)
        add_publication(transaction, publication, false);
    add(xenstore_transaction_end(transaction, error == 0));
    (void)xenstore_exchange(batch.requests, batch.count);
    if (error == 0)
        error = batch.requests[batch.count - 1].error;
    if (error != 0)
        return error;
    log_refusals(change ? 1 : 0);
    *refusal = change ? change->error : 0;
    *result = !same           ? ACKNOWLEDGE_LATE
              : *refusal == 0 ? ACKNOWLEDGED
                              : ACKNOWLEDGE_REFUSED;
    return 0;
}

static void publish(const struct publication *publication)
{
    batch.count = 0;
    add_publication(0, publication, false);
    (void)xenstore_exchange(batch.requests, batch.count);
    log_refusals(0);
}

enum acknowledged nodes_commit(enum node node, struct text message,
                               const struct acknowledgement *acknowledgement,
                               const struct publication *publication)
{
    enum acknowledged result = ACKNOWLEDGE_REFUSED;
    int refusal = 0, error = 0;

    if (acknowledgement->wanted) {
        for (unsigned int i = 0; i < COMMIT_TRIES_MAX; i++) {
            error = try_commit(node, message, acknowledgement, publication,
                               &result, &refusal);
            if (error != -XEN_EAGAIN)
                break;
        }
    }
    /* What the store does not take in a transaction, it may take without. */
    if (!acknowledgement->wanted || error != 0)
        publish(publication);
    shown = *publication;
    refusal = error != 0 ? error : refusal;
    if (acknowledgement->wanted && refusal != 0 && !acknowledgement->again)
        log_info("store", "%s cannot be acknowledged: %s", node_paths[node],
                 error_name(refusal));
    if (acknowledgement->wanted && result == ACKNOWLEDGE_LATE)
        log_info("store", "%s holds something newer: left as it is",
                 node_paths[node]);
    return result;
}
