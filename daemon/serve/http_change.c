/* http_change.c: DELETE (RFC 9110, 9.3.5), and of WebDAV MKCOL, MOVE and COPY (RFC 4918, 9.3, 9.8,
 * 9.9). */
#include "serve/http_dav.h"

#include <errno.h>
#include <string.h>

/* 201 and 204 have no words; everything else is an error. */
static void answer(struct http_call *call, int status)
{
    if (status >= 400)
        http_error(call, status, NULL);
    else
        http_send_bare(call, status);
}

/* A folder is one with all that is in it. */
void http_delete_file(struct http_call *call)
{
    struct store *files = http_serve(call->h)->files;
    enum event_kind kind = EVENT_DELETE;
    enum dav_depth depth;
    if (!http_may(call, MAY_CHANGE) || !http_dav_depth(call, DAV_DEPTH_INFINITY, &depth))
        return;
    const int status = http_write_conditions(call, MAY_CHANGE);
    if (status != 0) {
        answer(call, status);
        return;
    }
    if (!http_unlocked(call, call->path, LOCK_WHOLE))
        return;
    int err = store_unlink(files, call->path);
    if (err == EISDIR) {
        kind = EVENT_RMDIR;
        err = store_rmdir(files, call->path);
    }
    if (err == ENOTEMPTY && depth == DAV_DEPTH_INFINITY) {
        const struct tree_wish wish = {.op = TREE_DELETE, .from = call->path};
        http_tree(call, &wish);
        return;
    }
    if (err == 0)
        http_changed(call->h, kind, call->path, NULL);
    answer(call, http_change_status(err));
}

void http_make_folder(struct http_call *call)
{
    if (!http_may(call, MAY_WRITE))
        return;
    if (call->h->body_pending) { /* we know of no body that would mean something (RFC 4918, 9.3) */
        answer(call, 415);
        return;
    }
    if (path_hidden(call->path)) {
        answer(call, 403);
        return;
    }
    if (!http_unlocked(call, call->path, LOCK_MEMBER))
        return;
    const int err = store_mkdir(http_serve(call->h)->files, call->path);
    if (err == 0)
        http_changed(call->h, EVENT_MKDIR, call->path, NULL);
    if (err == EEXIST)
        http_error(call, 405, call->h->visit != NULL ? HTTP_SHARES_ALLOW : http_files_allow(call));
    else
        answer(call, err == 0 ? 201 : err == ENOENT ? 409 : http_change_status(err));
}

/* --- MOVE and COPY --- */

/* What is at both ends. */
struct ends {
    struct stat from, to;
    bool there; /* something is at the destination, and he may know */
};

/* Is there a folder that path could be put into? */
static bool has_parent(struct store *s, const char *path)
{
    char parent[PATH_BYTES_MAX];
    struct stat st;
    return path_resolve(path, STR(".."), parent) && store_stat(s, parent, &st) == 0 &&
           S_ISDIR(st.st_mode);
}

/* Where path lies when no link is on the way; a last one is followed, or is what it is about. */
static bool real_path(struct store *s, const char *path, bool follow, char out[PATH_BYTES_MAX])
{
    char parent[PATH_BYTES_MAX], real[PATH_BYTES_MAX];
    if (follow)
        return store_real(s, path, out) == 0;
    return path_resolve(path, STR(".."), parent) && store_real(s, parent, real) == 0 &&
           path_resolve(real, str_of(path_name(path)), out);
}

/* Neither may be the other, nor one go with what makes room for the other. 0, or the status. */
static int compare(struct http_call *call, const char *to, const struct ends *e)
{
    struct store *files = http_serve(call->h)->files;
    const bool copy = call->h->req.method == HTTP_COPY;
    char a[PATH_BYTES_MAX], b[PATH_BYTES_MAX];
    if (!real_path(files, call->path, copy, a) || !real_path(files, to, false, b))
        return 409;
    if (strcmp(a, b) == 0)
        return 403;
    return path_below(b, a) || (S_ISDIR(e->from.st_mode) && path_below(a, b)) ? 409 : 0;
}

