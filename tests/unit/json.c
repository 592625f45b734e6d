/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/json: what is read, what is refused and in which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/format.h"
#include "lib/json.h"

#define SENTENCE_DEFAULT "not set"

static struct json json;
static const char *sentence;

/* From a copy of exactly that size: the sanitizer sees any read beyond it. */
static int parse(struct text text)
{
    static char *copy;

    free(copy);
    copy = malloc(text.size);
    if (text.size > 0) {
        memcpy(copy, text.bytes, text.size);
    }
    sentence = SENTENCE_DEFAULT;
    return json_parse(&json, (struct text){copy, text.size}, &sentence);
}

static void assert_accepted(struct text text)
{
    if (parse(text) != 0) {
        fail_msg("%.*s: %s", (int)text.size, text.bytes, sentence);
    }
}

static void assert_refused(struct text text, int error, const char *expected)
{
    if (parse(text) != error || strcmp(sentence, expected) != 0) {
        fail_msg("%.*s: '%s', not '%s'", (int)text.size, text.bytes, sentence,
                 expected);
    }
    assert_int_equal(json.value_count, 0);
}

/* The decoded string at `index`. */
static struct text decoded(size_t index)
{
    static char buffer[JSON_TEXT_MAX];
    struct text text;

    assert_int_equal(
        json_string(&json, &json.values[index], buffer, sizeof(buffer), &text),
        0);
    return text;
}

/* --- what is accepted ------------------------------------------------------*/

static void every_kind_of_value_can_be_the_root(void **state)
{
    static const struct {
        const char *text;
        enum json_type type;
    } roots[] = {
        {"{}", JSON_OBJECT},      {"[]", JSON_ARRAY},
        {"\"\"", JSON_STRING},    {"1", JSON_NUMBER},
        {"0", JSON_NUMBER},       {"-1.5e3", JSON_NUMBER},
        {"true", JSON_BOOLEAN},   {"null", JSON_NULL},
        {"false", JSON_BOOLEAN},  {" \t\r\n1 \t\r\n", JSON_NUMBER},
        {" [ ] ", JSON_ARRAY},    {" true ", JSON_BOOLEAN},
        {" \"a\" ", JSON_STRING},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(roots); i++) {
        assert_accepted(text_of(roots[i].text));
        assert_int_equal(json.value_count, 1);
        assert_int_equal(json.values[0].type, roots[i].type);
        assert_int_equal(json.values[0].next, 1);
        assert_int_equal(json.values[0].count, 0);
    }
}

static void well_formed_text_is_accepted(void **state)
{
    static const char *const texts[] = {
        "{\"a\":1}",
        " { \"a\" : 1 , \"b\" : [ 1 , 2 , { } , [ ] ] , \"c\" : null } ",
        "[[],[[]],[[],[]],{},{\"a\":{}},[{}]]",
        "{\"a\":{\"b\":{\"c\":[true,false,null]}},\"d\":\"e\"}",
        "{\"\":\"\"}",
        "[\"[\",\"]\",\"{\",\"}\",\",\",\":\",\"\\\"\",\"\\\\\"]",
        "{\"a\":1,\"A\":2,\"b\":{\"a\":1},\"c\":[{\"a\":1},{\"a\":1}]}",
        "[0,-0,10,-10,0.0,0.50,1e0,1E+9,1e-09,-0.1e+1,123456789012345678901]",
        "[\"\x7f\",\"\xc3\xa4\",\"\xf4\x8f\xbf\xbf\",\"\xef\xbf\xbf\"]",
        "[\"\\u0001\\u001f\\uD83D\\uDE00\\uffff\\u00E4\"]"};

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_accepted(text_of(texts[i]));
    }
}

