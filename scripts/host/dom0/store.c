// SPDX-License-Identifier: MIT
/*
 * xen-store: reads, writes and waits for nodes of the store in the emulated
 * host's dom0, finds domains there, and measures how long they take to end.
 * Debian's own tools cannot wait for a value, and take four times as long to
 * start there; polling would take most of the host's CPU time.
 */
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenstore.h>

static const char usage[] =
    "Usage: xen-store read PATH\n"
    "       xen-store domid NAME\n"
    "       xen-store write PATH VALUE\n"
    "       xen-store wait SECONDS PATH VALUE     until it holds the value\n"
    "       xen-store match SECONDS PATH PATTERN  until a glob pattern fits\n"
    "       xen-store tell SECONDS PATH VALUE     write it, wait until it is\n"
    "                 acknowledged: until the node is empty\n"
    "       xen-store ask SECONDS PATH VALUE PATH PATTERN\n"
    "                 write the first node, match the second one and print it\n"
    "       xen-store lacks SECONDS PATH          until there is no such node\n"
    "       xen-store gone SECONDS NAME           until no domain has it\n"
    "       xen-store next SECONDS NAME DOMID     until another one has\n"
    "       xen-store repeat SECONDS MS PATH VALUE\n"
    "                 write the value every MS ms, with a counter behind it\n"
    "       xen-store withdraw MS PATH TEXT\n"
    "                 write the text and, after MS ms, withdraw it as libxl\n"
    "                 does; prints `withdrawn`, or `late` if it had changed\n"
    "       xen-store shutdown SECONDS DOMID REQUEST\n"
    "                 print the ns until the request is acknowledged, and\n"
    "                 until the domain is down\n"
    "Status: 0 done; 1 no such node, or an error; 2 usage; 3 time-out\n";

static _Noreturn void wrong_usage(void)
{
    fputs(usage, stderr);
    exit(2);
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "xen-store: %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct xs_handle *open_store(void)
{
    struct xs_handle *store = xs_open(0);

    if (!store)
        fail("cannot reach the store");
    return store;
}

static int read_node(const char *path)
{
    unsigned int size;
    char *value = xs_read(open_store(), XBT_NULL, path, &size);

    if (!value)
        return 1;
    fwrite(value, 1, size, stdout);
    free(value);
    return 0;
}

static bool is_called(struct xs_handle *store, const char *domid,
                      const char *name)
{
    char path[80];
    char *found;
    bool result;

    snprintf(path, sizeof(path), "/local/domain/%.20s/name", domid);
    found = xs_read(store, XBT_NULL, path, NULL);
    result = found && strcmp(found, name) == 0;
    free(found);
    return result;
}

/* Returns the number of the domain, or -1 if there is none with this name. */
static int number_of(struct xs_handle *store, const char *name)
{
    unsigned int count = 0;
    char **ids = xs_directory(store, XBT_NULL, "/local/domain", &count);
    int result = -1;

    if (!ids)
        fail("cannot list the domains");

    for (unsigned int i = 0; i < count && result < 0; i++)
        if (is_called(store, ids[i], name))
            result = atoi(ids[i]);
    free(ids);
    return result;
}

/* The same as `xl domid`, but faster: xl loads all of its libraries. */
static int find_domain(const char *name)
{
    int number = number_of(open_store(), name);

    if (number < 0)
        return 1;
    printf("%d\n", number);
    return 0;
}

static int write_node(const char *path, const char *value)
{
    if (!xs_write(open_store(), XBT_NULL, path, value,
                  (unsigned int)strlen(value)))
        fail(path);
    return 0;
}

/* value is from xs_read(), which adds a NUL; it may contain more NULs. */
static bool fits(const char *value, size_t size, const char *wanted, bool glob)
{
    if (glob)
        return fnmatch(wanted, value, 0) == 0;
    return size == strlen(wanted) && memcmp(value, wanted, size) == 0;
}

static void time_is_over(int signal)
{
    (void)signal;
    _exit(3);
}

static void limit_time(const char *seconds)
{
    signal(SIGALRM, time_is_over);
    alarm((unsigned int)atoi(seconds));
}

static bool holds(struct xs_handle *store, const char *path, const char *wanted,
                  bool glob)
{
    unsigned int size;
    char *value = xs_read(store, XBT_NULL, path, &size);
    bool result = value && fits(value, size, wanted, glob);

    free(value);
    return result;
}

static void wait_for_event(struct xs_handle *events)
{
    unsigned int count;
    char **event = xs_read_watch(events, &count);

    if (!event)
        fail("cannot wait");
    free(event);
}

/* The store sends the first event when the watch is set: it is dropped here. */
static struct xs_handle *watch(const char *path)
{
    struct xs_handle *events = open_store();

    if (!xs_watch(events, path, "wait"))
        fail("cannot watch");
    wait_for_event(events);
    return events;
}

/*
 * Requests and events have separate connections. The static library has no
 * reader thread: xs_read_watch() waits for a new message even if a request has
 * already received an event, and xs_fileno() does not show that event.
 */
static int wait_for(const char *seconds, const char *path, const char *wanted,
                    bool glob)
{
    struct xs_handle *store = open_store(), *events;

    limit_time(seconds);
    events = watch(path);
    while (!holds(store, path, wanted, glob))
        wait_for_event(events);
    return 0;
}

/* The value before this one does not fit, so the watch may be set later. */
static int ask(const char *seconds, const char *path, const char *value,
               const char *answer, const char *wanted)
{
    limit_time(seconds);
    return write_node(path, value) || wait_for(seconds, answer, wanted, true) ||
           read_node(answer);
}

static int tell(const char *seconds, const char *path, const char *value)
{
    limit_time(seconds);
    return write_node(path, value) || wait_for(seconds, path, "", false);
}

static int wait_until_missing(const char *seconds, const char *path)
{
    struct xs_handle *store = open_store(), *events;
    char *value;

    limit_time(seconds);
    events = watch(path);
    while ((value = xs_read(store, XBT_NULL, path, NULL))) {
        free(value);
        wait_for_event(events);
    }
    if (errno != ENOENT)
        fail(path);
    return 0;
}

/* Until no domain has this name; with a number, until a domain with another
 * number has it. A watch on all domains would wake this for each node of each
 * of them: asking is cheaper. */
static int wait_for_change(const char *seconds, const char *name,
                           const char *domid)
{
    struct xs_handle *store = open_store();
    int number;

    limit_time(seconds);
    while (number = number_of(store, name),
           domid ? number < 0 || number == atoi(domid) : number >= 0)
        usleep(100000);
    if (domid)
        printf("%d\n", number);
    return 0;
}

static void sleep_ms(const char *ms)
{
    usleep((unsigned int)atoi(ms) * 1000);
}

/* Each value differs from the one before, so each is a message of its own. */
static _Noreturn void repeat(const char *seconds, const char *ms,
                             const char *path, const char *value)
{
    struct xs_handle *store = open_store();
    char text[200];

    limit_time(seconds);
    for (unsigned int i = 0;; i++) {
        int size = snprintf(text, sizeof(text), "%.100s %u", value, i);

        if (!xs_write(store, XBT_NULL, path, text, (unsigned int)size))
            fail(path);
        sleep_ms(ms);
    }
}

/*
 * One try to withdraw the text, in a transaction. Returns false if the
 * transaction had a conflict. *stands: the node still held the text.
 */
static bool take_back(struct xs_handle *store, const char *path,
                      const char *text, bool *stands)
{
    xs_transaction_t transaction = xs_transaction_start(store);
    unsigned int size;
    char *value;

    if (transaction == XBT_NULL)
        fail("no transaction");
    value = xs_read(store, transaction, path, &size);
    *stands = value && fits(value, size, text, false);
    free(value);
    if (*stands && !xs_write(store, transaction, path, "", 0))
        fail(path);
    if (xs_transaction_end(store, transaction, !*stands))
        return true;
    if (errno != EAGAIN)
        fail("the transaction does not end");
    return false;
}

static int withdraw(const char *ms, const char *path, const char *text)
{
    struct xs_handle *store = open_store();
    bool stands;

    if (!xs_write(store, XBT_NULL, path, text, (unsigned int)strlen(text)))
        fail(path);
    sleep_ms(ms);
    while (!take_back(store, path, text, &stands))
        ;
    puts(stands ? "withdrawn" : "late");
    return 0;
}

static unsigned long long now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned long long)now.tv_sec * 1000000000 +
           (unsigned long long)now.tv_nsec;
}