/* What is the same for both: 0 to go on, or the status. */
static int look_at(struct http_call *call, const char *to, struct ends *e)
{
    struct store *files = http_serve(call->h)->files;
    const bool seen = (http_rights(call->h, to) & MAY_READ) != 0;
    const int err = store_stat(files, call->path, &e->from);
    if (err != 0)
        return http_change_status(err);
    if (path_hidden(to) || strcmp(to, "/") == 0 || strcmp(call->path, "/") == 0)
        return 403;
    e->there = seen && store_stat(files, to, &e->to) == 0;
    if (!has_parent(files, to))
        return 409;
    const int status = compare(call, to, e);
    if (status != 0)
        return status;
    return e->there && str_ieq(http_field(call, HTTP_OVERWRITE), "F") ? 412 : 0;
}

/* The Destination, where whoever asks must have these rights; false, and answered, when there is
 * none. */
static bool destination(struct http_call *call, unsigned rights, char to[PATH_BYTES_MAX])
{
    const int status = http_dav_path(call, http_field(call, HTTP_DESTINATION), to);
    if (status != 0)
        answer(call, status);
    else if ((http_rights(call->h, to) & rights) != rights)
        http_forbid(call);
    else
        return true;
    return false;
}

static void move(struct http_call *call, const char *to, const struct ends *e)
{
    const struct tree_wish wish = {
        .op = TREE_MOVE, .from = call->path, .to = to, .clear = e->there, .replaced = e->there};
    if (e->there && (S_ISDIR(e->from.st_mode) || S_ISDIR(e->to.st_mode))) {
        http_tree(call, &wish);
        return;
    }
    const int err = store_rename(http_serve(call->h)->files, call->path, to);
    if (err == 0)
        http_changed(call->h, EVENT_MOVE, call->path, to);
    answer(call, err != 0 ? http_change_status(err) : e->there ? 204 : 201);
}

void http_move_file(struct http_call *call)
{
    char to[PATH_BYTES_MAX];
    enum dav_depth depth;
    struct ends e;
    if (!http_may(call, MAY_CHANGE) || !destination(call, MAY_CHANGE, to) ||
        !http_dav_depth(call, DAV_DEPTH_INFINITY, &depth))
        return;
    int status = http_write_conditions(call, MAY_CHANGE);
    if (status == 0)
        status = look_at(call, to, &e);
    if (status == 0 && !access_may_move(http_serve(call->h)->conf, call->path, to))
        status = 403;
    if (status == 0 && S_ISDIR(e.from.st_mode) && depth != DAV_DEPTH_INFINITY)
        status = 400;
    if (status != 0)
        answer(call, status);
    else if (http_unlocked(call, call->path, LOCK_WHOLE) && http_unlocked(call, to, LOCK_WHOLE))
        move(call, to, &e);
}

void http_copy_file(struct http_call *call)
{
    char to[PATH_BYTES_MAX];
    enum dav_depth depth;
    struct ends e;
    if (!http_may(call, MAY_READ) || !destination(call, MAY_WRITE, to) ||
        !http_dav_depth(call, DAV_DEPTH_INFINITY, &depth))
        return;
    int status = http_write_conditions(call, MAY_READ);
    if (status == 0)
        status = look_at(call, to, &e);
    if (status == 0 && depth == DAV_DEPTH_1)
        status = 400;
    if (status == 0 && e.there && !(http_rights(call->h, to) & MAY_REPLACE))
        status = 403;
    if (status != 0) {
        answer(call, status);
        return;
    }
    const bool folder = S_ISDIR(e.from.st_mode) || (e.there && S_ISDIR(e.to.st_mode));
    const struct tree_wish wish = {.op = TREE_COPY,
                                   .from = call->path,
                                   .to = to,
                                   .clear = e.there && folder,
                                   .replaced = e.there,
                                   .shallow = depth == DAV_DEPTH_0};
    if (http_unlocked(call, to, wish.clear ? LOCK_WHOLE : e.there ? 0 : LOCK_MEMBER))
        http_tree(call, &wish);
}
