/* http_echo.c: /echo: the answer is the request's body, as it comes. For probes. */
#include "model/mime.h"
#include "serve/http.h"

#include <stdlib.h>

enum {
    ECHO_MAX = 8 << 20, /* bytes that wait: a client may send all before it reads any */
    LOW_MARK = 64 << 10,
};

static bool echo_data(struct http *h, struct str piece)
{
    if (h->req.chunked)
        conn_printf(h->conn, "%zx\r\n", piece.n);
    conn_write(h->conn, piece.p, piece.n);
    if (h->req.chunked)
        conn_puts(h->conn, "\r\n");
    h->queued += piece.n;
    if (h->conn->out.bytes > ECHO_MAX) {
        conn_pause(h->conn);
        conn_await(h->conn, LOW_MARK);
    }
    return true;
}

static void echo_end(struct http *h)
{
    if (h->req.chunked)
        conn_puts(h->conn, "0\r\n\r\n");
    http_log_late(h, h->queued);
    http_answered(h);
}

static void echo_drop(struct http *h, const char *why)
{
    (void)why;
    free(h->work);
}

static const struct http_work_ops echo_ops = {
    .data = echo_data,
    .end = echo_end,
    .drop = echo_drop,
};

void http_echo(struct http_call *call)
{
    struct http *h = call->h;
    struct http_head hd;
    const struct str type = http_field(call, HTTP_CONTENT_TYPE);
    char text[128];
    const bool usable = type.n > 0 && str_copy(text, sizeof text, type) && !mime_active(text);
    if (h->body_pending) {
        struct http_work *w = malloc(sizeof *w);
        if (w == NULL) {
            http_error(call, 503, NULL);
            return;
        }
        w->ops = &echo_ops;
        http_take_body(call, w);
    }
    http_head_begin(h, &hd, 200);
    http_head_add(&hd, "Content-Type", usable ? type : STR("application/octet-stream"));
    if (h->req.chunked)
        http_head_add(&hd, "Transfer-Encoding", STR("chunked"));
    else
        http_head_addu(&hd, "Content-Length", h->req.has_length ? h->req.length : 0);
    http_head_send(h, &hd, 0);
    h->status = 200;
    if (!h->body_pending)
        http_log(h, call->head, 200, 0);
}
