/* http_parts.c: files from a form (multipart/form-data), as a browser sends them to a folder: one
 * behind the other, each seen when it is whole. */
#include "base/escape.h"
#include "parse/multipart.h"
#include "serve/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct http_parts {
    struct multipart form;
    bool replace;   /* files that are there may be */
    bool asking;    /* the field is being read that says so */
    bool stepping;  /* inside step() */
    bool finishing; /* the upload is being made safe */
    int failed;     /* why it could not be: an errno */
    bool whole;     /* the last part was */
    bool body_over; /* and so is the body */
    char folder[PATH_BYTES_MAX];
};

void http_parts_free(struct http *h)
{
    free(h->parts);
    h->parts = NULL;
}

/* Gives up; the answer says why. Always false. */
static bool fail(struct http *h, int status, const char *why)
{
    struct http_call call = {.h = h};
    http_upload_drop(h, why);
    h->keep = false;
    h->sink = HTTP_DROP;
    http_error(&call, status, NULL);
    return false;
}

static void go_on(struct http *h);

static void upload_done(void *arg, int err)
{
    struct http *h = arg;
    struct upload *up = h->upload;
    const struct transfer t = http_transfer(h, up);
    h->upload = NULL;
    h->parts->finishing = false;
    if (err != 0)
        serve_upload_aborted(http_serve(h), &t, strerror(err));
    else
        serve_uploaded(http_serve(h), &t);
    h->parts->failed = err;
    if (!h->parts->stepping)
        go_on(h);
}

/* A file begins. */
static bool begin(struct http *h)
{
    char path[PATH_BYTES_MAX];
    const struct multipart *m = &h->parts->form;
    const struct upload_wish wish = {.path = path,
                                     .mode = h->parts->replace ? UPLOAD_REPLACE : UPLOAD_NEW,
                                     .done = upload_done,
                                     .arg = h};
    if (!path_resolve(h->parts->folder, str_of(m->file_name), path) || path_hidden(path) ||
        strcmp(m->file_name, "..") == 0)
        return fail(h, 400, "");
    const int err =
        serve_upload_begin(http_serve(h), h->account, http_rights(h, path), &wish, &h->upload);
    if (err == EEXIST)
        return fail(h, 409, "");
    return err == 0 || fail(h, http_upload_status(err), "");
}

static bool take_data(struct http *h, struct str data)
{
    struct http_parts *p = h->parts;
    const int err = h->upload != NULL ? upload_write(h->upload, data.p, data.n) : 0;
    if (p->asking) /* "yes", of which the first piece may be a part */
        p->replace = data.p[0] == 'y';
    p->asking = false;
    return err == 0 || fail(h, http_upload_status(err), strerror(err));
}

static bool take_event(struct http *h, enum multipart_event ev, struct str data)
{
    struct http_parts *p = h->parts;
    switch (ev) {
    case MULTIPART_PART:
        p->asking = !p->form.is_file && strcmp(p->form.name, "replace") == 0;
        return !p->form.is_file || p->form.file_name[0] == '\0' || begin(h);
    case MULTIPART_DATA: return take_data(h, data);
    case MULTIPART_END:
        p->finishing = h->upload != NULL;
        if (h->upload != NULL)
            upload_finish(h->upload);
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
    struct http_parts *p = h->parts;
    bool ok = true;
    p->stepping = true;
    for (size_t used = 1; ok && used > 0 && h->form.len > 0 && !p->finishing;) {
        struct str data = {0};
        const enum multipart_event ev =
            multipart_next(&p->form, buf_data(&h->form), h->form.len, &used, &data);
        ok = take_event(h, ev, data);
        buf_consume(&h->form, used);
        used += ev == MULTIPART_END || ev == MULTIPART_PART; /* they may use nothing */
    }
    p->stepping = false;
    return ok;
}

/* --- from http.c --- */

bool http_parts_data(struct http *h, struct str data)
{
    buf_add(&h->form, data.p, data.n);
    return !h->form.failed && step(h);
}

bool http_parts_waiting(const struct http *h)
{
    return h->parts != NULL && h->parts->finishing;
}

/* A browser is led back to the folder. */
static void answer(struct http *h)
{
    struct http_call call = {.h = h};
    struct buf to = {0};
    if (!h->parts->whole) {
        (void)fail(h, 400, "broken request");
        return;
    }
    buf_adds(&to, "/files");
    escape_url(&to, str_of(h->parts->folder));
    if (h->parts->folder[1] != '\0')
        buf_addc(&to, '/');
    http_see_other(&call, buf_str(&to), NULL);
    buf_free(&to);
}

void http_parts_end(struct http *h)
{
    h->parts->body_over = true;
    if (h->parts->finishing)
        return;
    answer(h);
    http_parts_free(h);
    http_answered(h);
}

/* The file that was waited for is safe, or could not be. */
static void go_on(struct http *h)
{
    struct http_parts *p = h->parts;
    if (p->failed != 0 ? fail(h, http_upload_status(p->failed), "") : step(h)) {
        if (p->finishing)
            return;
        if (p->body_over)
            http_parts_end(h);
        else
            http_read_on(h);
        return;
    }
    http_parts_free(h);
    http_answered(h);
}

/* POST to a folder. */
void http_post_files(struct http_call *call)
{
    struct http *h = call->h;
    struct stat st;
    struct multipart form;
    if (!(http_rights(h, call->path) & MAY_WRITE)) {
        http_forbid(call);
    } else if (!http_same_origin(call)) {
        http_error(call, 403, NULL);
    } else if (!multipart_begin(&form, http_field(call, HTTP_CONTENT_TYPE))) {
        http_error(call, 415, NULL);
    } else if (store_stat(http_serve(h)->files, call->path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        http_error(call, 404, NULL);
    } else if ((h->parts = calloc(1, sizeof *h->parts)) == NULL) {
        http_error(call, 503, NULL);
    } else {
        h->parts->form = form;
        text_copy(h->parts->folder, sizeof h->parts->folder, call->path);
        http_take_body(call, HTTP_PARTS);
    }
}
