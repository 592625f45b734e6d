/* SPDX-License-Identifier: MIT */
/*
 * error - Xen's error numbers and their names, in both directions.
 *
 * Errors are negative Xen errno values (xen/errno.h, which this header brings
 * along: -XEN_EACCES and so on). Xenstore sends names, hypercalls send numbers;
 * both come from Xen's one list.
 */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

#include <xen/errno.h>

#include "lib/text.h"

/* oxenstored's EQUOTA, which Xen's list lacks; as Linux numbers EDQUOT. */
#define ERROR_QUOTA 122

/* "EACCES" for -XEN_EACCES or XEN_EACCES; "unknown error" otherwise. */
const char *error_name(int error);

/* -XEN_EACCES for "EACCES"; -XEN_EIO for a name that Xen does not have. */
int error_from_name(struct text name);

#endif
