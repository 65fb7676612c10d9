/* test_account.c: model/account and model/account_admin, over a database that is opened again. */
#include "check.h"
#include "model/account_admin.h"

static struct clock clock_;
static struct log log_;
static char *folder;
static struct db *db;
static struct accounts as;
static struct event_bus bus;
static struct owners owners;
static struct bearers bearers;

static const char hash[] =
    "$y$j9T$NOBODYNOBODYNOBODYNOB/$NOBODYNOBODYNOBODYNOBODYNOBODYNOBODYNOBODY1";

static void open_all(void)
{
    struct buf why = {0};
    db = db_open(in(folder, "a.db"), &log_, &why);
    assert_non_null(db);
    assert_int_equal(accounts_init(&as, db, &clock_, &why), 0);
    event_init(&bus, &log_);
    owners_init(&owners, db, &as, &bus);
    assert_int_equal(bearers_init(&bearers, &as, &why), 0);
}

static void close_all(void)
{
    bearers_free(&bearers);
    owners_free(&owners);
    accounts_free(&as);
    db_close(db);
}

static void again(void)
{
    close_all();
    open_all();
}

static int set_up(void **state)
{
    (void)state;
    log_quiet(&log_, &clock_);
    clock_.wall = 1000000;
    clock_.mono = 5000;
    folder = folder_new();
    open_all();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_all();
    folder_remove(folder);
    return 0;
}

static struct account *add(const char *name)
{
    struct account *a = NULL;
    assert_int_equal(account_add(&as, str_of(name), hash, ROLE_WRITE, 0, &a), ACCOUNT_OK);
    return a;
}

static void names_are_found_in_any_form(void **state)
{
    (void)state;
    struct account *a = add("Alice");
    assert_ptr_equal(account_find(&as, STR("alice")), a);
    assert_ptr_equal(account_find(&as, STR("ALICE")), a);
    assert_ptr_equal(account_find(&as, STR("ａｌｉｃｅ")), a); /* NFKC */
    assert_null(account_find(&as, STR("alic")));
    assert_null(account_find(&as, STR("")));
    assert_null(account_find(&as, STR("\xff")));
    assert_string_equal(a->name, "Alice");
}

static void some_names_nobody_can_have(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum account_result result;
    } rows[] = {
        {"", ACCOUNT_NAME_BAD},         {"a b", ACCOUNT_NAME_BAD},
        {"@all", ACCOUNT_NAME_BAD},     {"a:b", ACCOUNT_NAME_BAD},
        {"\xff", ACCOUNT_NAME_BAD},     {"anonymous", ACCOUNT_NAME_RESERVED},
        {"FTP", ACCOUNT_NAME_RESERVED}, {"guest", ACCOUNT_NAME_RESERVED},
        {"Admin", ACCOUNT_OK},          {"小明", ACCOUNT_OK},
        {"admin", ACCOUNT_EXISTS},      {"管理员", ACCOUNT_NAME_RESERVED},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].name, account_add(&as, str_of(rows[i].name), hash, ROLE_READ, 0, NULL) ==
                                     rows[i].result);
}

static void what_is_set_is_there_after_a_restart(void **state)
{
    (void)state;
    struct account *a = add("alice");
    (void)add("bob");
    assert_true(account_set_role(&as, a, ROLE_ADMIN));
    assert_true(account_set_quota(&as, a, 12345));
    assert_true(account_set_disabled(&as, a, true));
    assert_true(account_set_cert(&as, a, "ab12"));
    assert_true(account_set_hash(&as, a, "$y$other"));
    clock_.wall = 2000000;
    account_seen(&as, a);
    again();
    a = account_find(&as, STR("alice"));
    assert_non_null(a);
    assert_int_equal(a->role, ROLE_ADMIN);
    assert_int_equal(a->quota.limit, 12345);
    assert_true(a->disabled);
    assert_false(account_usable(a));
    assert_string_equal(a->cert, "ab12");
    assert_string_equal(a->hash, "$y$other");
    assert_int_equal(a->created, 1000000);
    assert_int_equal(a->last_seen, 2000000);
    assert_ptr_equal(account_by_cert(&as, "ab12"), a);
    assert_null(account_by_cert(&as, "")); /* which bob has */
    assert_int_equal(account_find(&as, STR("bob"))->role, ROLE_WRITE);
}

