/* SPDX-License-Identifier: MIT */
/*
 * Tests of drivers/xenbus: devices that come, connect, close and go.
 */
#include "tests/unit/devices.h"

static void assert_phase(const struct xenbus_device *device,
                         enum xenbus_phase phase)
{
    assert_non_null(device);
    assert_string_equal(
        xenbus_phase_name(device),
        xenbus_phase_name(&(struct xenbus_device){.phase = phase}));
}

/* Return a connected disk. */
static struct xenbus_device *connected_disk(void)
{
    fake_backend_start(DISK, XenbusStateInitWait);
    begin();
    assert_phase(disk_device(), XENBUS_CONNECTED);
    return disk_device();
}

static void assert_nothing_is_held(void)
{
    assert_int_equal(lend_count(), 0);
    assert_int_equal(fake_grant_count(), 0);
    assert_int_equal(fake_arch.open_count, fake_arch.close_count);
}

/* --- coming --------------------------------------------------------------- */

static void without_devices_there_are_two_requests(void **state)
{
    (void)state;
    begin();
    assert_int_equal(fake_store.request_count, 2);
    assert_int_equal(fake_store_watch_count(), 1);
    assert_int_equal(fake_arch.map_count, 0);
    assert_int_equal(fake_arch.open_count, 0);
}

static void a_folder_of_another_type_is_no_device(void **state)
{
    (void)state;
    fake_store_write("device/suspend/event-channel", "3");
    begin();
    assert_int_equal(fake_store.request_count, 2);
}

static void a_disk_connects(void **state)
{
    const struct xenbus_device *device;

    (void)state;
    device = connected_disk();
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
    assert_int_equal(device->connected, 1);
    assert_int_equal(fake_arch.opened_for, 0);
    assert_int_equal(fake_backend.port, device->port);
}

static void a_network_connects(void **state)
{
    (void)state;
    fake_backend_start(NETWORK, XenbusStateInitWait);
    begin();
    assert_phase(network_device(), XENBUS_CONNECTED);
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
}

static void a_backend_that_is_not_ready_is_waited_for(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitialising);
    begin();
    assert_phase(disk_device(), XENBUS_FRESH);
    assert_int_equal(fake_frontend_state(), XenbusStateInitialising);
    assert_nothing_is_held();
    fake_backend_set(XenbusStateInitWait);
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
}

static void a_backend_may_take_its_time_to_connect(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_backend.connects = false;
    begin();
    assert_phase(disk_device(), XENBUS_OFFERED);
    assert_int_equal(fake_frontend_state(), XenbusStateInitialised);
}

static void a_device_may_come_later(void **state)
{
    (void)state;
    begin();
    fake_backend_start(DISK, XenbusStateInitWait);
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
}

static void a_device_without_a_backend_is_left_alone(void **state)
{
    (void)state;
    fake_store_write("device/vbd/51712/state", "1");
    begin();
    assert_phase(disk_device(), XENBUS_ABSENT);
    assert_nothing_is_held();
}

static void a_folder_that_is_no_number_is_no_device(void **state)
{
    (void)state;
    fake_store_write("device/vbd/x/state", "1");
    fake_store_write("device/vbd/4294967296/state", "1");
    begin();
    assert_null(disk_device());
}

static void a_folder_with_leading_zeroes_is_no_device(void **state)
{
    (void)state;
    fake_store_write("device/vbd/051712/state", "1");
    begin();
    assert_null(disk_device());
}

static void a_backend_may_be_named_later(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_store_remove(ANNOUNCE "/backend");
    begin();
    assert_phase(disk_device(), XENBUS_ABSENT);
    assert_int_equal(fake_log_with("names no backend"), 1);
    fake_store_write(ANNOUNCE "/backend",
                     "/local/domain/0/backend/vbd/7/51712");
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
}

static void a_device_without_a_backend_is_logged_once(void **state)
{
    char number[11];

    (void)state;
    fake_store_write(ANNOUNCE "/state", "1");
    begin();
    for (unsigned int i = 0; i < 50; i++) {
        snprintf(number, sizeof(number), "%u", i);
        fake_store_write(ANNOUNCE "/backend-id", number);
        fake_store_write("device/vif", number);
        settle();
    }
    assert_int_equal(fake_log_count(), 1);
    fake_store_remove(ANNOUNCE);
    settle();
    assert_int_equal(fake_store_watch_count(), 1);
}

