/* SPDX-License-Identifier: MIT */
/*
 * publish - writes the VM's nodes; see publish.h.
 */
#include "kernel/publish.h"

#include "decide/language.h"
#include "kernel/balloon_store.h"
#include "kernel/batch.h"
#include "lib/assert.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/string.h"

#define OWN "data/xen-test-vm/"

/* Each conflict means that somebody else has committed; then it is our turn. */
#define COMMIT_TRIES_MAX 64

/* The path of the first node that the store refused to watch; null: none. */
static const char *unwatched;

/* The store refused to watch a node of requests or commands: is_vital(). */
static bool deaf;

/* Whether the store has room for all nodes. */
static enum {
    ROOM_ENOUGH,
    ROOM_SHORT, /* it has refused a node: make_room() comes next */
    ROOM_MADE   /* the VM publishes its state and its answers only */
} room;

/* "pv" or "pvh", as published. */
static const char *guest_type;
static const char guest_path[] = OWN "guest";

/* The number of the watch on our own nodes. */
static unsigned int own_watch;

/* The place in the batch of the write of guest_path at the start. */
static unsigned int own_place;

/* Our nodes were removed and the store refuses new ones; or they may have been
 * removed, and the store does not say; or the store refused guest_path at the
 * start. */
static bool removed;

/* The values in the store; only changes are written. */
static enum state shown_state;
static unsigned int shown_counters[COUNTER_COUNT];

/* The store refused some of them: write all of them next time. */
static bool show_again;

static char numbers[COUNTER_COUNT][TEXT_NUMBER_SIZE];

static const char *const counter_paths[COUNTER_COUNT] = {
    [COUNTER_REQUESTS] = OWN "requests",
    [COUNTER_WITHDRAWN] = OWN "withdrawn",
    [COUNTER_COMMANDS] = OWN "commands",
    [COUNTER_REFUSED] = OWN "refused",
    [COUNTER_SUSPENDS] = OWN "suspends",
    [COUNTER_RESUMES] = OWN "resumes",
    [COUNTER_CANCELS] = OWN "cancels",
    [COUNTER_MEMORY_ERRORS] = OWN "memory-errors",
};

const char *publish_counter_name(enum counter counter)
{
    return counter_paths[counter] + sizeof(OWN) - 1;
}

/* --- state and counters --------------------------------------------------- */

static enum state visible_state(const struct publication *publication)
{
    return deaf ? MAX(publication->state, STATE_DEAF) : publication->state;
}

static const char state_path[] = OWN "state";

/* Whether add_publication() writes this node only when it changes. Paths are
 * compared by address: all of them are constants of this file. */
static bool is_shown_value(const char *path)
{
    bool is = path == state_path;

    for (unsigned int i = 0; i < COUNTER_COUNT; i++)
        is = is || path == counter_paths[i];
    return is;
}

/* Write the values that differ from the store. The state comes last. */
static void add_publication(uint32_t transaction,
                            const struct publication *publication, bool all)
{
    const enum state state = visible_state(publication);

    all = all || show_again;
    for (unsigned int i = 0; room != ROOM_MADE && i < COUNTER_COUNT; i++) {
        unsigned int value = publication->counters[i];

        if (!all && value == shown_counters[i])
            continue;
        *batch_next() = xenstore_write(transaction, counter_paths[i],
                                       text_of_number(numbers[i], value));
    }
    if (publication->answer[0] != '\0')
        batch_write(transaction, OWN "reply", publication->answer);
    if (all || state != shown_state)
        batch_write(transaction, state_path, state_names[state]);
}

/* Assume that the store shows all values. take_refusals() must follow: it sets
 * show_again if the store refused one of them. */
static void remember_shown(const struct publication *publication)
{
    show_again = false;
    shown_state = visible_state(publication);
    memcpy(shown_counters, publication->counters, sizeof(shown_counters));
}

/*
 * libxl does not create this node for the guest, unlike the other features, and
 * refuses the write. The refusal shows that control/ belongs to dom0; it is not
 * logged.
 */
static const char shutdown_feature[] = "control/feature-shutdown\0"
                                       "1";

/* Without these events the VM would miss requests or commands. */
static bool is_vital(const char *path)
{
    return path == node_paths[NODE_SHUTDOWN] ||
           path == node_paths[NODE_DATA_TESTING] ||
           path == node_paths[NODE_TESTING];
}

