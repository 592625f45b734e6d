/* SPDX-License-Identifier: MIT */
/*
 * A property test of decide/control: random events, compared with a naive
 * model.
 *
 * XEN_TEST_VM_SEED=number chooses other events.
 */
#include "tests/unit/control_model.h"

#include <stdlib.h>

#include "lib/json.h"

#define SEQUENCE_COUNT 3000
#define FAVOURITES     6 /* messages of a sequence: few, so that they meet */

/* --- the store and the world around ----------------------------------------*/

struct world {
    unsigned int seed;
    uint64_t now;
    const struct message *testing[NODE_SHUTDOWN]; /* messages in the nodes */
    const char *shutdown;
    unsigned int events[NODE_COUNT]; /* events that the VM has not seen yet */

    /* The message that the VM has read before a suspend and handles after it;
     * null: none. */
    const struct message *held_testing[NODE_SHUTDOWN];
    const char *held_shutdown;
    struct message favourites[FAVOURITES];
    /* `before`: before the message that is being handled */
    struct model model, before;
    struct control control;
    struct decision decision;
    char trace[EVENT_COUNT * 4096];
    size_t trace_size;
};

static struct world world;
static const struct message nothing = {.text = ""};

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
    if (good)
        return;
    fputs(world.trace, stderr); /* more than cmocka prints */
    fail_msg("seed %u: %s differs: log \"%s\", answer %s", world.seed, what,
             world.decision.log, world.decision.answer);
}

static const char *held_text(enum node node)
{
    return node == NODE_SHUTDOWN ? world.shutdown : world.testing[node]->text;
}

