/* SPDX-License-Identifier: MIT */
/*
 * attack_console - attacks on the console's daemon: bytes that no terminal
 * should obey, indices that lie, input that nobody reads.
 */
#include "drivers/console.h"
#include "kernel/attack_part.h"
#include "lib/time.h"

#define SLICE_MAX 32 /* the ring has room for 32 pieces */
#define PIECE     64 /* bytes */

/* A terminal that obeys is reset, tells its name and where its cursor is, takes
 * a title, tells its settings, fills the clipboard, locks its keyboard, and
 * shows another screen. */
static const char escapes[] = "\033c\033[c\033[6n\033]0;title\007\033P$qm\033\\"
                              "\033]52;c;YQ==\007\033[2h\033[?1049h";

/* All bytes, in turn with these texts; never a line end. */
static bool put_piece(uint32_t number)
{
    char piece[PIECE];

    for (unsigned int i = 0; i < sizeof(piece); i++) {
        const char byte = number % 2 == 0 ? escapes[i % sizeof(escapes)]
                                          : (char)(number / 2 * PIECE + i);

        piece[i] = byte == '\n' || byte == '\r' ? '\0' : byte;
    }
    return console_put_bytes((struct text){piece, sizeof(piece)});
}

static bool try_bytes(uint64_t *wake_ns)
{
    if (attack_some(SLICE_MAX, put_piece))
        return true;
    *wake_ns = TIME_NEVER; /* until the daemon has read */
    return attack.tried < attack.wanted;
}

static bool lie(uint32_t number)
{
    console_lie(number);
    return true;
}

static bool try(uint64_t *wake_ns)
{
    if (attack.mode == ATTACK_CONSOLE_BYTES)
        return try_bytes(wake_ns);
    /* One for each slice: a line of the VM tells the truth again. */
    if (attack.mode == ATTACK_CONSOLE_LIES)
        return attack_some(1, lie);
    console_ignore_input(true);
    attack.tried = attack.wanted;
    return false;
}

static bool give_back(void)
{
    if (attack.mode == ATTACK_CONSOLE_BYTES)
        (void)console_put_line(TEXT("\033c"));
    console_tell_truth();
    console_ignore_input(false);
    return false;
}

/* In a new domain the ring is a new one, and input is read again. */
static void renewed(void)
{
    console_ignore_input(attack.mode == ATTACK_CONSOLE_DEAF);
}

const struct attack_part attack_console = {
    .is_usable = console_is_usable,
    .lost = "the console does not work",
    .try = try,
    .give_back = give_back,
    .renewed = renewed,
};