static void values_lie_in_the_order_of_the_text(void **state)
{
    static const struct {
        const char *raw;
        enum json_type type;
        uint16_t count, next;
    } expected[] = {
        {"{\"a\": [1, {}], \"b\\n\": \"x\"}", JSON_OBJECT, 2, 7},
        {"a", JSON_STRING, 0, 2},
        {"[1, {}]", JSON_ARRAY, 2, 5},
        {"1", JSON_NUMBER, 0, 4},
        {"{}", JSON_OBJECT, 0, 5},
        {"b\\n", JSON_STRING, 0, 6},
        {"x", JSON_STRING, 0, 7},
    };

    (void)state;
    assert_accepted(TEXT(" {\"a\": [1, {}], \"b\\n\": \"x\"} "));
    assert_int_equal(json.value_count, ARRAY_COUNT(expected));
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        const struct json_value *value = &json.values[i];

        assert_int_equal(value->type, expected[i].type);
        assert_int_equal(value->count, expected[i].count);
        assert_int_equal(value->next, expected[i].next);
        assert_true(text_is(json_raw(&json, value), expected[i].raw));
    }
}

/* --- what is refused -------------------------------------------------------*/

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
                                        "nulll",  "falsey", "fALSE", "tru\"e",
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

/* --- limits ----------------------------------------------------------------*/

static char large[JSON_TEXT_MAX + 1];

static struct text repeat(const char *start, const char *part, size_t count,
                          const char *end)
{
    struct writer writer;

    writer_start(&writer, large, sizeof(large));
    write_string(&writer, start);
    for (size_t i = 0; i < count; i++) {
        write_string(&writer, part);
    }
    write_string(&writer, end);
    assert_false(writer.cut);
    return writer_text(&writer);
}

static void a_text_may_have_4096_bytes(void **state)
{
    (void)state;
    assert_int_equal(repeat("\"", "x", JSON_TEXT_MAX - 2, "\"").size, 4096);
    assert_accepted((struct text){large, JSON_TEXT_MAX});
    assert_int_equal(decoded(0).size, JSON_TEXT_MAX - 2);
    memset(large, ' ', sizeof(large));
    large[0] = '1';
    assert_accepted((struct text){large, JSON_TEXT_MAX});
    assert_refused((struct text){large, JSON_TEXT_MAX + 1}, -XEN_E2BIG,
                   "the text is too long");
    /* That it is too long shows before anything is looked at. */
    assert_int_equal(
        json_parse(&json, (struct text){NULL, SIZE_MAX}, &sentence),
        -XEN_E2BIG);
}

static void a_text_may_have_512_values(void **state)
{
    (void)state;
    assert_accepted(repeat("[", "1,", JSON_VALUE_MAX - 2, "1]"));
    assert_int_equal(json.value_count, JSON_VALUE_MAX);
    assert_int_equal(json.values[0].count, JSON_VALUE_MAX - 1);
    assert_int_equal(json.values[0].next, JSON_VALUE_MAX);
    assert_refused(repeat("[", "1,", JSON_VALUE_MAX - 1, "1]"), -XEN_E2BIG,
                   "there are too many values");
}

static void keys_count_as_values(void **state)
{
    struct writer writer;

    (void)state;
    writer_start(&writer, large, sizeof(large));
    for (int i = 0; i < 255; i++) {
        write_format(&writer, "%c\"%d\":%d", i ? ',' : '{', i, i);
    }
    write_string(&writer, "}");
    assert_accepted(writer_text(&writer));
    assert_int_equal(json.value_count, 511);
    assert_int_equal(json.values[0].count, 255);
    writer.used--;
    write_string(&writer, ",\"x\":1}");
    assert_refused(writer_text(&writer), -XEN_E2BIG,
                   "there are too many values");
}