static void a_backend_with_a_path_too_long_is_none(void **state)
{
    char path[XENBUS_PATH_MAX + 1];

    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    memset(path, 'x', sizeof(path) - 1);
    path[sizeof(path) - 1] = '\0';
    fake_store_write(ANNOUNCE "/backend", path);
    begin();
    assert_phase(disk_device(), XENBUS_ABSENT);
    path[sizeof(path) - 2] = '\0';
    fake_store_write(ANNOUNCE "/backend", path);
    settle();
    assert_phase(disk_device(), XENBUS_FRESH);
}

/* --- more of them than places --------------------------------------------- */

static void announce_disks(unsigned int first, unsigned int count)
{
    char path[40];

    for (unsigned int i = first; i < first + count; i++) {
        snprintf(path, sizeof(path), "device/vbd/%u/state", i);
        fake_store_write(path, "1");
    }
}

static void withdraw_disks(unsigned int first, unsigned int count)
{
    char path[40];

    for (unsigned int i = first; i < first + count; i++) {
        snprintf(path, sizeof(path), "device/vbd/%u", i);
        fake_store_remove(path);
    }
}

static void more_devices_than_places_are_left_alone(void **state)
{
    (void)state;
    announce_disks(0, XENBUS_DEVICE_MAX + 1);
    begin();
    assert_non_null(xenbus_find(&blkfront_driver, XENBUS_DEVICE_MAX - 1));
    assert_null(xenbus_find(&blkfront_driver, XENBUS_DEVICE_MAX));
}

static void too_many_devices_are_logged_once(void **state)
{
    (void)state;
    begin();
    announce_disks(0, XENBUS_DEVICE_MAX);
    settle();
    assert_int_equal(fake_log_with("left alone"), 0);
    for (unsigned int i = 8; i < 30; i++) {
        announce_disks(i, 1);
        settle();
    }
    assert_int_equal(fake_log_with("left alone"), 1);
    withdraw_disks(7, 23);
    settle();
    fake_log_start();
    announce_disks(30, 1);
    settle();
    assert_int_equal(fake_log_with("left alone"), 0);
    announce_disks(31, 20);
    settle();
    assert_int_equal(fake_log_with("left alone"), 1);
}

/* All change at once: the old devices must free their places for the new. */
static void a_full_set_of_new_devices_finds_its_places(void **state)
{
    (void)state;
    announce_disks(0, XENBUS_DEVICE_MAX);
    begin();
    withdraw_disks(0, XENBUS_DEVICE_MAX);
    announce_disks(100, XENBUS_DEVICE_MAX);
    settle();
    for (unsigned int i = 0; i < XENBUS_DEVICE_MAX; i++)
        assert_non_null(xenbus_find(&blkfront_driver, 100 + i));
    assert_int_equal(fake_log_with("left alone"), 0);
    assert_int_equal(fake_store_watch_count(), 1 + 2 * XENBUS_DEVICE_MAX);
}

static void a_device_left_alone_gets_the_next_free_place(void **state)
{
    (void)state;
    announce_disks(0, XENBUS_DEVICE_MAX + 1);
    begin();
    withdraw_disks(3, 1);
    settle();
    assert_non_null(xenbus_find(&blkfront_driver, XENBUS_DEVICE_MAX));
}

/* The list as the daemons give it: the C daemon in the order of creation,
 * OCaml's by name. */
static void a_list_that_is_cut_takes_no_device_away(void **state)
{
    (void)state;
    announce_disks(100000, 60);
    fake_backend_start(DISK, XenbusStateInitWait);
    assert_int_equal(
        xenbus_set_mode(&blkfront_driver, 51712, XENBUS_REFUSE_CLOSE, 0), 0);
    begin();
    assert_phase(disk_device(), XENBUS_CONNECTED);
    announce_disks(200000, 1);
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
    assert_int_equal(disk_device()->connected, 1);
    fake_backend_remove();
    settle();
    assert_phase(disk_device(), XENBUS_ABSENT);
}

/* 256 bytes are read: 252 of names that are no numbers, and 4 of one number. */
static void a_name_that_is_cut_is_no_device(void **state)
{
    char path[120];

    (void)state;
    for (unsigned int i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "device/vbd/%082ux/state", i);
        fake_store_write(path, "1");
    }
    announce_disks(51712, 1);
    begin();
    assert_null(xenbus_find(&blkfront_driver, 5171));
    assert_int_equal(fake_log_with("left alone: E2BIG"), 1);
}

