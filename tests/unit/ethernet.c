/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/ethernet: frames and their answers. SEED=number repeats the
 * random ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/ethernet.h"
#include "lib/macros.h"

#define HOST_MAC 0x00, 0x16, 0x3e, 0x01, 0x02, 0x03
#define HOST_IP  10, 0, 0, 2
#define PEER_MAC 0x02, 0x00, 0x00, 0x00, 0x00, 0x07
#define PEER_IP  10, 0, 0, 1
#define SIX(n)   n, n, n, n, n, n

/* Offsets in a frame. */
#define TYPE     12
#define IP       14
#define IP_SIZE  16
#define IP_FROM  26
#define IP_TO    30
#define ICMP     34
#define PAYLOAD  42
#define ARP_TO   38
#define ARP_SIZE 42

#define PAYLOAD_MAX (ETHERNET_FRAME_MAX - PAYLOAD)

static const struct ethernet_host host = {{HOST_MAC}, {HOST_IP}};
static const struct ethernet_host nameless = {{HOST_MAC}, {0}};

/* The frame's source is not ARP's sender address, to tell them apart. */
static const uint8_t question[ARP_SIZE] = {
    SIX(0xff), SIX(0x22), 0x08, 0x06, 0,        1,       8,      0,
    6,         4,         0,    1,    PEER_MAC, PEER_IP, SIX(0), HOST_IP};

static uint8_t frame[2 * ETHERNET_FRAME_MAX];
static char answer[ETHERNET_FRAME_MAX];

/* Returns the size of the answer. Nothing is read or written beyond the
 * ends. */
static size_t ask_as(const struct ethernet_host *as, const void *bytes,
                     size_t size)
{
    static char untouched[ETHERNET_FRAME_MAX];
    char *copy = malloc(size); /* so that the sanitizer sees any overrun */
    size_t got;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    memset(untouched, 0xa5, sizeof(untouched));
    memset(answer, 0xa5, sizeof(answer));
    got = ethernet_answer(as, (struct text){copy, size}, answer);
    free(copy);
    assert_true(got == 0 ||
                (got >= ETHERNET_FRAME_MIN && got <= ETHERNET_FRAME_MAX));
    assert_memory_equal(answer + got, untouched, ETHERNET_FRAME_MAX - got);
    return got;
}

static size_t ask(const void *bytes, size_t size)
{
    return ask_as(&host, bytes, size);
}

static void set16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value / 256);
    at[1] = (uint8_t)(value % 256);
}

/* The sum is computed modulo 0xffff; it is 0 only if all bytes are 0. */
static void set_sum(uint8_t *at, const uint8_t *bytes, size_t size)
{
    uint64_t sum = 0;

    set16(at, 0);
    for (size_t i = 0; i < size; i++)
        sum += i % 2 == 0 ? 256U * bytes[i] : bytes[i];
    set16(at, sum == 0 ? 0xffff : 0xfffe - (sum - 1) % 0xffff);
}

static void seal(uint8_t *bytes, size_t icmp_size)
{
    set_sum(bytes + IP + 10, bytes + IP, 20);
    set_sum(bytes + ICMP + 2, bytes + ICMP, icmp_size);
}

/* Make an echo request in `frame`; returns its size. */
static size_t ping(size_t payload)
{
    static const uint8_t header[] = {HOST_MAC, PEER_MAC, 0x08, 0x00};
    static const uint8_t ip[] = {0x45, 0x10, 0, 0, 0x12, 0x34,    0x40,
                                 0x00, 1,    1, 0, 0,    PEER_IP, HOST_IP};
    static const uint8_t icmp[] = {8, 0, 0, 0, 0xab, 0xcd, 0x00, 0x01};

    memcpy(frame, header, sizeof(header));
    memcpy(frame + IP, ip, sizeof(ip));
    memcpy(frame + ICMP, icmp, sizeof(icmp));
    for (size_t i = 0; i < payload; i++)
        frame[PAYLOAD + i] = (uint8_t)(i * 7 + i / 256 + 1);
    set16(frame + IP_SIZE, PAYLOAD - IP + payload);
    seal(frame, PAYLOAD - ICMP + payload);
    return PAYLOAD + payload;
}

/* The answer must be the reply to the request in `frame`. */
static void assert_pong(size_t got, size_t size)
{
    static uint8_t wanted[ETHERNET_FRAME_MAX];

    memset(wanted, 0, sizeof(wanted));
    memcpy(wanted, frame, size);
    memcpy(wanted, frame + 6, 6);
    memcpy(wanted + 6, host.mac, 6);
    memcpy(wanted + IP_FROM, host.ip, 4);
    memcpy(wanted + IP_TO, frame + IP_FROM, 4);
    wanted[IP + 8] = 64;
    wanted[ICMP] = 0;
    seal(wanted, size - ICMP);
    assert_int_equal(got, MAX(size, ETHERNET_FRAME_MIN));
    assert_memory_equal(answer, wanted, got);
}

