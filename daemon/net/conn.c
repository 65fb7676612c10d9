#include "net/conn.h"

#include "net/admit.h"
#include "net/conn_own.h"
#include "net/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SCRATCH = 64 << 10,   /* bytes of one read */
    TURN_BYTES = 1 << 20, /* bytes that one conn may send in a turn in which little else happens */
    TURN_LEAST = 256 << 10, /* and in one in which much does */
    TURN_FEW = 4,           /* descriptors that are ready: little */
    TURN_READS = 4,         /* and reads that it has, as long as they are full */
    LINGER_MS = 2000,       /* how long a closed conn waits for its peer */
    LINGER_BYTES = 1 << 20, /* and how much it throws away meanwhile */
    FINISH_MS = 30000,      /* how long the last output may stand still */
};

static void on_ready(struct watch *w, unsigned events);
static void on_timer(struct timer *t);

static struct conn *of_watch(struct watch *w)
{
    return container_of(w, struct conn, watch);
}

static struct conn *of_timer(struct timer *t)
{
    return container_of(t, struct conn, timer);
}

struct conn *conn_open(struct conns *cs, int fd, const struct conn_ops *ops, void *session,
                       const struct addr *peer, bool connecting)
{
    struct conn *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (struct conn){
        .watch = {.fd = fd, .fn = on_ready, .name = ops->name},
        .conns = cs,
        .loop = cs->loop,
        .ops = ops,
        .session = session,
        .timer = {.fn = on_timer},
        .peer = *peer,
        .connecting = connecting,
        .want = connecting ? LOOP_WRITE : LOOP_READ,
    };
    if (loop_watch(cs->loop, &c->watch, c->want) < 0) {
        const int saved = errno;
        free(c);
        errno = saved;
        return NULL;
    }
    list_init(&c->link);
    list_init(&c->dirty);
    list_init(&c->again);
    list_init(&c->more);
    list_init(&c->held);
    list_init(&c->dead);
    c->id = ++cs->last_id;
    c->since = c->last_rx = c->last_tx = cs->loop->clock.mono;
    cs->count++;
    return c;
}

/* --- closing --- */

void conn_close(struct conn *c, enum close_reason reason)
{
    if (c->closing)
        return;
    c->closing = true;
    c->reason = (unsigned char)reason;
    c->loop->metrics->closed_slow += reason == CLOSE_SLOW;
    c->loop->metrics->closed_timeout += reason == CLOSE_TIMEOUT;
    loop_unwatch(c->loop, &c->watch);
    timer_clear(&c->loop->timers, &c->timer);
    list_unlink(&c->dirty);
    list_unlink(&c->again);
    list_unlink(&c->more);
    list_unlink(&c->held);
    list_push(&c->conns->dead, &c->dead);
}

static void reap(struct conn *c)
{
    list_unlink(&c->dead);
    if (c->ops->closed != NULL)
        c->ops->closed(c, (enum close_reason)c->reason);
    list_unlink(&c->link);
    if (c->admitted)
        admit_leave(c->conns->admit, &c->peer);
    tls_free(c->tls);
    close(c->watch.fd);
    buf_free(&c->in);
    outq_free(&c->out);
    c->conns->count--;
    free(c);
}

const char *close_reason_name(enum close_reason reason)
{
    static const char *const name[] = {"done",     "eof",    "error", "timeout", "slow",
                                       "protocol", "kicked", "stop",  "memory"};
    return name[reason];
}

/* Asks for events, for which others may stand beneath TLS. False when it cannot be. */
bool conn_want(struct conn *c, unsigned events)
{
    c->want = (unsigned char)events;
    const bool plain = c->tls == NULL || c->lingering;
    const unsigned asked = plain ? events : tls_watch(c->tls, events);
    if (c->closing || asked == c->watch.want || loop_watch(c->loop, &c->watch, asked) == 0)
        return true;
    conn_close(c, CLOSE_MEMORY);
    return false;
}

/* Everything queued has left, and nothing shall follow. */
static void finish_sent(struct conn *c)
{
    if (c->tls != NULL && tls_end(c->tls) < 0) { /* close_notify needs room */
        conn_deadline(c, FINISH_MS);
        (void)conn_want(c, LOOP_WRITE);
        return;
    }
    if (!c->linger && !c->eof)
        stream_discard(c->watch.fd);
    if (!c->linger || c->eof || shutdown(c->watch.fd, SHUT_WR) < 0) {
        conn_close(c, c->eof ? CLOSE_EOF : CLOSE_DONE);
        return;
    }
    c->lingering = true;
    c->discard = LINGER_BYTES;
    buf_free(&c->in);
    conn_deadline(c, LINGER_MS);
    (void)conn_want(c, LOOP_READ);
}

