#include "sys/helper.h"

#include "base/clock.h"
#include "sys/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    NICE = 5, /* the loop goes before it */
    PIECE = 64 * 1024,
    PIECES_A_TURN = 4,  /* the others want theirs, too */
    PAUSE_LEAST = 1000, /* ms before one that died is begun anew; twice that the next time */
    PAUSE_MOST = 60000,
    STEADY = 30000, /* one that ran for so long is begun anew at once */
    END_POLL = 20,
};

struct helper {
    struct helper_setup setup;
    pid_t pid; /* 0 = none */
    int fd;    /* our end; -1 = none */
    bool wanted;
    bool writing; /* the socket is full */
    bool ending;  /* it was told that nothing more will come */
    struct buf in;
    int64_t began, again, pause; /* monotonic ms; again: when to begin it */
};

/* --- in the helper --- */

/* Waits until they are gone; without agentd nobody wants them. */
static void send_all(int sock, struct buf *out)
{
    while (out->len > 0) {
        const ssize_t n = send(sock, buf_data(out), out->len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            buf_clear(out);
        else
            buf_consume(out, (size_t)n);
    }
}

/* More bytes into in; false at the end. */
static bool take_bytes(int sock, struct buf *in)
{
    char *at = buf_reserve(in, PIECE);
    ssize_t n;
    if (at == NULL)
        return false;
    do
        n = recv(sock, at, PIECE, 0);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        buf_grew(in, (size_t)n);
    return n > 0;
}

static void serve(const struct helper_ops *ops, void *state, int sock)
{
    struct buf in = {0}, out = {0};
    int wait = 0;
    while (true) {
        struct pollfd p = {.fd = sock, .events = POLLIN};
        const int n = poll(&p, 1, wait);
        if (n == 0)
            wait = ops->idle(state, &out);
        if (n > 0 && !take_bytes(sock, &in))
            return;
        if (n > 0) {
            ops->input(state, &in, &out);
            wait = 0;
        }
        send_all(sock, &out);
    }
}

/* Keeps nothing of agentd but its socket and what it was given. No death signal: when agentd is
 * gone, what it had said before is still to be kept. */
_Noreturn static void helper_main(const struct helper_setup *setup, int sock)
{
    const int given = setup->fd >= 0 ? fcntl(setup->fd, F_DUPFD_CLOEXEC, HELPER_FD + 1) : -1;
    const int kept = fcntl(sock, F_DUPFD_CLOEXEC, HELPER_FD + 1);
    signals_reset();
    signal(SIGINT, SIG_IGN); /* a terminal's ^C is agentd's to answer */
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file too large is EFBIG */
    prctl(PR_SET_NAME, setup->ops->name);
    (void)!nice(NICE);
    (void)dup3(kept, STDERR_FILENO + 1, O_CLOEXEC);
    if (given >= 0)
        (void)dup3(given, HELPER_FD, O_CLOEXEC);
    (void)close_range(given >= 0 ? HELPER_FD + 1 : HELPER_FD, ~0u, 0);
    void *state = setup->ops->begin(setup->ops_arg);
    if (state != NULL) {
        serve(setup->ops, state, STDERR_FILENO + 1);
        setup->ops->end(state);
    }
    _exit(state != NULL ? 0 : 1);
}

/* --- in agentd --- */

static void put_off(struct helper *h, int64_t now)
{
    h->again = now + h->pause;
    h->pause = h->pause == 0 ? PAUSE_LEAST : h->pause * 2 < PAUSE_MOST ? h->pause * 2 : PAUSE_MOST;
}

static void begin(struct helper *h, int64_t now)
{
    int pair[2];
    h->began = now;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        put_off(h, now);
        return;
    }
    const pid_t pid = fork();
    if (pid == 0)
        helper_main(&h->setup, pair[1]);
    close(pair[1]);
    if (pid < 0) {
        log_say(h->setup.log, LOG_ERROR, "event=helper-lost %s: no process for it: %s",
                h->setup.ops->name, strerror(errno));
        close(pair[0]);
        put_off(h, now);
        return;
    }
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    h->pid = pid;
    h->fd = pair[0];
    h->writing = h->ending = false;
    h->setup.watch(h->setup.watch_arg, h->fd, false);
    helper_flush(h);
}

