/* http.c: the connection: request after request, bodies, deadlines; and the table of routes. */
#include "serve/http.h"

#include "parse/url.h"

#include <stdlib.h>
#include <string.h>

enum {
    TURN_REQUESTS = 32,      /* pipelined requests taken in one turn */
    LOW_MARK = 16 << 10,     /* output at which they go on after there was too much */
    DISCARD_MAX = 256 << 10, /* bytes of a body nobody wants that are read; beyond, we close */
    BODY_RATE = 500,         /* bytes a second, the least that a body comes with on average */
};

/* --- routes --- */

enum {
    GET = 1 << HTTP_GET,
    HEAD = 1 << HTTP_HEAD,
    OPTIONS = 1 << HTTP_OPTIONS,
    POST = 1 << HTTP_POST,
    PUT = 1 << HTTP_PUT,
    READ = GET | HEAD | OPTIONS,
};

enum {
    HOME = 1,   /* only where the store is shown too */
    FOLDER = 2, /* without its slash, it leads to the one with */
    ECHO = 4,   /* only with [echo] web = yes; takes the body itself */
};

struct route {
    const char *prefix; /* of whole components */
    unsigned methods;
    void (*run)(struct http_call *call);
    unsigned flags;
    const char *allow;
};

static const struct route routes[] = {
    {"/files", READ, http_get_files, HOME, "GET, HEAD, OPTIONS"},
    {"/chat", READ, http_get_chat, HOME | FOLDER, "GET, HEAD, OPTIONS"},
    {"/status", READ, http_get_status, HOME, "GET, HEAD, OPTIONS"},
    {"/-", READ, http_get_asset, 0, "GET, HEAD, OPTIONS"},
    {"/echo", POST | PUT | OPTIONS, http_echo, ECHO, "POST, PUT, OPTIONS"},
    {"", READ, http_get_site, 0, "GET, HEAD, OPTIONS"},
};

static bool is_open(const struct http *h, const struct route *r)
{
    if (r->flags & HOME)
        return http_conf(h)->files_access != ACCESS_NO;
    return !(r->flags & ECHO) || http_serve(h)->conf->echo->web;
}

/* The first route whose prefix is that of path; cuts it off. */
static const struct route *find_route(const struct http *h, char path[PATH_BYTES_MAX])
{
    const struct route *r = routes;
    size_t n;
    for (;; r++) {
        n = strlen(r->prefix);
        if (strncmp(path, r->prefix, n) == 0 && (path[n] == '/' || path[n] == '\0') &&
            is_open(h, r))
            break;
    }
    if (path[n] == '\0')
        text_copy(path, PATH_BYTES_MAX, "/");
    else
        memmove(path, path + n, strlen(path + n) + 1);
    return r;
}

static void send_options(struct http_call *call, const char *allow)
{
    struct http_head hd;
    http_head_begin(call->h, &hd, 204);
    http_head_add(&hd, "Allow", str_of(allow));
    http_head_send(call->h, &hd, 0);
    http_log(call->h, call->head, 204, 0);
}

/* A body that no handler wants is read and dropped, if that is cheaper than a new connection. */
static void plan_body(struct http *h, const struct route *route)
{
    const struct http_req *r = &h->req;
    h->body_pending = r->chunked || (r->has_length && r->length > 0);
    h->body_left = r->has_length ? r->length : 0;
    h->body_taken = 0;
    h->chunk = (struct http_chunk){0};
    if (!h->body_pending || (route != NULL && (route->flags & ECHO)))
        return;
    if (r->expect || r->length > DISCARD_MAX)
        h->keep = false;
}

static void run(struct http_call *call, const struct route *route)
{
    const struct http_req *r = &call->h->req;
    if (!(route->methods & 1u << r->method)) {
        http_error(call, 405, route->allow);
    } else if (r->method == HTTP_OPTIONS) {
        send_options(call, route->allow);
    } else if ((route->flags & FOLDER) && !call->folder && strcmp(call->path, "/") == 0) {
        struct buf path = {0};
        buf_addf(&path, "%s/", route->prefix);
        http_redirect(call, buf_str(&path));
        buf_free(&path);
    } else {
        route->run(call);
    }
}

