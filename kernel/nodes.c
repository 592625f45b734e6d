/* SPDX-License-Identifier: MIT */
/*
 * nodes - this domain's part of xenstore; see nodes.h.
 */
#include "kernel/nodes.h"

#include "drivers/xenbus.h"
#include "drivers/xenstore.h"
#include "kernel/memory.h"
#include "kernel/vcpus.h"
#include "lib/error.h"
#include "lib/log.h"
#include "lib/string.h"

/* Numbers of events behind those of the nodes. */
#define WATCH_MEMORY  NODE_COUNT
#define WATCH_VCPUS   (NODE_COUNT + 1)
#define WATCH_DEVICES (NODE_COUNT + 2)
#define WATCH_OWN     (XENSTORE_WATCH_MAX - 1)

_Static_assert(WATCH_DEVICES + XENBUS_DEVICE_MAX < WATCH_OWN,
               "each device has a number of its own");

#define OWN "data/xen-test-vm/"

/* A store may permit a few watches only: in the order of what is lost without
 * them. Without one of the first, we are deaf. */
static const enum node watch_order[NODE_COUNT] = {
    NODE_SHUTDOWN,
    NODE_DATA_TESTING,
    NODE_TESTING,
    NODE_SYSRQ,
};
#define VITAL_WATCHES 3

/* Every conflict means that somebody else committed; then it is our turn. */
#define COMMIT_TRIES_MAX 64

/* Somebody who never stops writing does not keep us from a suspend. */
#define HOLD_READS_MAX 64

#define NUMBER_SIZE 11 /* 32 bits in decimal, and a NUL or one too many */

/* Where reads arrive. */
static char texts[NODE_COUNT][CONTROL_TEXT_MAX];

/* Messages that are read and not handled: at most one a node, oldest first. */
static struct {
    enum node order[NODE_COUNT];
    unsigned int count;
    bool gone[NODE_COUNT];   /* the text, and then the node held nothing */
    bool former[NODE_COUNT]; /* read before a resume, of another domain */
    size_t sizes[NODE_COUNT];
    char texts[NODE_COUNT][CONTROL_TEXT_MAX];
} waiting;

/* The newest message is of a former domain: its node is not the one here. */
static bool taken_is_former;

/* Its text was passed over, and is to be looked at once more. */
static bool shutdown_unread;

/* A transaction that nothing was asked in yet; 0: there is none. */
static uint32_t begun;

/* What holds it because of us: its next event is no message. */
static bool echoes[NODE_COUNT];

/* The toolstack has something to say of a vCPU besides vCPU 0. */
static bool more_vcpus;

/* The first node that the store refused to watch; null: it refused none. */
static const char *unwatched;

/* Of a node that requests or commands come by, no event will tell. */
static bool deaf;

/* Whether the store takes all that we publish; made: by publishing less. */
static enum {
    ROOM_ENOUGH,
    ROOM_SHORT,
    ROOM_MADE
} room;

/* The start is that of a new connection: the same domain has had another. */
static bool again;

/* "pv" or "pvh", as published. */
static const char *guest_type;
static const char guest_path[] = OWN "guest";

/* The store took it when this domain began. */
static bool own_taken;

/* Somebody has removed our nodes, and the store does not take them again; or
 * may have, and the store does not tell. */
static bool removed;

/* What the store shows of us, to write only what changes. */
static enum state shown_state;
static unsigned int shown_counters[COUNTER_COUNT];

/* The store has refused some of it: all of it is written once more. */
static bool show_again;

/* --- a batch of requests -------------------------------------------------- */

struct batch {
    struct xenstore_request requests[XENSTORE_BATCH_MAX];
    unsigned int count;
    char numbers[COUNTER_COUNT][TEXT_NUMBER_SIZE];
};

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

const char *nodes_counter_name(enum counter counter)
{
    return counter_paths[counter] + sizeof(OWN) - 1;
}

/* The largest is the start's, which stays below XENSTORE_BATCH_MAX. */
static struct batch batch;

/* The place for one more request. It is made there: copying one costs more. */
static struct xenstore_request *next(void)
{
    return &batch.requests[batch.count++];
}

static void add_write(uint32_t transaction, const char *path, const char *text)
{
    *next() = xenstore_write(transaction, path, text_of(text));
}

static void add_removal(const char *path)
{
    *next() = xenstore_remove(0, path);
}

static enum state visible_state(const struct publication *publication)
{
    return deaf ? MAX(publication->state, STATE_DEAF) : publication->state;
}

static const char state_path[] = OWN "state";