static void refuse_lists(const char *error)
{
    fake_store.failing_path = "device/vbd";
    fake_store.failing_with = error;
}

static void a_list_that_the_store_refuses_removes_no_device(void **state)
{
    static const char *const errors[] = {"E2BIG", "EACCES", "ENOMEM", "x"};

    (void)state;
    connected_disk();
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        refuse_lists(errors[i]);
        fake_store_write("device/vif", "x");
        settle();
        assert_phase(disk_device(), XENBUS_CONNECTED);
    }
    assert_int_equal(disk_device()->connected, 1);
    assert_int_equal(fake_log_with("left alone: E2BIG"), 1);
    assert_int_equal(fake_log_with("left alone"), 1);
    fake_backend_remove();
    settle();
    assert_null(disk_device());
    refuse_lists("ENOENT");
    fake_store_write("device/vif", "x");
    settle();
    assert_int_equal(fake_log_with("left alone"), 1);
}

static void a_list_of_types_that_is_cut_hides_no_device(void **state)
{
    char path[80];

    (void)state;
    for (unsigned int i = 0; i < 10; i++) {
        snprintf(path, sizeof(path), "device/%040u", i);
        fake_store_write(path, "");
    }
    fake_backend_start(DISK, XenbusStateInitWait);
    begin();
    assert_phase(disk_device(), XENBUS_CONNECTED);
}

/* --- going ---------------------------------------------------------------- */

static void a_device_closes_when_its_backend_does(void **state)
{
    (void)state;
    connected_disk();
    fake_backend_set(XenbusStateClosing);
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
    assert_phase(disk_device(), XENBUS_FRESH);
    assert_nothing_is_held();
}

static void a_device_that_was_unplugged_is_forgotten(void **state)
{
    (void)state;
    connected_disk();
    fake_backend_set(XenbusStateClosing);
    settle();
    fake_backend_remove();
    settle();
    assert_null(disk_device());
    assert_int_equal(fake_store_watch_count(), 1);
    assert_nothing_is_held();
}

static void a_device_may_be_torn_out(void **state)
{
    (void)state;
    connected_disk();
    fake_backend_remove();
    settle();
    assert_null(disk_device());
    assert_nothing_is_held();
}

static void a_backend_that_vanishes_takes_its_device_along(void **state)
{
    (void)state;
    connected_disk();
    fake_store_remove("/local/domain/0/backend");
    settle();
    assert_phase(disk_device(), XENBUS_FRESH);
    assert_nothing_is_held();
}

static void a_state_that_the_store_refuses_to_read_changes_nothing(void **state)
{
    static const char *const errors[] = {"EACCES", "ENOMEM", "EAGAIN", "x"};

    (void)state;
    connected_disk();
    for (size_t i = 0; i < ARRAY_COUNT(errors); i++) {
        fake_store.failing_path = "/local/domain/0/backend/vbd/7/51712/state";
        fake_store.failing_with = errors[i];
        fake_backend_set(XenbusStateConnected);
        settle();
        fake_store.failing_path = NULL;
        assert_phase(disk_device(), XENBUS_CONNECTED);
    }
    assert_int_equal(disk_device()->connected, 1);
    fake_backend_set(XenbusStateClosing);
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

static void a_watch_that_the_store_refuses_is_logged_once(void **state)
{
    (void)state;
    fake_store.failing_type = XS_WATCH;
    fake_store.failing_with = "EQUOTA";
    fake_backend_start(DISK, XenbusStateInitWait);
    begin();
    assert_int_equal(fake_log_with("has a node that cannot be watched"), 1);
}

static void a_device_that_never_connected_closes_too(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitialising);
    begin();
    fake_backend_set(XenbusStateClosing);
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
}

static void a_page_in_use_is_given_back_later(void **state)
{
    grant_ref_t ring;

    (void)state;
    connected_disk();
    ring = fake_backend.references[0];
    fake_arch.grants[ring].flags |= GTF_reading | GTF_writing;
    fake_backend_remove();
    settle();
    assert_int_equal(lend_count(), 1);
    fake_arch.grants[ring].flags = GTF_permit_access;
    assert_int_equal(lend_count(), 0);
    assert_nothing_is_held();
}

