/* http_put.c: PUT: a file for the store (RFC 9110, 9.3.4). It is seen when it is whole. */
#include "serve/http_dav.h"
#include "serve/http_part.h"

#include <errno.h>
#include <stdio.h>
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

void http_upload_broken(struct http *h, struct upload **up, const char *why)
{
    if (*up == NULL)
        return;
    const struct transfer t = http_transfer(h, *up);
    serve_upload_broken(http_serve(h), &t, *up, why);
    *up = NULL;
}

struct put {
    struct http_work work;
    struct upload *upload;
    bool created; /* the file was not there */
    bool patch;   /* the target is the upload, not the file */
    struct http_part part;
};

static struct put *put_of(const struct http *h)
{
    return (void *)h->work;
}

/* --- answers --- */

static void add_location(struct http_head *hd, const struct partial *p)
{
    char text[sizeof HTTP_UPLOADS + PARTIAL_TOKEN_MAX];
    snprintf(text, sizeof text, HTTP_UPLOADS "/%s", p->token);
    http_head_add(hd, "Location", str_of(text));
}

/* The upload can be resumed. */
static void announce(const struct http *h, const struct partial *p)
{
    struct http_head hd = {.h = h, .conn = h->conn};
    if (h->req.minor == 0)
        return;
    conn_puts(h->conn, "HTTP/1.1 104 Upload Resumption Supported\r\n");
    add_location(&hd, p);
    http_add_upload_limit(h, &hd, p);
    conn_write(h->conn, hd.text, hd.n);
    conn_puts(h->conn, "\r\n");
}

/* Why not; size: what has come, or is left of it. */
static void refuse(struct http *h, int err, uint64_t size)
{
    struct http_call call = {.h = h};
    const struct http_part *part = &put_of(h)->part;
    if (err == EBADMSG) /* when the part was taken back, it may be sent again */
        http_problem(&call, PROBLEM_DIGEST,
                     size > 0 && size == part->from ? part->from : UINT64_MAX, 0);
    else
        http_error(&call, err == ENOTSUP ? 503 : http_upload_status(err), NULL);
}

/* All of what the request brought is there. p: what it is kept as; NULL: the file is there. */
static void answer(struct http *h, const struct partial *p, uint64_t size)
{
    const struct put *put = put_of(h);
    struct http_call call = {.h = h};
    struct http_head hd;
    int status = put->created ? 201 : 204;
    if (p != NULL)
        status = put->patch ? 204 : put->part.draft ? 201 : 202;
    http_head_begin(h, &hd, status);
    if (p != NULL && put->part.draft && !put->patch)
        add_location(&hd, p);
    if (p != NULL)
        http_add_upload_limit(h, &hd, p);
    if (p != NULL || put->part.draft)
        http_add_progress(&hd, size, p == NULL);
    http_send_whole(&call, &hd, status, STR(""));
}

static void upload_done(void *arg, int err)
{
    struct http *h = arg;
    struct put *p = put_of(h);
    struct upload *up = p->upload;
    const struct transfer t = http_transfer(h, up);
    p->upload = NULL;
    if (err != 0)
        serve_upload_aborted(http_serve(h), &t, strerror(err));
    else if (p->part.ends)
        serve_uploaded(http_serve(h), &t);
    if (err == ECANCELED) { /* by a later request of the same client's, which has lost this one */
        conn_close(h->conn, CLOSE_KICKED);
        return;
    }
    if (err != 0)
        refuse(h, err, t.size);
    else
        answer(h, p->part.ends ? NULL : upload_partial(up), t.size);
    http_answered(h);
}

/* --- the body --- */

static bool too_much(const struct put *p, size_t n)
{
    const uint64_t size = upload_size(p->upload) + n;
    return size > p->part.total || size - p->part.from > p->part.len;
}

static bool put_data(struct http *h, struct str piece)
{
    struct http_call call = {.h = h};
    struct put *p = put_of(h);
    if (too_much(p, piece.n)) {
        http_upload_drop(h, &p->upload, "more than there was to be");
        h->keep = false;
        http_problem(&call, PROBLEM_LENGTH, UINT64_MAX, 0);
        return false;
    }
    const int err = upload_write(p->upload, piece.p, piece.n);
    if (err == 0)
        return true;
    http_upload_drop(h, &p->upload, strerror(err));
    h->keep = false;
    refuse(h, err, 0);
    return false;
}

