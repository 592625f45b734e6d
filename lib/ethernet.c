/* SPDX-License-Identifier: MIT */
/*
 * ethernet - ARP and ICMP echo; see ethernet.h.
 */
#include "lib/ethernet.h"

#include "lib/macros.h"
#include "lib/string.h"

#define TYPE_IP   0x0800
#define TYPE_ARP  0x0806
#define TYPE_TEST 0x88b5 /* IEEE 802: for local experiments */

#define ARP_REQUEST       1
#define ARP_REPLY         2
#define PROTOCOL_ICMP     1
#define ICMP_ECHO_REPLY   0
#define ICMP_ECHO_REQUEST 8

#define IP_HEADER_SIZE 20
#define TIME_TO_LIVE   64
#define FRAGMENT       0x3fff /* more fragments, or not the first one */

/* All fields are bytes: same layout on any machine, no gaps. */
struct header {
    uint8_t to[6], from[6], type[2];
};

struct arp {
    uint8_t hardware[2], protocol[2], hardware_size, protocol_size;
    uint8_t operation[2];
    uint8_t sender_mac[6], sender_ip[4], target_mac[6], target_ip[4];
};

struct ip {
    uint8_t version_and_size, service, size[2], id[2], fragment[2];
    uint8_t time_to_live, protocol, checksum[2], from[4], to[4];
};

struct icmp {
    uint8_t type, code, checksum[2], id[2], sequence[2];
};

static unsigned int get16(const uint8_t bytes[2])
{
    return (unsigned int)bytes[0] << 8 | bytes[1];
}

static void put16(uint8_t bytes[2], unsigned int value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

/* RFC 1071. 0 if the bytes include their own correct checksum. */
static unsigned int checksum(const void *from, size_t size)
{
    const uint8_t *bytes = from;
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < size; i += 2)
        sum += get16(&bytes[i]);
    if (size % 2 != 0)
        sum += (uint32_t)bytes[size - 1] << 8;
    sum = (sum & 0xffff) + (sum >> 16);
    sum += sum >> 16;
    return ~sum & 0xffff;
}

static void write_header(struct header *header, const uint8_t to[6],
                         const struct ethernet_host *host, unsigned int type)
{
    memcpy(header->to, to, sizeof(header->to));
    memcpy(header->from, host->mac, sizeof(header->from));
    put16(header->type, type);
}

static size_t pad(char *frame, size_t size)
{
    if (size >= ETHERNET_FRAME_MIN)
        return size;
    memset(frame + size, 0, ETHERNET_FRAME_MIN - size);
    return ETHERNET_FRAME_MIN;
}

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static size_t write_arp(const struct ethernet_host *host,
                        unsigned int operation, const uint8_t mac[6],
                        const uint8_t ip[4], char *frame)
{
    struct arp *arp = (struct arp *)(frame + sizeof(struct header));

    write_header((struct header *)frame, mac, host, TYPE_ARP);
    put16(arp->hardware, 1);
    put16(arp->protocol, TYPE_IP);
    arp->hardware_size = sizeof(host->mac);
    arp->protocol_size = sizeof(host->ip);
    put16(arp->operation, operation);
    memcpy(arp->sender_mac, host->mac, sizeof(host->mac));
    memcpy(arp->sender_ip, host->ip, sizeof(host->ip));
    memcpy(arp->target_mac, mac, sizeof(arp->target_mac));
    memcpy(arp->target_ip, ip, sizeof(arp->target_ip));
    return pad(frame, sizeof(struct header) + sizeof(*arp));
}

static size_t answer_arp(const struct ethernet_host *host, struct text frame,
                         char *answer)
{
    const struct arp *arp =
        (const struct arp *)(frame.bytes + sizeof(struct header));

    if (frame.size < sizeof(struct header) + sizeof(*arp) ||
        get16(arp->hardware) != 1 || get16(arp->protocol) != TYPE_IP ||
        arp->hardware_size != sizeof(host->mac) ||
        arp->protocol_size != sizeof(host->ip) ||
        get16(arp->operation) != ARP_REQUEST ||
        memcmp(arp->target_ip, host->ip, sizeof(host->ip)) != 0)
        return 0;
    return write_arp(host, ARP_REPLY, arp->sender_mac, arp->sender_ip, answer);
}