static void fifty_times_in_a_row_leak_nothing(void **state)
{
    (void)state;
    begin();
    for (unsigned int i = 0; i < 50; i++) {
        fake_backend_start(DISK, XenbusStateInitWait);
        settle();
        assert_phase(disk_device(), XENBUS_CONNECTED);
        fake_backend_set(XenbusStateClosing);
        settle();
        fake_backend_remove();
        settle();
        assert_null(disk_device());
    }
    assert_nothing_is_held();
    assert_int_equal(fake_store_watch_count(), 1);
}

/* Both events have become one when the VM looks. */
static void a_device_exchanged_for_another_connects(void **state)
{
    (void)state;
    connected_disk();
    fake_backend_remove();
    fake_backend_start(DISK, XenbusStateInitWait);
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
    assert_int_equal(disk_device()->connected, 2);
    assert_int_equal(lend_count(), 1);
}

/* --- another backend ------------------------------------------------------ */

static void assert_moved(const char *old_path)
{
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
    assert_false(fake_store_watches(old_path));
    assert_int_equal(fake_store_watch_count(), 4);
    assert_int_equal(fake_arch.opened_for, fake_backend.domain);
    assert_int_equal(fake_backend.port, disk_device()->port);
    assert_int_equal(lend_count(), 1);
    assert_int_equal(fake_grant_count(), 1);
    assert_int_equal(fake_arch.open_count, fake_arch.close_count + 1);
}

#define OLD_STATE "/local/domain/0/backend/vbd/7/51712/state"

static void a_device_moves_to_another_domain(void **state)
{
    (void)state;
    connected_disk();
    fake_backend_move(3, XenbusStateInitWait);
    assert_moved(OLD_STATE);
    assert_int_equal(disk_device()->connected, 2);
    fake_backend_move(4, XenbusStateInitialising);
    settle();
    assert_phase(disk_device(), XENBUS_FRESH);
    fake_backend_set(XenbusStateInitWait);
    assert_moved("/local/domain/3/backend/vbd/7/51712/state");
}

static void a_device_moves_before_it_was_answered(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_backend.connects = false;
    begin();
    assert_phase(disk_device(), XENBUS_OFFERED);
    fake_backend_move(3, XenbusStateInitWait);
    assert_moved(OLD_STATE);
}

static void a_device_moves_before_it_was_offered(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitialising);
    begin();
    fake_backend_move(3, XenbusStateInitWait);
    assert_moved(OLD_STATE);
}

static void a_device_moves_after_it_was_closed(void **state)
{
    (void)state;
    connected_disk();
    fake_store.after = NULL; /* the backend does not follow */
    fake_backend_set(XenbusStateClosing);
    settle();
    assert_phase(disk_device(), XENBUS_CLOSED);
    fake_store.after = fake_backend_observe;
    fake_backend_move(3, XenbusStateInitWait);
    assert_moved(OLD_STATE);
}

static void a_network_moves(void **state)
{
    (void)state;
    fake_backend_start(NETWORK, XenbusStateInitWait);
    begin();
    fake_backend_move(3, XenbusStateInitWait);
    settle();
    assert_phase(network_device(), XENBUS_CONNECTED);
    assert_int_equal(network_device()->connected, 2);
    assert_int_equal(lend_count(), 12);
}

/* Nothing else changes, not even the frontend's own state. */
static void only_the_nodes_may_change(void **state)
{
    (void)state;
    connected_disk();
    fake_backend.domain = 3;
    fake_backend.connects = false; /* with the offer made to domain 0 */
    fake_backend_set(XenbusStateInitWait);
    fake_store_write(ANNOUNCE "/backend",
                     "/local/domain/3/backend/vbd/7/51712");
    settle();
    fake_backend.connects = true;
    fake_store_write(ANNOUNCE "/backend-id", "3");
    assert_moved(OLD_STATE);
}

static void another_domain_with_the_same_path_is_another_backend(void **state)
{
    (void)state;
    connected_disk();
    fake_store_write(ANNOUNCE "/backend-id", "3");
    settle();
    assert_phase(disk_device(), XENBUS_FRESH);
    assert_int_equal(fake_frontend_state(), XenbusStateInitialising);
    assert_nothing_is_held();
    fake_backend_set(XenbusStateInitWait);
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
    assert_int_equal(fake_arch.opened_for, 3);
}

