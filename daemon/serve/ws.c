/* ws.c: a conn that sends and gets messages, by WebSocket (RFC 6455): what is between a front-end
 * and parse/ws. Extensions there are none. */
#include "serve/serve.h"

#include <stdlib.h>

enum {
    TURN_FRAMES = 64,
    QUIET_MS = 45000, /* proxies give up on a connection that is silent for a minute */
    PONG_MS = 60000,  /* how long an answer may take */
};

struct ws_link {
    struct conn *conn;
    const struct ws_ops *ops;
    struct ws in;
    enum ws_result result; /* that has not been dealt with */
    bool binary;
    bool pinged; /* and nothing has come since */
};

struct ws_link *ws_open(struct conn *c, const struct ws_ops *ops, bool binary)
{
    struct ws_link *l = calloc(1, sizeof *l);
    if (l == NULL)
        return NULL;
    l->conn = c;
    l->ops = ops;
    l->binary = binary;
    ws_init(&l->in, ops->message_max);
    return l;
}

void ws_close(struct ws_link *l)
{
    if (l == NULL)
        return;
    ws_free(&l->in);
    free(l);
}

/* --- out --- */

static void send_frame(struct ws_link *l, enum ws_opcode opcode, struct str payload)
{
    char head[WS_HEAD_MAX];
    conn_write(l->conn, head, ws_head(head, opcode, payload.n));
    if (payload.n > 0)
        conn_write(l->conn, payload.p, payload.n);
}

void ws_send(struct ws_link *l, struct str message, bool binary)
{
    send_frame(l, binary ? WS_BINARY : WS_TEXT, message);
}

void ws_say(struct ws_link *l, struct str message)
{
    ws_send(l, message, l->binary);
}

bool ws_binary(const struct ws_link *l)
{
    return l->binary;
}

/* RFC 6455, 7.1.1: the peer's close frame, and then its end, are waited for, but not for long. */
void ws_finish(struct ws_link *l, enum ws_code code, const char *why)
{
    struct buf b = {0};
    ws_add_close(&b, code, str_of(why));
    conn_write_buf(l->conn, &b);
    buf_free(&b);
    conn_finish(l->conn, true);
}

/* --- in --- */

static void end(struct ws_link *l, unsigned code, const char *why)
{
    if (l->ops->over != NULL)
        l->ops->over(l->conn, why);
    ws_finish(l, (enum ws_code)code, "");
}

static const char *words_for(unsigned code)
{
    switch (code) {
    case WS_BAD_DATA: return "Not UTF-8";
    case WS_TOO_BIG: return "Message too big";
    case WS_INTERNAL: return "Out of memory";
    default: return "Protocol error";
    }
}

static void refuse(struct ws_link *l, unsigned code)
{
    door_of(l->conn)->serve->metrics->ws_refused++;
    end(l, code, words_for(code));
}

/* Pings that come faster than their answers are read are like any other output that nobody takes.
 */
static void pong(struct ws_link *l)
{
    struct conn *c = l->conn;
    const uint64_t most = (uint64_t)door_of(c)->serve->conf->limits->sendq;
    send_frame(l, WS_PONG, l->in.got);
    if (c->out.bytes > most)
        conn_send(c);
    if (c->out.bytes > most)
        conn_close(c, CLOSE_SLOW);
}

static void take_control(struct ws_link *l)
{
    if (l->in.opcode == WS_CLOSE)
        end(l, l->in.code, "Connection closed");
    else if (l->in.opcode == WS_PING)
        pong(l);
}

/* The next frame's worth, or the message that had to wait. False: enough for now. */
static bool step(struct ws_link *l)
{
    struct conn *c = l->conn;
    if (l->result == WS_NEED_MORE) {
        struct str in = {buf_data(&c->in), c->in.len};
        l->result = ws_next(&l->in, &in);
        buf_consume(&c->in, c->in.len - in.n);
    }
    if (l->result == WS_MESSAGE) {
        const int taken = l->ops->message(c, l->in.got, l->in.opcode == WS_BINARY);
        if (taken == 0 || c->closing || c->finishing)
            return false;
        if (taken < 0) {
            refuse(l, WS_POLICY);
            return false;
        }
    } else if (l->result == WS_CONTROL) {
        take_control(l);
    } else {
        if (l->result == WS_FAILED)
            refuse(l, l->in.code);
        return false;
    }
    l->result = WS_NEED_MORE;
    return !c->closing && !c->finishing && !c->paused;
}

void ws_data(struct ws_link *l)
{
    struct conn *c = l->conn;
    l->pinged = false;
    for (int i = 0; i < TURN_FRAMES; i++)
        if (!step(l))
            return;
    conn_again(c);
}

/* --- time --- */

void ws_timeout(struct ws_link *l)
{
    struct conn *c = l->conn;
    const int64_t now = c->loop->clock.mono, idle = door_of(c)->serve->conf->limits->idle_timeout;
    const int64_t quiet = idle < QUIET_MS ? idle : QUIET_MS;
    const int64_t silent = now - c->last_rx;
    if (c->paused) { /* it is we who do not listen: because nobody reads? */
        if (c->out.bytes > 0 && now - c->last_tx >= idle)
            conn_close(c, CLOSE_SLOW);
        else
            conn_deadline(c, quiet);
    } else if (silent < quiet) {
        conn_deadline(c, quiet - silent);
    } else if (!l->pinged) {
        send_frame(l, WS_PING, STR(""));
        l->pinged = true;
        conn_deadline(c, idle < PONG_MS ? idle : PONG_MS);
    } else {
        c->loop->metrics->closed_timeout++;
        if (l->ops->over != NULL)
            l->ops->over(c, "Ping timeout");
        ws_finish(l, WS_INTERNAL, "Ping timeout");
    }
}
