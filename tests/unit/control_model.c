/* SPDX-License-Identifier: MIT */
/*
 * A property test of kernel/control: random events against a naive model.
 *
 * XEN_TEST_VM_SEED=number chooses other events.
 */
#include "tests/unit/control_model.h"

#include "lib/json.h"

#define SEQUENCE_COUNT 2000
#define FAVOURITES     6 /* messages of a sequence: few, so that they meet */

/* --- the store and the world around ----------------------------------------*/

struct world {
    uint64_t random;
    unsigned int seed;
    const struct message *testing[NODE_SHUTDOWN]; /* what the nodes hold */
    const char *shutdown;
    unsigned int events[NODE_COUNT]; /* not yet seen by the VM */

    /* What the VM has read before a suspend and handles after it, or null. */
    const struct message *held_testing[NODE_SHUTDOWN];
    const char *held_shutdown;
    const struct message *favourites[FAVOURITES];
    struct model model;
    struct control control;
    char trace[EVENT_COUNT * 1024];
    size_t trace_size;
};

static struct world world;
static const struct message nothing = {.text = ""};

static unsigned int pick(size_t count)
{
    world.random ^= world.random << 13;
    world.random ^= world.random >> 7;
    world.random ^= world.random << 17;
    return (unsigned int)((world.random >> 20) % count);
}

static bool chance(unsigned int percent)
{
    return pick(100) < percent;
}

static void trace(const char *format, ...) PRINTF_LIKE(1, 2);

static void trace(const char *format, ...)
{
    size_t left = sizeof(world.trace) - world.trace_size;
    va_list values;
    int size;

    va_start(values, format);
    size = vsnprintf(world.trace + world.trace_size, left, format, values);
    va_end(values);
    world.trace_size += MIN((size_t)size, left - 1);
}

static void check(bool good, const char *what)
{
    if (!good)
        fail_msg("seed %u: %s differs after\n%s", world.seed, what,
                 world.trace);
}

static const char *held_text(enum node node)
{
    return node == NODE_SHUTDOWN ? world.shutdown : world.testing[node]->text;
}

/* Somebody writes to a node: anything but what it holds if `newer`. */
static void somebody_writes(enum node node, bool newer)
{
    char before[sizeof(messages->text)];

    snprintf(before, sizeof(before), "%s", held_text(node));
    do {
        if (node == NODE_SHUTDOWN)
            world.shutdown = requests[pick(ARRAY_COUNT(requests))];
        else
            world.testing[node] =
                chance(15) ? &nothing : world.favourites[pick(FAVOURITES)];
    } while (newer && strcmp(before, held_text(node)) == 0);
    world.events[node]++;
    trace("  %s is written: %s\n", node_paths[node], held_text(node));
}

static void the_vm_writes(enum node node, const char *text)
{
    world.events[node]++;
    if (node == NODE_SHUTDOWN)
        world.shutdown = text;
    else
        world.testing[node] = &nothing;
    hold(&world.model.histories[node],
         (struct held){.text = text, .ours = true});
}

/*
 * Acknowledge with some luck, in the store, the model and the VM. What was read
 * before a suspend may not stand any more.
 */
static void acknowledge(enum node node, const char *message,
                        const struct decision *decision)
{
    static const struct held unseen = {.text = NULL};
    bool stands = strcmp(held_text(node), message) == 0;
    const char *text = "";

    if (chance(20)) {
        trace("  refused\n");
        control_acknowledged(&world.control, node, decision,
                             ACKNOWLEDGE_REFUSED);
        return;
    }
    if (!stands || chance(15)) {
        trace("  late\n");
        if (stands)
            somebody_writes(node, true);
        hold(&world.model.histories[node], unseen);
        control_acknowledged(&world.control, node, decision, ACKNOWLEDGE_LATE);
        return;
    }
    for (size_t i = 0; i < ARRAY_COUNT(acks); i++) {
        if (decision->acknowledgement.how == ACK_WRITE && acks[i] &&
            text_is(decision->acknowledgement.text, acks[i]))
            text = acks[i];
    }
    trace("  acknowledged by \"%s\"\n", text);
    the_vm_writes(node, text);
    control_acknowledged(&world.control, node, decision, ACKNOWLEDGED);
}

/* --- comparing -------------------------------------------------------------*/

