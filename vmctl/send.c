/* SPDX-License-Identifier: MIT */
/*
 * send - the verbs that send a message to each VM, and wait for its answer; see
 * verbs.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide/language.h"
#include "lib/macros.h"
#include "vmctl/device.h"
#include "vmctl/domains.h"
#include "vmctl/message.h"
#include "vmctl/output.h"
#include "vmctl/reply.h"
#include "vmctl/store.h"
#include "vmctl/tasks.h"
#include "vmctl/verbs.h"

#define FILE_MAX (1 << 20) /* far more than the VM takes */

static const struct arguments *given;
static struct message message;
static int seconds;
static const char *mac; /* of the command's device; null: it has no such name */

/* --- the message ---------------------------------------------------------- */

/* The action of a command whose verb says it. Null: --action says it. */
static const char *action_of_verb(void)
{
    switch (given->verb) {
    case VERB_NOW:
        return given->words[0];
    case VERB_ATTACK:
        return action_rows[ACTION_ATTACK].name;
    case VERB_REPORT:
        return action_rows[ACTION_REPORT].name;
    case VERB_CAPABILITIES:
        return action_rows[ACTION_CAPABILITIES].name;
    default:
        return NULL;
    }
}

/* `network` is the VM's name of the network that the command names by its MAC
 * address. */
static void make_command(const char *network)
{
    struct member_value members[MEMBERS + 3] = {
        {"when", given->verb == VERB_ONSHUTDOWN ? "onshutdown" : "now", true}};
    const char *const action = action_of_verb();
    char *device = NULL;
    unsigned int count = 1;

    if (action)
        members[count++] = (struct member_value){"action", action, true};
    for (unsigned int i = 0; i < given->member_count; i++) {
        struct member_value *member = &members[count++];

        *member = given->members[i];
        if (strcmp(member->name, "device") != 0)
            continue;
        if (device_is_mac(member->value)) {
            mac = member->value;
            member->value = network;
        } else {
            free(device);
            member->value = device = device_of(member->value);
        }
    }
    if (given->verb == VERB_ATTACK)
        members[count++] = (struct member_value){
            "mode",
            given->list ? language_attacks[ATTACK_LIST] : given->words[0],
            true};
    message_of_members(&message, members, count);
    free(device);
}

/* --- sending -------------------------------------------------------------- */

/* Whether a node of this path will belong to the guest: it inherits the owner
 * of its folder. */
static bool is_inherited(const struct task *task, const char *path)
{
    char *folder = text_from("%.*s", (int)(strrchr(path, '/') - path), path);
    const bool is = store_owner(folder) == (int)task->domid;

    free(folder);
    return is;
}

/*
 * Under xl the guest may not write nodes that dom0 creates below control, so it
 * could not acknowledge. Create such a node empty and give it to the guest
 * before the command is written. False: not yet, or the task is over.
 */
static bool prepare(struct task *task)
{
    const char *path = store_path(task->domid, given->node);
    const int owner = store_owner(path);

    task->may_be_absent = owner < 0 && is_inherited(task, path);
    task->is_prepared = task->may_be_absent || owner == (int)task->domid;
    if (task->is_prepared)
        return true;
    if (domain_is_there(task->domid)) {
        task->is_prepared = (owner >= 0 || store_write(path, "", 0)) &&
                            store_give(path, task->domid);
        if (task->is_prepared)
            return true;
    }
    if (domain_is_there(task->domid))
        task_end(task, STATUS_FAILED,
                 text_from("cannot give %s to the guest", path));
    else
        task->is_due = task_follow(task);
    return false;
}

static void keep(char **kept, char *newer)
{
    free(*kept);
    *kept = newer;
}

/*
 * Whether the command can be written now. It must not overwrite another
 * command, and must not go to a domain that is about to end: the VM changes
 * state and node together. The last look makes sure that the values, or missing
 * nodes, were those of a living domain.
 */
static bool node_is_free(struct task *task)
{
    if (!task->is_prepared && !prepare(task))
        return false;
    keep(&task->standing, task_read(task, given->node));
    keep(&task->state, task_read(task, OWN "/state"));
    if (!domain_is_there(task->domid)) {
        task->is_due = task_follow(task);
        return false;
    }
    if (!task->standing && !task->may_be_absent) {
        /* Somebody has removed it just now. */
        task->is_prepared = false;
        task->is_due = true;
        return false;
    }
    return (!task->standing || task->standing[0] == '\0') &&
           !(task->state && strcmp(task->state, "stopping") == 0);
}

/* Put the VM's own name of its network into the message. False: not yet, or the
 * VM has none with this MAC address, and the task is over. */
static bool name_network(struct task *task)
{
    char *network = device_with_mac(task->domid, mac);

    if (network) {
        free(message.text);
        make_command(network);
    } else if (!domain_is_there(task->domid)) {
        task->is_due = task_follow(task);
    } else {
        task_end(task, STATUS_FAILED,
                 text_from("domain %u has no network with the MAC address %s",
                           task->domid, mac));
    }
    free(network);
    return network != NULL;
}

static void write_message(struct task *task)
{
    const char *path;

    if (mac && !name_network(task))
        return;
    keep(&task->before, task_read(task, OWN "/reply"));
    task->first_domid = task->domid;
    path = store_path(task->domid, given->node); /* until the next requests */
    if (!store_write(path, message.text, message.size)) {
        task_end(task, STATUS_FAILED,
                 text_from("cannot write %s: the text is too long for "
                           "xenstore, or the domain is gone",
                           path));
        return;
    }
    task->is_sent = true;
    if (given->no_wait)
        task_end(task, STATUS_DONE, NULL);
}

