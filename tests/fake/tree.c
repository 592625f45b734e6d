/* SPDX-License-Identifier: MIT */
/*
 * fake/tree - the nodes of a xenstored; see fake/tree.h.
 */
#include "tests/fake/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lib/macros.h"

#define NODE_MAX        512
#define RESERVED        64 /* nodes that no attack fills */
#define VALUE_MAX       4096
#define TRANSACTION_MAX 4
#define ACCESS_MAX      24

struct value {
    bool present;
    size_t size;
    char bytes[VALUE_MAX];
};

/* Never freed: an absent node has a generation, too. */
struct node {
    char path[FAKE_PATH_MAX];
    unsigned int generation; /* changes with the value */
    struct value value;
};

/* A node as one transaction sees it. */
struct access {
    struct node *node;
    unsigned int generation; /* at the first look */
    bool changed;
    struct value value;
};

static struct transaction {
    uint32_t id; /* 0: unused */
    unsigned int access_count;
    struct access accesses[ACCESS_MAX];
} transactions[TRANSACTION_MAX];

static struct node nodes[NODE_MAX];
static unsigned int node_count, generation;
static uint32_t last_id;
static void (*tell)(const char *path);

bool fake_tree_newest_first;

void fake_tree_start(void (*changed)(const char *path))
{
    for (unsigned int i = 0; i < TRANSACTION_MAX; i++)
        transactions[i].id = 0;
    node_count = 0;
    generation = 0;
    last_id = 0;
    tell = changed;
}

bool fake_tree_below(const char *path, const char *top)
{
    size_t size = strlen(top);

    return strncmp(path, top, size) == 0 &&
           (path[size] == '\0' || path[size] == '/');
}

static struct node *known_node(const char *path)
{
    for (unsigned int i = 0; i < node_count; i++) {
        if (strcmp(nodes[i].path, path) == 0)
            return &nodes[i];
    }
    return NULL;
}

bool fake_tree_has_room(const char *path)
{
    return node_count < NODE_MAX - RESERVED || known_node(path);
}

static struct node *node_of(const char *path)
{
    struct node *node = known_node(path);

    if (node)
        return node;
    assert_true(node_count < NODE_MAX && strlen(path) < FAKE_PATH_MAX);
    strcpy(nodes[node_count].path, path);
    nodes[node_count].generation = 0;
    nodes[node_count].value.present = false;
    return &nodes[node_count++];
}

static struct transaction *transaction_of(uint32_t id)
{
    for (unsigned int i = 0; i < TRANSACTION_MAX; i++) {
        if (id != 0 && transactions[i].id == id)
            return &transactions[i];
    }
    return NULL;
}

/* The bytes that are not used are not copied: the simulator does this often. */
static void copy(struct value *to, const struct value *from)
{
    to->present = from->present;
    to->size = from->size;
    memcpy(to->bytes, from->bytes, from->size);
}

static struct access *access_of(struct transaction *transaction,
                                struct node *node)
{
    struct access *access = transaction->accesses;

    for (unsigned int i = 0; i < transaction->access_count; i++, access++) {
        if (access->node == node)
            return access;
    }
    assert_true(transaction->access_count < ACCESS_MAX);
    transaction->access_count++;
    access->node = node;
    access->generation = node->generation;
    access->changed = false;
    copy(&access->value, &node->value);
    return access;
}

static void set(struct value *value, const struct text *text)
{
    value->present = text != NULL;
    value->size = text ? text->size : 0;
    if (text && text->size > 0)
        memcpy(value->bytes, text->bytes, text->size);
}

/* A null text makes the node absent. */
static const char *change(uint32_t id, struct node *node,
                          const struct text *text)
{
    struct transaction *transaction = transaction_of(id);
    struct access *access;

    if (id != 0 && !transaction)
        return "ENOENT";
    if (transaction) {
        access = access_of(transaction, node);
        access->changed = true;
        set(&access->value, text);
        return NULL;
    }
    node->generation = ++generation;
    set(&node->value, text);
    tell(node->path);
    return NULL;
}

