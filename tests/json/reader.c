/* SPDX-License-Identifier: MIT */
/*
 * reader - reads texts with lib/json, for tests/json/run. In: four bytes with
 * the size of a text, low byte first, and the text. Out: a line for each text:
 * "no", or all its values. An object is o and the number of members, an array
 * is a and the number of elements, a text is s and the decoded bytes in
 * hexadecimal, a number is n and the number as it stands; t, f and z are true,
 * false and null.
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/json.h"

static void show_string(const struct json *json, const struct json_value *value)
{
    static char buffer[JSON_TEXT_MAX];
    struct text decoded;

    if (json_string(json, value, buffer, sizeof(buffer), &decoded) != 0)
        abort();
    putchar('s');
    for (size_t i = 0; i < decoded.size; i++)
        printf("%02x", (unsigned char)decoded.bytes[i]);
}

static void show(const struct json *json, const struct json_value *value)
{
    const struct text raw = json_raw(json, value);

    switch (value->type) {
    case JSON_OBJECT:
        printf("o%d", value->count);
        break;
    case JSON_ARRAY:
        printf("a%d", value->count);
        break;
    case JSON_STRING:
        show_string(json, value);
        break;
    case JSON_NUMBER:
        printf("n%.*s", (int)raw.size, raw.bytes);
        break;
    case JSON_BOOLEAN:
        putchar(raw.bytes[0]);
        break;
    case JSON_NULL:
        putchar('z');
        break;
    }
    putchar(' ');
}

static void read_text(size_t size)
{
    static struct json json;
    char *bytes = malloc(size + 1); /* of its own, for the sanitizer */
    const char *error;

    if (!bytes || fread(bytes, 1, size, stdin) != size)
        abort();
    if (json_parse(&json, (struct text){bytes, size}, &error) != 0) {
        puts("no");
    } else {
        for (unsigned int i = 0; i < json.value_count; i++)
            show(&json, &json.values[i]);
        putchar('\n');
    }
    free(bytes);
}

int main(void)
{
    unsigned char size[4];

    while (fread(size, 1, sizeof(size), stdin) == sizeof(size))
        read_text((size_t)size[0] | (size_t)size[1] << 8 |
                  (size_t)size[2] << 16);
    return 0;
}
