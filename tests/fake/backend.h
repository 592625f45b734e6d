/* SPDX-License-Identifier: MIT */
/*
 * fake/backend - the backend of one device, in domain 0 or another: its part of
 * the store and of the rings.
 *
 * Follows the states of xen/io/xenbus.h as Linux's backends do: it waits, takes
 * what the frontend offers, works, and closes when it is told to or when the
 * frontend closes. Reads and writes the rings with xen/io/ring.h's own macros,
 * and pages through the grants; a request that breaks a rule fails the test.
 *
 * A disk is FAKE_SECTORS sectors of memory. A network keeps the frames that the
 * guest sends, and gives it those that the test says.
 */
#ifndef TESTS_FAKE_BACKEND_H
#define TESTS_FAKE_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/fake/arch.h"
#include "tests/fake/store.h"

#define FAKE_SECTORS   4096
#define FAKE_FRAME_MAX 64

struct fake_backend {
    const char *type; /* "vbd" or "vif" */
    unsigned int number;
    unsigned int domain; /* where the backend is */
    bool connects;       /* when it is offered something */
    bool answers;        /* requests */
    int status;          /* of an answer: BLKIF_RSP_*, NETIF_RSP_* */
    bool refused;        /* to connect: not all of the offer was there */
    evtchn_port_t port;
    grant_ref_t references[2];
    unsigned int request_count;

    char disk[FAKE_SECTORS * 512];
    unsigned int frame_count;
    size_t frame_sizes[FAKE_FRAME_MAX];
    char frames[FAKE_FRAME_MAX][2048];
};

extern struct fake_backend fake_backend;

/* Tell the guest of a device; its backend comes up to `state`. */
void fake_backend_start(const char *type, unsigned int number,
                        unsigned int state);

/* The same device of before, but its backend is in another domain now. */
void fake_backend_move(unsigned int domain, unsigned int state);

/* A node in the backend's folder; null: it goes. */
void fake_backend_tell(const char *name, const char *value);

/* The store's `after`: what the backend does about the frontend's state. */
void fake_backend_observe(const struct fake_request *request);

/* The backend's state, as the toolstack or the test wants it. */
void fake_backend_set(unsigned int state);
bool fake_backend_is(unsigned int state);

/* All of the device leaves the store. */
void fake_backend_remove(void);

/* What the frontend says of its state; 0: nothing. */
unsigned int fake_frontend_state(void);

/* A node in the frontend's folder, as a number; 0: there is none. */
uint32_t fake_frontend_number(const char *name);

/* A frame for the guest. False: it has no room for one. */
bool fake_backend_give(const void *frame, size_t size);

/* The same, said to be at an offset, and for another request than it is. */
bool fake_backend_give_at(const void *frame, size_t size, unsigned int offset,
                          unsigned int more);

/* An answer to a disk's request of that number, asked for or not. */
void fake_backend_answer(uint64_t id, int status);

/* The indices of the ring that the guest sends on, to be broken. */
uint32_t *fake_backend_responses(void);
uint32_t *fake_backend_requests(void);

#endif
