/* SPDX-License-Identifier: MIT */
/*
 * fake/console - a xenconsoled; see fake/console.h.
 */
#include "tests/fake/console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include <cmocka.h>

#include "tests/fake/arch.h"

/* With the byte `connection`, which older headers lack. */
#define RING_SIZE 3089

#define OUTPUT_MAX (1 << 20)
#define TYPED_MAX  (1 << 14)

struct fake_console fake_console;
struct xencons_interface *fake_console_page;

static union {
    struct xencons_interface ring;
    char bytes[PAGE_SIZE];
} pages[2] __attribute__((aligned(PAGE_SIZE)));
static evtchn_port_t port;

static char output[OUTPUT_MAX];
static size_t output_size;

static char typed[TYPED_MAX];
static size_t typed_start, typed_end;

static bool is_broken(uint32_t there, size_t size)
{
    if (there > size && !fake_console.forgives)
        fail_msg("the guest broke its ring: %u bytes in it", there);
    return there > size;
}

static bool take(size_t most)
{
    struct xencons_interface *page = fake_console_page;
    uint32_t there = page->out_prod - page->out_cons;
    size_t before = output_size;

    if (is_broken(there, sizeof(page->out)))
        return false;
    for (; there > 0 && most > 0 && fake_console.appetite > 0; there--) {
        assert_true(output_size + 1 < OUTPUT_MAX);
        output[output_size] =
            page->out[MASK_XENCONS_IDX(page->out_cons, page->out)];
        if (output[output_size] == '\0')
            output[output_size] = '\1';
        output_size++;
        page->out_cons++;
        most--;
        if (fake_console.appetite != SIZE_MAX)
            fake_console.appetite--;
    }
    return output_size > before;
}

static bool give(size_t most)
{
    struct xencons_interface *page = fake_console_page;
    uint32_t there = page->in_prod - page->in_cons;
    size_t before = typed_start;

    if (is_broken(there, sizeof(page->in)))
        return false;
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
        fake_raise(port);
    return took || gave;
}

static struct boot_ring connect(evtchn_port_t new_port)
{
    port = new_port;
    fake_connect(port, step);
    return (struct boot_ring){fake_console_page, port};
}

static void take_fresh_page(uint32_t index)
{
    struct xencons_interface *page =
        &pages[fake_console_page == &pages[0].ring ? 1 : 0].ring;

    ASAN_POISON_MEMORY_REGION(pages, sizeof(pages));
    ASAN_UNPOISON_MEMORY_REGION(page, RING_SIZE);
    memset(page, 0, RING_SIZE);
    page->out_cons = page->out_prod = index;
    page->in_cons = page->in_prod = index;
    fake_console_page = page;
}

struct boot_ring fake_console_keep(evtchn_port_t new_port)
{
    (void)take(SIZE_MAX);
    return connect(new_port);
}

struct boot_ring fake_console_renew(evtchn_port_t new_port, uint32_t index)
{
    (void)take(SIZE_MAX);
    take_fresh_page(index);
    return connect(new_port);
}

struct boot_ring fake_console_start(uint32_t index)
{
    fake_console = (struct fake_console){.appetite = SIZE_MAX};
    output_size = typed_start = typed_end = 0;
    take_fresh_page(index);
    return connect(FAKE_CONSOLE_PORT);
}

bool fake_console_waits(void)
{
    return fake_console_page->out_prod != fake_console_page->out_cons &&
           fake_console.appetite > 0 && !fake_is_awake(port);
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
    fake_wake(port);
}
