/* http.c: the connection: request after request, and the table of routes. */
#include "serve/http.h"

#include "base/unset.h"
#include "parse/url.h"

#include <string.h>

enum {
    TURN_REQUESTS = 32,  /* pipelined requests taken in one turn */
    LOW_MARK = 16 << 10, /* output at which they go on after there was too much */
};

/* --- routes --- */

enum {
    GET = 1 << HTTP_GET,
    HEAD = 1 << HTTP_HEAD,
    OPTIONS = 1 << HTTP_OPTIONS,
    POST = 1 << HTTP_POST,
    PUT = 1 << HTTP_PUT,
    DELETE = 1 << HTTP_DELETE,
    MKCOL = 1 << HTTP_MKCOL,
    MOVE = 1 << HTTP_MOVE,
    COPY = 1 << HTTP_COPY,
    PROPFIND = 1 << HTTP_PROPFIND,
    PROPPATCH = 1 << HTTP_PROPPATCH,
    LOCK = 1 << HTTP_LOCK,
    UNLOCK = 1 << HTTP_UNLOCK,
    PATCH = 1 << HTTP_PATCH,
    READ = GET | HEAD | OPTIONS,
};

enum {
    HOME = 1,   /* only where the store is shown too */
    FOLDER = 2, /* without its slash, it leads to the one with */
    ECHO = 4,   /* only with [echo] web = yes */
    LOGIN = 8,  /* only where somebody can log in */
    DAV = 16,   /* WebDAV is spoken */
    PARTS = 32, /* uploads can be resumed there */
};

struct route {
    const char *prefix; /* of whole components */
    unsigned methods;
    void (*run)(struct http_call *call);
    unsigned flags;
    const char *allow;
};

#define UPLOADS    "GET, HEAD, OPTIONS, PATCH, DELETE"
#define ECHO_ALLOW "POST, PUT, OPTIONS"

/* Rows of one prefix stand together; the first tells its flags HOME, ECHO and LOGIN. */
static const struct route routes[] = {
    {"/files", READ, http_get_files, HOME | DAV | PARTS, HTTP_FILES_ALLOW},
    {"/files", PUT, http_put_file, HOME, HTTP_FILES_ALLOW},
    {"/files", POST, http_post_files, HOME, HTTP_FILES_ALLOW},
    {"/files", DELETE, http_delete_file, HOME, HTTP_FILES_ALLOW},
    {"/files", MKCOL, http_make_folder, HOME, HTTP_FILES_ALLOW},
    {"/files", MOVE, http_move_file, HOME, HTTP_FILES_ALLOW},
    {"/files", COPY, http_copy_file, HOME, HTTP_FILES_ALLOW},
    {"/files", PROPFIND, http_propfind, HOME, HTTP_FILES_ALLOW},
    {"/files", PROPPATCH, http_proppatch, HOME, HTTP_FILES_ALLOW},
    {"/files", LOCK, http_lock, HOME, HTTP_FILES_ALLOW},
    {"/files", UNLOCK, http_unlock, HOME, HTTP_FILES_ALLOW},
    {"/s", READ, http_visit_get, 0, HTTP_SHARES_ALLOW},
    {"/s", PUT, http_visit_put, 0, HTTP_SHARES_ALLOW},
    {"/s", POST, http_visit_post, 0, HTTP_SHARES_ALLOW},
    {"/s", MKCOL, http_visit_make_folder, 0, HTTP_SHARES_ALLOW},
    {"/shares", READ, http_get_shares, LOGIN, "GET, HEAD, OPTIONS, POST"},
    {"/shares", POST, http_post_shares, LOGIN, "GET, HEAD, OPTIONS, POST"},
    {"/login", READ, http_get_login, LOGIN, "GET, HEAD, OPTIONS, POST"},
    {"/login", POST, http_post_login, LOGIN, "GET, HEAD, OPTIONS, POST"},
    {"/logout", POST | OPTIONS, http_post_logout, LOGIN, "POST, OPTIONS"},
    {"/chat/ws", READ, http_upgrade_chat, HOME, "GET, HEAD, OPTIONS"},
    {"/chat", READ, http_get_chat, HOME | FOLDER, "GET, HEAD, OPTIONS"},
    {"/rooms", READ, http_get_room, HOME, "GET, HEAD, OPTIONS, POST"},
    {"/rooms", POST, http_post_room, HOME, "GET, HEAD, OPTIONS, POST"},
    {"/events", READ, http_get_events, HOME, "GET, HEAD, OPTIONS"},
    {"/metrics", READ, http_get_metrics, HOME, "GET, HEAD, OPTIONS"},
    {"/status", READ, http_get_status, HOME, "GET, HEAD, OPTIONS"},
    {HTTP_UPLOADS, READ, http_get_upload, HOME | PARTS, UPLOADS},
    {HTTP_UPLOADS, PATCH, http_patch_upload, HOME, UPLOADS},
    {HTTP_UPLOADS, DELETE, http_delete_upload, HOME, UPLOADS},
    {"/-/drop", POST | OPTIONS, http_post_drop, 0, "POST, OPTIONS"},
    {"/-", READ, http_get_asset, 0, "GET, HEAD, OPTIONS"},
    {"/echo", POST | PUT | OPTIONS, http_echo, ECHO, ECHO_ALLOW},
    {"/echo", GET | HEAD, http_upgrade_echo, ECHO, ECHO_ALLOW},
    {"", READ, http_get_site, 0, "GET, HEAD, OPTIONS"},
};

