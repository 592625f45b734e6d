/* SPDX-License-Identifier: MIT */
/*
 * tree - the device tree; see tree.h.
 *
 * One pass over the tree. The nodes are known by their names, which are the
 * same from every builder of Xen. All numbers of a tree are big-endian.
 */
#include "arch/arm64/tree.h"

#include <stdbool.h>

#include "lib/error.h"
#include "lib/string.h"

#define MAGIC 0xd00dfeed

/* Words of the header, by number. */
enum {
    HEADER_MAGIC,
    HEADER_SIZE,
    HEADER_NODES,
    HEADER_NAMES,
    HEADER_RESERVED,
    HEADER_VERSION,
    HEADER_LAST_VERSION,
    HEADER_BOOT_CPU,
    HEADER_NAMES_SIZE,
    HEADER_NODES_SIZE,
    HEADER_WORDS
};

/* The form of versions 16 and 17, which are all that there are. */
#define VERSION_MIN      16
#define LAST_VERSION_MAX 17

enum token {
    NODE_BEGINS = 1,
    NODE_ENDS = 2,
    PROPERTY = 3,
    NOTHING = 4,
    TREE_ENDS = 9
};

/* Bytes that may be read. */
struct piece {
    const unsigned char *at;
    size_t left;
};

/* The node that is being read. Nodes of no interest are NODE_OTHER. */
enum node {
    NODE_OTHER,
    NODE_ROOT,
    NODE_CHOSEN,
    NODE_MEMORY,
    NODE_XEN,
    NODE_TIMER,
    NODE_CPUS,
    NODE_CPU
};

/* The number of words of an address and of a size, in the children of a node.
 */
struct cells {
    unsigned int address, size;
};

struct reader {
    struct arm64_tree *tree;
    struct piece nodes, names;
    unsigned int depth; /* of the node being read: 1 is the root */
    enum node node;
    bool among_cpus; /* the latest child of the root is "cpus" */
    struct cells root, cpus;
};

/* Take bytes from the front, or return null if there are fewer. */
static const unsigned char *take(struct piece *piece, size_t size)
{
    const unsigned char *at = piece->at;

    if (size > piece->left)
        return 0;
    piece->at += size;
    piece->left -= size;
    return at;
}

