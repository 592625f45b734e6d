/* SPDX-License-Identifier: MIT */
/*
 * tasks - what a verb does with each VM; see tasks.h.
 */
#include "vmctl/tasks.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vmctl/domains.h"
#include "vmctl/memory.h"
#include "vmctl/output.h"
#include "vmctl/store.h"

#define FAILURES_MAX 100 /* as an exit status */

static struct task *tasks;
static unsigned int task_count;
static const struct arguments *given;
static const struct task_course *course;

/* --- finding VMs ---------------------------------------------------------- */

static bool is_number(const char *text)
{
    return text[strspn(text, "0123456789")] == '\0';
}

static bool is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    for (size_t i = 0; i < sizeof(form); i++) {
        if (form[i] == 'x' ? !isxdigit((unsigned char)text[i])
                           : text[i] != form[i])
            return false;
    }
    return true;
}

static bool is_pattern(const char *text)
{
    return strpbrk(text, "*?[");
}

static struct task *add(const char *vm)
{
    tasks = memory_resize(tasks, task_count + 1, sizeof(*tasks));
    tasks[task_count] = (struct task){
        .vm = vm,
        .by = is_number(vm) ? BY_NUMBER
              : is_uuid(vm) ? BY_UUID
                            : BY_NAME,
    };
    return &tasks[task_count++];
}

static void take_domain(struct task *task, unsigned int domid)
{
    task->has_domain = true;
    task->domid = domid;
    task->is_prepared = false;
}

/* The words for one of these domains: its name, unless that is not enough to
 * find the domain again. */
static char *words_for(const struct domain *domain,
                       const struct domain *domains, unsigned int count)
{
    unsigned int same = 0;

    for (unsigned int i = 0; i < count; i++)
        same += strcmp(domains[i].name, domain->name) == 0;
    if (same > 1 || domain->name[0] == '\0' || is_number(domain->name) ||
        is_uuid(domain->name))
        return text_from("%s", domain->uuid);
    return text_from("%s", domain->name);
}

/* Add a task for each domain that fits. */
static void add_all(const char *pattern)
{
    unsigned int count;
    const struct domain *domains = domains_list(&count);

    for (unsigned int i = 0; i < count; i++) {
        if (pattern ? fnmatch(pattern, domains[i].name, 0) != 0
                    : !store_exists(store_path(domains[i].domid, OWN)))
            continue;
        take_domain(add(words_for(&domains[i], domains, count)),
                    domains[i].domid);
    }
}

static bool fits(const struct task *task, const struct domain *domain)
{
    if (task->by == BY_NUMBER)
        return domain->domid == strtoul(task->vm, NULL, 10);
    if (task->by == BY_UUID)
        return strcasecmp(domain->uuid, task->vm) == 0;
    return strcmp(domain->name, task->vm) == 0;
}

/* Find the domain of the task. False: there is none, or the task is over. */
static bool find(struct task *task)
{
    unsigned int count, found = 0;
    const struct domain *domains = domains_list(&count);

    task->has_domain = false;
    for (unsigned int i = 0; i < count; i++) {
        /* The event that says that it is gone may still come. */
        if (!fits(task, &domains[i]) || !domain_is_there(domains[i].domid))
            continue;
        take_domain(task, domains[i].domid);
        found++;
    }
    if (found > 1) {
        task->has_domain = false;
        task_end(task, STATUS_USAGE,
                 text_from("more than one VM is called %s: give its UUID",
                           task->vm));
    }
    return task->has_domain;
}

static void find_all(void)
{
    if (given->all)
        add_all(NULL);
    for (unsigned int i = 0; i < given->vm_count; i++) {
        const unsigned int before = task_count;

        if (!is_pattern(given->vms[i]))
            add(given->vms[i]);
        else
            add_all(given->vms[i]);
        if (task_count == before)
            die(STATUS_NO_VM, "no VM has a name like %s", given->vms[i]);
    }
}

/* --- watching ------------------------------------------------------------- */

static void watch(const struct task *task, void (*change)(const char *path))
{
    change(store_path(task->domid, "data"));
    if (strcmp(given->node, "data/testing") != 0)
        change(store_path(task->domid, given->node));
}

bool task_follow(struct task *task)
{
    watch(task, store_unwatch);
    task->has_domain = false;
    if (task->by == BY_NUMBER) {
        task_end(task, STATUS_NO_VM, text_from("domain %s is gone", task->vm));
        return false;
    }
    free(task->before);
    task->before = NULL;
    if (!find(task))
        return false;
    watch(task, store_watch);
    return true;
}

