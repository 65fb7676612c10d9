/* http_list.c: a folder as a page, as JSON, as plain names: sent as it is made, some lines a turn.
 */
#include "base/date.h"
#include "base/escape.h"
#include "model/mime.h"
#include "model/preview.h"
#include "parse/form.h"
#include "serve/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_PER_TURN = 1000,
    LINES_PER_TURN = 200,
    README_MAX = 64 << 10, /* bytes of it that are shown */
};

struct list_work {
    struct http_work work;
    struct store *store;
    struct listing *listing;
    struct preview *preview; /* of the folder's README; NULL: none */
    enum http_shape shape;
    enum { AT_NAMES, AT_ROWS, AT_README } at;
    bool choosy; /* some of its names may be seen, and others not */
    bool some;   /* an entry was sent */
    struct folder_page page;
    char readme[16]; /* its name, once it was among the rows */
    char path[PATH_BYTES_MAX];
};

static struct list_work *work_of(const struct http *h)
{
    return (void *)h->work;
}

/* {"path":"/a","write":true,"entries":[...]}, in the order asked for. */
static void add_json_top(struct buf *b, const struct folder_page *p)
{
    buf_adds(b, "{\"path\":");
    escape_json(b, str_of(p->shown));
    buf_addf(b, ",\"write\":%s,\"entries\":[", p->rights & MAY_WRITE ? "true" : "false");
}

/* {"name":"a.png","type":"file","size":5,"media":"image/png","modified":"2026-11-21T10:00:00Z"} */
static void add_json(struct buf *b, const struct listing_entry *e)
{
    char date[DATE_TEXT_MAX];
    date_iso(date, e->st.st_mtime);
    buf_adds(b, "{\"name\":");
    escape_json(b, str_of(e->name));
    buf_addf(b, ",\"type\":\"%s\"", e->folder ? "folder" : "file");
    if (!e->folder)
        buf_addf(b, ",\"size\":%llu,\"media\":\"%s\"", (unsigned long long)e->st.st_size,
                 mime_type(e->name));
    buf_addf(b, ",\"modified\":\"%s\"}", date);
}

static void add_name(struct buf *b, const struct listing_entry *e)
{
    escape_line(b, str_of(e->name));
    buf_adds(b, e->folder ? "/\n" : "\n");
}

/* The better the name, the higher; 0 = none. */
static int readme_rank(const char *name)
{
    static const char *const names[] = {"readme", "readme.txt", "readme.md"};
    for (int i = 3; i > 0; i--)
        if (str_ieq(str_of(name), names[i - 1]))
            return i;
    return 0;
}

static void note_readme(struct list_work *l, const struct listing_entry *e)
{
    const int rank = e->folder ? 0 : readme_rank(e->name);
    if (!l->page.store || rank <= readme_rank(l->readme))
        return;
    text_copy(l->readme, sizeof l->readme, e->name);
}

/* Where some may see what others may not, a name that nothing may be done with is left out. */
static bool is_seen(const struct http *h, const char *name)
{
    char path[PATH_BYTES_MAX];
    const struct list_work *l = work_of(h);
    return !l->choosy || !path_resolve(l->path, str_of(name), path) || http_rights(h, path) != 0;
}

static void add_entry(struct buf *b, struct list_work *l, const struct listing_entry *e)
{
    switch (l->shape) {
    case HTTP_PAGE:
        http_folder_row(b, &l->page, e);
        note_readme(l, e);
        break;
    case HTTP_TEXT: add_name(b, e); break;
    case HTTP_JSON:
        buf_adds(b, l->some ? ",\n" : "\n");
        add_json(b, e);
        break;
    }
    l->some = true;
}

/* --- what the folder says of itself, beneath --- */

static void ready(void *arg)
{
    http_step_again(arg);
}

/* Opens it, and puts what stands above it. */
static void begin_readme(struct http *h, struct buf *b)
{
    struct list_work *l = work_of(h);
    char path[PATH_BYTES_MAX];
    struct store_file *f;
    if (l->readme[0] == '\0' || !path_resolve(l->path, str_of(l->readme), path) ||
        !(http_rights(h, path) & MAY_READ) || store_open(l->store, path, &f) != 0)
        return;
    l->preview = preview_new(l->store, f, preview_is_markdown(l->readme), README_MAX, ready, h);
    if (l->preview == NULL)
        return;
    buf_adds(b, "<section class=\"readme\" aria-label=\"");
    escape_html(b, str_of(l->readme));
    buf_adds(b, "\">\n");
}

/* --- a turn --- */

static void read_names(struct http *h)
{
    struct list_work *l = work_of(h);
    const int more = listing_read(l->listing, NAMES_PER_TURN);
    if (more < 0) {
        conn_close(h->conn, CLOSE_MEMORY);
        return;
    }
    if (more == 0)
        l->at = AT_ROWS;
    http_step_again(h);
}

static void send_rows(struct http *h)
{
    struct list_work *l = work_of(h);
    struct listing_entry e;
    struct buf b = {0};
    bool over = false;
    for (int i = 0; i < LINES_PER_TURN && !over; i++) {
        over = !listing_next(l->listing, &e);
        if (!over && is_seen(h, e.name))
            add_entry(&b, l, &e);
    }
    if (over && l->shape == HTTP_JSON)
        buf_adds(&b, "\n]}\n");
    if (over && l->shape == HTTP_PAGE) {
        http_folder_bottom(&b, &l->page);
        begin_readme(h, &b);
        l->at = AT_README;
        over = false;
    }
    http_piece(h, &b, over);
}

