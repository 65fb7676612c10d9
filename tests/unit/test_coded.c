/* test_coded.c: model/coded: files in content codings, with a worker that does as it is told. */
#include "check.h"
#include "model/coded.h"

#include <errno.h>

enum { JOBS_MAX = 64 };

/* Keeps the jobs until the test does them. */
struct patient {
    struct job_runner runner;
    struct job job[JOBS_MAX];
    unsigned count;
    bool full;
};

static uint64_t submit(struct job_runner *r, const struct job *job)
{
    struct patient *p = (struct patient *)(void *)r;
    if (p->full || p->count == JOBS_MAX)
        return 0;
    p->job[p->count] = *job;
    return ++p->count;
}

static void cancel(struct job_runner *r, uint64_t ticket)
{
    (void)r;
    (void)ticket;
    fail_msg("nothing is ever cancelled");
}

static struct clock clock_ = {.mono = 100000, .wall = 1700000000000};
static struct patient worker;
static struct metrics metrics;
static struct store s;
static struct coded_cache c;
static char *folder;

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    folder = folder_new();
    worker = (struct patient){.runner = {submit, cancel}};
    metrics = (struct metrics){0};
    assert_int_equal(store_init(&s, folder, false, &clock_, &why), 0);
    coded_init(&c, &clock_, &metrics);
    c.jobs = &worker.runner;
    coded_limit(&c, 1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    coded_free(&c);
    store_free(&s);
    folder_remove(folder);
    return 0;
}

/* The file of so many bytes, made anew; store_close() it. */
static struct store_file *file_of(const char *name, size_t size)
{
    struct store_file *f;
    char *text = malloc(size + 1);
    memset(text, 'x', size);
    text[size] = '\0';
    (void)unlink(in(folder, name));
    file_write(in(folder, name), text);
    free(text);
    store_forget(&s, NULL);
    char path[64];
    snprintf(path, sizeof path, "/%s", name);
    assert_int_equal(store_open(&s, path, &f), 0);
    return f;
}

/* The worker ends job i with so many bytes, or with an error. */
static void end_job(unsigned i, size_t bytes, int err)
{
    char block[4096];
    memset(block, 'c', sizeof block);
    for (size_t done = 0; done < bytes && err == 0;) {
        const size_t n = bytes - done < sizeof block ? bytes - done : sizeof block;
        assert_int_equal(write(worker.job[i].fd2, block, n), n);
        done += n;
    }
    worker.job[i].done(worker.job[i].arg, err);
}

/* Somebody who asks again when he is told to, and counts that. */
struct waiter {
    struct coded_wait wait;
    const struct store_file *file;
    unsigned told;
    enum coded_result again;
};

static void over(struct coded_wait *w)
{
    struct waiter *me = container_of(w, struct waiter, wait);
    struct blk *blk;
    me->told++;
    me->again = coded_get(&c, me->file, CODING_GZIP, NULL, &blk);
}

static void waiter_init(struct waiter *w, const struct store_file *f)
{
    *w = (struct waiter){.wait.over = over, .file = f, .again = CODED_LATER};
    list_init(&w->wait.link);
}

static enum coded_result ask(struct waiter *w, const struct store_file *f)
{
    struct blk *blk;
    waiter_init(w, f);
    return coded_get(&c, f, CODING_GZIP, &w->wait, &blk);
}

/* Is it there, without any job? */
static bool is_kept(const struct store_file *f, enum coding coding)
{
    struct blk *blk;
    return coded_get(&c, f, coding, NULL, &blk) == CODED_READY;
}

