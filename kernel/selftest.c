/* SPDX-License-Identifier: MIT */
/*
 * selftest - layers that no command uses yet; see selftest.h.
 */
#include "kernel/selftest.h"

#include "drivers/grant.h"
#include "drivers/xenstore.h"
#include "kernel/options.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/log.h"

static char page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static grant_ref_t reference;
static bool granted;

static void lend_page(void)
{
    static const char path[] = "data/xen-test-vm/self-test/grant";
    char number[11];
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
    format(number, sizeof(number), "%u", reference);
    publish = xenstore_write(0, path, text_of(number));
    error = xenstore_exchange(&publish, 1);
    if (error != 0)
        log_error("self-test", "%s: %s", path, error_name(error));
}

/* An address below the kernel half of x86-64's space that nobody maps. */
static void fault(void)
{
    volatile char *nowhere = (volatile char *)(1UL << 46);

    *nowhere = 0;
}

void selftest_start(void)
{
    if (options.self_test)
        lend_page();
    if (options.fault_test)
        fault();
}

void selftest_resume(void)
{
    granted = false;
    if (options.self_test)
        lend_page();
}

void selftest_end(void)
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
