/* http_echo.c: /echo: the answer is the request's body, as it comes. For probes. */
#include "model/mime.h"
#include "serve/http.h"

enum {
    ECHO_MAX = 8 << 20, /* bytes that wait: a client may send all before it reads any */
    LOW_MARK = 64 << 10,
};

void http_echo(struct http_call *call)
{
    struct http *h = call->h;
    struct http_head hd;
    const struct str type = http_field(call, HTTP_CONTENT_TYPE);
    char text[128];
    const bool usable = type.n > 0 && str_copy(text, sizeof text, type) && !mime_active(text);
    h->keep = h->keep_taken;
    if (h->req.expect)
        conn_puts(h->conn, "HTTP/1.1 100 Continue\r\n\r\n");
    http_head_begin(h, &hd, 200);
    http_head_add(&hd, "Content-Type", usable ? type : STR("application/octet-stream"));
    if (h->req.chunked)
        http_head_add(&hd, "Transfer-Encoding", STR("chunked"));
    else
        http_head_addu(&hd, "Content-Length", h->req.has_length ? h->req.length : 0);
    http_head_send(h, &hd, 0);
    http_log_keep(h, call->head, 200);
    if (h->body_pending)
        h->sink = HTTP_ECHO;
    else
        http_log_late(h, 0);
}

void http_echo_data(struct http *h, struct str data)
{
    if (h->req.chunked)
        conn_printf(h->conn, "%zx\r\n", data.n);
    conn_write(h->conn, data.p, data.n);
    if (h->req.chunked)
        conn_puts(h->conn, "\r\n");
    h->queued += data.n;
    if (h->conn->out.bytes > ECHO_MAX) {
        conn_pause(h->conn);
        conn_await(h->conn, LOW_MARK);
    }
}

void http_echo_end(struct http *h)
{
    if (h->req.chunked)
        conn_puts(h->conn, "0\r\n\r\n");
    http_log_late(h, h->queued);
    h->sink = HTTP_DROP;
}
