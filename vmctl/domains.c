/* SPDX-License-Identifier: MIT */
/*
 * domains - the domains that are there; see domains.h.
 */
#include "vmctl/domains.h"

#include <stdlib.h>
#include <string.h>

#include "vmctl/memory.h"
#include "vmctl/say.h"
#include "vmctl/store.h"

static struct domain *domains;
static unsigned int domain_count, domain_room;
static bool follows;

bool domain_is_there(unsigned int domid)
{
    return store_exists(store_path(domid, "vm"));
}

static char *text_at(unsigned int domid, const char *name)
{
    char *value = store_read(store_path(domid, name));

    return value ? value : text_from("%s", "");
}

/* NULL: there is no such domain. The node `vm` is the path /vm/UUID. */
static char *uuid_at(unsigned int domid)
{
    char *path = store_read(store_path(domid, "vm"));
    const char *uuid = path ? strrchr(path, '/') : NULL;
    char *copy = path ? text_from("%s", uuid ? uuid + 1 : "") : NULL;

    free(path);
    return copy;
}

static void forget(struct domain *domain)
{
    if (follows)
        store_unwatch(store_path(domain->domid, "name"));
    free(domain->name);
    free(domain->uuid);
}

/* Add the domain, if it is there. */
static void add(unsigned int domid)
{
    char *uuid = uuid_at(domid);

    if (!uuid)
        return;
    if (domain_count == domain_room) {
        domain_room = domain_room > 0 ? 2 * domain_room : 64;
        domains = memory_resize(domains, domain_room, sizeof(*domains));
    }
    if (follows)
        store_watch(store_path(domid, "name"));
    domains[domain_count++] = (struct domain){
        .domid = domid,
        .name = text_at(domid, "name"),
        .uuid = uuid,
        .is_listed = true,
    };
}

static int compare(const void *a, const void *b)
{
    const struct domain *one = a, *other = b;

    return one->domid < other->domid ? -1 : one->domid > other->domid;
}

static struct domain *find(unsigned int domid, unsigned int count)
{
    const struct domain wanted = {.domid = domid};

    return count == 0
               ? NULL
               : bsearch(&wanted, domains, count, sizeof(*domains), compare);
}

const struct domain *domains_find(unsigned int domid)
{
    return find(domid, domain_count);
}

/* Drop the domains that are gone. True: there is one. */
static bool drop(void)
{
    const unsigned int before = domain_count;

    domain_count = 0;
    for (unsigned int i = 0; i < before; i++) {
        if (domains[i].is_listed)
            domains[domain_count++] = domains[i];
        else
            forget(&domains[i]);
    }
    return domain_count != before;
}

/* Read which domains there are: one request, however many they are. True: some
 * are new, or gone. */
static bool look(void)
{
    unsigned int count;
    const unsigned int before = domain_count;
    char **names = store_list("/local/domain", &count);
    bool has_new;

    /* dom0 is always there: the store cannot say it. */
    if (!names)
        return false;
    for (unsigned int i = 0; i < before; i++)
        domains[i].is_listed = false;
    for (unsigned int i = 0; i < count; i++) {
        const unsigned int domid = (unsigned int)strtoul(names[i], NULL, 10);
        /* The first ones are in order; the new ones follow them. */
        struct domain *known = find(domid, before);

        /* Where there was no name, no event says that it is gone. */
        if (known)
            known->is_listed = known->name[0] != '\0' || domain_is_there(domid);
        else if (domid != 0)
            add(domid);
    }
    free(names);
    has_new = domain_count != before;
    if (has_new)
        qsort(domains, domain_count, sizeof(*domains), compare);
    return drop() || has_new;
}

/* The domain of this path may have another name now, or be gone: a late write
 * may have made its folder again. */
static bool take_name(const char *path)
{
    static const char folder[] = "/local/domain/";
    struct domain *domain;
    char *name;

    if (strncmp(path, folder, sizeof(folder) - 1) != 0)
        return false;
    domain = find((unsigned int)strtoul(path + sizeof(folder) - 1, NULL, 10),
                  domain_count);
    if (!domain)
        return false;
    name = text_at(domain->domid, "name");
    if (name[0] == '\0' && !domain_is_there(domain->domid)) {
        free(name);
        domain->is_listed = false;
        return drop();
    }
    if (strcmp(name, domain->name) == 0) {
        free(name);
        return false;
    }
    free(domain->name);
    domain->name = name;
    return true;
}

void domains_start(bool follow)
{
    follows = follow;
    if (follow) {
        store_watch("@introduceDomain");
        store_watch("@releaseDomain");
    }
    (void)look();
}

bool domains_changed(const char *path)
{
    if (path[0] != '@')
        return strstr(path, "/name") && take_name(path);
    return look();
}

const struct domain *domains_list(unsigned int *count)
{
    *count = domain_count;
    return domains;
}