/* --- ARP ------------------------------------------------------------------ */

static void assert_told(size_t got, const uint8_t asked[ARP_SIZE])
{
    uint8_t wanted[ETHERNET_FRAME_MIN] = {SIX(0), HOST_MAC, 0x08,     0x06,   0,
                                          1,      8,        0,        6,      4,
                                          0,      2,        HOST_MAC, HOST_IP};

    memcpy(wanted, asked + 22, 6);
    memcpy(wanted + 32, asked + 22, 10);
    assert_int_equal(got, sizeof(wanted));
    assert_memory_equal(answer, wanted, sizeof(wanted));
}

static void a_request_for_the_address_is_answered(void **state)
{
    (void)state;
    assert_told(ask(question, sizeof(question)), question);
    memcpy(frame, question, sizeof(question));
    memset(frame + ARP_SIZE, 0xee, sizeof(frame) - ARP_SIZE);
    assert_told(ask(frame, ETHERNET_FRAME_MIN), question);
    assert_told(ask(frame, ETHERNET_FRAME_MAX), question);
    assert_int_equal(ask(frame, ETHERNET_FRAME_MAX + 1), 0);
}

/* These matter: destination, type, hardware, protocol, sizes, operation and the
 * address that is asked for. */
static void every_bit_that_matters_in_a_request_is_checked(void **state)
{
    (void)state;
    for (unsigned int at = 0; at < ARP_SIZE; at++) {
        bool counts = at < 6 || (at >= TYPE && at < 22) || at >= ARP_TO;

        for (unsigned int bit = 0; bit < 8; bit++) {
            memcpy(frame, question, sizeof(question));
            frame[at] ^= (uint8_t)(1 << bit);
            if (counts)
                assert_int_equal(ask(frame, sizeof(question)), 0);
            else
                assert_told(ask(frame, sizeof(question)), frame);
        }
    }
}

static void a_request_may_be_sent_to_the_host_alone(void **state)
{
    (void)state;
    memcpy(frame, question, sizeof(question));
    memcpy(frame, host.mac, 6);
    assert_told(ask(frame, sizeof(question)), question);
}

static void a_broadcast_ping_is_not_answered(void **state)
{
    size_t size = ping(20);

    (void)state;
    memset(frame, 0xff, 6);
    assert_int_equal(ask(frame, size), 0);
}

static void an_address_with_one_byte_not_0_is_valid(void **state)
{
    struct ethernet_host other = nameless;

    (void)state;
    memcpy(frame, question, sizeof(question));
    for (unsigned int i = 0; i < 4; i++) {
        memset(other.ip, 0, 4);
        other.ip[i] = 1;
        memcpy(frame + ARP_TO, other.ip, 4);
        assert_int_equal(ask_as(&other, frame, sizeof(question)), 60);
        assert_memory_equal(answer + 28, other.ip, 4);
    }
}

static void a_host_without_address_answers_nothing(void **state)
{
    size_t size;

    (void)state;
    assert_int_equal(ask_as(&nameless, question, sizeof(question)), 0);
    memcpy(frame, question, sizeof(question));
    memset(frame + ARP_TO, 0, 4);
    assert_int_equal(ask_as(&nameless, frame, sizeof(question)), 0);
    size = ping(56);
    assert_int_equal(ask_as(&nameless, frame, size), 0);
    memset(frame + IP_TO, 0, 4);
    seal(frame, size - ICMP);
    assert_int_equal(ask_as(&nameless, frame, size), 0);
}

static void the_announcement_is_a_broadcast(void **state)
{
    static const uint8_t wanted[ETHERNET_FRAME_MIN] = {
        SIX(0xff), HOST_MAC, 0x08, 0x06, 0,        1,       8,         0,
        6,         4,        0,    1,    HOST_MAC, HOST_IP, SIX(0xff), HOST_IP};

    (void)state;
    memset(answer, 0xa5, sizeof(answer));
    assert_int_equal(ethernet_announce(&host, answer), sizeof(wanted));
    assert_memory_equal(answer, wanted, sizeof(wanted));
    assert_int_equal(answer[sizeof(wanted)], (char)0xa5);
}

/* --- ICMP echo ------------------------------------------------------------ */

static void a_ping_of_any_size_comes_back(void **state)
{
    (void)state;
    for (size_t payload = 0; payload <= PAYLOAD_MAX; payload++) {
        size_t size = ping(payload);

        assert_pong(ask(frame, size), size);
    }
}

