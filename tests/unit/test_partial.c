/* test_partial.c: model/partial, and how model/upload leaves one and goes on with it. */
#include "check.h"
#include "model/upload.h"

#include <errno.h>

static struct clock clock_ = {.mono = 100000, .wall = 1700000000000};
static struct log log_;
static struct store s;
static struct db *db;
static struct accounts as;
static struct account *ann;
static struct partials ps;
static char *folder, *db_folder;
static struct partial_owner anns, guest;

/* No job is ever needed here. */
static uint64_t submit(struct job_runner *r, const struct job *job)
{
    (void)r;
    (void)job;
    return 0;
}

static struct job_runner no_pool = {.submit = submit};

static void open_all(void)
{
    struct buf why = {0};
    assert_int_equal(store_init(&s, folder, false, &clock_, &why), 0);
    s.jobs = &no_pool;
    db = db_open(in(db_folder, "a.db"), &log_, &why);
    assert_non_null(db);
    assert_int_equal(accounts_init(&as, db, &clock_, &why), 0);
    ann = account_find(&as, STR("ann"));
    if (ann == NULL)
        assert_int_equal(account_add(&as, STR("ann"), "$y$", ROLE_WRITE, 0, &ann), ACCOUNT_OK);
    partials_init(&ps, &s, db, &as);
    ps.keep = 1000;
    ps.account_max = ps.guests_max = 1 << 20;
    anns = (struct partial_owner){.account = ann->id, .quota = &ann->quota};
    guest = (struct partial_owner){.address = "192.0.2.1"};
}

static void close_all(void)
{
    assert_true(list_empty(&s.uploads));
    partials_free(&ps);
    accounts_free(&as);
    store_free(&s);
    db_close(db);
}

/* As after kill -9: nothing was put in order. */
static void restart(void)
{
    close_all();
    open_all();
}

static int set_up(void **state)
{
    (void)state;
    log_quiet(&log_, &clock_);
    folder = folder_new();
    db_folder = folder_new();
    open_all();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_all();
    folder_remove(folder);
    folder_remove(db_folder);
    return 0;
}

static unsigned hidden(void)
{
    return access(in(folder, ".agentd"), F_OK) == 0 ? folder_count(in(folder, ".agentd")) : 0;
}

static struct partial *by(const char *token)
{
    return partial_by_token(&ps, str_of(token));
}

/* --- uploads --- */

static int done;

static void on_done(void *arg, int err)
{
    *(int *)arg = err;
}

static int begin(struct upload **up, const char *path, const struct partial_owner *o,
                 struct partial *resume, bool told)
{
    done = -1;
    const struct upload_wish wish = {.path = path,
                                     .mode = UPLOAD_REPLACE,
                                     .keep = resume != NULL ? UPLOAD_KEEP_ALL : 0,
                                     .done = on_done,
                                     .arg = &done,
                                     .owner = o,
                                     .quota = o->quota,
                                     .told = told,
                                     .resume = resume};
    return upload_begin(&s, &wish, up);
}

/* One that breaks off; what it left, or NULL. */
static struct partial *broken(const char *path, const struct partial_owner *o, const char *text)
{
    struct upload *up;
    assert_int_equal(begin(&up, path, o, NULL, false), 0);
    assert_int_equal(upload_write(up, text, strlen(text)), 0);
    upload_leave(up);
    return partial_find(&ps, o, path);
}

static void go_on(struct partial *p, const char *text)
{
    struct upload *up;
    assert_int_equal(begin(&up, p->path, &p->owner, p, false), 0);
    assert_int_equal(upload_write(up, text, strlen(text)), 0);
    upload_finish(up);
    assert_int_equal(done, 0);
}

static void what_breaks_off_stays_and_goes_on(void **state)
{
    (void)state;
    struct partial *p = broken("/f", &guest, "one ");
    assert_non_null(p);
    assert_int_equal(p->size, 4);
    assert_int_equal(access(in(folder, "f"), F_OK), -1);
    assert_int_equal(hidden(), 1);
    /* And breaks off again. */
    struct upload *up;
    assert_int_equal(begin(&up, "/f", &guest, p, false), 0);
    assert_ptr_equal(upload_partial(up), p);
    assert_int_equal(upload_size(up), 4);
    assert_int_equal(upload_write(up, "two ", 4), 0);
    upload_leave(up);
    assert_int_equal(p->size, 8);
    go_on(p, "three");
    assert_file(in(folder, "f"), "one two three");
    assert_null(partial_find(&ps, &guest, "/f"));
    assert_int_equal(hidden(), 0);
}