/* Waits for the next timer tick of dom0, so that no tick comes during the next
 * milliseconds: otherwise half of the measurements would include one. */
static void wait_for_tick(void)
{
    struct timespec before, now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &before);
    do {
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    } while (now.tv_nsec == before.tv_nsec);
}

/* Assumes that the first domain that ends is this one: no other domain is
 * active. */
static int time_shutdown(const char *seconds, const char *domid,
                         const char *request)
{
    struct xs_handle *store = open_store(), *node, *down;
    unsigned long long begun, acknowledged;
    char path[80];

    snprintf(path, sizeof(path), "/local/domain/%.20s/control/shutdown", domid);
    limit_time(seconds);
    node = watch(path);
    down = watch("@releaseDomain");
    wait_for_tick();
    begun = now_ns();
    write_node(path, request);
    do {
        wait_for_event(node);
    } while (!holds(store, path, "", false));
    acknowledged = now_ns();
    wait_for_event(down);
    printf("%llu %llu\n", acknowledged - begun, now_ns() - begun);
    return 0;
}

int main(int count, char **words)
{
    if (count == 3 && strcmp(words[1], "read") == 0)
        return read_node(words[2]);
    if (count == 3 && strcmp(words[1], "domid") == 0)
        return find_domain(words[2]);
    if (count == 4 && strcmp(words[1], "write") == 0)
        return write_node(words[2], words[3]);
    if (count == 5 && strcmp(words[1], "wait") == 0)
        return wait_for(words[2], words[3], words[4], false);
    if (count == 5 && strcmp(words[1], "match") == 0)
        return wait_for(words[2], words[3], words[4], true);
    if (count == 5 && strcmp(words[1], "tell") == 0)
        return tell(words[2], words[3], words[4]);
    if (count == 7 && strcmp(words[1], "ask") == 0)
        return ask(words[2], words[3], words[4], words[5], words[6]);
    if (count == 4 && strcmp(words[1], "lacks") == 0)
        return wait_until_missing(words[2], words[3]);
    if (count == 4 && strcmp(words[1], "gone") == 0)
        return wait_for_change(words[2], words[3], NULL);
    if (count == 5 && strcmp(words[1], "next") == 0)
        return wait_for_change(words[2], words[3], words[4]);
    if (count == 6 && strcmp(words[1], "repeat") == 0)
        repeat(words[2], words[3], words[4], words[5]);
    if (count == 5 && strcmp(words[1], "withdraw") == 0)
        return withdraw(words[2], words[3], words[4]);
    if (count == 5 && strcmp(words[1], "shutdown") == 0)
        return time_shutdown(words[2], words[3], words[4]);
    wrong_usage();
}
