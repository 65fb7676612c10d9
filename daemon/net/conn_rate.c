/* conn_rate.c: connections that wait because their rate is used up. */
#include "net/conn_own.h"

/* How long they wait at most at once: others with other rates may be among them. */
enum { HOLD_MS = 50 };

void conn_limit(struct conn *c, struct rate *r)
{
    const bool held = !list_empty(&c->held);
    c->rate = r;
    if (!held || c->closing)
        return;
    list_unlink(&c->held);
    conn_watch_reading(c);
    conn_dirty(c);
}

/* Wakes those that are held back when there is something to hope for. */
static bool hold(struct conns *cs, int64_t ms)
{
    return cs->holding.due != 0 ||
           timer_set(&cs->loop->timers, &cs->holding,
                     cs->loop->clock.mono + (ms < HOLD_MS ? ms : HOLD_MS)) == 0;
}

/* Has the conn to wait because of its rate? Then it is woken when that is over. */
bool conn_held_back(struct conn *c)
{
    if (!list_empty(&c->held)) /* it has its place in the queue */
        return true;
    const int64_t wait = rate_wait(c->rate, c->loop->clock.mono);
    if (wait == 0 || !hold(c->conns, wait)) /* without memory there is no bound */
        return false;
    list_push(&c->conns->held, &c->held);
    return true;
}

static void go_on(struct conn *c)
{
    conn_watch_reading(c);
    conn_flush(c);
    if ((c->want & LOOP_READ) && !c->closing && !c->connecting && !c->handshaking && !c->lingering)
        conn_read_turn(c);
}

/* Each in its turn: what one sends is counted before the next is asked, and who has to wait still
 * stands before those that have sent. */
void conn_let_go(struct timer *t)
{
    struct conns *cs = container_of(t, struct conns, holding);
    struct list now, still;
    list_init(&now);
    list_init(&still);
    list_splice(&now, &cs->held);
    for (struct list *n; (n = list_shift(&now)) != NULL;) {
        struct conn *c = list_entry(n, struct conn, held);
        if (rate_wait(c->rate, c->loop->clock.mono) > 0) {
            list_push(&still, n);
            (void)hold(cs, HOLD_MS); /* the timer has just been there */
        } else {
            go_on(c);
        }
    }
    list_splice(&still, &cs->held);
    list_splice(&cs->held, &still);
}
