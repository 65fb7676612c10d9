/* http_list.c: a folder as a page. It is sent as it is made, some lines a turn. */
#include "base/date.h"
#include "base/escape.h"
#include "model/listing.h"
#include "serve/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_PER_TURN = 1000,
    LINES_PER_TURN = 300,
};

/* How a folder is shown. */
enum form { LIST_PAGE, LIST_JSON, LIST_NAMES };

struct list_work {
    struct http_work work;
    struct listing *listing;
    char *folder; /* that is listed; NULL: all of its names may be seen */
    enum form form;
    bool listed; /* all names are read */
    bool some;   /* an entry was sent */
};

static struct list_work *work_of(const struct http *h)
{
    return (void *)h->work;
}

static void add_crumbs(struct buf *b, const struct http *h, const char *shown)
{
    struct str rest = str_of(shown + 1), part;
    struct buf url = {0};
    buf_adds(b, h->visit == NULL ? "<a href=\"/\">home</a> / " : "");
    buf_addf(b, "<a href=\"%s/\">", http_base(h));
    escape_html(b, str_of(http_base_name(h)));
    buf_adds(b, "</a>");
    buf_adds(&url, http_base(h));
    while (str_split(&rest, '/', &part) && part.n > 0) {
        buf_addc(&url, '/');
        escape_url(&url, part);
        buf_addf(b, " / <a href=\"%s/\">", buf_str(&url));
        escape_html(b, part);
        buf_adds(b, "</a>");
    }
    buf_free(&url);
}

static void add_top(struct buf *b, const struct http *h, enum form form, const char *path,
                    bool store)
{
    const char *shown = http_shown(h, path);
    const unsigned rights = store ? http_rights(h, path) : 0;
    if (form == LIST_JSON) {
        buf_adds(b, "{\"path\":");
        escape_json(b, str_of(shown));
        buf_adds(b, ",\"entries\":[");
    }
    if (form != LIST_PAGE)
        return;
    buf_adds(b, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                "<link rel=\"stylesheet\" href=\"/-/style.css\"><title>");
    escape_html(b, str_of(shown));
    buf_adds(b, "</title></head>\n<body><header>");
    if (store)
        add_crumbs(b, h, shown);
    else
        escape_html(b, str_of(path));
    http_add_person(b, h);
    buf_adds(b, "</header>\n<main>");
    if (rights & MAY_WRITE)
        buf_addf(b,
                 "<form class=\"upload\" method=\"post\" enctype=\"multipart/form-data\">%s"
                 "<input type=\"file\" name=\"file\" multiple required aria-label=\"Files\"> "
                 "<button>Put here</button></form>\n",
                 rights & MAY_REPLACE ? "<label><input type=\"checkbox\" name=\"replace\""
                                        " value=\"yes\"> replace</label> "
                                      : "");
    buf_adds(b, "<table class=\"files\"><thead><tr><th>Name</th><th>Size</th>"
                "<th>Modified (UTC)</th></tr></thead><tbody>\n");
    if (strcmp(shown, "/") != 0)
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
    const char *folder = work_of(h)->folder;
    return folder == NULL || !path_resolve(folder, str_of(name), path) || http_rights(h, path) != 0;
}

static void add_entry(struct buf *b, struct list_work *l, const struct listing_entry *e)
{
    switch (l->form) {
    case LIST_PAGE: add_row(b, e); break;
    case LIST_NAMES: add_name(b, e); break;
    case LIST_JSON:
        buf_adds(b, l->some ? ",\n" : "\n");
        add_json(b, e);
        break;
    }
    l->some = true;
}

static void add_bottom(struct buf *b, const struct list_work *l)
{
    if (l->form == LIST_JSON)
        buf_adds(b, "\n]}\n");
    if (l->form != LIST_PAGE)
        return;
    buf_adds(b, "</tbody></table>\n");
    if (!l->some)
        buf_adds(b, "<p class=\"empty\">This folder is empty.</p>\n");
    buf_adds(b, "</main></body></html>\n");
}

static void step(struct http *h)
{
    struct list_work *l = work_of(h);
    struct listing_entry e;
    struct buf b = {0};
    bool last = false;
    if (!l->listed) {
        const int more = listing_read(l->listing, NAMES_PER_TURN);
        l->listed = more == 0;
        if (more < 0)
            conn_close(h->conn, CLOSE_MEMORY);
        else
            http_step_again(h);
        return;
    }
    for (int i = 0; i < LINES_PER_TURN && !last; i++) {
        last = !listing_next(l->listing, &e);
        if (!last && is_seen(h, e.name))
            add_entry(&b, l, &e);
    }
    if (last)
        add_bottom(&b, l);
    http_piece(h, &b, last);
}

static void drop(struct http *h, const char *why)
{
    struct list_work *l = work_of(h);
    (void)why;
    listing_close(l->listing);
    free(l->folder);
    free(l);
}

static const struct http_work_ops ops = {.step = step, .drop = drop};

void http_drop_box(struct http_call *call)
{
    struct http *h = call->h;
    struct buf b = {0};
    add_top(&b, h, LIST_PAGE, call->path, true);
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
static enum form form_for(const struct http_call *call)
{
    const struct http_req *r = &call->h->req;
    const struct str accept = http_field(call, HTTP_ACCEPT);
    if (str_eq((struct str){call->head + r->query, r->query_len}, "json"))
        return LIST_JSON;
    if (has_word(accept, "text/html"))
        return LIST_PAGE;
    if (has_word(accept, "application/json"))
        return LIST_JSON;
    return has_word(accept, "text/plain") ? LIST_NAMES : LIST_PAGE;
}

static const char *const types[] = {
    [LIST_PAGE] = "text/html; charset=utf-8",
    [LIST_JSON] = "application/json",
    [LIST_NAMES] = "text/plain; charset=utf-8",
};

int http_list(struct http_call *call, struct store *s, const char *path)
{
    struct http *h = call->h;
    struct http_head hd;
    struct buf b = {0};
    const bool store = s == http_serve(h)->files;
    struct list_work *l = calloc(1, sizeof *l);
    if (l == NULL)
        return ENOMEM;
    l->work.ops = &ops;
    l->form = form_for(call);
    int err = listing_open(s, path, &l->listing);
    if (err == 0 && store && access_differs_below(http_serve(h)->conf, path) &&
        (l->folder = strdup(path)) == NULL) {
        listing_close(l->listing);
        err = ENOMEM;
    }
    if (err != 0) {
        free(l);
        return err;
    }
    http_stream_begin(call, &hd, 200);
    http_head_add(&hd, "Content-Type", str_of(types[l->form]));
    http_head_add(&hd, "Content-Security-Policy", str_of(http_page_policy));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    http_head_add(&hd, "Vary", STR("Accept"));
    add_top(&b, h, l->form, path, store);
    http_stream(call, &hd, &l->work, &b);
    return 0;
}