/* Is that what was said before? */
static bool is_all(const struct put *p)
{
    const uint64_t size = upload_size(p->upload);
    if (p->part.len != UINT64_MAX && size - p->part.from != p->part.len)
        return false;
    return !p->part.ends || p->part.total == UINT64_MAX || size == p->part.total;
}

static void put_end(struct http *h)
{
    struct http_call call = {.h = h};
    struct put *p = put_of(h);
    if (!(http_rights(h, upload_path(p->upload)) & MAY_WRITE)) { /* not any more */
        http_upload_drop(h, &p->upload, "forbidden");
        http_error(&call, 403, NULL);
        http_answered(h);
    } else if (!is_all(p)) {
        const uint64_t size = upload_size(p->upload);
        http_upload_broken(h, &p->upload, "less than there was to be");
        http_problem(&call, PROBLEM_LENGTH, size, 0);
        http_answered(h);
    } else if (p->part.ends) {
        upload_finish(p->upload);
    } else {
        upload_park(p->upload);
    }
}

static void put_drop(struct http *h, const char *why)
{
    struct put *p = put_of(h);
    http_upload_broken(h, &p->upload, why);
    free(p);
}

static const char *put_about(const struct http *h)
{
    const struct put *p = put_of(h);
    return p->upload != NULL ? upload_path(p->upload) : NULL;
}

static void put_progress(const struct http *h, struct progress *out)
{
    const struct put *p = put_of(h);
    *out = (struct progress){.path = upload_path(p->upload),
                             .incoming = true,
                             .done = upload_size(p->upload),
                             .total = p->part.total,
                             .moved = h->body_taken,
                             .ms = h->conn->loop->clock.mono - h->body_since};
}

static const struct http_work_ops put_ops = {
    .data = put_data,
    .end = put_end,
    .drop = put_drop,
    .about = put_about,
    .progress = put_progress,
};

/* --- the beginning --- */

/* How long the body will be; 0 = nobody knows. */
static uint64_t expected(const struct http_call *call)
{
    uint64_t n = 0;
    if (call->h->req.has_length)
        return call->h->req.length;
    (void)text_number(http_field(call, HTTP_EXPECTED_LENGTH), INT64_MAX, &n);
    return n;
}

/* What is replaced must not be locked; what is new, not the folder that it comes to. */
static bool put_unlocked(struct http_call *call, const char *path)
{
    struct stat st;
    const bool there = store_stat(http_serve(call->h)->files, path, &st) == 0;
    return http_unlocked(call, path, there ? 0 : LOCK_MEMBER);
}

/* What is known of the whole file is for the requests that bring the rest, too. */
static void note_whole(struct partial *p, const struct http_part *part)
{
    p->told |= part->draft;
    if (part->total != UINT64_MAX)
        p->length = part->total;
    if (part->whole.kind != DIGEST_NONE)
        p->digest = part->whole;
    (void)partial_save(p);
}

/* Can anything stay of what h brings? Not of what comes by a share, which is nobody's. */
static bool keeps(const struct http *h)
{
    return http_serve(h)->files->partials->keep > 0 && h->visit == NULL;
}

