/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/ethernet: addresses as text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/ethernet.h"
#include "lib/macros.h"

static uint8_t mac[6], ip[4];

/* A copy on the heap, so that the sanitizer sees any overrun. */
static bool read_from(bool (*read)(struct text, uint8_t *), struct text text,
                      uint8_t *address)
{
    char *copy = malloc(text.size);
    bool good;

    assert_non_null(copy);
    if (text.size > 0)
        memcpy(copy, text.bytes, text.size);
    good = read((struct text){copy, text.size}, address);
    free(copy);
    return good;
}

static bool read_mac(struct text text)
{
    return read_from(ethernet_read_mac, text, mac);
}

static bool read_ip(struct text text)
{
    return read_from(ethernet_read_ip, text, ip);
}

/* --- MAC ------------------------------------------------------------------ */

static void a_mac_is_six_pairs_of_digits(void **state)
{
    (void)state;
    assert_true(read_mac(TEXT("00:16:3e:01:02:03")));
    assert_memory_equal(mac, "\x00\x16\x3e\x01\x02\x03", 6);
    assert_true(read_mac(TEXT("01:23:45:67:89:ab")));
    assert_memory_equal(mac, "\x01\x23\x45\x67\x89\xab", 6);
    assert_true(read_mac(TEXT("fe:dc:ba:98:76:54")));
    assert_memory_equal(mac, "\xfe\xdc\xba\x98\x76\x54", 6);
    assert_true(read_mac(TEXT("00:00:00:00:00:00")));
    assert_memory_equal(mac, "\0\0\0\0\0\0", 6);
}

static void the_digits_of_a_mac_may_be_upper_case(void **state)
{
    (void)state;
    assert_true(read_mac(TEXT("AB:CD:EF:A0:0B:9C")));
    assert_memory_equal(mac, "\xab\xcd\xef\xa0\x0b\x9c", 6);
    assert_true(read_mac(TEXT("aB:Cd:eF:Ff:00:D1")));
    assert_memory_equal(mac, "\xab\xcd\xef\xff\x00\xd1", 6);
}

static void every_byte_of_a_mac_is_read_in_its_place(void **state)
{
    char text[18];

    (void)state;
    for (unsigned int place = 0; place < 6; place++) {
        for (unsigned int byte = 0; byte < 256; byte++) {
            uint8_t wanted[6] = {1, 2, 3, 4, 5, 6};

            wanted[place] = (uint8_t)byte;
            snprintf(text, sizeof(text), "%02x:%02X:%02x:%02X:%02x:%02X",
                     wanted[0], wanted[1], wanted[2], wanted[3], wanted[4],
                     wanted[5]);
            assert_true(read_mac(text_of(text)));
            assert_memory_equal(mac, wanted, 6);
        }
    }
}