static void it_may_go_on_before_its_end(void **state)
{
    struct upload *up;
    struct stat st;
    (void)state;
    struct partial *p = broken("/f", &anns, "one two");
    p->said = 6;
    const struct upload_wish wish = {.path = "/f",
                                     .mode = UPLOAD_REPLACE,
                                     .keep = 4,
                                     .done = on_done,
                                     .arg = &done,
                                     .owner = &anns,
                                     .quota = anns.quota,
                                     .resume = p};
    assert_int_equal(ann->quota.pending, 7);
    assert_int_equal(upload_begin(&s, &wish, &up), 0);
    assert_int_equal(upload_size(up), 4);
    assert_int_equal(ann->quota.pending, 4);
    assert_int_equal(p->said, 0);
    assert_true(partial_stat(p, &st));
    assert_int_equal(st.st_size, 4);
    assert_int_equal(upload_write(up, "2", 1), 0);
    upload_finish(up);
    assert_file(in(folder, "f"), "one 2");
    assert_int_equal(ann->quota.pending, 0);
}

static void nothing_stays_of_nothing_nor_after_an_abort(void **state)
{
    struct upload *up;
    (void)state;
    assert_null(broken("/f", &guest, ""));
    assert_int_equal(begin(&up, "/f", &guest, NULL, false), 0);
    assert_int_equal(upload_write(up, "x", 1), 0);
    upload_abort(up);
    assert_null(partial_find(&ps, &guest, "/f"));
    struct partial *p = broken("/f", &guest, "x");
    assert_int_equal(begin(&up, "/f", &guest, p, false), 0);
    upload_abort(up);
    assert_int_equal(hidden(), 0);
    ps.keep = 0;
    assert_null(broken("/f", &guest, "x"));
    assert_int_equal(begin(&up, "/f", &guest, NULL, true), ENOTSUP);
}

static void it_is_the_owner_s_alone(void **state)
{
    const struct partial_owner other = {.address = "192.0.2.2"};
    (void)state;
    struct partial *a = broken("/f", &anns, "a"), *g = broken("/f", &guest, "guest");
    assert_ptr_not_equal(a, g);
    assert_ptr_equal(partial_find(&ps, &anns, "/f"), a);
    assert_ptr_equal(partial_find(&ps, &guest, "/f"), g);
    assert_null(partial_find(&ps, &other, "/f"));
    assert_null(partial_find(&ps, &guest, "/g"));
    assert_true(partial_is_of(a, &anns));
    assert_false(partial_is_of(a, &guest));
    assert_null(by("0123456789abcdef0123456789abcdef"));
    assert_null(by(""));
    assert_ptr_equal(by(g->token), g);
}

static void a_restart_changes_nothing(void **state)
{
    char token[PARTIAL_TOKEN_MAX];
    struct upload *up;
    (void)state;
    assert_int_equal(begin(&up, "/f", &anns, NULL, true), 0);
    struct partial *p = upload_partial(up);
    p->length = 7;
    p->told = true;
    p->digest = (struct digest){.kind = DIGEST_MD5, .bytes = {1, 2, 0xff}};
    text_copy(token, sizeof token, p->token);
    assert_int_equal(upload_write(up, "abc", 3), 0);
    upload_leave(up);
    restart();
    p = by(token);
    assert_non_null(p);
    assert_string_equal(p->path, "/f");
    assert_true(partial_is_of(p, &anns));
    assert_int_equal(p->size, 3);
    assert_int_equal(p->length, 7);
    assert_int_equal(p->digest.kind, DIGEST_MD5);
    assert_int_equal(p->digest.bytes[2], 0xff);
    assert_true(p->told);
    assert_int_equal(ann->quota.pending, 3);
    go_on(p, "defg");
    assert_int_equal(ann->quota.pending, 0);
    /* That it is done is known for a while, too. */
    restart();
    p = by(token);
    assert_non_null(p);
    assert_true(p->whole);
    assert_int_equal(p->size, 7);
    assert_null(partial_find(&ps, &anns, "/f"));
}

