/* conn_tls.c: how TLS begins on a connection. */
#include "net/conn_own.h"
#include "net/tls.h"

#include <errno.h>

void conn_start_tls(struct conn *c, struct tls *t)
{
    c->tls = t;
    if (t == NULL) {
        conn_close(c, CLOSE_MEMORY);
        return;
    }
    c->handshaking = true;
    list_unlink(&c->again);
    (void)conn_want(c, c->want);
}

void conn_handshake_failed(struct conn *c, const char *reason, enum close_reason close)
{
    char peer[PEER_TEXT_MAX];
    struct log *log = c->loop->log;
    struct buf *line = log_begin(log, LOG_INFO);
    c->loop->metrics->tls_failed++;
    if (line != NULL) {
        addr_text(&c->peer, peer);
        log_add(line, "event", STR("tls-failed"));
        log_add(line, "proto", str_of(c->ops->name));
        log_addu(line, "sid", c->id);
        log_add(line, "peer", str_of(peer));
        log_add(line, "reason", str_of(reason));
        log_end(log, LOG_INFO);
    }
    conn_close(c, close);
}

void conn_shake_hands(struct conn *c)
{
    if (tls_handshake(c->tls) < 0) {
        if (errno == EAGAIN)
            (void)conn_want(c, c->want);
        else
            conn_handshake_failed(c, tls_error(c->tls), CLOSE_ERROR);
        return;
    }
    c->handshaking = false;
    c->last_rx = c->loop->clock.mono;
    c->loop->metrics->tls_handshakes++;
    c->loop->metrics->tls_resumed += tls_resumed(c->tls);
    conn_watch_reading(c);
    conn_dirty(c);
}
