/* test_upload.c: model/upload: nothing is seen before it is whole. */
#include "check.h"
#include "model/upload.h"

#include <errno.h>
#include <sys/ioctl.h>

/* A pool that does a job only when it is told to. */
struct fake_pool {
    struct job_runner runner;
    struct job job;
    uint64_t ticket; /* of the job that waits; 0 = none */
    uint64_t last;
    unsigned syncs, copies, cancelled;
    bool full;
};

static struct clock clock_ = {.mono = 100000};
static struct store s;
static struct fake_pool pool;
static char *folder;

static uint64_t submit(struct job_runner *r, const struct job *job)
{
    struct fake_pool *p = (struct fake_pool *)(void *)r;
    if (p->full)
        return 0;
    assert_int_equal(p->ticket, 0);
    p->job = *job;
    p->syncs += job->kind == JOB_SYNC;
    p->copies += job->kind == JOB_COPY;
    return p->ticket = ++p->last;
}

static void cancel(struct job_runner *r, uint64_t ticket)
{
    struct fake_pool *p = (struct fake_pool *)(void *)r;
    assert_int_equal(ticket, p->ticket);
    p->ticket = 0;
    p->cancelled++;
}

/* Does what waits, and answers with err. */
static void work(int err)
{
    const struct job job = pool.job;
    assert_int_not_equal(pool.ticket, 0);
    pool.ticket = 0;
    if (err == 0 && job.kind == JOB_COPY) {
        char *bytes = malloc(job.len);
        assert_int_equal(pread(job.fd, bytes, job.len, 0), (ssize_t)job.len);
        assert_int_equal(pwrite(job.fd2, bytes, job.len, 0), (ssize_t)job.len);
        free(bytes);
    } else if (err == 0 && job.kind == JOB_DIGEST) {
        err = digest_file(job.digest, job.fd, job.from, job.len, job.answer, NULL, NULL);
    } else if (err == 0) {
        assert_int_equal(fsync(job.fd), 0); /* it must be open for more than its path */
    }
    job.done(job.arg, err);
}

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    folder = folder_new();
    assert_int_equal(store_init(&s, folder, false, &clock_, &why), 0);
    pool = (struct fake_pool){.runner = {submit, cancel}};
    s.jobs = &pool.runner;
    s.sync = false;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    assert_true(list_empty(&s.uploads));
    store_free(&s);
    folder_remove(folder);
    return 0;
}

/* --- one upload, and what it was told --- */

struct transfer {
    struct upload *up;
    int ready, done; /* the errno; -1 = not told yet */
};

static void on_ready(void *arg, int err)
{
    struct transfer *t = arg;
    assert_int_equal(t->ready, -1);
    t->ready = err;
}

static void on_done(void *arg, int err)
{
    struct transfer *t = arg;
    assert_int_equal(t->done, -1);
    t->done = err;
}

static int begin(struct transfer *t, const char *path, enum upload_mode mode, uint64_t keep)
{
    *t = (struct transfer){.ready = -1, .done = -1};
    const struct upload_wish wish = {
        .path = path, .mode = mode, .keep = keep, .ready = on_ready, .done = on_done, .arg = t};
    return upload_begin(&s, &wish, &t->up);
}

static void put(struct transfer *t, const char *text)
{
    assert_true(upload_ready(t->up));
    assert_int_equal(upload_write(t->up, text, strlen(text)), 0);
}

static void assert_gone(const char *name)
{
    assert_int_equal(access(in(folder, name), F_OK), -1);
}