/* The head is whole: answer it. */
static void handle(struct http *h)
{
    struct http_call call = {.h = h, .head = buf_data(&h->conn->in)};
    const struct str target = http_req_path(&h->req, call.head);
    call.head_only = h->req.method == HTTP_HEAD;
    h->keep = h->req.keep_alive && !door_of(h->conn)->closing;
    if (str_eq(target, "*")) {
        plan_body(h, NULL);
        send_options(&call, "GET, HEAD, OPTIONS");
    } else if (!path_from_url(target, call.path, &call.folder)) {
        plan_body(h, NULL);
        http_error(&call, 400, NULL);
    } else {
        const struct route *route = find_route(h, call.path);
        plan_body(h, route);
        run(&call, route);
    }
}

/* --- from request to request --- */

static void next_request(struct http *h)
{
    if (!h->keep || door_of(h->conn)->closing) {
        conn_finish(h->conn, h->body_pending || h->conn->in.len > 0);
        return;
    }
    http_req_reset(&h->req);
    h->state = HTTP_READING;
    h->late = false;
    conn_deadline(h->conn, http_conf(h)->keepalive);
}

/* The response is complete; is the request? */
static void response_done(struct http *h)
{
    if (!h->body_pending || (!h->keep && !h->echo)) {
        next_request(h);
        return;
    }
    h->state = HTTP_BODY;
    h->body_since = h->conn->loop->clock.mono;
    conn_deadline(h->conn, http_serve(h)->conf->limits->request_timeout);
}

void http_sending(struct http *h)
{
    h->state = HTTP_SENDING;
    conn_pause(h->conn);
    conn_deadline(h->conn, http_serve(h)->conf->limits->idle_timeout);
}

void http_sent(struct http *h)
{
    http_log_late(h, h->queued);
    response_done(h);
    conn_resume(h->conn);
}

/* Bytes of the body that are there. -1 when it is broken. */
static int take_body(struct http *h)
{
    struct buf *in = &h->conn->in;
    struct str data = {buf_data(in), in->len};
    size_t used = in->len;
    if (h->req.chunked) {
        const ssize_t n = http_chunk_next(&h->chunk, buf_data(in), in->len, &data);
        if (n < 0)
            return -1;
        used = (size_t)n;
        h->body_pending = h->chunk.state != CHUNK_DONE;
    } else {
        data.n = used = h->body_left < used ? (size_t)h->body_left : used;
        h->body_left -= used;
        h->body_pending = h->body_left > 0;
    }
    if (h->echo && data.n > 0)
        http_echo_data(h, data);
    h->body_taken += used;
    buf_consume(in, used);
    return !h->echo && h->body_taken > DISCARD_MAX ? -1 : 0;
}

/* False when there is nothing more to do for now. */
static bool step_body(struct http *h)
{
    if (take_body(h) < 0) {
        h->keep = false;
        conn_finish(h->conn, true);
        return false;
    }
    if (h->body_pending)
        return h->conn->in.len > 0 && !h->conn->paused;
    if (h->echo)
        http_echo_end(h);
    next_request(h);
    return true;
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
    handle(h);
    buf_consume(&c->in, (size_t)n);
    if (h->state == HTTP_READING)
        response_done(h);
    return true;
}