unsigned http_rights(const struct http *h, const char *path)
{
    if (h->visit != NULL)
        return http_visit_rights(h, path);
    const struct person who = {.account = h->account,
                               .guests = (enum conf_access)http_conf(h)->files_access,
                               .machine = h->machine};
    return serve_rights(h->conn, &who, path);
}

bool http_is_secure(const struct http *h)
{
    return h->conn->tls != NULL;
}

bool http_has_home(const struct http *h)
{
    return http_conf(h)->files_access != ACCESS_NO || h->account != NULL;
}

/* What guests may not see is there for those who can log in. */
static bool is_open(const struct http *h, const struct route *r)
{
    if (r->flags & HOME)
        return http_has_home(h) || http_logins_open(h);
    if (r->flags & LOGIN)
        return http_logins_open(h);
    return !(r->flags & ECHO) || http_serve(h)->conf->echo->web;
}

/* The row of the same prefix that has the method, or NULL. */
static const struct route *for_method(const struct route *first, unsigned method)
{
    for (const struct route *r = first; strcmp(r->prefix, first->prefix) == 0; r++)
        if (r->methods & method)
            return r;
        else if (r->prefix[0] == '\0') /* the last one */
            break;
    return NULL;
}

/* What of path is behind the prefix; NULL when it does not lie there. */
static const char *behind(const char *path, const char *prefix)
{
    while (*prefix != '\0' && *path == *prefix)
        path++, prefix++;
    if (*prefix != '\0' || (*path != '/' && *path != '\0'))
        return NULL;
    return *path == '/' ? path : "/";
}

/* The first route whose prefix is that of path, and the rest of path. */
static const struct route *find_route(const struct http *h, const char *path, const char **rest)
{
    const struct route *r = routes; /* the last one takes all */
    for (;; r++) {
        if (r->prefix[0] != '\0' && r->prefix[1] != path[1]) /* as most of them, at a glance */
            continue;
        if ((*rest = behind(path, r->prefix)) != NULL && is_open(h, r))
            break;
    }
    return r;
}

static void send_options(struct http_call *call, const char *allow, unsigned flags)
{
    struct http_head hd;
    const int status = flags & DAV ? 200 : 204; /* not every file manager takes 204 for a yes */
    http_head_begin(call->h, &hd, status);
    http_head_add(&hd, "Allow", str_of(allow));
    if (flags & DAV) {
        http_head_add(&hd, "DAV", STR("1, 2"));
        http_head_add(&hd, "MS-Author-Via", STR("DAV"));
    }
    if ((flags & PARTS) && http_serve(call->h)->files->partials->keep > 0) {
        http_head_add(&hd, "Accept-Patch", STR("application/partial-upload"));
        http_add_upload_limit(call->h, &hd, NULL);
    }
    http_send_whole(call, &hd, status, STR(""));
}

