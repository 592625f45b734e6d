// SPDX-License-Identifier: MIT
/*
 * xen-domain: operations that tests in the emulated host's dom0 need and xl
 * lacks. Reports a domain as key=value lines, waits for a change of it, shuts a
 * domain down with a reason, resumes a domain, counts Xen's free pages, prints
 * Xen's log, and reads a page that a domain grants. Changes the start info of a
 * PVH guest to what XenServer's domain builder leaves, and breaks a domain's
 * connection to the store. It writes nothing else to a domain's memory, and
 * never creates or destroys a domain.
 */
#define XC_WANT_COMPAT_MAP_FOREIGN_API

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>
#include <xenctrl.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xenguest.h>
#include <xentoollog.h>

#include <xen/hvm/save.h>

#include <xen/arch-x86/hvm/start_info.h>

#define GRANT_TEXT_SIZE 64

static const char usage[] =
    "Usage: xen-domain info DOMID            key=value lines\n"
    "       xen-domain reason DOMID          why it ended; -, gone\n"
    "       xen-domain wait SECONDS DOMID reason|pages|vcpus VALUE\n"
    "                                        until it has this value\n"
    "       xen-domain shutdown DOMID REASON 0 off, 1 reboot, 2 suspend,\n"
    "                                        3 crash, 4 watchdog, 5 reset\n"
    "       xen-domain resume DOMID fast|slow\n"
    "       xen-domain hostpages             pages that Xen has free\n"
    "       xen-domain log [LINES]           as `xl dmesg`, but faster: xl\n"
    "                                        loads all of its libraries. With\n"
    "                                        LINES only the last ones\n"
    "       xen-domain read-grant DOMID REF  text at the start of the page\n"
    "       xen-domain forget-map DOMID      start info has no memory map;\n"
    "                                        PVH that has not run yet\n"
    "       xen-domain garble DOMID FRAME    break the store's ring there\n";

static _Noreturn void wrong_usage(void)
{
    fputs(usage, stderr);
    exit(2);
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "xen-domain: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint32_t parse_number(const char *text, uint32_t limit)
{
    char *end;
    unsigned long value;

    if (*text < '0' || *text > '9')
        wrong_usage();
    errno = 0;
    value = strtoul(text, &end, 0);
    if (errno || *end || value > limit)
        wrong_usage();
    return (uint32_t)value;
}

static uint32_t parse_domain(const char *text)
{
    return parse_number(text, DOMID_FIRST_RESERVED - 1);
}

/* Without this the libraries would print an error before our own line. */
static xentoollog_logger *silence(void)
{
    xentoollog_logger_stdiostream *logger =
        xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);

    if (!logger)
        fail("cannot make a logger");
    return (xentoollog_logger *)logger;
}

static xc_interface *open_xen(void)
{
    xentoollog_logger *logger = silence();
    xc_interface *xen = xc_interface_open(logger, logger, 0);

    if (!xen)
        fail("cannot open Xen's control interface");
    return xen;
}

static void print_flag(const char *name, uint32_t flags, uint32_t flag)
{
    printf("%s=%d\n", name, (flags & flag) != 0);
}

/* Prints nothing for a PV domain: it has no such pool, and Xen returns an
 * error.
 */
static void print_paging_pool(xc_interface *xen, uint32_t domain)
{
#ifdef XEN_DOMCTL_get_paging_mempool_size
    uint64_t bytes;

    if (!xc_get_paging_mempool_size(xen, domain, &bytes))
        printf("paging_pool_pages=%" PRIu64 "\n", bytes / XC_PAGE_SIZE);
#else
    /* Xen 4.14 has no call for this. */
    (void)xen;
    (void)domain;
#endif
}

static unsigned int shutdown_reason(const xc_domaininfo_t *info)
{
    return info->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
}

/* Xen returns the first domain whose number is at least this one. */
static int is_there(xc_interface *xen, uint32_t domain, xc_domaininfo_t *info)
{
    return xc_domain_getinfolist(xen, domain, 1, info) == 1 &&
           info->domain == domain;
}

struct word {
    char text[24];
};

/* Why the domain has ended. */
static struct word reason_of(const xc_domaininfo_t *info)
{
    struct word word = {"-"};

    if (!info)
        return (struct word){"gone"};
    if (info->flags & XEN_DOMINF_shutdown)
        snprintf(word.text, sizeof(word.text), "%u", shutdown_reason(info));
    return word;
}

static int is_key(const char *word)
{
    return !strcmp(word, "reason") || !strcmp(word, "pages") ||
           !strcmp(word, "vcpus");
}

/* info is NULL if there is no such domain. */
static struct word value_of(const char *key, const xc_domaininfo_t *info)
{
    struct word word = {"gone"};

