/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/json: refused texts, and the messages for them.
 */
#include "tests/unit/json.h"

static void malformed_text_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *text, *sentence;
    } texts[] = {
        {"", "there is no value in the text"},
        {" \n", "there is no value in the text"},
        {"{}{}", "more text follows the value"},
        {"{},{}", "more text follows the value"},
        {"{} x", "more text follows the value"},
        {"{} 1", "more text follows the value"},
        {"[] \"a\"", "more text follows the value"},
        {"[]]", "more text follows the value"},
        {"[],", "more text follows the value"},
        {"{}:", "more text follows the value"},
        {"\"a\":1 ", "more text follows the value"},
        {"\"a\" \"b\"", "more text follows the value"},
        {"\"a\"\"b\"", "more text follows the value"},
        {"1 2", "more text follows the value"},
        {"true,", "a value is nothing that JSON knows"},
        {"1,2", "a number is not well-formed"},
        {"{\"a\" \"b\"}", "a colon is missing after a key"},
        {"{\"a\",\"b\"}", "a colon is missing after a key"},
        {"{\"a\" {}}", "an object needs \"key\": before each value"},
        {"{\"a\" 1}", "an object needs \"key\": before each value"},
        {"{\"a\"::1}", "a colon stands where none belongs"},
        {"{\"a\":,1}", "an object needs \"key\": before each value"},
        {"{:\"a\"}", "a colon stands where none belongs"},
        {"{\"a\":\"b\":}", "a colon stands where none belongs"},
        {"[\"a\":1]", "a comma is missing between values"},
        {"[:]", "a colon stands where none belongs"},
        {"{\"a\":\"b\",}", "a comma stands where none belongs"},
        {"{\"a\":\"b\",,\"c\":1}", "a comma stands where none belongs"},
        {"{,}", "a comma stands where none belongs"},
        {"{,\"a\":1}", "a comma stands where none belongs"},
        {"[,]", "a comma stands where none belongs"},
        {"[1,]", "a comma stands where none belongs"},
        {"[1,,2]", "a comma stands where none belongs"},
        {"[,1]", "a comma stands where none belongs"},
        {"[[],]", "a comma stands where none belongs"},
        {"{\"a\"}", "a key has no value"},
        {"{\"a\":}", "a key has no value"},
        {"{\"a\",}", "a key has no value"},
        {"{\"a\":1,\"b\"}", "a key has no value"},
        {"[1 2]", "a comma is missing between values"},
        {"[\"a\" \"b\"]", "a comma is missing between values"},
        {"[\"a\"\"b\"]", "a comma is missing between values"},
        {"[[][]]", "a comma is missing between values"},
        {"[{} 1]", "a comma is missing between values"},
        {"{\"a\":\"b\" \"c\":1}", "a comma is missing between values"},
        {"{\"a\":[] \"c\":1}", "a comma is missing between values"},
        {"{1:2}", "an object needs \"key\": before each value"},
        {"{true:2}", "an object needs \"key\": before each value"},
        {"{[]:2}", "an object needs \"key\": before each value"},
        {"{{}:2}", "an object needs \"key\": before each value"},
        {"{a:1}", "an object needs \"key\": before each value"},
        {"{'a':1}", "an object needs \"key\": before each value"},
        {"{\"a\":1 2}", "a character stands where JSON allows none"},
        {"{\"a\":'b'}", "a character stands where JSON allows none"},
        {"[x]", "a character stands where JSON allows none"},
        {"[+1]", "a character stands where JSON allows none"},
        {"[.5]", "a character stands where JSON allows none"},
        {"[1\x01]", "a character stands where JSON allows none"},
        {"[\v1]", "a character stands where JSON allows none"},
        {"[1,/**/2]", "a character stands where JSON allows none"},
        {"[\xc3\xa4]", "a character stands where JSON allows none"},
        {"[1\xc3\xa4]", "a character stands where JSON allows none"},
        {"[}", "a closing bracket has no partner"},
        {"{]", "a closing bracket has no partner"},
        {"[1}", "a closing bracket has no partner"},
        {"{\"a\":1]", "a closing bracket has no partner"},
        {"[", "the text ends too early"},
        {"{\"a\":1", "the text ends too early"},
        {"{\"a\":", "the text ends too early"},
        {"[[1]", "the text ends too early"},
        {"[1", "the text ends too early"},
        {"\"abc", "the text ends too early"},
        {"\"abc\\", "the text ends too early"},
        {"\"abc\\\"", "the text ends too early"},
        {"\"\\u12", "the text ends too early"},
        {"\"", "the text ends too early"},
        {"]", "a value is nothing that JSON knows"},
        {"}", "a value is nothing that JSON knows"},
        {",", "a value is nothing that JSON knows"},
        {":", "a value is nothing that JSON knows"},
        {"hello", "a value is nothing that JSON knows"},
        {"\xef\xbb\xbf{}", "a value is nothing that JSON knows"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_refused(text_of(texts[i].text), -XEN_EINVAL, texts[i].sentence);
    }
}

static void malformed_numbers_are_refused_everywhere(void **state)
{
    static const char *const numbers[] = {
        "-",    "01",   "-01", "00",  "1.",   "1.e1", "1e",  "1e+",    "1e-",
        "--1",  "-a",   "1a",  "0x1", "1e1.", "1.2.", "1-1", "-.5",    "1E+-1",
        "1.5e", "-Inf", "1_0", "1+",  "1/2",  "1:2",  "1{",  "1\"a\"", "0-"};
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        static const char *const frames[][2] = {
            {"", ""}, {"[", "]"}, {"{\"a\": ", " }"}};

        for (size_t j = 0; j < ARRAY_COUNT(frames); j++) {
            snprintf(buffer, sizeof(buffer), "%s%s%s", frames[j][0], numbers[i],
                     frames[j][1]);
            assert_refused(text_of(buffer), -XEN_EINVAL,
                           "a number is not well-formed");
        }
    }
}