static void run(struct http_call *call, const struct route *first, const struct route *route)
{
    const struct http_req *r = &call->h->req;
    if (route == NULL) {
        http_error(call, 405, first->allow);
    } else if (r->method == HTTP_OPTIONS && http_preflight(call, route->allow)) {
        return; /* which comes without a login, whatever it is about */
    } else if (serve_needs_tls(call->h->conn, (route->flags & LOGIN) != 0)) {
        http_to_https(call);
    } else if ((route->flags & HOME) && !http_has_home(call->h)) {
        http_forbid(call);
    } else if (r->method == HTTP_OPTIONS) {
        const char *allow = route->flags & DAV ? http_files_allow(call) : route->allow;
        send_options(call, allow, route->flags);
    } else if ((route->flags & FOLDER) && !call->folder && strcmp(call->path, "/") == 0) {
        struct buf path = {0};
        buf_addf(&path, "%s/", route->prefix);
        http_redirect(call, buf_str(&path));
        buf_free(&path);
    } else {
        if (route->run != http_get_site && path_below(ACCESS_ROOMS, call->path) &&
            http_rights(call->h, call->path) != 0)
            serve_room_folder(http_serve(call->h), call->path);
        route->run(call);
    }
}

/* The head is whole: answer it; with an error, if `refused` names one. */
static void handle(struct http *h, int refused)
{
    UNSET char path[PATH_BYTES_MAX];
    struct http_call call = {.h = h, .head = buf_data(&h->conn->in), .path = ""};
    const struct str target = http_req_path(&h->req, call.head);
    call.head_only = h->req.method == HTTP_HEAD;
    serve_limit(http_serve(h), h->conn, h->account, &h->conn->peer);
    h->keep = h->req.keep_alive && !door_of(h->conn)->closing;
    if (refused != 0) {
        http_plan_body(h);
        if (refused == 401 && serve_needs_tls(h->conn, true))
            http_to_https(&call);
        else
            http_error(&call, refused, NULL);
    } else if (str_eq(target, "*")) {
        http_plan_body(h);
        send_options(&call, "GET, HEAD, OPTIONS", 0);
    } else if (!path_from_url(target, path, &call.folder)) {
        http_plan_body(h);
        http_error(&call, 400, NULL);
    } else {
        const struct route *first = find_route(h, path, &call.path);
        const struct route *route = for_method(first, 1u << h->req.method);
        http_plan_body(h);
        run(&call, first, route);
    }
}

/* --- from request to request --- */

static void next_request(struct http *h)
{
    http_drop_work(h, NULL);
    if (!h->keep || door_of(h->conn)->closing) {
        conn_finish(h->conn, h->body_pending || h->conn->in.len > 0);
        return;
    }
    http_req_reset(&h->req);
    conn_limit(h->conn, NULL);
    http_set_account(h, NULL);
    http_visit_end(h);
    if (h->host != door_of(h->conn))
        http_leave_host(h);
    if (h->cors.len > 0)
        buf_free(&h->cors);
    h->state = HTTP_READING;
    h->late = false;
    h->begun = false;
    conn_deadline(h->conn, http_conf(h)->keepalive);
}

/* The answer, or its rest, follows the body. */
static bool has_end(const struct http *h)
{
    return h->work != NULL && h->work->ops->end != NULL;
}

static void body_done(struct http *h)
{
    h->state = HTTP_WAITING;
    conn_pause(h->conn);
    conn_deadline(h->conn, http_serve(h)->conf->limits->idle_timeout);
    h->work->ops->end(h);
}

/* The response is complete, or waits for the body; is the request complete? */
static void response_done(struct http *h)
{
    if (!h->body_pending && has_end(h)) {
        body_done(h);
        return;
    }
    if (!h->body_pending || (!h->keep && h->work == NULL)) {
        next_request(h);
        return;
    }
    h->state = HTTP_BODY;
    h->body_since = h->conn->loop->clock.mono;
    conn_deadline(h->conn, http_serve(h)->conf->limits->request_timeout);
}

