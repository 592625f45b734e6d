/* SPDX-License-Identifier: MIT */
/*
 * ethernet - what a host without services answers: ARP, and ICMP echo.
 *
 * Pure: a frame in, a frame out. RFC 826, 791, 792. A frame that is broken, not
 * for us, or of any other kind gets no answer. IP options are not read,
 * fragments are not joined, nothing is remembered.
 */
#ifndef LIB_ETHERNET_H
#define LIB_ETHERNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/text.h"

#define ETHERNET_FRAME_MIN 60   /* bytes, without the checksum at the end */
#define ETHERNET_FRAME_MAX 1514 /* bytes, without the checksum */

struct ethernet_host {
    uint8_t mac[6];
    uint8_t ip[4]; /* all 0: no address */
};

/*
 * Write the answer to `frame` into `answer`, which has room for
 * ETHERNET_FRAME_MAX bytes and does not overlap it. Returns the size of the
 * answer; 0: no answer.
 */
size_t ethernet_answer(const struct ethernet_host *host, struct text frame,
                       char *answer);

/* Write a frame that announces the host's addresses to all. Returns its size,
 * ETHERNET_FRAME_MIN. */
size_t ethernet_announce(const struct ethernet_host *host, char *frame);

/* Write a broadcast frame of `size` bytes, at least ETHERNET_FRAME_MIN, of a
 * type that nobody answers. */
void ethernet_fill(const struct ethernet_host *host, uint32_t number,
                   char *frame, size_t size);

/* Read "00:16:3e:01:02:03" or "10.0.0.2". False: the text is something else,
 * and the result may be partly written. */
bool ethernet_read_mac(struct text text, uint8_t mac[6]);
bool ethernet_read_ip(struct text text, uint8_t ip[4]);

#endif