void conn_finish(struct conn *c, bool linger)
{
    if (c->closing || c->finishing)
        return;
    if (c->handshaking) { /* there is nobody yet to say anything to */
        conn_close(c, CLOSE_DONE);
        return;
    }
    c->finishing = true;
    c->linger = linger;
    c->awaiting = false;
    list_unlink(&c->again);
    if (c->out.bytes == 0 && !c->out.failed) {
        finish_sent(c);
        return;
    }
    conn_deadline(c, FINISH_MS);
    (void)conn_want(c, c->want & LOOP_WRITE);
}

/* --- reading --- */

/* What TLS holds ready does not wake the loop. */
static void read_more_later(struct conn *c)
{
    if (c->tls != NULL && tls_more(c->tls) && (c->want & LOOP_READ) && !c->closing &&
        !c->handshaking && list_empty(&c->more))
        list_push(&c->conns->more, &c->more);
}

void conn_expect(struct conn *c)
{
    if (c->tls == NULL && list_empty(&c->more) && !c->closing)
        list_push(&c->conns->more, &c->more);
}

void conn_watch_reading(struct conn *c)
{
    if (c->lingering || c->closing) /* reads on, whatever was paused */
        return;
    const bool read = !c->paused && !c->eof && !c->finishing && !c->connecting &&
                      list_empty(&c->held) && (c->in.len < c->ops->in_max || list_empty(&c->again));
    if (conn_want(c, (c->want & LOOP_WRITE) | (read ? (unsigned)LOOP_READ : 0)))
        read_more_later(c);
}

void conn_pause(struct conn *c)
{
    c->paused = true;
    list_unlink(&c->again);
    conn_watch_reading(c);
}

void conn_again(struct conn *c)
{
    if (list_empty(&c->again) && !c->closing && !c->finishing)
        list_push(&c->conns->again, &c->again);
}

void conn_resume(struct conn *c)
{
    if (!c->paused)
        return;
    c->paused = false;
    conn_watch_reading(c);
    if (c->in.len > 0 || c->eof)
        conn_again(c);
}

/* Calls data() and looks at what came of it. */
static void deliver(struct conn *c)
{
    if (c->closing || c->finishing || c->paused || c->handshaking)
        return;
    if (c->ops->data(c) < 0)
        conn_close(c, CLOSE_PROTOCOL);
    if (c->closing || c->finishing || c->paused || c->handshaking)
        return;
    if (c->eof && list_empty(&c->again))
        conn_finish(c, false);
    else if (c->in.failed)
        conn_close(c, CLOSE_MEMORY);
    else if (c->in.len >= c->ops->in_max && list_empty(&c->again))
        conn_close(c, CLOSE_PROTOCOL);
    else
        conn_watch_reading(c); /* not while more than enough waits for another turn */
}

static void at_eof(struct conn *c)
{
    c->eof = true;
    c->cut = c->tls != NULL && tls_cut(c->tls);
    conn_watch_reading(c);
    deliver(c);
}

bool conn_got(struct conn *c, ssize_t n)
{
    if (n == 0)
        at_eof(c);
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        conn_close(c, CLOSE_ERROR);
    if (n <= 0)
        return false;
    c->rx += (uint64_t)n;
    c->last_rx = c->loop->clock.mono;
    c->loop->metrics->bytes_in += (uint64_t)n;
    rate_spend(c->rate, c->loop->clock.mono, (uint64_t)n);
    return true;
}

/* Lends the conn the shared scratch memory for the call; what it leaves there is copied. True when
 * all was used and there is likely to be more. */
static bool read_into_scratch(struct conn *c)
{
    const size_t most = (size_t)rate_budget(c->rate, SCRATCH);
    const ssize_t n = stream_recv(c->watch.fd, c->tls, c->conns->scratch, most);
    if (!conn_got(c, n))
        return false;
    buf_free(&c->in);
    buf_view(&c->in, c->conns->scratch, (size_t)n);
    deliver(c);
    if (c->closing)
        return false;
    buf_own(&c->in);
    if (c->in.failed)
        conn_close(c, CLOSE_MEMORY);
    return n == (ssize_t)most && c->in.len == 0 && (c->want & LOOP_READ) && !c->lingering &&
           !c->handshaking;
}