void http_answered(struct http *h)
{
    if (h->conn->closing || h->conn->finishing)
        return;
    next_request(h);
    conn_resume(h->conn);
    conn_again(h->conn);
}

void http_hold(struct http *h)
{
    h->state = HTTP_WAITING;
    conn_pause(h->conn);
}

void http_read_on(struct http *h)
{
    if (h->conn->closing || h->conn->finishing)
        return;
    h->state = HTTP_BODY;
    conn_deadline(h->conn, http_serve(h)->conf->limits->request_timeout);
    conn_resume(h->conn);
    conn_again(h->conn);
}

/* Nothing more is read before the peer has taken some of the output. */
static void wait_for_reader(struct http *h)
{
    conn_pause(h->conn);
    h->sent_seen = conn_arrived(h->conn);
    conn_deadline(h->conn, http_serve(h)->conf->limits->idle_timeout);
}

void http_sending(struct http *h)
{
    h->state = HTTP_SENDING;
    wait_for_reader(h);
}

void http_sent(struct http *h)
{
    http_log_late(h, h->queued);
    http_drop_work(h, NULL);
    response_done(h);
    conn_resume(h->conn);
}

void http_body_failed(struct http *h, int status, const char *why)
{
    struct http_call call = {.h = h};
    http_drop_work(h, why);
    h->keep = false;
    if (!h->begun)
        http_error(&call, status, NULL);
    conn_finish(h->conn, true);
}

/* False when there is nothing more to do for now. */
static bool step_body(struct http *h)
{
    if (http_body_next(h) < 0) {
        http_body_failed(h, 400, "broken request");
        return false;
    }
    if (h->body_pending)
        return h->conn->in.len > 0 && !h->conn->paused;
    if (has_end(h)) {
        body_done(h);
        return false;
    }
    next_request(h);
    return true;
}

/* Frees what the session owns. */
static void end_session(struct http *h)
{
    conn_limit(h->conn, NULL);
    http_set_account(h, NULL);
    http_visit_end(h);
    buf_free(&h->log_head);
    buf_free(&h->log_tail);
    buf_free(&h->cors);
    http_leave_host(h);
}

/* The connection is another front-end's from here on. */
static void hand_over(struct http *h)
{
    struct conn *c = h->conn;
    struct door *to = h->upgrade;
    struct door_upgrade brings = h->brings;
    if (brings.account != NULL)
        account_ref(brings.account);
    end_session(h);
    door_adopt(to, c, &brings);
    account_unref(brings.account);
}

/* The head that waits in c->in is answered. False: h is no more. */
static bool answer_head(struct http *h, int refused)
{
    handle(h, refused);
    if (h->state == HTTP_WAITING) /* http_wait() */
        return true;
    buf_consume(&h->conn->in, h->head_len);
    h->head_len = 0;
    if (h->upgrade != NULL) {
        hand_over(h);
        return false;
    }
    if (h->state == HTTP_READING)
        response_done(h);
    return true;
}

void http_identified(struct http *h, int refused)
{
    if (h->conn->closing || h->conn->finishing)
        return;
    h->state = HTTP_READING;
    if (!answer_head(h, refused))
        return;
    if (h->state == HTTP_READING || h->state == HTTP_BODY) {
        conn_resume(h->conn);
        conn_again(h->conn);
    }
}

void http_wait(struct http *h)
{
    http_hold(h);
    conn_deadline(h->conn, http_serve(h)->conf->limits->idle_timeout);
}

void http_retry(struct http *h)
{
    http_identified(h, 0);
}

/* RFC 9110, 7.4: what is https must not be had in clear. */
static bool misdirected(const struct http *h)
{
    return h->req.https && !http_is_secure(h);
}

