/* http_reply.c: responses: heads, short bodies, and their lines in the access log. */
#include "base/date.h"
#include "base/escape.h"
#include "parse/http_rules.h"
#include "serve/http.h"

#include <stdio.h>
#include <string.h>

enum {
    QUOTED_MAX = 2048, /* bytes of a field in the access log */
    TOKEN_SHOWN = 6,   /* of a share's token there */
};

const char http_page_policy[] = "default-src 'none'; style-src 'self'; img-src 'self'; "
                                "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/* Frames and objects show what the store has, beneath a viewer's head. */
const char http_script_policy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

static const struct {
    int status;
    const char *text;
} statuses[] = {
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {301, "Moved Permanently"},
    {303, "See Other"},
    {304, "Not Modified"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {426, "Upgrade Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

const char *http_status_text(int status)
{
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "Unknown";
}

/* --- the head --- */

static void put(struct http_head *hd, const char *p, size_t n)
{
    if (n > sizeof hd->text - hd->n) {
        conn_write(hd->conn, hd->text, hd->n);
        hd->n = 0;
    }
    if (n > sizeof hd->text) {
        conn_write(hd->conn, p, n);
        return;
    }
    memcpy(hd->text + hd->n, p, n);
    hd->n += n;
}

static inline void add_line(struct http_head *hd, const char *name, struct str value)
{
    put(hd, name, strlen(name));
    put(hd, ": ", 2);
    put(hd, value.p, value.n);
    put(hd, "\r\n", 2);
}

/* Does the section have a line of that name in place of ours? */
static bool replaced(const struct http_door *d, const char *name)
{
    const struct conf_http *cf = (const void *)d->door->sect;
    return (d->replaces >> (name[0] & 31) & 1) && http_header_replaces(cf->header, str_of(name));
}

static void common(struct http_door *d, const char *name, struct str value)
{
    const int n = snprintf(d->common + d->common_len, sizeof d->common - d->common_len,
                           "%s: %.*s\r\n", name, (int)value.n, value.p);
    d->common_len += (size_t)n;
}

/* What follows shows another second. */
static void refresh(struct http_door *d, time_t now)
{
    const struct conf_http *cf = (const void *)d->door->sect;
    struct str lines = str_of(cf->header), name, value;
    char date[DATE_TEXT_MAX];
    d->second = now;
    d->common_len = 0;
    date_http(date, now);
    date_clf(d->clf, now);
    if (!replaced(d, "Server"))
        common(d, "Server", STR("agentd"));
    common(d, "Date", str_of(date));
    if (!replaced(d, "X-Content-Type-Options"))
        common(d, "X-Content-Type-Options", STR("nosniff"));
    if (http_varies_by_origin(cf))
        common(d, "Vary", STR("Origin"));
    while (d->replaces != 0 && http_header_next(&lines, &name, &value)) {
        char text[HTTP_NAME_MAX];
        if (value.n > 0 && str_copy(text, sizeof text, name))
            common(d, text, value);
    }
}

void http_head_begin(const struct http *h, struct http_head *hd, int status)
{
    struct http_door *d = http_door(h);
    const time_t now = clock_sec(&h->conn->loop->clock);
    if (d->second != now)
        refresh(d, now);
    hd->h = h;
    hd->conn = h->conn;
    hd->replaces = d->replaces;
    hd->n = 0;
    if (status == 200) {
        put(hd, "HTTP/1.1 200 OK\r\n", 17);
    } else {
        char line[64];
        const int n =
            snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", status, http_status_text(status));
        put(hd, line, (size_t)n);
    }
    put(hd, d->common, d->common_len);
    if (h->cors.len > 0)
        put(hd, buf_data(&h->cors), h->cors.len);
    if (h->visit != NULL) { /* nobody else is to learn the link */
        http_head_must(hd, "Referrer-Policy", STR("no-referrer"));
        http_head_must(hd, "X-Robots-Tag", STR("noindex"));
    }
    if (status == 101 || status == 426)
        add_line(hd, "Connection", h->keep ? STR("Upgrade") : STR("close, Upgrade"));
    else if (!h->keep)
        put(hd, "Connection: close\r\n", 19);
    else if (h->req.minor == 0)
        put(hd, "Connection: keep-alive\r\n", 24);
}

void http_head_must(struct http_head *hd, const char *name, struct str value)
{
    add_line(hd, name, value);
}

void http_head_add(struct http_head *hd, const char *name, struct str value)
{
    if (hd->replaces != 0 && replaced(http_door(hd->h), name) &&
        ((hd->h->account == NULL && hd->h->visit == NULL) || strcmp(name, "Cache-Control") != 0))
        return;
    add_line(hd, name, value);
}

void http_head_addu(struct http_head *hd, const char *name, uint64_t value)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    http_head_add(hd, name, (struct str){digits + at, sizeof digits - at});
}

void http_head_send(struct http *h, struct http_head *hd, uint64_t body)
{
    put(hd, "\r\n", 2);
    conn_write(h->conn, hd->text, hd->n);
    h->queued = body;
    h->begun = true;
    http_serve(h)->metrics->http_requests++;
}

/* --- whole responses --- */

void http_log_whole(struct http_call *call, int status)
{
    if (call->head != NULL) {
        http_log(call->h, call->head, status, call->h->queued);
    } else {
        call->h->status = status;
        http_log_late(call->h, call->h->queued);
    }
}

void http_send_whole(struct http_call *call, struct http_head *hd, int status, struct str body)
{
    if (status != 204) /* which has no body, and says nothing of one (RFC 9110, 8.6) */
        http_head_addu(hd, "Content-Length", body.n);
    http_head_send(call->h, hd, call->head_only ? 0 : body.n);
    if (!call->head_only)
        conn_write(call->h->conn, body.p, body.n);
    http_log_whole(call, status);
}

void http_send_bare(struct http_call *call, int status)
{
    struct http_head hd;
    http_head_begin(call->h, &hd, status);
    http_send_whole(call, &hd, status, STR(""));
}

void http_send(struct http_call *call, int status, const char *type, struct str body)
{
    struct http_head hd;
    http_head_begin(call->h, &hd, status);
    http_head_add(&hd, "Content-Type", str_of(type));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    http_send_whole(call, &hd, status, body);
}

static void send_page(struct http_call *call, int status, const char *policy, struct buf *html)
{
    struct http_head hd;
    if (html->failed) {
        conn_close(call->h->conn, CLOSE_MEMORY);
        return;
    }
    http_head_begin(call->h, &hd, status);
    http_head_add(&hd, "Content-Type", STR("text/html; charset=utf-8"));
    http_head_add(&hd, "Content-Security-Policy", str_of(policy));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    http_send_whole(call, &hd, status, (struct str){buf_data(html), html->len});
}

void http_send_page(struct http_call *call, int status, struct buf *html)
{
    send_page(call, status, http_page_policy, html);
}

void http_send_script_page(struct http_call *call, int status, struct buf *html)
{
    send_page(call, status, http_script_policy, html);
}

void http_see_other(struct http_call *call, const char *location, const char *cookie)
{
    struct http_head hd;
    http_head_begin(call->h, &hd, 303);
    http_head_add(&hd, "Location", str_of(location));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    if (cookie != NULL)
        http_head_add(&hd, "Set-Cookie", str_of(cookie));
    http_send_whole(call, &hd, 303, STR(""));
}

void http_moved(struct http_call *call, const char *location)
{
    struct http_head hd;
    const enum http_method method = call->h->req.method;
    const int status = method == HTTP_GET || method == HTTP_HEAD ? 301 : 308;
    http_head_begin(call->h, &hd, status);
    http_head_add(&hd, "Location", str_of(location));
    http_send_whole(call, &hd, status, STR(""));
}

void http_redirect(struct http_call *call, const char *path)
{
    struct buf location = {0};
    escape_url(&location, str_of(path));
    if (call->h->req.query_len > 0)
        buf_addf(&location, "?%.*s", (int)call->h->req.query_len, call->head + call->h->req.query);
    http_moved(call, buf_str(&location));
    buf_free(&location);
}

/* --- the access log, in the combined format --- */

/* What nobody may read in a log: the token of a share link, or of a session in the chat. */
static struct str secret_in(struct str s)
{
    const struct str share = share_token_in(s);
    const struct str drop = secret_behind(s, HTTP_DROPS, DROP_SECRET_MAX - 1);
    return share.p == NULL || (drop.p != NULL && drop.p < share.p) ? drop : share;
}

/* It is shown cut. */
static void add_quoted(struct buf *b, struct str s)
{
    buf_addc(b, '"');
    if (s.n == 0)
        buf_addc(b, '-');
    for (struct str token; (token = secret_in(s)).p != NULL;) {
        const char *end = s.p + s.n;
        escape_log(b, (struct str){s.p, (size_t)(token.p + TOKEN_SHOWN - s.p)}, QUOTED_MAX);
        buf_adds(b, "…");
        s.p = token.p + token.n;
        s.n = (size_t)(end - s.p);
    }
    escape_log(b, s, QUOTED_MAX);
    buf_addc(b, '"');
}

static void add_head(struct http *h, const char *head, struct buf *b)
{
    if (h->ip[0] == '\0')
        addr_ip_text(&h->conn->peer, h->ip);
    buf_adds(b, h->ip);
    buf_adds(b, " - ");
    if (h->account != NULL || http_visitor(h) != NULL)
        escape_log(b, str_of(http_who(h)), NAME_BYTES_MAX);
    else
        buf_addc(b, '-');
    buf_adds(b, " [");
    buf_adds(b, http_door(h)->clf);
    buf_adds(b, "] ");
    add_quoted(b, http_req_line(&h->req, head));
    buf_addc(b, ' ');
}

static void add_tail(const struct http *h, const char *head, struct buf *b)
{
    buf_addc(b, ' ');
    add_quoted(b, http_req_field(&h->req, head, HTTP_REFERER, 0));
    buf_addc(b, ' ');
    add_quoted(b, http_req_field(&h->req, head, HTTP_USER_AGENT, 0));
    buf_addc(b, '\n');
}

static void add_result(struct buf *b, int status, uint64_t bytes)
{
    buf_addu(b, (unsigned)status);
    buf_addc(b, ' ');
    buf_addu(b, bytes);
}

void http_log(struct http *h, const char *head, int status, uint64_t bytes)
{
    struct http_door *d = http_door(h);
    if (d->access.fd < 0)
        return;
    struct buf *line = &d->access.pending;
    add_head(h, head, line);
    add_result(line, status, bytes);
    add_tail(h, head, line);
    logfile_added(http_serve(h)->log, &d->access);
}

void http_log_keep(struct http *h, const char *head, int status)
{
    h->status = status;
    if (http_door(h)->access.fd < 0)
        return;
    add_head(h, head, &h->log_head);
    add_tail(h, head, &h->log_tail);
}

void http_log_late(struct http *h, uint64_t bytes)
{
    struct http_door *d = http_door(h);
    if (h->log_head.len == 0)
        return;
    struct buf *line = &d->access.pending;
    buf_add(line, buf_data(&h->log_head), h->log_head.len);
    add_result(line, h->status, bytes);
    buf_add(line, buf_data(&h->log_tail), h->log_tail.len);
    logfile_added(http_serve(h)->log, &d->access);
    buf_free(&h->log_head);
    buf_free(&h->log_tail);
}
