#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum {
    STALL_MS = 20,
    FIRST_FDS = 64,
    FD_LIMIT = 1 << 24, /* no kernel hands out more */
    KEPT_FDS = 16,      /* for the administrator, of those that a backend can hold */
};

/* In the order of migration. */
static const struct loop_backend *const backends[] = {&loop_select, &loop_epoll, &loop_poll};
enum { BACKENDS = sizeof backends / sizeof backends[0] };

static const struct loop_backend *chosen(enum conf_event event)
{
    switch (event) {
    case EVENT_POLL: return &loop_poll;
    case EVENT_EPOLL: return &loop_epoll;
    case EVENT_AUTO:
    case EVENT_SELECT: break;
    }
    return &loop_select;
}

int loop_init(struct loop *l, enum conf_event event, struct log *log, struct metrics *metrics)
{
    *l = (struct loop){.log = log, .metrics = metrics, .may_migrate = event == EVENT_AUTO};
    clock_update(&l->clock);
    l->backend = chosen(event);
    return l->backend->open(l);
}

void loop_free(struct loop *l)
{
    if (l->backend != NULL)
        l->backend->close(l);
    timers_free(&l->timers);
    free(l->by_fd);
    free(l->ready);
    l->by_fd = NULL;
    l->ready = NULL;
    l->backend = NULL;
}

void loop_add_hook(struct loop *l, struct loop_hook *h)
{
    struct loop_hook **at = &l->hooks;
    while (*at != NULL)
        at = &(*at)->next;
    h->next = NULL;
    *at = h;
}

/* --- the watch set --- */

static int make_slot(struct loop *l, int fd)
{
    if (fd < 0 || fd >= FD_LIMIT) {
        errno = EBADF;
        return -1;
    }
    if ((size_t)fd < l->fds)
        return 0;
    size_t fds = l->fds == 0 ? FIRST_FDS : l->fds;
    while (fds <= (size_t)fd)
        fds *= 2;
    struct watch **by_fd = realloc(l->by_fd, fds * sizeof(struct watch *));
    if (by_fd == NULL)
        return -1;
    memset(by_fd + l->fds, 0, (fds - l->fds) * sizeof(struct watch *));
    l->by_fd = by_fd;
    l->fds = fds;
    return 0;
}

static int take_over(struct loop *l)
{
    if (l->backend->open(l) < 0)
        return -1;
    for (size_t fd = 0; fd < l->fds; fd++) {
        const struct watch *w = l->by_fd[fd];
        if (w != NULL && w->want != 0 && l->backend->set(l, (int)fd, 0, w->want) < 0) {
            l->backend->close(l);
            return -1;
        }
    }
    return 0;
}

/* Moves every watch to the next backend that takes them all. -1 when there is none; then the
 * present one goes on. */
static int migrate(struct loop *l, int fd)
{
    const struct loop_backend *old = l->backend;
    void *old_state = l->state;
    int i = 0;
    while (i < BACKENDS && backends[i] != old)
        i++;
    for (i++; l->may_migrate && i < BACKENDS; i++) {
        l->backend = backends[i];
        if (take_over(l) < 0)
            continue;
        void *state = l->state;
        l->state = old_state;
        old->close(l);
        l->state = state;
        log_say(l->log, LOG_INFO,
                "event=migrate from=%s to=%s descriptor %d does not fit into an fd_set", old->name,
                l->backend->name, fd);
        return 0;
    }
    l->backend = old;
    l->state = old_state;
    errno = EBADF;
    return -1;
}

int loop_watch(struct loop *l, struct watch *w, unsigned events)
{
    if (make_slot(l, w->fd) < 0)
        return -1;
    const bool known = l->by_fd[w->fd] == w;
    const unsigned had = known ? w->want : 0;
    if (had != events && l->backend->set(l, w->fd, had, events) < 0 &&
        (errno != EBADF || migrate(l, w->fd) < 0 || l->backend->set(l, w->fd, had, events) < 0))
        return -1;
    w->want = events;
    l->by_fd[w->fd] = w;
    l->watching += !known;
    return 0;
}