static bool step_head(struct http *h)
{
    struct conn *c = h->conn;
    const int n = http_req_parse(&h->req, buf_data(&c->in), c->in.len);
    if (n < 0) {
        http_refuse(h, h->req.status);
        return false;
    }
    if (n == 0) {
        if (!h->late && c->in.len > 0) /* from here on it has so long for the rest, however slow */
            conn_deadline(c, http_serve(h)->conf->limits->request_timeout);
        h->late = true;
        return false;
    }
    const char *head = buf_data(&c->in);
    int refused =
        misdirected(h) || (http_by_name(h) && !http_choose_host(h, head)) ? 421 : h->req.status;
    h->head_len = (size_t)n;
    if (http_conf(h)->cors[0] != '\0')
        http_note_origin(h, head);
    if (refused != 0 || http_identify(h, head, &refused))
        return answer_head(h, refused);
    h->state = HTTP_WAITING;
    conn_pause(c);
    conn_deadline(c, http_serve(h)->conf->limits->idle_timeout);
    return false;
}

static int data(struct conn *c)
{
    struct http *h = c->session;
    for (int i = 0; i < TURN_REQUESTS && c->in.len > 0; i++) {
        if (!(h->state == HTTP_BODY ? step_body(h) : step_head(h)))
            return 0;
        if (c->closing || c->finishing || c->paused)
            return 0;
        if (conn_full(c) && h->work == NULL) { /* more is asked than read */
            wait_for_reader(h);
            conn_await(c, LOW_MARK);
            return 0;
        }
    }
    if (c->in.len > 0)
        conn_again(c);
    return 0;
}

static void drain(struct conn *c)
{
    struct http *h = c->session;
    if (h->state == HTTP_WAITING)
        return;
    if (h->state != HTTP_SENDING) {
        conn_deadline(c, http_conf(h)->keepalive);
        conn_resume(c);
    } else if (h->work != NULL && h->work->ops->step != NULL) {
        h->work->ops->step(h);
    } else {
        http_sent(h);
    }
}

/* --- the session --- */

static void greet(struct conn *c)
{
    struct http *h = c->session;
    h->conn = c;
    h->host = door_of(c);
    conn_deadline(c, http_serve(h)->conf->limits->request_timeout);
}

static void closed(struct conn *c, enum close_reason reason)
{
    struct http *h = c->session;
    if (h->login != NULL)
        login_cancel(h->login);
    http_drop_work(h, close_reason_name(reason));
    /* What has not left by now never will. */
    http_log_late(h, h->queued > c->out.bytes ? h->queued - c->out.bytes : 0);
    end_session(h);
    door_closed(c);
}

/* A request that is under way is answered first; see next_request(). */
static void stop(struct conn *c)
{
    struct http *h = c->session;
    struct buf none = {0};
    if (h->state == HTTP_READING && c->in.len == 0)
        conn_finish(c, false);
    else if (h->work != NULL && h->work->ops->quiet != NULL) /* it has no end of its own */
        http_piece(h, &none, true);
}

static void describe(struct conn *c, struct who *w)
{
    const struct http *h = c->session;
    w->name = h->account != NULL ? h->account->name : "";
    const bool has_about = h->work != NULL && h->work->ops->about != NULL;
    const char *about = has_about ? h->work->ops->about(h) : NULL;
    if (about != NULL && h->work->ops->progress != NULL)
        h->work->ops->progress(h, &w->progress);
    w->doing = about != NULL              ? about
               : h->state == HTTP_READING ? "waiting"
               : h->state == HTTP_BODY    ? "receiving"
                                          : "sending";
}

static struct account *account(const struct conn *c)
{
    return ((const struct http *)c->session)->account;
}

static const struct conn_ops ops = {
    .name = "http",
    .in_max = HTTP_HEAD_MAX + 64,
    .data = data,
    .drain = drain,
    .timeout = http_timeout,
    .closed = closed,
};

const struct frontend http_frontend = {
    .name = "http",
    .busy = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    .check = http_check,
    .silent = http_silent,
    .open = http_open,
    .reload = http_reload,
    .close = http_close,
    .ops = &ops,
    .session_size = sizeof(struct http),
    .client_first = true,
    .greet = greet,
    .drain = stop,
    .describe = describe,
    .account = account,
    .tick = http_tick,
};
