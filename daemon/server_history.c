/* server_history.c: the process that keeps the history, and the loop. */
#include "server.h"

#include <errno.h>
#include <string.h>

enum { STOP_MS = 10000 }; /* for what is still to be kept, at a stop */

static void on_history(struct watch *w, unsigned events)
{
    struct server *s = container_of(w, struct server, history_watch);
    (void)events;
    helper_ready(s->keeping);
}

static void watch_history(void *arg, int fd, bool write)
{
    struct server *s = arg;
    struct watch *w = &s->history_watch;
    if (w->fn != NULL && w->fd != fd)
        loop_unwatch(&s->loop, w);
    if (w->fn == NULL || w->fd != fd)
        *w = (struct watch){.fd = fd, .fn = fd >= 0 ? on_history : NULL, .name = "history"};
    if (fd >= 0 && loop_watch(&s->loop, w, LOOP_READ | (write ? LOOP_WRITE : 0)) < 0)
        log_say(&s->log, LOG_ERROR, "event=history-unheard %s", strerror(errno));
}

/* Before each sleep: what was said in this turn goes. */
static bool send_history(struct loop_hook *h)
{
    struct server *s = container_of(h, struct server, history_hook);
    history_flush(&s->history);
    helper_flush(s->keeping);
    return false;
}

void server_set_history(struct server *s)
{
    const struct conf_history *cf = s->conf->history;
    const struct history_settings settings = {
        .store = cf->store, .files = cf->files, .keep = cf->keep, .max = (uint64_t)cf->max};
    s->history.path = cf->path; /* it is the same, but lives in this configuration */
    history_set(&s->history, &settings);
    helper_want(s->keeping, cf->store, s->loop.clock.mono);
}

int server_start_history(struct server *s, struct buf *why)
{
    const struct helper_setup setup = {.ops = &history_helper,
                                       .ops_arg = &s->history,
                                       .fd = s->files.root,
                                       .log = &s->log,
                                       .watch = watch_history,
                                       .watch_arg = s};
    s->history.store = &s->files;
    s->keeping = helper_new(&setup);
    if (s->keeping == NULL) {
        buf_adds(why, "out of memory\n");
        return -1;
    }
    s->history_hook.fn = send_history;
    loop_add_hook(&s->loop, &s->history_hook);
    server_set_history(s);
    s->chat.history = &s->history;
    return 0;
}

void server_stop_history(struct server *s)
{
    history_flush(&s->history);
    helper_stop(s->keeping, STOP_MS);
    s->keeping = NULL;
    s->chat.history = NULL;
}
