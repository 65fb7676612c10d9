/* echo.c: answers, for probes (WIRE.md), and the shortest example of a front-end. */
#include "serve/echo.h"

static int data(struct conn *c)
{
    const struct conf_echo *cf = (const void *)door_of(c)->sect;
    if (cf->mode == ECHO_BACK)
        conn_write(c, buf_data(&c->in), c->in.len);
    else if (c->in.len > 0)
        conn_puts(c, "OK");
    buf_clear(&c->in);
    if (conn_full(c)) { /* it does not read what it asks for: stop listening to it */
        conn_pause(c);
        conn_await(c, 0);
    }
    conn_deadline(c, door_of(c)->serve->conf->limits->idle_timeout);
    return 0;
}

static void drain(struct conn *c)
{
    conn_resume(c);
}

static void greet(struct conn *c)
{
    conn_deadline(c, door_of(c)->serve->conf->limits->idle_timeout);
}

static void closed(struct conn *c, enum close_reason reason)
{
    (void)reason;
    door_closed(c);
}

static void stop(struct conn *c)
{
    conn_finish(c, false);
}

static const struct conn_ops ops = {
    .name = "echo", .in_max = 64 << 10, .data = data, .drain = drain, .closed = closed};

const struct frontend echo_frontend = {
    .name = "echo", .busy = "", .ops = &ops, .session_size = 1, .greet = greet, .drain = stop};