static void send_readme(struct http *h)
{
    struct list_work *l = work_of(h);
    struct buf b = {0};
    const enum preview_state state =
        l->preview != NULL ? preview_next(l->preview, &b) : PREVIEW_END;
    if (state == PREVIEW_WAITING)
        return; /* for ready() */
    if (state == PREVIEW_END) {
        if (l->preview != NULL)
            buf_adds(&b, "</section>\n");
        http_folder_end(&b);
    }
    http_piece(h, &b, state == PREVIEW_END);
}

static void step(struct http *h)
{
    switch (work_of(h)->at) {
    case AT_NAMES: read_names(h); break;
    case AT_ROWS: send_rows(h); break;
    case AT_README: send_readme(h); break;
    }
}

static void drop(struct http *h, const char *why)
{
    struct list_work *l = work_of(h);
    (void)why;
    listing_close(l->listing);
    preview_free(l->preview);
    free(l);
}

static const struct http_work_ops ops = {.step = step, .drop = drop};

/* --- the request --- */

bool http_accepts(const struct http_call *call, const char *type)
{
    const struct str accept = http_field(call, HTTP_ACCEPT);
    return accept.n > 0 && memmem(accept.p, accept.n, type, strlen(type)) != NULL;
}

bool http_query(const struct http_call *call, const char *name, char *out, size_t size)
{
    const struct http_req *r = &call->h->req;
    return call->head != NULL &&
           form_field((struct str){call->head + r->query, r->query_len}, name, out, size);
}

enum http_shape http_shape(const struct http_call *call)
{
    char text[8];
    if (http_query(call, "json", text, sizeof text))
        return HTTP_JSON;
    if (http_accepts(call, "text/html"))
        return HTTP_PAGE;
    if (http_accepts(call, "application/json"))
        return HTTP_JSON;
    return http_accepts(call, "text/plain") ? HTTP_TEXT : HTTP_PAGE;
}

const char *const http_shape_type[] = {
    [HTTP_PAGE] = "text/html; charset=utf-8",
    [HTTP_JSON] = "application/json",
    [HTTP_TEXT] = "text/plain; charset=utf-8",
};

/* Programs that take whatever comes, such as wget, say so. */
static bool is_browser(const struct http_call *call)
{
    return http_field(call, HTTP_ACCEPT).p == NULL || http_accepts(call, "text/html");
}

/* ?sort=name|size|time and order=asc|desc. Programs get the bytes' order, if they do not say. */
static struct listing_order order_for(const struct http_call *call, enum http_shape shape)
{
    static const char *const keys[] = {
        [LISTING_NAME] = "name", [LISTING_SIZE] = "size", [LISTING_TIME] = "time"};
    struct listing_order o = {.key = shape == HTTP_PAGE ? LISTING_NAME : LISTING_BYTES};
    char sort[8] = "", order[8] = "";
    (void)http_query(call, "sort", sort, sizeof sort);
    (void)http_query(call, "order", order, sizeof order);
    for (enum listing_key key = LISTING_NAME; key <= LISTING_TIME; key++)
        if (strcmp(sort, keys[key]) == 0)
            o.key = key;
    o.descending = strcmp(order, "desc") == 0;
    return o;
}

/* What came of ?said=. */
static void add_top(struct http_call *call, struct list_work *l, struct buf *b)
{
    char word[16] = "";
    (void)http_query(call, "said", word, sizeof word);
    l->page.said = word;
    if (l->shape == HTTP_PAGE)
        http_folder_top(b, call->h, &l->page);
    else if (l->shape == HTTP_JSON)
        add_json_top(b, &l->page);
    l->page.said = "";
}

/* A room's folder does not go elsewhere, and what is in it does. */
static unsigned page_rights(const struct http *h, const char *path)
{
    char inner[PATH_BYTES_MAX];
    const unsigned rights = http_rights(h, path);
    return path_resolve(path, STR("*"), inner) && rights != 0 ? rights | http_rights(h, inner)
                                                              : rights;
}

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
    l->shape = http_shape(call);
    l->store = s;
    l->choosy = store && access_differs_below(http_serve(h)->conf, path);
    text_copy(l->path, sizeof l->path, path);
    l->page = (struct folder_page){.path = l->path,
                                   .shown = store ? http_shown(h, l->path) : l->path,
                                   .store = store,
                                   .browser = is_browser(call),
                                   .rights = store ? page_rights(h, path) : 0,
                                   .order = order_for(call, l->shape),
                                   .said = ""};
    const int err = listing_open(s, path, l->page.order, &l->listing);
    if (err != 0) {
        free(l);
        return err;
    }
    http_stream_begin(call, &hd, 200);
    http_head_add(&hd, "Content-Type", str_of(http_shape_type[l->shape]));
    http_head_must(&hd, "Content-Security-Policy",
                   str_of(l->shape == HTTP_PAGE ? http_script_policy : http_page_policy));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    http_head_add(&hd, "Vary", STR("Accept"));
    add_top(call, l, &b);
    http_stream(call, &hd, &l->work, &b);
    return 0;
}