static size_t answer_echo(const struct ethernet_host *host, struct text frame,
                          char *answer)
{
    const struct header *header = (const struct header *)frame.bytes;
    const struct ip *ip = (const struct ip *)(header + 1);
    const struct icmp *icmp = (const struct icmp *)(ip + 1);
    const size_t room = frame.size - sizeof(*header);
    struct ip *answer_ip = (struct ip *)(answer + sizeof(*header));
    struct icmp *answer_icmp = (struct icmp *)(answer_ip + 1);
    size_t size;

    if (room < sizeof(*ip) + sizeof(*icmp))
        return 0;
    size = get16(ip->size);
    if (ip->version_and_size != (4 << 4 | IP_HEADER_SIZE / 4) || size > room ||
        size < sizeof(*ip) + sizeof(*icmp) ||
        (get16(ip->fragment) & FRAGMENT) != 0 ||
        ip->protocol != PROTOCOL_ICMP ||
        memcmp(ip->to, host->ip, sizeof(host->ip)) != 0 ||
        checksum(ip, sizeof(*ip)) != 0 || icmp->type != ICMP_ECHO_REQUEST ||
        icmp->code != 0 || checksum(icmp, size - sizeof(*ip)) != 0)
        return 0;

    memcpy(answer_ip, ip, size);
    write_header((struct header *)answer, header->from, host, TYPE_IP);
    memcpy(answer_ip->from, ip->to, sizeof(ip->to));
    memcpy(answer_ip->to, ip->from, sizeof(ip->from));
    answer_ip->time_to_live = TIME_TO_LIVE;
    put16(answer_ip->checksum, 0);
    put16(answer_ip->checksum, checksum(answer_ip, sizeof(*answer_ip)));
    answer_icmp->type = ICMP_ECHO_REPLY;
    put16(answer_icmp->checksum, 0);
    put16(answer_icmp->checksum, checksum(answer_icmp, size - sizeof(*ip)));
    return pad(answer, sizeof(*header) + size);
}

static bool is_to(const struct header *header, const uint8_t mac[6])
{
    return memcmp(header->to, mac, sizeof(header->to)) == 0;
}

size_t ethernet_answer(const struct ethernet_host *host, struct text frame,
                       char *answer)
{
    static const uint8_t none[4];
    const struct header *header = (const struct header *)frame.bytes;
    bool is_ours;

    if (frame.size < sizeof(*header) || frame.size > ETHERNET_FRAME_MAX ||
        memcmp(host->ip, none, sizeof(none)) == 0)
        return 0;
    is_ours = is_to(header, host->mac);
    switch (get16(header->type)) {
    case TYPE_ARP:
        return is_ours || is_to(header, everybody)
                   ? answer_arp(host, frame, answer)
                   : 0;
    case TYPE_IP:
        return is_ours ? answer_echo(host, frame, answer) : 0;
    default:
        return 0;
    }
}

size_t ethernet_announce(const struct ethernet_host *host, char *frame)
{
    return write_arp(host, ARP_REQUEST, everybody, host->ip, frame);
}

void ethernet_fill(const struct ethernet_host *host, uint32_t number,
                   char *frame, size_t size)
{
    /* Each copy doubles the part that is filled. */
    memcpy(frame, &number, sizeof(number));
    for (size_t done = sizeof(number); done < size; done *= 2)
        memcpy(&frame[done], frame, MIN(done, size - done));
    write_header((struct header *)frame, everybody, host, TYPE_TEST);
}

/* --- addresses as text ---------------------------------------------------- */

static char lower(char c)
{
    return c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
}

bool ethernet_read_mac(struct text text, uint8_t mac[6])
{
    static const char digits[] = "0123456789abcdef";

    if (text.size != 6 * 3 - 1)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.bytes[i];
        unsigned int value = 0;

        if (i % 3 == 2) {
            if (c != ':')
                return false;
            continue;
        }
        while (value < 16 && digits[value] != lower(c))
            value++;
        if (value == 16)
            return false;
        mac[i / 3] = (uint8_t)(i % 3 == 0 ? value << 4 : mac[i / 3] | value);
    }
    return true;
}

bool ethernet_read_ip(struct text text, uint8_t ip[4])
{
    size_t start = 0;

    for (unsigned int i = 0; i < 4; i++) {
        size_t end = start;
        uint64_t value;

        while (end < text.size && text.bytes[end] != '.')
            end++;
        /* No leading zeroes: inet_pton() refuses them, others read octal. */
        if ((end == text.size) != (i == 3) || end - start > 3 ||
            (end - start > 1 && text.bytes[start] == '0') ||
            !text_number((struct text){&text.bytes[start], end - start},
                         &value) ||
            value > UINT8_MAX)
            return false;
        ip[i] = (uint8_t)value;
        start = end + 1;
    }
    return true;
}