/* Somebody writes to a node. `newer`: a text that differs from the node's. */
static void somebody_writes(enum node node, bool newer)
{
    const char *before = held_text(node);

    do {
        if (node == NODE_SHUTDOWN)
            world.shutdown = requests[pick(ARRAY_COUNT(requests))];
        else
            world.testing[node] =
                chance(15) ? &nothing : &world.favourites[pick(FAVOURITES)];
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
 * The store accepts the acknowledgement or not. The message may be gone by now.
 */
static enum acknowledged
try_acknowledgement(const struct acknowledgement *wanted)
{
    static const struct held unseen = {.text = NULL};
    bool stands = text_is(wanted->message, held_text(wanted->node));
    const char *text = "";

    if (chance(20))
        return ACKNOWLEDGE_REFUSED;
    if (!stands || chance(15)) {
        if (stands)
            somebody_writes(wanted->node, true);
        hold(&world.model.histories[wanted->node], unseen);
        /* The node may be that of another domain, which does not tell. */
        return wanted->needed && chance(80) ? ACKNOWLEDGE_WITHDRAWN
                                            : ACKNOWLEDGE_LATE;
    }
    for (size_t i = 0; i < ARRAY_COUNT(acks); i++) {
        if (wanted->how == ACK_WRITE && acks[i] &&
            text_is(wanted->text, acks[i]))
            text = acks[i];
    }
    the_vm_writes(wanted->node, text);
    return ACKNOWLEDGED;
}

/* --- comparing -------------------------------------------------------------*/

/* A member of the answer, as written there. Null: there is none. */
static const char *member(const struct json *json, const char *name)
{
    static char raw[2][DECISION_ANSWER_MAX + 1];
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

static void compare_answer(const char *text, const struct expected *expected)
{
    static struct json json;
    const char *why, *seq, *step;

    check((text[0] != '\0') == (expected->result != NULL), "answering");
    if (text[0] == '\0')
        return;
    check(strlen(text) <= 1536, "size");
    check(json_parse(&json, text_of(text), &why) == 0, "JSON");
    check(same(member(&json, "result"), expected->result), "result");
    check(same(member(&json, "id"), expected->id), "id");
    step = member(&json, "step");
    check((step ? atoi(step) : -1) == expected->step, "step");
    check((member(&json, "error") != NULL) ==
              (same(expected->result, "refused") ||
               same(expected->result, "failed")),
          "error");
    seq = member(&json, "seq");
    check(seq && strtoul(seq, NULL, 10) == world.model.answers, "seq");
}

static void compare_acknowledgement(const struct acknowledgement *ack,
                                    enum node node,
                                    const struct expected *expected)
{
    check(ack->wanted == (expected->ack != NULL), "acknowledging");
    if (!ack->wanted)
        return;
    check(ack->node == node, "acknowledged node");
    check(ack->again == expected->again, "trying again");
    check(ack->needed == expected->needed, "needing it");
    if (expected->ack[0] != '=') {
        check(ack->how == ACK_DELETE, "deleting");
        return;
    }
    check(ack->how == ACK_WRITE, "writing");
    check(text_is(ack->text, expected->ack + 1), "acknowledging text");
}

static void compare_action(const struct decision *decision,
                           const struct expected *expected)
{
    bool acts = decision->act && decision->action != ACTION_IGNORE;

    check(acts == (expected->act != NULL), "acting");
    if (!acts)
        return;
    check(same(action_rows[decision->action].name, expected->act), "action");
    check((decision->command != NULL) == expected->of_command, "actor");
    if (decision->command)
        check(decision->command->action == decision->action, "command");
}

static void compare(enum node node, const struct expected *expected)
{
    const struct decision *decision = &world.decision;
    const char *state =
        expected->state ? expected->state : model_state(&world.model);

    check((decision->log[0] != '\0') == expected->log, "logging");
    for (const char *at = decision->log; *at != '\0'; at++)
        check((unsigned char)*at >= ' ', "log text");
    compare_acknowledgement(&decision->acknowledgement, node, expected);
    compare_answer(decision->answer, expected);
    compare_action(decision, expected);
    check(same(state_names[decision->state], state), "state");
    check(decision->read_again == expected->read_again, "reading again");
    for (enum counter i = 0; i < COUNTER_COUNT; i++)
        check(world.control.counters[i] == world.model.counters[i], "counter");
}

/* --- carrying out ----------------------------------------------------------*/

static unsigned int mib_max(void)
{
    return 1;
}

static void forget_decision(void)
{
    memset(&world.decision, 0xaa, sizeof(world.decision));
}

static void start(void);

static void take_back(enum node node)
{
    struct expected expected = model_withdrawn(&world.model, &world.before);

    control_withdrawn(&world.control, &world.decision);
    compare(node, &expected);
    control_acknowledged(&world.control, &world.decision, ACKNOWLEDGED,
                         world.now);
}

/* Log and acknowledge; the caller does the rest. False: there is no rest,
 * because the message was withdrawn. */
static bool acknowledge(enum node node, const struct expected *expected)
{
    enum acknowledged result = ACKNOWLEDGED;

    compare(node, expected);
    if (chance(30))
        world.now += pick(2000000);
    if (world.decision.acknowledgement.wanted)
        result = try_acknowledgement(&world.decision.acknowledgement);
    trace("  %s -> %s, result %u at %llu\n", world.decision.log,
          world.decision.answer, result, (unsigned long long)world.now);
    if (result == ACKNOWLEDGE_WITHDRAWN) {
        take_back(node);
        return false;
    }
    control_acknowledged(&world.control, &world.decision, result, world.now);
    model_acknowledged(&world.model, world.now);
    if (expected->read_again)
        world.events[NODE_SHUTDOWN]++;
    return true;
}

static void finish(enum track track, struct owed *owed)
{
    const struct outcome outcome = {.error = chance(40) ? "EACCES" : NULL};
    struct expected expected;

    forget_decision();
    control_finished(&world.control, track, &outcome, &world.decision);
    expected = model_over(&world.model, owed, outcome.error, world.now);
    (void)acknowledge(NODE_SHUTDOWN, &expected);
}

/* The VM reads the nodes that had events, before it suspends. */
static void hold_messages(void)
{
    for (enum node node = 0; node <= NODE_SHUTDOWN; node++) {
        if (world.events[node] == 0 || held_text(node)[0] == '\0')
            continue;
        world.events[node] = 0;
        if (node == NODE_SHUTDOWN)
            world.held_shutdown = world.shutdown;
        else
            world.held_testing[node] = world.testing[node];
    }
}

/* A fresh store: nodes are absent; some are written before the VM looks. */
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
        /* A newer text replaces the one that was read before. */
        if (node == NODE_SHUTDOWN)
            world.held_shutdown = NULL;
        else
            world.held_testing[node] = NULL;
    }
}

static void suspend(void)
{
    enum suspended how = pick(SUSPEND_REFUSED + 1);
    unsigned int memory_errors = chance(20) ? pick(3) : 0;
    struct expected expected;

    trace("  suspend, outcome %u, %u memory errors\n", how, memory_errors);
    hold_messages();
    if (how == SUSPEND_RESUMED)
        renew_store();
    forget_decision();
    control_suspended(&world.control, how, memory_errors, &world.decision);
    expected = model_suspended(&world.model, how, memory_errors, world.now);
    compare(NODE_SHUTDOWN, &expected);
}

static void carry_out(enum node node, const struct expected *expected)
{
    enum deed deed = expected->act ? deed_of(expected->act) : DEED_NOTHING;

    if (!acknowledge(node, expected))
        return;
    if (deed == DEED_SUSPEND)
        suspend();
    else if (deed == DEED_STOP || deed == DEED_NEVER)
        start();
    else if (deed == DEED_QUICK)
        finish(TRACK_MAIN, &world.model.quick);
}

/* Do all that the VM does now without a message. */
static void settle(void)
{
    struct expected expected;
    bool some;

    do {
        uint64_t now = world.now;

        forget_decision();
        some = control_next(&world.control, now, &world.decision);
        check(model_next(&world.model, now, &expected) == some, "doing more");
        if (some)
            carry_out(NODE_SHUTDOWN, &expected);
    } while (some);
    check(control_deadline(&world.control) == model_deadline(&world.model),
          "deadline");
}

/* --- events ----------------------------------------------------------------*/

/*
 * A VM starts in this world, perhaps with a program, and looks at every node.
 */
static void start(void)
{
    const struct message *testing =
        chance(30) ? &world.favourites[pick(FAVOURITES)] : &nothing;
    struct expected expected = expected_log(testing != &nothing);

    trace("start: testing=%s\n", testing->text);
    memset(&world.model, 0, sizeof(world.model));
    memset(world.held_testing, 0, sizeof(world.held_testing));
    world.held_shutdown = NULL;
    forget_decision();
    control_start(&world.control, mib_max);
    for (enum node node = 0; node <= NODE_SHUTDOWN; node++)
        world.events[node] = 1;
    control_command_line(&world.control, text_of(testing->text), false,
                         world.now, &world.decision);
    if (testing != &nothing)
        model_program(&world.model, &expected, testing, world.now);
    carry_out(NODE_SHUTDOWN, &expected);
    settle();
}

static void handle_suspend_event(void)
{
    struct expected expected = model_suspend_event();

    trace("suspend event\n");
    forget_decision();
    control_suspend_event(&world.control, &world.decision);
    carry_out(NODE_SHUTDOWN, &expected);
}

/* The next request that the VM sees: the one it has read, or the node's. */
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
    const struct message *command =
        node == NODE_SHUTDOWN ? NULL : next_command(node);
    const char *text = command ? command->text : next_request();
    struct expected expected;

    trace("%s holds \"%s\"\n", node_paths[node], text);
    memcpy(&world.before, &world.model, offsetof(struct model, histories));
    forget_decision();
    control_message(&world.control, node, text_of(text), world.now,
                    &world.decision);
    expected = command ? model_command(&world.model, node, command, world.now)
                       : model_request(&world.model, text, world.now);
    carry_out(node, &expected);
}

static void let_time_pass(void)
{
    uint64_t deadline = model_deadline(&world.model);
    bool waits = deadline != TIME_NEVER;

    if (waits && deadline > world.now && chance(60))
        world.now = deadline - pick(2);
    else
        world.now += (uint64_t)pick(3) * 1000000 + pick(3);
    trace("time: %llu\n", (unsigned long long)world.now);
}

static void run_sequence(unsigned int seed)
{
    world.seed = seed;
    random_state = seed * 0x9e3779b97f4a7c15u + 1;
    world.trace_size = 0;
    world.now = 1000;
    world.shutdown = "";
    for (size_t i = 0; i < FAVOURITES; i++)
        make_message(&world.favourites[i]);
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
            world.events[node] = 1; /* several events have become one */
        handle(node);
        settle();
        if (chance(50))
            let_time_pass();
        if (chance(4))
            handle_suspend_event();
        if (world.model.work.step && chance(30))
            finish(TRACK_WORK, &world.model.work);
        settle();
    }
    world.now += UINT64_C(7200000000000); /* longer than all delays */
    settle();
    check(!ack_to_come(&world.model), "acknowledgements owed");
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

    return cmocka_run_group_tests_name("control_model", tests, NULL, NULL);
}
