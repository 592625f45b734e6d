/* SPDX-License-Identifier: MIT */
/*
 * device - the names of devices; see device.h.
 */
#include "vmctl/device.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/macros.h"
#include "vmctl/say.h"
#include "vmctl/store.h"

#define DISK_MAX      (1UL << 20) /* disks of the extended scheme */
#define PARTITION_MAX 255
#define VIF_MAX       256 /* a lower number alone is a network */

/* Read decimal digits. False: there are none, or the number is too great. */
static bool read_number(const char **text, unsigned long max,
                        unsigned long *number)
{
    char *end;

    if (!isdigit((unsigned char)**text))
        return false;
    *number = strtoul(*text, &end, 10);
    *text = end;
    return *number <= max;
}

/* Read the letters of a disk: a is 0, z is 25, aa is 26. */
static bool read_letters(const char **text, unsigned long *disk)
{
    unsigned long number = 0;

    if (!islower((unsigned char)**text))
        return false;
    for (; islower((unsigned char)**text) && number < DISK_MAX; (*text)++)
        number = number * 26 + (unsigned long)(**text - 'a') + 1;
    *disk = number - 1;
    return *disk < DISK_MAX;
}

static unsigned long xvd(unsigned long disk, unsigned long partition)
{
    if (disk < 16 && partition < 16)
        return 202UL << 8 | disk << 4 | partition;
    return 1UL << 28 | disk << 8 | partition;
}

/* Sets *number to that of a disk's name. False: it is none. */
static bool read_disk(const char *name, unsigned long *number)
{
    static const char *const kinds[] = {"xvd", "hd", "sd", "d"};
    unsigned long disk, partition = 0;
    const char *text = name, *kind = NULL;

    for (size_t i = 0; i < ARRAY_COUNT(kinds) && !kind; i++) {
        if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
            kind = kinds[i];
    }
    if (!kind)
        return false;
    text += strlen(kind);
    if (kind[0] == 'd') {
        if (!read_number(&text, DISK_MAX - 1, &disk))
            return false;
        if (*text == 'p') {
            text++;
            if (!read_number(&text, PARTITION_MAX, &partition))
                return false;
        }
    } else if (!read_letters(&text, &disk) ||
               (*text != '\0' &&
                !read_number(&text, PARTITION_MAX, &partition))) {
        return false;
    }
    if (*text != '\0')
        return false;
    switch (kind[0]) {
    case 'h':
        *number = (disk < 2 ? 3UL : 22UL) << 8 | disk % 2 << 6 | partition;
        return disk < 4 && partition < 64;
    case 's':
        *number = 8UL << 8 | disk << 4 | partition;
        return disk < 16 && partition < 16;
    default:
        *number = xvd(disk, partition);
        return true;
    }
}

char *device_of(const char *name)
{
    const char *text = name;
    unsigned long number;

    if (read_disk(name, &number))
        return text_from("vbd/%lu", number);
    if (read_number(&text, UINT32_MAX, &number) && *text == '\0')
        return text_from("%s/%lu", number < VIF_MAX ? "vif" : "vbd", number);
    if (strncmp(name, "vif", 3) == 0) {
        text = name + 3;
        if (read_number(&text, UINT32_MAX, &number) && *text == '\0')
            return text_from("vif/%lu", number);
    }
    return text_from("%s", name);
}

bool device_is_mac(const char *name)
{
    const size_t size = strlen("00:16:3e:00:00:00");

    for (size_t i = 0; i < size; i++) {
        if (i % 3 == 2 ? name[i] != ':' : !isxdigit((unsigned char)name[i]))
            return false;
    }
    return name[size] == '\0';
}

char *device_with_mac(unsigned int domid, const char *mac)
{
    unsigned int count;
    char *found = NULL;
    char **names = store_list(store_path(domid, "device/vif"), &count);

    for (unsigned int i = 0; i < count && !found; i++) {
        char *node = text_from("device/vif/%s/mac", names[i]);
        char *value = store_read(store_path(domid, node));

        if (value && strcasecmp(value, mac) == 0)
            found = text_from("vif/%s", names[i]);
        free(value);
        free(node);
    }
    free(names);
    return found;
}