static void malformed_words_are_refused_everywhere(void **state)
{
    static const char *const words[] = {"truthy", "tru",    "t",     "nul",
                                        "nulls",  "falsey", "fALSE", "tru\"e",
                                        "true:1", "n[",     "null{"};
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        assert_refused(text_of(words[i]), -XEN_EINVAL,
                       "a value is nothing that JSON knows");
        snprintf(buffer, sizeof(buffer), "{\"a\":%s }", words[i]);
        assert_refused(text_of(buffer), -XEN_EINVAL,
                       "a value is nothing that JSON knows");
    }
}

static void raw_control_characters_are_refused(void **state)
{
    char text[] = "[\"a?b\"]";

    (void)state;
    for (char c = 1; c < 0x20; c++) {
        text[3] = c;
        assert_refused(text_of(text), -XEN_EINVAL,
                       "a string has a raw control character in it");
    }
}

static void a_nul_byte_is_refused_everywhere(void **state)
{
    const struct text texts[] = {
        TEXT("\0"),       TEXT("{}\0"),     TEXT("{}\0{}"),
        TEXT("[1,\0 2]"), TEXT("\"a\0b\""), TEXT("1\0"),
        TEXT("\0001"),    TEXT("[tru\0e]"), TEXT("[\"\\u00\0\x30\"]")};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_refused(texts[i], -XEN_EINVAL, "the text has a NUL byte in it");
    }
}

static void bytes_that_are_not_utf8_are_refused(void **state)
{
    static const char *const texts[] = {
        "\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "{}\x80"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_refused(text_of(texts[i]), -XEN_EINVAL, "the text is not UTF-8");
    }
}

static void unknown_escapes_are_refused(void **state)
{
    static const char *const texts[] = {
        "\"\\x41\"",   "\"\\'\"",   "\"\\a\"",     "\"\\u12g4\"",
        "\"\\u 123\"", "\"\\u12\"", "\"\\U0041\"", "\"\\0\"",
        "\"\\\n\"",    "[\"\\N\"]", "{\"\\q\":1}", "\"\\u+123\"",
        "\"\\u00 1\""};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_refused(text_of(texts[i]), -XEN_EINVAL,
                       "a string has an escape that JSON does not know");
    }
}

static void an_escaped_nul_is_refused(void **state)
{
    (void)state;
    assert_refused(TEXT("\"a\\u0000\""), -XEN_EINVAL,
                   "a string has \\u0000 in it");
    assert_refused(TEXT("{\"\\u0000\":1}"), -XEN_EINVAL,
                   "a string has \\u0000 in it");
}

static void half_a_surrogate_pair_is_refused(void **state)
{
    static const char *const strings[] = {
        "\\ud800",        "\\udbff",
        "\\udc00",        "\\udfff",
        "\\ud800a",       "\\ud800\\n",
        "\\ud800\\u0041", "\\ud800\\ud800",
        "\\udc00\\ud800", "\\ud83d\\ude00\\ude00",
        "\\ud800\\ue000", "\\ud800\\udbff",
        "\\ud800\\u0000", "\\ud800\\\\udc00",
        "\\ud800udc00"};
    char buffer[64];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(strings); i++) {
        snprintf(buffer, sizeof(buffer), "[\"%s\"]", strings[i]);
        assert_refused(text_of(buffer), -XEN_EINVAL,
                       "a string has half of a surrogate pair in it");
    }
}

static void equal_keys_are_refused_however_written(void **state)
{
    static const char *const texts[] = {
        "{\"a\":1,\"a\":1}",
        "{\"a\":1,\"b\":{\"c\":[1]},\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"\":1,\"\":2}",
        "{\"\\n\":1,\"\\u000A\":2}",
        "{\"\\/\":1,\"/\":2}",
        "{\"\xc3\xa4\":1,\"\\u00e4\":2}",
        "{\"\xf0\x9f\x98\x80\":1,\"\\uD83D\\uDE00\":2}",
        "[{\"x\":{\"a\":[],\"b\":{},\"a\":0}}]"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_refused(text_of(texts[i]), -XEN_EINVAL,
                       "a key stands twice in one object");
    }
}

static void similar_keys_are_different(void **state)
{
    (void)state;
    assert_accepted(TEXT("{\"a\":1,\"ab\":2,\"\":3,\"A\":4,\"b\":\"a\"}"));
    assert_accepted(TEXT("{\"n\":1,\"\\n\":2,\"\\\\n\":3}"));
    assert_accepted(TEXT("{\"\xc3\xa4\":1,\"a\xcc\x88\":2}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_text_is_refused_with_a_reason),
        cmocka_unit_test(malformed_numbers_are_refused_everywhere),
        cmocka_unit_test(malformed_words_are_refused_everywhere),
        cmocka_unit_test(raw_control_characters_are_refused),
        cmocka_unit_test(a_nul_byte_is_refused_everywhere),
        cmocka_unit_test(bytes_that_are_not_utf8_are_refused),
        cmocka_unit_test(unknown_escapes_are_refused),
        cmocka_unit_test(an_escaped_nul_is_refused),
        cmocka_unit_test(half_a_surrogate_pair_is_refused),
        cmocka_unit_test(equal_keys_are_refused_however_written),
        cmocka_unit_test(similar_keys_are_different),
    };

    return cmocka_run_group_tests_name("json_refused", tests, NULL, NULL);
}
