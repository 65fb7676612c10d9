/* loop_epoll.c: waiting by epoll, level-triggered as the others are. */
#include "net/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENTS = 256 };

struct state {
    int fd;
    struct epoll_event events[EVENTS];
};

static int epoll_open(struct loop *l)
{
    struct state *s = calloc(1, sizeof *s);
    if (s == NULL)
        return -1;
    s->fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->fd < 0) {
        free(s);
        return -1;
    }
    l->state = s;
    return 0;
}

static void epoll_close(struct loop *l)
{
    struct state *s = l->state;
    if (s != NULL)
        close(s->fd);
    free(s);
    l->state = NULL;
}

static int epoll_set(struct loop *l, int fd, unsigned from, unsigned to)
{
    const struct state *s = l->state;
    struct epoll_event e = {.events = (to & LOOP_READ ? (uint32_t)EPOLLIN : 0) |
                                      (to & LOOP_WRITE ? (uint32_t)EPOLLOUT : 0),
                            .data.fd = fd};
    const int op = from == 0 ? EPOLL_CTL_ADD : to == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    if (from == 0 && to == 0)
        return 0;
    return epoll_ctl(s->fd, op, fd, &e);
}

static int epoll_wait_(struct loop *l, int timeout_ms)
{
    struct state *s = l->state;
    const int n = epoll_wait(s->fd, s->events, EVENTS, timeout_ms);
    if (n < 0)
        return -1;
    for (int i = 0; i < n; i++) {
        const uint32_t got = s->events[i].events;
        const bool broken = (got & (EPOLLERR | EPOLLHUP)) != 0;
        loop_report(l, s->events[i].data.fd,
                    (got & EPOLLIN || broken ? LOOP_READ : 0u) |
                        (got & EPOLLOUT || broken ? LOOP_WRITE : 0u));
    }
    return 0;
}

const struct loop_backend loop_epoll = {"epoll",     0,         epoll_open,
                                        epoll_close, epoll_set, epoll_wait_};