static uint32_t word_at(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

static bool take_word(struct piece *piece, uint32_t *word)
{
    const unsigned char *at = take(piece, sizeof(*word));

    if (at)
        *word = word_at(at);
    return at != 0;
}

/* Take a number of one or two words. */
static bool take_number(struct piece *piece, unsigned int words,
                        uint64_t *number)
{
    uint32_t word;

    *number = 0;
    if (words < 1 || words > 2)
        return false;
    while (words-- > 0) {
        if (!take_word(piece, &word))
            return false;
        *number = *number << 32 | word;
    }
    return true;
}

static bool take_range(struct piece *piece, struct cells cells,
                       struct arm64_range *range)
{
    return take_number(piece, cells.address, &range->start) &&
           take_number(piece, cells.size, &range->size) &&
           range->size <= UINT64_MAX - range->start;
}

/* The text at the front of a piece, or null if it has no end there. */
static const char *text_in(struct piece piece)
{
    for (size_t i = 0; i < piece.left; i++) {
        if (piece.at[i] == '\0')
            return (const char *)piece.at;
    }
    return 0;
}

/* Words keep a multiple of four bytes. */
static bool skip_to_word(struct piece *piece, size_t taken)
{
    return take(piece, -taken % sizeof(uint32_t)) != 0;
}

static bool is(const char *name, const char *wanted)
{
    return strlen(name) == strlen(wanted) &&
           memcmp(name, wanted, strlen(wanted)) == 0;
}

/* Whether it is the name of such a node, with or without an address. */
static bool is_node(const char *name, const char *wanted)
{
    const size_t size = strlen(wanted);

    return strlen(name) >= size && memcmp(name, wanted, size) == 0 &&
           (name[size] == '\0' || name[size] == '@');
}

static enum node node_of(const struct reader *reader, const char *name)
{
    static const struct {
        const char *name;
        enum node node;
    } children[] = {
        {"chosen", NODE_CHOSEN},  {"memory", NODE_MEMORY},
        {"hypervisor", NODE_XEN}, {"timer", NODE_TIMER},
        {"cpus", NODE_CPUS},
    };

    if (reader->depth == 1)
        return NODE_ROOT;
    if (reader->depth == 3 && reader->among_cpus && is_node(name, "cpu"))
        return NODE_CPU;
    for (size_t i = 0; reader->depth == 2 && i < ARRAY_COUNT(children); i++) {
        if (is_node(name, children[i].name))
            return children[i].node;
    }
    return NODE_OTHER;
}

static bool begin_node(struct reader *reader)
{
    const char *name = text_in(reader->nodes);
    const size_t size = name ? strlen(name) + 1 : 0;

    if (!name || !take(&reader->nodes, size) ||
        !skip_to_word(&reader->nodes, size))
        return false;
    reader->depth++;
    reader->node = node_of(reader, name);
    if (reader->depth == 2)
        reader->among_cpus = reader->node == NODE_CPUS;
    return true;
}

/* The properties of a node come before its children. */
static bool end_node(struct reader *reader)
{
    if (reader->depth == 0)
        return false;
    reader->depth--;
    reader->node = NODE_OTHER;
    return true;
}

static bool read_cells(const char *name, struct piece value,
                       struct cells *cells)
{
    uint32_t number;

    if (is(name, "#address-cells"))
        return take_word(&value, &number) && (cells->address = number, true);
    if (is(name, "#size-cells"))
        return take_word(&value, &number) && (cells->size = number, true);
    return true;
}

/* A bank goes to its place by address. More banks than there is room for are
 * left out, which no builder has. */
static bool read_banks(struct reader *reader, struct piece value)
{
    struct arm64_tree *tree = reader->tree;
    struct arm64_range bank;
    unsigned int i;

    while (value.left > 0) {
        if (!take_range(&value, reader->root, &bank))
            return false;
        if (bank.size == 0 || tree->bank_count == ARM64_BANK_MAX)
            continue;
        for (i = tree->bank_count++;
             i > 0 && tree->banks[i - 1].start > bank.start; i--)
            tree->banks[i] = tree->banks[i - 1];
        tree->banks[i] = bank;
    }
    return true;
}

static bool read_cpu(struct reader *reader, struct piece value)
{
    struct arm64_tree *tree = reader->tree;
    uint64_t mpidr;

    if (!take_number(&value, reader->cpus.address, &mpidr))
        return false;
    if (tree->cpu_count < ARCH_VCPU_MAX)
        tree->cpus[tree->cpu_count++] = mpidr;
    return true;
}

static bool read_property(struct reader *reader, const char *name,
                          struct piece value)
{
    struct arm64_tree *tree = reader->tree;

    switch (reader->node) {
    case NODE_ROOT:
        return read_cells(name, value, &reader->root);
    case NODE_CPUS:
        return read_cells(name, value, &reader->cpus);
    case NODE_CHOSEN:
        if (!is(name, "bootargs"))
            return true;
        tree->command_line = text_in(value);
        return tree->command_line != 0;
    case NODE_MEMORY:
        return !is(name, "reg") || read_banks(reader, value);
    case NODE_XEN:
        return !is(name, "reg") ||
               take_range(&value, reader->root, &tree->for_xen);
    case NODE_TIMER:
        return !is(name, "clock-frequency") ||
               take_word(&value, &tree->clock_hz);
    case NODE_CPU:
        return !is(name, "reg") || read_cpu(reader, value);
    case NODE_OTHER:
        break;
    }
    return true;
}

static bool take_property(struct reader *reader)
{
    struct piece name = reader->names, value;
    uint32_t size, name_at;

    if (!take_word(&reader->nodes, &size) ||
        !take_word(&reader->nodes, &name_at) || !take(&name, name_at))
        return false;
    value = (struct piece){.at = take(&reader->nodes, size), .left = size};
    return value.at && text_in(name) && skip_to_word(&reader->nodes, size) &&
           read_property(reader, text_in(name), value);
}

/* True: the tree has been read to its end. */
static bool read_nodes(struct reader *reader)
{
    uint32_t token;

    while (take_word(&reader->nodes, &token)) {
        switch ((enum token)token) {
        case NODE_BEGINS:
            if (!begin_node(reader))
                return false;
            break;
        case NODE_ENDS:
            if (!end_node(reader))
                return false;
            break;
        case PROPERTY:
            if (!take_property(reader))
                return false;
            break;
        case NOTHING:
            break;
        case TREE_ENDS:
            return reader->depth == 0;
        default:
            return false;
        }
    }
    return false;
}

/* A part of the tree that the header names. */
static bool find_part(struct piece tree, uint32_t at, uint32_t size,
                      struct piece *part)
{
    if (!take(&tree, at) || size > tree.left)
        return false;
    *part = (struct piece){.at = tree.at, .left = size};
    return true;
}

int arm64_tree_read(const void *bytes, size_t room, struct arm64_tree *tree)
{
    struct piece all = {.at = bytes, .left = room};
    struct piece header = all;
    uint32_t words[HEADER_WORDS];
    struct reader reader = {
        .tree = tree,
        .root = {.address = 2, .size = 1}, /* unless the tree says otherwise */
        .cpus = {.address = 1, .size = 0},
    };

    *tree = (struct arm64_tree){.command_line = ""};
    for (unsigned int i = 0; i < HEADER_WORDS; i++) {
        if (!take_word(&header, &words[i]))
            return -XEN_EINVAL;
    }
    if (words[HEADER_MAGIC] != MAGIC || words[HEADER_SIZE] > room ||
        words[HEADER_VERSION] < VERSION_MIN ||
        words[HEADER_LAST_VERSION] > LAST_VERSION_MAX)
        return -XEN_EINVAL;
    all.left = words[HEADER_SIZE];
    tree->size = all.left;
    if (!find_part(all, words[HEADER_NODES], words[HEADER_NODES_SIZE],
                   &reader.nodes) ||
        !find_part(all, words[HEADER_NAMES], words[HEADER_NAMES_SIZE],
                   &reader.names) ||
        !read_nodes(&reader))
        return -XEN_EINVAL;
    return tree->bank_count > 0 && tree->for_xen.size > 0 && tree->cpu_count > 0
               ? 0
               : -XEN_EINVAL;
}