static void a_frame_that_is_too_big_is_not_answered(void **state)
{
    size_t size;

    (void)state;
    assert_int_equal(ping(PAYLOAD_MAX), ETHERNET_FRAME_MAX);
    assert_int_equal(ask(frame, ETHERNET_FRAME_MAX), ETHERNET_FRAME_MAX);
    assert_int_equal(ask(frame, ETHERNET_FRAME_MAX + 1), 0);
    for (size_t more = 1; more < 100; more++) {
        size = ping(PAYLOAD_MAX + more);
        assert_int_equal(ask(frame, size), 0);
        assert_int_equal(ask(frame, ETHERNET_FRAME_MAX), 0);
    }
}

static void padding_does_not_come_back(void **state)
{
    (void)state;
    for (size_t payload = 0; payload < 64; payload++) {
        size_t size = ping(payload);

        memset(frame + size, 0xee, 128);
        for (size_t padding = 0; padding <= 128; padding++)
            assert_pong(ask(frame, size + padding), size);
    }
}

/* Every carry is tried, and also a sum of nothing but zeroes. */
static void checksums_are_right_for_any_sum(void **state)
{
    size_t size = ping(33);

    (void)state;
    memset(frame + PAYLOAD, 0xff, 33);
    for (unsigned int i = 0; i < 0x10000; i++) {
        set16(frame + IP + 4, i);
        set16(frame + ICMP + 4, i);
        seal(frame, size - ICMP);
        assert_pong(ask(frame, size), size);
    }
    memset(frame + ICMP + 4, 0, size - ICMP - 4);
    seal(frame, size - ICMP);
    assert_pong(ask(frame, size), size);
    assert_memory_equal(answer + ICMP, "\0\0\xff\xff\0\0", 6);
}

static void a_ping_with_a_wrong_bit_is_not_answered(void **state)
{
    size_t size = ping(9);

    (void)state;
    for (size_t at = TYPE; at < size; at++) {
        for (unsigned int bit = 0; bit < 8; bit++) {
            frame[at] ^= (uint8_t)(1 << bit);
            assert_int_equal(ask(frame, size), 0);
            frame[at] ^= (uint8_t)(1 << bit);
        }
    }
    assert_pong(ask(frame, size), size);
}

/*
 * The checksums are right here. These matter: destination, type, version and
 * size of the header, fragment fields, protocol, address, ICMP type and code.
 */
static void every_bit_that_matters_in_a_ping_is_checked(void **state)
{
    static const uint8_t counting[ETHERNET_FRAME_MAX] = {
        SIX(0xff),          [TYPE] = 0xff,      [TYPE + 1] = 0xff,
        [IP] = 0xff,        [IP + 6] = 0x3f,    [IP + 7] = 0xff,
        [IP + 9] = 0xff,    [IP_TO] = 0xff,     [IP_TO + 1] = 0xff,
        [IP_TO + 2] = 0xff, [IP_TO + 3] = 0xff, [ICMP] = 0xff,
        [ICMP + 1] = 0xff,
    };
    size_t size;

    (void)state;
    for (size_t at = 0; at < PAYLOAD + 20; at++) {
        for (unsigned int bit = 0; bit < 8; bit++) {
            if (at == IP_SIZE || at == IP_SIZE + 1)
                continue;
            size = ping(20);
            frame[at] ^= (uint8_t)(1 << bit);
            seal(frame, size - ICMP);
            if (counting[at] >> bit & 1)
                assert_int_equal(ask(frame, size), 0);
            else
                assert_pong(ask(frame, size), size);
        }
    }
}

static void options_are_not_answered(void **state)
{
    size_t size = ping(20) + 4;

    (void)state;
    memmove(frame + ICMP + 4, frame + ICMP, size - ICMP - 4);
    memset(frame + ICMP, 1, 4); /* option "no operation" */
    frame[IP] = 0x46;
    set16(frame + IP_SIZE, size - IP);
    set_sum(frame + IP + 10, frame + IP, 24);
    assert_int_equal(ask(frame, size), 0);
}

static void a_frame_that_is_cut_short_is_not_answered(void **state)
{
    size_t size = ping(20);

    (void)state;
    assert_int_equal(ethernet_answer(&host, (struct text){NULL, 0}, answer), 0);
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal(ask(frame, cut), 0);
        /* The same with the rest still behind the end. */
        assert_int_equal(
            ethernet_answer(&host, (struct text){(char *)frame, cut}, answer),
            0);
    }
    memcpy(frame, question, sizeof(question));
    for (size_t cut = 0; cut < sizeof(question); cut++) {
        assert_int_equal(ask(frame, cut), 0);
        assert_int_equal(
            ethernet_answer(&host, (struct text){(char *)frame, cut}, answer),
            0);
    }
}

