/* test_workers.c: sys/workers: jobs that are done, cancelled, overtaken, and workers that die. */
#include "base/password.h"
#include "base/verifier.h"
#include "check.h"
#include "sys/workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum {
    WORKERS_MAX = 4,
    PATIENCE_MS = 20000,
    ORDER_MAX = 64,
};

static struct clock clock_ = {.mono = 100000, .wall = 1700000000000};
static struct log quiet;
static struct metrics metrics;
static struct workers *w;
static struct job_runner *runner;
static int watched[WORKERS_MAX];

/* What the jobs have said, in order: "name:err ". */
static struct buf said;

static void watch(void *arg, unsigned index, int fd)
{
    (void)arg;
    watched[index] = fd;
}

static void start(unsigned n)
{
    for (int i = 0; i < WORKERS_MAX; i++)
        watched[i] = -1;
    log_quiet(&quiet, &clock_);
    metrics = (struct metrics){0};
    w = workers_start(n, &quiet, &metrics, watch, NULL);
    assert_non_null(w);
    runner = workers_runner(w);
}

static int tear_down(void **state)
{
    (void)state;
    workers_stop(w);
    w = NULL;
    log_free(&quiet);
    buf_free(&said);
    return 0;
}

static void told(void *arg, int err)
{
    buf_addf(&said, "%s:%d ", (const char *)arg, err);
}

/* The loop's part: what the workers answer, and children that end, until so much was said. */
static void serve_for(size_t bytes)
{
    for (int waited = 0; said.len < bytes; waited++) {
        struct pollfd fds[WORKERS_MAX];
        int status;
        if (waited == PATIENCE_MS)
            fail_msg("no more was said than \"%s\"", buf_str(&said));
        for (unsigned i = 0; i < WORKERS_MAX; i++)
            fds[i] = (struct pollfd){.fd = watched[i], .events = POLLIN};
        (void)poll(fds, WORKERS_MAX, 1);
        for (unsigned i = 0; i < WORKERS_MAX; i++)
            if (fds[i].revents != 0 && watched[i] == fds[i].fd)
                workers_readable(w, i);
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
            assert_true(workers_ended(w, pid, status));
    }
}

static void serve_until(const char *all)
{
    serve_for(strlen(all));
    assert_string_equal(buf_str(&said), all);
    buf_clear(&said);
}

/* Sends all workers a signal. */
static unsigned signal_all(int sig)
{
    char path[64];
    unsigned count = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    char *children = file_read(path);
    struct str rest = str_of(children), one;
    uint64_t pid;
    while (str_split(&rest, ' ', &one))
        if (text_number(one, INT32_MAX, &pid)) {
            assert_int_equal(kill((pid_t)pid, sig), 0);
            count++;
        }
    free(children);
    return count;
}