/* A member of the answer as it stands there; null: there is none. */
static const char *member(const struct json *json, const char *name)
{
    static char raw[2][CONTROL_ANSWER_MAX + 1];
    static unsigned int turn;

    for (uint16_t i = 1; i < json->value_count; i = json->values[i + 1].next) {
        struct text value = json_raw(json, &json->values[i + 1]);

        if (!text_is(json_raw(json, &json->values[i]), name))
            continue;
        turn = !turn;
        memcpy(raw[turn], value.bytes, value.size);
        raw[turn][value.size] = '\0';
        return raw[turn];
    }
    return NULL;
}

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void compare_answer(const char *answer, const struct expected *expected)
{
    static struct json json;
    const char *why;
    const char *seq;

    check((answer[0] != '\0') == (expected->result != NULL), "answering");
    if (answer[0] == '\0')
        return;
    check(json_parse(&json, text_of(answer), &why) == 0, "JSON");
    check(same(member(&json, "result"), expected->result), "result");
    check(same(member(&json, "id"), expected->id), "id");
    check((member(&json, "error") != NULL) ==
              (same(expected->result, "refused") ||
               same(expected->result, "failed")),
          "error");
    seq = member(&json, "seq");
    check(seq && strtoul(seq, NULL, 10) == world.model.answers, "seq");
}

static void compare_acknowledgement(const struct acknowledgement *ack,
                                    const struct expected *expected)
{
    bool wanted = strcmp(expected->ack, "none") != 0;

    check(ack->wanted == wanted, "acknowledging");
    if (!wanted)
        return;
    check(ack->again == expected->again, "trying again");
    if (expected->ack[0] != '=') {
        check(ack->how == ACK_DELETE, "deleting");
        return;
    }
    check(ack->how == ACK_WRITE, "writing");
    check(text_is(ack->text, expected->ack + 1), "acknowledging text");
}

static void compare(const struct decision *decision,
                    const struct expected *expected)
{
    const struct model *model = &world.model;
    const unsigned int *counters = world.control.counters;
    bool acts = decision->act && decision->action != ACTION_IGNORE;
    bool suspends = same(expected->act, "suspend");
    const char *state = suspends         ? "suspending"
                        : expected->act  ? "stopping"
                        : model->pending ? "armed"
                                         : "ready";

    check((decision->log[0] != '\0') == expected->log, "logging");
    compare_acknowledgement(&decision->acknowledgement, expected);
    compare_answer(decision->answer, expected);
    check(acts == (expected->act != NULL), "acting");
    if (acts)
        check(same(action_rows[decision->action].name, expected->act),
              "action");
    check(same(state_names[decision->state], state), "state");
    check(counters[COUNTER_REQUESTS] == model->requests, "requests");
    check(counters[COUNTER_COMMANDS] == model->commands, "commands");
    check(counters[COUNTER_REFUSED] == model->refused, "refusals");
    check(counters[COUNTER_SUSPENDS] == model->suspends, "suspends");
    check(counters[COUNTER_RESUMES] == model->resumes, "resumes");
    check(counters[COUNTER_CANCELS] == model->cancels, "cancels");
    check(counters[COUNTER_MEMORY_ERRORS] == model->memory_errors,
          "memory errors");
}

/* --- the test --------------------------------------------------------------*/

/* A VM starts in this world and looks at every node. */
static void start(void)
{
    trace("  start\n");
    memset(&world.model, 0, sizeof(world.model));
    memset(world.events, 0, sizeof(world.events));
    memset(world.held_testing, 0, sizeof(world.held_testing));
    world.held_shutdown = NULL;
    control_start(&world.control);
    for (enum node node = 0; node <= NODE_SHUTDOWN; node++)
        world.events[node] = 1;
}

/* The VM reads what was announced, before it goes. */
static void hold_messages(void)
{
    for (enum node node = 0; node <= NODE_SHUTDOWN; node++) {
        if (world.events[node] == 0 || held_text(node)[0] == '\0')
            continue;
        trace("  held: %s is \"%s\"\n", node_paths[node], held_text(node));
        world.events[node] = 0;
        if (node == NODE_SHUTDOWN)
            world.held_shutdown = world.shutdown;
        else
            world.held_testing[node] = world.testing[node];
    }
}

