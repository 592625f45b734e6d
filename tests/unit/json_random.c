/* SPDX-License-Identifier: MIT */
/*
 * Tests of lib/json: random texts, well-formed and otherwise. SEED=number
 * chooses other texts.
 */
#include "tests/unit/json.h"

/* A random text, made together with the values that must be read from it. */
struct made {
    struct writer writer;
    size_t count;
    struct {
        enum json_type type;
        uint16_t count, next;
        char bytes[64]; /* a string is decoded, any other value as it stands */
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

/* `front` is a number if the string must differ from others. */
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

/* As deep as the limit allows, while much room is left. */
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
    assert_true(largest > 100); /* otherwise this tests little */
}

/* An accepted document must be consistent, whatever the text was. */
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
    case 3: /* a byte with a meaning */
        if (at < *size) {
            bytes[at] = likely[below(sizeof(likely) - 1)];
        }
        break;
    default: /* insert such a byte */
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
    assert_in_range(accepted, 100, 9900); /* otherwise this tests little */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_json_reads_back),
        cmocka_unit_test(mutated_json_does_no_harm),
    };

    return cmocka_run_group_tests_name("json_random", tests, NULL, NULL);
}
