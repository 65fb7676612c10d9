#include "sys/workers.h"

#include "base/list.h"
#include "base/password.h"
#include "base/verifier.h"
#include "sys/compress.h"
#include "sys/markdown.h"
#include "sys/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WAITING_MAX = 4096,
    NICE = 5, /* the loop goes before them: who chats does not feel a flood of logins */
};

/* What JOB_VERIFY and JOB_HASH need. */
struct secret {
    char password[PASSWORD_MAX];
    char hash[HASH_MAX];
};

struct task {
    struct list link;
    uint64_t ticket;
    struct job job;        /* done = NULL once cancelled */
    struct secret *secret; /* of those two */
};

struct worker {
    pid_t pid;
    int fd;            /* our end; -1 = none */
    struct task *task; /* what it does now */
};

struct workers {
    struct job_runner runner; /* first: a pointer to it is a pointer to us */
    struct log *log;
    struct metrics *metrics;
    workers_watch_fn *watch;
    void *arg;
    struct list waiting;
    /* And those who wait behind them: long work must not hold up short. */
    struct list hashing, copying, coding;
    size_t waiting_count;
    uint64_t last_ticket;
    bool stopping;
    unsigned count;
    struct worker worker[];
};

/* What travels: the request with its descriptors as SCM_RIGHTS, and what came of it back. */
struct request {
    enum job_kind kind;
    enum coding coding;
    enum digest_kind digest;
    bool verifier; /* is wanted */
    uint64_t from, len;
    struct secret secret; /* of those two; else not sent */
};
enum { REQUEST_PLAIN = offsetof(struct request, secret) };

struct reply {
    int err;
    union { /* of those that make something; else not sent */
        struct {
            char hash[HASH_MAX], verifier[VERIFIER_MAX];
        } kept;
        unsigned char digest[DIGEST_MAX];
    } made;
};
enum { REPLY_PLAIN = offsetof(struct reply, made) };

/* --- in the worker --- */

static int copy_bytes(int from, int to, uint64_t len)
{
    off_t in = 0, out = 0;
    while (len > 0) {
        ssize_t n = copy_file_range(from, &in, to, &out, len, 0);
        if (n < 0 && errno == EXDEV && lseek(to, out, SEEK_SET) >= 0) {
            n = sendfile(to, from, &in, len); /* between two file systems */
            out += n > 0 ? n : 0;
        }
        if (n < 0)
            return errno;
        if (n == 0)
            return EIO; /* the file became shorter meanwhile */
        len -= (uint64_t)n;
    }
    return 0;
}

static void make_verifier(const struct request *r, struct reply *reply)
{
    if (r->verifier && !verifier_new(r->secret.password, reply->made.kept.verifier))
        reply->made.kept.verifier[0] = '\0';
}

static int verify(struct request *r, struct reply *reply)
{
    r->secret.password[PASSWORD_MAX - 1] = r->secret.hash[HASH_MAX - 1] = '\0';
    const bool ok = password_check(r->secret.password, r->secret.hash);
    if (ok)
        make_verifier(r, reply);
    explicit_bzero(&r->secret, sizeof r->secret);
    return ok ? 0 : EACCES;
}

static int make_hash(struct request *r, struct reply *reply)
{
    r->secret.password[PASSWORD_MAX - 1] = '\0';
    const bool ok = password_hash(r->secret.password, reply->made.kept.hash);
    make_verifier(r, reply);
    explicit_bzero(&r->secret, sizeof r->secret);
    return ok ? 0 : EAGAIN;
}

/* Does it answer with more than an errno? */
static bool makes(const struct request *r)
{
    return r->kind == JOB_HASH || r->kind == JOB_DIGEST || r->verifier;
}

/* A byte that comes meanwhile says that the job was cancelled; and without agentd nobody asks. */
static bool still_wanted(void *arg)
{
    char byte;
    return recv(*(const int *)arg, &byte, sizeof byte, MSG_DONTWAIT) < 0;
}

