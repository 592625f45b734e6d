/* SPDX-License-Identifier: MIT */
/*
 * operands - the operands of a hypercall; see operands.h.
 */
#include "decide/operands.h"

#include "decide/command.h"

static bool read_number(struct text text, uint64_t *number)
{
    if (!text_starts_with(text, "0x"))
        return text_number(text, number);
    text.bytes += 2;
    text.size -= 2;
    return text_number_in(text, 16, number);
}

static bool read_operand(struct text text, uint64_t page, uint64_t *value)
{
    if (text_is(text, "page")) {
        *value = page;
        return true;
    }
    if (!text_starts_with(text, "page+"))
        return read_number(text, value);
    text.bytes += 5;
    text.size -= 5;
    if (!read_number(text, value) || *value >= PAGE_SIZE)
        return false;
    *value += page;
    return true;
}

bool operands_read(struct text text, uint64_t page, uint64_t values[],
                   unsigned int max, struct writer *why)
{
    const char *at = text.bytes, *const end = at + text.size;

    for (unsigned int count = 0; text.size > 0; count++, at++) {
        struct text operand = {at, 0};

        if (count == max) {
            write_format(why, "there are more than %u operands", max);
            return false;
        }
        while (at < end && *at != ' ')
            at++;
        operand.size = (size_t)(at - operand.bytes);
        if (!read_operand(operand, page, &values[count])) {
            write_string(why, "this is no operand: ");
            write_quoted(why, operand, QUOTED_MAX);
            return false;
        }
        if (at == end)
            break;
    }
    return true;
}