/* The device moves during a look, when its own nodes have been read. */
static void move_on_read(const struct fake_request *request)
{
    if (request->type == XS_READ &&
        strcmp(request->path, ANNOUNCE "/backend-id") == 0 &&
        fake_backend.domain == 0) {
        fake_backend_move(3, XenbusStateInitWait);
    } else {
        fake_backend_observe(request);
    }
}

static void a_move_in_the_middle_of_a_look_is_not_missed(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_store.after = move_on_read;
    begin();
    assert_moved(OLD_STATE);

    connected_disk();
    fake_store.after = move_on_read;
    fake_backend_set(XenbusStateConnected);
    assert_moved(OLD_STATE);
}

static void nonsense_as_the_domain_of_a_backend_changes_nothing(void **state)
{
    static const char *const texts[] = {"", "x", "-1", "32752", "4294967296"};

    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_backend_move(3, XenbusStateInitWait);
    begin();
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        fake_store_write(ANNOUNCE "/backend-id", texts[i]);
        settle();
        assert_phase(disk_device(), XENBUS_CONNECTED);
    }
    assert_int_equal(fake_log_with("names no backend"), 1);
    fake_store_remove(ANNOUNCE "/backend-id");
    fake_store_remove(ANNOUNCE "/backend");
    settle();
    fake_store_write(ANNOUNCE "/backend",
                     "/local/domain/3/backend/vbd/7/51712");
    fake_store_write(ANNOUNCE "/backend-id", "3");
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
    assert_int_equal(disk_device()->connected, 1);
}

/* The path is the same: only the state in the device's own folder tells the new
 * device from the old. */
static void
a_device_made_anew_before_its_backend_answered_is_offered(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_backend.connects = false;
    begin();
    fake_backend_set(XenbusStateInitWait); /* without a reply */
    settle();
    assert_int_equal(fake_arch.open_count, 1);
    fake_backend_remove();
    fake_backend_start(DISK, XenbusStateInitWait);
    assert_moved("");
    assert_int_equal(fake_arch.open_count, 2);
}

static void a_backend_made_anew_before_it_answered_is_offered(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitWait);
    fake_backend.connects = false;
    begin();
    fake_backend_set(XenbusStateInitialising);
    settle();
    assert_nothing_is_held();
    fake_backend.connects = true;
    fake_backend_set(XenbusStateInitWait);
    assert_moved("");
}

static void two_devices_of_one_backend_are_told_apart(void **state)
{
    (void)state;
    fake_backend_start(DISK, XenbusStateInitialising);
    fake_store_write("device/vbd/9/state", "1");
    fake_store_write("device/vbd/9/backend-id", "0");
    fake_store_write("device/vbd/9/backend",
                     "/local/domain/0/backend/vbd/7/51712");
    begin();
    assert_int_equal(fake_store_watch_count(), 7);
    fake_store_remove("device/vbd/9");
    settle();
    assert_int_equal(fake_store_watch_count(), 4);
    fake_backend_set(XenbusStateInitWait);
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
}

/* The old domain's nodes were in the old store. */
static void a_resume_may_bring_another_backend(void **state)
{
    (void)state;
    connected_disk();
    enter_new_domain();
    fake_arch.open_count = fake_arch.close_count = 0;
    fake_backend.domain = 3;
    fake_backend_move(3, XenbusStateInitWait);
    begin();
    assert_moved(OLD_STATE);
}

/* --- a new domain --------------------------------------------------------- */

static void a_resume_connects_again(void **state)
{
    (void)state;
    connected_disk();
    enter_new_domain();
    fake_arch.open_count = 0;
    fake_backend_start(DISK, XenbusStateInitWait);
    begin();
    assert_phase(disk_device(), XENBUS_CONNECTED);
    assert_int_equal(disk_device()->connected, 2);
    assert_int_equal(fake_arch.open_count, 1);
    assert_int_equal(lend_count(), 1);
}

static void a_device_that_a_resume_lacks_is_forgotten(void **state)
{
    (void)state;
    connected_disk();
    enter_new_domain();
    begin();
    assert_null(disk_device());
}

/* --- modes ---------------------------------------------------------------- */

