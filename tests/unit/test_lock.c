/* test_lock.c: model/lock. */
#include "check.h"
#include "model/lock.h"

#include <errno.h>

struct fixture {
    struct clock clock;
    struct log log;
    struct event_bus bus;
    struct locks locks;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    f->clock = (struct clock){.mono = 1000};
    log_quiet(&f->log, &f->clock);
    event_init(&f->bus, &f->log);
    locks_init(&f->locks, &f->clock, &f->bus);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    locks_free(&f->locks);
    log_free(&f->log);
    free(f);
    return 0;
}

enum { SHARED = 1, DEEP = 2 };

static int try_lock(struct fixture *f, const char *path, unsigned how, struct lock **l)
{
    const struct lock_wish wish = {.address = "192.0.2.1",
                                   .path = path,
                                   .owner = "",
                                   .shared = (how & SHARED) != 0,
                                   .deep = (how & DEEP) != 0,
                                   .seconds = 10};
    return lock_new(&f->locks, &wish, l);
}

static struct lock *lock(struct fixture *f, const char *path, unsigned how)
{
    struct lock *l = NULL;
    assert_int_equal(try_lock(f, path, how, &l), 0);
    return l;
}

static bool is_it(void *arg, const struct lock *l)
{
    return l == arg;
}

static bool is_barred(struct fixture *f, const char *path, unsigned reach)
{
    return lock_bar(&f->locks, path, reach, NULL, NULL) != NULL;
}

static void what_a_lock_covers(void **state)
{
    static const struct {
        const char *path;
        unsigned reach;
        bool flat, deep; /* barred by a lock of /a/b that is so */
    } rows[] = {
        {"/a/b", 0, true, true},
        {"/a/b/c", 0, false, true},
        {"/a/b/c", LOCK_MEMBER, true, true},
        {"/a/b/c/d", LOCK_MEMBER, false, true},
        {"/a", 0, false, false},
        {"/a", LOCK_MEMBER, false, false},
        {"/a", LOCK_BELOW, true, true},
        {"/", LOCK_BELOW, true, true},
        {"/a/bb", LOCK_MEMBER | LOCK_BELOW, false, false},
        {"/a/b0", LOCK_MEMBER | LOCK_BELOW, false, false},
        {"/b", LOCK_MEMBER | LOCK_BELOW, false, false},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lock *l = lock(f, "/a/b", 0);
        assert_row(rows[i].path, is_barred(f, rows[i].path, rows[i].reach) == rows[i].flat);
        assert_null(lock_bar(&f->locks, rows[i].path, rows[i].reach, is_it, l));
        lock_drop(l);
        l = lock(f, "/a/b", DEEP);
        assert_row(rows[i].path, is_barred(f, rows[i].path, rows[i].reach) == rows[i].deep);
        lock_drop(l);
    }
}

static void the_root_can_be_locked(void **state)
{
    struct fixture *f = *state;
    struct lock *l = lock(f, "/", 0);
    assert_true(is_barred(f, "/a", LOCK_MEMBER));
    assert_false(is_barred(f, "/a", 0));
    assert_false(is_barred(f, "/a/b", LOCK_MEMBER));
    lock_drop(l);
    (void)lock(f, "/", DEEP);
    assert_true(is_barred(f, "/a/b/c", 0));
}

static void what_stands_against_a_lock(void **state)
{
    static const struct {
        const char *first;
        unsigned how;
        const char *second;
        unsigned then;
        bool ok;
    } rows[] = {
        {"/a", 0, "/a", 0, false},
        {"/a", 0, "/a", SHARED, false},
        {"/a", SHARED, "/a", 0, false},
        {"/a", SHARED, "/a", SHARED, true},
        {"/a", DEEP, "/a/b", 0, false},
        {"/a", 0, "/a/b", 0, true},
        {"/a/b", 0, "/a", 0, true},
        {"/a/b", 0, "/a", DEEP, false},
        {"/a/b", SHARED, "/a", DEEP | SHARED, true},
        {"/a", DEEP | SHARED, "/a/b/c", 0, false},
        {"/a", DEEP, "/ab", 0, true},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct lock *one = lock(f, rows[i].first, rows[i].how), *two = NULL;
        const int err = try_lock(f, rows[i].second, rows[i].then, &two);
        assert_row(rows[i].second, err == (rows[i].ok ? 0 : EBUSY));
        lock_drop(one);
        if (two != NULL)
            lock_drop(two);
    }
}

static void one_of_those_who_share_is_enough(void **state)
{
    struct fixture *f = *state;
    struct lock *one = lock(f, "/a", SHARED), *two = lock(f, "/a", SHARED);
    assert_true(is_barred(f, "/a", 0));
    assert_null(lock_bar(&f->locks, "/a", 0, is_it, one));
    assert_null(lock_bar(&f->locks, "/a", 0, is_it, two));
    struct lock *around = lock(f, "/", SHARED | DEEP);
    assert_null(lock_bar(&f->locks, "/a", 0, is_it, around));
    /* ... of the same thing, that is. */
    struct lock *other = lock(f, "/b", SHARED);
    assert_non_null(lock_bar(&f->locks, "/a", 0, is_it, other));
    lock_drop(around);
    assert_ptr_equal(lock_bar(&f->locks, "/", LOCK_BELOW, is_it, one), other);
}

