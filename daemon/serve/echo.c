/* echo.c: answers, for probes (WIRE.md), and the shortest example of a front-end. http hands those
 * over that would rather have their messages back by WebSocket. */
#include "serve/echo.h"

enum { MESSAGE_MAX = 16 << 20 }; /* bytes of a message by WebSocket */

struct echo {
    struct ws_link *ws; /* NULL: bytes come and go as they are */
};

/* It does not read what it asks for: stop listening to it. */
static void hold_if_full(struct conn *c)
{
    if (!conn_full(c))
        return;
    conn_pause(c);
    conn_await(c, 0);
}

static int data(struct conn *c)
{
    const struct conf_echo *cf = (const void *)door_of(c)->sect;
    const struct echo *s = c->session;
    if (s->ws != NULL) {
        ws_data(s->ws);
        return 0;
    }
    if (cf->mode == ECHO_BACK)
        conn_write(c, buf_data(&c->in), c->in.len);
    else if (c->in.len > 0)
        conn_puts(c, "OK");
    buf_clear(&c->in);
    hold_if_full(c);
    conn_deadline(c, door_of(c)->serve->conf->limits->idle_timeout);
    return 0;
}

static void drain(struct conn *c)
{
    conn_resume(c);
}

static void timeout(struct conn *c)
{
    const struct echo *s = c->session;
    if (s->ws != NULL)
        ws_timeout(s->ws);
    else
        conn_close(c, CLOSE_TIMEOUT);
}

static void greet(struct conn *c)
{
    conn_deadline(c, door_of(c)->serve->conf->limits->idle_timeout);
}

static int message(struct conn *c, struct str message, bool binary)
{
    const struct echo *s = c->session;
    ws_send(s->ws, message, binary);
    hold_if_full(c);
    return 1;
}

static void upgraded(struct conn *c, const struct door_upgrade *up)
{
    static const struct ws_ops ws_ops = {.message_max = MESSAGE_MAX, .message = message};
    struct echo *s = c->session;
    s->ws = ws_open(c, &ws_ops, up->binary);
    if (s->ws != NULL)
        ws_timeout(s->ws);
    else
        conn_close(c, CLOSE_MEMORY);
}

static void closed(struct conn *c, enum close_reason reason)
{
    const struct echo *s = c->session;
    (void)reason;
    ws_close(s->ws);
    door_closed(c);
}

static void stop(struct conn *c)
{
    const struct echo *s = c->session;
    if (s->ws != NULL)
        ws_finish(s->ws, WS_GOING_AWAY, "");
    else
        conn_finish(c, false);
}

static void kick(struct conn *c, const char *reason)
{
    const struct echo *s = c->session;
    if (s->ws != NULL)
        ws_finish(s->ws, WS_POLICY, reason);
    else
        conn_close(c, CLOSE_KICKED);
}

/* http leads to it. */
static bool silent(const struct conf_sect *sect)
{
    return sect->label[0] == '\0' && ((const struct conf_echo *)(const void *)sect)->web;
}

static const struct conn_ops ops = {.name = "echo",
                                    .in_max = 64 << 10,
                                    .data = data,
                                    .drain = drain,
                                    .timeout = timeout,
                                    .closed = closed};

const struct frontend echo_frontend = {.name = "echo",
                                       .path = "/echo",
                                       .busy = "",
                                       .silent = silent,
                                       .ops = &ops,
                                       .session_size = sizeof(struct echo),
                                       .greet = greet,
                                       .upgraded = upgraded,
                                       .drain = stop,
                                       .kick = kick};
