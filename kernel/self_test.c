/* SPDX-License-Identifier: MIT */
/*
 * self_test - tests layers that no command uses; see self_test.h.
 */
#include "kernel/self_test.h"

#include "arch/arch.h"
#include "drivers/grant.h"
#include "drivers/xenstore.h"
#include "kernel/options.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"
#include "lib/macros.h"

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static grant_ref_t reference;
static bool granted;

static void lend_page(void)
{
    static const char path[] = "data/xen-test-vm/self-test/grant";
    char number[TEXT_NUMBER_SIZE];
    struct xenstore_request publish;
    int error;

    format(page, sizeof(page), "lent by xen-test-vm");
    error = grant_page(0, page, true, &reference);
    if (error != 0) {
        log_error("self-test", "no grant: %s", error_name(error));
        return;
    }
    granted = true;
    log_info("self-test", "page lent to domain 0, grant %u", reference);
    publish = xenstore_write(0, path, text_of_number(number, reference));
    error = xenstore_exchange(&publish, 1);
    if (error != 0)
        log_error("self-test", "%s: %s", path, error_name(error));
}

/* --- faults --------------------------------------------------------------- */

static const char constant[1];

static void write_to(unsigned long address)
{
    /* Hide the address from the compiler. */
    __asm__("" : "+r"(address));
    *(volatile char *)address = 0;
}

static void write_to_page_0(void)
{
    write_to(8);
}

/* In the lower half of a machine's addresses, where nothing is mapped. */
static void write_to_nowhere(void)
{
    write_to(1UL << 46);
}

static void write_to_text(void)
{
    write_to((unsigned long)write_to_text);
}

static void write_to_constant(void)
{
    write_to((unsigned long)constant);
}

static void jump_to(const void *code)
{
    ((void (*)(void))(unsigned long)code)();
}

static void jump_into_data(void)
{
    jump_to(page);
}

static void jump_into_constant(void)
{
    jump_to(constant);
}

static unsigned int overflow(unsigned int depth)
{
    volatile unsigned int room[64];

    room[0] = depth;
    return depth > 0 ? overflow(depth - 1) + room[0] : 0;
}

static void overflow_the_stack(void)
{
    (void)overflow(UINT32_MAX);
}

static const struct {
    const char *name;
    void (*cause)(void);
} faults[] = {
    {"page-0", write_to_page_0},   {"nowhere", write_to_nowhere},
    {"text", write_to_text},       {"constant", write_to_constant},
    {"data", jump_into_data},      {"constant-jump", jump_into_constant},
    {"stack", overflow_the_stack},
};

static void fault(struct text name)
{
    for (size_t i = 0; i < ARRAY_COUNT(faults); i++) {
        if (text_is(name, faults[i].name))
            faults[i].cause();
    }
    log_error("self-test", "no such fault");
}

void self_test_start(void)
{
    if (options.self_test)
        lend_page();
    if (options.fault_test.size > 0)
        fault(options.fault_test);
}

void self_test_resume(void)
{
    granted = false;
    if (options.self_test)
        lend_page();
}

void self_test_end(void)
{
    int error;

    if (!granted)
        return;
    error = grant_end(reference);
    if (error != 0)
        log_error("self-test", "grant %u stands: %s", reference,
                  error_name(error));
    else
        log_info("self-test", "grant %u ended", reference);
}