static void made_once_for_all(void **state)
{
    struct waiter a, b, left;
    struct blk *blk = NULL;
    struct store_file *f = file_of("a.txt", 2000);
    (void)state;
    assert_int_equal(ask(&a, f), CODED_LATER);
    assert_int_equal(ask(&b, f), CODED_LATER);
    assert_int_equal(ask(&left, f), CODED_LATER);
    list_unlink(&left.wait.link);
    assert_int_equal(worker.count, 1);
    assert_int_equal(worker.job[0].kind, JOB_COMPRESS);
    assert_int_equal(worker.job[0].coding, CODING_GZIP);
    assert_int_equal(worker.job[0].len, 2000);
    assert_false(is_kept(f, CODING_GZIP)); /* and who does not wait gets none */
    end_job(0, 100, 0);
    assert_int_equal(a.told, 1);
    assert_int_equal(b.told, 1);
    assert_int_equal(left.told, 0);
    assert_int_equal(a.again, CODED_READY);
    assert_int_equal(coded_get(&c, f, CODING_GZIP, NULL, &blk), CODED_READY);
    assert_int_equal(blk->len, 100);
    assert_int_equal(blk->data[99], 'c');
    assert_false(is_kept(f, CODING_ZSTD)); /* another one */
    assert_int_equal(c.bytes, 100);
    assert_int_equal(metrics.coded_misses, 1);
    assert_int_equal(metrics.coded_hits, 3);
    store_close(f);
    f = file_of("a.txt", 2001);
    assert_false(is_kept(f, CODING_GZIP)); /* nor is it the same file any more */
    store_close(f);
}

static void what_is_not_worth_it(void **state)
{
    struct waiter w;
    (void)state;
    struct store_file *f = file_of("small.txt", CODED_LEAST - 1);
    assert_int_equal(ask(&w, f), CODED_NOT);
    store_close(f);
    f = file_of("big.txt", CODED_MOST + 1);
    assert_int_equal(ask(&w, f), CODED_NOT);
    store_close(f);
    assert_int_equal(worker.count, 0);
    f = file_of("least.txt", CODED_LEAST);
    assert_int_equal(ask(&w, f), CODED_LATER);
    end_job(0, 0, EFBIG);
    assert_int_equal(w.again, CODED_NOT);
    clock_.mono += 10000000; /* for ever */
    assert_int_equal(ask(&w, f), CODED_NOT);
    assert_int_equal(worker.count, 1);
    coded_limit(&c, 0);
    store_close(f);
    f = file_of("off.txt", 2000);
    assert_int_equal(ask(&w, f), CODED_NOT);
    assert_int_equal(worker.count, 1);
    store_close(f);
}

static void a_failure_is_tried_again_later(void **state)
{
    struct waiter w;
    struct store_file *f = file_of("a.txt", 2000);
    (void)state;
    worker.full = true;
    assert_int_equal(ask(&w, f), CODED_NOT);
    worker.full = false;
    assert_int_equal(ask(&w, f), CODED_LATER);
    end_job(0, 0, EIO);
    assert_int_equal(w.told, 1);
    assert_int_equal(w.again, CODED_NOT);
    assert_int_equal(ask(&w, f), CODED_NOT);
    clock_.mono += 10000;
    assert_int_equal(ask(&w, f), CODED_LATER);
    end_job(1, 100, 0);
    assert_int_equal(w.again, CODED_READY);
    c.jobs = NULL;
    store_close(f);
    f = file_of("b.txt", 2000);
    assert_int_equal(ask(&w, f), CODED_NOT);
    store_close(f);
}