static void other_texts_are_no_mac(void **state)
{
    const struct text texts[] = {
        TEXT(""),
        TEXT("0"),
        TEXT("00:16:3e:01:02"),
        TEXT("00:16:3e:01:02:"),
        TEXT("00:16:3e:01:02:0"),
        TEXT("00:16:3e:01:02:03:"),
        TEXT("00:16:3e:01:02:03 "),
        TEXT("00:16:3e:01:02:03\0"),
        TEXT("00:16:3e:01:02:03:04"),
        TEXT("000:16:3e:01:02:03"),
        TEXT(" 00:16:3e:01:02:0"),
        TEXT("0:16:3e:01:02:003"),
        TEXT("0016:3e:01:02:003"),
        TEXT("00163e010203"),
        TEXT("00163e01020304050"),
        TEXT("00-16-3e-01-02-03"),
        TEXT("0016.3e01.0203"),
        TEXT(":::::::::::::::::"),
        TEXT("g0:16:3e:01:02:03"),
        TEXT("0G:16:3e:01:02:03"),
        TEXT("0x:16:3e:01:02:03"),
        TEXT("+1:16:3e:01:02:03"),
        TEXT("-1:16:3e:01:02:03"),
        TEXT(" 1:16:3e:01:02:03"),
        TEXT("1 :16:3e:01:02:03"),
        TEXT("\0000:16:3e:01:02:03"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_false(read_mac(texts[i]));
    assert_false(ethernet_read_mac((struct text){NULL, 0}, mac));
}

static void only_a_colon_is_between_the_bytes(void **state)
{
    (void)state;
    for (unsigned int i = 2; i < 17; i += 3) {
        for (unsigned int c = 0; c < 256; c++) {
            char text[] = "00:16:3e:01:02:03";

            text[i] = (char)c;
            assert_int_equal(read_mac((struct text){text, 17}), c == ':');
        }
    }
}

/* --- IP ------------------------------------------------------------------- */

static void an_address_is_four_numbers(void **state)
{
    (void)state;
    assert_true(read_ip(TEXT("10.0.0.2")));
    assert_memory_equal(ip, "\x0a\0\0\x02", 4);
    assert_true(read_ip(TEXT("1.22.133.4")));
    assert_memory_equal(ip, "\x01\x16\x85\x04", 4);
    assert_true(read_ip(TEXT("0.0.0.0")));
    assert_memory_equal(ip, "\0\0\0\0", 4);
    assert_true(read_ip(TEXT("255.255.255.255")));
    assert_memory_equal(ip, "\xff\xff\xff\xff", 4);
}

static void each_number_is_a_byte(void **state)
{
    char text[32];

    (void)state;
    for (unsigned int place = 0; place < 4; place++) {
        for (unsigned int number = 0; number < 1100; number++) {
            unsigned int wanted[4] = {192, 168, 7, 1};

            wanted[place] = number;
            snprintf(text, sizeof(text), "%u.%u.%u.%u", wanted[0], wanted[1],
                     wanted[2], wanted[3]);
            assert_int_equal(read_ip(text_of(text)), number < 256);
            for (unsigned int i = 0; i < 4 && number < 256; i++)
                assert_int_equal(ip[i], wanted[i]);
        }
    }
}

static void other_texts_are_no_address(void **state)
{
    const struct text texts[] = {
        TEXT(""),           TEXT("."),          TEXT("..."),
        TEXT("...."),       TEXT("1"),          TEXT("1.2.3"),
        TEXT("1.2.3."),     TEXT("1.2.3.4."),   TEXT(".1.2.3.4"),
        TEXT(".2.3.4"),     TEXT("1..3.4"),     TEXT("1.2..4"),
        TEXT("1..2.3.4"),   TEXT("1.2.3.4.5"),  TEXT("256.0.0.1"),
        TEXT("0.256.0.1"),  TEXT("0.0.0.256"),  TEXT("999.9.9.9"),
        TEXT("1000.0.0.1"), TEXT("0001.2.3.4"), TEXT("1.2.3.0004"),
        TEXT(" 1.2.3.4"),   TEXT("1.2.3.4 "),   TEXT("1. 2.3.4"),
        TEXT("1.2.3.4\n"),  TEXT("1.2.3.4\0"),  TEXT("1.2.3\0.4"),
        TEXT("+1.2.3.4"),   TEXT("1.-2.3.4"),   TEXT("1,2,3,4"),
        TEXT("0x1.2.3.4"),  TEXT("a.b.c.d"),    TEXT("1.2.3.a"),
        TEXT("1.2.3.4/8"),  TEXT("16909060"),   TEXT("::1"),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        assert_false(read_ip(texts[i]));
    assert_false(ethernet_read_ip((struct text){NULL, 0}, ip));
}

/* inet_aton() reads octal, inet_pton() refuses it. */
static void no_number_begins_with_a_zero(void **state)
{
    (void)state;
    assert_false(read_ip(TEXT("01.2.3.4")));
    assert_false(read_ip(TEXT("1.2.3.00")));
    assert_false(read_ip(TEXT("10.000.0.9")));
}

static void only_hexadecimal_digits_make_a_mac(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < 17; i += i % 3 == 0 ? 1 : 2) {
        for (unsigned int c = 0; c < 256; c++) {
            bool digit = c != 0 && strchr("0123456789abcdefABCDEF", (int)c);
            char text[] = "00:16:3e:01:02:03";

            text[i] = (char)c;
            assert_int_equal(read_mac((struct text){text, 17}), digit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mac_is_six_pairs_of_digits),
        cmocka_unit_test(the_digits_of_a_mac_may_be_upper_case),
        cmocka_unit_test(every_byte_of_a_mac_is_read_in_its_place),
        cmocka_unit_test(other_texts_are_no_mac),
        cmocka_unit_test(only_a_colon_is_between_the_bytes),
        cmocka_unit_test(an_address_is_four_numbers),
        cmocka_unit_test(each_number_is_a_byte),
        cmocka_unit_test(other_texts_are_no_address),
        cmocka_unit_test(no_number_begins_with_a_zero),
        cmocka_unit_test(only_hexadecimal_digits_make_a_mac),
    };

    return cmocka_run_group_tests_name("ethernet_text", tests, NULL, NULL);
}
