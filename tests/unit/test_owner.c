/* test_owner.c: model/owner, told by events. */
#include "check.h"
#include "model/owner.h"

static struct clock clock_;
static struct log log_;
static char *folder;
static struct db *db;
static struct accounts as;
static struct event_bus bus;
static struct owners owners;
static struct account *alice, *bob;

static void open_all(void)
{
    struct buf why = {0};
    db = db_open(in(folder, "a.db"), &log_, &why);
    assert_non_null(db);
    assert_int_equal(accounts_init(&as, db, &clock_, &why), 0);
    owners_init(&owners, db, &as, &bus);
    alice = account_find(&as, STR("alice"));
    bob = account_find(&as, STR("bob"));
}

static void close_all(void)
{
    owners_free(&owners);
    accounts_free(&as);
    db_close(db);
}

static int set_up(void **state)
{
    (void)state;
    log_quiet(&log_, &clock_);
    folder = folder_new();
    event_init(&bus, &log_);
    open_all();
    assert_int_equal(account_add(&as, STR("alice"), "$y$", ROLE_WRITE, 0, &alice), ACCOUNT_OK);
    assert_int_equal(account_add(&as, STR("bob"), "$y$", ROLE_WRITE, 0, &bob), ACCOUNT_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_all();
    folder_remove(folder);
    return 0;
}

static void emit(enum event_kind kind, struct account *a, const char *path, const char *to,
                 uint64_t size)
{
    const struct event ev = {.kind = kind, .account = a, .path = path, .to = to, .size = size};
    event_emit(&bus, &ev);
}

static void uploads_add_up_and_deletes_give_back(void **state)
{
    (void)state;
    emit(EVENT_UPLOAD, alice, "/a", NULL, 100);
    emit(EVENT_UPLOAD, alice, "/b", NULL, 50);
    emit(EVENT_UPLOAD, NULL, "/c", NULL, 1000); /* a guest's */
    assert_int_equal(alice->quota.used, 150);
    assert_int_equal(owner_size(&owners, alice, "/a"), 100);
    assert_int_equal(owner_size(&owners, bob, "/a"), 0);
    assert_int_equal(owner_size(&owners, alice, "/c"), 0);
    emit(EVENT_UPLOAD, alice, "/a", NULL, 10); /* replaced by its owner */
    assert_int_equal(alice->quota.used, 60);
    emit(EVENT_UPLOAD, bob, "/b", NULL, 7); /* by another */
    assert_int_equal(alice->quota.used, 10);
    assert_int_equal(bob->quota.used, 7);
    emit(EVENT_UPLOAD, NULL, "/b", NULL, 8); /* by a guest */
    assert_int_equal(bob->quota.used, 0);
    emit(EVENT_DELETE, bob, "/a", NULL, 0); /* whoever did it */
    assert_int_equal(alice->quota.used, 0);
    emit(EVENT_DELETE, bob, "/a", NULL, 0);
    assert_int_equal(alice->quota.used, 0);
}

static void what_moves_stays_its_owner_s(void **state)
{
    (void)state;
    emit(EVENT_UPLOAD, alice, "/d/x%_小明", NULL, 1);
    emit(EVENT_UPLOAD, alice, "/d/sub/y", NULL, 2);
    emit(EVENT_UPLOAD, bob, "/d", NULL, 4); /* no such thing on a disk; a name that begins alike */
    emit(EVENT_UPLOAD, bob, "/d2", NULL, 8);
    emit(EVENT_DELETE, bob, "/d", NULL, 0);
    emit(EVENT_MOVE, bob, "/d", "/e/f", 0);
    assert_int_equal(owner_size(&owners, alice, "/e/f/x%_小明"), 1);
    assert_int_equal(owner_size(&owners, alice, "/e/f/sub/y"), 2);
    assert_int_equal(owner_size(&owners, alice, "/d/sub/y"), 0);
    assert_int_equal(owner_size(&owners, bob, "/d2"), 8);
    assert_int_equal(alice->quota.used, 3);
    emit(EVENT_MOVE, alice, "/d2", "/e/f/sub/y", 0); /* over hers */
    assert_int_equal(owner_size(&owners, bob, "/e/f/sub/y"), 8);
    assert_int_equal(alice->quota.used, 1);
    assert_int_equal(bob->quota.used, 8);
}

static void it_is_known_after_a_restart(void **state)
{
    (void)state;
    emit(EVENT_UPLOAD, alice, "/a", NULL, 100);
    emit(EVENT_UPLOAD, alice, "/b", NULL, 5ULL << 32);
    close_all();
    open_all();
    assert_int_equal(alice->quota.used, 100 + (5ULL << 32));
    assert_int_equal(bob->quota.used, 0);
    assert_int_equal(owner_size(&owners, alice, "/b"), 5ULL << 32);
}

static void what_others_removed_is_noticed(void **state)
{
    (void)state;
    struct store store;
    struct buf why = {0};
    assert_int_equal(store_init(&store, folder, false, &clock_, &why), 0);
    file_write(in(folder, "there"), "x");
    emit(EVENT_UPLOAD, alice, "/there", NULL, 1);
    emit(EVENT_UPLOAD, alice, "/gone", NULL, 10);
    emit(EVENT_UPLOAD, bob, "/gone-too", NULL, 100);
    clock_.mono = 5000;
    assert_true(owner_prune(&owners, alice, &store));
    assert_false(owner_prune(&owners, alice, &store)); /* so soon */
    assert_int_equal(alice->quota.used, 1);
    assert_int_equal(bob->quota.used, 100);
    store_free(&store);
}

static void a_deleted_account_s_files_are_nobody_s(void **state)
{
    (void)state;
    emit(EVENT_UPLOAD, alice, "/a", NULL, 100);
    owner_forget(&owners, alice);
    assert_int_equal(owner_size(&owners, alice, "/a"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(uploads_add_up_and_deletes_give_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_moves_stays_its_owner_s, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_is_known_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_others_removed_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deleted_account_s_files_are_nobody_s, set_up, tear_down),
    };
    return RUN(tests);
}