static void they_end_with_their_time(void **state)
{
    struct fixture *f = *state;
    struct lock *l = lock(f, "/a", 0);
    char token[LOCK_TOKEN_MAX];
    text_copy(token, sizeof token, l->token);
    assert_int_equal(lock_seconds(&f->locks, l), 10);
    f->clock.mono += 9001;
    assert_int_equal(lock_seconds(&f->locks, l), 1);
    lock_refresh(&f->locks, l, 5);
    f->clock.mono += 4999;
    assert_ptr_equal(lock_find(&f->locks, str_of(token), "/a"), l);
    f->clock.mono += 1;
    assert_null(lock_find(&f->locks, str_of(token), "/a"));
    assert_false(is_barred(f, "/a", 0));
}

static void tokens_are_uuids_of_their_own(void **state)
{
    struct fixture *f = *state;
    struct lock *one = lock(f, "/a", SHARED), *two = lock(f, "/a", SHARED | DEEP);
    assert_int_equal(strlen(one->token), LOCK_TOKEN_MAX - 1);
    assert_memory_equal(one->token, "urn:uuid:", 9);
    assert_int_equal(one->token[9 + 14], '4'); /* the version */
    assert_non_null(strchr("89ab", one->token[9 + 19]));
    assert_string_not_equal(one->token, two->token);
    assert_ptr_equal(lock_find(&f->locks, str_of(two->token), "/a/b"), two);
    assert_null(lock_find(&f->locks, str_of(one->token), "/a/b"));
    assert_null(lock_find(&f->locks, STR("urn:uuid:"), "/a"));
}

static void there_are_so_many_and_no_more(void **state)
{
    struct fixture *f = *state;
    struct account a[LOCKS_MAX / LOCKS_OF_MAX + 1] = {0};
    struct lock *l = NULL;
    char path[32];
    for (size_t i = 0; i < COUNT(a); i++)
        a[i].refs = 1;
    for (unsigned i = 0; i <= LOCKS_MAX; i++) {
        const struct lock_wish wish = {
            .account = &a[i / LOCKS_OF_MAX], .path = path, .owner = "", .seconds = 10};
        snprintf(path, sizeof path, "/%u", i);
        assert_int_equal(lock_new(&f->locks, &wish, &l), i < LOCKS_MAX ? 0 : ENOSPC);
        if (i == LOCKS_OF_MAX - 1) { /* as many as one may have */
            struct lock_wish more = wish;
            more.path = "/more";
            assert_int_equal(lock_new(&f->locks, &more, &l), ENOSPC);
        }
    }
    f->clock.mono += 10000;
    assert_int_equal(try_lock(f, "/again", 0, &l), 0);
}

static void a_guest_is_known_by_the_address(void **state)
{
    struct fixture *f = *state;
    struct account a = {.refs = 1};
    struct lock *l = lock(f, "/guest", 0);
    char path[32], address[32];
    assert_true(lock_is_of(l, NULL, "192.0.2.1"));
    assert_false(lock_is_of(l, NULL, "192.0.2.2"));
    assert_false(lock_is_of(l, &a, "192.0.2.1"));
    /* From one address so many, and from all together. */
    unsigned made = 1;
    for (unsigned i = 0; i < LOCKS_MAX; i++) {
        const struct lock_wish wish = {
            .address = address, .path = path, .owner = "", .seconds = 10};
        snprintf(path, sizeof path, "/%u", i);
        snprintf(address, sizeof address, "192.0.2.%u", i / (LOCKS_OF_MAX + LOCKS_OF_MAX / 2));
        made += lock_new(&f->locks, &wish, &l) == 0;
        assert_in_range(made, 1, LOCKS_OF_GUESTS);
    }
    assert_int_equal(made, LOCKS_OF_GUESTS);
    const struct lock_wish wish = {.account = &a, .path = "/a", .owner = "", .seconds = 10};
    assert_int_equal(lock_new(&f->locks, &wish, &l), 0);
    assert_true(lock_is_of(l, &a, "192.0.2.9"));
    f->clock.mono += 10000;
    assert_null(lock_next(&f->locks, NULL, "/a"));
}

static void they_go_with_what_they_lock(void **state)
{
    static const struct {
        enum event_kind kind;
        const char *path, *to;
        bool a, ab, b; /* whether locks of /a, /a/b and /b are left */
    } rows[] = {
        {EVENT_DELETE, "/a/b", NULL, true, false, true},
        {EVENT_RMDIR, "/a", NULL, false, false, true},
        {EVENT_MOVE, "/a", "/c", false, false, true},
        {EVENT_MOVE, "/c", "/b", true, true, false},
        {EVENT_UPLOAD, "/a/b", NULL, true, true, true},
        {EVENT_DELETE, "/a/", NULL, true, true, true},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct event ev = {.kind = rows[i].kind, .path = rows[i].path, .to = rows[i].to};
        (void)lock(f, "/a", 0);
        (void)lock(f, "/a/b", 0);
        (void)lock(f, "/b", 0);
        event_emit(&f->bus, &ev);
        assert_row(rows[i].path, (lock_next(&f->locks, NULL, "/a") != NULL) == rows[i].a);
        assert_row(rows[i].path, (lock_next(&f->locks, NULL, "/a/b") != NULL) == rows[i].ab);
        assert_row(rows[i].path, (lock_next(&f->locks, NULL, "/b") != NULL) == rows[i].b);
        f->clock.mono += 10000;
    }
}

#define ROW(TEST) cmocka_unit_test_setup_teardown(TEST, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(what_a_lock_covers),
        ROW(the_root_can_be_locked),
        ROW(what_stands_against_a_lock),
        ROW(one_of_those_who_share_is_enough),
        ROW(they_end_with_their_time),
        ROW(tokens_are_uuids_of_their_own),
        ROW(there_are_so_many_and_no_more),
        ROW(a_guest_is_known_by_the_address),
        ROW(they_go_with_what_they_lock),
    };
    return RUN(tests);
}