static void refused_to_watch(const char *path, int error)
{
    /* EEXIST: the same domain; Xen had no port to mark it with. */
    if (error == -XEN_EEXIST)
        return;
    log_error("publish", "%s cannot be watched: %s", path, error_name(error));
    deaf = deaf || is_vital(path);
    if (!unwatched)
        unwatched = path;
}

static void refused_to_write(const char *path, int error)
{
    show_again = show_again || is_shown_value(path);
    /* If the store has no room, log only the first refusal. */
    if (path != shutdown_feature && room != ROOM_SHORT)
        log_info("publish", "%s cannot be published: %s", path,
                 error_name(error));
    if (room == ROOM_ENOUGH && (error == -XEN_ENOSPC || error == -ERROR_QUOTA))
        room = ROOM_SHORT;
}

/* Log the refusals in the batch, from this request on, and note what has to be
 * done because of them. */
static void take_refusals(unsigned int first)
{
    if (!xenstore_is_usable())
        return; /* the loss was logged */
    for (unsigned int i = first; i < batch.count; i++) {
        const struct xenstore_request *request = &batch.requests[i];

        if (request->error == 0)
            continue;
        if (request->type == XS_WRITE)
            refused_to_write(request->path, request->error);
        else if (request->type == XS_WATCH)
            refused_to_watch(request->path, request->error);
    }
}

static void exchange_batch(void)
{
    batch_exchange();
    take_refusals(0);
}

/* --- all nodes ------------------------------------------------------------ */

/* A write as it is sent: path, NUL, value. Versions of clang-format have
 * different layouts for this. */
/* clang-format off */
#define CONSTANT(path, value) {path "\0" value, sizeof(path "\0" value) - 1}
/* clang-format on */

/* Nodes that never change, in the order that xenopsd expects. */
static const struct text description[] = {
    CONSTANT(OWN "version", XEN_TEST_VM_VERSION),
    CONSTANT("attr/PVAddons/Installed", "1"),
    CONSTANT("attr/PVAddons/MajorVersion", XEN_TEST_VM_MAJOR),
    CONSTANT("attr/PVAddons/MinorVersion", XEN_TEST_VM_MINOR),
    CONSTANT("attr/PVAddons/MicroVersion", XEN_TEST_VM_MICRO),
    CONSTANT("attr/PVAddons/BuildVersion", "0"),
    CONSTANT("data/os_name", "xen-test-vm " XEN_TEST_VM_VERSION),
    CONSTANT("data/os_distro", "xen-test-vm"),
    CONSTANT("data/os_uname", XEN_TEST_VM_VERSION),
    CONSTANT("data/os_majorver", XEN_TEST_VM_MAJOR),
    CONSTANT("data/os_minorver", XEN_TEST_VM_MINOR),
};

/* Constant nodes for which the ring has no room in the first exchange. */
static const struct text second_exchange[] = {
    CONSTANT(OWN "protocol", LANGUAGE_PROTOCOL),
    CONSTANT("control/feature-poweroff", "1"),
    CONSTANT("control/feature-reboot", "1"),
    CONSTANT("control/feature-suspend", "1"),
    {shutdown_feature, sizeof(shutdown_feature) - 1},
};

/* Returns the last of the requests. */
static struct xenstore_request *add_constants(const struct text *constants,
                                              unsigned int count)
{
    struct xenstore_request *write = 0;

    for (unsigned int i = 0; i < count; i++) {
        write = batch_next();
        *write = xenstore_plain(XS_WRITE, 0, constants[i].bytes);
        write->path_size = constants[i].size;
    }
    return write;
}

/* Add the nodes that may change, the state last. Returns the request whose
 * result shows to whom control/ belongs. */
static const struct xenstore_request *
add_the_rest(const struct publication *publication)
{
    const struct xenstore_request *control;

    ASSERT(batch.count + BALLOON_METRICS <= XENSTORE_BATCH_MAX);
    batch.count += balloon_store_metrics(&batch.requests[batch.count]);
    control = add_constants(second_exchange, ARRAY_COUNT(second_exchange));
    if (unwatched)
        batch_write(0, OWN "unwatched", unwatched);
    add_publication(0, publication, true);
    return control;
}

/*
 * Publish everything after somebody has removed our nodes. If the store refuses
 * the first node, as it does while `data` does not belong to the guest, do not
 * ask for more. Each message causes another try.
 */
