/* SPDX-License-Identifier: MIT */
/*
 * error - Xen's error numbers and their names, in both directions.
 *
 * Errors are negative Xen errno values, such as -XEN_EACCES; this header
 * includes xen/errno.h for them. Xenstore sends names, hypercalls send numbers;
 * both come from Xen's one list.
 */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

#include <xen/errno.h>

#include "lib/text.h"

/* oxenstored's EQUOTA, which Xen's list lacks; the number of EDQUOT in
 * Linux. */
#define ERROR_QUOTA 122

/* "EACCES" for -XEN_EACCES or XEN_EACCES; "unknown error" otherwise. */
const char *error_name(int error);

/* -XEN_EACCES for "EACCES"; -XEN_EIO for a name that is not in Xen's list. */
int error_from_name(struct text name);

#endif
