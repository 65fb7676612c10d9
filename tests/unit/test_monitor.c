/* test_monitor.c: model/monitor: who watches which names. */
#include "check.h"
#include "model/monitor.h"

static void count(void *arg, struct user *u)
{
    (void)u;
    ++*(int *)arg;
}

static int watchers_of(const struct monitor *m, const char *fold)
{
    int n = 0;
    monitor_each(m, fold, count, &n);
    return n;
}

static void names_are_watched_by_many(void **state)
{
    struct monitor m;
    struct user a = {0}, b = {0};
    (void)state;
    monitor_init(&m);
    list_init(&a.watches);
    list_init(&b.watches);
    assert_int_equal(monitor_add(&m, &a, STR("Émile")), MONITOR_OK);
    assert_int_equal(monitor_add(&m, &a, STR("émile")), MONITOR_UNCHANGED);
    assert_int_equal(monitor_add(&m, &b, STR("émile")), MONITOR_OK);
    assert_int_equal(monitor_add(&m, &a, STR("bob")), MONITOR_OK);
    assert_int_equal(a.watching, 2);
    assert_int_equal(m.names.count, 2);
    assert_int_equal(watchers_of(&m, "émile"), 2);
    assert_int_equal(watchers_of(&m, "bob"), 1);
    assert_int_equal(watchers_of(&m, "eve"), 0);
    monitor_remove(&m, &a, STR("ÉMILE"));
    monitor_remove(&m, &a, STR("eve"));
    monitor_remove(&m, &b, STR("bob"));
    monitor_remove(&m, &b, STR("\xff"));
    assert_int_equal(watchers_of(&m, "émile"), 1);
    monitor_clear(&m, &a);
    monitor_clear(&m, &b);
    assert_int_equal(a.watching, 0);
    assert_int_equal(m.names.count, 0);
    monitor_free(&m);
}

static void there_is_a_bound_and_bad_names_are_none(void **state)
{
    struct monitor m;
    struct user a = {0};
    char name[20];
    (void)state;
    monitor_init(&m);
    list_init(&a.watches);
    assert_int_equal(monitor_add(&m, &a, STR("")), MONITOR_NAME_BAD);
    assert_int_equal(monitor_add(&m, &a, STR("a b")), MONITOR_NAME_BAD);
    assert_int_equal(monitor_add(&m, &a, STR("#room")), MONITOR_NAME_BAD);
    for (int i = 0; i < MONITOR_NAMES_MAX; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(monitor_add(&m, &a, str_of(name)), MONITOR_OK);
    }
    assert_int_equal(monitor_add(&m, &a, STR("more")), MONITOR_FULL);
    assert_int_equal(monitor_add(&m, &a, STR("N7")), MONITOR_UNCHANGED);
    assert_int_equal(m.names.count, MONITOR_NAMES_MAX);
    monitor_clear(&m, &a);
    assert_int_equal(m.names.count, 0);
    monitor_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_watched_by_many),
        cmocka_unit_test(there_is_a_bound_and_bad_names_are_none),
    };
    return RUN(tests);
}