/* The file is the truth: whatever the row says, or when one of them is missing. */
static void files_and_rows_that_do_not_match(void **state)
{
    char longer[PARTIAL_TOKEN_MAX], lost[PARTIAL_TOKEN_MAX], path[100];
    (void)state;
    text_copy(longer, sizeof longer, broken("/longer", &guest, "12345")->token);
    text_copy(lost, sizeof lost, broken("/lost", &guest, "x")->token);
    snprintf(path, sizeof path, ".agentd/%s", longer);
    file_write(in(folder, path), "1234567");
    snprintf(path, sizeof path, ".agentd/%s", lost);
    assert_int_equal(unlink(in(folder, path)), 0);
    file_write(in(folder, ".agentd/77-1"), "what a crash left");
    file_write(in(folder, ".agentd/somebody else's file with a name that is too long"), "stays");
    restart();
    assert_non_null(by(longer));
    assert_int_equal(by(longer)->size, 7);
    assert_null(by(lost));
    assert_null(by("77-1"));
    assert_int_equal(hidden(), 3);
    partials_tick(&ps);
    assert_int_equal(hidden(), 2);
    /* One that changes beneath our feet is not gone on with. */
    struct upload *up;
    snprintf(path, sizeof path, ".agentd/%s", longer);
    file_write(in(folder, path), "1");
    assert_int_equal(begin(&up, "/longer", &guest, by(longer), false), ENOENT);
    assert_null(by(longer));
}

static void it_goes_when_its_time_is_over(void **state)
{
    struct upload *up;
    (void)state;
    struct partial *p = broken("/a", &guest, "x");
    clock_.wall += 600;
    assert_non_null(broken("/b", &guest, "x"));
    clock_.wall += 399;
    partials_tick(&ps);
    assert_int_equal(hidden(), 2);
    clock_.wall += 1;
    assert_null(partial_find(&ps, &guest, "/a")); /* from that moment on */
    partials_tick(&ps);
    assert_int_equal(hidden(), 1);
    /* Not while somebody uses it. */
    p = partial_find(&ps, &guest, "/b");
    assert_int_equal(begin(&up, "/b", &guest, p, false), 0);
    clock_.wall += 5000;
    partials_tick(&ps);
    assert_int_equal(hidden(), 1);
    upload_leave(up);
    partials_tick(&ps);
    assert_int_equal(hidden(), 1);
    partials_keep(&ps, 0);
    partials_tick(&ps);
    assert_int_equal(hidden(), 0);
}

static void many_go_in_slices(void **state)
{
    char path[20];
    (void)state;
    for (int i = 0; i < 45; i++) {
        snprintf(path, sizeof path, "/f%d", i);
        assert_non_null(broken(path, &anns, "x"));
    }
    partials_keep(&ps, 0);
    partials_tick(&ps);
    assert_int_equal(hidden(), 25);
    partials_tick(&ps);
    partials_tick(&ps);
    assert_int_equal(hidden(), 0);
    assert_int_equal(ann->quota.pending, 0);
}

static void the_oldest_make_room(void **state)
{
    char path[20];
    struct partial_owner o = guest;
    (void)state;
    for (int i = 0; i < PARTIALS_OF_ADDRESS + 2; i++) {
        snprintf(path, sizeof path, "/f%d", i);
        assert_non_null(broken(path, &guest, "x"));
    }
    assert_null(partial_find(&ps, &guest, "/f1"));
    assert_non_null(partial_find(&ps, &guest, "/f2"));
    for (int i = 0; i < PARTIALS_OF_ACCOUNT + 1; i++) {
        snprintf(path, sizeof path, "/a%d", i);
        assert_non_null(broken(path, &anns, "x"));
    }
    assert_null(partial_find(&ps, &anns, "/a0"));
    assert_int_equal(hidden(), PARTIALS_OF_ADDRESS + PARTIALS_OF_ACCOUNT);
    for (int i = 0; i < PARTIALS_OF_GUESTS; i++) {
        snprintf(o.address, sizeof o.address, "198.51.%d.%d", i / 250, i % 250);
        assert_non_null(broken("/g", &o, "x"));
    }
    assert_null(partial_find(&ps, &guest, "/f11"));
    assert_int_equal(hidden(), PARTIALS_OF_GUESTS + PARTIALS_OF_ACCOUNT);
}

static void those_in_use_make_none(void **state)
{
    struct upload *up[PARTIALS_OF_ADDRESS], *more;
    char path[20];
    (void)state;
    for (int i = 0; i < PARTIALS_OF_ADDRESS; i++) {
        snprintf(path, sizeof path, "/f%d", i);
        assert_int_equal(begin(&up[i], path, &guest, NULL, true), 0);
    }
    assert_int_equal(begin(&more, "/more", &guest, NULL, true), ENOTSUP);
    for (int i = 0; i < PARTIALS_OF_ADDRESS; i++)
        upload_abort(up[i]);
}

static void bytes_are_bounded(void **state)
{
    (void)state;
    ps.guests_max = 10;
    assert_non_null(broken("/a", &guest, "1234"));
    assert_non_null(broken("/b", &guest, "123456"));
    assert_non_null(broken("/c", &anns, "1234567890123"));
    assert_non_null(broken("/d", &guest, "12345"));
    assert_null(partial_find(&ps, &guest, "/a"));
    assert_null(partial_find(&ps, &guest, "/b"));
    assert_null(broken("/e", &guest, "12345678901")); /* more than may ever be */
    assert_null(partial_find(&ps, &guest, "/d"));
    assert_non_null(partial_find(&ps, &anns, "/c"));
}

