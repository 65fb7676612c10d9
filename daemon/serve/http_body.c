/* http_body.c: bodies of requests, and how they end (RFC 9112, 6 and 7). */
#include "serve/http.h"

#include <string.h>

/* A body that no handler wants is read and dropped, if that is cheaper than a new connection. */
void http_plan_body(struct http *h)
{
    const struct http_req *r = &h->req;
    h->body_pending = r->chunked || (r->has_length && r->length > 0);
    h->body_left = r->has_length ? r->length : 0;
    h->body_taken = h->body_seen = 0;
    h->chunk = (struct http_chunk){0};
    h->keep_taken = h->keep;
    if (h->body_pending && (r->expect || r->length > HTTP_DISCARD_MAX))
        h->keep = false;
}

/* False when there is no use in reading on. */
static bool take_piece(struct http *h, struct str data)
{
    if (h->work != NULL && h->work->ops->data != NULL)
        return h->work->ops->data(h, data);
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
    const bool ok = data.n == 0 || take_piece(h, data);
    h->body_taken += used;
    buf_consume(in, used);
    return ok ? 0 : -1;
}
