/* test_marker.c: model/marker. */
#include "check.h"
#include "model/marker.h"

static struct clock clock_;
static struct log log_;
static char *folder;
static struct db *db;
static struct event_bus bus;
static struct markers markers;

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    log_quiet(&log_, &clock_);
    folder = folder_new();
    event_init(&bus, &log_);
    db = db_open(in(folder, "a.db"), &log_, &why);
    assert_non_null(db);
    markers_init(&markers, db, &bus);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    markers_free(&markers);
    db_close(db);
    folder_remove(folder);
    return 0;
}

/* Written, and known from the database alone. */
static void write_down(void)
{
    for (int i = 0; i < 10; i++)
        markers_tick(&markers);
    assert_int_equal(markers.dirty.count, 0);
}

static void a_marker_only_goes_forwards(void **state)
{
    (void)state;
    assert_int_equal(marker_get(&markers, 1, "#a"), 0);
    assert_int_equal(marker_set(&markers, 1, "#a", 500), 500);
    assert_int_equal(marker_set(&markers, 1, "#a", 400), 500);
    assert_int_equal(marker_set(&markers, 1, "#a", 600), 600);
    assert_int_equal(marker_get(&markers, 1, "#a"), 600);
    assert_int_equal(marker_get(&markers, 2, "#a"), 0);
    assert_int_equal(marker_get(&markers, 1, "#b"), 0);
    write_down();
    assert_int_equal(marker_get(&markers, 1, "#a"), 600);
    assert_int_equal(marker_set(&markers, 1, "#a", 100), 600);
    assert_int_equal(markers.dirty.count, 0);
}

static void it_outlives_a_restart(void **state)
{
    (void)state;
    marker_set(&markers, 1, "#a", 500);
    markers_free(&markers);
    markers_init(&markers, db, &bus);
    assert_int_equal(marker_get(&markers, 1, "#a"), 500);
}

static void it_follows_a_room(void **state)
{
    const struct event ev = {.kind = EVENT_ROOM_RENAME, .room = "#A", .to = "#B"};
    (void)state;
    marker_set(&markers, 1, "#a", 500);
    event_emit(&bus, &ev);
    assert_int_equal(marker_get(&markers, 1, "#a"), 0);
    assert_int_equal(marker_get(&markers, 1, "#b"), 500);
}

static void an_account_has_a_thousand(void **state)
{
    char name[32];
    (void)state;
    for (int i = 1; i <= 1100; i++) {
        snprintf(name, sizeof name, "#%d", i);
        marker_set(&markers, 1, name, i);
        marker_set(&markers, 2, "#a", i);
    }
    write_down();
    assert_int_equal(marker_get(&markers, 1, "#100"), 0);
    assert_int_equal(marker_get(&markers, 1, "#101"), 101);
    assert_int_equal(marker_get(&markers, 1, "#1100"), 1100);
    assert_int_equal(marker_get(&markers, 2, "#a"), 1100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_marker_only_goes_forwards, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_outlives_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_follows_a_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_account_has_a_thousand, set_up, tear_down),
    };
    return RUN(tests);
}