static int memfd(const char *text)
{
    const int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static uint64_t submit(const char *name, enum job_kind kind, int fd, int fd2, uint64_t len)
{
    const struct job job = {.kind = kind,
                            .fd = fd,
                            .fd2 = fd2,
                            .len = len,
                            .coding = CODING_GZIP,
                            .password = "secret",
                            .hash = "*",
                            .done = told,
                            .arg = (void *)(uintptr_t)name};
    return runner->submit(runner, &job);
}

static void each_kind_is_done(void **state)
{
    char hash[HASH_MAX], text[32] = "";
    (void)state;
    start(2);
    const int from = memfd("hello, workers"), to = memfd("");
    assert_true(submit("sync", JOB_SYNC, from, -1, 0) > 0);
    serve_until("sync:0 ");
    assert_true(submit("copy", JOB_COPY, from, to, 5) > 0);
    serve_until("copy:0 ");
    assert_int_equal(pread(to, text, sizeof text, 0), 5);
    assert_string_equal(text, "hello");
    assert_true(submit("copy", JOB_COPY, from, to, 1000) > 0);
    serve_until("copy:5 "); /* EIO: there are not so many */
    assert_true(password_hash("secret", hash));
    struct job verify = {.kind = JOB_VERIFY,
                         .fd = -1,
                         .fd2 = -1,
                         .password = "secret",
                         .hash = hash,
                         .done = told,
                         .arg = (void *)(uintptr_t) "verify"};
    assert_true(runner->submit(runner, &verify) > 0);
    serve_until("verify:0 ");
    verify.password = "Secret";
    assert_true(runner->submit(runner, &verify) > 0);
    serve_until("verify:13 "); /* EACCES */
    assert_true(submit("bad", JOB_SYNC, -1, -1, 0) > 0);
    serve_until("bad:9 "); /* EBADF */
    assert_true(submit("close", JOB_CLOSE, dup(from), -1, 0) > 0);
    serve_until("close:0 ");
    assert_int_equal(metrics.jobs, 7);
    close(from);
    close(to);
}

static bool is_verifier_of(const char *text, const char *password)
{
    struct verifier kept, made;
    if (!verifier_parse(&kept, text))
        return false;
    made = kept;
    return verifier_derive(&made, password) && memcmp(&made, &kept, sizeof kept) == 0;
}

static void verifiers_are_made_beside_hashes(void **state)
{
    char hash[HASH_MAX] = "", verifier[VERIFIER_MAX] = "as it was";
    (void)state;
    start(1);
    struct job job = {.kind = JOB_HASH,
                      .fd = -1,
                      .fd2 = -1,
                      .password = "secret",
                      .made = hash,
                      .done = told,
                      .arg = (void *)(uintptr_t) "hash"};
    assert_true(runner->submit(runner, &job) > 0);
    serve_until("hash:0 ");
    assert_true(password_check("secret", hash));
    assert_string_equal(verifier, "as it was");
    job.verifier = verifier;
    assert_true(runner->submit(runner, &job) > 0);
    serve_until("hash:0 ");
    assert_true(password_check("secret", hash));
    assert_true(is_verifier_of(verifier, "secret"));
    assert_false(is_verifier_of(verifier, "Secret"));
    /* And when somebody shows that he has the password; else nothing is. */
    job.kind = JOB_VERIFY;
    job.hash = hash;
    text_copy(verifier, sizeof verifier, "none");
    job.password = "wrong";
    assert_true(runner->submit(runner, &job) > 0);
    serve_until("hash:13 "); /* EACCES */
    assert_string_equal(verifier, "none");
    job.password = "secret";
    assert_true(runner->submit(runner, &job) > 0);
    serve_until("hash:0 ");
    assert_true(is_verifier_of(verifier, "secret"));
}

/* What waits longest goes last: short jobs, logins, copies, and what one can do without. */
static void short_jobs_overtake_long_ones(void **state)
{
    (void)state;
    start(1);
    const int from = memfd("some text"), to = memfd("");
    assert_int_equal(signal_all(SIGSTOP), 1);
    assert_true(submit("first", JOB_SYNC, from, -1, 0) > 0); /* the worker has it */
    assert_true(submit("compress", JOB_COMPRESS, from, to, 9) > 0);
    assert_true(submit("copy", JOB_COPY, from, to, 1) > 0);
    assert_true(submit("verify", JOB_VERIFY, -1, -1, 0) > 0);
    assert_true(submit("sync", JOB_SYNC, from, -1, 0) > 0);
    assert_true(submit("sync2", JOB_SYNC, from, -1, 0) > 0);
    (void)signal_all(SIGCONT);
    serve_until("first:0 sync:0 sync2:0 verify:13 copy:0 compress:27 "); /* EFBIG */
    close(from);
    close(to);
}

/* With two workers, one copies at most; what came later does not wait for it. */
static void copies_leave_one_worker_to_the_others(void **state)
{
    (void)state;
    start(2);
    const int from = memfd("some text"), to = memfd("");
    assert_int_equal(signal_all(SIGSTOP), 2);
    assert_true(submit("a", JOB_COPY, from, to, 1) > 0);
    assert_true(submit("b", JOB_COPY, from, to, 1) > 0);
    assert_true(submit("sync", JOB_SYNC, from, -1, 0) > 0); /* the second worker has it */
    /* Only that one goes on: the copy behind the first must still wait. */
    struct pollfd one = {.fd = watched[1], .events = POLLIN};
    (void)signal_all(SIGCONT);
    assert_int_equal(poll(&one, 1, PATIENCE_MS), 1);
    workers_readable(w, 1);
    assert_string_equal(buf_str(&said), "sync:0 ");
    serve_until("sync:0 a:0 b:0 ");
    close(from);
    close(to);
}

static void who_cancels_hears_no_more(void **state)
{
    (void)state;
    start(1);
    const int fd = memfd("x"), to = memfd("");
    (void)signal_all(SIGSTOP);
    const uint64_t running = submit("running", JOB_SYNC, fd, -1, 0);
    const uint64_t waiting[] = {
        submit("sync", JOB_SYNC, fd, -1, 0), submit("verify", JOB_VERIFY, -1, -1, 0),
        submit("copy", JOB_COPY, fd, to, 1), submit("compress", JOB_COMPRESS, fd, to, 1)};
    assert_true(submit("last", JOB_COMPRESS, fd, to, 1) > 0);
    runner->cancel(runner, running);
    for (size_t i = 0; i < COUNT(waiting); i++) {
        assert_true(waiting[i] > 0);
        runner->cancel(runner, waiting[i]);
        runner->cancel(runner, waiting[i]); /* twice does no harm */
    }
    (void)signal_all(SIGCONT);
    serve_until("last:27 ");
    assert_int_equal(metrics.jobs, 2); /* the one that ran, and the last */
    close(fd);
    close(to);
}

/* This one would have no end. */
static void a_digest_that_is_cancelled_ends(void **state)
{
    unsigned char answer[DIGEST_MAX];
    (void)state;
    start(1);
    const int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC), fd = memfd("x");
    struct job job = {.kind = JOB_DIGEST,
                      .fd = zero,
                      .fd2 = -1,
                      .len = UINT64_MAX,
                      .digest = DIGEST_MD5,
                      .answer = answer,
                      .done = told,
                      .arg = (void *)(uintptr_t) "endless"};
    const uint64_t endless = runner->submit(runner, &job);
    assert_true(endless > 0);
    assert_true(submit("sync", JOB_SYNC, fd, -1, 0) > 0);
    runner->cancel(runner, endless);
    runner->cancel(runner, endless);
    serve_until("sync:0 ");
    /* And one that is done, though nobody has heard so, takes the word for nobody else's. */
    job = (struct job){.kind = JOB_DIGEST,
                       .fd = fd,
                       .fd2 = -1,
                       .len = 1,
                       .digest = DIGEST_MD5,
                       .answer = answer,
                       .done = told,
                       .arg = (void *)(uintptr_t) "done"};
    const uint64_t done = runner->submit(runner, &job);
    struct pollfd answered = {.fd = watched[0], .events = POLLIN};
    assert_int_equal(poll(&answered, 1, PATIENCE_MS), 1);
    runner->cancel(runner, done);
    job.arg = (void *)(uintptr_t) "next";
    assert_true(runner->submit(runner, &job) > 0);
    serve_until("next:0 ");
    close(zero);
    close(fd);
}

