/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/json: accepted texts, limits, and values read back.
 */
#include "tests/unit/json.h"

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
    /* A text that is too long is refused before any other check. */
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
        uint64_t number = 42; /* unchanged if there is none */

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
    for (size_t max = 0; max < 1000; max++) {
        writer_start(&writer, buffer, sizeof(buffer));
        write_quoted(&writer, text, max);
        assert_accepted(writer_text(&writer));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_can_be_the_root),
        cmocka_unit_test(well_formed_text_is_accepted),
        cmocka_unit_test(values_lie_in_the_order_of_the_text),
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
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