    if (!strcmp(key, "reason"))
        return reason_of(info);
    if (info && !strcmp(key, "pages"))
        snprintf(word.text, sizeof(word.text), "%" PRIu64,
                 (uint64_t)info->tot_pages);
    if (info && !strcmp(key, "vcpus"))
        snprintf(word.text, sizeof(word.text), "%" PRIu32,
                 info->nr_online_vcpus);
    return word;
}

static int has_value(xc_interface *xen, uint32_t domain, const char *key,
                     const char *value)
{
    xc_domaininfo_t info;
    const struct word word =
        value_of(key, is_there(xen, domain, &info) ? &info : NULL);

    return !strcmp(word.text, value);
}

static void time_is_over(int signal)
{
    (void)signal;
    _exit(3);
}

/* Xen sends no event for most changes, so this asks again and again. A question
 * takes 1/50 of the time that a new process takes.
 */
static void wait_for(uint32_t seconds, uint32_t domain, const char *key,
                     const char *value)
{
    xc_interface *xen = open_xen();

    signal(SIGALRM, time_is_over);
    alarm(seconds);
    while (!has_value(xen, domain, key, value))
        usleep(30000);
    xc_interface_close(xen);
}

/* One word only: tests ask often. */
static void show_reason(uint32_t domain)
{
    xc_interface *xen = open_xen();
    xc_domaininfo_t info;

    puts(reason_of(is_there(xen, domain, &info) ? &info : NULL).text);
    xc_interface_close(xen);
}

static void show_domain(uint32_t domain)
{
    xc_interface *xen = open_xen();
    xc_domaininfo_t info;

    if (!is_there(xen, domain, &info)) {
        errno = ESRCH;
        fail("no such domain");
    }
    printf("type=%s\n", info.flags & XEN_DOMINF_hvm_guest ? "hvm" : "pv");
    printf("cpu_time_ns=%" PRIu64 "\n", (uint64_t)info.cpu_time);
    printf("pages=%" PRIu64 "\n", (uint64_t)info.tot_pages);
    printf("max_pages=%" PRIu64 "\n", (uint64_t)info.max_pages);
    printf("online_vcpus=%" PRIu32 "\n", info.nr_online_vcpus);
    print_flag("running", info.flags, XEN_DOMINF_running);
    print_flag("blocked", info.flags, XEN_DOMINF_blocked);
    print_flag("paused", info.flags, XEN_DOMINF_paused);
    print_flag("dying", info.flags, XEN_DOMINF_dying);
    print_flag("shutdown", info.flags, XEN_DOMINF_shutdown);
    if (info.flags & XEN_DOMINF_shutdown)
        printf("shutdown_reason=%u\n", shutdown_reason(&info));
    print_paging_pool(xen, domain);
    xc_interface_close(xen);
}

static void shut_down_domain(uint32_t domain, uint32_t reason)
{
    xc_interface *xen = open_xen();

    if (xc_domain_shutdown(xen, domain, (int)reason))
        fail("cannot shut the domain down");
    xc_interface_close(xen);
}

static void resume_domain(uint32_t domain, int fast)
{
    xc_interface *xen = open_xen();

    if (xc_domain_resume(xen, domain, fast))
        fail("cannot resume the domain");
    xc_interface_close(xen);
}

static void show_host_pages(void)
{
    xc_interface *xen = open_xen();
    xc_physinfo_t host = {0};

    if (xc_physinfo(xen, &host))
        fail("cannot ask Xen for its free pages");
    printf("%" PRIu64 "\n", (uint64_t)host.free_pages);
    xc_interface_close(xen);
}

/* Where the last lines of the text begin. */
static const char *last_lines(const char *text, size_t size, uint32_t lines)
{
    size_t start = size;

    /* The end of the last line does not count. */
    while (start > 0 && (start == size || text[start - 1] != '\n' || --lines))
        start--;
    return text + start;
}

/* On a host with few CPUs Xen keeps 16 or 32 KiB. */
static void show_log(uint32_t lines)
{
    static char text[1 << 17];
    xc_interface *xen = open_xen();
    unsigned int size = sizeof(text);
    uint32_t index = 0;
    const char *from;

    if (xc_readconsolering(xen, text, &size, 0, 0, &index))
        fail("cannot read Xen's log");
    from = last_lines(text, size, lines);
    fwrite(from, 1, size - (size_t)(from - text), stdout);
    xc_interface_close(xen);
}

static void show_grant(uint32_t domain, uint32_t reference)
{
    xengnttab_handle *grants = xengnttab_open(silence(), 0);
    char text[GRANT_TEXT_SIZE + 1] = "";
    void *page;

    if (!grants)
        fail("cannot open the grant device");
    page = xengnttab_map_grant_ref(grants, domain, reference, PROT_READ);
    if (!page)
        fail("cannot map the grant");
    memcpy(text, page, GRANT_TEXT_SIZE);
    if (xengnttab_unmap(grants, page, 1))
        fail("cannot unmap the grant");
    xengnttab_close(grants);
    puts(text);
}

