/* SPDX-License-Identifier: MIT */
/*
 * pvh - what the files about a guest in a hardware container share; guest_ops.h
 * says what each does.
 */
#ifndef ARCH_X86_PVH_H
#define ARCH_X86_PVH_H

/* pvh_traps.c. */
int pvh_load_traps(void);
void pvh_unload_traps(void);
unsigned long pvh_fault_address(void);

#endif