static void a_value_may_have_16_containers_around_it(void **state)
{
    (void)state;
    assert_accepted(TEXT("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]"));
    assert_accepted(TEXT("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"));
    assert_accepted(TEXT("[[[[[[[[[[[[[[[[[],{}]]]]]]]]]]]]]]]]"));
    assert_refused(TEXT("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"), -XEN_E2BIG,
                   "values are nested too deeply");
    assert_refused(TEXT("[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]"), -XEN_E2BIG,
                   "values are nested too deeply");
    assert_refused(TEXT("[[[[[[[[[[[[[[[[{\"a\":1}]]]]]]]]]]]]]]]]"),
                   -XEN_E2BIG, "values are nested too deeply");
    assert_refused(repeat("", "[", 512, "]"), -XEN_EINVAL,
                   "the text ends too early");
}

/* --- what is read back -----------------------------------------------------*/

static void escapes_are_decoded(void **state)
{
    static const struct {
        const char *text, *decoded;
    } strings[] = {
        {"\"\"", ""},
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\"", "\"\\/"},
        {"\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t"},
        {"\"\\u0041\\u007f\"", "A\x7f"},
        {"\"\\u0001\"", "\x01"},
        {"\"\\u0080\\u07ff\"", "\xc2\x80\xdf\xbf"},
        {"\"\\u0800\\uffff\"", "\xe0\xa0\x80\xef\xbf\xbf"},
        {"\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80"},
        {"\"\\ud800\\udc00\"", "\xf0\x90\x80\x80"},
        {"\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf"},
        {"\"x\\uD83D\\uDE00y\"", "x\xf0\x9f\x98\x80y"},
        {"\"\\u00e4\\u00E4\xc3\xa4\"", "\xc3\xa4\xc3\xa4\xc3\xa4"},
        {"\"\\\\u0041\\\\n\"", "\\u0041\\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(strings); i++) {
        assert_accepted(text_of(strings[i].text));
        assert_true(text_is(decoded(0), strings[i].decoded));
    }
}

static void keys_are_decoded_like_strings(void **state)
{
    (void)state;
    assert_accepted(TEXT("{\"\\u0061\\t\":1}"));
    assert_true(text_is(decoded(1), "a\t"));
}

static void a_string_that_does_not_fit_is_cut_at_a_character(void **state)
{
    static const char *const whole[] = {"", "a", "a", "a", "a\xe2\x82\xac"};
    struct text text;
    char *buffer;

    (void)state;
    assert_accepted(TEXT("\"a\\u20acz\""));
    for (size_t size = 0; size < ARRAY_COUNT(whole); size++) {
        buffer = malloc(size);
        assert_int_equal(
            json_string(&json, &json.values[0], buffer, size, &text),
            -XEN_E2BIG);
        assert_true(text_is(text, whole[size]));
        assert_ptr_equal(text.bytes, buffer);
        free(buffer);
    }
    buffer = malloc(5);
    assert_int_equal(json_string(&json, &json.values[0], buffer, 5, &text), 0);
    assert_true(text_is(text, "a\xe2\x82\xacz"));
    free(buffer);
}

static void only_strings_are_decoded(void **state)
{
    static const char *const texts[] = {"{}", "[\n]", "1", "true", "null"};
    struct text text;
    char buffer[16];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_accepted(text_of(texts[i]));
        assert_int_equal(
            json_string(&json, &json.values[0], buffer, sizeof(buffer), &text),
            -XEN_EINVAL);
        assert_int_equal(text.size, 0);
    }
}

static void unsigned_numbers_are_read_up_to_64_bits(void **state)
{
    static const struct {
        const char *text;
        int status;
        uint64_t number;
    } numbers[] = {
        {"0", 0, 0},
        {"7", 0, 7},
        {"4294967296", 0, 4294967296},
        {"18446744073709551615", 0, UINT64_MAX},
        {"18446744073709551616", -XEN_ERANGE, 42},
        {"18446744073709551620", -XEN_ERANGE, 42},
        {"184467440737095516150", -XEN_ERANGE, 42},
        {"99999999999999999999999999", -XEN_ERANGE, 42},
        {"99999999999999999999999999.0", -XEN_EINVAL, 42},
        {"-1", -XEN_EINVAL, 42},
        {"-0", -XEN_EINVAL, 42},
        {"1.0", -XEN_EINVAL, 42},
        {"1e3", -XEN_EINVAL, 42},
        {"\"1\"", -XEN_EINVAL, 42},
        {"true", -XEN_EINVAL, 42},
        {"[1]", -XEN_EINVAL, 42},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(numbers); i++) {
        uint64_t number = 42; /* stays where there is none */

        assert_accepted(text_of(numbers[i].text));
        assert_int_equal(json_unsigned(&json, &json.values[0], &number),
                         numbers[i].status);
        assert_true(number == numbers[i].number);
    }
}

