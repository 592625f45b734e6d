// SPDX-License-Identifier: MIT
/*
 * xen-text: waits until one of some files, such as the log of a console,
 * contains a text. A file need not exist yet. Only a file whose size has
 * changed is read again.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "Usage: xen-text SECONDS TEXT FILE...\n"
    "Status: 0 a file has the text; 2 usage; 3 time-out\n";

static void time_is_over(int signal)
{
    (void)signal;
    _exit(3);
}

static bool contains(int file, size_t size, const char *text)
{
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    bool result;

    if (bytes == MAP_FAILED)
        return false;
    result = memmem(bytes, size, text, strlen(text)) != NULL;
    munmap(bytes, size);
    return result;
}

/* *known: the size of the file when it was read last. */
static bool has_text(const char *name, const char *text, off_t *known)
{
    int file = open(name, O_RDONLY);
    struct stat status;
    bool result = false;

    if (file < 0)
        return false;
    if (fstat(file, &status) == 0 && status.st_size != *known) {
        *known = status.st_size;
        result = contains(file, (size_t)status.st_size, text);
    }
    close(file);
    return result;
}

int main(int count, char **words)
{
    off_t *known = calloc((size_t)count + 1, sizeof(*known));

    if (count < 4 || !known) {
        fputs(usage, stderr);
        return 2;
    }
    signal(SIGALRM, time_is_over);
    alarm((unsigned int)atoi(words[1]));
    for (;;) {
        for (int i = 3; i < count; i++)
            if (has_text(words[i], words[2], &known[i]))
                return 0;
        usleep(30000);
    }
}
