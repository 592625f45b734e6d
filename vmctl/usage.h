/* SPDX-License-Identifier: MIT */
/*
 * usage - what --help prints.
 */
#ifndef VMCTL_USAGE_H
#define VMCTL_USAGE_H

extern const char vmctl_usage[];

#endif
