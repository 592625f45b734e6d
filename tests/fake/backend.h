/* SPDX-License-Identifier: MIT */
/*
 * fake/backend - the backend of one device, in domain 0 or another: its part of
 * the store and of the rings.
 *
 * Follows the states of xen/io/xenbus.h as Linux's backends do: it waits, takes
 * the frontend's offer, works, and closes when the test or the frontend closes
 * the device. Accesses the rings by the macros of xen/io/ring.h, and pages by
 * their grants. A request that breaks a rule fails the test,
 * unless it is part of an attack, and the test expects one.
 *
 * A disk is FAKE_SECTORS sectors of memory. A network keeps the frames that the
 * guest sends, and gives the guest the frames of the test.
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
    const char *type; /* one of `kinds` in backend.c */
    unsigned int number;
    unsigned int domain; /* domain of the backend */
    bool connects;       /* when the frontend makes an offer */
    bool answers;        /* answers requests */
    bool forgives;       /* a page that is not lent fails only its request;
                          * requests of an attack are answered */
    bool gives_up;       /* at a wrong request: answers nothing any more */
    bool lied;           /* its own lies in the ring are no requests */
    int status;          /* of answers: BLKIF_RSP_*, NETIF_RSP_* */
    bool refused;        /* to connect: the offer was not complete */
    evtchn_port_t port;
    grant_ref_t references[2];
    unsigned int request_count;

    char disk[FAKE_SECTORS * 512];
    unsigned int frame_count;
    size_t frame_sizes[FAKE_FRAME_MAX];
    char frames[FAKE_FRAME_MAX][2048];
};

extern struct fake_backend fake_backend;

/* Create a device; its backend starts in `state`. */
void fake_backend_start(const char *type, unsigned int number,
                        unsigned int state);

/* Create the same device again, with its backend in another domain. */
void fake_backend_move(unsigned int domain, unsigned int state);

/* Write a node in the backend's folder; null: remove it. */
void fake_backend_tell(const char *name, const char *value);

/* The store's `after`: let the backend react to the frontend's state. */
void fake_backend_observe(const struct fake_request *request);

/* Set or check the backend's state. */
void fake_backend_set(unsigned int state);
bool fake_backend_is(unsigned int state);

/* Remove the whole device from the store. */
void fake_backend_remove(void);

/* The state that the frontend publishes; 0: none. */
unsigned int fake_frontend_state(void);

/* A node in the frontend's folder, as a number; 0: absent. */
uint32_t fake_frontend_number(const char *name);

/* Give the guest a frame. False: the guest has no buffer for it. */
bool fake_backend_give(const void *frame, size_t size);

/* The same, but the response claims this offset, and the id of
 * another request. */
bool fake_backend_give_at(const void *frame, size_t size, unsigned int offset,
                          unsigned int more);

/* Whether all pages of the disk requests in the ring are lent. */
bool fake_backend_has_pages(void);

/* Answer a disk request by number, even one that the guest did not make. */
void fake_backend_answer(uint64_t id, int status);

/* The ring indices on which the guest sends, for a test that breaks them. */
uint32_t *fake_backend_responses(void);
uint32_t *fake_backend_requests(void);

#endif
