/* SPDX-License-Identifier: MIT */
/*
 * attack_part - what the attacks on one part of the host have to say to
 * kernel/attack.c. Each part is a file kernel/attack_*.c.
 */
#ifndef KERNEL_ATTACK_PART_H
#define KERNEL_ATTACK_PART_H

#include "decide/command.h"

/* The attack that runs. The parts count. */
struct attack {
    enum attack_mode mode;
    uint32_t wanted; /* tries */
    uint32_t begun;
    uint32_t tried, refused; /* with a result */
    int error;               /* of the last refused try */
    int undo_error;          /* of giving back; 0: all was given back */
};

extern struct attack attack;

/* Count the result of a try: 0, or a negative Xen errno. */
void attack_judge(int error);

/*
 * A slice of tries that have their results at once: try at most `most` times.
 * False: all tries were made, or `try_one` could not make this one, which does
 * not count.
 */
bool attack_some(unsigned int most, bool (*try_one)(uint32_t number));

/* Null: there is nothing to do. */
struct attack_part {
    /* False: the part cannot work now, and if may_return() is false, too, the
     * attack ends with the error `lost`. Null: it always can; it never will. */
    bool (*is_usable)(void), (*may_return)(void);
    const char *lost;

    void (*start)(void);

    /* A slice of tries. True: the next slice is due at *wake_ns, which is now,
     * unless the part changes it. False: there are no more tries. */
    bool (*try)(uint64_t *wake_ns);

    /* Give some back. True: call it again. */
    bool (*give_back)(void);

    /* Wait until all is as it was before. True: look again at *wake_ns, which
     * is now, unless the part changes it. Nobody waits if other work comes. */
    bool (*settle)(uint64_t *wake_ns);

    /* The domain is a new one, and has none of what it got. */
    void (*renewed)(void);
};

extern const struct attack_part attack_store, attack_console, attack_channels,
    attack_grants, attack_device;

#endif