/* 0 or an errno. */
static int begin(struct http_call *call, const char *path, struct partial *resume, struct put *put)
{
    struct http *h = call->h;
    struct serve *s = http_serve(h);
    struct http_part *part = &put->part;
    struct partial_owner owner;
    if (resume != NULL && part->total == UINT64_MAX) /* it was told before */
        part->total = resume->length;
    part->draft = part->draft && keeps(h);
    if (part->range)
        part->ends = part->from + part->len == part->total;
    struct stat st;
    serve_partial_owner(h->conn, h->account, &owner);
    struct upload_wish wish = {.path = path,
                               .mode = str_eq(http_field(call, HTTP_IF_NONE_MATCH), "*") ||
                                               (resume != NULL && resume->fresh)
                                           ? UPLOAD_NEW
                                           : UPLOAD_REPLACE,
                               .keep = resume != NULL ? UPLOAD_KEEP_ALL : 0,
                               .expected = part->total != UINT64_MAX ? part->total
                                                                     : part->from + expected(call),
                               .locks_held = true,
                               .done = upload_done,
                               .arg = h,
                               .owner = keeps(h) ? &owner : NULL,
                               .length = part->total != UINT64_MAX ? part->total : 0,
                               .digest = part->whole,
                               .told = part->draft && resume == NULL,
                               .resume = resume};
    put->created = store_stat(s->files, path, &st) != 0;
    const unsigned rights = http_rights(h, path);
    int err = serve_upload_begin(s, http_payer(h), rights, &wish, &put->upload);
    if (err == ENOTSUP && part->ends) { /* then in one go, as others do */
        wish.told = part->draft = false;
        err = serve_upload_begin(s, http_payer(h), rights, &wish, &put->upload);
    }
    if (err != 0)
        return err;
    struct partial *p = upload_partial(put->upload);
    if (p != NULL)
        note_whole(p, part);
    if (part->ends)
        upload_check(put->upload, p != NULL ? &p->digest : &part->whole, 0);
    upload_check(put->upload, &part->content, part->from);
    upload_check(put->upload, &part->md5, part->from);
    return 0;
}

static void put_part(struct http_call *call, const struct http_part *part, const char *path,
                     struct partial *resume)
{
    struct http *h = call->h;
    if (!put_unlocked(call, path))
        return;
    struct put *p = calloc(1, sizeof *p);
    if (p == NULL) {
        http_error(call, 503, NULL);
        return;
    }
    p->work.ops = &put_ops;
    p->part = *part;
    p->patch = h->req.method == HTTP_PATCH;
    const int err = begin(call, path, resume, p);
    if (err != 0) {
        free(p);
        http_error(call, err == ENOTSUP ? 503 : http_upload_status(err), NULL);
        return;
    }
    if (p->part.draft && !p->patch)
        announce(h, upload_partial(p->upload));
    http_take_body(call, &p->work);
}

void http_put_part(struct http_call *call, const struct http_part *part, struct partial *p)
{
    char path[PATH_BYTES_MAX];
    text_copy(path, sizeof path, p->path); /* p may be gone where it is still needed */
    put_part(call, part, path, p);
}

/* Goes on with what broke off: what has come must end where this begins. */
static void put_rest(struct http_call *call, const struct http_part *part)
{
    struct http *h = call->h;
    struct partial_owner owner;
    serve_partial_owner(h->conn, h->account, &owner);
    struct partial *p = partial_find(http_serve(h)->files->partials, &owner, call->path);
    /* Guests of one address may be several: they do not end each other's uploads. */
    if (p != NULL && p->user != NULL && (owner.account == 0 || !upload_stop(p)))
        p = NULL;
    if (p == NULL || p->size != part->from)
        http_problem(call, PROBLEM_OFFSET, p != NULL ? p->size : 0, part->from);
    else if (p->length != PARTIAL_LENGTH_UNKNOWN && part->total != UINT64_MAX &&
             p->length != part->total)
        http_problem(call, PROBLEM_LENGTH, p->size, 0);
    else
        http_put_part(call, part, p);
}

void http_put_file(struct http_call *call)
{
    struct http *h = call->h;
    const unsigned rights = http_rights(h, call->path);
    struct http_part part;
    if (!(rights & MAY_WRITE)) {
        http_forbid(call);
        return;
    }
    const int status = http_write_conditions(call, rights);
    if (status != 0)
        http_error(call, status, NULL);
    else if (call->folder || strcmp(call->path, "/") == 0)
        http_error(call, 409, NULL);
    else if (path_hidden(call->path)) /* macOS puts .DS_Store and ._name everywhere */
        http_error(call, 403, NULL);
    else if (!http_part_read(call, &part))
        return;
    else if (!keeps(h) && (!part.ends || part.from > 0))
        http_error(call, 501, NULL); /* there is nowhere to keep it */
    else if (part.from > 0)
        put_rest(call, &part);
    else
        put_part(call, &part, call->path, NULL);
}