/* A fresh store: nodes are absent, and sometimes written to before we look. */
static void renew_store(void)
{
    for (enum node node = 0; node <= NODE_SHUTDOWN; node++) {
        if (node == NODE_SHUTDOWN)
            world.shutdown = "";
        else
            world.testing[node] = &nothing;
        if (chance(20))
            somebody_writes(node, true);
        world.events[node] = 1;
        if (held_text(node)[0] == '\0')
            continue;
        /* A newer text takes the place of the one that was read before. */
        if (node == NODE_SHUTDOWN)
            world.held_shutdown = NULL;
        else
            world.held_testing[node] = NULL;
    }
}

static void suspend(void)
{
    static struct decision decision;
    enum suspended how = pick(SUSPEND_REFUSED + 1);
    unsigned int memory_errors = chance(20) ? pick(3) : 0;
    struct expected expected;

    trace("  suspend, outcome %u, %u memory errors\n", how, memory_errors);
    hold_messages();
    if (how == SUSPEND_RESUMED)
        renew_store();
    memset(&decision, 0xaa, sizeof(decision));
    control_suspended(&world.control, how, memory_errors, &decision);
    expected = model_suspended(&world.model, how, memory_errors);
    compare(&decision, &expected);
}

static void act(const struct expected *expected)
{
    if (same(expected->act, "suspend"))
        suspend();
    else if (expected->act)
        start();
}

static void handle_suspend_event(void)
{
    static struct decision decision;
    struct expected expected;

    trace("suspend event\n");
    memset(&decision, 0xaa, sizeof(decision));
    control_suspend_event(&world.control, &decision);
    expected = model_suspend_event(&world.model);
    compare(&decision, &expected);
    act(&expected);
}

/* What the VM sees next: what it has read, or what is there. */
static const char *next_request(void)
{
    const char *text = world.held_shutdown;

    world.held_shutdown = NULL;
    if (text)
        return text;
    world.events[NODE_SHUTDOWN]--;
    return world.shutdown;
}

static const struct message *next_command(enum node node)
{
    const struct message *message = world.held_testing[node];

    world.held_testing[node] = NULL;
    if (message)
        return message;
    world.events[node]--;
    return world.testing[node];
}

/* The VM sees an event. */
static void handle(enum node node)
{
    static struct decision decision;
    const struct message *command =
        node == NODE_SHUTDOWN ? NULL : next_command(node);
    const char *text = command ? command->text : next_request();
    struct expected expected;

    trace("%s holds \"%s\"\n", node_paths[node], text);
    memset(&decision, 0xaa, sizeof(decision));
    control_message(&world.control, node, text_of(text), &decision);
    expected = command ? model_command(&world.model, node, command)
                       : model_request(&world.model, text);
    compare(&decision, &expected);
    if (decision.acknowledgement.wanted)
        acknowledge(node, text, &decision);
    act(&expected);
}

static void run_sequence(unsigned int seed)
{
    world.seed = seed;
    world.random = seed * 0x9e3779b97f4a7c15u + 1;
    world.trace_size = 0;
    world.shutdown = "";
    for (size_t i = 0; i < FAVOURITES; i++)
        world.favourites[i] = &messages[pick(ARRAY_COUNT(messages))];
    world.favourites[0] = &refused[pick(ARRAY_COUNT(refused))];
    world.testing[NODE_TESTING] = &nothing;
    world.testing[NODE_DATA_TESTING] = &nothing;
    start();
    for (unsigned int i = 0; i < EVENT_COUNT; i++) {
        enum node node = pick(NODE_SHUTDOWN + 1);

        if (chance(60))
            somebody_writes(pick(NODE_SHUTDOWN + 1), false);
        if (world.events[node] == 0 || chance(5))
            world.events[node]++; /* an event without a change */
        if (chance(20))
            world.events[node] = 1; /* several have become one */
        handle(node);
        if (chance(4))
            handle_suspend_event();
    }
}

static void random_events_are_decided_as_the_model_says(void **state)
{
    const char *seed = getenv("XEN_TEST_VM_SEED");
    unsigned int first = seed ? (unsigned int)strtoul(seed, NULL, 10) : 1;

    (void)state;
    for (unsigned int i = 0; i < SEQUENCE_COUNT; i++)
        run_sequence(first + i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_events_are_decided_as_the_model_says),
    };

    return cmocka_run_group_tests_name("control_model", tests, write_messages,
                                       NULL);
}
