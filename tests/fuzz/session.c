/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes all of the kernel: a VM boots. Whenever it has nothing more to do, the
 * toolstack, tester, devices, store, console or Xen act, one after the other.
 * The VM must never panic, and must always come to rest.
 */
#include <stdio.h>
#include <string.h>

#include <xen/io/xenbus.h>

#include "tests/fake/backend.h"
#include "tests/fake/console.h"
#include "tests/fake/host.h"
#include "tests/fuzz/feed.h"

#define ACT_MAX     60
#define SPARE_COUNT 600

static const char *const nodes[] = {
    "control/shutdown", "control/sysrq",  "control/testing",
    "data/testing",     "memory/target",  "cpu/1/availability",
    "device/vbd/51712", "device/vif/0",   "cpu/2/availability",
    "device",           "memory/target/", "data/xen-test-vm/state",
};

static const char *const texts[] = {
    "poweroff", "reboot",  "suspend", "halt", "crash", "",
    "online",   "offline", "512",     "2048", "4096",  "18446744073709551615",
};

/* The fuzzer would need long to find these; it changes them at will. */
static const char *const commands[] = {
    "{\"when\":\"now\",\"action\":\"ignore\"}",
    "{\"when\":\"now\",\"action\":\"suspend\"}",
    "{\"when\":\"now\",\"action\":\"report\"}",
    "{\"when\":\"now\",\"action\":\"reboot\",\"action_delay_ms\":100}",
    "{\"when\":\"onshutdown\",\"ack\":\"none\",\"action\":\"ignore\"}",
    "{\"when\":\"onshutdown\",\"ack\":\"delete\",\"action\":\"crash\"}",
    "{\"when\":\"onshutdown\",\"count\":0,\"ack_delay_ms\":50,"
    "\"ack\":\"text\",\"action\":\"ignore\"}",
    "[{\"when\":\"onshutdown\",\"action\":\"ignore\"},"
    "{\"when\":\"now\",\"action\":\"storm\",\"writes\":20}]",
    "{\"when\":\"now\",\"action\":\"flood\",\"bytes\":5000}",
    "{\"when\":\"now\",\"action\":\"storm\",\"writes\":50}",
    "{\"when\":\"now\",\"action\":\"dirty\",\"mib\":1,\"seconds\":1}",
    "{\"when\":\"now\",\"action\":\"dirty\",\"mib\":2,\"mib_per_s\":1}",
    "{\"when\":\"now\",\"action\":\"write\",\"path\":\"data/a\","
    "\"value\":\"b\"}",
    "{\"when\":\"now\",\"action\":\"remove\",\"path\":\"data/a\"}",
    "{\"when\":\"now\",\"action\":\"disk\",\"device\":\"vbd/51712\","
    "\"op\":\"write\",\"mib\":1,\"seed\":3}",
    "{\"when\":\"now\",\"action\":\"disk\",\"device\":\"vbd/51712\","
    "\"op\":\"verify\",\"mib\":1,\"seed\":3}",
    "{\"when\":\"now\",\"action\":\"disk\",\"device\":\"vbd/51712\","
    "\"op\":\"flush\"}",
    "{\"when\":\"now\",\"action\":\"frontend\",\"device\":\"vbd/51712\","
    "\"mode\":\"refuse-close\"}",
    "{\"when\":\"now\",\"action\":\"frontend\",\"device\":\"vbd/51712\","
    "\"mode\":\"disconnect\"}",
    "{\"when\":\"now\",\"action\":\"frontend\",\"device\":\"vbd/51712\","
    "\"mode\":\"corrupt\"}",
    "{\"when\":\"now\",\"action\":\"frontend\",\"device\":\"vbd/51712\","
    "\"mode\":\"obey\"}",
    "{\"when\":\"now\",\"action\":\"transmit\",\"device\":\"vif/0\","
    "\"frames\":10,\"bytes\":100}",
    "{\"when\":\"now\",\"action\":\"balloon\",\"mode\":\"slow\","
    "\"kib_per_s\":64}",
    "{\"when\":\"now\",\"action\":\"balloon\",\"mode\":\"oscillate\"}",
    "{\"when\":\"now\",\"action\":\"balloon\",\"mode\":\"partial\","
    "\"percent\":50}",
    "{\"when\":\"now\",\"action\":\"vcpus\",\"mode\":\"late\","
    "\"seconds\":1}",
    "{\"when\":\"now\",\"action\":\"busy\",\"vcpu\":1,\"seconds\":1}",
    "{\"when\":\"now\",\"action\":\"hypercall\",\"number\":12,"
    "\"args\":\"0 page\",\"page\":\"page+32 1 9 0x7ff0\",\"tries\":20}",
};

