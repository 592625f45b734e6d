/* SPDX-License-Identifier: MIT */
/*
 * reply - what an answer of the VM says; see reply.h.
 */
#include "vmctl/reply.h"

#include <string.h>

#include "lib/json.h"

/* Copy a text member, decoded; what does not fit is cut. */
static void copy(const struct json *json, const struct json_value *value,
                 char *buffer, size_t size)
{
    struct text decoded;

    if (json_string(json, value, buffer, size - 1, &decoded) == -XEN_EINVAL)
        decoded.size = 0;
    buffer[decoded.size] = '\0';
}

void reply_read(struct reply *reply, const char *text)
{
    static struct json json;
    const struct json_value *key = &json.values[1];
    const char *error;

    memset(reply, 0, sizeof(*reply));
    if (json_parse(&json, text_of(text), &error) != 0 ||
        json.values[0].type != JSON_OBJECT)
        return;
    for (unsigned int i = 0; i < json.values[0].count; i++) {
        const struct text name = json_raw(&json, key);

        if (text_is(name, "result"))
            copy(&json, key + 1, reply->result, sizeof(reply->result));
        if (text_is(name, "id")) {
            reply->has_id = true;
            copy(&json, key + 1, reply->id, sizeof(reply->id));
        }
        key = &json.values[key[1].next];
    }
}

enum status reply_status(const struct reply *reply)
{
    return strcmp(reply->result, "refused") == 0 ||
                   strcmp(reply->result, "failed") == 0
               ? STATUS_FAILED
               : STATUS_DONE;
}
