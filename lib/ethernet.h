/* SPDX-License-Identifier: MIT */
/*
 * ethernet - what a host without services answers: ARP, and ICMP echo.
 *
 * Pure: a frame in, a frame out. RFC 826, 791, 792. A frame that is broken, not
 * for us, or about anything else has no answer. No options of IP are read, no
 * fragments put together, nothing is remembered.
 */
#ifndef LIB_ETHERNET_H
#define LIB_ETHERNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"

#define ETHERNET_FRAME_MIN 60   /* bytes, without the checksum at the end */
#define ETHERNET_FRAME_MAX 1514 /* the same */

struct ethernet_host {
    uint8_t mac[6];
    uint8_t ip[4]; /* all 0: none */
};

/*
 * The answer to `frame`, in `answer`, which has room for ETHERNET_FRAME_MAX
 * bytes and is not part of it. How many bytes it has; 0: there is none.
 */
size_t ethernet_answer(const struct ethernet_host *host, struct text frame,
                       char *answer);

/* Tell everybody where the host is. How many bytes it takes: the least. */
size_t ethernet_announce(const struct ethernet_host *host, char *frame);

/* A frame of `size` bytes for everybody, of a type that nobody answers. At
 * least ETHERNET_FRAME_MIN. */
void ethernet_fill(const struct ethernet_host *host, uint32_t number,
                   char *frame, size_t size);

/* "00:16:3e:01:02:03" and "10.0.0.2". False: it is something else, and
 * what was to hold it may hold a part. */
bool ethernet_read_mac(struct text text, uint8_t mac[6]);
bool ethernet_read_ip(struct text text, uint8_t ip[4]);

#endif