static void set(enum xenbus_mode mode, uint64_t late_ns)
{
    assert_int_equal(xenbus_set_mode(&blkfront_driver, 51712, mode, late_ns),
                     0);
    settle();
}

static void a_device_may_be_told_never_to_connect(void **state)
{
    (void)state;
    set(XENBUS_NEVER_CONNECT, 0);
    fake_backend_start(DISK, XenbusStateInitWait);
    begin();
    assert_phase(disk_device(), XENBUS_FRESH);
    assert_nothing_is_held();
    set(XENBUS_OBEY, 0);
    assert_phase(disk_device(), XENBUS_CONNECTED);
}

static void a_device_refuses_to_close(void **state)
{
    (void)state;
    connected_disk();
    set(XENBUS_REFUSE_CLOSE, 0);
    fake_backend_set(XenbusStateClosing);
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
    set(XENBUS_OBEY, 0);
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
    assert_nothing_is_held();
}

static void a_device_closes_late(void **state)
{
    (void)state;
    connected_disk();
    set(XENBUS_CLOSE_LATE, 5000000000);
    assert_true(xenbus_deadline() == TIME_NEVER);
    fake_arch.time_ns = 1000;
    fake_backend_set(XenbusStateClosing);
    settle();
    assert_int_equal(xenbus_deadline(), 5000001000);
    fake_arch.time_ns = 5000000999;
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
    fake_arch.time_ns = 5000001000;
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
    assert_true(xenbus_deadline() == TIME_NEVER);
}

static void a_device_disconnects_by_itself_and_may_come_back(void **state)
{
    (void)state;
    connected_disk();
    set(XENBUS_DISCONNECT, 0);
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
    assert_true(fake_backend_is(XenbusStateClosed));
    assert_nothing_is_held();
    set(XENBUS_OBEY, 0);
    assert_phase(disk_device(), XENBUS_CONNECTED);
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
}

static void a_device_corrupts_its_ring(void **state)
{
    (void)state;
    connected_disk();
    fake_backend.answers = false;
    set(XENBUS_CORRUPT, 0);
    assert_in_range(*fake_backend_requests(), 33, 100);
}

static void a_device_that_is_not_connected_cannot_disconnect(void **state)
{
    (void)state;
    assert_int_equal(
        xenbus_set_mode(&blkfront_driver, 51712, XENBUS_DISCONNECT, 0),
        -XEN_ENODEV);
    fake_backend_start(DISK, XenbusStateInitialising);
    begin();
    assert_int_equal(
        xenbus_set_mode(&blkfront_driver, 51712, XENBUS_CORRUPT, 0),
        -XEN_ENODEV);
}

static void a_mode_outlives_the_device(void **state)
{
    (void)state;
    connected_disk();
    set(XENBUS_REFUSE_CLOSE, 0);
    fake_backend_remove();
    settle();
    assert_phase(disk_device(), XENBUS_ABSENT);
    fake_backend_start(DISK, XenbusStateInitWait);
    settle();
    fake_backend_set(XenbusStateClosing);
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateConnected);
}

/* --- what fails ----------------------------------------------------------- */

static void a_backend_that_breaks_the_ring_loses_its_device(void **state)
{
    (void)state;
    connected_disk();
    *fake_backend_responses() = 7;
    fake_raise(fake_backend.port);
    settle();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
    assert_nothing_is_held();
}

static void without_a_port_there_is_no_offer(void **state)
{
    (void)state;
    fake_arch.open_error = -XEN_ENOSPC;
    fake_backend_start(DISK, XenbusStateInitWait);
    begin();
    assert_int_equal(fake_frontend_state(), XenbusStateClosed);
    assert_int_equal(lend_count(), 0);
}

static void any_text_as_the_state_of_a_backend_is_survived(void **state)
{
    static const char *const texts[] = {"0", "7", "8",  "9",
                                        "",  "x", "-1", "18446744073709551616"};

    (void)state;
    connected_disk();
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        fake_store_write("/local/domain/0/backend/vbd/7/51712/state", texts[i]);
        settle();
    }
    fake_backend_set(XenbusStateInitWait);
    settle();
    assert_phase(disk_device(), XENBUS_CONNECTED);
}