static void nothing_is_visible_before_the_end(void **state)
{
    struct transfer t;
    struct store_file *f;
    (void)state;
    assert_int_equal(begin(&t, "/new.txt", UPLOAD_NEW, 0), 0);
    assert_int_equal(t.ready, -1); /* nothing to wait for */
    assert_string_equal(upload_path(t.up), "/new.txt");
    put(&t, "one ");
    put(&t, "");
    put(&t, "two");
    assert_int_equal(upload_size(t.up), 7);
    assert_gone("new.txt");
    assert_int_equal(folder_count(folder), 0); /* not even a hidden name, where O_TMPFILE is had */
    assert_int_equal(store_open(&s, "/new.txt", &f), ENOENT);
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    assert_file(in(folder, "new.txt"), "one two");
    assert_int_equal(folder_count(folder), 1);
    struct stat st;
    assert_int_equal(stat(in(folder, "new.txt"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644); /* whatever the umask */
}

static void an_empty_file_is_a_file(void **state)
{
    struct transfer t;
    (void)state;
    assert_int_equal(begin(&t, "/empty", UPLOAD_NEW, 0), 0);
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    assert_file(in(folder, "empty"), "");
}

static void an_abort_leaves_nothing(void **state)
{
    struct transfer t;
    (void)state;
    file_write(in(folder, "old"), "old");
    assert_int_equal(begin(&t, "/new", UPLOAD_NEW, 0), 0);
    put(&t, "half");
    upload_abort(t.up);
    assert_int_equal(begin(&t, "/old", UPLOAD_REPLACE, 0), 0);
    put(&t, "half");
    upload_abort(t.up);
    assert_int_equal(t.done, -1);
    assert_int_equal(folder_count(folder), 1);
    assert_file(in(folder, "old"), "old");
}

static void replacing_is_in_one_step(void **state)
{
    struct transfer t;
    struct store_file *f;
    (void)state;
    file_write(in(folder, "f"), "the old one");
    assert_int_equal(store_open(&s, "/f", &f), 0);
    assert_int_equal(begin(&t, "/f", UPLOAD_REPLACE, 0), 0);
    put(&t, "new");
    assert_file(in(folder, "f"), "the old one");
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    assert_file(in(folder, "f"), "new");
    assert_int_equal(folder_count(folder), 1);
    assert_int_equal(f->size, 11); /* who reads the old one goes on reading it */
    store_close(f);
    assert_int_equal(store_open(&s, "/f", &f), 0); /* and the cache knows at once */
    assert_int_equal(f->size, 3);
    store_close(f);
    /* Where there is none, it is a new file. */
    assert_int_equal(begin(&t, "/g", UPLOAD_REPLACE, 0), 0);
    put(&t, "g");
    upload_finish(t.up);
    assert_file(in(folder, "g"), "g");
}

static void new_means_new_at_the_end_too(void **state)
{
    struct transfer a, b;
    (void)state;
    file_write(in(folder, "there"), "x");
    assert_int_equal(begin(&a, "/there", UPLOAD_NEW, 0), EEXIST);
    assert_int_equal(begin(&a, "/race", UPLOAD_NEW, 0), 0);
    assert_int_equal(begin(&b, "/race", UPLOAD_NEW, 0), 0);
    put(&a, "first");
    put(&b, "second");
    upload_finish(b.up);
    assert_int_equal(b.done, 0);
    upload_finish(a.up);
    assert_int_equal(a.done, EEXIST);
    assert_file(in(folder, "race"), "second");
    assert_int_equal(folder_count(folder), 2);
}

static void a_folder_in_its_place_is_refused(void **state)
{
    struct transfer t;
    (void)state;
    assert_int_equal(store_mkdir(&s, "/d"), 0);
    assert_int_equal(begin(&t, "/d", UPLOAD_REPLACE, 0), EISDIR);
    assert_int_not_equal(begin(&t, "/d", UPLOAD_NEW, 0), 0);
    assert_int_equal(begin(&t, "/", UPLOAD_REPLACE, 0), EISDIR);
    /* One that comes while the upload runs, too. */
    assert_int_equal(begin(&t, "/later", UPLOAD_REPLACE, 0), 0);
    put(&t, "x");
    assert_int_equal(store_mkdir(&s, "/later"), 0);
    upload_finish(t.up);
    assert_int_equal(t.done, EISDIR);
    assert_int_equal(folder_count(folder), 2);
    assert_int_equal(folder_count(in(folder, "later")), 0);
}

static void places_that_are_not_there_are_refused(void **state)
{
    struct transfer t;
    char name[300] = "/";
    (void)state;
    file_write(in(folder, "f"), "x");
    assert_int_equal(begin(&t, "/none/x", UPLOAD_NEW, 0), ENOENT);
    assert_int_equal(begin(&t, "/f/x", UPLOAD_NEW, 0), ENOTDIR);
    assert_int_equal(begin(&t, "/.hidden", UPLOAD_NEW, 0), ENOENT);
    assert_int_equal(begin(&t, "/.d/x", UPLOAD_NEW, 0), ENOENT);
    assert_int_equal(symlink("..", in(folder, "up")), 0);
    assert_int_equal(begin(&t, "/up/x", UPLOAD_NEW, 0), ENOENT);
    memset(name + 1, 'n', 256);
    name[257] = '\0';
    assert_int_equal(begin(&t, name, UPLOAD_NEW, 0), ENAMETOOLONG);
    assert_int_equal(folder_count(folder), 2);
}

/* A link is replaced, never written through. */
static void a_link_in_its_place_is_not_followed(void **state)
{
    struct transfer t;
    (void)state;
    file_write(in(folder, "victim"), "untouched");
    assert_int_equal(symlink("victim", in(folder, "link")), 0);
    assert_int_equal(begin(&t, "/link", UPLOAD_NEW, 0), EEXIST);
    assert_int_equal(begin(&t, "/link", UPLOAD_REPLACE, UPLOAD_KEEP_ALL), EINVAL);
    assert_int_equal(begin(&t, "/link", UPLOAD_REPLACE, 0), 0);
    put(&t, "new");
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    assert_file(in(folder, "victim"), "untouched");
    assert_file(in(folder, "link"), "new");
}

/* The folder may move while the upload runs: it goes where the folder went. */
static void a_folder_that_moves_takes_its_upload_along(void **state)
{
    struct transfer t;
    (void)state;
    assert_int_equal(store_mkdir(&s, "/a"), 0);
    assert_int_equal(begin(&t, "/a/f", UPLOAD_NEW, 0), 0);
    put(&t, "x");
    assert_int_equal(store_rename(&s, "/a", "/b"), 0);
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    assert_file(in(folder, "b/f"), "x");
}

static void kept_bytes_come_first(void **state)
{
    static const struct {
        uint64_t keep;
        const char *want;
    } rows[] = {{4, "0123new"}, {10, "0123456789new"}, {UPLOAD_KEEP_ALL, "0123456789new"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct transfer t;
        file_write(in(folder, "f"), "0123456789");
        assert_int_equal(begin(&t, "/f", UPLOAD_REPLACE, rows[i].keep), 0);
        assert_false(upload_ready(t.up));
        assert_int_equal(t.ready, -1);
        work(0);
        assert_int_equal(t.ready, 0);
        put(&t, "new");
        assert_int_equal(upload_size(t.up), strlen(rows[i].want));
        assert_file(in(folder, "f"), "0123456789"); /* still */
        upload_finish(t.up);
        assert_int_equal(t.done, 0);
        assert_file(in(folder, "f"), rows[i].want);
    }
    assert_int_equal(pool.copies, 3);
    assert_int_equal(folder_count(folder), 1);
}

static void keeping_needs_something_to_keep(void **state)
{
    struct transfer t;
    (void)state;
    file_write(in(folder, "f"), "0123456789");
    file_write(in(folder, "empty"), "");
    assert_int_equal(begin(&t, "/f", UPLOAD_REPLACE, 11), EINVAL);
    assert_int_equal(begin(&t, "/none", UPLOAD_REPLACE, 1), EINVAL);
    assert_int_equal(begin(&t, "/f", UPLOAD_NEW, 5), EEXIST);
    /* APPE to a file that is not there, or empty, makes one. */
    assert_int_equal(begin(&t, "/none", UPLOAD_REPLACE, UPLOAD_KEEP_ALL), 0);
    put(&t, "x");
    upload_finish(t.up);
    assert_file(in(folder, "none"), "x");
    assert_int_equal(begin(&t, "/empty", UPLOAD_REPLACE, UPLOAD_KEEP_ALL), 0);
    put(&t, "y");
    upload_finish(t.up);
    assert_file(in(folder, "empty"), "y");
    assert_int_equal(pool.copies, 0);
}

static void a_copy_that_fails_is_told(void **state)
{
    struct transfer t;
    (void)state;
    file_write(in(folder, "f"), "0123456789");
    assert_int_equal(begin(&t, "/f", UPLOAD_REPLACE, 5), 0);
    work(ENOSPC);
    assert_int_equal(t.ready, ENOSPC);
    upload_abort(t.up);
    assert_int_equal(begin(&t, "/f", UPLOAD_REPLACE, 5), 0);
    upload_abort(t.up); /* while it runs */
    assert_int_equal(pool.cancelled, 1);
    pool.full = true;
    assert_int_equal(begin(&t, "/f", UPLOAD_REPLACE, 5), EAGAIN);
    assert_file(in(folder, "f"), "0123456789");
    assert_int_equal(folder_count(folder), 1);
}

static void with_sync_it_is_safe_before_it_is_visible(void **state)
{
    struct transfer t;
    (void)state;
    s.sync = true;
    assert_int_equal(begin(&t, "/f", UPLOAD_NEW, 0), 0);
    put(&t, "safe");
    upload_finish(t.up);
    assert_int_equal(pool.syncs, 1); /* the file */
    assert_gone("f");
    assert_int_equal(t.done, -1);
    work(0);
    assert_int_equal(pool.syncs, 2); /* the folder */
    assert_file(in(folder, "f"), "safe");
    assert_int_equal(t.done, -1); /* not acknowledged before its name is safe, too */
    work(0);
    assert_int_equal(t.done, 0);
    assert_int_equal(folder_count(folder), 1);
}

static void a_sync_that_fails_leaves_nothing(void **state)
{
    struct transfer t;
    (void)state;
    s.sync = true;
    assert_int_equal(begin(&t, "/f", UPLOAD_NEW, 0), 0);
    put(&t, "x");
    upload_finish(t.up);
    work(EIO);
    assert_int_equal(t.done, EIO);
    assert_int_equal(folder_count(folder), 0);
    /* A pool that is full acknowledges nothing, either. */
    assert_int_equal(begin(&t, "/f", UPLOAD_NEW, 0), 0);
    put(&t, "x");
    pool.full = true;
    upload_finish(t.up);
    assert_int_equal(t.done, EAGAIN);
    assert_int_equal(folder_count(folder), 0);
}

static void an_abort_while_it_is_made_safe_leaves_nothing(void **state)
{
    struct transfer t;
    (void)state;
    s.sync = true;
    assert_int_equal(begin(&t, "/f", UPLOAD_NEW, 0), 0);
    put(&t, "x");
    upload_finish(t.up);
    upload_abort(t.up);
    assert_int_equal(pool.cancelled, 1);
    assert_int_equal(t.done, -1);
    assert_int_equal(folder_count(folder), 0);
}

/* Two at a time, with sync: the second is told that it came too late. */
static void a_race_with_sync_has_one_winner(void **state)
{
    struct transfer a, b;
    (void)state;
    assert_int_equal(begin(&a, "/race", UPLOAD_NEW, 0), 0);
    put(&a, "a");
    s.sync = true;
    upload_finish(a.up);
    s.sync = false;
    assert_int_equal(begin(&b, "/race", UPLOAD_NEW, 0), 0);
    put(&b, "b");
    upload_finish(b.up);
    assert_int_equal(b.done, 0);
    work(0);
    assert_int_equal(a.done, EEXIST);
    assert_file(in(folder, "race"), "b");
    assert_int_equal(folder_count(folder), 1);
}

/* In a container every agentd has the same pid: a name left behind by a kill -9 must not be in the
 * way of the next one's uploads. */
static void what_a_crash_left_behind_is_no_obstacle(void **state)
{
    struct transfer t;
    char name[40];
    (void)state;
    for (int i = 1; i <= 3; i++) {
        snprintf(name, sizeof name, ".agentd-%d-%d", (int)getpid(), i);
        file_write(in(folder, name), "left behind");
    }
    file_write(in(folder, "f"), "old");
    assert_int_equal(begin(&t, "/f", UPLOAD_REPLACE, 0), 0);
    put(&t, "new");
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    assert_file(in(folder, "f"), "new");
}

static void many_at_once_do_not_meet(void **state)
{
    enum { MANY = 50 };
    static struct transfer t[MANY];
    char name[20];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "/f%d", i % 10);
        assert_int_equal(begin(&t[i], name, UPLOAD_REPLACE, 0), 0);
        snprintf(name, sizeof name, "content %d", i);
        put(&t[i], name);
    }
    for (int i = MANY - 1; i >= 0; i--) {
        if (i % 3 == 0)
            upload_abort(t[i].up);
        else
            upload_finish(t[i].up);
    }
    assert_int_equal(folder_count(folder), 10);
    for (int i = 0; i < 10; i++) { /* the one that ended last: the lowest that was not aborted */
        snprintf(name, sizeof name, "content %d", i % 3 == 0 ? i + 10 : i);
        char path[20];
        snprintf(path, sizeof path, "f%d", i);
        assert_file(in(folder, path), name);
    }
}

static int begin_copy(struct transfer *t, const char *path, const char *from)
{
    *t = (struct transfer){.ready = -1, .done = -1};
    const struct upload_wish wish = {.path = path,
                                     .mode = UPLOAD_NEW,
                                     .copy_of = from,
                                     .ready = on_ready,
                                     .done = on_done,
                                     .arg = t};
    return upload_begin(&s, &wish, &t->up);
}

static void another_file_can_come_first(void **state)
{
    struct transfer t;
    (void)state;
    assert_int_equal(mkdir(in(folder, "sub"), 0755), 0);
    file_write(in(folder, "from"), "all of it");
    file_write(in(folder, "empty"), "");
    assert_int_equal(begin_copy(&t, "/sub/to", "/from"), 0);
    assert_false(upload_ready(t.up));
    assert_true(uploads_under_way(&s, "/sub/to", false));
    assert_true(uploads_under_way(&s, "/sub", true));
    assert_true(uploads_under_way(&s, "/", true));
    assert_false(uploads_under_way(&s, "/sub", false));
    assert_false(uploads_under_way(&s, "/from", true));
    work(0);
    assert_int_equal(t.ready, 0);
    assert_int_equal(upload_size(t.up), 9);
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    assert_file(in(folder, "sub/to"), "all of it");
    assert_file(in(folder, "from"), "all of it");
    assert_int_equal(begin_copy(&t, "/nothing", "/empty"), 0);
    assert_true(upload_ready(t.up));
    upload_finish(t.up);
    assert_file(in(folder, "nothing"), "");
    assert_int_equal(begin_copy(&t, "/x", "/none"), ENOENT);
    assert_int_equal(begin_copy(&t, "/x", "/sub"), EISDIR);
    assert_int_equal(begin_copy(&t, "/x", "/.hidden"), ENOENT);
    assert_int_equal(begin_copy(&t, "/sub/to", "/from"), EEXIST);
    assert_false(uploads_under_way(&s, "/", true));
}

static void a_copy_counts_before_it_is_made(void **state)
{
    struct quota q = {.limit = 8};
    struct transfer t = {.ready = -1, .done = -1};
    const struct upload_wish wish = {.path = "/to", .copy_of = "/from", .quota = &q};
    (void)state;
    file_write(in(folder, "from"), "nine long");
    assert_int_equal(upload_begin(&s, &wish, &t.up), EDQUOT);
    assert_int_equal(q.pending, 0);
    assert_int_equal(pool.copies, 0);
}

/* --- quotas --- */

static int begin_in(struct transfer *t, const char *path, struct quota *q, uint64_t expected,
                    uint64_t credit)
{
    *t = (struct transfer){.ready = -1, .done = -1};
    const struct upload_wish wish = {.path = path,
                                     .mode = UPLOAD_REPLACE,
                                     .done = on_done,
                                     .arg = t,
                                     .quota = q,
                                     .expected = expected,
                                     .credit = credit};
    return upload_begin(&s, &wish, &t->up);
}

static void a_quota_is_charged_as_bytes_come(void **state)
{
    struct quota q = {.limit = 10, .used = 3};
    struct transfer t;
    (void)state;
    assert_int_equal(begin_in(&t, "/f", &q, 0, 0), 0);
    put(&t, "1234");
    assert_int_equal(q.pending, 4);
    assert_int_equal(upload_write(t.up, "5678", 4), EDQUOT);
    assert_int_equal(upload_size(t.up), 4); /* nothing of it was taken */
    put(&t, "567");
    assert_int_equal(q.pending, 7);
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    assert_int_equal(q.pending, 0); /* what is there counts as used, by whoever hears of it */
    assert_file(in(folder, "f"), "1234567");
}

static void bytes_may_come_out_of_a_pipe(void **state)
{
    struct quota q = {.limit = 10};
    struct transfer t;
    int ends[2], rest;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(begin_in(&t, "/f", &q, 0, 0), 0);
    assert_int_equal(write(ends[1], "12345678", 8), 8);
    assert_int_equal(upload_splice(t.up, ends[0], 3), 0);
    put(&t, "-");
    assert_int_equal(upload_splice(t.up, ends[0], 5), 0);
    assert_int_equal(upload_size(t.up), 9);
    assert_int_equal(q.pending, 9);
    assert_int_equal(write(ends[1], "90", 2), 2);
    assert_int_equal(upload_splice(t.up, ends[0], 2), EDQUOT);
    assert_int_equal(ioctl(ends[0], FIONREAD, &rest), 0);
    assert_int_equal(rest, 2); /* nothing of it was taken */
    assert_int_equal(upload_size(t.up), 9);
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    assert_file(in(folder, "f"), "123-45678");
    close(ends[0]);
    close(ends[1]);
}

static void what_is_expected_is_charged_before(void **state)
{
    struct quota q = {.limit = 10};
    struct transfer a, b;
    (void)state;
    assert_int_equal(begin_in(&a, "/a", &q, 11, 0), EDQUOT);
    assert_int_equal(q.pending, 0);
    assert_int_equal(begin_in(&a, "/a", &q, 6, 0), 0);
    assert_int_equal(begin_in(&b, "/b", &q, 5, 0), EDQUOT);
    assert_int_equal(begin_in(&b, "/b", &q, 4, 0), 0);
    put(&a, "123456");
    assert_int_equal(q.pending, 10);
    assert_int_equal(upload_write(b.up, "12345", 5), EDQUOT);
    upload_abort(a.up);
    assert_int_equal(q.pending, 4);
    put(&b, "12345"); /* there is room now */
    upload_abort(b.up);
    assert_int_equal(q.pending, 0);
    assert_int_equal(folder_count(folder), 0);
}

static void a_quota_without_a_limit_only_counts(void **state)
{
    struct quota q = {.used = 1000};
    struct transfer t;
    (void)state;
    assert_int_equal(begin_in(&t, "/f", &q, 1 << 20, 0), 0);
    assert_int_equal(q.pending, 1 << 20);
    upload_abort(t.up);
    assert_int_equal(q.pending, 0);
}

static uint64_t new_credit;

static uint64_t credit_of(void *arg, struct quota *q, const char *path)
{
    assert_ptr_equal(arg, &new_credit);
    assert_non_null(q);
    assert_string_equal(path, "/f");
    return new_credit;
}

static void what_is_replaced_is_credited(void **state)
{
    struct quota q = {.limit = 10, .used = 8};
    struct transfer t;
    (void)state;
    file_write(in(folder, "f"), "12345678");
    assert_int_equal(begin_in(&t, "/f", &q, 9, 0), EDQUOT);
    assert_int_equal(begin_in(&t, "/f", &q, 9, 8), 0);
    put(&t, "123456789");
    /* Somebody removes the other one meanwhile: then both never counted together. */
    new_credit = 8;
    uploads_recredit(&s, "/other", credit_of, NULL); /* which is not about this one */
    uploads_recredit(&s, "/f", credit_of, &new_credit);
    upload_finish(t.up);
    assert_int_equal(t.done, 0);
    /* The file that it was to replace is another's now: it would be too much. */
    assert_int_equal(begin_in(&t, "/f", &q, 9, 8), 0);
    put(&t, "abcdefghi");
    new_credit = 0;
    uploads_recredit(&s, NULL, credit_of, &new_credit);
    assert_int_equal(upload_write(t.up, "j", 1), EDQUOT);
    upload_finish(t.up);
    assert_int_equal(t.done, EDQUOT);
    assert_file(in(folder, "f"), "123456789");
    assert_int_equal(q.pending, 0);
}

static void it_is_visible_before_its_folder_is_safe(void **state)
{
    struct transfer t;
    (void)state;
    s.sync = true;
    assert_int_equal(begin(&t, "/f", UPLOAD_NEW, 0), 0);
    put(&t, "x");
    assert_false(upload_visible(t.up));
    upload_finish(t.up);
    assert_false(upload_visible(t.up));
    work(0);
    assert_true(upload_visible(t.up));
    upload_abort(t.up); /* that takes nothing back */
    assert_file(in(folder, "f"), "x");
    assert_int_equal(t.done, -1);
}

/* --- digests --- */

static const struct digest of_abc = {.kind = DIGEST_SHA256,
                                     .bytes = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                               0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                               0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                               0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad}};

