/* http_put.c: PUT: a file for the store (RFC 9110, 9.3.4). It is seen when it is whole. */
#include "serve/http_dav.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct transfer http_transfer(const struct http *h, const struct upload *up)
{
    return (struct transfer){.conn = h->conn,
                             .who = http_who(h),
                             .account = http_payer(h),
                             .path = upload_path(up),
                             .size = upload_size(up),
                             .ms = h->conn->loop->clock.mono - h->body_since};
}

int http_upload_status(int err)
{
    switch (err) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR: return 409; /* there is no such folder, or a folder is in the way */
    case ENAMETOOLONG:
    case EINVAL: return 400;
    case EACCES:
    case EPERM:
    case EROFS: return 403;
    case EEXIST: return 412;
    case ETXTBSY: return 423;
    case ENOSPC:
    case EDQUOT: return 507;
    case EFBIG: return 413;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN: return 503;
    default: return 500;
    }
}

void http_upload_drop(struct http *h, struct upload **up, const char *why)
{
    if (*up == NULL)
        return;
    const struct transfer t = http_transfer(h, *up);
    serve_upload_drop(http_serve(h), &t, *up, why);
    *up = NULL;
}

struct put {
    struct http_work work;
    struct upload *upload;
    bool created; /* the file was not there */
};

static struct put *put_of(const struct http *h)
{
    return (void *)h->work;
}

/* 201 or 204, or what went wrong. */
static void answer(struct http *h, int status)
{
    struct http_call call = {.h = h};
    struct http_head hd;
    if (status >= 400) {
        http_error(&call, status, NULL);
        return;
    }
    http_head_begin(h, &hd, status);
    if (status != 204)
        http_head_addu(&hd, "Content-Length", 0);
    http_head_send(h, &hd, 0);
    h->status = status;
    http_log_late(h, 0);
}

static void upload_done(void *arg, int err)
{
    struct http *h = arg;
    struct put *p = put_of(h);
    const struct transfer t = http_transfer(h, p->upload);
    p->upload = NULL;
    if (err == 0)
        serve_uploaded(http_serve(h), &t);
    else
        serve_upload_aborted(http_serve(h), &t, strerror(err));
    answer(h, err != 0 ? http_upload_status(err) : p->created ? 201 : 204);
    http_answered(h);
}

/* How long the body will be; 0 = nobody knows. */
static uint64_t expected(const struct http_call *call)
{
    uint64_t n = 0;
    if (call->h->req.has_length)
        return call->h->req.length;
    (void)text_number(http_field(call, HTTP_EXPECTED_LENGTH), INT64_MAX, &n);
    return n;
}

static int begin(struct http_call *call, unsigned rights, struct put *p)
{
    struct http *h = call->h;
    struct stat st;
    const struct upload_wish wish = {
        .path = call->path,
        .mode = http_field(call, HTTP_IF_NONE_MATCH).p != NULL ? UPLOAD_NEW : UPLOAD_REPLACE,
        .expected = expected(call),
        .locks_held = true,
        .done = upload_done,
        .arg = h};
    if (call->folder || strcmp(call->path, "/") == 0)
        return 409;
    if (path_hidden(call->path)) /* macOS puts .DS_Store and ._name everywhere, and lives without */
        return 403;
    p->created = store_stat(http_serve(h)->files, call->path, &st) != 0;
    const int err = serve_upload_begin(http_serve(h), http_payer(h), rights, &wish, &p->upload);
    return err != 0 ? http_upload_status(err) : 0;
}

static bool put_data(struct http *h, struct str piece)
{
    struct put *p = put_of(h);
    const int err = upload_write(p->upload, piece.p, piece.n);
    if (err == 0)
        return true;
    http_upload_drop(h, &p->upload, strerror(err));
    h->keep = false;
    answer(h, http_upload_status(err));
    return false;
}

static void put_end(struct http *h)
{
    upload_finish(put_of(h)->upload);
}

static void put_drop(struct http *h, const char *why)
{
    struct put *p = put_of(h);
    http_upload_drop(h, &p->upload, why);
    free(p);
}

static const char *put_about(const struct http *h)
{
    const struct put *p = put_of(h);
    return p->upload != NULL ? upload_path(p->upload) : NULL;
}

static const struct http_work_ops put_ops = {
    .data = put_data,
    .end = put_end,
    .drop = put_drop,
    .about = put_about,
};

/* What is replaced must not be locked; what is new, not the folder that it comes to. */
static bool put_unlocked(struct http_call *call)
{
    struct stat st;
    const bool there = store_stat(http_serve(call->h)->files, call->path, &st) == 0;
    return http_unlocked(call, call->path, there ? 0 : LOCK_MEMBER);
}

void http_put_file(struct http_call *call)
{
    struct http *h = call->h;
    const unsigned rights = http_rights(h, call->path);
    struct put *p = NULL;
    int status = 0;
    if (!(rights & MAY_WRITE)) {
        http_forbid(call);
        return;
    }
    if (http_field(call, HTTP_CONTENT_RANGE).p != NULL)
        status = 400; /* a part is not the whole (RFC 9110, 14.5) */
    if (status == 0)
        status = http_write_conditions(call, rights);
    if (status == 0 && !put_unlocked(call))
        return;
    if (status == 0 && (p = calloc(1, sizeof *p)) == NULL)
        status = 503;
    if (status == 0)
        status = begin(call, rights, p);
    if (status == 0) {
        p->work.ops = &put_ops;
        http_take_body(call, &p->work);
        return;
    }
    free(p);
    http_error(call, status, NULL);
}