static int do_job(struct request *r, const int fd[2], struct reply *reply, int sock)
{
    switch (r->kind) {
    case JOB_SYNC: return fsync(fd[0]) < 0 ? errno : 0;
    case JOB_COPY: return copy_bytes(fd[0], fd[1], r->len);
    case JOB_CLOSE: return 0; /* as every descriptor is behind this */
    case JOB_COMPRESS: return compress_file(fd[0], fd[1], r->len, r->coding);
    case JOB_DIGEST:
        return digest_file(r->digest, fd[0], r->from, r->len, reply->made.digest, still_wanted,
                           &sock);
    case JOB_HTML: return markdown_to_html(fd[0]);
    case JOB_VERIFY: return verify(r, reply);
    case JOB_HASH: return make_hash(r, reply);
    }
    return ENOSYS;
}

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(2 * sizeof(int))];
};

/* The next request; false when agentd is gone. */
static bool receive(int sock, struct request *r, int fd[2])
{
    union control control;
    struct iovec iov = {r, sizeof *r};
    struct msghdr m;
    ssize_t n;
    do {
        m = (struct msghdr){.msg_iov = &iov,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof control.bytes};
        n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
    } while ((n < 0 && errno == EINTR) || n == 1); /* one byte: of a job that was done already */
    if (n != (ssize_t)sizeof *r && n != REQUEST_PLAIN)
        return false;
    fd[0] = fd[1] = -1;
    const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c != NULL && c->cmsg_type == SCM_RIGHTS)
        memcpy(fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    return true;
}

_Noreturn static void serve_jobs(int sock)
{
    struct request r;
    int fd[2];
    while (receive(sock, &r, fd)) {
        struct reply reply = {0};
        reply.err = do_job(&r, fd, &reply, sock);
        for (int i = 0; i < 2; i++)
            if (fd[i] >= 0)
                close(fd[i]);
        const size_t size = makes(&r) ? sizeof reply : REPLY_PLAIN;
        if (send(sock, &reply, size, MSG_NOSIGNAL) < 0)
            break;
    }
    _exit(0);
}

/* Keeps nothing of agentd but its own socket, and ends when that does. */
_Noreturn static void worker_main(int sock)
{
    signals_reset();
    signal(SIGINT, SIG_IGN); /* a terminal's ^C is agentd's to answer */
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "agentd-worker");
    (void)!nice(NICE);
    if (sock != STDERR_FILENO + 1) {
        (void)dup3(sock, STDERR_FILENO + 1, O_CLOEXEC);
        sock = STDERR_FILENO + 1;
    }
    (void)close_range(STDERR_FILENO + 2, ~0u, 0);
    serve_jobs(sock);
}

/* --- in agentd --- */

static int spawn(struct workers *w, unsigned i)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    const pid_t pid = fork();
    if (pid == 0)
        worker_main(pair[1]);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return -1;
    }
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    w->worker[i] = (struct worker){.pid = pid, .fd = pair[0]};
    w->watch(w->arg, i, pair[0]);
    return 0;
}

static void free_task(struct task *t)
{
    if (t->job.kind == JOB_CLOSE && t->job.fd >= 0)
        close(t->job.fd);
    if (t->secret != NULL) {
        explicit_bzero(t->secret, sizeof *t->secret);
        free(t->secret);
    }
    free(t);
}

static void finish(struct workers *w, struct task *t, int err)
{
    w->metrics->jobs++;
    if (t->job.done != NULL)
        t->job.done(t->job.arg, err);
    free_task(t);
}