static void every_type_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(json_type_name(JSON_OBJECT), "an object");
    assert_string_equal(json_type_name(JSON_ARRAY), "an array");
    assert_string_equal(json_type_name(JSON_STRING), "text");
    assert_string_equal(json_type_name(JSON_NUMBER), "a number");
    assert_string_equal(json_type_name(JSON_BOOLEAN), "true or false");
    assert_string_equal(json_type_name(JSON_NULL), "null");
}

static void quoted_text_is_json_and_reads_back(void **state)
{
    char bytes[256], buffer[2048];
    struct text text = {bytes, 1};
    struct writer writer;

    (void)state;
    for (unsigned int code = 1; code < 0x80; code++) {
        bytes[0] = (char)code;
        writer_start(&writer, buffer, sizeof(buffer));
        write_quoted(&writer, text, SIZE_MAX);
        assert_accepted(writer_text(&writer));
        assert_true(text_equal(decoded(0), text));
    }
    text.size = sizeof(bytes);
    for (unsigned int code = 0; code < sizeof(bytes); code++) {
        bytes[code] = (char)(code ? code : 1);
    }
    writer_start(&writer, buffer, sizeof(buffer));
    write_quoted(&writer, text, 200);
    assert_accepted(writer_text(&writer));
}

/* --- at random -------------------------------------------------------------*/

/* A text that is made together with what has to come out of it. */
struct made {
    struct writer writer;
    size_t count;
    struct {
        enum json_type type;
        uint16_t count, next;
        char bytes[64]; /* a string decoded, any other value as it stands */
        size_t size;
    } values[JSON_VALUE_MAX];
};

static struct made made;
static char made_bytes[JSON_TEXT_MAX + 1];

static size_t below(size_t end)
{
    return (size_t)rand() % end;
}

static void make_blanks(void)
{
    while (below(4) == 0) {
        write_char(&made.writer, " \t\r\n"[below(4)]);
    }
}

static void make_character(char **decoded_end)
{
    static const struct {
        const char *written, *decoded;
    } some[] = {
        {"a", "a"},
        {"\\u0062", "b"},
        {"\\n", "\n"},
        {"\\\"", "\""},
        {"\\\\", "\\"},
        {"\\/", "/"},
        {"\\u001f", "\x1f"},
        {"}", "}"},
        {",", ","},
        {":", ":"},
        {"\xc3\xa4", "\xc3\xa4"},
        {"\\u20AC", "\xe2\x82\xac"},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    };
    size_t which = below(ARRAY_COUNT(some));

    write_string(&made.writer, some[which].written);
    memcpy(*decoded_end, some[which].decoded, strlen(some[which].decoded));
    *decoded_end += strlen(some[which].decoded);
}

/* With a number in front if it is to differ from others. */
static void make_string(const char *front)
{
    size_t index = made.count++;
    char *end = made.values[index].bytes;

    write_format(&made.writer, "\"%s", front);
    memcpy(end, front, strlen(front));
    end += strlen(front);
    for (size_t size = below(8); size > 0; size--) {
        make_character(&end);
    }
    write_char(&made.writer, '"');
    made.values[index].type = JSON_STRING;
    made.values[index].size = (size_t)(end - made.values[index].bytes);
    made.values[index].count = 0;
    made.values[index].next = (uint16_t)made.count;
}