/* The number of the domain whose node it is; 0: it is none. */
static unsigned int domid_of(const char *path)
{
    static const char folder[] = "/local/domain/";

    if (strncmp(path, folder, sizeof(folder) - 1) != 0)
        return 0;
    return (unsigned int)strtoul(path + sizeof(folder) - 1, NULL, 10);
}

static void changed(const char *path)
{
    const unsigned int domid = domid_of(path);
    const bool of_domains = domains_changed(path);

    for (unsigned int i = 0; i < task_count; i++) {
        struct task *task = &tasks[i];

        if (of_domains ? !task->has_domain || !domains_find(task->domid)
                       : task->has_domain && task->domid == domid)
            task->is_due = true;
    }
}

/* --- running -------------------------------------------------------------- */

char *task_read(const struct task *task, const char *name)
{
    return store_read(store_path(task->domid, name));
}

void task_end(struct task *task, enum status status, char *error)
{
    if (task->is_over) {
        free(error);
        return;
    }
    task->is_over = true;
    task->status = status;
    task->error = error;
    if (task->has_domain && task->is_begun)
        watch(task, store_unwatch);
}

void task_answer(struct task *task, enum status status, char *answer)
{
    task->answer = answer;
    task_end(task, status, NULL);
}

void task_absent(struct task *task)
{
    task_end(task, STATUS_NO_VM,
             text_from("no such VM: %s; see xl list, or xe vm-list", task->vm));
}

/* The VM is not there when its turn comes. True: it may come. */
static bool may_come(struct task *task)
{
    if (task->is_over)
        return false;
    if (course->absent_is_done || (course->absent && course->absent(task)))
        task_end(task, STATUS_DONE, NULL);
    else if (!course->finds_later || task->by == BY_NUMBER)
        task_absent(task);
    return !task->is_over;
}

static void begin(struct task *task)
{
    const int seconds = given->seconds < 0 ? TASK_SECONDS : given->seconds;

    task->limit = store_now() + (int64_t)seconds * 1000;
    if (!task->has_domain && !find(task) && !may_come(task))
        return;
    task->is_begun = true;
    task->is_due = true;
    if (task->has_domain)
        watch(task, store_watch);
}

static void look(struct task *task)
{
    task->is_due = false;
    if (!task->has_domain) {
        if (!find(task))
            return;
        watch(task, store_watch);
    }
    course->look(task);
}

/* The earliest limit of the tasks that are under way. */
static int64_t next_limit(int64_t limit)
{
    for (unsigned int i = 0; i < task_count; i++) {
        if (tasks[i].is_begun && !tasks[i].is_over && tasks[i].limit < limit)
            limit = tasks[i].limit;
    }
    return limit;
}

/* End the tasks whose time is up. */
static void end_late(int64_t limit_in_all)
{
    const int64_t now = store_now();

    for (unsigned int i = 0; i < task_count; i++) {
        struct task *task = &tasks[i];

        if (!task->is_over &&
            ((task->is_begun && task->limit <= now) || limit_in_all <= now))
            course->late(task);
    }
}

/* Begin the task, if it may be under way, and do what is due. */
static void serve(struct task *task, unsigned int *under_way)
{
    if (!task->is_over && !task->is_begun && *under_way < given->parallel) {
        begin(task);
        *under_way += task->is_begun;
    }
    while (task->is_begun && !task->is_over && task->is_due)
        look(task);
    if (task->is_over && !task->is_told) {
        *under_way -= task->is_begun;
        task->is_told = true;
        output_end(task, task_count > 1);
    }
}

/* Serve all tasks. False: all are over. */
static bool go_on(void)
{
    unsigned int under_way = 0;
    bool any = false;

    for (unsigned int i = 0; i < task_count; i++)
        under_way += tasks[i].is_begun && !tasks[i].is_told;
    for (unsigned int i = 0; i < task_count; i++) {
        serve(&tasks[i], &under_way);
        any = any || !tasks[i].is_over;
    }
    return any;
}

static int exit_status(void)
{
    unsigned int failures = 0;

    if (task_count == 1)
        return (int)tasks[0].status;
    for (unsigned int i = 0; i < task_count; i++)
        failures += tasks[i].status != STATUS_DONE;
    output_summary(task_count - failures, failures);
    return failures < FAILURES_MAX ? (int)failures : FAILURES_MAX;
}

int tasks_run(const struct arguments *arguments,
              const struct task_course *wanted)
{
    int64_t limit_in_all = INT64_MAX;

    given = arguments;
    course = wanted;
    store_open();
    domains_start(true);
    find_all();
    if (given->seconds_in_all >= 0)
        limit_in_all = store_now() + (int64_t)given->seconds_in_all * 1000;
    while (go_on()) {
        if (!store_wait(next_limit(limit_in_all), changed))
            end_late(limit_in_all);
    }
    return exit_status();
}
