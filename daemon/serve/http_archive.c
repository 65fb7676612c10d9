/* http_archive.c: a folder of the store as one file to take along. */
#include "model/archive.h"

#include "base/escape.h"
#include "serve/http.h"

#include <stdlib.h>
#include <string.h>

struct archive_work {
    struct http_work work;
    struct archive *archive;
};

static bool may_read(void *arg, const char *path)
{
    return http_rights(arg, path) & MAY_READ;
}

static void step(struct http *h)
{
    struct archive_work *w = (void *)h->work;
    struct archive_piece piece;
    struct buf none = {0};
    const enum archive_result result = archive_next(w->archive, &piece);
    if (result == ARCHIVE_FAILED) { /* a whole one must not be mistaken for it */
        buf_free(&piece.bytes);
        if (piece.file != NULL)
            store_close(piece.file);
        log_say(
            http_serve(h)->log, LOG_WARN,
            "an archive could not be finished: it goes too deep, or memory or descriptors are out");
        conn_close(h->conn, CLOSE_ERROR);
        return;
    }
    if (piece.file == NULL) {
        http_piece(h, &piece.bytes, result == ARCHIVE_END);
        return;
    }
    http_piece(h, &piece.bytes, false);
    http_piece_file(h, &piece.file->of, piece.from, piece.len);
    store_close(piece.file);
    http_piece(h, &none, result == ARCHIVE_END);
}

static void drop(struct http *h, const char *why)
{
    struct archive_work *w = (void *)h->work;
    (void)why;
    archive_close(w->archive);
    free(w);
}

static const struct http_work_ops ops = {.step = step, .drop = drop};

/* attachment; filename*=UTF-8''name.zip (RFC 6266). */
static void add_name(struct http_head *hd, const char *top, const char *suffix)
{
    struct buf value = {0};
    buf_adds(&value, "attachment; filename*=UTF-8''");
    escape_url(&value, str_of(top));
    buf_addf(&value, ".%s", suffix);
    http_head_add(hd, "Content-Disposition", str_of(buf_str(&value)));
    buf_free(&value);
}

static void send_archive(struct http_call *call, struct archive *a, const char *top, bool zip)
{
    struct http_head hd;
    struct archive_work *w = calloc(1, sizeof *w);
    if (w == NULL) {
        archive_close(a);
        http_error(call, 503, NULL);
        return;
    }
    w->work.ops = &ops;
    w->archive = a;
    http_stream_begin(call, &hd, 200);
    http_head_add(&hd, "Content-Type", zip ? STR("application/zip") : STR("application/x-tar"));
    add_name(&hd, top, zip ? "zip" : "tar");
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    http_stream(call, &hd, &w->work, NULL);
}

bool http_archive(struct http_call *call)
{
    struct http *h = call->h;
    const char *top = call->path[1] != '\0' ? path_name(call->path) : "files";
    struct archive *a;
    char kind[8];
    if (!http_query(call, "archive", kind, sizeof kind))
        return false;
    const bool zip = strcmp(kind, "zip") == 0;
    if (!zip && strcmp(kind, "tar") != 0) {
        http_error(call, 400, NULL);
        return true;
    }
    const int err = archive_open(http_serve(h)->files, call->path, top,
                                 zip ? ARCHIVE_ZIP : ARCHIVE_TAR, may_read, h, &a);
    if (err != 0)
        http_fail(call, err);
    else
        send_archive(call, a, top, zip);
    return true;
}
