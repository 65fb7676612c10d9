/* http_lock.c: LOCK and UNLOCK (RFC 4918, 9.10 and 9.11). A lock of what is not there makes an
 * empty file (7.3). */
#include "serve/http_dav.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what is told of locks --- */

static void add_lock(struct buf *b, struct serve *s, const struct lock *l)
{
    buf_addf(b,
             "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:%s/></D:lockscope>"
             "<D:depth>%s</D:depth>%s<D:timeout>Second-%u</D:timeout>"
             "<D:locktoken><D:href>%s</D:href></D:locktoken><D:lockroot>",
             l->shared ? "shared" : "exclusive", l->deep ? "infinity" : "0", l->owner,
             lock_seconds(s->locks, l), l->token);
    http_dav_href(b, l->path, l->folder);
    buf_adds(b, "</D:lockroot></D:activelock>");
}

void http_add_locks(struct buf *b, struct serve *s, const char *path)
{
    buf_adds(b, "<D:lockdiscovery>");
    for (const struct lock *l = NULL; (l = lock_next(s->locks, l, path)) != NULL;)
        add_lock(b, s, l);
    buf_adds(b, "</D:lockdiscovery>");
}

/* fresh: it has just been made, and the client does not know its token. */
static void send_lock(struct http_call *call, int status, const struct lock *l, bool fresh)
{
    struct http *h = call->h;
    struct http_head hd;
    struct buf b = {0};
    buf_addf(&b, "%s<D:prop xmlns:D=\"DAV:\">", http_dav_top);
    http_add_locks(&b, http_serve(h), l->path);
    buf_adds(&b, "</D:prop>\n");
    if (b.failed) {
        buf_free(&b);
        conn_close(h->conn, CLOSE_MEMORY);
        return;
    }
    http_head_begin(h, &hd, status);
    http_head_add(&hd, "Content-Type", STR("application/xml; charset=utf-8"));
    if (fresh) {
        char token[LOCK_TOKEN_MAX + 2];
        snprintf(token, sizeof token, "<%s>", l->token);
        http_head_add(&hd, "Lock-Token", str_of(token));
    }
    http_send_whole(call, &hd, status, (struct str){buf_data(&b), b.len});
    buf_free(&b);
}

/* --- LOCK of what is not there --- */

struct making {
    struct http_work work;
    struct upload *upload;
    char token[LOCK_TOKEN_MAX]; /* of the lock, which may end before the file is there */
    char path[PATH_BYTES_MAX];
};

static struct lock *lock_of(const struct http *h)
{
    const struct making *m = (const void *)h->work;
    return lock_find(http_serve(h)->locks, str_of(m->token), m->path);
}

static void made(void *arg, int err)
{
    struct http *h = arg;
    struct http_call call = {.h = h};
    struct making *m = (void *)h->work;
    const struct transfer t = http_transfer(h, m->upload);
    struct lock *l = lock_of(h);
    m->upload = NULL;
    m->token[0] = '\0';
    if (err == 0)
        serve_made(http_serve(h), &t, "locked");
    if (err == 0 && l != NULL)
        send_lock(&call, 201, l, true);
    else
        http_error(&call, err != 0 ? http_upload_status(err) : 409, NULL);
    if (err != 0 && l != NULL)
        lock_drop(l);
    http_answered(h);
}

static void making_drop(struct http *h, const char *why)
{
    struct making *m = (void *)h->work;
    struct lock *l = lock_of(h);
    http_upload_drop(h, &m->upload, why != NULL ? why : "");
    if (l != NULL) /* nobody was told of it */
        lock_drop(l);
    free(m);
}

static const struct http_work_ops making_ops = {.drop = making_drop};

/* The file comes behind its lock, so that nobody comes between. */
static void make_file(struct http *h, const char *path, struct lock *l)
{
    struct http_call call = {.h = h};
    const struct upload_wish wish = {
        .path = path, .mode = UPLOAD_NEW, .done = made, .arg = h, .locks_held = true};
    struct making *m = calloc(1, sizeof *m);
    int err = ENOMEM;
    if (m != NULL)
        err =
            serve_upload_begin(http_serve(h), h->account, http_rights(h, path), &wish, &m->upload);
    if (err != 0) {
        free(m);
        lock_drop(l);
        http_error(&call, http_upload_status(err), NULL);
        http_answered(h);
        return;
    }
    m->work.ops = &making_ops;
    text_copy(m->token, sizeof m->token, l->token);
    text_copy(m->path, sizeof m->path, path);
    http_set_work(h, &m->work); /* which ends the form, and path with it */
    upload_finish(m->upload);
}

/* --- LOCK --- */