static void a_deleted_one_lives_as_long_as_it_is_held(void **state)
{
    (void)state;
    struct account *a = account_ref(add("alice"));
    const unsigned generation = a->generation;
    assert_true(account_delete(&as, a));
    assert_null(account_find(&as, STR("alice")));
    assert_true(a->gone);
    assert_false(account_usable(a));
    assert_true(a->generation > generation);
    account_unref(a);
    account_unref(NULL);
    again();
    assert_null(account_find(&as, STR("alice")));
    (void)add("alice");
}

static void last_seen_is_kept_once_a_minute(void **state)
{
    (void)state;
    struct account *a = add("alice");
    account_seen(&as, a);
    clock_.wall += 59999;
    account_seen(&as, a);
    assert_int_equal(a->last_seen, 1000000);
    clock_.wall += 1;
    account_seen(&as, a);
    assert_int_equal(a->last_seen, 1060000);
}

static void a_right_password_is_remembered_for_ten_minutes(void **state)
{
    (void)state;
    struct account *a = add("alice"), *b = add("bob");
    assert_false(account_remembers(&as, a, "secret"));
    account_remember(&as, a, "secret");
    assert_true(account_remembers(&as, a, "secret"));
    assert_false(account_remembers(&as, a, "Secret"));
    assert_false(account_remembers(&as, a, ""));
    assert_false(account_remembers(&as, b, "secret"));
    clock_.mono += 10 * 60000 - 1;
    assert_true(account_remembers(&as, a, "secret"));
    clock_.mono += 1;
    assert_false(account_remembers(&as, a, "secret"));
    account_remember(&as, a, "secret");
    assert_true(account_set_hash(&as, a, "$y$new"));
    assert_false(account_remembers(&as, a, "secret"));
}

#define ZEROS32  "0000000000000000000000000000000000000000000000000000000000000000"
#define VERIFIER "SCRAM-SHA-256$4096:5b6d99689d12358eeca04b141236fa81$" ZEROS32 ":" ZEROS32

static void a_verifier_goes_with_its_hash(void **state)
{
    struct verifier v;
    (void)state;
    struct account *a = add("alice");
    assert_string_equal(a->verifier, "");
    assert_true(account_set_verifier(&as, a, VERIFIER));
    again();
    a = account_find(&as, STR("alice"));
    assert_string_equal(a->verifier, VERIFIER);
    assert_ptr_equal(account_verifier(&as, STR("ALICE"), &v), a);
    assert_int_equal(v.iterations, 4096);
    assert_int_equal(v.salt[0], 0x5b);
    assert_true(account_set_hash(&as, a, "$y$other"));
    assert_string_equal(a->verifier, "");
    again();
    assert_string_equal(account_find(&as, STR("alice"))->verifier, "");
}

static void who_has_none_gets_one_that_stays(void **state)
{
    struct verifier mine, before, v;
    (void)state;
    struct account *a = add("alice");
    assert_ptr_equal(account_verifier(&as, STR("alice"), &mine), a);
    assert_null(account_verifier(&as, STR("nobody"), &before));
    assert_memory_not_equal(mine.salt, before.salt, sizeof v.salt);
    assert_null(account_verifier(&as, STR("NoBody"), &v));
    assert_memory_equal(&v, &before, sizeof v);
    assert_null(account_verifier(&as, STR("no body, no \xff name"), &v));
    assert_memory_not_equal(&v, &before, sizeof v);
    again();
    assert_null(account_verifier(&as, STR("nobody"), &v));
    assert_memory_equal(&v, &before, sizeof v);
    /* Another server's is another. */
    assert_true(db_run(db_stmt(db, "DELETE FROM secret")));
    again();
    assert_null(account_verifier(&as, STR("nobody"), &v));
    assert_memory_not_equal(&v, &before, sizeof v);
}

static void what_cannot_be_kept_is_not_done(void **state)
{
    (void)state;
    struct account *a = add("alice");
    assert_true(db_run(db_stmt(db, "DROP TABLE account")));
    const struct account before = *a;
    assert_int_equal(account_add(&as, STR("bob"), hash, ROLE_READ, 0, NULL), ACCOUNT_NOT_KEPT);
    assert_null(account_find(&as, STR("bob")));
    assert_false(account_set_role(&as, a, ROLE_ADMIN));
    assert_false(account_set_quota(&as, a, 1));
    assert_false(account_set_disabled(&as, a, true));
    assert_false(account_set_cert(&as, a, "ab"));
    assert_false(account_set_hash(&as, a, "$y$new"));
    assert_false(account_set_verifier(&as, a, VERIFIER));
    assert_false(account_delete(&as, a));
    assert_memory_equal(&before, a, sizeof before);
    assert_ptr_equal(account_find(&as, STR("alice")), a);
}

