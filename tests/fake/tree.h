/* SPDX-License-Identifier: MIT */
/*
 * fake/tree - the nodes and transactions of a xenstored.
 *
 * Paths are absolute. The nodes are a flat list: a node needs no parent, but is
 * removed with it. A transaction sees a node as it was at its first look, and
 * commits only if no node that it looked at has changed since, as C xenstored
 * does. Results are null or the name of the error, as on the wire. There are no
 * permissions.
 */
#ifndef TESTS_FAKE_TREE_H
#define TESTS_FAKE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/text.h"

#define FAKE_PATH_MAX 256 /* bytes, with the NUL */

/* An empty tree; `changed` is called for each change that everybody can see. */
void fake_tree_start(void (*changed)(const char *path));

/* Transaction 0: no transaction. *value is valid until the next change. */
const char *fake_tree_read(uint32_t transaction, const char *path,
                           struct text *value);
const char *fake_tree_write(uint32_t transaction, const char *path,
                            struct text value);
const char *fake_tree_remove(uint32_t transaction, const char *path);

/* The daemons list names in different orders. */
extern bool fake_tree_newest_first;

/* The names directly below `path`, each with its NUL; *names is valid until
 * the next call. */
const char *fake_tree_list(const char *path, struct text *names);

const char *fake_tree_begin(uint32_t *transaction);
const char *fake_tree_end(uint32_t transaction, bool commit);

/* Whether the tree has room for this node. An attack would fill it. */
bool fake_tree_has_room(const char *path);

/* How many nodes there are. */
unsigned int fake_tree_count(void);

/* Drop all transactions. */
void fake_tree_abort(void);

/* Whether a transaction is open. */
bool fake_tree_busy(void);

/* Whether `path` is `top` or below it. */
bool fake_tree_below(const char *path, const char *top);

#endif