/* The checksums are right for the size that the packet claims. */
static void a_packet_of_an_impossible_size_is_not_answered(void **state)
{
    size_t size = ping(20);

    (void)state;
    /* 28 is the least: an echo request without its id and number is too
     * small. */
    for (size_t says = 0; says < 28; says++) {
        set16(frame + IP_SIZE, says);
        seal(frame, says < 20 ? size - ICMP : says - 20);
        assert_int_equal(ask(frame, size), 0);
    }
    for (size_t says = size - IP + 1; says < 1500; says++) {
        set16(frame + IP_SIZE, says);
        seal(frame, says - 20);
        assert_int_equal(ask(frame, size), 0);
        assert_int_equal(
            ethernet_answer(&host, (struct text){(char *)frame, size}, answer),
            0);
    }
    for (size_t says = 0x8000; says <= 0xffff; says += 0x7fff) {
        set16(frame + IP_SIZE, says);
        seal(frame, size - ICMP);
        assert_int_equal(ask(frame, size), 0);
    }
}

/* --- anything else -------------------------------------------------------- */

static void an_answer_has_no_answer(void **state)
{
    struct ethernet_host peer = {{PEER_MAC}, {PEER_IP}};
    size_t size;

    (void)state;
    size = ask(question, sizeof(question));
    assert_int_equal(ask_as(&peer, answer, size), 0);
    size = ask(frame, ping(56));
    assert_int_equal(size, PAYLOAD + 56);
    assert_int_equal(ask_as(&peer, answer, size), 0);
}

static void test_frames_have_no_answer(void **state)
{
    (void)state;
    for (size_t size = 14; size <= ETHERNET_FRAME_MAX; size++) {
        uint8_t wanted[14] = {SIX(0xff), HOST_MAC, 0x88, 0xb5};
        char *bytes = malloc(size);

        ethernet_fill(&host, 0x84030201, bytes, size);
        assert_memory_equal(bytes, wanted, sizeof(wanted));
        for (size_t i = sizeof(wanted); i < size; i++)
            assert_int_equal((uint8_t)bytes[i],
                             "\x01\x02\x03\x84"[i % 4] & 0xff);
        assert_int_equal(ask(bytes, size), 0);
        free(bytes);
    }
}

static void random_frames_do_no_harm(void **state)
{
    const char *given = getenv("SEED");
    unsigned int seed = given ? (unsigned int)strtoul(given, NULL, 0) : 1;
    unsigned int answered = 0;

    (void)state;
    print_message("# SEED=%u\n", seed);
    srand(seed);
    for (unsigned int round = 0; round < 30000; round++) {
        size_t size = (size_t)rand() % 1600, got;

        for (size_t i = 0; i < size; i++)
            frame[i] = (uint8_t)rand();
        if (rand() % 4 != 0)
            size = ping((size_t)rand() % (PAYLOAD_MAX + 20));
        else if (rand() % 2 == 0)
            memcpy(frame, question, size = sizeof(question));
        for (int changes = rand() % 4; changes > 0 && size > 0; changes--)
            frame[(size_t)rand() % MIN(size, 60)] = (uint8_t)rand();
        if (size > ICMP && rand() % 2 == 0)
            seal(frame, size - ICMP);
        if (rand() % 8 == 0)
            size = (size_t)rand() % (size + 1);
        got = ask(frame, size);
        answered += got != 0;
        if (got != 0 && (memcmp(answer + 6, host.mac, 6) != 0 ||
                         memcmp(answer + TYPE, frame + TYPE, 2) != 0))
            fail_msg("SEED=%u, round %u", seed, round);
    }
    assert_in_range(answered, 1000, 29000); /* otherwise this tests little */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_for_the_address_is_answered),
        cmocka_unit_test(every_bit_that_matters_in_a_request_is_checked),
        cmocka_unit_test(a_request_may_be_sent_to_the_host_alone),
        cmocka_unit_test(a_broadcast_ping_is_not_answered),
        cmocka_unit_test(an_address_with_one_byte_not_0_is_valid),
        cmocka_unit_test(a_host_without_address_answers_nothing),
        cmocka_unit_test(the_announcement_is_a_broadcast),
        cmocka_unit_test(a_ping_of_any_size_comes_back),
        cmocka_unit_test(a_frame_that_is_too_big_is_not_answered),
        cmocka_unit_test(padding_does_not_come_back),
        cmocka_unit_test(checksums_are_right_for_any_sum),
        cmocka_unit_test(a_ping_with_a_wrong_bit_is_not_answered),
        cmocka_unit_test(every_bit_that_matters_in_a_ping_is_checked),
        cmocka_unit_test(options_are_not_answered),
        cmocka_unit_test(a_frame_that_is_cut_short_is_not_answered),
        cmocka_unit_test(a_packet_of_an_impossible_size_is_not_answered),
        cmocka_unit_test(an_answer_has_no_answer),
        cmocka_unit_test(test_frames_have_no_answer),
        cmocka_unit_test(random_frames_do_no_harm),
    };

    return cmocka_run_group_tests_name("ethernet", tests, NULL, NULL);
}
