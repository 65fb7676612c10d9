/* http_events.c: /events: what changes in the store, told as it happens by server-sent events
 * (WHATWG HTML, 9.2). With ?folder=/path/ only what concerns that folder. */
#include "base/escape.h"
#include "serve/http_login.h"

#include <stdlib.h>
#include <string.h>

enum {
    QUIET_MS = 15000
}; /* behind so much silence a word is sent, to see whether somebody hears */

struct events {
    struct http_work work;
    struct event_sub sub;
    struct http *h;
    bool lost;                  /* it did not read, and something was not told */
    char token[TOKEN_TEXT_MAX]; /* that he is known by; "": by none, or by a password */
    char folder[PATH_BYTES_MAX];
};

static const char *kind_of(const struct event *ev)
{
    switch (ev->kind) {
    case EVENT_UPLOAD: return "upload";
    case EVENT_DELETE: return "delete";
    case EVENT_MKDIR: return "mkdir";
    case EVENT_RMDIR: return "rmdir";
    case EVENT_MOVE: return "move";
    default: return NULL;
    }
}

/* What lies in the folder, and whatever happens to the folder itself. */
static bool concerns(const struct events *e, const char *path)
{
    return path != NULL && (path_within(e->folder, path) || path_within(path, e->folder)) &&
           (http_rights(e->h, path) & MAY_READ);
}

static void add_field(struct buf *b, const char *key, const char *value)
{
    if (value == NULL)
        return;
    buf_addf(b, ",\"%s\":", key);
    escape_json(b, str_of(value));
}

/* Who has logged out listens no more. Where all sessions of an account end, so does this one: see
 * login_end_sessions(). */
static bool is_over(const struct events *e)
{
    if (e->token[0] == '\0' || http_token_holds(e->h, str_of(e->token)))
        return false;
    conn_close(e->h->conn, CLOSE_KICKED);
    return true;
}

static void tell(struct event_sub *sub, const struct event *ev)
{
    struct events *e = list_entry(sub, struct events, sub);
    if (is_over(e))
        return;
    const char *kind = kind_of(ev);
    const bool from = kind != NULL && concerns(e, ev->path);
    const bool to = kind != NULL && concerns(e, ev->to);
    struct buf b = {0};
    if (!from && !to)
        return;
    if (conn_full(e->h->conn)) {
        e->lost = true;
        return;
    }
    buf_addf(&b, "event: change\ndata: {\"kind\":\"%s\"", kind);
    add_field(&b, "path", from ? ev->path : NULL);
    add_field(&b, "to", to ? ev->to : NULL);
    add_field(&b, "who", ev->who);
    if (ev->kind == EVENT_UPLOAD)
        buf_addf(&b, ",\"size\":%llu", (unsigned long long)ev->size);
    buf_adds(&b, "}\n\n");
    http_piece(e->h, &b, false);
}

/* Whoever has lost something looks at everything anew. */
static void step(struct http *h)
{
    struct events *e = (void *)h->work;
    struct buf b = {0};
    if (!e->lost)
        return;
    e->lost = false;
    buf_adds(&b, "event: lost\ndata: {}\n\n");
    http_piece(h, &b, false);
}

static void quiet(struct http *h)
{
    struct buf b = {0};
    if (is_over((void *)h->work))
        return;
    buf_adds(&b, ":\n\n");
    http_piece(h, &b, false);
    conn_deadline(h->conn, QUIET_MS);
}

static void drop(struct http *h, const char *why)
{
    struct events *e = (void *)h->work;
    (void)why;
    event_unsubscribe(&e->sub);
    free(e);
}

static const struct http_work_ops ops = {.step = step, .quiet = quiet, .drop = drop};

/* The folder that is asked about; false when it is none. */
static bool take_folder(const struct http_call *call, char folder[PATH_BYTES_MAX])
{
    char text[PATH_BYTES_MAX];
    if (!http_query(call, "folder", text, sizeof text))
        return str_copy(folder, PATH_BYTES_MAX, STR("/"));
    return text[0] == '/' && path_resolve("/", str_of(text), folder);
}

void http_get_events(struct http_call *call)
{
    struct http *h = call->h;
    struct http_head hd;
    struct buf first = {0};
    struct events *e;
    if (strcmp(call->path, "/") != 0) {
        http_error(call, 404, NULL);
        return;
    }
    e = calloc(1, sizeof *e);
    if (e == NULL) {
        http_error(call, 503, NULL);
        return;
    }
    if (!take_folder(call, e->folder)) {
        free(e);
        http_error(call, 400, NULL);
        return;
    }
    if (h->account != NULL)
        (void)str_copy(e->token, sizeof e->token, http_token(call));
    e->work.ops = &ops;
    e->h = h;
    e->sub.fn = tell;
    event_subscribe(http_serve(h)->bus, &e->sub);
    http_stream_begin(call, &hd, 200);
    http_head_add(&hd, "Content-Type", STR("text/event-stream"));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    buf_adds(&first, "retry: 2000\n\n");
    http_stream(call, &hd, &e->work, &first);
    if (!call->head_only)
        conn_deadline(h->conn, QUIET_MS);
}