static void make_plain(void)
{
    static const char *const fractions[] = {"", "", "", ".0", ".125"};
    static const char *const exponents[] = {"", "", "", "e1", "E+20", "e-05"};
    static const char *const words[] = {"null", "true", "false"};
    size_t index = made.count++, word = below(6);
    char *bytes = made.values[index].bytes;

    made.values[index].type = word > 2    ? JSON_NUMBER
                              : word == 0 ? JSON_NULL
                                          : JSON_BOOLEAN;
    made.values[index].count = 0;
    made.values[index].next = (uint16_t)made.count;
    if (word > 2) {
        snprintf(bytes, 64, "%s%zu%s%s", below(4) ? "" : "-", below(100000),
                 fractions[below(5)], exponents[below(6)]);
    } else {
        strcpy(bytes, words[word]);
    }
    made.values[index].size = strlen(bytes);
    write_string(&made.writer, bytes);
}

/* As deep as the limit allows, as long as there is much room left. */
static void make_value(unsigned int depth)
{
    size_t kind = below(depth == 0 ? 3 : 6), members = below(6);
    size_t index = made.count;

    make_blanks();
    if (kind > 2 || depth > JSON_DEPTH_MAX || made.writer.used > 2000) {
        kind == 3 ? make_string("") : make_plain();
        return;
    }
    if (depth == JSON_DEPTH_MAX) {
        members = 0;
    }
    made.count++;
    made.values[index].type = kind ? JSON_OBJECT : JSON_ARRAY;
    made.values[index].count = (uint16_t)members;
    write_char(&made.writer, kind ? '{' : '[');
    make_blanks();
    for (size_t i = 0; i < members; i++) {
        char front[32];

        if (i > 0) {
            write_char(&made.writer, ',');
        }
        if (kind) {
            make_blanks();
            snprintf(front, sizeof(front), "%zu", i);
            make_string(front);
            make_blanks();
            write_char(&made.writer, ':');
        }
        make_value(depth + 1);
        make_blanks();
    }
    write_char(&made.writer, kind ? '}' : ']');
    made.values[index].next = (uint16_t)made.count;
}

static void make_text(void)
{
    made.count = 0;
    writer_start(&made.writer, made_bytes, sizeof(made_bytes));
    make_value(0);
    make_blanks();
}

static bool reads_back(void)
{
    if (json.value_count != made.count) {
        return false;
    }
    for (size_t i = 0; i < made.count; i++) {
        const struct json_value *value = &json.values[i];
        struct text text = {made.values[i].bytes, made.values[i].size};
        bool nested = value->type == JSON_OBJECT || value->type == JSON_ARRAY;

        if (value->type != made.values[i].type ||
            value->count != made.values[i].count ||
            value->next != made.values[i].next) {
            return false;
        }
        if (value->type == JSON_STRING
                ? !text_equal(decoded(i), text)
                : !nested && !text_equal(json_raw(&json, value), text)) {
            return false;
        }
    }
    return true;
}

static unsigned int start_random(void)
{
    const char *given = getenv("SEED");
    unsigned int seed = given ? (unsigned int)strtoul(given, NULL, 0) : 1;

    srand(seed);
    return seed;
}

static void random_json_reads_back(void **state)
{
    unsigned int seed = start_random();
    size_t largest = 0;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        make_text();
        if (made.writer.cut || parse(writer_text(&made.writer)) != 0 ||
            !reads_back()) {
            fail_msg("SEED=%u, round %d: %s: %s", seed, i, sentence,
                     made_bytes);
        }
        largest = made.count > largest ? made.count : largest;
    }
    assert_true(largest > 100); /* otherwise it tests little */
}

