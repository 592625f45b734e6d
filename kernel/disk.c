/* SPDX-License-Identifier: MIT */
/*
 * disk - read, write, verify or flush a virtual disk; see disk.h.
 */
#include "kernel/disk.h"

#include "drivers/blkfront.h"
#include "drivers/lend.h"
#include "kernel/clock.h"
#include "kernel/disk_lines.h"
#include "lib/error.h"
#include "lib/format.h"
#include "lib/string.h"

/* A chunk is the part of the disk that one request moves. */
#define CHUNK_SIZE     (BLKFRONT_PAGES * PAGE_SIZE)
#define CHUNKS_PER_MIB (1024UL * 1024 / CHUNK_SIZE)

_Static_assert(1024UL * 1024 % CHUNK_SIZE == 0 &&
                   CHUNK_SIZE % BLKFRONT_SECTOR == 0 &&
                   PAGE_SIZE % DISK_LINE_SIZE == 0,
               "MiB, chunks, sectors and lines end together");

static struct {
    struct command order;
    uint64_t begun_ns;
    uint64_t chunk_count; /* of the order; a flush counts as one chunk */
    uint64_t next;        /* the first chunk that has no buffer yet */
    uint64_t done;        /* chunks that were answered */
    uint64_t lines_wrong;
    unsigned int connected; /* device->connected when the pages were lent */
    const char *error;
} disk;

/* One buffer moves one chunk. Its index is the number of its request
 * (drivers/blkfront.h). A flush uses a buffer without its pages. */
static struct buffer {
    char *pages[BLKFRONT_PAGES]; /* null: no page */
    grant_ref_t references[BLKFRONT_PAGES];
    uint64_t chunk;
    bool used;  /* it has a chunk, which was not answered yet */
    bool asked; /* the backend was asked to move that chunk */
} buffers[BLKFRONT_REQUESTS];

/* --- the pattern ---------------------------------------------------------- */

static void fill(const struct buffer *buffer)
{
    for (unsigned int i = 0; i < BLKFRONT_PAGES; i++)
        disk_lines_fill(disk.order.seed,
                        buffer->chunk * CHUNK_SIZE + i * PAGE_SIZE,
                        buffer->pages[i], PAGE_SIZE);
}

static void verify(const struct buffer *buffer)
{
    char expected[DISK_LINE_SIZE * 16] __attribute__((aligned(8)));

    for (size_t at = 0; at < CHUNK_SIZE; at += sizeof(expected)) {
        const char *found = &buffer->pages[at / PAGE_SIZE][at % PAGE_SIZE];

        disk_lines_fill(disk.order.seed, buffer->chunk * CHUNK_SIZE + at,
                        expected, sizeof(expected));
        for (size_t i = 0; i < sizeof(expected); i += DISK_LINE_SIZE)
            disk.lines_wrong +=
                memcmp(&found[i], &expected[i], DISK_LINE_SIZE) != 0;
    }
}

/* --- pages ---------------------------------------------------------------- */

static struct xenbus_device *find_device(void)
{
    return xenbus_find(&blkfront_driver, disk.order.device);
}

/* Whether the pages were lent on the present connection. xenbus takes back all
 * pages of a device whose connection ends. */
static bool has_pages(const struct xenbus_device *device)
{
    return device && device->phase == XENBUS_CONNECTED &&
           device->connected == disk.connected;
}

/* A request of a forgotten order may be in the ring still, and not mapped yet:
 * its pages must not get another use before the backend has answered. */
static void give_back_pages(void)
{
    struct xenbus_device *device = find_device();
    const bool ours = has_pages(device);

    for (unsigned int i = 0; i < BLKFRONT_REQUESTS; i++) {
        const bool in_ring =
            ours && buffers[i].asked && blkfront_is_under_way(device, i);

        if (in_ring)
            blkfront_abandon(device, i, buffers[i].pages);
        for (unsigned int j = 0; j < BLKFRONT_PAGES; j++) {
            if (ours && !in_ring && buffers[i].pages[j])
                lend_end(buffers[i].pages[j]);
            buffers[i].pages[j] = 0;
        }
    }
}

/* A new connection of the device has no requests and no pages of ours. */
static void begin_connection(const struct xenbus_device *device)
{
    disk.connected = device->connected;
    for (unsigned int i = 0; i < BLKFRONT_REQUESTS; i++) {
        buffers[i].asked = false;
        memset(buffers[i].pages, 0, sizeof(buffers[i].pages));
    }
}

/* Lend all pages. On an error, some of them are lent. */
static int lend_pages(const struct xenbus_device *device)
{
    int error;

    for (unsigned int i = 0; i < BLKFRONT_REQUESTS; i++) {
        for (unsigned int j = 0; j < BLKFRONT_PAGES; j++) {
            buffers[i].pages[j] =
                lend_page(device->place, device->backend_domain,
                          &buffers[i].references[j], &error);
            if (!buffers[i].pages[j])
                return error;
        }
    }
    return 0;
}

/* --- the work ------------------------------------------------------------- */

