/* SPDX-License-Identifier: MIT */
/*
 * storm - writes to a node of the store; see storm.h.
 */
#include "kernel/storm.h"

#include "drivers/xenstore.h"
#include "lib/error.h"

/* The ring holds this many requests at once. A daemon that is slow to answer
 * these is just as slow to send the event of a message. */
#define SLICE_MAX 8

static uint32_t written, wanted;

void storm_start(const struct command *command, uint64_t now_ns)
{
    (void)now_ns;
    written = 0;
    wanted = command->writes;
}

bool storm_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    static const char path[] = "data/xen-test-vm/storm";
    struct xenstore_request requests[SLICE_MAX];
    char numbers[SLICE_MAX][TEXT_NUMBER_SIZE];
    unsigned int count = 0;
    int error;

    for (; count < SLICE_MAX && written < wanted; count++) {
        requests[count] =
            xenstore_write(0, path, text_of_number(numbers[count], ++written));
    }
    error = xenstore_exchange(requests, count);
    *wake_ns = now_ns;
    if (error != 0)
        outcome->error = error_name(error);
    return error == 0 && written < wanted;
}