static void read_behind(struct conn *c)
{
    const size_t left = c->in.len < c->ops->in_max ? c->ops->in_max - c->in.len : 1;
    const size_t room = left < SCRATCH ? left : SCRATCH;
    char *at = buf_reserve(&c->in, room);
    if (at == NULL) {
        conn_close(c, CLOSE_MEMORY);
        return;
    }
    const ssize_t n = stream_recv(c->watch.fd, c->tls, at, room);
    if (!conn_got(c, n))
        return;
    buf_grew(&c->in, (size_t)n);
    deliver(c);
    if (c->in.len == 0)
        buf_free(&c->in);
}

void conn_read_turn(struct conn *c)
{
    if (conn_held_back(c)) {
        conn_watch_reading(c);
        return;
    }
    if (c->in.len > 0)
        read_behind(c);
    else if (conn_pipes(c))
        conn_read_piped(c);
    else
        for (int i = 0; i < TURN_READS && read_into_scratch(c) && !conn_held_back(c); i++)
            ;
    if (!list_empty(&c->held))
        conn_watch_reading(c);
    if (c->tls == NULL || c->lingering)
        return;
    if (conn_want(c, c->want)) /* TLS may wait for something else now */
        read_more_later(c);
}

/* What TLS holds ready, or conn_expect() hopes for, if it is wanted still. */
static void read_more(struct conn *c)
{
    if ((c->want & LOOP_READ) && !c->finishing && (c->tls == NULL || tls_more(c->tls)))
        conn_read_turn(c);
}

/* As it comes: what TLS would make of it does not matter. */
static void throw_away(struct conn *c)
{
    const ssize_t n = recv(c->watch.fd, c->conns->scratch, SCRATCH, 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || (uint64_t)n >= c->discard)
        conn_close(c, CLOSE_DONE);
    else
        c->discard -= (uint64_t)n;
}

void conn_dirty(struct conn *c)
{
    if (c->closing)
        return;
    if (c->out.failed)
        conn_close(c, CLOSE_MEMORY);
    else if (list_empty(&c->dirty) && !(c->want & LOOP_WRITE)) /* else it is waited for */
        list_push(&c->conns->dirty, &c->dirty);
}

static void connected(struct conn *c)
{
    int err = 0;
    socklen_t len = sizeof err;
    if (getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0 || err != 0) {
        conn_close(c, CLOSE_ERROR);
        return;
    }
    c->connecting = false;
    c->want = 0;
    conn_watch_reading(c);
    if (c->ops->drain != NULL && !c->closing)
        c->ops->drain(c);
    if (c->out.bytes > 0)
        conn_dirty(c);
}

static void on_ready(struct watch *w, unsigned events)
{
    struct conn *c = of_watch(w);
    if (c->connecting) {
        connected(c);
        return;
    }
    if (c->handshaking) {
        conn_shake_hands(c);
        return;
    }
    if (c->tls != NULL && !c->lingering)
        events = tls_events(c->tls, c->want, events);
    if (events & LOOP_WRITE)
        conn_flush(c);
    if (!(events & LOOP_READ) || c->closing || !(c->want & LOOP_READ))
        return;
    if (c->lingering)
        throw_away(c);
    else
        conn_read_turn(c);
}

/* --- writing --- */

/* How much it may send in this turn. Timers and the end of a worker's job can wake many at once,
 * though few descriptors are ready: so there are few big shares. */
static uint64_t share_of(struct conn *c)
{
    const bool big =
        c->out.bytes > TURN_LEAST && c->loop->ready_count <= TURN_FEW && c->conns->big_shares > 0;
    c->conns->big_shares -= big;
    return rate_budget(c->rate, big ? TURN_BYTES : TURN_LEAST);
}

/* True when the turn's share went, or the socket takes no more. */
static bool send_turn(struct conn *c)
{
    if (conn_held_back(c))
        return true;
    uint64_t budget = share_of(c);
    bool whole = true;
    while (c->out.bytes > 0 && budget > 0 && whole) {
        const bool last = c->finishing && c->out.bytes <= budget;
        const ssize_t n = stream_send(c->watch.fd, c->tls, &c->out, budget, last, &whole);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            if (errno == EAGAIN)
                return true;
            conn_close(c, errno == ENOMEM ? CLOSE_MEMORY : CLOSE_ERROR);
            return false;
        }
        outq_sent(&c->out, (uint64_t)n);
        budget -= (uint64_t)n < budget ? (uint64_t)n : budget;
        c->tx += (uint64_t)n;
        c->last_tx = c->loop->clock.mono;
        c->loop->metrics->bytes_out += (uint64_t)n;
        rate_spend(c->rate, c->loop->clock.mono, (uint64_t)n);
    }
    return true;
}

