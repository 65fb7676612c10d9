/* http_change.c: DELETE (RFC 9110, 9.3.5), and of WebDAV MKCOL and MOVE (RFC 4918, 9.3 and 9.9). */
#include "parse/url.h"
#include "serve/http.h"

#include <errno.h>
#include <string.h>

static int status_of(int err)
{
    switch (err) {
    case 0: return 204;
    case ENOENT: return 404;
    case ENOTEMPTY:
    case ENOTDIR:
    case EISDIR:
    case EINVAL: /* a folder into itself */
    case EXDEV: return 409;
    case EACCES:
    case EPERM:
    case EROFS:
    case EBUSY: return 403;
    case ENAMETOOLONG: return 414;
    case ENOSPC:
    case EDQUOT: return 507;
    default: return 500;
    }
}

/* 201 and 204 have no words; everything else is an error. */
static void answer(struct http_call *call, int status)
{
    struct http_head hd;
    if (status >= 400) {
        http_error(call, status, NULL);
        return;
    }
    http_head_begin(call->h, &hd, status);
    if (status != 204)
        http_head_addu(&hd, "Content-Length", 0);
    http_head_send(call->h, &hd, 0);
    http_log(call->h, call->head, status, 0);
}

static void note(const struct http *h, enum event_kind kind, const char *path, const char *to)
{
    serve_changed(h->conn, h->account, h->account != NULL ? h->account->name : "guest", kind, path,
                  to);
}

/* May whoever asks do that with call->path? Else it is answered. */
static bool may(struct http_call *call, unsigned rights)
{
    if ((http_rights(call->h, call->path) & rights) == rights)
        return true;
    http_forbid(call);
    return false;
}

/* A file, or a folder that is empty. */
void http_delete_file(struct http_call *call)
{
    struct store *files = http_serve(call->h)->files;
    enum event_kind kind = EVENT_DELETE;
    if (!may(call, MAY_CHANGE))
        return;
    const int status = http_write_conditions(call, MAY_CHANGE);
    if (status != 0) {
        answer(call, status);
        return;
    }
    int err = store_unlink(files, call->path);
    if (err == EISDIR) {
        kind = EVENT_RMDIR;
        err = store_rmdir(files, call->path);
    }
    if (err == 0)
        note(call->h, kind, call->path, NULL);
    answer(call, status_of(err));
}

void http_make_folder(struct http_call *call)
{
    if (!may(call, MAY_WRITE))
        return;
    if (call->h->body_pending) { /* we know of no body that would mean something (RFC 4918, 9.3) */
        answer(call, 415);
        return;
    }
    const int err = store_mkdir(http_serve(call->h)->files, call->path);
    if (err == 0)
        note(call->h, EVENT_MKDIR, call->path, NULL);
    if (err == EEXIST)
        http_error(call, 405, "GET, HEAD, OPTIONS, PUT, DELETE, MOVE");
    else
        answer(call, err == 0 ? 201 : err == ENOENT ? 409 : status_of(err));
}

/* --- MOVE --- */

/* The path within the store that the Destination field names; 0, or the status that refuses it. */
static int destination(const struct http_call *call, char path[PATH_BYTES_MAX])
{
    struct str to = http_field(call, HTTP_DESTINATION);
    const struct str host = http_authority(call);
    bool folder;
    if (to.n == 0)
        return 400;
    if (to.p[0] != '/') { /* an absolute URI: ours? */
        const char *slashes = memmem(to.p, to.n, "://", 3);
        if (slashes == NULL)
            return 400;
        to = (struct str){slashes + 3, (size_t)(to.p + to.n - slashes - 3)};
        if (to.n <= host.n || memcmp(to.p, host.p, host.n) != 0 || to.p[host.n] != '/')
            return 502;
        to = (struct str){to.p + host.n, to.n - host.n};
    }
    if (!path_from_url(to, path, &folder))
        return 400;
    if (strncmp(path, "/files/", 7) != 0)
        return 502;
    memmove(path, path + 6, strlen(path + 6) + 1);
    return 0;
}

/* 201, 204, or why not. */
static int move(struct http_call *call, const char *to)
{
    struct http *h = call->h;
    struct serve *s = http_serve(h);
    struct stat st;
    const bool there = store_stat(s->files, to, &st) == 0;
    if (there && str_ieq(http_field(call, HTTP_OVERWRITE), "F"))
        return 412;
    if (strcmp(call->path, to) == 0 || !access_may_move(s->conf, call->path, to))
        return 403;
    const int err = store_rename(s->files, call->path, to);
    if (err == ENOENT && store_stat(s->files, call->path, &st) == 0)
        return 409; /* the folder that it shall go to is not there */
    if (err != 0)
        return status_of(err == EEXIST ? ENOTEMPTY : err);
    note(h, EVENT_MOVE, call->path, to);
    return there ? 204 : 201;
}

void http_move_file(struct http_call *call)
{
    char to[PATH_BYTES_MAX];
    if (!may(call, MAY_CHANGE))
        return;
    int status = destination(call, to);
    if (status == 0 && (http_rights(call->h, to) & MAY_CHANGE) != MAY_CHANGE) {
        http_forbid(call);
        return;
    }
    if (status == 0)
        status = http_write_conditions(call, MAY_CHANGE);
    answer(call, status != 0 ? status : move(call, to));
}