/* Also one that is too big to be in memory, whose descriptor the worker shares. */
static void a_file_that_changes_meanwhile(void **state)
{
    struct waiter w;
    struct store_file *f = file_of("a.txt", 100000);
    const struct timespec then[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    (void)state;
    assert_null(f->body);
    assert_int_equal(ask(&w, f), CODED_LATER);
    assert_int_not_equal(worker.job[0].fd, f->of.fd);
    assert_int_equal(utimensat(AT_FDCWD, in(folder, "a.txt"), then, 0), 0);
    end_job(0, 100, 0);
    assert_int_equal(w.again, CODED_NOT);
    assert_int_equal(c.bytes, 0);
    store_close(f);
    f = file_of("b.txt", 100000);
    assert_int_equal(ask(&w, f), CODED_LATER);
    const int fd = worker.job[1].fd;
    store_forget(&s, NULL);
    assert_int_equal(unlink(in(folder, "b.txt")), 0);
    struct store_file gone = *f;
    w.file = &gone;
    store_close(f);
    assert_true(fcntl(fd, F_GETFD) >= 0); /* still open */
    end_job(1, 100, 0);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(w.again, CODED_READY);
}

static void nobody_waits_for_ever(void **state)
{
    struct waiter a, b;
    struct store_file *f = file_of("a.txt", 2000);
    (void)state;
    assert_int_equal(ask(&a, f), CODED_LATER);
    clock_.mono += 4999;
    coded_tick(&c);
    assert_int_equal(a.told, 0);
    clock_.mono += 1;
    coded_tick(&c);
    assert_int_equal(a.told, 1);
    assert_int_equal(a.again, CODED_NOT);
    assert_int_equal(ask(&b, f), CODED_NOT);
    coded_tick(&c);
    end_job(0, 100, 0);
    assert_int_equal(a.told, 1);
    assert_int_equal(ask(&b, f), CODED_READY); /* for the next one */
    store_close(f);
}

static void so_many_at_once(void **state)
{
    static struct waiter w[40];
    struct store_file *f[40];
    unsigned later = 0;
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u.txt", i);
        f[i] = file_of(name, 2000);
        later += ask(&w[i], f[i]) == CODED_LATER;
    }
    assert_int_equal(later, 32);
    assert_int_equal(worker.count, 32);
    end_job(0, 10, 0);
    assert_int_equal(ask(&w[32], f[32]), CODED_LATER);
    assert_int_equal(ask(&w[33], f[33]), CODED_NOT);
    for (unsigned i = 0; i < 40; i++)
        store_close(f[i]);
}

static void the_cache_keeps_what_was_asked_for_last(void **state)
{
    struct waiter w;
    struct store_file *f[5];
    (void)state;
    coded_limit(&c, 2250);
    for (unsigned i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u.txt", i);
        f[i] = file_of(name, 2000);
        assert_int_equal(ask(&w, f[i]), CODED_LATER);
        end_job(i, 100, 0);
        assert_int_equal(w.again, CODED_READY); /* even if another one has to go */
        assert_true(is_kept(f[0], CODING_GZIP));
        assert_true(c.bytes <= 300);
    }
    /* The first was asked for again and again. */
    assert_false(is_kept(f[1], CODING_GZIP));
    assert_false(is_kept(f[2], CODING_GZIP));
    assert_true(is_kept(f[3], CODING_GZIP));
    assert_true(is_kept(f[4], CODING_GZIP));
    coded_limit(&c, 100);
    assert_true(is_kept(f[4], CODING_GZIP));
    assert_int_equal(c.bytes, 100);
    coded_limit(&c, 0);
    assert_int_equal(c.bytes, 0);
    assert_int_equal(c.entries.count, 0);
    for (unsigned i = 0; i < 5; i++)
        store_close(f[i]);
}

static void what_is_being_sent_stays(void **state)
{
    struct waiter w;
    struct blk *blk = NULL;
    struct store_file *f = file_of("a.txt", 2000);
    (void)state;
    assert_int_equal(ask(&w, f), CODED_LATER);
    end_job(0, 100, 0);
    assert_int_equal(coded_get(&c, f, CODING_GZIP, NULL, &blk), CODED_READY);
    blk_ref(blk); /* it is being sent: it stays, and counts */
    coded_limit(&c, 2099);
    assert_true(is_kept(f, CODING_GZIP));
    struct store_file *other = file_of("b.txt", 2000);
    assert_int_equal(ask(&w, other), CODED_NOT); /* no room beside it */
    store_close(other);
    coded_limit(&c, 0);
    assert_int_equal(c.bytes, 100);
    assert_int_equal(blk->data[99], 'c');
    blk_unref(blk);
    coded_tick(&c);
    assert_int_equal(c.bytes, 0);
    /* What is still being made when it ends is given up. */
    coded_limit(&c, 2000);
    assert_int_equal(ask(&w, f), CODED_LATER);
    list_unlink(&w.wait.link);
    store_close(f);
}

#define TEST(FN) cmocka_unit_test_setup_teardown(FN, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(made_once_for_all),
        TEST(what_is_not_worth_it),
        TEST(a_failure_is_tried_again_later),
        TEST(a_file_that_changes_meanwhile),
        TEST(nobody_waits_for_ever),
        TEST(so_many_at_once),
        TEST(the_cache_keeps_what_was_asked_for_last),
        TEST(what_is_being_sent_stays),
    };
    return RUN(tests);
}
