/* SPDX-License-Identifier: MIT */
/*
 * plugged - deeds about devices: those of the toolstack and of a backend.
 *
 * There is one device with a backend. Beside it there may be a crowd: folders
 * that belong to no backend, more than the VM has places for, or more than one
 * reply can list.
 */
#ifndef TESTS_SIMULATE_PLUGGED_H
#define TESTS_SIMULATE_PLUGGED_H

#include <stdbool.h>

#include "tests/simulate/run.h"

void plugged_start(void);

/* Deeds. */
void plugged_plug(struct dice *dice);
void plugged_unplug(struct dice *dice);
void plugged_move(struct dice *dice);
void plugged_crowd(struct dice *dice);
void plugged_resize(struct dice *dice);
void plugged_pause(struct dice *dice);
void plugged_set_backend(struct dice *dice);
void plugged_lie(struct dice *dice);
void plugged_unplug_late(struct dice *dice);

/* Plug a disk if no device is there. */
void plugged_need_disk(void);

/* The backend writes its state once more, as it is. If there is none, a disk
 * is plugged. */
void plugged_stir(void);

/* A new domain has the device of the old one, and no crowd. */
void plugged_tell_again(void);

/* Somebody else disturbs the device: it may be disconnected now. */
void plugged_meddle(void);

/* The toolstack removes the crowd, and the backend answers. */
void plugged_heal(void);

/* Whether the device must be connected. */
bool plugged_must_work(void);

/* A step has passed: fails the run if a page is missing. */
void plugged_tick(void);

/* Check that the device is connected, if it must be, and that it holds a port
 * and no more pages than it needs. Fails the run if not. */
void plugged_check(void);

/* The size of the disk; 0: there is none, or it need not be connected. */
unsigned int plugged_disk_mib(void);

#endif
