/* test_db.c: model/db and model/room_keep. */
#include "check.h"
#include "model/db.h"

static struct clock clock_;
static struct log log_;
static char *folder;

static int set_up(void **state)
{
    (void)state;
    log_quiet(&log_, &clock_);
    folder = folder_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static struct db *open_db(const char *name)
{
    struct buf why = {0};
    struct db *db = db_open(in(folder, name), &log_, &why);
    if (db == NULL)
        fail_msg("%s", buf_str(&why));
    return db;
}

static void assert_refused(const char *path, const char *reason)
{
    struct buf why = {0};
    assert_null(db_open(path, &log_, &why));
    if (strstr(buf_str(&why), reason) == NULL || strstr(buf_str(&why), path) == NULL)
        fail_msg("<%s> lacks <%s>", buf_str(&why), reason);
    buf_free(&why);
}

static int64_t version(struct db *db)
{
    struct db_stmt *s = db_stmt(db, "PRAGMA user_version");
    assert_true(db_step(s));
    const int64_t v = db_int(s, 0);
    db_reset(s);
    return v;
}

static void a_new_file_gets_the_schema(void **state)
{
    (void)state;
    struct db *db = open_db("new.db");
    assert_true(version(db) >= 1);
    const int64_t v = version(db);
    struct db_stmt *s = db_stmt(db, "SELECT count(*) FROM room");
    assert_non_null(s);
    assert_true(db_step(s));
    assert_int_equal(db_int(s, 0), 0);
    db_reset(s);
    db_close(db);
    db = open_db("new.db"); /* a second time there is nothing to do */
    assert_int_equal(version(db), v);
    db_close(db);
    db_close(NULL);
}

static void what_was_written_is_there_after_a_restart(void **state)
{
    (void)state;
    struct db *db = open_db("a.db");
    struct db_stmt *s =
        db_stmt(db, "INSERT INTO room (fold, topic, topic_by, topic_at) VALUES (?1, ?2, ?3, ?4)");
    char text[20] = "小明's topic";
    db_bind_text(s, 1, "#x");
    db_bind_text(s, 2, text);
    db_bind_text(s, 3, "'); DROP TABLE room; --");
    db_bind_int(s, 4, INT64_MIN);
    memset(text, 'z', 5); /* it was copied */
    assert_false(db_step(s));
    db_close(db);
    db = open_db("a.db");
    s = db_stmt(db, "SELECT topic, topic_by, topic_at, NULL FROM room");
    assert_true(db_step(s));
    assert_string_equal(db_text(s, 0), "小明's topic");
    assert_string_equal(db_text(s, 1), "'); DROP TABLE room; --");
    assert_true(db_int(s, 2) == INT64_MIN);
    assert_string_equal(db_text(s, 3), "");
    assert_false(db_step(s));
    db_close(db);
}

static void a_statement_is_kept(void **state)
{
    static const char sql[] = "SELECT ?1";
    (void)state;
    struct db *db = open_db("a.db");
    struct db_stmt *s = db_stmt(db, sql);
    for (int i = 0; i < 100; i++) {
        assert_ptr_equal(db_stmt(db, sql), s);
        db_bind_int(s, 1, i);
        assert_true(db_step(s));
        assert_int_equal(db_int(s, 0), i);
        assert_false(db_step(s));
    }
    assert_true(db_step(s)); /* what was bound is gone */
    assert_string_equal(db_text(s, 0), "");
    db_close(db);
}

static void an_error_is_no_statement_and_no_crash(void **state)
{
    (void)state;
    struct db *db = open_db("a.db");
    struct db_stmt *s = db_stmt(db, "SELECT nonsense FROM nowhere");
    assert_null(s);
    db_bind_text(s, 1, "x");
    db_bind_int(s, 1, 1);
    assert_false(db_step(s));
    db_reset(s);
    s = db_stmt(db, "INSERT INTO room (fold) VALUES ('#a')");
    assert_false(db_step(s)); /* not null: refused by the schema */
    db_close(db);
}

static void a_file_of_a_newer_agentd_is_left_alone(void **state)
{
    (void)state;
    struct db *db = open_db("a.db");
    (void)db_step(db_stmt(db, "PRAGMA user_version = 999"));
    db_close(db);
    assert_refused(in(folder, "a.db"), "newer agentd (schema 999");
    assert_refused(in(folder, "a.db"), "newer agentd");
}

static void what_cannot_be_opened_is_named(void **state)
{
    (void)state;
    assert_refused(in(folder, "no/such/folder.db"), "unable to open");
    assert_refused(folder, "unable to open");
    file_write(in(folder, "text"), "this is no database, but long enough to be looked at. "
                                   "this is no database, but long enough to be looked at. ");
    assert_refused(in(folder, "text"), "not a database");
    file_write(in(folder, "elsewhere.db"), "");
    assert_int_equal(symlink("elsewhere.db", in(folder, "link.db")), 0);
    assert_refused(in(folder, "link.db"), "");
}

/* /var/run or a home folder may be a link: that is the administrator's, not an attacker's. */
static void a_link_on_the_way_to_the_folder_is_fine(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in(folder, "real"), 0755), 0);
    assert_int_equal(symlink("real", in(folder, "state")), 0);
    struct db *db = open_db("state/a.db");
    db_close(db);
}

