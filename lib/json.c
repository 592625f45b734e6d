/* SPDX-License-Identifier: MIT */
/*
 * json - read one JSON text, strictly, without allocating.
 *
 * Trusts jsmn to find where strings, primitives and matching brackets begin and
 * end, and to check the escapes. Trusts no byte of the text for anything else.
 * Never changes the text and never recurses. Not reentrant: the tokens are
 * static.
 */
#include "lib/json.h"

#include <stdbool.h>
#include <stddef.h>

#include "lib/json_text.h"
#include "lib/string.h"

#define JSMN_STATIC
#define JSMN_STRICT
#include <jsmn.h>

static jsmntok_t tokens[JSON_VALUE_MAX];

struct reader {
    struct json *json;
    size_t at;                         /* all before it is checked */
    unsigned int depth;                /* open containers */
    uint16_t open[JSON_DEPTH_MAX + 1]; /* the last must be empty */
};

/* Most functions return a message that says what is wrong, or NULL. The first
 * three are limits of this file: */
static const char too_long[] = "the text is too long";
static const char too_many[] = "there are too many values";
static const char too_deep[] = "values are nested too deeply";

static const char more_text[] = "more text follows the value";

/* Set the type of a value, and check the inside of a value without members. */
static const char *check_value(jsmntype_t type, struct text text,
                               struct json_value *value)
{
    switch (type) {
    case JSMN_OBJECT:
        value->type = JSON_OBJECT;
        return NULL;
    case JSMN_ARRAY:
        value->type = JSON_ARRAY;
        return NULL;
    case JSMN_STRING:
        value->type = JSON_STRING;
        return json_text_check_string(text);
    default:
        if (json_text_starts_with(text, "-0123456789")) {
            value->type = JSON_NUMBER;
            return json_text_check_number(text);
        }
        value->type = text_is(text, "null") ? JSON_NULL : JSON_BOOLEAN;
        return json_text_check_word(text);
    }
}

/* --- structure ------------------------------------------------------------ */

static struct json_value *innermost(const struct reader *reader)
{
    return &reader->json->values[reader->open[reader->depth - 1]];
}

/*
 * Check the text between two values. jsmn leaves there only blanks, commas and
 * colons, in any number. There must be exactly one `separator`, or only blanks
 * if `separator` is "".
 */
static const char *check_gap(const struct reader *reader, size_t end,
                             const char *separator)
{
    struct text gap = {reader->json->text.bytes + reader->at, end - reader->at};

    json_text_skip_blanks(&gap);
    if (*separator != '\0' && !json_text_skip_one(&gap, separator)) {
        return *separator == ':' ? "a colon is missing after a key"
                                 : "a comma is missing between values";
    }
    json_text_skip_blanks(&gap);
    if (gap.size > 0) {
        return json_text_starts_with(gap, ":")
                   ? "a colon stands where none belongs"
                   : "a comma stands where none belongs";
    }
    return NULL;
}

/* Close the containers that end before `start`. */
static const char *close_containers(struct reader *reader, size_t start)
{
    while (reader->depth > 0 && innermost(reader)->end <= start) {
        struct json_value *container = innermost(reader);
        const char *error;

        if (container->type == JSON_OBJECT) {
            if (container->count % 2 != 0) {
                return "a key has no value";
            }
            container->count /= 2; /* it has counted keys and values */
        }
        error = check_gap(reader, container->end - 1U, "");
        if (error) {
            return error;
        }
        container->next = reader->json->value_count;
        reader->at = container->end;
        reader->depth--;
    }
    return NULL;
}

static const char *check_key(const struct json *json,
                             const struct json_value *object,
                             const struct json_value *key)
{
    const struct json_value *other = object + 1;

    if (key->type != JSON_STRING) {
        return "a key is not a string";
    }
    for (; other < key; other = &json->values[other[1].next]) {
        if (json_text_same(json_raw(json, other), json_raw(json, key))) {
            return "a key stands twice in one object";
        }
    }
    return NULL;
}

/* Whether a value may start here, after all that comes before it. */
static const char *check_place(struct reader *reader, size_t start,
                               const struct json_value *value)
{
    if (reader->depth == 0) {
        return value == reader->json->values ? NULL : more_text;
    }
    if (reader->depth > JSON_DEPTH_MAX) {
        return too_deep;
    }
    struct json_value *container = innermost(reader);
    bool in_object = container->type == JSON_OBJECT;
    bool after_key = in_object && container->count % 2 != 0;
    const char *error = check_gap(reader, start,
                                  after_key              ? ":"
                                  : container->count > 0 ? ","
                                                         : "");

    container->count++;
    if (!error && in_object && !after_key) {
        error = check_key(reader->json, container, value);
    }
    return error;
}

static const char *read_token(struct reader *reader, const jsmntok_t *token)
{
    struct json *json = reader->json;
    uint16_t index = json->value_count;
    struct json_value *value = &json->values[index];
    size_t quote = token->type == JSMN_STRING; /* not part of the value */
    size_t start = (size_t)token->start - quote;
    const char *error = close_containers(reader, start);

    *value = (struct json_value){.start = (uint16_t)token->start,
                                 .end = (uint16_t)token->end,
                                 .next = (uint16_t)(index + 1)};
    if (!error) {
        error = check_value(token->type, json_raw(json, value), value);
    }
    if (!error) {
        error = check_place(reader, start, value);
    }
    if (error) {
        return error;
    }
    json->value_count++;
    if (value->type == JSON_OBJECT || value->type == JSON_ARRAY) {
        reader->open[reader->depth++] = index;
        reader->at = start + 1;
    } else {
        reader->at = (size_t)token->end + quote;
    }
    return NULL;
}