void disk_forget(void)
{
    give_back_pages();
    memset(buffers, 0, sizeof(buffers));
}

void disk_start(const struct command *command, uint64_t now_ns)
{
    disk_forget();
    memset(&disk, 0, sizeof(disk));
    disk.order = *command;
    disk.begun_ns = now_ns;
    disk.chunk_count =
        command->op == DISK_FLUSH ? 1 : command->mib * CHUNKS_PER_MIB;
}

void disk_stop(void)
{
    disk.chunk_count = disk.next;
}

/* Why the order is impossible; null: it is possible. */
static const char *objection(const struct blkfront_disk *facts)
{
    static char small[60];
    const uint64_t mib = facts->sector_count / (1024 * 1024 / BLKFRONT_SECTOR);

    if (disk.order.op == DISK_FLUSH)
        return facts->can_flush ? 0 : "the backend cannot flush";
    if (disk.order.op == DISK_WRITE && facts->read_only)
        return "the disk is read-only";
    if (disk.order.mib <= mib)
        return 0;
    format(small, sizeof(small), "the disk has no more than %llu MiB",
           (unsigned long long)mib);
    return small;
}

static void take_answers(struct xenbus_device *device)
{
    static char refused[40];
    unsigned int number;
    int status;

    while (blkfront_answer(device, &number, &status)) {
        struct buffer *buffer = &buffers[number];

        if (!buffer->asked)
            continue; /* an answer to an order that was forgotten */
        if (status == 0 && disk.order.op == DISK_VERIFY)
            verify(buffer);
        if (status != 0 && !disk.error) {
            format(refused, sizeof(refused), "the backend answered %d", status);
            disk.error = refused;
        }
        buffer->asked = false;
        buffer->used = false;
        disk.done++;
    }
}

static void ask(struct xenbus_device *device, unsigned int number)
{
    static const unsigned char kinds[] = {
        [DISK_READ] = BLKFRONT_READ,
        [DISK_WRITE] = BLKFRONT_WRITE,
        [DISK_VERIFY] = BLKFRONT_READ,
        [DISK_FLUSH] = BLKFRONT_FLUSH,
    };
    struct buffer *buffer = &buffers[number];
    struct blkfront_request request = {
        .kind = kinds[disk.order.op],
        .sector = buffer->chunk * (CHUNK_SIZE / BLKFRONT_SECTOR),
        .page_count = disk.order.op == DISK_FLUSH ? 0 : BLKFRONT_PAGES,
    };

    if (disk.order.op == DISK_WRITE)
        fill(buffer);
    memcpy(request.pages, buffer->references, sizeof(request.pages));
    buffer->asked = true;
    blkfront_ask(device, number, &request);
}

/* Send all requests that can be sent. False: no request is under way. */
static bool ask_all(struct xenbus_device *device)
{
    bool some = false;

    for (unsigned int i = 0; i < BLKFRONT_REQUESTS; i++) {
        struct buffer *buffer = &buffers[i];

        /* After an error only wait for answers. */
        if (disk.error) {
            buffer->used = buffer->asked;
        } else if (!buffer->used && disk.next < disk.chunk_count) {
            buffer->used = true;
            buffer->chunk = disk.next++;
        }
        if (buffer->used && !buffer->asked && !blkfront_is_under_way(device, i))
            ask(device, i);
        some = some || buffer->used;
    }
    return some;
}

static void sum_up(uint64_t now_ns, struct outcome *outcome)
{
    static char detail[120];
    const uint64_t ms = (now_ns - disk.begun_ns) / NS_PER_MS;
    const uint64_t kib =
        disk.order.op == DISK_FLUSH ? 0 : disk.done * (CHUNK_SIZE / 1024);

    format(detail, sizeof(detail),
           "\"kib\": %llu, \"ms\": %llu, \"kib_per_s\": %llu, "
           "\"lines_wrong\": %llu",
           (unsigned long long)kib, (unsigned long long)ms,
           (unsigned long long)(kib * 1000 / MAX(ms, 1)),
           (unsigned long long)disk.lines_wrong);
    outcome->detail = detail;
    if (disk.lines_wrong > 0)
        outcome->error = "the disk does not hold what was written";
}

bool disk_run(uint64_t now_ns, uint64_t *wake_ns, struct outcome *outcome)
{
    struct xenbus_device *device = find_device();
    int error;

    *wake_ns = TIME_NEVER;
    if (!xenbus_is_present(device)) {
        give_back_pages();
        outcome->error = OUTCOME_NO_DEVICE;
        return false;
    }
    if (device->phase != XENBUS_CONNECTED)
        return true;
    if (!disk.error)
        disk.error = objection(blkfront_disk(device));
    take_answers(device);
    if (!has_pages(device)) {
        begin_connection(device);
        error = disk.error ? 0 : lend_pages(device);
        if (error != 0)
            disk.error = error_name(error);
    }
    if (ask_all(device))
        return true;
    give_back_pages();
    sum_up(now_ns, outcome);
    if (disk.error)
        outcome->error = disk.error;
    return false;
}
