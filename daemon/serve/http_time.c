/* http_time.c: deadlines: nobody holds a connection by being slow. Heads have so long as a whole,
 * bodies must come, and responses go, at a least rate. */
#include "serve/http.h"

enum { RATE = 500 }; /* bytes a second */

/* A body's deadline has passed, in either direction. The bytes that have moved since it was set buy
 * time for more, at RATE, up to `most` ms. What it is; 0 = none. */
static int64_t more_time(uint64_t *seen, uint64_t moved, int64_t most)
{
    const uint64_t bytes = moved - *seen;
    *seen = moved;
    return bytes < (uint64_t)most * RATE / 1000 ? (int64_t)(bytes * 1000 / RATE) : most;
}

/* A body may neither stand still nor trickle in. */
static void body_late(struct http *h)
{
    struct conn *c = h->conn;
    const int64_t wait = http_serve(h)->conf->limits->request_timeout;
    const int64_t still = c->last_rx + wait - c->loop->clock.mono;
    const int64_t more = more_time(&h->body_seen, h->body_taken, wait);
    if (!list_empty(&c->held)) { /* it is we who wait */
        conn_deadline(c, wait);
    } else if (still > 0 && more > 0) {
        conn_deadline(c, still < more ? still : more);
    } else if (h->begun) {
        conn_close(c, CLOSE_TIMEOUT);
    } else {
        c->loop->metrics->closed_timeout++;
        http_body_failed(h, 408, close_reason_name(CLOSE_TIMEOUT));
    }
}

/* Nor may who reads the response stand still, or take it in drops. */
static void reader_late(struct http *h)
{
    struct conn *c = h->conn;
    const int64_t wait = http_serve(h)->conf->limits->idle_timeout;
    const int64_t more = more_time(&h->sent_seen, conn_arrived(c), wait);
    if (!(c->want & LOOP_WRITE)) /* it is we who wait */
        conn_deadline(c, wait);
    else if (more > 0)
        conn_deadline(c, more);
    else
        conn_close(c, CLOSE_SLOW);
}

void http_timeout(struct conn *c)
{
    struct http *h = c->session;
    if (h->state == HTTP_WAITING) { /* which ends by itself */
        conn_deadline(c, http_serve(h)->conf->limits->idle_timeout);
        return;
    }
    if (h->work != NULL && h->work->ops->quiet != NULL && c->out.bytes == 0) {
        h->work->ops->quiet(h);
        return;
    }
    if (h->state == HTTP_SENDING || c->paused) {
        reader_late(h);
        return;
    }
    if (h->state == HTTP_BODY) {
        body_late(h);
        return;
    }
    c->loop->metrics->closed_timeout += c->in.len > 0;
    if (c->in.len > 0)
        http_refuse(h, 408);
    else
        conn_finish(c, false);
}