static int data(struct conn *c)
{
    struct http *h = c->session;
    for (int i = 0; i < TURN_REQUESTS && c->in.len > 0; i++) {
        if (!(h->state == HTTP_BODY ? step_body(h) : step_head(h)))
            return 0;
        if (c->closing || c->finishing || c->paused)
            return 0;
        if (conn_full(c) && !h->echo) { /* more is asked than read */
            conn_pause(c);
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
    if (h->state != HTTP_SENDING)
        conn_resume(c);
    else if (h->listing != NULL)
        http_list_step(h);
    else
        http_sent(h);
}

/* --- time --- */

/* A body may neither stand still nor trickle in. */
static int64_t body_due(const struct http *h)
{
    const int64_t wait = http_serve(h)->conf->limits->request_timeout;
    const int64_t still = h->conn->last_rx + wait;
    const int64_t slow = h->body_since + wait + (int64_t)h->body_taken * 1000 / BODY_RATE;
    return still < slow ? still : slow;
}

static void timeout(struct conn *c)
{
    struct http *h = c->session;
    const struct conf_limits *limits = http_serve(h)->conf->limits;
    const int64_t now = c->loop->clock.mono;
    if (h->state == HTTP_SENDING || c->paused) {
        const int64_t left = c->last_tx + limits->idle_timeout - now;
        if (left > 0)
            conn_deadline(c, left);
        else
            conn_close(c, CLOSE_SLOW);
        return;
    }
    if (h->state == HTTP_BODY) {
        const int64_t left = body_due(h) - now;
        if (left > 0)
            conn_deadline(c, left);
        else
            conn_close(c, CLOSE_TIMEOUT);
        return;
    }
    c->loop->metrics->closed_timeout += c->in.len > 0;
    if (c->in.len > 0)
        http_refuse(h, 408);
    else
        conn_finish(c, false);
}

/* --- the session --- */

static void greet(struct conn *c)
{
    struct http *h = c->session;
    h->conn = c;
    conn_deadline(c, http_serve(h)->conf->limits->request_timeout);
}

static void closed(struct conn *c, enum close_reason reason)
{
    struct http *h = c->session;
    (void)reason;
    /* What has not left by now never will. */
    http_log_late(h, h->queued > c->out.bytes ? h->queued - c->out.bytes : 0);
    listing_close(h->listing);
    buf_free(&h->log_head);
    buf_free(&h->log_tail);
    door_closed(c);
}

/* A request that is under way is answered first; see next_request(). */
static void stop(struct conn *c)
{
    const struct http *h = c->session;
    if (h->state == HTTP_READING && c->in.len == 0)
        conn_finish(c, false);
}

static void describe(struct conn *c, struct who *w)
{
    const struct http *h = c->session;
    w->doing = h->state == HTTP_READING ? "waiting"
               : h->state == HTTP_BODY  ? "receiving"
                                        : "sending";
}

static int open_door(struct door *d, struct buf *why)
{
    const struct conf_http *cf = (const void *)d->sect;
    struct http_door *hd = calloc(1, sizeof *hd);
    if (hd == NULL) {
        buf_adds(why, "out of memory");
        return -1;
    }
    struct buf reason = {0};
    const bool create = conf_in_state(d->serve->conf, cf->root);
    hd->site.root = -1;
    hd->access.fd = -1;
    hd->second = -1;
    const char *key = "root";
    int result = store_init(&hd->site, cf->root, create, &d->serve->loop->clock, &reason);
    if (result == 0 && cf->access_log[0] != '\0') {
        key = "access_log";
        result = logfile_open(d->serve->log, &hd->access, cf->access_log, &reason);
    }
    d->state = hd;
    if (result == 0)
        return 0;
    buf_addf(why, "%s: %s", key, buf_str(&reason));
    buf_free(&reason);
    store_free(&hd->site);
    free(hd);
    d->state = NULL;
    return -1;
}

static void close_door(struct door *d)
{
    struct http_door *hd = d->state;
    logfile_close(d->serve->log, &hd->access);
    store_free(&hd->site);
    free(hd);
}

static void tick(struct door *d)
{
    store_tick(&((struct http_door *)d->state)->site);
}

static const struct conn_ops ops = {
    .name = "http",
    .in_max = HTTP_HEAD_MAX + 64,
    .data = data,
    .drain = drain,
    .timeout = timeout,
    .closed = closed,
};

const struct frontend http_frontend = {
    .name = "http",
    .busy = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    .open = open_door,
    .close = close_door,
    .ops = &ops,
    .session_size = sizeof(struct http),
    .greet = greet,
    .drain = stop,
    .describe = describe,
    .tick = tick,
};
