/* http_put.c: PUT: a file for the store (RFC 9110, 9.3.4). It is seen when it is whole. */
#include "serve/http.h"

#include <errno.h>
#include <string.h>

struct transfer http_transfer(const struct http *h, const struct upload *up)
{
    return (struct transfer){.conn = h->conn,
                             .who = h->account != NULL ? h->account->name : "guest",
                             .account = h->account,
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

void http_upload_drop(struct http *h, const char *why)
{
    if (h->upload == NULL)
        return;
    const struct transfer t = http_transfer(h, h->upload);
    serve_upload_drop(http_serve(h), &t, h->upload, why);
    h->upload = NULL;
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
    struct upload *up = h->upload;
    const struct transfer t = http_transfer(h, up);
    h->upload = NULL;
    if (err == 0)
        serve_uploaded(http_serve(h), &t);
    else
        serve_upload_aborted(http_serve(h), &t, strerror(err));
    answer(h, err != 0 ? http_upload_status(err) : h->created ? 201 : 204);
    http_answered(h);
}

static int begin(struct http_call *call, unsigned rights)
{
    struct http *h = call->h;
    struct stat st;
    const struct upload_wish wish = {
        .path = call->path,
        .mode = http_field(call, HTTP_IF_NONE_MATCH).p != NULL ? UPLOAD_NEW : UPLOAD_REPLACE,
        .expected = h->req.has_length ? h->req.length : 0,
        .done = upload_done,
        .arg = h};
    if (call->folder || path_hidden(call->path) || strcmp(call->path, "/") == 0)
        return 409;
    h->created = store_stat(http_serve(h)->files, call->path, &st) != 0;
    const int err = serve_upload_begin(http_serve(h), h->account, rights, &wish, &h->upload);
    return err != 0 ? http_upload_status(err) : 0;
}

void http_put_file(struct http_call *call)
{
    struct http *h = call->h;
    const unsigned rights = http_rights(h, call->path);
    int status = 0;
    if (!(rights & MAY_WRITE)) {
        http_forbid(call);
        return;
    }
    if (http_field(call, HTTP_CONTENT_RANGE).p != NULL)
        status = 400; /* a part is not the whole (RFC 9110, 14.5) */
    if (status == 0)
        status = http_write_conditions(call, rights);
    if (status == 0)
        status = begin(call, rights);
    if (status == 0) {
        http_take_body(call, HTTP_FILE);
        return;
    }
    http_error(call, status, NULL);
}

bool http_put_data(struct http *h, struct str data)
{
    const int err = upload_write(h->upload, data.p, data.n);
    if (err == 0)
        return true;
    http_upload_drop(h, strerror(err));
    h->keep = false;
    h->sink = HTTP_DROP;
    answer(h, http_upload_status(err));
    return false;
}

void http_put_end(struct http *h)
{
    upload_finish(h->upload);
}
