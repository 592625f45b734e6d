/* SPDX-License-Identifier: MIT */
/*
 * inbox - messages that were read and not handled yet; see inbox.h.
 */
#include "kernel/inbox.h"

#include "lib/assert.h"
#include "lib/string.h"

/* The replies to reads of the nodes of requests: inbox_found() compares them
 * with the messages. A reply from any other node replaces its message at
 * once, since only a newer text brings any bytes. */
static char replies[NODE_COUNT - NODE_SHUTDOWN][CONTROL_TEXT_MAX];

_Static_assert(NODE_TESTING < NODE_SHUTDOWN &&
                   NODE_DATA_TESTING < NODE_SHUTDOWN,
               "the other nodes come first");
_Static_assert(CONTROL_TEXT_MAX >= XENSTORE_PAYLOAD_MAX,
               "no reply is cut, which would spoil a message that waits");

/* The messages. A text stays after its message was taken: see inbox_found(). */
static struct {
    enum node order[NODE_COUNT]; /* of the messages that wait, oldest first */
    unsigned int count;          /* of the messages that wait */
    bool gone[NODE_COUNT]; /* an empty message follows: the text was removed */
    bool former[NODE_COUNT]; /* sent to a former domain, and stood there */
    bool used[NODE_COUNT];   /* the VM has seen a text in it since its boot */
    size_t sizes[NODE_COUNT];
    char texts[NODE_COUNT][CONTROL_TEXT_MAX];
} waiting;

/* The transaction that was begun with the last read; 0: none. */
static uint32_t transaction;

/* The VM has just acknowledged a message in this node. That causes the node's
 * next event, which brings no message to acknowledge: no transaction is begun
 * with that read. */
static bool echoes[NODE_COUNT];

void inbox_begin(bool same_domain)
{
    transaction = 0;
    memset(echoes, 0, sizeof(echoes));
    /* A message that vanished before a resume was withdrawn in its domain. */
    for (unsigned int i = 0; i < NODE_COUNT; i++) {
        if (!same_domain && !waiting.gone[i])
            waiting.former[i] = true;
    }
}

static char *reply_to(enum node node)
{
    return node < NODE_SHUTDOWN ? waiting.texts[node]
                                : replies[node - NODE_SHUTDOWN];
}

static bool is_waiting(enum node node)
{
    for (unsigned int i = 0; i < waiting.count; i++) {
        if (waiting.order[i] == node)
            return true;
    }
    return false;
}

/*
 * A newer text replaces an older one. An empty node does not replace a text:
 * the text was a message, and the empty message follows it.
 */
static void keep_message(enum node node, const struct xenstore_request *read)
{
    size_t size = read->error == 0 ? read->reply_size : 0;

    if (!is_waiting(node)) {
        ASSERT(waiting.count < NODE_COUNT);
        waiting.order[waiting.count++] = node;
    } else if (size == 0) {
        waiting.gone[node] = waiting.sizes[node] > 0;
        return;
    }
    waiting.gone[node] = false;
    waiting.former[node] = false;
    waiting.used[node] = waiting.used[node] || size > 0;
    waiting.sizes[node] = size;
    memmove(waiting.texts[node], reply_to(node), size);
}

void inbox_found(enum node node, const struct xenstore_request *read,
                 bool same_domain)
{
    const struct text now = {reply_to(node), read->reply_size};
    const struct text last = {waiting.texts[node], waiting.sizes[node]};

    /* In the same domain, a request that is still there is no new request. */
    if (same_domain && node >= NODE_SHUTDOWN && now.size > 0 &&
        text_equal(now, last))
        return;
    /* An empty message means that a text is gone. */
    if (now.size == 0 && !waiting.used[node])
        return;
    keep_message(node, read);
}

void inbox_request(enum node node, struct xenstore_request *read)
{
    *read =
        xenstore_read(0, node_paths[node], reply_to(node), CONTROL_TEXT_MAX);
    read->watch = (int)node;
}

int inbox_read(enum node node, bool begin)
{
    char number[XENSTORE_NUMBER_SIZE];
    struct xenstore_request requests[2];

    inbox_request(node, &requests[0]);
    requests[1] = xenstore_transaction_start(number, sizeof(number));
    begin = begin && !echoes[node] && transaction == 0;
    echoes[node] = false;
    (void)xenstore_exchange(requests, begin ? 2 : 1);
    if (begin)
        transaction = xenstore_transaction_of(&requests[1]);
    keep_message(node, &requests[0]);
    return requests[0].error;
}

bool inbox_take(struct message *message)
{
    enum node node;

    if (waiting.count == 0)
        return false;
    /* A transaction is begun only with a read that brings the only message. */
    ASSERT(transaction == 0 || waiting.count == 1);
    node = waiting.order[0];
    *message = (struct message){
        .node = node,
        .text = {waiting.texts[node], waiting.sizes[node]},
        .former = waiting.former[node],
        .transaction = transaction,
    };
    transaction = 0;
    if (waiting.gone[node]) {
        /* The empty message keeps the place. */
        waiting.gone[node] = false;
        waiting.sizes[node] = 0;
        return true;
    }
    waiting.count--;
    memmove(&waiting.order[0], &waiting.order[1],
            waiting.count * sizeof(waiting.order[0]));
    return true;
}

void inbox_acknowledged(enum node node)
{
    echoes[node] = true;
    if (!is_waiting(node))
        waiting.sizes[node] = 0;
}
