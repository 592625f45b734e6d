/* SPDX-License-Identifier: MIT */
/*
 * fake/console - a xenconsoled; see fake/console.h.
 */
#include "tests/fake/console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/arch.h"

#define OUTPUT_MAX (1 << 16)
#define TYPED_MAX  (1 << 14)

struct fake_console fake_console;
struct xencons_interface fake_console_page __attribute__((aligned(PAGE_SIZE)));

static char output[OUTPUT_MAX];
static size_t output_size;

static char typed[TYPED_MAX];
static size_t typed_start, typed_end;

static bool take(size_t most)
{
    struct xencons_interface *page = &fake_console_page;
    uint32_t there = page->out_prod - page->out_cons;
    size_t before = output_size;

    if (there > sizeof(page->out))
        fail_msg("the guest broke its ring: %u bytes in it", there);
    for (; there > 0 && most > 0 && fake_console.appetite > 0; there--) {
        assert_true(output_size + 1 < OUTPUT_MAX);
        output[output_size++] =
            page->out[MASK_XENCONS_IDX(page->out_cons, page->out)];
        page->out_cons++;
        most--;
        if (fake_console.appetite != SIZE_MAX)
            fake_console.appetite--;
    }
    return output_size > before;
}

static bool give(size_t most)
{
    struct xencons_interface *page = &fake_console_page;
    uint32_t there = page->in_prod - page->in_cons;
    size_t before = typed_start;

    if (there > sizeof(page->in))
        fail_msg("the guest broke its ring: %u bytes in it", there);
    for (; there < sizeof(page->in) && most > 0 && typed_start < typed_end;
         there++) {
        page->in[MASK_XENCONS_IDX(page->in_prod, page->in)] =
            typed[typed_start++];
        page->in_prod++;
        most--;
    }
    return typed_start > before;
}

static bool step(void)
{
    size_t most =
        fake_console.most ? 1 + fake_random(fake_console.most) : SIZE_MAX;
    bool took = take(most);
    bool gave = give(most);

    if (took || gave)
        fake_raise(FAKE_CONSOLE_PORT);
    return took || gave;
}

struct boot_ring fake_console_start(uint32_t index)
{
    fake_console = (struct fake_console){.appetite = SIZE_MAX};
    memset(&fake_console_page, 0, sizeof(fake_console_page));
    fake_console_page.out_cons = fake_console_page.out_prod = index;
    fake_console_page.in_cons = fake_console_page.in_prod = index;
    output_size = typed_start = typed_end = 0;
    fake_connect(FAKE_CONSOLE_PORT, step);
    return (struct boot_ring){&fake_console_page, FAKE_CONSOLE_PORT};
}

const char *fake_console_output(void)
{
    output[output_size] = '\0';
    return output;
}

size_t fake_console_output_size(void)
{
    return output_size;
}

void fake_console_type(struct text text)
{
    if (typed_start == typed_end)
        typed_start = typed_end = 0;
    assert_true(text.size <= TYPED_MAX - typed_end);
    memcpy(typed + typed_end, text.bytes, text.size);
    typed_end += text.size;
    fake_wake(FAKE_CONSOLE_PORT);
}
