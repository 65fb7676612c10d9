/* loop.h: the event loop. It knows descriptors, timers and hooks, and nothing of protocols.
 *
 * One turn: run hooks (write what is queued, reap what is closed), wait, call each watch whose
 * descriptor is ready, run due timers. A backend (select, poll, epoll) is a const table; with
 * EVENT_AUTO the loop starts on select and moves its whole watch set to the next one when a
 * descriptor would not fit into an fd_set. */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/metrics.h"
#include "net/timer.h"

enum { LOOP_READ = 1, LOOP_WRITE = 2 };

struct watch;
typedef void watch_fn(struct watch *w, unsigned events);

/* Embedded in what waits. `fd` and `fn` are set by the owner before loop_watch(). */
struct watch {
    int fd;
    unsigned want; /* LOOP_READ | LOOP_WRITE; loop_watch() sets it */
    watch_fn *fn;
    const char *name; /* for the log, when it stalls the loop */
};

/* Runs once a turn, before the loop waits; true = there is more to do, so do not sleep. */
struct loop_hook {
    struct loop_hook *next;
    bool (*fn)(struct loop_hook *h);
};

struct loop_ready {
    int fd;
    unsigned events;
};

struct loop;

struct loop_backend {
    const char *name;
    int limit; /* the first descriptor it cannot hold; 0 = it holds any */
    int (*open)(struct loop *l);
    void (*close)(struct loop *l);
    /* Changes what is asked of fd. -1 with errno EBADF when this backend cannot hold it at all. */
    int (*set)(struct loop *l, int fd, unsigned from, unsigned to);
    /* Waits up to timeout_ms (-1 = for ever) and reports with loop_report(). -1 with errno. */
    int (*wait)(struct loop *l, int timeout_ms);
};

extern const struct loop_backend loop_select, loop_poll, loop_epoll;

struct loop {
    const struct loop_backend *backend;
    void *state; /* the backend's */
    bool may_migrate;
    bool stop; /* set it to end loop_run() */
    struct clock clock;
    struct timers timers;
    struct log *log;
    int log_wait; /* ms that its lines may wait still; -1 = none do */
    struct metrics *metrics;
    struct watch **by_fd;
    size_t fds;      /* slots in by_fd */
    size_t watching; /* of them used */
    struct loop_ready *ready;
    size_t ready_count, ready_cap;
    struct loop_hook *hooks;
};

/* -1 with errno when the backend cannot be had. log and metrics must outlive the loop. */
int loop_init(struct loop *l, enum conf_event event, struct log *log, struct metrics *metrics);
void loop_free(struct loop *l);
/* Turns until l->stop. */
void loop_run(struct loop *l);
/* Asks for events (0 = for none, but stay known) on w->fd. -1 with errno: EBADF when the descriptor
 * is past what `event = select` can hold, ENOMEM. Then w is not watched. */
int loop_watch(struct loop *l, struct watch *w, unsigned events);
/* Forgets w; call before its descriptor is closed. Harmless when it is not watched. */
void loop_unwatch(struct loop *l, struct watch *w);
/* False when fd would take one of the last descriptors that the backend can hold, which are kept
 * for the administrator's connections. */
bool loop_has_room(const struct loop *l, int fd);
void loop_add_hook(struct loop *l, struct loop_hook *h);

/* For backends. */
void loop_report(struct loop *l, int fd, unsigned events);

#endif