/* --- the administrator's words --- */

static bool says(const char *line, bool ok, const char *part, bool ends)
{
    struct buf out = {0};
    struct account *ended;
    const bool result = account_admin(&owners, &bearers, str_of(line), &out, &ended);
    const bool right =
        result == ok && strstr(buf_str(&out), part) != NULL && (ended != NULL) == ends;
    if (!right)
        print_message("<%s> %s\n", line, buf_str(&out));
    account_unref(ended);
    buf_free(&out);
    return right;
}

static void every_verb_says_what_it_did(void **state)
{
    (void)state;
    char line[512];
    snprintf(line, sizeof line, "add alice %s", hash);
    assert_true(says(line, true, "alice may log in", false));
    assert_true(says(line, false, "there is an account", false));
    snprintf(line, sizeof line, "add bob %s read 10M", hash);
    assert_true(says(line, true, "bob", false));
    assert_int_equal(account_find(&as, STR("bob"))->quota.limit, 10 << 20);
    assert_int_equal(account_find(&as, STR("bob"))->role, ROLE_READ);
    assert_true(says("list", true, "bob", false));
    assert_true(says("list --json", true, "\"name\":\"alice\"", false));
    assert_true(says("show bob", true, "0 B of 10", false));
    assert_true(says("role bob admin", true, "bob has the role admin", false));
    assert_true(says("quota bob off", true, "no quota", false));
    assert_true(says("quota bob 5G", true, "another quota", false));
    assert_true(says("disable bob", true, "may not log in", true));
    assert_true(says("show bob", true, "no: disabled", false));
    assert_true(says("enable bob", true, "may log in", false));
    snprintf(line, sizeof line, "passwd bob %s", hash);
    assert_true(says(line, true, "another password", true));
    assert_string_equal(account_find(&as, STR("bob"))->verifier, "");
    snprintf(line, sizeof line, "passwd bob %s:" VERIFIER, hash);
    assert_true(says(line, true, "another password", true));
    assert_string_equal(account_find(&as, STR("bob"))->verifier, VERIFIER);
    snprintf(line, sizeof line, "add carol %s:" VERIFIER " read", hash);
    assert_true(says(line, true, "carol may log in", false));
    assert_string_equal(account_find(&as, STR("carol"))->hash, hash);
    assert_string_equal(account_find(&as, STR("carol"))->verifier, VERIFIER);
    assert_true(
        says("cert bob AB:cd:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:"
             "55:66:77:88:99:aa:bb:cc:dd",
             true, "by that certificate", false));
    assert_true(says("cert alice abcd00112233445566778899aabbccddeeff00112233445566778899aabbccdd",
                     false, "another account", false));
    assert_true(says("cert bob none", true, "no certificate", true));
    assert_true(says("del bob", true, "bob is deleted", true));
    assert_null(account_find(&as, STR("bob")));
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *part;
    } rows[] = {
        {"", "usage"},
        {"fly alice", "usage"},
        {"add", "missing"},
        {"add x", "missing"},
        {"add x secret", "no hash"},
        {"del", "no account"},
        {"del nobody", "no account"},
        {"role alice", "missing"},
        {"role alice king", "must be one of"},
        {"quota alice much", "must be a size"},
        {"quota alice -1", "must be a size"},
        {"cert alice 12", "SHA-256"},
        {"passwd alice", "missing"},
        {"passwd alice plain", "no hash"},
        {"passwd alice $y$j9T$NOBODYNOBODYNOBODYNOB/$NOBODY:", "no hash"},
        {"passwd alice $y$j9T$NOBODYNOBODYNOBODYNOB/$NOBODY:SCRAM-SHA-256$1:00", "no hash"},
    };
    (void)add("alice");
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].line, says(rows[i].line, false, rows[i].part, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_are_found_in_any_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(some_names_nobody_can_have, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_set_is_there_after_a_restart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_deleted_one_lives_as_long_as_it_is_held, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(last_seen_is_kept_once_a_minute, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_right_password_is_remembered_for_ten_minutes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_verifier_goes_with_its_hash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_has_none_gets_one_that_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_kept_is_not_done, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_verb_says_what_it_did, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_refused, set_up, tear_down),
    };
    return RUN(tests);
}