static void a_worker_that_dies_is_replaced(void **state)
{
    (void)state;
    start(2);
    const int fd = memfd("x");
    (void)signal_all(SIGSTOP);
    assert_true(submit("a", JOB_SYNC, fd, -1, 0) > 0);
    assert_true(submit("b", JOB_SYNC, fd, -1, 0) > 0);
    assert_true(submit("c", JOB_SYNC, fd, -1, 0) > 0);
    assert_int_equal(signal_all(SIGKILL), 2);
    /* Which of the two is reaped first is chance; c waits, and is done by a new one. */
    serve_for(strlen("a:5 b:5 c:0 "));
    assert_non_null(strstr(buf_str(&said), "c:0 "));
    assert_non_null(strstr(buf_str(&said), "a:5 ")); /* EIO */
    assert_non_null(strstr(buf_str(&said), "b:5 "));
    buf_clear(&said);
    assert_int_equal(signal_all(0), 2);
    assert_true(submit("d", JOB_SYNC, fd, -1, 0) > 0);
    serve_until("d:0 ");
    assert_false(workers_ended(w, 1, 0)); /* no worker of ours */
    close(fd);
}

static void the_queue_has_an_end(void **state)
{
    unsigned taken = 0;
    (void)state;
    start(1);
    const int fd = memfd("x");
    (void)signal_all(SIGSTOP);
    while (taken < 10000 && submit("x", JOB_SYNC, fd, -1, 0) > 0)
        taken++;
    assert_int_equal(taken, 4097); /* one is being done */
    (void)signal_all(SIGCONT);
    workers_stop(w); /* what waits is dropped, and nobody told */
    assert_int_equal(said.len, 0);
    close(fd);
    start(1);
}

#define TEST(FN) cmocka_unit_test_teardown(FN, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_is_done),
        TEST(verifiers_are_made_beside_hashes),
        TEST(short_jobs_overtake_long_ones),
        TEST(copies_leave_one_worker_to_the_others),
        TEST(who_cancels_hears_no_more),
        TEST(a_digest_that_is_cancelled_ends),
        TEST(a_worker_that_dies_is_replaced),
        TEST(the_queue_has_an_end),
    };
    return RUN(tests);
}
