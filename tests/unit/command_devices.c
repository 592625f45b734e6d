/* SPDX-License-Identifier: MIT */
/*
 * Tests of decide/command: members about devices.
 */
#include "tests/unit/command.h"

#define DISK     "{'when':'now','action':'disk','device':'vbd/51712'"
#define TRANSMIT "{'when':'now','action':'transmit','device':'vif/0'"
#define FRONTEND "{'when':'now','action':'frontend'"
#define ADDRESS  "{'when':'now','action':'address','device':'vif/0'"

static void a_device_is_named_by_its_folder(void **state)
{
    static const struct {
        const char *text;
        enum device_type type;
        uint32_t number;
    } devices[] = {
        {"vbd/51712", DEVICE_VBD, 51712},
        {"vbd/0", DEVICE_VBD, 0},
        {"vif/0", DEVICE_VIF, 0},
        {"vif/12", DEVICE_VIF, 12},
        {"vbd/4294967295", DEVICE_VBD, UINT32_MAX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(devices); i++) {
        assert_accepted(parse(FRONTEND ",'device':'%s'}", devices[i].text));
        assert_int_equal(command.device_type, devices[i].type);
        assert_int_equal(command.device, devices[i].number);
        assert_int_equal(command.mode, MODE_AS_IT_IS);
    }
}

static void a_wrong_device_is_refused(void **state)
{
    static const char *const texts[] = {
        "",       "vbd",       "vbd/",           "/",
        "/0",     "vbd/a",     "vbd/-1",         "vbd/1 ",
        " vbd/1", "vbd/01",    "vbd/1/2",        "vbds/1",
        "vb/1",   "VBD/1",     "vbd//1",         "xvda",
        "51712",  "console/0", "vbd/4294967296", "vbd/18446744073709551616"};
    char error[100];

    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        assert_int_equal(parse(FRONTEND ",'device':'%s'}", texts[i]),
                         -XEN_EINVAL);
        snprintf(error, sizeof(error), "this is no device: \"%s\"", texts[i]);
        assert_refused_with(error);
    }
}

static void an_operation_is_one_of_four(void **state)
{
    static const char *const words[] = {"read", "write", "verify", "flush"};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_COUNT(words); i++) {
        assert_accepted(parse(DISK ",'op':'%s','mib':3,'seed':9}", words[i]));
        assert_int_equal(command.op, i);
        assert_int_equal(command.mib, 3);
        assert_int_equal(command.seed, 9);
    }
}

static void a_mode_is_one_of_six(void **state)
{
    static const struct {
        const char *word;
        enum device_mode mode;
    } modes[] = {
        {"obey", MODE_OBEY},
        {"never-connect", MODE_NEVER_CONNECT},
        {"refuse-close", MODE_REFUSE_CLOSE},
        {"close-late", MODE_CLOSE_LATE},
        {"disconnect", MODE_DISCONNECT},
        {"corrupt", MODE_CORRUPT},
    };

    (void)state;
    for (unsigned int i = 0; i < ARRAY_COUNT(modes); i++) {
        assert_accepted(parse(FRONTEND ",'device':'vif/0','mode':'%s',"
                                       "'seconds':7}",
                              modes[i].word));
        assert_int_equal(command.mode, modes[i].mode);
        assert_int_equal(command.seconds, 7);
    }
}

static void a_flush_needs_no_size(void **state)
{
    (void)state;
    assert_accepted(parse(DISK ",'op':'flush'}"));
    assert_int_equal(command.mib, 0);
}

/* The size of memory does not limit orders of a disk. */
static void a_disk_may_be_larger_than_memory(void **state)
{
    (void)state;
    assert_accepted(parse(DISK ",'op':'read','mib':4294967295}"));
    assert_int_equal(command.mib, UINT32_MAX);
    assert_int_equal(mib_asked, 0);
}

static void a_frame_is_60_bytes_unless_told(void **state)
{
    (void)state;
    assert_accepted(parse(TRANSMIT ",'frames':5}"));
    assert_int_equal(command.frames, 5);
    assert_int_equal(command.bytes, 60);
    assert_accepted(parse(TRANSMIT ",'frames':5,'bytes':1514}"));
    assert_int_equal(command.bytes, 1514);
}

static void an_address_is_four_bytes(void **state)
{
    (void)state;
    assert_accepted(parse(ADDRESS ",'ip':'192.0.2.1'}"));
    assert_memory_equal(command.ip, "\xc0\0\x02\x01", 4);
}

static void members_that_contradict_each_other_are_refused(void **state)
{
    static const struct refusal refusals[] = {
        {"{'when':'now','action':'disk','op':'read','mib':1}",
         "device is missing"},
        {DISK ",'mib':1}", "op is missing"},
        {DISK ",'op':'read'}", "mib is missing"},
        {DISK ",'op':'verify'}", "mib is missing"},
        {DISK ",'op':'read','mib':0}", "mib is not between 1 and 4294967295"},
        {DISK ",'op':'erase','mib':1}", "unknown op: \"erase\""},
        {DISK ",'op':'','mib':1}", "unknown op: \"\""},
        {DISK ",'op':1,'mib':1}", "op is a number, not text"},
        {"{'when':'now','action':'disk','device':'vif/0','op':'flush'}",
         "device is no vbd"},
        {TRANSMIT "}", "frames is missing"},
        {TRANSMIT ",'frames':0}", "frames is not between 1 and 4294967295"},
        {TRANSMIT ",'frames':1,'bytes':59}",
         "bytes is not between 60 and 1514"},
        {TRANSMIT ",'frames':1,'bytes':1515}",
         "bytes is not between 60 and 1514"},
        {"{'when':'now','action':'transmit','device':'vbd/0','frames':1}",
         "device is no vif"},
        {FRONTEND "}", "device is missing"},
        {FRONTEND ",'device':'vif/0','mode':''}", "unknown mode: \"\""},
        {FRONTEND ",'device':'vif/0','mode':'close'}",
         "unknown mode: \"close\""},
        {ADDRESS "}", "ip is missing"},
        {ADDRESS ",'ip':'192.0.2'}", "this is no address: \"192.0.2\""},
        {"{'when':'now','action':'address','device':'vbd/0','ip':'1.2.3.4'}",
         "device is no vif"},
    };

    (void)state;
    assert_refusals(refusals, ARRAY_COUNT(refusals));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_named_by_its_folder),
        cmocka_unit_test(a_wrong_device_is_refused),
        cmocka_unit_test(an_operation_is_one_of_four),
        cmocka_unit_test(a_mode_is_one_of_six),
        cmocka_unit_test(a_flush_needs_no_size),
        cmocka_unit_test(a_disk_may_be_larger_than_memory),
        cmocka_unit_test(a_frame_is_60_bytes_unless_told),
        cmocka_unit_test(an_address_is_four_bytes),
        cmocka_unit_test(members_that_contradict_each_other_are_refused),
    };

    return cmocka_run_group_tests_name("command_devices", tests, NULL, NULL);
}
