/* http_work.c: requests whose body matters, and responses that take more than one turn. */
#include "serve/http.h"

#include <stdlib.h>
#include <string.h>

enum { LOW_MARK = 16 << 10 }; /* output at which more of a response is made */

void http_drop_work(struct http *h, const char *why)
{
    if (h->work != NULL)
        h->work->ops->drop(h, why);
    h->work = NULL;
}

void http_set_work(struct http *h, struct http_work *w)
{
    if (h->work != w)
        http_drop_work(h, NULL);
    h->work = w;
}

/* --- the request's body --- */

void http_take_body(struct http_call *call, struct http_work *w)
{
    struct http *h = call->h;
    http_set_work(h, w);
    h->keep = h->keep_taken;
    h->body_since = h->conn->loop->clock.mono;
    h->error_shape = http_shape(call);
    http_log_keep(h, call->head, 0);
    if (h->req.expect && h->body_pending && h->conn->in.len == h->head_len)
        conn_puts(h->conn, "HTTP/1.1 100 Continue\r\n\r\n");
}

struct form {
    struct http_work work;
    struct buf body;
    size_t max;
    http_form_fn *whole;
    unsigned note;
    const char *query; /* behind path */
    char path[];
};

static const struct form *form_of(const struct http *h)
{
    return (const void *)h->work;
}

struct str http_form_body(const struct http *h)
{
    const struct form *f = form_of(h);
    return f->body.len > 0 ? (struct str){buf_data(&f->body), f->body.len} : STR("");
}

const char *http_form_path(const struct http *h)
{
    return form_of(h)->path;
}

struct str http_form_query(const struct http *h)
{
    return str_of(form_of(h)->query);
}

unsigned http_form_note(const struct http *h)
{
    return form_of(h)->note;
}

static bool form_data(struct http *h, struct str piece)
{
    struct http_call call = {.h = h};
    struct form *f = (void *)h->work;
    buf_add(&f->body, piece.p, piece.n);
    if (!f->body.failed && f->body.len <= f->max)
        return true;
    h->keep = false;
    http_error(&call, f->body.failed ? 503 : 413, NULL);
    return false;
}

static void form_end(struct http *h)
{
    form_of(h)->whole(h);
}

static void form_drop(struct http *h, const char *why)
{
    struct form *f = (void *)h->work;
    (void)why;
    if (f->body.mem != NULL)
        explicit_bzero(f->body.mem, f->body.cap); /* it may have held a password */
    buf_free(&f->body);
    free(f);
}

static const struct http_work_ops form_ops = {
    .data = form_data,
    .end = form_end,
    .drop = form_drop,
};

void http_take_form(struct http_call *call, size_t max, http_form_fn *whole)
{
    const struct http_req *r = &call->h->req;
    const size_t n = strlen(call->path) + 1;
    struct form *f = calloc(1, sizeof *f + n + r->query_len + 1);
    if (f == NULL) {
        http_error(call, 503, NULL);
        return;
    }
    f->work.ops = &form_ops;
    f->max = max;
    f->whole = whole;
    f->note = call->note;
    memcpy(f->path, call->path, n);
    memcpy(f->path + n, call->head + r->query, r->query_len);
    f->query = f->path + n;
    http_take_body(call, &f->work);
}

/* --- the response's body --- */

void http_stream_begin(struct http_call *call, struct http_head *hd, int status)
{
    struct http *h = call->h;
    h->chunked = h->req.minor == 1;
    h->keep = h->keep && h->chunked;
    h->status = status;
    http_head_begin(h, hd, status);
    if (h->chunked)
        http_head_add(hd, "Transfer-Encoding", STR("chunked"));
}

static void send_piece(struct http *h, struct buf *piece)
{
    if (piece->failed) {
        conn_close(h->conn, CLOSE_MEMORY);
    } else if (piece->len > 0) {
        h->queued += piece->len;
        if (h->chunked)
            conn_printf(h->conn, "%zx\r\n", piece->len);
        conn_write_buf(h->conn, piece);
        if (h->chunked)
            conn_puts(h->conn, "\r\n");
    }
    buf_free(piece);
}

void http_stream(struct http_call *call, struct http_head *hd, struct http_work *w,
                 struct buf *first)
{
    struct http *h = call->h;
    http_head_send(h, hd, 0);
    http_set_work(h, w);
    if (call->head_only) {
        http_drop_work(h, NULL);
        if (first != NULL)
            buf_free(first);
        http_log(h, call->head, h->status, 0);
        return;
    }
    if (first != NULL)
        send_piece(h, first);
    if (call->head != NULL)
        http_log_keep(h, call->head, h->status);
    http_sending(h);
    http_step_again(h);
}

void http_step_again(struct http *h)
{
    conn_await(h->conn, UINT64_MAX);
}

void http_piece_file(struct http *h, struct ofile *of, uint64_t from, uint64_t len)
{
    h->queued += len;
    if (h->chunked)
        conn_printf(h->conn, "%llx\r\n", (unsigned long long)len);
    conn_file(h->conn, of, from, len);
    if (h->chunked)
        conn_puts(h->conn, "\r\n");
}

void http_piece(struct http *h, struct buf *piece, bool last)
{
    send_piece(h, piece);
    if (h->chunked && last)
        conn_puts(h->conn, "0\r\n\r\n");
    if (last)
        http_sent(h);
    else
        conn_await(h->conn, LOW_MARK);
}