bool loop_has_room(const struct loop *l, int fd)
{
    return l->may_migrate || l->backend->limit == 0 || fd < l->backend->limit - KEPT_FDS;
}

void loop_unwatch(struct loop *l, struct watch *w)
{
    if (w->fd < 0 || (size_t)w->fd >= l->fds || l->by_fd[w->fd] != w)
        return;
    if (w->want != 0)
        (void)l->backend->set(l, w->fd, w->want, 0);
    w->want = 0;
    l->by_fd[w->fd] = NULL;
    l->watching--;
}

void loop_report(struct loop *l, int fd, unsigned events)
{
    if (l->ready_count == l->ready_cap) {
        const size_t cap = l->ready_cap == 0 ? FIRST_FDS : l->ready_cap * 2;
        struct loop_ready *ready = realloc(l->ready, cap * sizeof *ready);
        if (ready == NULL)
            return; /* level-triggered: it is reported again next turn */
        l->ready = ready;
        l->ready_cap = cap;
    }
    l->ready[l->ready_count++] = (struct loop_ready){fd, events};
}

/* --- a turn --- */

/* The coarse clock costs next to nothing, and 20 ms is far above its grain. */
static int64_t coarse_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t note_stall(struct loop *l, const char *name, int64_t began)
{
    const int64_t now = coarse_ms();
    if (now - began > STALL_MS) {
        l->metrics->stalls++;
        log_say(l->log, LOG_WARN, "event=stall callback=%s ms=%lld", name,
                (long long)(now - began));
    }
    return now;
}

static bool run_hooks(struct loop *l)
{
    bool more = false;
    for (struct loop_hook *h = l->hooks; h != NULL; h = h->next)
        more = h->fn(h) || more;
    l->log_wait = log_flush_due(l->log);
    return more;
}

static void dispatch(struct loop *l)
{
    int64_t began = coarse_ms();
    for (size_t i = 0; i < l->ready_count; i++) {
        const struct loop_ready *r = &l->ready[i];
        /* An earlier callback of this turn may have unwatched it, or asked for less. */
        struct watch *w = (size_t)r->fd < l->fds ? l->by_fd[r->fd] : NULL;
        if (w == NULL || (r->events & w->want) == 0)
            continue;
        const char *name = w->name; /* w may be gone after the call */
        w->fn(w, r->events & w->want);
        began = note_stall(l, name, began);
    }
}

static int sleep_ms(const struct loop *l)
{
    const int64_t due = timers_next(&l->timers);
    if (due < 0)
        return l->log_wait;
    const int64_t wait = due - l->clock.mono, most = l->log_wait < 0 ? 60000 : l->log_wait;
    return wait <= 0 ? 0 : (int)(wait < most ? wait : most);
}

/* Somebody closed a descriptor that is watched: a fault of ours. Forget it rather than spin. */
static void drop_closed(struct loop *l)
{
    log_say(l->log, LOG_ERROR, "event=wait-failed backend=%s: %s", l->backend->name,
            strerror(errno));
    for (size_t fd = 0; fd < l->fds; fd++)
        if (l->by_fd[fd] != NULL && fcntl((int)fd, F_GETFD) < 0)
            loop_unwatch(l, l->by_fd[fd]);
}

void loop_run(struct loop *l)
{
    while (!l->stop) {
        const bool more = run_hooks(l);
        l->ready_count = 0;
        if (l->backend->wait(l, more ? 0 : sleep_ms(l)) < 0 && errno != EINTR)
            drop_closed(l);
        clock_update(&l->clock);
        dispatch(l);
        const int64_t began = coarse_ms();
        timers_run(&l->timers, l->clock.mono);
        (void)note_stall(l, "timer", began);
    }
    (void)run_hooks(l);
}
