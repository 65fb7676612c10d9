/* http_list.c: a folder as a page. It is sent as it is made, some lines a turn. */
#include "base/date.h"
#include "base/escape.h"
#include "serve/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_PER_TURN = 1000,
    LINES_PER_TURN = 300,
    LOW_MARK = 16 << 10,
};

static void add_crumbs(struct buf *b, const char *path)
{
    struct str rest = str_of(path + 1), part;
    struct buf url = {0};
    buf_adds(b, "<a href=\"/\">home</a> / <a href=\"/files/\">files</a>");
    buf_adds(&url, "/files");
    while (str_split(&rest, '/', &part) && part.n > 0) {
        buf_addc(&url, '/');
        escape_url(&url, part);
        buf_addf(b, " / <a href=\"%s/\">", buf_str(&url));
        escape_html(b, part);
        buf_adds(b, "</a>");
    }
    buf_free(&url);
}

static void add_top(struct buf *b, const struct http *h, const char *path, bool store)
{
    if (h->listing_form == HTTP_LIST_JSON) {
        buf_adds(b, "{\"path\":");
        escape_json(b, str_of(path));
        buf_adds(b, ",\"entries\":[");
    }
    if (h->listing_form != HTTP_LIST_PAGE)
        return;
    buf_adds(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                "<link rel=\"stylesheet\" href=\"/-/style.css\"><title>");
    escape_html(b, str_of(path));
    buf_adds(b, "</title></head>\n<body><header>");
    if (store)
        add_crumbs(b, path);
    else
        escape_html(b, str_of(path));
    http_add_person(b, h);
    buf_adds(b, "</header>\n<main>");
    if (store && (http_rights(h, path) & MAY_WRITE))
        buf_adds(b,
                 "<form class=\"upload\" method=\"post\" enctype=\"multipart/form-data\">"
                 "<label><input type=\"checkbox\" name=\"replace\" value=\"yes\"> replace</label> "
                 "<input type=\"file\" name=\"file\" multiple required aria-label=\"Files\"> "
                 "<button>Put here</button></form>\n");
    buf_adds(b, "<table class=\"files\"><thead><tr><th>Name</th><th>Size</th>"
                "<th>Modified (UTC)</th></tr></thead><tbody>\n");
    if (strcmp(path, "/") != 0)
        buf_adds(b, "<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
}

/* {"name":"a","type":"file","size":5,"modified":"2026-11-21T10:00:00Z"} */
static void add_json(struct buf *b, const struct listing_entry *e)
{
    char date[DATE_TEXT_MAX];
    date_iso(date, e->st.st_mtime);
    buf_adds(b, "{\"name\":");
    escape_json(b, str_of(e->name));
    buf_addf(b, ",\"type\":\"%s\"", e->folder ? "folder" : "file");
    if (!e->folder)
        buf_addf(b, ",\"size\":%llu", (unsigned long long)e->st.st_size);
    buf_addf(b, ",\"modified\":\"%s\"}", date);
}

static void add_name(struct buf *b, const struct listing_entry *e)
{
    escape_line(b, str_of(e->name));
    buf_adds(b, e->folder ? "/\n" : "\n");
}

static void add_row(struct buf *b, const struct listing_entry *e)
{
    char size[24], date[DATE_TEXT_MAX];
    const char *slash = e->folder ? "/" : "";
    text_size(size, sizeof size, (uint64_t)e->st.st_size);
    date_minute(date, e->st.st_mtime);
    buf_adds(b, "<tr><td><a href=\"./"); /* "./": a name with a colon is no scheme */
    escape_url(b, str_of(e->name));
    buf_addf(b, "%s\">", slash);
    buf_adds(b, "<bdi>"); /* a name's direction marks end with it */
    escape_html(b, str_of(e->name));
    buf_addf(b, "%s</bdi></a></td>", slash);
    if (e->folder)
        buf_adds(b, "<td></td>");
    else
        buf_addf(b, "<td title=\"%llu bytes\">%s</td>", (unsigned long long)e->st.st_size, size);
    buf_addf(b, "<td>%s</td></tr>\n", date);
}

/* Where some may see what others may not, a name that nothing may be done with is left out. */
static bool is_seen(const struct http *h, const char *name)
{
    char path[PATH_BYTES_MAX];
    return h->folder == NULL || !path_resolve(h->folder, str_of(name), path) ||
           http_rights(h, path) != 0;
}

static void add_entry(struct buf *b, struct http *h, const struct listing_entry *e)
{
    switch (h->listing_form) {
    case HTTP_LIST_PAGE: add_row(b, e); break;
    case HTTP_LIST_NAMES: add_name(b, e); break;
    case HTTP_LIST_JSON:
        buf_adds(b, h->first_entry ? "\n" : ",\n");
        add_json(b, e);
        break;
    }
    h->first_entry = false;
}

static void add_bottom(struct buf *b, const struct http *h)
{
    if (h->listing_form == HTTP_LIST_JSON)
        buf_adds(b, "\n]}\n");
    if (h->listing_form != HTTP_LIST_PAGE)
        return;
    buf_adds(b, "</tbody></table>\n");
    if (listing_count(h->listing) == 0)
        buf_adds(b, "<p class=\"empty\">This folder is empty.</p>\n");
    buf_adds(b, "</main></body></html>\n");
}

/* A piece of the page, as a chunk where the client knows chunks; an empty one ends it. */
static void send_piece(struct http *h, struct buf *b, bool last)
{
    h->queued += b->len;
    if (h->chunked && b->len > 0)
        conn_printf(h->conn, "%zx\r\n", b->len);
    const bool some = b->len > 0;
    conn_write_buf(h->conn, b);
    if (h->chunked && some)
        conn_puts(h->conn, "\r\n");
    if (h->chunked && last)
        conn_puts(h->conn, "0\r\n\r\n");
    buf_free(b);
}

void http_list_drop(struct http *h)
{
    listing_close(h->listing);
    free(h->folder);
    h->listing = NULL;
    h->folder = NULL;
}

static void end_list(struct http *h)
{
    http_list_drop(h);
    http_sent(h);
}

void http_list_step(struct http *h)
{
    struct listing_entry e;
    struct buf b = {0};
    bool last = false;
    if (!h->listed) {
        const int more = listing_read(h->listing, NAMES_PER_TURN);
        if (more < 0) {
            conn_close(h->conn, CLOSE_MEMORY);
            return;
        }
        h->listed = more == 0;
        conn_await(h->conn, UINT64_MAX);
        return;
    }
    for (int i = 0; i < LINES_PER_TURN && !last; i++) {
        last = !listing_next(h->listing, &e);
        if (!last && is_seen(h, e.name))
            add_entry(&b, h, &e);
    }
    if (last)
        add_bottom(&b, h);
    send_piece(h, &b, last);
    if (last)
        end_list(h);
    else
        conn_await(h->conn, LOW_MARK);
}

void http_drop_box(struct http_call *call)
{
    struct http *h = call->h;
    struct buf b = {0};
    h->listing_form = HTTP_LIST_PAGE;
    add_top(&b, h, call->path, true);
    buf_adds(
        &b, "</tbody></table>\n<p class=\"empty\">What is put here, not everybody sees: you do not."
            "</p>\n</main></body></html>\n");
    http_send_page(call, 200, &b);
    buf_free(&b);
}

static bool has_word(struct str s, const char *word)
{
    return s.n > 0 && memmem(s.p, s.n, word, strlen(word)) != NULL;
}

/* By ?json, or by what the client would rather have: a browser asks for HTML among others. */
static enum http_listing form_for(const struct http_call *call)
{
    const struct http_req *r = &call->h->req;
    const struct str accept = http_field(call, HTTP_ACCEPT);
    if (str_eq((struct str){call->head + r->query, r->query_len}, "json"))
        return HTTP_LIST_JSON;
    if (has_word(accept, "text/html"))
        return HTTP_LIST_PAGE;
    if (has_word(accept, "application/json"))
        return HTTP_LIST_JSON;
    return has_word(accept, "text/plain") ? HTTP_LIST_NAMES : HTTP_LIST_PAGE;
}

static const char *const types[] = {
    [HTTP_LIST_PAGE] = "text/html; charset=utf-8",
    [HTTP_LIST_JSON] = "application/json",
    [HTTP_LIST_NAMES] = "text/plain; charset=utf-8",
};

int http_list(struct http_call *call, struct store *s, const char *path)
{
    struct http *h = call->h;
    struct http_head hd;
    struct buf b = {0};
    const bool store = s == http_serve(h)->files;
    if (!call->head_only) {
        const int err = listing_open(s, path, &h->listing);
        if (err != 0)
            return err;
        if (store && access_differs_below(http_serve(h)->conf, path) &&
            (h->folder = strdup(path)) == NULL) {
            http_list_drop(h);
            return ENOMEM;
        }
    }
    h->chunked = h->req.minor == 1;
    h->keep = h->keep && h->chunked;
    h->listing_form = form_for(call);
    h->first_entry = true;
    http_head_begin(h, &hd, 200);
    http_head_add(&hd, "Content-Type", str_of(types[h->listing_form]));
    http_head_add(&hd, "Content-Security-Policy", str_of(http_page_policy));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    http_head_add(&hd, "Vary", STR("Accept"));
    if (h->chunked)
        http_head_add(&hd, "Transfer-Encoding", STR("chunked"));
    http_head_send(h, &hd, 0);
    if (call->head_only) {
        http_log(h, call->head, 200, 0);
        return 0;
    }
    h->listed = false;
    add_top(&b, h, path, store);
    send_piece(h, &b, false);
    http_log_keep(h, call->head, 200);
    http_sending(h);
    conn_await(h->conn, UINT64_MAX);
    return 0;
}
