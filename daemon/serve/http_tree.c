/* http_tree.c: what is done to a folder with all that is in it, some entries a turn: it is deleted,
 * copied, or makes room for what is moved to its place. */
#include "model/tree.h"
#include "serve/http_dav.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STEPS = 32,         /* entries of one turn */
    TURN_MS = 4,        /* and how long it may take, give or take one */
    REPORTED_MAX = 500, /* failures told one by one */
};

enum phase { CLEARING, REMOVING, COPYING, RENAMING, DONE };

struct op {
    struct http_work work;
    struct http *h;
    struct timer next;
    enum phase phase;
    enum tree_op op;
    bool shallow;
    bool checking; /* rules differ below: each path is looked at */
    bool waiting;  /* for a file to be copied */
    int status;    /* when all went well */
    struct tree *tree;
    struct upload *upload;
    unsigned failures;
    int failed_with; /* the last one's status */
    char failed[PATH_BYTES_MAX];
    struct buf report;
    char from[PATH_BYTES_MAX], to[PATH_BYTES_MAX];
};

static struct op *op_of(const struct http *h)
{
    return (void *)h->work;
}

int http_change_status(int err)
{
    switch (err) {
    case 0: return 204;
    case ENOENT: return 404;
    case EEXIST:
    case ENOTEMPTY:
    case ENOTDIR:
    case EISDIR:
    case EINVAL: /* a folder into itself */
    case EXDEV: return 409;
    case EACCES:
    case EPERM:
    case EROFS:
    case ELOOP:
    case EBUSY: return 403;
    case ENAMETOOLONG: return 414;
    case ENOSPC:
    case EDQUOT: return 507;
    case EMFILE:
    case ENFILE:
    case ENOMEM: return 503;
    default: return 500;
    }
}

void http_changed(const struct http *h, enum event_kind kind, const char *path, const char *to)
{
    serve_changed(h->conn, h->account, http_who(h), kind, path, to);
}

/* --- what fails --- */

static void fail(struct op *op, const char *path, bool folder, int status)
{
    op->failed_with = status;
    text_copy(op->failed, sizeof op->failed, path);
    if (op->failures++ >= REPORTED_MAX)
        return;
    buf_adds(&op->report, "<D:response>");
    http_dav_href(&op->report, path, folder);
    http_dav_status(&op->report, status);
    buf_adds(&op->report, "</D:response>\n");
}

/* Has something within the folder failed just now? Then it is clear why the folder has. */
static bool failed_within(const struct op *op, const char *folder)
{
    return op->failures > 0 && path_below(folder, op->failed);
}

/* --- removing --- */

static bool may_at(const struct op *op, const char *path, unsigned rights)
{
    return !op->checking || (http_rights(op->h, path) & rights) == rights;
}

static void remove_file(struct op *op, const char *path)
{
    const int err =
        may_at(op, path, MAY_CHANGE) ? store_unlink(http_serve(op->h)->files, path) : EACCES;
    if (err == 0)
        http_changed(op->h, EVENT_DELETE, path, NULL);
    else if (http_rights(op->h, path) != 0) /* else its name is not told; its folder stays */
        fail(op, path, false, http_change_status(err));
}

static void remove_folder(struct op *op, const char *path)
{
    const int err = store_rmdir(http_serve(op->h)->files, path);
    if (err == 0)
        http_changed(op->h, EVENT_RMDIR, path, NULL);
    else if (err != ENOTEMPTY || !failed_within(op, path))
        fail(op, path, true, http_change_status(err));
}

/* --- copying --- */

static void go_on(struct op *op)
{
    struct conn *c = op->h->conn;
    if (timer_set(&c->loop->timers, &op->next, c->loop->clock.mono) < 0)
        conn_close(c, CLOSE_MEMORY);
}

/* Where the copy of path goes. */
static bool target(const struct op *op, const char *path, char to[PATH_BYTES_MAX])
{
    const char *rest = path + strlen(op->from);
    const size_t n = strlen(op->to);
    if (n + strlen(rest) + 1 > PATH_BYTES_MAX)
        return false;
    memcpy(to, op->to, n);
    memcpy(to + n, rest, strlen(rest) + 1);
    return true;
}

/* May path be copied to its place? What may not even be seen is passed over. */
static bool may_copy(struct op *op, const char *path, bool folder, char to[PATH_BYTES_MAX])
{
    if (!target(op, path, to)) {
        fail(op, path, folder, 414);
        return false;
    }
    if (may_at(op, path, MAY_READ) && may_at(op, to, MAY_WRITE))
        return true;
    if (http_rights(op->h, path) != 0)
        fail(op, path, folder, 403);
    return false;
}