static const char *const failing_paths[] = {
    "data/xen-test-vm/state", "data/xen-test-vm/reply", "control/shutdown",
    "data/testing",           "data/meminfo_free",      "memory/target",
    "device/vbd/51712/state",
};

static const char *const errors[] = {"EACCES", "ENOENT", "EQUOTA",  "EAGAIN",
                                     "ENOSPC", "EINVAL", "nonsense"};

static const int outcomes[] = {ARCH_RESUMED, ARCH_CANCELLED, FAKE_REFUSED,
                               FAKE_SLOW};

#define ONE_OF(table) table[feed_below(ARRAY_COUNT(table))]

/* The action "spin" never comes to rest, so texts that may name it are left
 * out; nothing else may let the VM spin. */
static bool spins(struct text text)
{
    return memmem(text.bytes, text.size, "sp", 2) != NULL;
}

/* Write a command, perhaps with some bytes changed. */
static void command(const char *path)
{
    char text[400];
    const uint32_t changes = feed_below(4);
    size_t size;

    snprintf(text, sizeof(text), "%s", ONE_OF(commands));
    size = strlen(text);
    for (uint32_t i = 0; i < changes; i++)
        text[(feed_byte() << 8 | feed_byte()) % size] = (char)feed_byte();
    if (!spins((struct text){text, size}))
        fake_store_write_text(path, (struct text){text, size});
}

static void write_anything(const char *path)
{
    const struct text text = feed_text(2100);

    if (!spins(text))
        fake_store_write_text(path, text);
}

static void plug(void)
{
    const bool disk = feed_below(2) == 0;

    if (fake_backend.type)
        return;
    fake_backend_start(disk ? "vbd" : "vif", disk ? 51712 : 0,
                       feed_below(XenbusStateReconfigured + 1));
    fake_store.after = fake_backend_observe;
}

static void unplug(void)
{
    if (fake_backend.type)
        fake_backend_remove();
    fake_store.after = NULL;
    fake_backend.type = NULL;
}

/* One act, chosen by the next byte. */
static void act(void)
{
    switch (feed_below(16)) {
    case 0:
    case 1:
        fake_store_write(ONE_OF(nodes), ONE_OF(texts));
        break;
    case 2:
        fake_store_remove(ONE_OF(nodes));
        break;
    case 3:
    case 4:
    case 5:
        command(feed_below(2) == 0 ? "data/testing" : "control/testing");
        break;
    case 6:
        write_anything(ONE_OF(nodes));
        break;
    case 7:
        fake_arch.act_ns = fake_arch.time_ns + feed_byte() * UINT64_C(20000000);
        break;
    case 8:
        fake_console_type(feed_text(300));
        break;
    case 9:
        fake_store.failing_path = ONE_OF(failing_paths);
        fake_store.failing_with = ONE_OF(errors);
        break;
    case 10:
        fake_store.failing_path = NULL;
        break;
    case 11:
        fake_store_say(feed_byte(), feed_word(), feed_text(200));
        break;
    case 12:
        plug();
        break;
    case 13:
        if (fake_backend.type)
            fake_backend_set(feed_below(XenbusStateReconfigured + 1));
        break;
    case 14:
        unplug();
        break;
    case 15:
        fake_host.outcome = ONE_OF(outcomes);
        fake_arch.xen_has = feed_byte();
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint64_t spare[SPARE_COUNT * PAGE_SIZE / sizeof(uint64_t)];
    static struct fake_host_step steps[ACT_MAX + 1];

    feed_start(bytes, size);
    fake_host_start();
    fake_shuffle(feed_byte());
    fake_store.most = feed_byte() % 64;
    fake_host.index = feed_word();
    fake_arch.spare = spare;
    fake_arch.spare_count = SPARE_COUNT;
    fake_host.memory_kib = 4096;
    fake_arch.vcpu_count = 3;
    fake_backend.type = NULL;
    if (feed_below(2) == 0)
        fake_store_read_only("control/feature-shutdown");
    for (unsigned int i = 0; i < ACT_MAX; i++)
        steps[i] = (struct fake_host_step)DO(act);
    steps[ACT_MAX] = (struct fake_host_step){.kind = FAKE_END};
    (void)fake_host_run(steps);
    MUST_HOLD(!fake_host_panic());
    fake_backend.type = NULL;
    return 0;
}