static int hand_over(const struct worker *k, const struct task *t)
{
    const struct job *job = &t->job;
    struct request r = {.kind = job->kind,
                        .coding = job->coding,
                        .digest = job->digest,
                        .verifier = job->verifier != NULL,
                        .from = job->from,
                        .len = job->len};
    const int fds[2] = {job->fd, job->fd2};
    const size_t bytes = ((size_t)(job->fd >= 0) + (job->fd2 >= 0)) * sizeof(int);
    union control control = {.bytes = {0}};
    struct iovec iov[2] = {{&r, REQUEST_PLAIN}, {t->secret, sizeof *t->secret}};
    struct msghdr m = {.msg_iov = iov, .msg_iovlen = t->secret != NULL ? 2 : 1};
    if (bytes > 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(bytes);
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(bytes);
        memcpy(CMSG_DATA(c), fds, bytes);
    }
    return sendmsg(k->fd, &m, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/* Replaces workers that are lost, if there were no descriptors or processes for others then. */
static void revive(struct workers *w)
{
    for (unsigned i = 0; i < w->count; i++)
        if (w->worker[i].fd < 0)
            (void)spawn(w, i);
}

static bool any_alive(const struct workers *w)
{
    for (unsigned i = 0; i < w->count; i++)
        if (w->worker[i].fd >= 0)
            return true;
    return false;
}

/* What reads whole files. */
static bool is_long(enum job_kind kind)
{
    return kind == JOB_COPY || kind == JOB_DIGEST;
}

/* That may take minutes: one worker, if there are more, is kept from it. */
static bool may_copy(const struct workers *w)
{
    unsigned copies = 0;
    for (unsigned i = 0; i < w->count; i++)
        copies += w->worker[i].task != NULL && is_long(w->worker[i].task->job.kind);
    return copies == 0 || copies + 1 < w->count;
}

static bool has_secret(enum job_kind kind)
{
    return kind == JOB_VERIFY || kind == JOB_HASH;
}

static struct list *queue_for(struct workers *w, enum job_kind kind)
{
    switch (kind) {
    case JOB_HTML:
    case JOB_VERIFY:
    case JOB_HASH: return &w->hashing;
    case JOB_DIGEST:
    case JOB_COPY: return &w->copying;
    case JOB_COMPRESS: return &w->coding;
    default: return &w->waiting;
    }
}

/* The next task, or NULL. */
static struct task *next_task(struct workers *w)
{
    struct list *n = list_shift(&w->waiting);
    if (n == NULL)
        n = list_shift(&w->hashing);
    if (n == NULL && may_copy(w))
        n = list_shift(&w->copying);
    if (n == NULL)
        n = list_shift(&w->coding);
    w->waiting_count -= n != NULL;
    return n != NULL ? list_entry(n, struct task, link) : NULL;
}

/* When nobody is left to do them. */
static void fail_waiting(struct workers *w)
{
    for (struct task *t; !any_alive(w) && (t = next_task(w)) != NULL;)
        finish(w, t, EIO);
}

/* Gives waiting tasks to free workers. A worker that cannot be written to is about to be reported
 * dead, and its task with it. */
static void dispatch(struct workers *w)
{
    for (unsigned i = 0; i < w->count && w->waiting_count > 0; i++) {
        struct worker *k = &w->worker[i];
        if (k->fd < 0 || k->task != NULL)
            continue;
        k->task = next_task(w);
        if (k->task == NULL)
            return;
        struct job *job = &k->task->job;
        if (hand_over(k, k->task) < 0)
            kill(k->pid, SIGKILL);
        if (job->kind == JOB_CLOSE) { /* ours must not be the last one */
            close(job->fd);
            job->fd = -1;
        }
    }
}

static struct task *new_task(const struct job *job)
{
    struct task *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->job = *job;
    t->job.password = t->job.hash = NULL;
    if (!has_secret(job->kind))
        return t;
    t->secret = calloc(1, sizeof *t->secret);
    if (t->secret == NULL) {
        free(t);
        return NULL;
    }
    text_copy(t->secret->password, sizeof t->secret->password, job->password);
    if (job->hash != NULL)
        text_copy(t->secret->hash, sizeof t->secret->hash, job->hash);
    return t;
}

static uint64_t submit(struct job_runner *r, const struct job *job)
{
    struct workers *w = (struct workers *)(void *)r;
    revive(w);
    struct task *t = any_alive(w) && w->waiting_count < WAITING_MAX ? new_task(job) : NULL;
    if (t == NULL)
        return 0;
    t->ticket = ++w->last_ticket;
    list_push(queue_for(w, job->kind), &t->link);
    w->waiting_count++;
    const uint64_t ticket = t->ticket;
    dispatch(w);
    return ticket;
}

static bool cancel_waiting(struct workers *w, struct list *queue, uint64_t ticket)
{
    list_each(n, queue)
    {
        struct task *t = list_entry(n, struct task, link);
        if (t->ticket != ticket)
            continue;
        list_unlink(n);
        w->waiting_count--;
        t->job.fd = -1; /* stays the caller's */
        free_task(t);
        return true;
    }
    return false;
}

/* A digest, which may take minutes, ends early. */
static void stop_task(const struct worker *k)
{
    k->task->job.done = NULL;
    if (k->task->job.kind == JOB_DIGEST)
        (void)!send(k->fd, "", 1, MSG_NOSIGNAL);
}

static void cancel(struct job_runner *r, uint64_t ticket)
{
    struct workers *w = (struct workers *)(void *)r;
    for (unsigned i = 0; i < w->count; i++)
        if (w->worker[i].task != NULL && w->worker[i].task->ticket == ticket)
            stop_task(&w->worker[i]);
    if (!cancel_waiting(w, &w->waiting, ticket) && !cancel_waiting(w, &w->hashing, ticket) &&
        !cancel_waiting(w, &w->copying, ticket))
        (void)cancel_waiting(w, &w->coding, ticket);
}

struct workers *workers_start(unsigned n, struct log *log, struct metrics *metrics,
                              workers_watch_fn *watch, void *arg)
{
    struct workers *w = calloc(1, sizeof *w + n * sizeof w->worker[0]);
    if (w == NULL)
        return NULL;
    w->runner = (struct job_runner){submit, cancel};
    w->log = log;
    w->metrics = metrics;
    w->watch = watch;
    w->arg = arg;
    w->count = n;
    list_init(&w->waiting);
    list_init(&w->hashing);
    list_init(&w->copying);
    list_init(&w->coding);
    for (unsigned i = 0; i < n; i++)
        w->worker[i].fd = -1;
    for (unsigned i = 0; i < n; i++)
        if (spawn(w, i) < 0) {
            workers_stop(w);
            return NULL;
        }
    return w;
}

struct job_runner *workers_runner(struct workers *w)
{
    return &w->runner;
}

/* Its submitter still waits for it. */
static void take_made(const struct job *job, const struct reply *reply)
{
    if (job->kind == JOB_HASH)
        text_copy(job->made, HASH_MAX, reply->made.kept.hash);
    if (job->verifier != NULL)
        text_copy(job->verifier, VERIFIER_MAX, reply->made.kept.verifier);
    if (job->kind == JOB_DIGEST)
        memcpy(job->answer, reply->made.digest, sizeof reply->made.digest);
}

void workers_readable(struct workers *w, unsigned index)
{
    struct worker *k = &w->worker[index];
    struct reply reply;
    const ssize_t n = recv(k->fd, &reply, sizeof reply, 0);
    if ((n == REPLY_PLAIN || n == (ssize_t)sizeof reply) && k->task != NULL) {
        struct task *t = k->task;
        k->task = NULL;
        if (t->job.done != NULL && reply.err == 0)
            take_made(&t->job, &reply);
        dispatch(w);
        finish(w, t, reply.err);
    } else if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
        w->watch(w->arg, index, -1); /* SIGCHLD tells the rest */
    }
}

bool workers_ended(struct workers *w, pid_t pid, int status)
{
    for (unsigned i = 0; i < w->count; i++) {
        struct worker *k = &w->worker[i];
        if (k->pid != pid)
            continue;
        struct task *t = k->task;
        w->watch(w->arg, i, -1);
        close(k->fd);
        *k = (struct worker){.fd = -1};
        log_say(w->log, LOG_ERROR, "event=worker-died pid=%d status=%d", (int)pid, status);
        if (!w->stopping && spawn(w, i) < 0)
            log_say(w->log, LOG_ERROR, "event=worker-lost no new one could be made: %s",
                    strerror(errno));
        if (t != NULL)
            finish(w, t, EIO);
        dispatch(w);
        fail_waiting(w);
        return true;
    }
    return false;
}

void workers_stop(struct workers *w)
{
    if (w == NULL)
        return;
    w->stopping = true;
    for (unsigned i = 0; i < w->count; i++) {
        struct worker *k = &w->worker[i];
        if (k->fd < 0)
            continue;
        w->watch(w->arg, i, -1);
        close(k->fd);
        while (waitpid(k->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        if (k->task != NULL)
            free_task(k->task);
        k->task = NULL;
    }
    for (struct task *t; (t = next_task(w)) != NULL;)
        free_task(t);
    free(w);
}