static void publish_again(void)
{
    const struct publication shown = {
        .state = shown_state, .counters = shown_counters, .answer = ""};
    const bool made = room == ROOM_MADE;
    struct xenstore_request first =
        xenstore_write(0, made ? state_path : guest_path,
                       text_of(made ? state_names[shown_state] : guest_type));

    removed = xenstore_exchange(&first, 1) != 0;
    if (removed || made)
        return;
    batch_begin();
    (void)add_constants(description, ARRAY_COUNT(description));
    (void)add_the_rest(&shown);
    exchange_batch();
}

/* Read a node of our own; this covers the events of our own writes. */
static struct xenstore_request *add_own_read(void)
{
    struct xenstore_request *read = batch_next();

    *read = xenstore_read(0, room == ROOM_MADE ? state_path : guest_path, 0, 0);
    read->watch = (int)own_watch;
    return read;
}

/* `error` is the result of the read of add_own_read(). */
static void look_at_own(int error)
{
    if (error == 0)
        return;
    removed = true;
    if (error != -XEN_ENOENT)
        return;
    log_info("publish", "what is published was removed");
    publish_again();
}

void publish_event(void)
{
    batch_begin();
    look_at_own(xenstore_exchange(add_own_read(), 1));
}

void publish_retry(void)
{
    if (removed)
        publish_again();
}

/* The store has no room for all nodes: remove the others, so that it can show
 * the state and the answers. */
static void make_room(const struct publication *publication)
{
    if (room != ROOM_SHORT)
        return;
    room = ROOM_MADE;
    batch_begin();
    for (unsigned int i = 0; i < ARRAY_COUNT(description); i++)
        batch_remove(description[i].bytes);
    /* oxenstored creates the folder of a node even if it refuses the node. */
    batch_remove("attr/PVAddons");
    batch_remove("data/xen-test-vm");
    add_publication(0, publication, true);
    /* The watched node was removed. */
    *batch_next() = xenstore_watch(state_path, own_watch);
    exchange_batch();
}

/* --- the start ------------------------------------------------------------ */

void publish_begin(const char *guest, unsigned int watch)
{
    room = ROOM_ENOUGH;
    removed = false;
    deaf = false;
    unwatched = 0;
    guest_type = guest;
    own_watch = watch;
    own_place = batch.count;
    batch_write(0, guest_path, guest);
    *batch_next() = xenstore_watch(guest_path, own_watch);
    (void)add_constants(description, ARRAY_COUNT(description));
}

void publish_began(void)
{
    removed = batch.requests[own_place].error != 0;
    take_refusals(0);
}

bool publish_all(const struct publication *publication)
{
    const struct xenstore_request *control, *own;
    bool has_control;
    int own_error;

    batch_begin();
    own = add_own_read();
    control = add_the_rest(publication);
    remember_shown(publication);
    exchange_batch();
    has_control = control->error == 0;
    /* A node that the store did not accept at the start was not removed. */
    own_error = removed ? 0 : own->error;
    make_room(publication);
    if (room != ROOM_MADE)
        look_at_own(own_error);
    return has_control;
}

/* --- acknowledgements ----------------------------------------------------- */

/* Take the message's transaction, which is then used up, or begin a new one.
 * Returns 0 or an error. */
static int use_transaction(struct message *message, uint32_t *transaction)
{
    char number[XENSTORE_NUMBER_SIZE];
    struct xenstore_request start =
        xenstore_transaction_start(number, sizeof(number));
    int error = 0;

    *transaction = message->transaction;
    message->transaction = 0;
    if (*transaction == 0) {
        error = xenstore_exchange(&start, 1);
        *transaction = xenstore_transaction_of(&start);
    }
    return error == 0 && *transaction == 0 ? -XEN_EIO : error;
}

/*
 * *same: whether the node holds the message that is to be acknowledged. Returns
 * 0, or why the node could not be read; an absent node holds nothing.
 * -XEN_EAGAIN: perhaps the transaction is gone, and not the node: a forced live
 * update of the daemon ends all transactions.
 */