const char *fake_tree_read(uint32_t id, const char *path, struct text *value)
{
    struct transaction *transaction = transaction_of(id);
    struct node *node = node_of(path);
    const struct value *seen = &node->value;

    if (id != 0 && !transaction)
        return "ENOENT";
    if (transaction)
        seen = &access_of(transaction, node)->value;
    *value = (struct text){seen->bytes, seen->size};
    return seen->present ? NULL : "ENOENT";
}

const char *fake_tree_write(uint32_t id, const char *path, struct text value)
{
    return value.size > VALUE_MAX ? "E2BIG" : change(id, node_of(path), &value);
}

/* Removing an absent node succeeds. */
const char *fake_tree_remove(uint32_t id, const char *path)
{
    const char *error = NULL;
    struct text value;

    if (id != 0 && !transaction_of(id))
        return "ENOENT";
    for (unsigned int i = 0; i < node_count && !error; i++) {
        if (fake_tree_below(nodes[i].path, path) &&
            !fake_tree_read(id, nodes[i].path, &value))
            error = change(id, &nodes[i], NULL);
    }
    return error;
}

unsigned int fake_tree_count(void)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < node_count; i++)
        count += nodes[i].value.present;
    return count;
}

/* Whether `name` is one of the names. */
static bool has_name(const char *names, size_t size, const char *name)
{
    for (size_t at = 0; at < size; at += strlen(&names[at]) + 1) {
        if (strcmp(&names[at], name) == 0)
            return true;
    }
    return false;
}

const char *fake_tree_list(const char *path, struct text *names)
{
    static char bytes[VALUE_MAX];
    const size_t top = strlen(path);
    size_t size = 0;
    bool present = false;

    for (unsigned int i = 0; i < node_count; i++) {
        const struct node *node =
            &nodes[fake_tree_newest_first ? node_count - 1 - i : i];
        char name[FAKE_PATH_MAX];

        if (!node->value.present || !fake_tree_below(node->path, path))
            continue;
        present = true;
        if (node->path[top] == '\0')
            continue;
        strcpy(name, &node->path[top + 1]);
        name[strcspn(name, "/")] = '\0';
        if (has_name(bytes, size, name))
            continue;
        if (size + strlen(name) + 1 > sizeof(bytes))
            return "E2BIG";
        strcpy(&bytes[size], name);
        size += strlen(name) + 1;
    }
    *names = (struct text){bytes, size};
    return present ? NULL : "ENOENT";
}

const char *fake_tree_begin(uint32_t *id)
{
    for (unsigned int i = 0; i < TRANSACTION_MAX; i++) {
        if (transactions[i].id == 0) {
            transactions[i].id = *id = ++last_id;
            transactions[i].access_count = 0;
            return NULL;
        }
    }
    return "ENOSPC";
}

void fake_tree_abort(void)
{
    for (unsigned int i = 0; i < TRANSACTION_MAX; i++)
        transactions[i].id = 0;
}

bool fake_tree_busy(void)
{
    for (unsigned int i = 0; i < TRANSACTION_MAX; i++) {
        if (transactions[i].id != 0)
            return true;
    }
    return false;
}

const char *fake_tree_end(uint32_t id, bool commit)
{
    struct transaction *transaction = transaction_of(id);
    const struct access *access;

    if (!transaction)
        return "ENOENT";
    transaction->id = 0;
    for (unsigned int i = 0; commit && i < transaction->access_count; i++) {
        access = &transaction->accesses[i];
        if (access->node->generation != access->generation)
            return "EAGAIN";
    }
    for (unsigned int i = 0; commit && i < transaction->access_count; i++) {
        const struct text text = {transaction->accesses[i].value.bytes,
                                  transaction->accesses[i].value.size};

        access = &transaction->accesses[i];
        if (access->changed)
            (void)change(0, access->node, access->value.present ? &text : NULL);
    }
    return NULL;
}