static void a_quota_counts_them_and_can_have_their_room(void **state)
{
    struct upload *up;
    (void)state;
    ann->quota.limit = 10;
    assert_non_null(broken("/a", &anns, "123"));
    assert_non_null(broken("/b", &anns, "123"));
    assert_int_equal(ann->quota.pending, 6);
    struct partial *p = partial_find(&ps, &anns, "/b");
    assert_int_equal(begin(&up, "/b", &anns, p, false), 0);
    assert_int_equal(ann->quota.pending, 6); /* once, not twice */
    assert_int_equal(upload_write(up, "4567", 4), 0);
    assert_int_equal(ann->quota.pending, 10);
    assert_int_equal(upload_write(up, "89", 2), 0); /* /a goes */
    assert_null(partial_find(&ps, &anns, "/a"));
    assert_int_equal(ann->quota.pending, 9);
    assert_int_equal(upload_write(up, "ab", 2), EDQUOT);
    upload_leave(up);
    assert_int_equal(ann->quota.pending, 9);
    /* One for which even that is too little takes nothing. */
    const struct upload_wish wish = {.path = "/c",
                                     .mode = UPLOAD_REPLACE,
                                     .done = on_done,
                                     .owner = &anns,
                                     .quota = anns.quota,
                                     .expected = 11};
    assert_int_equal(upload_begin(&s, &wish, &up), EDQUOT);
    assert_non_null(partial_find(&ps, &anns, "/b"));
    /* A quota that shrinks: what is there stays, and cannot go on. */
    ann->quota.limit = 5;
    assert_int_equal(begin(&up, "/b", &anns, partial_find(&ps, &anns, "/b"), false), EDQUOT);
    assert_int_equal(partial_find(&ps, &anns, "/b")->size, 9);
    assert_int_equal(ann->quota.pending, 9);
}

static void another_takes_over(void **state)
{
    struct upload *up;
    (void)state;
    assert_int_equal(begin(&up, "/f", &guest, NULL, true), 0);
    struct partial *p = upload_partial(up);
    assert_int_equal(upload_write(up, "ab", 2), 0);
    assert_ptr_equal(p->user, up);
    assert_true(upload_stop(p));
    assert_int_equal(done, ECANCELED);
    assert_int_equal(p->size, 2);
    assert_true(upload_stop(p)); /* nobody is there any more */
    go_on(p, "c");
    assert_file(in(folder, "f"), "abc");
    /* When that makes it too much, it is gone. */
    assert_int_equal(begin(&up, "/g", &guest, NULL, true), 0);
    p = upload_partial(up);
    assert_int_equal(upload_write(up, "ab", 2), 0);
    ps.guests_max = 1;
    assert_false(upload_stop(p));
    assert_int_equal(done, ECANCELED);
}

static void a_new_one_takes_the_place_of_what_was_left(void **state)
{
    struct upload *a, *b;
    (void)state;
    assert_non_null(broken("/f", &guest, "old"));
    assert_int_equal(begin(&a, "/f", &guest, NULL, false), 0);
    assert_null(partial_find(&ps, &guest, "/f"));
    /* Two at once: who breaks off last is who goes on. */
    assert_int_equal(begin(&b, "/f", &guest, NULL, false), 0);
    assert_int_equal(upload_write(a, "a", 1), 0);
    assert_int_equal(upload_write(b, "bb", 2), 0);
    upload_leave(a);
    upload_leave(b);
    assert_int_equal(partial_find(&ps, &guest, "/f")->size, 2);
    assert_int_equal(hidden(), 1);
}

/* A big one gets its name while it runs, so that kill -9 leaves it. */
static void a_big_one_survives_kill(void **state)
{
    static char mib[1 << 20];
    struct upload *up;
    (void)state;
    assert_int_equal(begin(&up, "/f", &guest, NULL, false), 0);
    assert_int_equal(upload_write(up, mib, sizeof mib - 1), 0);
    assert_int_equal(hidden(), 0);
    assert_int_equal(upload_write(up, mib, 1), 0);
    assert_int_equal(hidden(), 1);
    assert_non_null(upload_partial(up));
    /* Without a partial's end, as far as the database and the folder know. */
    struct db_stmt *rows = db_stmt(db, "SELECT count(*) FROM partial WHERE path = '/f'");
    assert_true(db_step(rows));
    assert_int_equal(db_int(rows, 0), 1);
    db_reset(rows);
    upload_finish(up);
    assert_int_equal(done, 0);
    assert_int_equal(hidden(), 0);
    assert_true(db_step(rows));
    assert_int_equal(db_int(rows, 0), 0);
    db_reset(rows);
}