static bool is_publication(const char *path)
{
    bool is = path == state_path;

    for (unsigned int i = 0; i < COUNTER_COUNT; i++)
        is = is || path == counter_paths[i];
    return is;
}

/* Write what differs from what is shown; the state comes last. */
static void add_publication(uint32_t transaction,
                            const struct publication *publication, bool all)
{
    const enum state state = visible_state(publication);

    all = all || show_again;
    for (unsigned int i = 0; room != ROOM_MADE && i < COUNTER_COUNT; i++) {
        unsigned int value = publication->counters[i];

        if (!all && value == shown_counters[i])
            continue;
        *next() = xenstore_write(transaction, counter_paths[i],
                                 text_of_number(batch.numbers[i], value));
    }
    if (publication->answer[0] != '\0')
        add_write(transaction, OWN "reply", publication->answer);
    if (all || state != shown_state)
        add_write(transaction, state_path, state_names[state]);
}

/* What the store was asked to show, it shows from now on; take_refusals() comes
 * next, and has it asked again for what it refused. */
static void remember_shown(const struct publication *publication)
{
    show_again = false;
    shown_state = visible_state(publication);
    memcpy(shown_counters, publication->counters, sizeof(shown_counters));
}

/* libxl does not make this node for the guest, as it does the other features,
 * and refuses it: that tells whose control is, and is no news. */
static const char shutdown_feature[] = "control/feature-shutdown";

static void refused_to_watch(unsigned int index, const char *why)
{
    const char *path = batch.requests[index].path;

    log_error("store", "%s cannot be watched: %s", path, why);
    deaf = deaf || index < VITAL_WATCHES;
    if (!unwatched)
        unwatched = path;
}

static void take_refusals(unsigned int first)
{
    if (!xenstore_is_usable())
        return; /* which has been logged */
    for (unsigned int i = first; i < batch.count; i++) {
        const struct xenstore_request *request = &batch.requests[i];
        const char *why;

        if (request->error == 0)
            continue;
        why = error_name(request->error);
        show_again = show_again || is_publication(request->path);
        /* Of what there is no room for, the first tells enough. */
        if (request->type == XS_WRITE && request->path != shutdown_feature &&
            room != ROOM_SHORT)
            log_info("store", "%s cannot be published: %s", request->path, why);
        if (request->type == XS_WRITE && room == ROOM_ENOUGH &&
            (request->error == -XEN_ENOSPC || request->error == -ERROR_QUOTA))
            room = ROOM_SHORT;
        /* EEXIST: the same domain, which Xen gave no port to mark it with. */
        if (request->type == XS_WATCH && request->error != -XEN_EEXIST)
            refused_to_watch(i, why);
    }
}

static void exchange_batch(void)
{
    (void)xenstore_exchange(batch.requests, batch.count);
    take_refusals(0);
}

/* --- transactions --------------------------------------------------------- */

/* The one that a request has begun. */
static void take_transaction(const struct xenstore_request *start)
{
    begun = 0;
    for (size_t i = 0; start->error == 0 && i < start->reply_size; i++) {
        if (start->reply[i] >= '0' && start->reply[i] <= '9')
            begun = begun * 10 + (uint32_t)(start->reply[i] - '0');
    }
}

/* One that is there, or a new one. 0, or a negative error. */
static int use_transaction(uint32_t *transaction)
{
    char number[NUMBER_SIZE];
    struct xenstore_request start =
        xenstore_transaction_start(number, sizeof(number));
    int error = 0;

    if (begun == 0) {
        error = xenstore_exchange(&start, 1);
        take_transaction(&start);
    }
    *transaction = begun;
    begun = 0;
    return error == 0 && *transaction == 0 ? -XEN_EIO : error;
}

static void add_end_of_unused(void)
{
    if (begun != 0)
        *next() = xenstore_transaction_end(begun, false);
    begun = 0;
}

/* --- what is published -----------------------------------------------------
 */

/* What never changes, in the order in which xenopsd wants to find it. */
struct constant {
    const char *path, *text;
};

static const struct constant description[] = {
    {OWN "version", XEN_TEST_VM_VERSION},
    {"attr/PVAddons/Installed", "1"},
    {"attr/PVAddons/MajorVersion", XEN_TEST_VM_MAJOR},
    {"attr/PVAddons/MinorVersion", XEN_TEST_VM_MINOR},
    {"attr/PVAddons/MicroVersion", XEN_TEST_VM_MICRO},
    {"attr/PVAddons/BuildVersion", "0"},
    {"data/os_name", "xen-test-vm " XEN_TEST_VM_VERSION},
    {"data/os_distro", "xen-test-vm"},
    {"data/os_uname", XEN_TEST_VM_VERSION},
    {"data/os_majorver", XEN_TEST_VM_MAJOR},
    {"data/os_minorver", XEN_TEST_VM_MINOR},
};

