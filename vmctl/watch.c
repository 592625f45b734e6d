/* SPDX-License-Identifier: MIT */
/*
 * watch - the verb that prints what VMs publish, as it changes, until it is
 * interrupted; see verbs.h.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vmctl/domains.h"
#include "vmctl/memory.h"
#include "vmctl/output.h"
#include "vmctl/say.h"
#include "vmctl/store.h"
#include "vmctl/verbs.h"

/* A domain that is watched. */
struct seen {
    unsigned int domid;
    char *name;
    char **values; /* "node=value", the newest of each node */
    unsigned int value_count;
    bool has_begun; /* it publishes */
};

static struct seen *seen;
static unsigned int seen_count;

static const struct arguments *given;

static bool is_wanted(const struct domain *domain)
{
    if (given->vm_count == 0)
        return true;
    for (unsigned int i = 0; i < given->vm_count; i++) {
        if (fnmatch(given->vms[i], domain->name, 0) == 0 ||
            strcasecmp(given->vms[i], domain->uuid) == 0 ||
            (given->vms[i][strspn(given->vms[i], "0123456789")] == '\0' &&
             strtoul(given->vms[i], NULL, 10) == domain->domid))
            return true;
    }
    return false;
}

static void tell(const struct seen *vm, const char *node, const char *value)
{
    if (output_is_json()) {
        output_begin();
        output_text("vm", vm->name);
        output_number("domid", vm->domid);
        if (value && strcmp(node, "reply") == 0)
            output_raw("answer", value);
        else if (value)
            output_text(node, value);
        else
            output_text("event", node);
        output_finish();
    } else {
        printf("%s (%u): %s%s%s\n", vm->name, vm->domid,
               strcmp(node, "reply") == 0 ? "answer" : node, value ? " " : "",
               value ? value : "");
        fflush(stdout);
    }
}

/* Whether the value is new for this node. Keeps it. */
static bool is_new(struct seen *vm, const char *node, const char *value)
{
    char *entry = text_from("%s=%s", node, value);
    const size_t size = strlen(node) + 1;

    for (unsigned int i = 0; i < vm->value_count; i++) {
        if (strncmp(vm->values[i], entry, size) != 0)
            continue;
        if (strcmp(vm->values[i], entry) == 0) {
            free(entry);
            return false;
        }
        free(vm->values[i]);
        vm->values[i] = entry;
        return true;
    }
    vm->values =
        memory_resize(vm->values, vm->value_count + 1, sizeof(*vm->values));
    vm->values[vm->value_count++] = entry;
    return true;
}

/* A node below the VM's own folder has changed, or may have. */
static void look_at_node(struct seen *vm, const char *node)
{
    char *path = text_from(OWN "/%s", node);
    char *value = store_read(store_path(vm->domid, path));

    if (value && value[0] != '\0' && is_new(vm, node, value)) {
        if (!vm->has_begun)
            tell(vm, "begins", NULL);
        vm->has_begun = true;
        tell(vm, node, value);
    }
    free(value);
    free(path);
}

static void look_at_all(struct seen *vm)
{
    unsigned int count;
    char **names = store_list(store_path(vm->domid, OWN), &count);

    for (unsigned int i = 0; i < count; i++)
        look_at_node(vm, names[i]);
    free(names);
}

static struct seen *find(unsigned int domid)
{
    for (unsigned int i = 0; i < seen_count; i++) {
        if (seen[i].domid == domid)
            return &seen[i];
    }
    return NULL;
}

static void add(const struct domain *domain)
{
    seen = memory_resize(seen, seen_count + 1, sizeof(*seen));
    seen[seen_count++] = (struct seen){.domid = domain->domid,
                                       .name = text_from("%s", domain->name)};
    /* The first event comes at once, and shows what is there. */
    store_watch(store_path(domain->domid, OWN));
}

static void drop(struct seen *vm)
{
    if (vm->has_begun)
        tell(vm, "ends", NULL);
    store_unwatch(store_path(vm->domid, OWN));
    for (unsigned int i = 0; i < vm->value_count; i++)
        free(vm->values[i]);
    free(vm->values);
    free(vm->name);
    *vm = seen[--seen_count];
}

static void compare_domains(void)
{
    unsigned int count;
    const struct domain *domains = domains_list(&count);

    for (unsigned int i = seen_count; i-- > 0;) {
        if (!domains_find(seen[i].domid))
            drop(&seen[i]);
    }
    for (unsigned int i = 0; i < count; i++) {
        if (!find(domains[i].domid) && is_wanted(&domains[i]))
            add(&domains[i]);
    }
}

static void changed(const char *path)
{
    static const char folder[] = "/local/domain/", own[] = "/" OWN;
    struct seen *vm;
    const char *node;

    if (domains_changed(path))
        compare_domains();
    if (strncmp(path, folder, sizeof(folder) - 1) != 0)
        return;
    vm = find((unsigned int)strtoul(path + sizeof(folder) - 1, NULL, 10));
    node = strstr(path, own);
    if (!vm || !node)
        return;
    node += sizeof(own) - 1;
    if (*node == '/')
        look_at_node(vm, node + 1);
    else
        look_at_all(vm);
}

int verb_watch(const struct arguments *arguments)
{
    given = arguments;
    store_open();
    domains_start(true);
    compare_domains();
    for (;;)
        (void)store_wait(INT64_MAX, changed);
}