static void a_deleted_account_leaves_none(void **state)
{
    (void)state;
    assert_non_null(broken("/a", &anns, "x"));
    assert_non_null(broken("/g", &guest, "x"));
    partials_forget(&ps, ann->id);
    assert_null(partial_find(&ps, &anns, "/a"));
    assert_non_null(partial_find(&ps, &guest, "/g"));
    assert_int_equal(ann->quota.pending, 0);
}

/* The pool, of which one job is known: it ends when a test says so. */
static struct job pending;

static uint64_t submit_later(struct job_runner *r, const struct job *job)
{
    (void)r;
    pending = *job;
    return 1;
}

static void an_upload_of_a_deleted_account_leaves_none(void **state)
{
    struct job_runner pool = {.submit = submit_later};
    const struct digest want = {.kind = DIGEST_SHA256, .bytes = {1}};
    struct upload *up;
    (void)state;
    s.jobs = &pool;
    for (int i = 0; i < 3; i++) {
        struct partial *p = i < 2 ? broken("/f", &anns, "first ") : NULL;
        assert_int_equal(begin(&up, "/f", &anns, p, false), 0);
        assert_int_equal(upload_write(up, "second", 6), 0);
        upload_check(up, &want, 6);
        if (i == 0)
            upload_park(up);
        else
            upload_finish(up);
        /* Its account goes in the turn in which the digest comes: nothing may point at it. */
        uploads_forget(&s, ann->id);
        partials_forget(&ps, ann->id);
        pending.done(pending.arg, 0);
        assert_int_equal(done, EBADMSG);
        assert_null(partial_find(&ps, &anns, "/f"));
        assert_int_equal(ps.by_token.count, 0);
        assert_int_equal(ann->quota.pending, 0);
        assert_int_equal(hidden(), 0);
    }
    /* Nor of one that has had no name so far. */
    assert_int_equal(begin(&up, "/f", &anns, NULL, false), 0);
    assert_int_equal(upload_write(up, "x", 1), 0);
    uploads_forget(&s, ann->id + 1);
    uploads_forget(&s, ann->id);
    upload_leave(up);
    assert_int_equal(hidden(), 0);
    assert_non_null(broken("/f", &guest, "a guest's"));
    s.jobs = &no_pool;
}

static void where_no_folder_can_be_made_nothing_stays(void **state)
{
    struct upload *up;
    (void)state;
    file_write(in(folder, ".agentd"), "in the way");
    assert_null(broken("/f", &guest, "x"));
    assert_int_equal(begin(&up, "/f", &guest, NULL, true), ENOTSUP);
    assert_int_equal(begin(&up, "/f", &guest, NULL, false), 0);
    assert_int_equal(upload_write(up, "whole", 5), 0);
    upload_finish(up);
    assert_int_equal(done, 0);
    assert_file(in(folder, "f"), "whole");
}

static void the_database_fails(void **state)
{
    (void)state;
    assert_true(db_run(db_stmt(db, "DROP TABLE partial")));
    struct partial *p = broken("/f", &guest, "still ");
    assert_non_null(p); /* until a restart */
    go_on(p, "works");
    assert_file(in(folder, "f"), "still works");
    assert_true(db_run(db_stmt(db, "CREATE TABLE partial (token, path, owner, address, length,"
                                   " digest, digest_hex, fresh, told, whole, until)")));
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_breaks_off_stays_and_goes_on),
        TEST(it_may_go_on_before_its_end),
        TEST(nothing_stays_of_nothing_nor_after_an_abort),
        TEST(it_is_the_owner_s_alone),
        TEST(a_restart_changes_nothing),
        TEST(files_and_rows_that_do_not_match),
        TEST(it_goes_when_its_time_is_over),
        TEST(many_go_in_slices),
        TEST(the_oldest_make_room),
        TEST(those_in_use_make_none),
        TEST(bytes_are_bounded),
        TEST(a_quota_counts_them_and_can_have_their_room),
        TEST(another_takes_over),
        TEST(a_new_one_takes_the_place_of_what_was_left),
        TEST(a_big_one_survives_kill),
        TEST(a_deleted_account_leaves_none),
        TEST(an_upload_of_a_deleted_account_leaves_none),
        TEST(where_no_folder_can_be_made_nothing_stays),
        TEST(the_database_fails),
    };
    return RUN(tests);
}