static void a_database_of_another_schema(void **state)
{
    static const char *const steps[] = {"CREATE TABLE t (x TEXT) STRICT;"};
    const struct db_schema schema = {
        .pragmas = "PRAGMA auto_vacuum = INCREMENTAL;", .steps = steps, .versions = 1};
    struct buf why = {0};
    enum db_fault fault;
    (void)state;
    struct db *db = db_open_as(in(folder, "t.db"), &schema, NULL, &why, &fault);
    assert_non_null(db);
    assert_int_equal(fault, DB_FINE);
    struct db_stmt *s = db_stmt(db, "INSERT INTO t VALUES (?1)");
    db_bind_str(s, 1, (struct str){"a\0b", 3});
    assert_true(db_run(s));
    assert_int_equal(db_changes(db), 1);
    s = db_stmt(db, "SELECT x FROM t");
    assert_true(db_step(s));
    assert_int_equal(db_str(s, 0).n, 3);
    assert_memory_equal(db_str(s, 0).p, "a\0b", 3);
    db_reset(s);
    assert_false(db_run(db_stmt(db, "INSERT INTO t VALUES (x'00')"))); /* refused, and not logged */
    assert_int_equal(db_fault(db), DB_TROUBLE);
    assert_string_not_equal(db_words(db), "");
    db_close(db);
}

static void what_takes_too_long_is_stopped(void **state)
{
    static const char endless[] = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                                  " SELECT count(*) FROM n";
    (void)state;
    struct db *db = open_db("a.db");
    db_limit(db, 10);
    assert_false(db_step(db_stmt(db, endless)));
    assert_int_equal(db_fault(db), DB_STOPPED);
    db_limit(db, 0);
    struct db_stmt *s = db_stmt(db, "SELECT 1");
    assert_true(db_step(s));
    assert_int_equal(db_fault(db), DB_FINE);
    db_close(db);
}

static void damage_is_told_from_other_faults(void **state)
{
    const struct db_schema schema = {.versions = 0};
    struct buf why = {0};
    enum db_fault fault;
    (void)state;
    file_write(in(folder, "text"), "this is no database, but long enough to be looked at. "
                                   "this is no database, but long enough to be looked at. ");
    assert_null(db_open_as(in(folder, "text"), &schema, NULL, &why, &fault));
    assert_int_equal(fault, DB_DAMAGED);
    assert_null(db_open_as(in(folder, "no/such"), &schema, NULL, &why, &fault));
    assert_int_equal(fault, DB_TROUBLE);
    buf_free(&why);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

static void an_older_schema_is_brought_up_to_date(void **state)
{
    (void)state;
    struct db *db = open_db("old.db");
    static const char *const back[] = {
        "DROP TABLE account",
        "DROP TABLE file",
        "DROP TABLE ban",
        "DROP TABLE share",
        "DROP TABLE partial",
        "DROP TABLE prop",
        "DROP TABLE marker",
        "DROP TABLE absent",
        "DROP TABLE room",
        "DROP TABLE room_mask",
        "DROP TABLE room_status",
        "DROP TABLE token",
        "DROP TABLE secret",
        "CREATE TABLE room (fold TEXT PRIMARY KEY, topic TEXT NOT NULL, topic_by TEXT NOT NULL,"
        " topic_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "INSERT INTO room VALUES ('#x', 'kept', 'ann', 7)",
        "PRAGMA user_version = 1"};
    for (size_t i = 0; i < COUNT(back); i++)
        assert_row(back[i], db_run(db_stmt(db, back[i])));
    db_close(db);
    db = open_db("old.db");
    assert_true(version(db) > 1);
    struct db_stmt *s = db_stmt(db, "SELECT topic, registered, modes FROM room");
    assert_true(db_step(s));
    assert_string_equal(db_text(s, 0), "kept");
    assert_int_equal(db_int(s, 1), 1); /* it was a lobby */
    assert_int_equal(db_int(s, 2), 1);
    db_reset(s);
    s = db_stmt(db, "SELECT count(*) FROM account");
    assert_true(db_step(s));
    db_close(db);
}

static void the_file_is_its_owner_s_alone(void **state)
{
    (void)state;
    struct stat st;
    db_close(open_db("mine.db"));
    assert_int_equal(stat(in(folder, "mine.db"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_file_gets_the_schema),
        TEST(what_was_written_is_there_after_a_restart),
        TEST(a_statement_is_kept),
        TEST(an_error_is_no_statement_and_no_crash),
        TEST(a_file_of_a_newer_agentd_is_left_alone),
        TEST(what_cannot_be_opened_is_named),
        TEST(a_link_on_the_way_to_the_folder_is_fine),
        TEST(a_database_of_another_schema),
        TEST(what_takes_too_long_is_stopped),
        TEST(damage_is_told_from_other_faults),
        TEST(an_older_schema_is_brought_up_to_date),
        TEST(the_file_is_its_owner_s_alone),
    };
    return RUN(tests);
}