/* A document that was accepted must hold together, whatever the text was. */
static bool is_sound(struct text text)
{
    static char buffer[JSON_TEXT_MAX];
    struct text string;
    uint64_t number;

    if (json.value_count == 0 || json.values[0].next != json.value_count) {
        return false;
    }
    for (size_t i = 0; i < json.value_count; i++) {
        const struct json_value *value = &json.values[i];
        size_t held = 0;

        if (value->start > value->end || value->end > text.size ||
            value->next <= i || value->next > json.value_count) {
            return false;
        }
        for (size_t at = i + 1; at < value->next; at = json.values[at].next) {
            held++;
        }
        if (held != value->count * (value->type == JSON_OBJECT ? 2U : 1U)) {
            return false;
        }
        if (value->type == JSON_STRING &&
            (json_string(&json, value, buffer, sizeof(buffer), &string) != 0 ||
             !text_is_utf8(string))) {
            return false;
        }
        if (json_unsigned(&json, value, &number) == 0 &&
            value->type != JSON_NUMBER) {
            return false;
        }
    }
    return true;
}

static void mutate(char *bytes, size_t *size)
{
    static const char likely[] = "{}[]\",:\\u0d8-+.eE1 \n\tntf\xc3\xa4\xff";
    size_t at = below(*size + 1), part = below(*size - at + 1);

    switch (below(5)) {
    case 0: /* leave a part out */
        part = part > 4 && below(4) ? below(4) : part;
        memmove(bytes + at, bytes + at + part, *size - at - part);
        *size -= part;
        break;
    case 1: /* repeat a part */
        part = part < JSON_TEXT_MAX - *size ? part : JSON_TEXT_MAX - *size;
        memmove(bytes + at + part, bytes + at, *size - at);
        *size += part;
        break;
    case 2: /* any byte */
        if (at < *size) {
            bytes[at] = (char)below(256);
        }
        break;
    case 3: /* a byte that means something */
        if (at < *size) {
            bytes[at] = likely[below(sizeof(likely) - 1)];
        }
        break;
    default: /* one more of these */
        if (*size < JSON_TEXT_MAX) {
            memmove(bytes + at + 1, bytes + at, *size - at);
            bytes[at] = likely[below(sizeof(likely) - 1)];
            ++*size;
        }
    }
}

static void mutated_json_does_no_harm(void **state)
{
    unsigned int seed = start_random();
    unsigned int accepted = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        make_text();
        size_t size = made.writer.used;

        for (size_t count = 1 + below(3); count > 0; count--) {
            mutate(made_bytes, &size);
        }
        struct text text = {made_bytes, size};
        int status = parse(text);

        if (status == 0 ? !is_sound(text)
                        : strcmp(sentence, SENTENCE_DEFAULT) == 0 ||
                              (status != -XEN_EINVAL && status != -XEN_E2BIG)) {
            fail_msg("SEED=%u, round %d: %.*s", seed, i, (int)size, made_bytes);
        }
        accepted += status == 0;
    }
    assert_in_range(accepted, 100, 9900); /* otherwise it tests little */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_can_be_the_root),
        cmocka_unit_test(well_formed_text_is_accepted),
        cmocka_unit_test(values_lie_in_the_order_of_the_text),
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
        cmocka_unit_test(a_text_may_have_4096_bytes),
        cmocka_unit_test(a_text_may_have_512_values),
        cmocka_unit_test(keys_count_as_values),
        cmocka_unit_test(a_value_may_have_16_containers_around_it),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(keys_are_decoded_like_strings),
        cmocka_unit_test(a_string_that_does_not_fit_is_cut_at_a_character),
        cmocka_unit_test(only_strings_are_decoded),
        cmocka_unit_test(unsigned_numbers_are_read_up_to_64_bits),
        cmocka_unit_test(every_type_has_a_name),
        cmocka_unit_test(quoted_text_is_json_and_reads_back),
        cmocka_unit_test(random_json_reads_back),
        cmocka_unit_test(mutated_json_does_no_harm),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