static bool copy_folder(struct op *op, const char *path)
{
    char to[PATH_BYTES_MAX];
    if (!may_copy(op, path, true, to))
        return false;
    const int err = store_mkdir(http_serve(op->h)->files, to);
    if (err != 0) {
        fail(op, to, true, err == ENOENT ? 409 : http_change_status(err));
        return false;
    }
    http_changed(op->h, EVENT_MKDIR, to, NULL);
    props_copy(http_serve(op->h)->props, path, to);
    return !op->shallow;
}

/* The disk is full, or the quota: nothing more will come. */
static void file_failed(struct op *op, const char *to, int err)
{
    fail(op, to, false, http_upload_status(err));
    if (err == ENOSPC || err == EDQUOT)
        op->phase = DONE;
}

static void file_done(void *arg, int err)
{
    struct op *op = arg;
    const struct transfer t = http_transfer(op->h, op->upload);
    op->upload = NULL;
    op->waiting = false;
    if (err == 0) {
        serve_made(http_serve(op->h), &t, "copied");
        props_copy(http_serve(op->h)->props, op->tree != NULL ? tree_path(op->tree) : op->from,
                   t.path);
    } else {
        file_failed(op, t.path, err);
    }
    go_on(op);
}

static void file_copied(void *arg, int err)
{
    struct op *op = arg;
    if (err == 0) {
        upload_finish(op->upload);
        return;
    }
    struct upload *up = op->upload;
    file_failed(op, upload_path(up), err);
    op->upload = NULL;
    op->waiting = false;
    upload_abort(up);
    go_on(op);
}

/* One that is there is replaced only where the wish is about one file; into a drop box, none is. */
static void copy_file(struct op *op, const char *path, uint64_t size)
{
    char to[PATH_BYTES_MAX];
    if (!may_copy(op, path, false, to))
        return;
    const struct upload_wish wish = {.path = to,
                                     .mode = op->tree == NULL ? UPLOAD_REPLACE : UPLOAD_NEW,
                                     .copy_of = path,
                                     .ready = file_copied,
                                     .done = file_done,
                                     .arg = op,
                                     .expected = size,
                                     .locks_held = true};
    const int err = serve_upload_begin(http_serve(op->h), op->h->account, http_rights(op->h, to),
                                       &wish, &op->upload);
    if (err != 0) {
        file_failed(op, to, err);
        return;
    }
    op->waiting = true;
    if (upload_ready(op->upload)) /* an empty file */
        upload_finish(op->upload);
}

/* --- one entry after the other --- */

/* False when the turn is over. */
static bool step_tree(struct op *op, enum phase next)
{
    const bool copying = op->phase == COPYING;
    const enum tree_what what = tree_next(op->tree);
    const char *path = tree_path(op->tree);
    switch (what) {
    case TREE_MORE: return false;
    case TREE_ENTER:
        if (copying ? !copy_folder(op, path) : !may_at(op, path, MAY_CHANGE)) {
            if (!copying && http_rights(op->h, path) != 0)
                fail(op, path, true, 403);
            tree_skip(op->tree);
        }
        return true;
    case TREE_FILE:
        if (!copying)
            remove_file(op, path);
        else if (tree_links_folder(op->tree))
            fail(op, path, true, 403);
        else
            copy_file(op, path, tree_size(op->tree));
        return true;
    case TREE_LEAVE:
        if (!copying)
            remove_folder(op, path);
        return true;
    case TREE_CLOSED: fail(op, path, true, http_change_status(tree_error(op->tree))); return true;
    case TREE_END:
        tree_close(op->tree);
        op->tree = NULL;
        op->phase = op->failures == 0 ? next : DONE;
        return true;
    }
    return true;
}

static bool open_tree(struct op *op, const char *path)
{
    const struct conf *conf = http_serve(op->h)->conf;
    if (op->tree != NULL)
        return true;
    op->checking = access_differs_below(conf, op->from) ||
                   (op->op != TREE_DELETE && access_differs_below(conf, op->to));
    op->tree = tree_open(http_serve(op->h)->files, path, TREE_DEPTH_MAX);
    if (op->tree != NULL)
        return true;
    fail(op, path, true, 503);
    op->phase = DONE;
    return false;
}