static void lock_body(struct http *h, const struct dav_body *body)
{
    struct http_call call = {.h = h};
    struct serve *s = http_serve(h);
    const char *path = http_form_path(h);
    struct stat st;
    struct lock *l = NULL;
    char address[PEER_TEXT_MAX];
    addr_ip_text(&h->conn->peer, address);
    const bool there = store_stat(s->files, path, &st) == 0;
    const struct lock_wish wish = {.account = h->account,
                                   .address = address,
                                   .path = path,
                                   .owner = body->owner != 0 ? dav_text(body, body->owner) : "",
                                   .shared = body->shared,
                                   .deep = http_form_note(h) & 1,
                                   .folder = there && S_ISDIR(st.st_mode),
                                   .seconds = http_form_note(h) >> 1};
    const struct lock *other = lock_conflict(s->locks, &wish);
    int err = strlen(wish.owner) > LOCK_OWNER_MAX ? ENOSPC : 0;
    if (other != NULL || uploads_under_way(s->files, path, wish.deep)) {
        http_dav_error(&call, 423, "no-conflicting-lock",
                       other != NULL ? http_told_path(h, other->path) : NULL);
        http_answered(h);
        return;
    }
    if (err == 0)
        err = lock_new(s->locks, &wish, &l);
    if (err == 0 && !there) {
        make_file(h, path, l);
        return;
    }
    if (err == 0)
        send_lock(&call, 200, l, true);
    else
        http_error(&call, err == ENOSPC ? 507 : 503, NULL);
    http_answered(h);
}

static void lock_whole(struct http *h)
{
    struct http_call call = {.h = h};
    struct dav_body body;
    const int status = dav_xml_parse(&body, DAV_LOCK, http_form_body(h));
    if (status == 0) {
        lock_body(h, &body);
    } else {
        http_error(&call, status, NULL);
        http_answered(h);
    }
    dav_body_free(&body);
}

/* The lock of h's that the If field names for call->path, or NULL. */
static struct lock *named_lock(const struct http_call *call)
{
    struct dav_if it = dav_if_begin(http_field(call, HTTP_IF));
    struct dav_cond c;
    while (it.rest.p != NULL && dav_if_next(&it, &c) > 0) {
        struct lock *l =
            c.etag || c.negated ? NULL : lock_find(http_serve(call->h)->locks, c.value, call->path);
        if (l != NULL && http_owns_lock(call->h, l))
            return l;
    }
    return NULL;
}

/* Without a body: it shall last longer. */
static void refresh(struct http_call *call, unsigned seconds)
{
    struct lock *l = named_lock(call);
    if (l == NULL) {
        http_dav_error(call, 412, "lock-token-matches-request-uri", NULL);
        return;
    }
    lock_refresh(http_serve(call->h)->locks, l, seconds);
    send_lock(call, 200, l, false);
}

void http_lock(struct http_call *call)
{
    struct stat st;
    enum dav_depth depth;
    const unsigned seconds = dav_timeout(http_field(call, HTTP_TIMEOUT), LOCK_SECONDS_MAX);
    if (!http_may(call, MAY_CHANGE) || !http_dav_depth(call, DAV_DEPTH_INFINITY, &depth))
        return;
    if (depth == DAV_DEPTH_1 || path_hidden(call->path)) {
        http_error(call, depth == DAV_DEPTH_1 ? 400 : 403, NULL);
        return;
    }
    /* It would bar others from where he may do nothing; administrators may all. */
    if (depth == DAV_DEPTH_INFINITY && !http_is_admin(call->h) &&
        access_differs_below(http_serve(call->h)->conf, call->path)) {
        http_error(call, 403, NULL);
        return;
    }
    const int status = http_write_conditions(call, MAY_CHANGE);
    if (status != 0) {
        http_error(call, status, NULL);
        return;
    }
    if (!call->h->body_pending) {
        refresh(call, seconds);
        return;
    }
    /* What others have locked is no bar to sharing it; whether it is one, lock_new() says. */
    const bool there = store_stat(http_serve(call->h)->files, call->path, &st) == 0;
    if (!there && !http_unlocked(call, call->path, LOCK_MEMBER))
        return;
    call->note = seconds << 1 | (depth == DAV_DEPTH_INFINITY);
    http_take_form(call, DAV_BODY_MAX, lock_whole);
}

/* --- UNLOCK --- */

void http_unlock(struct http_call *call)
{
    struct str token;
    if (!http_may(call, MAY_CHANGE))
        return;
    if (!dav_coded_url(http_field(call, HTTP_LOCK_TOKEN), &token)) {
        http_error(call, 400, NULL);
        return;
    }
    struct lock *l = lock_find(http_serve(call->h)->locks, token, call->path);
    if (l == NULL) {
        http_dav_error(call, 409, "lock-token-matches-request-uri", NULL);
        return;
    }
    if (!http_owns_lock(call->h, l) && !http_is_admin(call->h)) {
        http_error(call, 403, NULL);
        return;
    }
    lock_drop(l);
    http_send_bare(call, 204);
}