static const char *read_tokens(struct reader *reader, int count)
{
    struct text rest = reader->json->text;
    const char *error = NULL;

    for (int i = 0; i < count && !error; i++) {
        error = read_token(reader, &tokens[i]);
    }
    if (!error) {
        error = close_containers(reader, rest.size);
    }
    if (!error) {
        json_text_skip(&rest, reader->at);
        json_text_skip_blanks(&rest);
        error = rest.size > 0 ? more_text : NULL;
    }
    return error;
}

/* Turn an error of jsmn into a message. */
static const char *explain(const jsmn_parser *parser, int error,
                           struct text text)
{
    json_text_skip(&text, parser->pos);
    if (parser->toknext > 0 && tokens[0].end >= 0) {
        return more_text;
    }
    if (error == JSMN_ERROR_NOMEM) {
        return too_many;
    }
    if (error == JSMN_ERROR_PART) {
        return "the text ends too early";
    }
    if (json_text_starts_with(text, "\"")) {
        return "a string has an escape that JSON does not know";
    }
    if (json_text_starts_with(text, "}]")) {
        return "a closing bracket has no partner";
    }
    if (parser->toksuper >= 0 && tokens[parser->toksuper].type == JSMN_OBJECT) {
        return "an object needs \"key\": before each value";
    }
    return "a character stands where JSON allows none";
}

/* Read a root that is a number or a word: jsmn expects more text
 * after these. */
static const char *read_root_primitive(struct reader *reader, struct text rest)
{
    size_t start = reader->json->text.size - rest.size, end = start;

    for (; rest.size > 0 && !json_text_starts_with(rest, JSON_TEXT_BLANKS);
         end++) {
        json_text_skip(&rest, 1);
    }
    tokens[0] = (jsmntok_t){JSMN_PRIMITIVE, (int)start, (int)end, 0};
    return read_tokens(reader, 1);
}

static const char *read_text(struct reader *reader, struct text text)
{
    struct text rest = text;
    jsmn_parser parser;
    int count;

    if (text.size > JSON_TEXT_MAX) {
        return too_long;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '\0') {
            return "the text has a NUL byte in it";
        }
    }
    if (!text_is_utf8(text)) {
        return "the text is not UTF-8";
    }
    json_text_skip_blanks(&rest);
    if (rest.size == 0) {
        return "there is no value in the text";
    }
    if (!json_text_starts_with(rest, "{[\"")) {
        return read_root_primitive(reader, rest);
    }
    jsmn_init(&parser);
    count = jsmn_parse(&parser, text.bytes, text.size, tokens, JSON_VALUE_MAX);
    return count < 0 ? explain(&parser, count, text)
                     : read_tokens(reader, count);
}

int json_parse(struct json *json, struct text text, const char **error)
{
    struct reader reader = {.json = json};

    json->text = text;
    json->value_count = 0;
    *error = read_text(&reader, text);
    if (!*error) {
        return 0;
    }
    json->value_count = 0;
    return *error == too_long || *error == too_many || *error == too_deep
               ? -XEN_E2BIG
               : -XEN_EINVAL;
}

/* --- what has been read --------------------------------------------------- */

struct text json_raw(const struct json *json, const struct json_value *value)
{
    return (struct text){json->text.bytes + value->start,
                         (size_t)value->end - value->start};
}

int json_string(const struct json *json, const struct json_value *value,
                char *buffer, size_t size, struct text *decoded)
{
    struct text raw = json_raw(json, value);
    char bytes[JSON_TEXT_CHARACTER_MAX];
    size_t more;

    *decoded = (struct text){buffer, 0};
    if (value->type != JSON_STRING) {
        return -XEN_EINVAL;
    }
    while ((more = json_text_decode(&raw, bytes)) > 0) {
        if (more > size - decoded->size) {
            return -XEN_E2BIG;
        }
        memcpy(buffer + decoded->size, bytes, more);
        decoded->size += more;
    }
    return 0;
}

int json_unsigned(const struct json *json, const struct json_value *value,
                  uint64_t *number)
{
    struct text raw = json_raw(json, value), rest = raw;
    uint64_t result = 0;

    if (value->type != JSON_NUMBER || !json_text_skip_digits(&rest) ||
        rest.size > 0) {
        return -XEN_EINVAL;
    }
    for (size_t i = 0; i < raw.size; i++) {
        uint64_t digit = (uint64_t)(raw.bytes[i] - '0');

        if (result > (UINT64_MAX - digit) / 10) {
            return -XEN_ERANGE;
        }
        result = result * 10 + digit;
    }
    *number = result;
    return 0;
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_OBJECT] = "an object",      [JSON_ARRAY] = "an array",
        [JSON_STRING] = "text",           [JSON_NUMBER] = "a number",
        [JSON_BOOLEAN] = "true or false", [JSON_NULL] = "null",
    };

    return names[type];
}
