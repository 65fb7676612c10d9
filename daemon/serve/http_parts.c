/* http_parts.c: files from a form (multipart/form-data), as a browser sends them to a folder: one
 * behind the other, each seen when it is whole. */
#include "parse/multipart.h"
#include "serve/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct parts {
    struct http_work work;
    struct multipart form;
    struct buf in; /* of the body, what is not understood yet */
    struct upload *upload;
    bool replace;   /* files that are there may be */
    bool asking;    /* the field is being read that says so */
    bool stepping;  /* inside step() */
    bool finishing; /* the upload is being made safe */
    int failed;     /* why it could not be: an errno */
    bool whole;     /* the last part was */
    bool body_over; /* and so is the body */
    char folder[PATH_BYTES_MAX];
};

static struct parts *parts_of(const struct http *h)
{
    return (void *)h->work;
}

/* Gives up; the answer says why. Always false. */
static bool fail(struct http *h, int status, const char *why)
{
    struct http_call call = {.h = h};
    http_upload_drop(h, &parts_of(h)->upload, why);
    h->keep = false;
    http_error(&call, status, NULL);
    return false;
}

static void go_on(struct http *h);

static void upload_done(void *arg, int err)
{
    struct http *h = arg;
    struct parts *p = parts_of(h);
    const struct transfer t = http_transfer(h, p->upload);
    p->upload = NULL;
    p->finishing = false;
    if (err != 0)
        serve_upload_aborted(http_serve(h), &t, strerror(err));
    else
        serve_uploaded(http_serve(h), &t);
    p->failed = err;
    if (!p->stepping)
        go_on(h);
}

/* A file begins. */
static bool begin(struct http *h)
{
    char path[PATH_BYTES_MAX];
    struct parts *p = parts_of(h);
    const struct multipart *m = &p->form;
    const struct upload_wish wish = {.path = path,
                                     .mode = p->replace ? UPLOAD_REPLACE : UPLOAD_NEW,
                                     .done = upload_done,
                                     .arg = h};
    if (!path_resolve(p->folder, str_of(m->file_name), path) || path_hidden(path) ||
        strcmp(m->file_name, "..") == 0)
        return fail(h, 400, "");
    const int err =
        serve_upload_begin(http_serve(h), http_payer(h), http_rights(h, path), &wish, &p->upload);
    if (err == EEXIST)
        return fail(h, 409, "");
    return err == 0 || fail(h, http_upload_status(err), "");
}

static bool take_data(struct http *h, struct str data)
{
    struct parts *p = parts_of(h);
    const int err = p->upload != NULL ? upload_write(p->upload, data.p, data.n) : 0;
    if (p->asking) /* "yes", of which the first piece may be a part */
        p->replace = data.p[0] == 'y';
    p->asking = false;
    return err == 0 || fail(h, http_upload_status(err), strerror(err));
}

static bool take_event(struct http *h, enum multipart_event ev, struct str data)
{
    struct parts *p = parts_of(h);
    switch (ev) {
    case MULTIPART_PART:
        p->asking = !p->form.is_file && strcmp(p->form.name, "replace") == 0;
        return !p->form.is_file || p->form.file_name[0] == '\0' || begin(h);
    case MULTIPART_DATA: return take_data(h, data);
    case MULTIPART_END:
        p->finishing = p->upload != NULL;
        if (p->upload != NULL)
            upload_finish(p->upload);
        return p->failed == 0 || fail(h, http_upload_status(p->failed), "");
    case MULTIPART_DONE: p->whole = true; return true;
    case MULTIPART_ERROR: return fail(h, 400, "no form");
    case MULTIPART_MORE: break;
    }
    return true;
}

/* As far as it goes with the bytes that are there, or until a file has to be waited for. False when
 * it has failed, and was answered. */
static bool step(struct http *h)
{
    struct parts *p = parts_of(h);
    bool ok = true;
    p->stepping = true;
    for (size_t used = 1; ok && used > 0 && p->in.len > 0 && !p->finishing;) {
        struct str data = {0};
        const enum multipart_event ev =
            multipart_next(&p->form, buf_data(&p->in), p->in.len, &used, &data);
        ok = take_event(h, ev, data);
        buf_consume(&p->in, used);
        used += ev == MULTIPART_END || ev == MULTIPART_PART; /* they may use nothing */
    }
    p->stepping = false;
    return ok;
}

/* A browser is led back to the folder. */
static void answer(struct http *h)
{
    struct http_call call = {.h = h};
    struct parts *p = parts_of(h);
    if (p->whole)
        http_back_to(&call, p->folder, "uploaded");
    else
        (void)fail(h, 400, "broken request");
}

static bool parts_data(struct http *h, struct str piece)
{
    struct parts *p = parts_of(h);
    buf_add(&p->in, piece.p, piece.n);
    if (p->in.failed)
        return fail(h, 503, "out of memory");
    const bool ok = step(h);
    if (ok && p->finishing) /* the rest must wait for that */
        http_hold(h);
    return ok;
}

static void parts_end(struct http *h)
{
    struct parts *p = parts_of(h);
    p->body_over = true;
    if (p->finishing)
        return;
    answer(h);
    http_answered(h);
}

/* The file that was waited for is safe, or could not be. */
static void go_on(struct http *h)
{
    struct parts *p = parts_of(h);
    if (p->failed != 0 ? fail(h, http_upload_status(p->failed), "") : step(h)) {
        if (p->finishing)
            return;
        if (p->body_over)
            parts_end(h);
        else
            http_read_on(h);
        return;
    }
    http_answered(h);
}

static void parts_drop(struct http *h, const char *why)
{
    struct parts *p = parts_of(h);
    http_upload_drop(h, &p->upload, why);
    buf_free(&p->in);
    free(p);
}

static const char *parts_about(const struct http *h)
{
    const struct parts *p = parts_of(h);
    return p->upload != NULL ? upload_path(p->upload) : NULL;
}

static const struct http_work_ops parts_ops = {
    .data = parts_data,
    .end = parts_end,
    .drop = parts_drop,
    .about = parts_about,
};

/* POST to a folder. */
void http_post_files(struct http_call *call)
{
    struct http *h = call->h;
    struct stat st;
    struct multipart form;
    struct parts *p;
    if (http_post_share(call))
        return;
    if (http_field(call, HTTP_UPLOAD_COMPLETE).p != NULL && !call->folder) {
        http_put_file(call); /* one file, in as many parts as it takes */
    } else if (!(http_rights(h, call->path) & MAY_WRITE)) {
        http_forbid(call);
    } else if (!http_same_origin(call)) {
        http_error(call, 403, NULL);
    } else if (h->visit == NULL &&
               str_istarts(http_field(call, HTTP_CONTENT_TYPE), HTTP_FORM_TYPE)) {
        http_post_change(call);
    } else if (!multipart_begin(&form, http_field(call, HTTP_CONTENT_TYPE))) {
        http_error(call, 415, NULL);
    } else if (store_stat(http_serve(h)->files, call->path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        http_error(call, 404, NULL);
    } else if ((p = calloc(1, sizeof *p)) == NULL) {
        http_error(call, 503, NULL);
    } else {
        p->work.ops = &parts_ops;
        p->form = form;
        text_copy(p->folder, sizeof p->folder, call->path);
        http_take_body(call, &p->work);
    }
}