static void a_digest_is_checked_before_it_is_visible(void **state)
{
    struct transfer t;
    const struct digest none = {.kind = DIGEST_NONE};
    (void)state;
    assert_int_equal(begin(&t, "/f", UPLOAD_NEW, 0), 0);
    upload_check(t.up, &none, 0);
    upload_check(t.up, &of_abc, 0);
    upload_check(t.up, &of_abc, 0);
    put(&t, "abc");
    upload_finish(t.up);
    assert_gone("f");
    work(0);
    assert_int_equal(t.done, -1);
    work(0);
    assert_int_equal(t.done, 0);
    assert_file(in(folder, "f"), "abc");
    /* Another one. */
    assert_int_equal(begin(&t, "/g", UPLOAD_NEW, 0), 0);
    upload_check(t.up, &of_abc, 0);
    put(&t, "abd");
    upload_finish(t.up);
    work(0);
    assert_int_equal(t.done, EBADMSG);
    assert_int_equal(folder_count(folder), 1);
}

static void a_digest_that_cannot_be_made_is_an_error(void **state)
{
    struct transfer t;
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(begin(&t, "/f", UPLOAD_NEW, 0), 0);
        upload_check(t.up, &of_abc, 0);
        put(&t, "abc");
        pool.full = i == 0;
        upload_finish(t.up);
        if (i == 1)
            work(EIO);
        else if (i == 2)
            upload_abort(t.up);
        assert_int_equal(t.done, i == 0 ? EAGAIN : i == 1 ? EIO : -1);
        pool.full = false;
    }
    assert_int_equal(pool.cancelled, 1);
    assert_int_equal(folder_count(folder), 0);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nothing_is_visible_before_the_end),
        TEST(an_empty_file_is_a_file),
        TEST(an_abort_leaves_nothing),
        TEST(replacing_is_in_one_step),
        TEST(new_means_new_at_the_end_too),
        TEST(a_folder_in_its_place_is_refused),
        TEST(places_that_are_not_there_are_refused),
        TEST(a_link_in_its_place_is_not_followed),
        TEST(a_folder_that_moves_takes_its_upload_along),
        TEST(kept_bytes_come_first),
        TEST(keeping_needs_something_to_keep),
        TEST(a_copy_that_fails_is_told),
        TEST(another_file_can_come_first),
        TEST(a_copy_counts_before_it_is_made),
        TEST(with_sync_it_is_safe_before_it_is_visible),
        TEST(a_sync_that_fails_leaves_nothing),
        TEST(an_abort_while_it_is_made_safe_leaves_nothing),
        TEST(a_race_with_sync_has_one_winner),
        TEST(what_a_crash_left_behind_is_no_obstacle),
        TEST(many_at_once_do_not_meet),
        TEST(a_quota_is_charged_as_bytes_come),
        TEST(bytes_may_come_out_of_a_pipe),
        TEST(what_is_expected_is_charged_before),
        TEST(a_quota_without_a_limit_only_counts),
        TEST(what_is_replaced_is_credited),
        TEST(it_is_visible_before_its_folder_is_safe),
        TEST(a_digest_is_checked_before_it_is_visible),
        TEST(a_digest_that_cannot_be_made_is_an_error),
    };
    return RUN(tests);
}