/* A folder itself, not a link to one. */
static bool is_folder(const struct op *op, const char *path)
{
    int dir;
    const char *name;
    struct stat st;
    if (store_parent(http_serve(op->h)->files, path, &dir, &name) != 0)
        return false;
    const bool is = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
    close(dir);
    return is;
}

/* The file at `to`, or all of the folder. */
static bool clear(struct op *op)
{
    const enum phase next = op->op == TREE_COPY ? COPYING : RENAMING;
    if (op->tree == NULL && !is_folder(op, op->to)) {
        remove_file(op, op->to);
        op->phase = op->failures == 0 ? next : DONE;
        return true;
    }
    return open_tree(op, op->to) && step_tree(op, next);
}

static bool copy(struct op *op)
{
    struct stat st;
    const int err = op->tree == NULL ? store_stat(http_serve(op->h)->files, op->from, &st) : 0;
    if (err != 0)
        fail(op, op->from, false, http_change_status(err));
    if (err == 0 && (op->tree != NULL || S_ISDIR(st.st_mode)))
        return open_tree(op, op->from) && step_tree(op, DONE);
    op->phase = DONE;
    if (err == 0)
        copy_file(op, op->from, (uint64_t)st.st_size);
    return true;
}

static void rename_it(struct op *op)
{
    const int err = store_rename(http_serve(op->h)->files, op->from, op->to);
    op->phase = DONE;
    if (err == 0)
        http_changed(op->h, EVENT_MOVE, op->from, op->to);
    else
        fail(op, op->from, false, http_change_status(err));
}

/* --- the answer --- */

static void answer(struct http *h)
{
    struct op *op = op_of(h);
    struct http_call call = {.h = h};
    const bool itself = strcmp(op->failed, op->from) == 0 || strcmp(op->failed, op->to) == 0;
    if (op->failures == 1 && itself) {
        http_error(&call, op->failed_with, NULL);
    } else if (op->failures > 0) {
        struct buf b = {0};
        buf_addf(&b, "%s<D:multistatus xmlns:D=\"DAV:\">\n", http_dav_top);
        buf_add(&b, buf_data(&op->report), op->report.len);
        buf_adds(&b, "</D:multistatus>\n");
        b.failed = b.failed || op->report.failed;
        http_dav_send(&call, 207, &b);
    } else {
        http_send_bare(&call, op->status);
    }
    http_answered(h);
}

/* False when the turn is over. */
static bool step(struct op *op)
{
    switch (op->phase) {
    case CLEARING: return clear(op);
    case REMOVING: return open_tree(op, op->from) && step_tree(op, DONE);
    case COPYING: return copy(op);
    case RENAMING: rename_it(op); return true;
    case DONE: return false;
    }
    return false;
}

static void turn(struct timer *t)
{
    struct op *op = container_of(t, struct op, next);
    struct clock now, began;
    clock_update(&began);
    now = began; /* the disk may be slow */
    for (int i = 0; i < STEPS && now.mono - began.mono < TURN_MS; i++) {
        if (op->waiting || !step(op))
            break;
        clock_update(&now);
    }
    if (op->waiting)
        return;
    if (op->phase == DONE)
        answer(op->h);
    else
        go_on(op);
}

static void end(struct http *h)
{
    go_on(op_of(h));
}

static void drop(struct http *h, const char *why)
{
    struct op *op = op_of(h);
    timer_clear(&h->conn->loop->timers, &op->next);
    http_upload_drop(h, &op->upload, why != NULL ? why : "");
    tree_close(op->tree);
    buf_free(&op->report);
    free(op);
}

static const char *about(const struct http *h)
{
    return op_of(h)->from;
}

static const struct http_work_ops ops = {.end = end, .drop = drop, .about = about};

void http_tree(struct http_call *call, const struct tree_wish *wish)
{
    struct op *op = calloc(1, sizeof *op);
    if (op == NULL) {
        http_error(call, 503, NULL);
        return;
    }
    op->work.ops = &ops;
    op->h = call->h;
    op->next.fn = turn;
    op->op = wish->op;
    op->shallow = wish->shallow;
    op->status = wish->op == TREE_DELETE || wish->replaced ? 204 : 201;
    op->phase = wish->op == TREE_DELETE ? REMOVING
                : wish->clear           ? CLEARING
                : wish->op == TREE_COPY ? COPYING
                                        : RENAMING;
    text_copy(op->from, sizeof op->from, wish->from);
    text_copy(op->to, sizeof op->to, wish->to != NULL ? wish->to : "");
    http_take_body(call, &op->work);
}
