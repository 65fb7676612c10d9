/* http_body.c: bodies of requests, and who takes them. */
#include "serve/http.h"

#include <string.h>

/* A body that no handler wants is read and dropped, if that is cheaper than a new connection. */
void http_plan_body(struct http *h)
{
    const struct http_req *r = &h->req;
    h->body_pending = r->chunked || (r->has_length && r->length > 0);
    h->body_left = r->has_length ? r->length : 0;
    h->body_taken = 0;
    h->chunk = (struct http_chunk){0};
    h->sink = HTTP_DROP;
    h->keep_taken = h->keep;
    if (h->body_pending && (r->expect || r->length > HTTP_DISCARD_MAX))
        h->keep = false;
}

bool http_answers_later(const struct http *h)
{
    return h->sink == HTTP_FORM || h->sink == HTTP_FILE || h->sink == HTTP_PARTS;
}

void http_take_body(struct http_call *call, enum http_sink sink)
{
    struct http *h = call->h;
    h->sink = sink;
    h->keep = h->keep_taken;
    h->body_since = h->conn->loop->clock.mono;
    http_log_keep(h, call->head, 0);
    if (h->req.expect && h->body_pending)
        conn_puts(h->conn, "HTTP/1.1 100 Continue\r\n\r\n");
}

void http_drop_form(struct http *h)
{
    if (h->form.mem != NULL)
        explicit_bzero(h->form.mem, h->form.cap); /* it held a password */
    buf_free(&h->form);
}

/* False when there is no use in reading on. */
static bool sink_data(struct http *h, struct str data)
{
    switch (h->sink) {
    case HTTP_ECHO: http_echo_data(h, data); return true;
    case HTTP_FILE: return http_put_data(h, data);
    case HTTP_PARTS: return http_parts_data(h, data);
    case HTTP_FORM: buf_add(&h->form, data.p, data.n); return h->form.len <= HTTP_FORM_MAX;
    case HTTP_DROP: break;
    }
    return h->body_taken + data.n <= HTTP_DISCARD_MAX;
}

/* Bytes of the body that are there. -1 when it is broken, or not wanted. */
int http_body_next(struct http *h)
{
    struct buf *in = &h->conn->in;
    struct str data = {buf_data(in), in->len};
    size_t used = in->len;
    if (h->req.chunked) {
        const ssize_t n = http_chunk_next(&h->chunk, buf_data(in), in->len, &data);
        if (n < 0)
            return -1;
        used = (size_t)n;
        h->body_pending = h->chunk.state != CHUNK_DONE;
    } else {
        data.n = used = h->body_left < used ? (size_t)h->body_left : used;
        h->body_left -= used;
        h->body_pending = h->body_left > 0;
    }
    const bool ok = data.n == 0 || sink_data(h, data);
    h->body_taken += used;
    buf_consume(in, used);
    return ok ? 0 : -1;
}