static const struct constant features[] = {
    {"control/feature-poweroff", "1"},
    {"control/feature-reboot", "1"},
    {"control/feature-suspend", "1"},
    {shutdown_feature, "1"},
};

/* The last of the requests. */
static struct xenstore_request *add_constants(const struct constant *constants,
                                              unsigned int count)
{
    for (unsigned int i = 0; i < count; i++)
        add_write(0, constants[i].path, constants[i].text);
    return &batch.requests[batch.count - 1];
}

/* What may change; the state comes last. The result is what tells whose control
 * is. */
static const struct xenstore_request *
add_the_rest(const struct publication *publication)
{
    const struct xenstore_request *control;

    batch.count += memory_metrics(&batch.requests[batch.count]);
    control = add_constants(features, ARRAY_COUNT(features));
    if (unwatched)
        add_write(0, OWN "unwatched", unwatched);
    add_publication(0, publication, true);
    return control;
}

/*
 * After somebody has removed what we have published. As long as the store does
 * not take the first node, as while `data` is not ours, it is not asked for
 * more; each message is a reason to try again.
 */
static void publish_again(void)
{
    const struct publication shown = {
        .state = shown_state, .counters = shown_counters, .answer = ""};
    struct xenstore_request first =
        room == ROOM_MADE
            ? xenstore_write(0, state_path, text_of(state_names[shown_state]))
            : xenstore_write(0, guest_path, text_of(guest_type));

    removed = xenstore_exchange(&first, 1) != 0;
    if (removed || room == ROOM_MADE)
        return;
    batch.count = 0;
    (void)add_constants(description, ARRAY_COUNT(description));
    (void)add_the_rest(&shown);
    exchange_batch();
}

/* Covers the events of what we write ourselves. */
static struct xenstore_request *add_own_read(void)
{
    struct xenstore_request *read = next();

    *read = xenstore_read(0, room == ROOM_MADE ? state_path : guest_path, 0, 0);
    read->watch = WATCH_OWN;
    return read;
}

static void look_at_own(int error)
{
    if (error == 0)
        return;
    removed = true;
    if (error != -XEN_ENOENT)
        return;
    log_info("store", "what is published was removed");
    publish_again();
}

static void own_event(void)
{
    batch.count = 0;
    look_at_own(xenstore_exchange(add_own_read(), 1));
}

/* The store has no room for all: nothing may keep it from showing the state and
 * an answer. */
static void make_room(const struct publication *publication)
{
    if (room != ROOM_SHORT)
        return;
    room = ROOM_MADE;
    batch.count = 0;
    for (unsigned int i = 0; i < ARRAY_COUNT(description); i++)
        add_removal(description[i].path);
    /* oxenstored makes the folder of a node that it then refuses. */
    add_removal("attr/PVAddons");
    add_removal("data/xen-test-vm");
    add_publication(0, publication, true);
    /* The node that was watched is gone. */
    *next() = xenstore_watch(state_path, WATCH_OWN);
    exchange_batch();
}

/* --- messages ------------------------------------------------------------- */

static bool is_waiting(enum node node)
{
    for (unsigned int i = 0; i < waiting.count; i++) {
        if (waiting.order[i] == node)
            return true;
    }
    return false;
}

/*
 * A newer text takes the place of an older one. An empty one follows it: the
 * text was a message all the same, and does not stand any more.
 */
static void keep_message(enum node node, const struct xenstore_request *read)
{
    size_t size = read->error == 0 ? read->reply_size : 0;

    if (!is_waiting(node)) {
        waiting.order[waiting.count++] = node;
    } else if (size == 0) {
        waiting.gone[node] = waiting.sizes[node] > 0;
        return;
    }
    waiting.gone[node] = false;
    waiting.former[node] = false;
    waiting.sizes[node] = size;
    memcpy(waiting.texts[node], texts[node], size);
}

/* What stands in the nodes at a start. */
static void find_message(enum node node, const struct xenstore_request *read)
{
    const struct text now = {texts[node], read->reply_size};
    const struct text last = {waiting.texts[node], waiting.sizes[node]};

    /* A request that was left standing is none again. */
    if (again && node != NODE_TESTING && node != NODE_DATA_TESTING &&
        now.size > 0 && text_equal(now, last))
        return;
    keep_message(node, read);
}

static struct xenstore_request read_of(enum node node)
{
    struct xenstore_request read =
        xenstore_read(0, node_paths[node], texts[node], sizeof(texts[node]));

