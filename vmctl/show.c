/* SPDX-License-Identifier: MIT */
/*
 * show - the verbs that print what is there: status, log and list; see verbs.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/macros.h"
#include "vmctl/domains.h"
#include "vmctl/output.h"
#include "vmctl/store.h"
#include "vmctl/tasks.h"
#include "vmctl/verbs.h"

#define CONSOLE_LOGS "/var/log/xen/console"

/* --- status --------------------------------------------------------------- */

/* Print a node of the VM. A folder such as self-test has no value. */
static void print_node(const char *name, char *value)
{
    const bool is_answer = strcmp(name, "reply") == 0;

    if (value && value[0] != '\0') {
        if (!output_is_json())
            printf("%s: %s\n", is_answer ? "answer" : name, value);
        else if (is_answer)
            output_raw("answer", value);
        else
            output_text(name, value);
    }
    free(value);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* These nodes come first, in this order. */
static const char *const first_nodes[] = {"state", "guest", "version",
                                          "protocol"};
static const char last_node[] = "reply";

static bool has_its_place(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(first_nodes); i++) {
        if (strcmp(name, first_nodes[i]) == 0)
            return true;
    }
    return strcmp(name, last_node) == 0;
}

/* The node is below the VM's own folder. */
static void print_own_node(const struct task *task, const char *name)
{
    char *path = text_from(OWN "/%s", name);

    print_node(name, task_read(task, path));
    free(path);
}

/* Print the nodes of a folder below the VM's own, in the order of their
 * names. */
static void print_folder(const struct task *task, const char *folder)
{
    char *path = text_from(OWN "%s%s", folder[0] != '\0' ? "/" : "", folder);
    unsigned int count;
    char **names = store_list(store_path(task->domid, path), &count);

    if (count > 0)
        qsort(names, count, sizeof(*names), compare_names);
    for (unsigned int i = 0; i < count; i++) {
        char *name =
            text_from("%s%s%s", folder, folder[0] != '\0' ? "/" : "", names[i]);

        if (!has_its_place(name)) {
            print_own_node(task, name);
            print_folder(task, name);
        }
        free(name);
    }
    free(names);
    free(path);
}

static void look_at_status(struct task *task)
{
    if (!store_exists(store_path(task->domid, OWN))) {
        task_end(task, STATUS_FAILED,
                 text_from("domain %u publishes nothing: it is not "
                           "xen-test-vm, or is not ready",
                           task->domid));
        return;
    }
    if (output_is_json()) {
        output_begin();
        output_text("vm", task->vm);
        output_number("domid", task->domid);
    } else {
        printf("domid: %u\n", task->domid);
    }
    for (size_t i = 0; i < ARRAY_COUNT(first_nodes); i++)
        print_own_node(task, first_nodes[i]);
    print_folder(task, "");
    print_own_node(task, last_node);
    if (output_is_json())
        output_finish();
    task->is_told = true;
    task_end(task, STATUS_DONE, NULL);
}

static void never(struct task *task)
{
    task_end(task, STATUS_TIME_OUT, NULL);
}

int verb_status(const struct arguments *arguments)
{
    static const struct task_course course = {.look = look_at_status,
                                              .late = never};

    return tasks_run(arguments, &course);
}

/* --- log ------------------------------------------------------------------ */

static bool print_file(const char *name)
{
    static char buffer[1 << 16];
    FILE *file = fopen(name, "rb");
    size_t size;

    if (!file)
        return false;
    do {
        size = fread(buffer, 1, sizeof(buffer), file);
        fwrite(buffer, 1, size, stdout);
    } while (size == sizeof(buffer));
    fclose(file);
    return true;
}

/* XenServer writes one file for each domain, if a tester has asked for it: the
 * node has its name, with %d for the number. */
static char *file_of_domain(unsigned int domid)
{
    char *pattern = store_read("/local/logconsole/@");
    const char *place = pattern ? strstr(pattern, "%d") : NULL;
    char *name;

    if (!place)
        return pattern;
    name = text_from("%.*s%u%s", (int)(place - pattern), pattern, domid,
                     place + 2);
    free(pattern);
    return name;
}

/* Under xl there is one file for each name. */
static void print_log(struct task *task)
{
    char *file = file_of_domain(task->domid), *name;
    bool printed = file && print_file(file);

    if (!printed) {
        name = task_read(task, "name");
        free(file);
        file = text_from(CONSOLE_LOGS "/guest-%s.log", name ? name : task->vm);
        free(name);
        printed = print_file(file);
    }
    task->is_told = printed;
    if (printed)
        task_end(task, STATUS_DONE, NULL);
    else
        task_end(
            task, STATUS_FAILED,
            text_from("no %s: let xenconsoled run with --log=guest", file));
    free(file);
}

/* The file stays when the domain is gone. */
static bool print_old_log(struct task *task)
{
    char *file = text_from(CONSOLE_LOGS "/guest-%s.log", task->vm);
    const bool printed = task->by == BY_NAME && print_file(file);

    free(file);
    return printed;
}

int verb_log(const struct arguments *arguments)
{
    static const struct task_course course = {
        .look = print_log, .late = never, .absent = print_old_log};

    return tasks_run(arguments, &course);
}

/* --- list ----------------------------------------------------------------- */

/* Print a row, or an object, for a VM that publishes. */
static bool print_row(const struct domain *domain, bool first)
{
    char *state = store_read(store_path(domain->domid, OWN "/state"));
    char *version = store_read(store_path(domain->domid, OWN "/version"));
    char *guest = store_read(store_path(domain->domid, OWN "/guest"));
    const bool is_ours = version && guest;

    if (is_ours && output_is_json()) {
        output_begin();
        output_text("vm", domain->name);
        output_number("domid", domain->domid);
        output_text("uuid", domain->uuid);
        output_text("guest", guest);
        output_text("version", version);
        if (state)
            output_text("state", state);
        output_finish();
    } else if (is_ours) {
        if (first)
            printf("%5s  %-4s  %-10s  %-8s  %-36s  %s\n", "domid", "type",
                   "state", "version", "uuid", "name");
        printf("%5u  %-4s  %-10s  %-8s  %-36s  %s\n", domain->domid, guest,
               state ? state : "-", version, domain->uuid, domain->name);
    }
    free(state);
    free(version);
    free(guest);
    return is_ours;
}

int verb_list(const struct arguments *arguments)
{
    const struct domain *domains;
    unsigned int count;
    bool first = true;

    (void)arguments;
    store_open();
    domains_start(false);
    domains = domains_list(&count);
    for (unsigned int i = 0; i < count; i++)
        first = !print_row(&domains[i], first) && first;
    return STATUS_DONE;
}
