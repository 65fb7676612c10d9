/* test_prop.c: model/prop, told by events. */
#include "check.h"
#include "model/prop.h"

#include <errno.h>

static struct clock clock_;
static struct log log_;
static char *folder;
static struct db *db;
static struct event_bus bus;
static struct props props;

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    log_quiet(&log_, &clock_);
    folder = folder_new();
    event_init(&bus, &log_);
    db = db_open(in(folder, "a.db"), &log_, &why);
    assert_non_null(db);
    props_init(&props, db, &bus);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    props_free(&props);
    db_close(db);
    folder_remove(folder);
    return 0;
}

static void emit(enum event_kind kind, const char *path, const char *to)
{
    const struct event ev = {.kind = kind, .path = path, .to = to};
    event_emit(&bus, &ev);
}

static void set(const char *path, const char *name, const char *xml)
{
    const struct prop_change c = {"u:", name, xml};
    assert_int_equal(props_change(&props, path, &c, 1), 0);
}

static void write_down(void *arg, const char *space, const char *name, const char *xml)
{
    buf_addf(arg, "{%s}%s=%s ", space, name, xml);
}

static void assert_props(const char *path, const char *want)
{
    struct buf got = {0};
    props_each(&props, path, write_down, &got);
    assert_buf(&got, want);
}

static void are_set_replaced_and_removed(void **state)
{
    static const struct prop_change many[] = {
        {"v:", "a", "1"}, {"u:", "b", "2"}, {"u:", "a", "3"}, {"u:", "b", NULL}, {"", "none", NULL},
    };
    (void)state;
    set("/x", "a", "old");
    assert_int_equal(props_change(&props, "/x", many, COUNT(many)), 0);
    assert_props("/x", "{u:}a=3 {v:}a=1 ");
    assert_props("/", "");
    assert_props("/x/y", "");
}

static void all_or_nothing(void **state)
{
    char big[PROP_XML_MAX + 2];
    const struct prop_change changes[] = {{"u:", "a", NULL}, {"u:", "b", "2"}, {"u:", "c", big}};
    (void)state;
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    set("/x", "a", "1");
    assert_int_equal(props_change(&props, "/x", changes, COUNT(changes)), ENOSPC);
    assert_props("/x", "{u:}a=1 ");
    big[PROP_XML_MAX] = '\0';
    assert_int_equal(props_change(&props, "/x", changes, COUNT(changes)), 0);
}

static void so_many_and_so_much(void **state)
{
    char name[16], big[PROP_XML_MAX + 1];
    const struct prop_change one_more = {"u:", "more", "1"}, other = {"u:", "0", "2"};
    (void)state;
    for (int i = 0; i < PROPS_OF_MAX; i++) {
        snprintf(name, sizeof name, "%d", i);
        set("/many", name, "1");
    }
    assert_int_equal(props_change(&props, "/many", &one_more, 1), ENOSPC);
    assert_int_equal(props_change(&props, "/many", &other, 1), 0);
    memset(big, 'x', PROP_XML_MAX);
    big[PROP_XML_MAX] = '\0';
    for (int i = 0; i < PROPS_XML_MAX / PROP_XML_MAX; i++) {
        snprintf(name, sizeof name, "%d", i);
        set("/big", name, big);
    }
    assert_int_equal(props_change(&props, "/big", &one_more, 1), ENOSPC);
}

static void follow_the_events(void **state)
{
    (void)state;
    set("/a", "p", "1");
    set("/a/b", "p", "2");
    set("/a/b/c", "p", "3");
    set("/a0", "p", "4");
    set("/z/b", "p", "gone");
    assert_true(props_below(&props, "/"));
    assert_true(props_below(&props, "/a/b"));
    assert_false(props_below(&props, "/a/b/c"));
    emit(EVENT_MOVE, "/a", "/z");
    assert_props("/a", "");
    assert_props("/z", "{u:}p=1 ");
    assert_props("/z/b", "{u:}p=2 ");
    assert_props("/z/b/c", "{u:}p=3 ");
    assert_props("/a0", "{u:}p=4 ");
    emit(EVENT_UPLOAD, "/z/b", NULL); /* another content, the same thing */
    assert_props("/z/b", "{u:}p=2 ");
    emit(EVENT_DELETE, "/z/b", NULL);
    assert_props("/z/b", "");
    assert_props("/z/b/c", "");
    emit(EVENT_MKDIR, "/z", NULL); /* it went by other means */
    assert_props("/z", "");
    emit(EVENT_RMDIR, "/a0", NULL);
    assert_false(props_below(&props, "/"));
}

static void are_copied(void **state)
{
    (void)state;
    set("/a", "p", "1");
    set("/a", "q", "2");
    set("/a/b", "p", "3");
    set("/z", "r", "old");
    set("/z/b", "r", "old");
    props_copy(&props, "/a", "/z");
    assert_props("/z", "{u:}p=1 {u:}q=2 ");
    assert_props("/z/b", "");
    assert_props("/a", "{u:}p=1 {u:}q=2 ");
}

#define ROW(TEST) cmocka_unit_test_setup_teardown(TEST, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(are_set_replaced_and_removed),
        ROW(all_or_nothing),
        ROW(so_many_and_so_much),
        ROW(follow_the_events),
        ROW(are_copied),
    };
    return RUN(tests);
}
