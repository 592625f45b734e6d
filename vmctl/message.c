/* SPDX-License-Identifier: MIT */
/*
 * message - the text of a command; see message.h.
 */
#include "vmctl/message.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/json.h"
#include "vmctl/memory.h"
#include "vmctl/say.h"

/* The beginning of all ids of this process. */
static const char *id_base(void)
{
    static char base[48];

    if (base[0] == '\0')
        snprintf(base, sizeof(base), "vmctl-%lld-%ld", (long long)time(NULL),
                 (long)getpid());
    return base;
}

/* --- writing -------------------------------------------------------------- */

/* Bytes that are not UTF-8 stay: the VM refuses them. */
static void write_text_member(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            fprintf(to, "\\%c", *text);
        else if ((unsigned char)*text < ' ')
            fprintf(to, "\\u%04x", (unsigned int)*text);
        else
            fputc(*text, to);
    }
    fputc('"', to);
}

static void write_members(FILE *to, const struct member_value *members,
                          unsigned int count)
{
    fputc('{', to);
    for (unsigned int i = 0; i < count; i++) {
        fprintf(to, "%s\"%s\":", i > 0 ? "," : "", members[i].name);
        if (members[i].is_text)
            write_text_member(to, members[i].value);
        else
            fputs(members[i].value, to);
    }
    fputc('}', to);
}

static bool has_id(const struct json *json, const struct json_value *object)
{
    const struct json_value *key = object + 1;

    for (unsigned int i = 0; i < object->count; i++) {
        char name[8];
        struct text decoded;

        if (json_string(json, key, name, sizeof(name), &decoded) == 0 &&
            text_is(decoded, "id"))
            return true;
        key = &json->values[key[1].next];
    }
    return false;
}

/* Write the text, with ids for commands that have none. False: it is no JSON
 * that could hold commands. */
static bool write_with_ids(FILE *to, struct text text)
{
    static struct json json;
    const struct json_value *root = &json.values[0], *value = root;
    unsigned int number = 0;
    size_t done = 0;
    const char *error;

    if (json_parse(&json, text, &error) != 0)
        return false;
    if (root->type == JSON_ARRAY)
        value++;
    for (unsigned int left = root->type == JSON_ARRAY ? root->count : 1;
         left > 0; left--, value = &json.values[value->next]) {
        number++;
        if (value->type != JSON_OBJECT)
            return false;
        if (has_id(&json, value))
            continue;
        fwrite(text.bytes + done, 1, value->start + 1U - done, to);
        done = value->start + 1U;
        fprintf(to, "\"id\":\"%s-%u\"%s", id_base(), number,
                value->count > 0 ? "," : "");
    }
    fwrite(text.bytes + done, 1, text.size - done, to);
    return true;
}

/* --- checking ------------------------------------------------------------- */

/* Only the VM knows how much memory it has. */
static unsigned int any_mib(void)
{
    return UINT_MAX;
}

static void take(struct message *message, const char *text, size_t size)
{
    message->text = memory_get(size + 1);
    memcpy(message->text, text, size);
    message->text[size] = '\0';
    message->size = size;
    message->is_refused =
        command_parse((struct text){message->text, size}, any_mib,
                      &message->program, &message->report) != 0;
}

void message_of_text(struct message *message, const char *text, size_t size)
{
    take(message, text, size);
}

void message_of_program(struct message *message, const char *text, size_t size)
{
    char *with_ids = NULL;
    size_t whole = 0;
    FILE *to = open_memstream(&with_ids, &whole);

    if (!to)
        memory_lacks();
    if (!write_with_ids(to, (struct text){text, size}))
        whole = SIZE_MAX;
    else
        fflush(to);
    if (whole <= COMMAND_TEXT_MAX)
        take(message, with_ids, whole);
    else
        take(message, text, size);
    fclose(to);
    free(with_ids);
}

void message_of_members(struct message *message,
                        const struct member_value *members, unsigned int count)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    if (!to)
        memory_lacks();
    write_members(to, members, count);
    fclose(to);
    message_of_program(message, text, size);
    free(text);
}

/* --- answers -------------------------------------------------------------- */

bool message_ends(const struct message *message)
{
    const struct program *program = &message->program;

    for (unsigned int i = 0; i < program->count && !message->is_refused; i++) {
        if (program->steps[i].when == WHEN_NOW &&
            action_rows[program->steps[i].action].stops)
            return true;
    }
    return false;
}

bool message_is_answered_by(const struct message *message, const char *result,
                            const char *id)
{
    const struct program *program = &message->program;
    const struct text found = {id, id ? strlen(id) : 0};

    /* The VM may not be able to read the id of a text that it refuses. */
    if (message->is_refused)
        return strcmp(result, "refused") == 0;
    if (!id && strcmp(result, "refused") == 0)
        return true;
    for (unsigned int i = 0; i < program->count; i++) {
        const struct text wanted = program_text(program, program->steps[i].id);

        if (wanted.size == 0 || (id && text_equal(wanted, found)))
            return true;
    }
    return false;
}