    read.watch = (int)node;
    return read;
}

/* A message wants to be acknowledged in a transaction. That it begins with the
 * read, but behind it, saves a round trip. */
static int read_node(enum node node, bool begin)
{
    char number[NUMBER_SIZE];
    struct xenstore_request requests[] = {
        read_of(node),
        xenstore_transaction_start(number, sizeof(number)),
    };

    begin = begin && !echoes[node] && begun == 0;
    echoes[node] = false;
    (void)xenstore_exchange(requests, begin ? 2 : 1);
    if (begin)
        take_transaction(&requests[1]);
    keep_message(node, &requests[0]);
    return requests[0].error;
}

/* Read the node of the oldest event. False: there is none. */
static bool take_event(bool begin)
{
    unsigned int watch;
    int error;

    if (!xenstore_next_event(&watch)) {
        if (!shutdown_unread)
            return false;
        watch = NODE_SHUTDOWN;
    }
    if (watch >= NODE_COUNT) {
        if (watch == WATCH_MEMORY)
            memory_event();
        else if (watch == WATCH_VCPUS)
            vcpus_event();
        else if (watch == WATCH_OWN)
            own_event();
        else
            xenbus_event(watch);
        return true;
    }
    if (removed)
        publish_again();
    if (watch == NODE_SHUTDOWN)
        shutdown_unread = false;
    error = read_node((enum node)watch, begin);
    if (error != 0 && error != -XEN_ENOENT && xenstore_is_usable())
        log_info("store", "%s cannot be read: %s", node_paths[watch],
                 error_name(error));
    return true;
}

bool nodes_next_message(enum node *node, struct text *text)
{
    while (waiting.count == 0) {
        if (!take_event(true))
            return false;
    }
    *node = waiting.order[0];
    taken_is_former = waiting.former[*node];
    *text = (struct text){waiting.texts[*node], waiting.sizes[*node]};
    if (waiting.gone[*node]) {
        waiting.gone[*node] = false;
        waiting.sizes[*node] = 0;
        return true;
    }
    waiting.count--;
    memmove(&waiting.order[0], &waiting.order[1],
            waiting.count * sizeof(waiting.order[0]));
    return true;
}

void nodes_read_again(void)
{
    shutdown_unread = true;
}

void nodes_hold(void)
{
    unsigned int reads = 0;

    do {
        while (reads < HOLD_READS_MAX && take_event(false))
            reads++;
        xenstore_settle();
    } while (reads < HOLD_READS_MAX && xenstore_has_event());
}

/* --- start ---------------------------------------------------------------- */

static void add_watches(void)
{
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        *next() = xenstore_watch(node_paths[watch_order[i]], watch_order[i]);
}

const char *nodes_start(const char *guest, bool renewed)
{
    static char id[NUMBER_SIZE];
    struct xenstore_request *domid, *devices, *vcpu, *memory;
    unsigned int reads;

    again = renewed;
    batch.count = 0;
    shutdown_unread = false; /* it is read here */
    begun = 0;
    memset(echoes, 0, sizeof(echoes));
    if (!again)
        memset(waiting.former, true, sizeof(waiting.former));
    room = ROOM_ENOUGH;
    removed = false;
    deaf = false;
    unwatched = 0;
    add_watches();
    memory = &batch.requests[batch.count];
    batch.count += memory_requests(memory, WATCH_MEMORY);
    *next() = xenbus_watch(WATCH_DEVICES);
    devices = next();
    *devices = xenbus_list();
    domid = next();
    *domid = xenstore_read(0, "domid", id, sizeof(id) - 1);
    vcpu = next();
    *vcpu = vcpus_request();
    reads = batch.count;
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        *next() = read_of((enum node)i);
    guest_type = guest;
    add_write(0, guest_path, guest);
    *next() = xenstore_watch(guest_path, WATCH_OWN);
    (void)add_constants(description, ARRAY_COUNT(description));

    /* Each request's own error is what counts. */
    (void)xenstore_exchange(batch.requests, batch.count);
    for (unsigned int i = 0; i < NODE_COUNT; i++)
        find_message((enum node)i, &batch.requests[reads + i]);
    xenbus_listed(devices);
    memory_answered(memory);
    more_vcpus = vcpu->error != -XEN_ENOENT;
    own_taken = batch.requests[reads + NODE_COUNT].error == 0;
    take_refusals(0);
    if (domid->error != 0)
        return "?";
    id[domid->reply_size] = '\0';
    return id;
}

