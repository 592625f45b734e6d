/* SPDX-License-Identifier: MIT */
/*
 * say - messages, and the end of the program.
 */
#ifndef VMCTL_SAY_H
#define VMCTL_SAY_H

enum status {
    STATUS_DONE,
    STATUS_FAILED, /* by the VM or by the store */
    STATUS_USAGE,
    STATUS_TIME_OUT,
    STATUS_NO_VM,
};

/* Print a line "vmctl: ..." on standard error. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, and exit. */
_Noreturn void die(enum status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Wrong usage; the message also names --help. */
_Noreturn void wrong(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* As asprintf; ends the program if there is no memory. */
char *text_from(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
