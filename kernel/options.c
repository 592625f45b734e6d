/* SPDX-License-Identifier: MIT */
/*
 * options - words on the kernel command line; see options.h.
 */
#include "kernel/options.h"

#include "lib/ethernet.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/macros.h"
#include "lib/string.h"
#include "lib/text.h"

#define WORD_MAX 64 /* bytes shown of an unknown word */

struct options options;

static bool read_ip(struct text value)
{
    options.has_ip = ethernet_read_ip(value, options.ip);
    return options.has_ip;
}

static bool read_fault_test(struct text value)
{
    options.fault_test = value;
    return true;
}

/* A word that ends in = has a value, which `read` parses. */
static const struct {
    const char *word;
    bool *flag;
    bool (*read)(struct text value);
} words[] = {
    {"self-test", &options.self_test, 0},
    {"suspend-event-channel", &options.suspend_event_channel, 0},
    {"fault-test=", 0, read_fault_test},
    {"ip=", 0, read_ip},
};

/* Everything behind this is a program, even if it looks like words. */
#define TESTING "testing="

static void read_word(struct text word)
{
    char quoted[2 * WORD_MAX];
    struct writer writer;

    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        const size_t size = strlen(words[i].word);

        if (words[i].flag && text_is(word, words[i].word)) {
            *words[i].flag = true;
            return;
        }
        if (words[i].read && text_starts_with(word, words[i].word) &&
            words[i].read((struct text){word.bytes + size, word.size - size}))
            return;
    }
    writer_start(&writer, quoted, sizeof(quoted));
    write_quoted(&writer, word, WORD_MAX);
    log_info("options", "unknown word %s ignored", quoted);
}

void options_read(const char *command_line)
{
    const char *at = command_line;

    while (*at != '\0') {
        const char *start = at;

        if (text_starts_with(text_of(at), TESTING)) {
            options.testing = text_of(at + sizeof(TESTING) - 1);
            return;
        }
        while (*at != '\0' && *at != ' ')
            at++;
        if (at != start)
            read_word((struct text){start, (size_t)(at - start)});
        while (*at == ' ')
            at++;
    }
}