/* A backend may ask for the same thing as often as it likes. */
static void a_backend_that_repeats_itself_is_logged_once(void **state)
{
    (void)state;
    connected_disk();
    set(XENBUS_REFUSE_CLOSE, 0);
    fake_log_start();
    for (unsigned int i = 0; i < 50; i++) {
        fake_backend_set(XenbusStateClosing);
        settle();
    }
    assert_int_equal(fake_log_count(), 1);
    set(XENBUS_NEVER_CONNECT, 0);
    fake_log_start();
    for (unsigned int i = 0; i < 50; i++) {
        fake_backend_set(XenbusStateInitWait);
        settle();
    }
    assert_int_equal(fake_log_count(), 1);
    fake_arch.open_error = -XEN_ENOSPC;
    set(XENBUS_OBEY, 0);
    fake_store.after = NULL;
    for (unsigned int i = 0; i < 50; i++) {
        fake_backend_set(XenbusStateInitWait);
        settle();
    }
    assert_int_equal(fake_log_with("given up: ENOSPC"), 1);
    assert_int_equal(fake_log_count(), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_devices_there_are_two_requests),
        TEST(a_folder_of_another_type_is_no_device),
        TEST(a_disk_connects),
        TEST(a_network_connects),
        TEST(a_backend_that_is_not_ready_is_waited_for),
        TEST(a_backend_may_take_its_time_to_connect),
        TEST(a_device_may_come_later),
        TEST(a_device_without_a_backend_is_left_alone),
        TEST(a_folder_that_is_no_number_is_no_device),
        TEST(a_folder_with_leading_zeroes_is_no_device),
        TEST(a_backend_may_be_named_later),
        TEST(a_device_without_a_backend_is_logged_once),
        TEST(a_backend_with_a_path_too_long_is_none),
        TEST(more_devices_than_places_are_left_alone),
        TEST(too_many_devices_are_logged_once),
        TEST(a_full_set_of_new_devices_finds_its_places),
        TEST(a_device_left_alone_gets_the_next_free_place),
        TEST(a_list_that_is_cut_takes_no_device_away),
        TEST(a_name_that_is_cut_is_no_device),
        TEST(a_list_that_the_store_refuses_removes_no_device),
        TEST(a_list_of_types_that_is_cut_hides_no_device),
        TEST(a_device_closes_when_its_backend_does),
        TEST(a_device_that_was_unplugged_is_forgotten),
        TEST(a_device_may_be_torn_out),
        TEST(a_backend_that_vanishes_takes_its_device_along),
        TEST(a_state_that_the_store_refuses_to_read_changes_nothing),
        TEST(a_watch_that_the_store_refuses_is_logged_once),
        TEST(a_device_that_never_connected_closes_too),
        TEST(a_page_in_use_is_given_back_later),
        TEST(fifty_times_in_a_row_leak_nothing),
        TEST(a_device_exchanged_for_another_connects),
        TEST(a_device_moves_to_another_domain),
        TEST(a_device_moves_before_it_was_answered),
        TEST(a_device_moves_before_it_was_offered),
        TEST(a_device_moves_after_it_was_closed),
        TEST(a_network_moves),
        TEST(only_the_nodes_may_change),
        TEST(another_domain_with_the_same_path_is_another_backend),
        TEST(a_move_in_the_middle_of_a_look_is_not_missed),
        TEST(nonsense_as_the_domain_of_a_backend_changes_nothing),
        TEST(a_device_made_anew_before_its_backend_answered_is_offered),
        TEST(a_backend_made_anew_before_it_answered_is_offered),
        TEST(two_devices_of_one_backend_are_told_apart),
        TEST(a_resume_may_bring_another_backend),
        TEST(a_resume_connects_again),
        TEST(a_device_that_a_resume_lacks_is_forgotten),
        TEST(a_device_may_be_told_never_to_connect),
        TEST(a_device_refuses_to_close),
        TEST(a_device_closes_late),
        TEST(a_device_disconnects_by_itself_and_may_come_back),
        TEST(a_device_corrupts_its_ring),
        TEST(a_device_that_is_not_connected_cannot_disconnect),
        TEST(a_mode_outlives_the_device),
        TEST(a_backend_that_breaks_the_ring_loses_its_device),
        TEST(without_a_port_there_is_no_offer),
        TEST(any_text_as_the_state_of_a_backend_is_survived),
        TEST(a_backend_that_repeats_itself_is_logged_once),
    };

    return cmocka_run_group_tests_name("xenbus", tests, NULL, NULL);
}
