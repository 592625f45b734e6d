/* SPDX-License-Identifier: MIT */
/*
 * language - the members of a command and their words, one row each. Pure.
 *
 * Together with the actions in action.c these tables define the control
 * language; docs/control-protocol.md is checked against them. command.c reads
 * commands by these tables, and vmctl writes commands by them.
 */
#ifndef DECIDE_LANGUAGE_H
#define DECIDE_LANGUAGE_H

#include <stdint.h>

#include "decide/action.h"
#include "lib/format.h"

/* A number that grows when an old command gets another meaning, or is no longer
 * accepted. New actions, members and words do not change it. */
#define LANGUAGE_PROTOCOL "1"

/* The form of a value. All but numbers are texts. */
enum member_form {
    FORM_NUMBER,
    FORM_TEXT,
    FORM_ACTION,   /* the name of an action */
    FORM_PATH,     /* below the domain's own directory */
    FORM_DEVICE,   /* the name of a folder below device/, such as "vbd/51712" */
    FORM_IP,       /* an IPv4 address */
    FORM_OPERANDS, /* of a hypercall: operands.h */
};

enum member_use {
    USE_ALWAYS,
    USE_REQUIRED,
    USE_ONSHUTDOWN, /* refused together with "now" */
    USE_OF_ACTION,  /* only for some actions; for others it is unknown */
};

struct member_row {
    const char *name;
    uint32_t min, max; /* of the number, or of the text's size in bytes */
    uint8_t use;       /* enum member_use */
    uint8_t form;      /* enum member_form */
    uint8_t words;     /* the first of its rows in language_words[] */
    uint8_t words_count;
    uint16_t at; /* the offset in struct command; 0: it is not kept as it is */
};

extern const struct member_row language_members[MEMBERS];

/* Words that a member takes. If the member keeps no other text, it accepts only
 * these words. */
struct words_row {
    const char *const *words; /* a place is the word's number; may be null */
    uint8_t count;            /* places */
    uint8_t shown;            /* of them, in the answer of `capabilities` */
    uint8_t action;           /* enum action; ACTION_COUNT: all actions */
    uint16_t at;              /* the offset of the number in struct command */
};

extern const struct words_row language_words[];

/* The names of the attacks, by enum attack_mode. */
extern const char *const language_attacks[];

#define LANGUAGE_MAX 1800 /* enough for what language_write() writes */

/* Write a JSON object: version, commit, and the whole language. */
void language_write(struct writer *writer);

#endif