void nodes_introduce(const struct publication *publication)
{
    const struct xenstore_request *control, *own;
    bool has_control;
    int own_error;

    batch.count = 0;
    own = add_own_read();
    control = add_the_rest(publication);
    remember_shown(publication);
    exchange_batch();
    has_control = control->error == 0;
    own_error = own_taken ? own->error : 0;
    memory_may_publish(has_control);
    make_room(publication);
    if (room != ROOM_MADE)
        look_at_own(own_error);
    if (again) {
        vcpus_watch();
        vcpus_event();
    } else {
        vcpus_begin(WATCH_VCPUS, more_vcpus);
    }
}

/* --- acknowledgements ----------------------------------------------------- */

static int still_holds(uint32_t transaction,
                       const struct acknowledgement *acknowledgement,
                       bool *same)
{
    static char now[CONTROL_TEXT_MAX];
    struct xenstore_request read = xenstore_read(
        transaction, node_paths[acknowledgement->node], now, sizeof(now));
    int error = xenstore_exchange(&read, 1);

    *same = error == 0 && text_equal(acknowledgement->message,
                                     (struct text){now, read.reply_size});
    return error == -XEN_ENOENT ? 0 : error;
}

/*
 * One try. 0: committed, *result says what became of the acknowledgement and
 * *refusal why it was refused; otherwise nothing has happened.
 */
static int try_commit(const struct acknowledgement *acknowledgement,
                      const struct publication *publication,
                      enum acknowledged *result, int *refusal)
{
    const char *path = node_paths[acknowledgement->node];
    struct xenstore_request *change = 0;
    uint32_t transaction;
    bool same;
    int error = use_transaction(&transaction);

    if (error != 0)
        return error;
    error = still_holds(transaction, acknowledgement, &same);
    /* A former domain's request is done in this one, but for a suspend: that is
     * done. */
    if (error == 0 && !same && acknowledgement->needed &&
        (!taken_is_former || text_is(acknowledgement->message, "suspend"))) {
        begun = transaction; /* it ends with what is published next */
        *result = ACKNOWLEDGE_WITHDRAWN;
        return 0;
    }
    batch.count = 0;
    if (error == 0 && same) {
        change = next();
        *change = acknowledgement->how == ACK_WRITE
                      ? xenstore_write(transaction, path, acknowledgement->text)
                      : xenstore_remove(transaction, path);
    }
    if (error == 0)
        add_publication(transaction, publication, false);
    *next() = xenstore_transaction_end(transaction, error == 0);
    (void)xenstore_exchange(batch.requests, batch.count);
    if (error == 0)
        error = batch.requests[batch.count - 1].error;
    if (error != 0)
        return error;
    remember_shown(publication);
    take_refusals(change ? 1 : 0);
    *refusal = change ? change->error : 0;
    echoes[acknowledgement->node] = change && *refusal == 0;
    /* The text stands no more. */
    if (echoes[acknowledgement->node] && !is_waiting(acknowledgement->node))
        waiting.sizes[acknowledgement->node] = 0;
    *result = !same           ? ACKNOWLEDGE_LATE
              : *refusal == 0 ? ACKNOWLEDGED
                              : ACKNOWLEDGE_REFUSED;
    return 0;
}

void nodes_publish(const struct publication *publication)
{
    batch.count = 0;
    add_end_of_unused();
    add_publication(0, publication, false);
    if (batch.count == 0)
        return;
    (void)xenstore_exchange(batch.requests, batch.count);
    remember_shown(publication);
    take_refusals(0);
    make_room(publication);
}

enum acknowledged nodes_commit(const struct acknowledgement *acknowledgement,
                               const struct publication *publication)
{
    const char *path = node_paths[acknowledgement->node];
    enum acknowledged result = ACKNOWLEDGE_REFUSED;
    int refusal = 0, error = 0;

    if (acknowledgement->wanted) {
        for (unsigned int i = 0; i < COMMIT_TRIES_MAX; i++) {
            error = try_commit(acknowledgement, publication, &result, &refusal);
            if (error != -XEN_EAGAIN)
                break;
        }
    }
    /* What the store does not take in a transaction, it may take without. */
    if (!acknowledgement->wanted || error != 0)
        nodes_publish(publication);
    make_room(publication);
    refusal = error != 0 ? error : refusal;
    if (acknowledgement->wanted && refusal != 0 && !acknowledgement->again)
        log_info("store", "%s cannot be acknowledged: %s", path,
                 error_name(refusal));
    if (acknowledgement->wanted && result == ACKNOWLEDGE_LATE)
        log_info("store", "%s holds something else by now: left as it is",
                 path);
    return result;
}
