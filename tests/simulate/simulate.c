/* SPDX-License-Identifier: MIT */
/*
 * simulate - lives of a VM, one for each seed, until time is up or runs fail.
 *
 * Usage: simulate [--seconds N] [--seed N] [--runs N] [--failures N]
 *                 [--fixed N] [--shorten 0] [--show SEED] [FILE...]
 *
 * Each FILE is a case: a script that failed once. Cases run first, then the
 * seeds 1 to N of --fixed, however long they take, then new seeds. A new script
 * that fails is shortened as far as possible (not with --shorten 0), printed,
 * and kept as a case in build/simulate/. Seconds are processor time. Each run
 * has a process of its own, so the VM begins as after power-on, and may end in
 * any way.
 */
#define _DEFAULT_SOURCE /* mmap(), fork(), getrusage() */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/simulate/deeds.h"
#include "tests/simulate/run.h"
#include "tests/simulate/words.h"

#define MESSAGE_MAX 2000
#define RUN_SECONDS 20 /* a run that takes longer hangs */
#define KINDS_MAX   64
#define HUGE        1e9
#define FOLDER      "build/simulate"

/* The report of a run, in memory shared with the run's process. */
static struct report *report;
static char message[MESSAGE_MAX];

static bool shortens = true;

static double seconds_of(int who)
{
    struct rusage usage;

    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* The processor time of this program and of all runs: a second is then the same
 * amount of work on a busy machine. */
static double now(void)
{
    return seconds_of(RUSAGE_SELF) + seconds_of(RUSAGE_CHILDREN);
}

/* The VM has no heap, so a search for leaks at each end of a run finds nothing,
 * and costs a quarter of the time. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

/* --- one run -------------------------------------------------------------- */

static void take_message(int from)
{
    size_t size = 0;
    char rest[512];
    ssize_t got;

    while ((got = read(from, size + 1 < MESSAGE_MAX ? message + size : rest,
                       size + 1 < MESSAGE_MAX ? MESSAGE_MAX - 1 - size
                                              : sizeof(rest))) > 0) {
        if (size + 1 < MESSAGE_MAX)
            size += (size_t)got;
    }
    message[size] = '\0';
}

/* Run a script. False: `message` says which rule was broken. */
static bool live(const struct script *script, bool verbose)
{
    int pipes[2], status;
    pid_t child;

    memset(report, 0, sizeof(*report));
    fflush(stdout);
    if (pipe(pipes) != 0 || (child = fork()) < 0) {
        perror("simulate");
        exit(2);
    }
    if (child == 0) {
        alarm(RUN_SECONDS);
        dup2(pipes[1], STDERR_FILENO);
        close(pipes[0]);
        close(pipes[1]);
        run(script, report, verbose);
    }
    close(pipes[1]);
    take_message(pipes[0]);
    close(pipes[0]);
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        snprintf(message, sizeof(message), "the VM hangs\n");
    /* For example a fake, which cannot say why outside a unit test. */
    else if (message[0] == '\0' && status != 0)
        snprintf(message, sizeof(message),
                 "a check ends the run without words,"
                 " with status %#x\n",
                 (unsigned int)status);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* --- a failure ------------------------------------------------------------ */

/* The first line's words. Two failures with the same words are of one kind. */
static void kind_of(char *kind, size_t max)
{
    size_t size = 0;

    for (const char *at = message; *at && *at != '\n' && size + 1 < max; at++) {
        if (*at < '0' || *at > '9')
            kind[size++] = *at;
    }
    kind[size] = '\0';
}

static bool fails_alike(const struct script *script, const char *kind)
{
    char other[MESSAGE_MAX];

    if (live(script, false))
        return false;
    kind_of(other, sizeof(other));
    return strcmp(kind, other) == 0;
}

static void leave_out(const struct script *from, uint32_t at, uint32_t count,
                      struct script *to)
{
    *to = *from;
    to->count = from->count - count;
    memmove(&to->events[at], &to->events[at + count],
            (to->count - at) * sizeof(to->events[0]));
}

/* Leave out as many deeds as possible: halves, quarters, ..., single deeds. */
static void shorten(struct script *script)
{
    char kind[MESSAGE_MAX];
    struct script shorter;

    kind_of(kind, sizeof(kind));
    for (uint32_t size = script->count / 2 + 1; size > 0; size /= 2) {
        for (uint32_t at = 0; at + size <= script->count;) {
            leave_out(script, at, size, &shorter);
            if (fails_alike(&shorter, kind))
                *script = shorter;
            else
                at += size;
        }
    }
    (void)live(script, false);
}

static void keep(const struct script *script)
{
    char path[100];
    FILE *file;

    mkdir(FOLDER, 0777);
    snprintf(path, sizeof(path), FOLDER "/%lu", (unsigned long)script->seed);
    file = fopen(path, "w");
    if (!file) {
        perror(path);
        return;
    }
    fprintf(file, "seed %lu\n", (unsigned long)script->seed);
    for (uint32_t i = 0; i < script->count; i++)
        fprintf(file, "%u %lu %s\n", script->events[i].step,
                (unsigned long)script->events[i].random,
                deeds[script->events[i].deed].name);
    fclose(file);
    printf("simulate: kept as %s\n", path);
}

/* Whether a failure of this kind was seen before. */
static bool is_known(void)
{
    static char known[KINDS_MAX][200];
    static unsigned int count;
    char kind[200];

    kind_of(kind, sizeof(kind));
    for (unsigned int i = 0; i < count; i++) {
        if (strcmp(known[i], kind) == 0)
            return true;
    }
    if (count < KINDS_MAX)
        strcpy(known[count++], kind);
    return false;
}

static void explain(struct script *script)
{
    if (is_known()) {
        printf("not ok - seed %lu, as before: %s", (unsigned long)script->seed,
               message);
        return;
    }
    printf("not ok - seed %lu, %lu steps, %.1f s: %s",
           (unsigned long)script->seed, (unsigned long)report->steps, now(),
           message);
    if (shortens) {
        shorten(script);
        printf("--- the shortest script that fails alike: %u deeds\n",
               script->count);
    }
    (void)live(script, true);
    printf("--- %s", message);
    keep(script);
}

/* --- cases ---------------------------------------------------------------- */

static uint32_t deed_called(const char *name)
{
    for (uint32_t i = 0; i < deed_count; i++) {
        if (strcmp(deeds[i].name, name) == 0)
            return i;
    }
    fprintf(stderr, "simulate: no deed is called \"%s\"\n", name);
    exit(2);
}

static void read_case(const char *path, struct script *script)
{
    char name[100];
    unsigned long seed, random;
    unsigned int step;
    FILE *file = fopen(path, "r");

    if (!file || fscanf(file, "seed %lu\n", &seed) != 1) {
        fprintf(stderr, "simulate: %s is no case\n", path);
        exit(2);
    }
    *script = (struct script){.seed = seed};
    while (script->count < RUN_DEEDS_MAX &&
           fscanf(file, "%u %lu %99[^\n]\n", &step, &random, name) == 3)
        script->events[script->count++] =
            (struct event){step, deed_called(name), random};
    fclose(file);
}

/* --- all ------------------------------------------------------------------ */

struct totals {
    unsigned long passed, failed;
    uint64_t steps, deeds, virtual_ns;
};

static void try(struct script *script, struct totals *totals)
{
    const bool well = live(script, false);

    totals->steps += report->steps;
    totals->deeds += report->deeds;
    totals->virtual_ns += report->virtual_ns;
    if (well) {
        totals->passed++;
        return;
    }
    totals->failed++;
    explain(script);
}

static void show_progress(const struct totals *totals, double seconds)
{
    printf("# %lu runs, %lu steps, %.0f steps/s, %lu deeds, %.0f h of the "
           "VM's time\n",
           totals->passed + totals->failed, (unsigned long)totals->steps,
           (double)totals->steps / (seconds > 0 ? seconds : 1),
           (unsigned long)totals->deeds, (double)totals->virtual_ns / 3.6e12);
    fflush(stdout);
}

static void simulate(uint64_t seed, unsigned long runs, double seconds,
                     unsigned long failures, struct totals *totals)
{
    static struct script script;
    const double begun = now();
    double shown = begun;

    printf("# seeds from %lu on\n", (unsigned long)seed);

    for (unsigned long i = 0;
         i < runs && now() - begun < seconds && totals->failed < failures;
         i++) {
        run_draw(seed + i, &script);
        try(&script, totals);
        if (now() - shown >= 10) {
            shown = now();
            show_progress(totals, shown - begun);
        }
    }
    show_progress(totals, now() - begun);
}

int main(int count, char **words)
{
    static struct script script;
    struct totals totals = {0};
    uint64_t seed = (uint64_t)time(NULL);
    unsigned long runs = ~0UL, failures = 1, fixed = 0;
    double seconds = 60;
    int at = 1;

    report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED)
        return 2;
    if (words_lack()) {
        fprintf(stderr, "simulate: no command orders %s: add it to %s\n",
                words_lack(), "tests/simulate/words.c");
        return 2;
    }
    for (; at + 1 < count && words[at][0] == '-'; at += 2) {
        const char *value = words[at + 1];

        if (strcmp(words[at], "--seed") == 0)
            seed = strtoul(value, NULL, 0);
        else if (strcmp(words[at], "--seconds") == 0)
            seconds = strtod(value, NULL);
        else if (strcmp(words[at], "--runs") == 0)
            runs = strtoul(value, NULL, 0);
        else if (strcmp(words[at], "--failures") == 0)
            failures = strtoul(value, NULL, 0);
        else if (strcmp(words[at], "--fixed") == 0)
            fixed = strtoul(value, NULL, 0);
        else if (strcmp(words[at], "--shorten") == 0)
            shortens = strcmp(value, "0") != 0;
        else if (strcmp(words[at], "--show") == 0) {
            run_draw(strtoul(value, NULL, 0), &script);
            printf("%s", live(&script, true) ? "well\n" : message);
            return 0;
        } else {
            break;
        }
    }
    if (at < count && words[at][0] == '-') {
        fprintf(stderr, "simulate: unknown option, or no value: %s\n",
                words[at]);
        return 2;
    }
    for (; at < count; at++) {
        read_case(words[at], &script);
        try(&script, &totals);
    }
    if (fixed > 0)
        simulate(1, fixed, HUGE, failures, &totals);
    simulate(seed, runs, seconds, failures, &totals);
    printf("%lu passed, %lu failed, 0 skipped\n", totals.passed, totals.failed);
    return totals.failed > 0;
}