/* --- answers -------------------------------------------------------------- */

/* Whether another answer follows. After "started" of a suspend it comes only
 * when somebody resumes the domain. */
static bool is_last(const struct reply *reply)
{
    return strcmp(reply->result, "started") != 0 ||
           (given->verb != VERB_NOW && given->verb != VERB_ATTACK &&
            given->verb != VERB_REPORT) ||
           given->started || message.program.steps[0].action == ACTION_SUSPEND;
}

static void look_for_answer(struct task *task)
{
    char *answer = task_read(task, OWN "/reply");
    struct reply reply;

    if (!answer) {
        if (domain_is_there(task->domid))
            return;
        if (!message_ends(&message)) {
            task->is_due = task_follow(task);
            return;
        }
        task_end(task, STATUS_DONE,
                 text_from("domain %u ended before its answer was read",
                           task->domid));
        return;
    }
    reply_read(&reply, answer);
    if ((task->before && strcmp(answer, task->before) == 0) ||
        !message_is_answered_by(&message, reply.result,
                                reply.has_id ? reply.id : NULL) ||
        !is_last(&reply)) {
        free(answer);
        return;
    }
    task_answer(task, reply_status(&reply), answer);
}

static void look(struct task *task)
{
    /* An answer comes later, and with an event. */
    if (task->is_sent)
        look_for_answer(task);
    else if (node_is_free(task))
        write_message(task);
}

/* --- time-outs ------------------------------------------------------------ */

#define LATE(task, format, ...)                                                \
    task_end(task, STATUS_TIME_OUT,                                            \
             text_from("time-out after %d s: " format, seconds, __VA_ARGS__))

static void late_to_send(struct task *task)
{
    if (!task->has_domain || !domain_is_there(task->domid))
        task_end(task, STATUS_NO_VM,
                 text_from("%s is gone, nothing was sent", task->vm));
    else if (task->standing && task->standing[0] != '\0')
        LATE(task,
             "domain %u has not taken what another one wrote to %s; the "
             "command was not sent: %s",
             task->domid, given->node, task->standing);
    else
        LATE(task, "domain %u is stopping; the command was not sent",
             task->domid);
}

static void late_to_answer(struct task *task)
{
    char *answer = task_read(task, OWN "/reply");

    keep(&task->standing, task_read(task, given->node));
    if (task->domid != task->first_domid)
        LATE(task,
             "domain %u became domain %u and no answer came; send the command "
             "again if it was lost",
             task->first_domid, task->domid);
    else if (task->standing && task->standing[0] != '\0')
        LATE(task,
             "the command stands in %s still, and is obeyed when domain %u "
             "runs; is it paused, or not xen-test-vm?",
             given->node, task->domid);
    else if (!answer || (task->before && strcmp(answer, task->before) == 0))
        LATE(task, "domain %u took the command and has not answered",
             task->domid);
    else
        LATE(task, "the answer is not there yet; the newest one is %s", answer);
    free(answer);
}

static void late(struct task *task)
{
    if (!task->is_begun)
        task_end(task, STATUS_TIME_OUT,
                 text_from("time-out: nothing was sent"));
    else if (!task->is_sent)
        late_to_send(task);
    else if (!task->has_domain || !domain_is_there(task->domid))
        task_end(task, STATUS_NO_VM,
                 text_from("%s is gone, there was no answer", task->vm));
    else
        late_to_answer(task);
}

/* --- the verbs ------------------------------------------------------------ */

static void make_program(const char *name)
{
    static char text[FILE_MAX];
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    size_t size;
    bool failed;

    if (!file)
        wrong("cannot read %s", name);
    size = fread(text, 1, sizeof(text), file);
    failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        wrong("cannot read %s", name);
    while (size > 0 && text[size - 1] == '\n')
        size--;
    message_of_program(&message, text, size);
}

static void make_message(void)
{
    switch (given->verb) {
    case VERB_PROGRAM:
        make_program(given->words[0]);
        break;
    case VERB_SEND:
        message_of_text(&message, given->words[0], strlen(given->words[0]));
        break;
    default:
        make_command("vif/0"); /* any name that the VM would accept */
        break;
    }
    if (message.size == 0)
        wrong("the empty text is no message");
    /* A command that the VM would refuse is sent only by `send`. */
    if (given->verb != VERB_SEND && message.is_refused)
        die(STATUS_FAILED, "refused, and not sent: %s", message.report.error);
}

/* The language that this vmctl can write, in the form of `capabilities`. */
static int print_language(void)
{
    static char text[LANGUAGE_MAX];
    struct writer writer;

    writer_start(&writer, text, sizeof(text));
    language_write(&writer);
    puts(text);
    return STATUS_DONE;
}

int verb_send(const struct arguments *arguments)
{
    static const struct task_course course = {.look = look, .late = late};

    given = arguments;
    if (arguments->verb == VERB_CAPABILITIES && arguments->vm_count == 0 &&
        !arguments->all)
        return print_language();
    seconds = arguments->seconds < 0 ? TASK_SECONDS : arguments->seconds;
    make_message();
    if (arguments->dry_run) {
        if (mac)
            wrong("%s: a dry run looks up no VM", mac);
        puts(message.text);
        return STATUS_DONE;
    }
    return tasks_run(arguments, &course);
}