/* Nothing goes either way any more; what it was given, it still does. */
static void hang_up(struct helper *h)
{
    if (h->fd < 0)
        return;
    h->setup.watch(h->setup.watch_arg, -1, false);
    close(h->fd);
    h->fd = -1;
    buf_free(&h->in);
    h->setup.ops->lost(h->setup.ops_arg);
}

struct helper *helper_new(const struct helper_setup *setup)
{
    struct helper *h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->setup = *setup;
    h->fd = -1;
    return h;
}

void helper_want(struct helper *h, bool on, int64_t now)
{
    h->wanted = on;
    h->again = 0;
    helper_tick(h, now);
    helper_flush(h);
}

void helper_flush(struct helper *h)
{
    struct str s = {0};
    if (h->fd < 0)
        return;
    while ((s = h->setup.ops->output(h->setup.ops_arg)).n > 0) {
        const ssize_t n = send(h->fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break; /* full; or it has died, which SIGCHLD tells */
        h->setup.ops->sent(h->setup.ops_arg, (size_t)n);
    }
    if (h->writing != (s.n > 0)) {
        h->writing = s.n > 0;
        h->setup.watch(h->setup.watch_arg, h->fd, h->writing);
    }
    if (!h->wanted && s.n == 0 && !h->ending) {
        shutdown(h->fd, SHUT_WR);
        h->ending = true;
    }
}

/* 1: there may be more; 0: not now; -1: it has ended, or speaks nonsense. */
static int hear(struct helper *h)
{
    char *at = buf_reserve(&h->in, PIECE);
    if (at == NULL)
        return -1;
    const ssize_t n = recv(h->fd, at, PIECE, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (n == 0)
        return -1;
    buf_grew(&h->in, (size_t)n);
    if (h->setup.ops->heard(h->setup.ops_arg, &h->in) < 0) {
        log_say(h->setup.log, LOG_ERROR, "event=helper-confused %s said what makes no sense",
                h->setup.ops->name);
        kill(h->pid, SIGKILL);
        return -1;
    }
    return n == PIECE;
}

void helper_ready(struct helper *h)
{
    int more = 1;
    for (int i = 0; i < PIECES_A_TURN && h->fd >= 0 && more > 0; i++)
        more = hear(h);
    if (more < 0)
        hang_up(h);
    helper_flush(h);
}

void helper_tick(struct helper *h, int64_t now)
{
    if (h->wanted && h->pid == 0 && now >= h->again)
        begin(h, now);
}

bool helper_ended(struct helper *h, pid_t pid, int status, int64_t now)
{
    if (h == NULL || h->pid != pid)
        return false;
    if (h->fd >= 0) /* its last words */
        (void)hear(h);
    hang_up(h);
    h->pid = 0;
    if (status != 0 || !h->ending)
        log_say(h->setup.log, LOG_ERROR,
                "event=helper-died %s pid=%d status=%d; another one is begun", h->setup.ops->name,
                (int)pid, status);
    if (now - h->began >= STEADY)
        h->pause = 0;
    put_off(h, now);
    helper_tick(h, now);
    return true;
}

/* Sends what is left, hears its last words. */
static void finish(struct helper *h, int64_t until)
{
    struct clock c;
    h->wanted = false;
    for (clock_update(&c); h->fd >= 0 && c.mono < until; clock_update(&c)) {
        helper_flush(h);
        struct pollfd p = {.fd = h->fd, .events = (short)(POLLIN | (h->ending ? 0 : POLLOUT))};
        if (poll(&p, 1, (int)(until - c.mono)) > 0 && (p.revents & (POLLIN | POLLHUP)) &&
            hear(h) < 0)
            return;
    }
}

void helper_stop(struct helper *h, int ms)
{
    struct clock c;
    if (h == NULL)
        return;
    clock_update(&c);
    const int64_t until = c.mono + ms;
    finish(h, until);
    hang_up(h);
    while (h->pid > 0) {
        const pid_t got = waitpid(h->pid, NULL, WNOHANG);
        clock_update(&c);
        if (got == h->pid || (got < 0 && errno != EINTR))
            break;
        if (c.mono >= until)
            kill(h->pid, SIGKILL);
        (void)poll(NULL, 0, END_POLL);
    }
    free(h);
}