void conn_send(struct conn *c)
{
    if (!c->closing && !c->connecting && !c->handshaking)
        (void)send_turn(c);
}

void conn_flush(struct conn *c)
{
    list_unlink(&c->dirty);
    if (c->closing || c->connecting || c->handshaking || !send_turn(c))
        return;
    const bool write = c->out.bytes > 0 && !conn_held_back(c);
    if (!conn_want(c, (c->want & LOOP_READ) | (write ? LOOP_WRITE : 0u)))
        return;
    if (c->out.bytes == 0) {
        outq_trim(&c->out);
        if (c->finishing && !c->lingering)
            finish_sent(c);
    }
    if (c->awaiting && c->out.bytes <= c->await && !c->closing) {
        c->awaiting = false;
        c->ops->drain(c);
    }
}

/* --- time --- */

void conn_deadline(struct conn *c, int64_t ms)
{
    if (c->closing)
        return;
    if (ms == 0)
        timer_clear(&c->loop->timers, &c->timer);
    else if (timer_set(&c->loop->timers, &c->timer, c->loop->clock.mono + ms) < 0)
        conn_close(c, CLOSE_MEMORY);
}

static void on_timer(struct timer *t)
{
    struct conn *c = of_timer(t);
    if (c->handshaking) {
        conn_handshake_failed(c, "timeout", CLOSE_TIMEOUT);
    } else if (c->lingering) {
        conn_close(c, CLOSE_DONE);
    } else if (c->finishing) {
        if (c->last_tx + FINISH_MS > c->loop->clock.mono || !list_empty(&c->held))
            conn_deadline(c, FINISH_MS);
        else
            conn_close(c, CLOSE_SLOW);
    } else if (c->ops->timeout != NULL) {
        c->ops->timeout(c);
    } else {
        conn_close(c, CLOSE_TIMEOUT);
    }
}

/* --- all of them --- */

static void reap_all(struct conns *cs)
{
    for (struct list *n; (n = list_shift(&cs->dead)) != NULL;)
        reap(list_entry(n, struct conn, dead));
}

static void flush_all(struct conns *cs)
{
    struct list now;
    list_init(&now);
    list_splice(&now, &cs->dirty);
    for (struct list *n; (n = list_shift(&now)) != NULL;)
        conn_flush(list_entry(n, struct conn, dirty));
}

/* Before the loop sleeps. What a step makes the next turn's work keeps the loop awake. */
static bool before_sleep(struct loop_hook *h)
{
    struct conns *cs = container_of(h, struct conns, hook);
    struct list now;
    list_init(&now);
    list_splice(&now, &cs->again);
    for (struct list *n; (n = list_shift(&now)) != NULL;)
        deliver(list_entry(n, struct conn, again));
    list_splice(&now, &cs->more);
    for (struct list *n; (n = list_shift(&now)) != NULL;)
        read_more(list_entry(n, struct conn, more));
    reap_all(cs);
    flush_all(cs);
    if (!list_empty(&cs->dead)) { /* said their last, of which another may have to tell */
        reap_all(cs);
        flush_all(cs);
    }
    cs->big_shares = TURN_FEW;
    return !list_empty(&cs->again) || !list_empty(&cs->more) || !list_empty(&cs->dirty) ||
           !list_empty(&cs->dead);
}

int conns_init(struct conns *cs, struct loop *l, struct admit *admit, struct bans *bans)
{
    *cs = (struct conns){.hook.fn = before_sleep, .loop = l, .admit = admit, .bans = bans};
    list_init(&cs->dirty);
    list_init(&cs->again);
    list_init(&cs->more);
    list_init(&cs->held);
    list_init(&cs->dead);
    cs->holding.fn = conn_let_go;
    cs->big_shares = TURN_FEW;
    cs->reserve = open("/dev/null", O_RDONLY | O_CLOEXEC);
    conns_open_pipe(cs);
    cs->scratch = malloc(SCRATCH);
    if (cs->scratch == NULL)
        return -1;
    loop_add_hook(l, &cs->hook);
    return 0;
}

void conns_free(struct conns *cs)
{
    reap_all(cs);
    if (cs->reserve >= 0)
        close(cs->reserve);
    conns_close_pipe(cs);
    free(cs->scratch);
    cs->scratch = NULL;
}