#ifdef __x86_64__

/* Maps start info as the domain builder left it: at the start of a page, its
 * address in rbx. Only for a domain that has not run yet.
 */
static struct hvm_start_info *map_start_info(xc_interface *xen, uint32_t domain)
{
    HVM_SAVE_TYPE(CPU) cpu;
    struct hvm_start_info *start;

    if (xc_domain_hvm_getcontext_partial(xen, domain, HVM_SAVE_CODE(CPU), 0,
                                         &cpu, sizeof(cpu)))
        fail("cannot read the registers");
    start =
        xc_map_foreign_range(xen, domain, XC_PAGE_SIZE, PROT_READ | PROT_WRITE,
                             cpu.rbx >> XC_PAGE_SHIFT);
    if (!start)
        fail("cannot map start info");
    if (cpu.rbx % XC_PAGE_SIZE || start->magic != XEN_HVM_START_MAGIC_VALUE) {
        errno = EINVAL;
        fail("there is no start info");
    }
    return start;
}

static void forget_map(uint32_t domain)
{
    xc_interface *xen = open_xen();
    struct hvm_start_info *start = map_start_info(xen, domain);

    start->memmap_paddr = 0;
    start->memmap_entries = 0;
    if (munmap(start, XC_PAGE_SIZE))
        fail("cannot unmap start info");
    xc_interface_close(xen);
}

#else

/* A guest on Arm has a device tree, which says where RAM is. */
static void forget_map(uint32_t domain)
{
    (void)domain;
    errno = ENOSYS;
    fail("there is no start info");
}

#endif

/*
 * Puts a message with an impossible length into the guest's ring, as if the
 * store had written it. The guest finds the message at its next event. The
 * store must not write to the ring at the same time.
 */
static void garble(uint32_t domain, xen_pfn_t frame)
{
    const struct xsd_sockmsg lie = {.type = XS_WATCH_EVENT, .len = UINT32_MAX};
    const char *bytes = (const char *)&lie;
    xenforeignmemory_handle *memory = xenforeignmemory_open(silence(), 0);
    struct xenstore_domain_interface *page;
    XENSTORE_RING_IDX prod;

    if (!memory)
        fail("cannot open the memory of domains");
    page = xenforeignmemory_map(memory, domain, PROT_READ | PROT_WRITE, 1,
                                &frame, NULL);
    if (!page)
        fail("cannot map the page");
    prod = page->rsp_prod;
    for (size_t i = 0; i < sizeof(lie); i++)
        page->rsp[MASK_XENSTORE_IDX(prod + i)] = bytes[i];
    __atomic_store_n(&page->rsp_prod, prod + (XENSTORE_RING_IDX)sizeof(lie),
                     __ATOMIC_RELEASE);
    if (xenforeignmemory_unmap(memory, page, 1))
        fail("cannot unmap the page");
    xenforeignmemory_close(memory);
}

int main(int count, char **words)
{
    const char *command = count > 1 ? words[1] : "";

    if (!strcmp(command, "info") && count == 3)
        show_domain(parse_domain(words[2]));
    else if (!strcmp(command, "reason") && count == 3)
        show_reason(parse_domain(words[2]));
    else if (!strcmp(command, "wait") && count == 6 && is_key(words[4]))
        wait_for(parse_number(words[2], UINT32_MAX), parse_domain(words[3]),
                 words[4], words[5]);
    else if (!strcmp(command, "shutdown") && count == 4)
        shut_down_domain(parse_domain(words[2]),
                         parse_number(words[3], XEN_DOMINF_shutdownmask));
    else if (!strcmp(command, "resume") && count == 4 &&
             !strcmp(words[3], "fast"))
        resume_domain(parse_domain(words[2]), 1);
    else if (!strcmp(command, "resume") && count == 4 &&
             !strcmp(words[3], "slow"))
        resume_domain(parse_domain(words[2]), 0);
    else if (!strcmp(command, "hostpages") && count == 2)
        show_host_pages();
    else if (!strcmp(command, "log") && count == 2)
        show_log(UINT32_MAX);
    else if (!strcmp(command, "log") && count == 3)
        show_log(parse_number(words[2], UINT32_MAX));
    else if (!strcmp(command, "read-grant") && count == 4)
        show_grant(parse_domain(words[2]), parse_number(words[3], UINT32_MAX));
    else if (!strcmp(command, "forget-map") && count == 3)
        forget_map(parse_domain(words[2]));
    else if (!strcmp(command, "garble") && count == 4)
        garble(parse_domain(words[2]), parse_number(words[3], UINT32_MAX));
    else
        wrong_usage();

    if (fflush(stdout) || ferror(stdout))
        fail("cannot write");
    return 0;
}