static int still_holds(uint32_t transaction,
                       const struct acknowledgement *acknowledgement,
                       bool *same)
{
    struct xenstore_request read =
        xenstore_read(transaction, node_paths[acknowledgement->node],
                      batch_value, CONTROL_TEXT_MAX);
    int error = xenstore_exchange(&read, 1);

    *same =
        error == 0 && text_equal(acknowledgement->message,
                                 (struct text){batch_value, read.reply_size});
    if (error != -XEN_ENOENT)
        return error;
    read = xenstore_read(0, read.path, batch_value, CONTROL_TEXT_MAX);
    return xenstore_exchange(&read, 1) == 0 ? -XEN_EAGAIN : 0;
}

/*
 * Try once. 0: *result is the result of the acknowledgement, and *refusal is
 * the store's error if it was refused; everything is committed, except after
 * ACKNOWLEDGE_WITHDRAWN. An error: nothing has happened. -XEN_EAGAIN: somebody
 * else has committed meanwhile, or the transaction is lost; another try may
 * succeed.
 */
static int try_commit(const struct acknowledgement *acknowledgement,
                      const struct publication *publication,
                      struct message *message, enum acknowledged *result,
                      int *refusal)
{
    const char *path = node_paths[acknowledgement->node];
    struct xenstore_request *change = 0;
    uint32_t transaction;
    bool same;
    int error = use_transaction(message, &transaction);

    if (error != 0)
        return error;
    error = still_holds(transaction, acknowledgement, &same);
    /* A request to a former domain is carried out in this one. But a suspend
     * has happened: if the node holds one, that is another request, and its
     * event comes. */
    if (error == 0 && acknowledgement->needed &&
        (message->former ? text_is(acknowledgement->message, "suspend")
                         : !same)) {
        message->transaction = transaction; /* the next publication ends it */
        *result = ACKNOWLEDGE_WITHDRAWN;
        return 0;
    }
    batch_begin();
    if (error == 0 && same) {
        change = batch_next();
        if (acknowledgement->how == ACK_WRITE)
            *change = xenstore_write(transaction, path, acknowledgement->text);
        else
            *change = xenstore_remove(transaction, path);
    }
    if (error == 0)
        add_publication(transaction, publication, false);
    *batch_next() = xenstore_transaction_end(transaction, error == 0);
    batch_exchange();
    if (error == 0)
        error = batch.requests[batch.count - 1].error;
    if (error != 0)
        return error == -XEN_ENOENT ? -XEN_EAGAIN : error;
    remember_shown(publication);
    take_refusals(change ? 1 : 0);
    *refusal = change ? change->error : 0;
    if (change && *refusal == 0)
        inbox_acknowledged(acknowledgement->node);
    *result = !same           ? ACKNOWLEDGE_LATE
              : *refusal == 0 ? ACKNOWLEDGED
                              : ACKNOWLEDGE_REFUSED;
    return 0;
}

void publish_changes(const struct publication *publication,
                     struct message *message)
{
    batch_begin();
    if (message->transaction != 0)
        *batch_next() = xenstore_transaction_end(message->transaction, false);
    message->transaction = 0;
    add_publication(0, publication, false);
    if (batch.count == 0)
        return;
    batch_exchange();
    remember_shown(publication);
    take_refusals(0);
    make_room(publication);
}

enum acknowledged publish_commit(const struct acknowledgement *acknowledgement,
                                 const struct publication *publication,
                                 struct message *message)
{
    const char *path = node_paths[acknowledgement->node];
    enum acknowledged result = ACKNOWLEDGE_REFUSED;
    int refusal = 0, error = 0;

    if (acknowledgement->wanted) {
        for (unsigned int i = 0; i < COMMIT_TRIES_MAX; i++) {
            error = try_commit(acknowledgement, publication, message, &result,
                               &refusal);
            if (error != -XEN_EAGAIN)
                break;
        }
    }
    /* Neither the answer nor the state of a withdrawn request is shown. */
    if (result == ACKNOWLEDGE_WITHDRAWN)
        return result;
    /* The store may accept without a transaction what it refused in one. */
    if (!acknowledgement->wanted || error != 0)
        publish_changes(publication, message);
    make_room(publication);
    refusal = error != 0 ? error : refusal;
    if (acknowledgement->wanted && refusal != 0 && !acknowledgement->again)
        log_info("publish", "%s cannot be acknowledged: %s", path,
                 error_name(refusal));
    if (acknowledgement->wanted && result == ACKNOWLEDGE_LATE)
        log_info("publish", "%s holds something else by now: left as it is",
                 path);
    return result;
}
