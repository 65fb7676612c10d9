#include "net/listener.h"

#include "net/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 4096,    /* the kernel cuts it to net.core.somaxconn */
    TURN_ACCEPTS = 64, /* connections taken in one turn */
    PAUSE_MS = 500,    /* without descriptors, or memory */
    REPORT_MS = 1000,  /* one line a second about those refused */
};

static const char PAST_SETSIZE[] = "descriptor past FD_SETSIZE, which select() cannot hold";

static struct listener *of_timer(struct timer *t)
{
    return container_of(t, struct listener, timer);
}

static void report(struct listener *ls)
{
    if (ls->refused_since == 0)
        return;
    struct log *log = ls->conns->loop->log;
    struct buf *line = log_begin(log, LOG_WARN);
    if (line != NULL) {
        log_add(line, "event", STR("refused"));
        log_add(line, "proto", str_of(ls->name));
        log_addu(line, "count", ls->refused_since);
        log_add(line, "reason", str_of(ls->refused_why));
        log_end(log, LOG_WARN);
    }
    ls->refused_since = 0;
}

/* The first refusal is said at once, those of the next second together. */
static void note_refusal(struct listener *ls, const char *why)
{
    struct loop *l = ls->conns->loop;
    l->metrics->refused++;
    ls->refused_since++;
    text_copy(ls->refused_why, sizeof ls->refused_why, why);
    if (ls->timer.due == 0) {
        report(ls);
        (void)timer_set(&l->timers, &ls->timer, l->clock.mono + REPORT_MS);
    }
}

static void on_timer(struct timer *t)
{
    struct listener *ls = of_timer(t);
    if (ls->paused) {
        ls->paused = false;
        (void)loop_watch(ls->conns->loop, &ls->watch, LOOP_READ);
    }
    report(ls);
}

static void refuse(struct listener *ls, int fd, const char *why)
{
    note_refusal(ls, why);
    if (ls->busy[0] != '\0') {
        stream_discard(fd);
        (void)send(fd, ls->busy, strlen(ls->busy), MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)shutdown(fd, SHUT_WR);
    }
    close(fd);
}

/* No descriptor for it: give up the spare one to take what waits off the queue, so that the loop
 * does not spin on it, and rest a while. */
static void out_of_descriptors(struct listener *ls, int err)
{
    struct loop *l = ls->conns->loop;
    struct conns *cs = ls->conns;
    if (cs->reserve >= 0)
        close(cs->reserve);
    else
        note_refusal(ls, strerror(err));
    for (int i = 0; i < TURN_ACCEPTS; i++) {
        const int fd = accept4(ls->watch.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0)
            break;
        refuse(ls, fd, strerror(err));
    }
    cs->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ls->paused = true;
    (void)loop_watch(l, &ls->watch, 0);
    (void)timer_set(&l->timers, &ls->timer, l->clock.mono + PAUSE_MS);
}

static void take(struct listener *ls, int fd, const struct addr *peer)
{
    const char *why = NULL;
    if (!ls->kept && !loop_has_room(ls->conns->loop, fd))
        why = PAST_SETSIZE;
    else if (ls->admit && ls->conns->bans != NULL &&
             ban_find(ls->conns->bans, peer, ls->conns->loop->clock.wall) != NULL)
        why = "banned";
    else if (ls->admit)
        why = admit_enter(ls->conns->admit, peer);
    if (why != NULL) {
        refuse(ls, fd, why);
        return;
    }
    if (ls->fn(ls, fd, peer) == 0) {
        ls->conns->loop->metrics->accepted++;
        return;
    }
    why = errno == EBADF ? PAST_SETSIZE : strerror(errno);
    if (ls->admit)
        admit_leave(ls->conns->admit, peer);
    refuse(ls, fd, why);
}

static void on_ready(struct watch *w, unsigned events)
{
    struct listener *ls = container_of(w, struct listener, watch);
    (void)events;
    for (int i = 0; i < TURN_ACCEPTS && w->fd >= 0; i++) {
        struct addr peer = {.len = sizeof peer.v6};
        const int fd = accept4(w->fd, &peer.sa, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take(ls, fd, &peer);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            out_of_descriptors(ls, errno);
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return; /* EAGAIN: that was all */
        }
    }
}

int listener_adopt(struct listener *ls, struct conns *cs, int fd, struct buf *why)
{
    ls->conns = cs;
    ls->watch = (struct watch){.fd = fd, .fn = on_ready, .name = ls->name};
    ls->timer = (struct timer){.fn = on_timer};
    (void)addr_local(&ls->addr, fd);
    if (ls->client_first)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &(int){1}, sizeof(int));
    errno = EBADF;
    if ((ls->kept || loop_has_room(cs->loop, fd)) &&
        loop_watch(cs->loop, &ls->watch, LOOP_READ) == 0)
        return 0;
    buf_addf(why, "cannot wait for connections: %s",
             errno == EBADF ? PAST_SETSIZE : strerror(errno));
    ls->watch.fd = -1;
    return -1;
}

static int failed(int fd, const char *what, struct buf *why)
{
    const int saved = errno;
    buf_addf(why, "cannot listen on %s: %s", what, strerror(saved));
    if (fd >= 0)
        close(fd);
    errno = saved;
    return -1;
}

int listener_open(struct listener *ls, struct conns *cs, const struct addr *addr, struct buf *why)
{
    char text[PEER_TEXT_MAX];
    const int on = 1;
    addr_text(addr, text);
    ls->watch.fd = -1;
    const int fd = socket(addr->sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(fd, text, why);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    /* What is accepted inherits it. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (addr->sa.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, &addr->sa, addr->len) < 0 || listen(fd, BACKLOG) < 0)
        return failed(fd, text, why);
    if (listener_adopt(ls, cs, fd, why) == 0)
        return 0;
    close(fd);
    return -1;
}

/* Makes room for a socket at path: only one that nobody listens at any more goes away. */
static int remove_stale(const struct sockaddr_un *un)
{
    struct stat st;
    if (lstat(un->sun_path, &st) < 0)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISSOCK(st.st_mode)) {
        errno = EEXIST;
        return -1;
    }
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const int result = connect(fd, (const struct sockaddr *)un, sizeof *un);
    const bool stale = result < 0 && errno == ECONNREFUSED;
    close(fd);
    errno = EADDRINUSE;
    return stale ? unlink(un->sun_path) : -1;
}

int listener_open_unix(struct listener *ls, struct conns *cs, const char *path, struct buf *why)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    ls->watch.fd = -1;
    if (!str_copy(un.sun_path, sizeof un.sun_path, str_of(path))) {
        errno = ENAMETOOLONG;
        return failed(-1, path, why);
    }
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(fd, path, why);
    if (remove_stale(&un) < 0)
        return failed(fd, path, why);
    const mode_t mask = umask(0177);
    const int bound = bind(fd, (const struct sockaddr *)&un, sizeof un);
    umask(mask);
    if (bound < 0 || listen(fd, BACKLOG) < 0)
        return failed(fd, path, why);
    if (listener_adopt(ls, cs, fd, why) == 0)
        return 0;
    close(fd);
    return -1;
}

void listener_close(struct listener *ls)
{
    if (ls->watch.fd < 0)
        return;
    report(ls);
    timer_clear(&ls->conns->loop->timers, &ls->timer);
    loop_unwatch(ls->conns->loop, &ls->watch);
    close(ls->watch.fd);
    ls->watch.fd = -1;
}
