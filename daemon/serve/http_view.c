/* http_view.c: FILE?view: the page around a file: what a browser can show of it, its neighbours in
 * the folder, and the way to take it along. */
#include "base/date.h"
#include "base/escape.h"
#include "model/mime.h"
#include "model/preview.h"
#include "serve/http.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_PER_TURN = 1000,
    LOOKS_PER_TURN = 200,
    NAMES_MAX = 5000,     /* in larger folders, neighbours are not looked for */
    SHOWN_MAX = 512 << 10 /* bytes of a text */
};

struct view {
    struct http_work work;
    struct store_file *file; /* NULL once the preview has it */
    struct listing *listing; /* of the folder; NULL: no neighbours */
    struct preview *preview;
    enum { AT_NAMES, AT_NEIGHBOURS, AT_TEXT, AT_END } at;
    bool found;  /* the file, among its neighbours */
    bool source; /* Markdown is shown as it stands */
    enum mime_kind kind;
    char before[FILE_NAME_MAX + 1], after[FILE_NAME_MAX + 1]; /* "" = none */
    char folder[PATH_BYTES_MAX], path[PATH_BYTES_MAX];
};

static struct view *view_of(const struct http *h)
{
    return (void *)h->work;
}

/* --- the page --- */

static void add_neighbour(struct buf *b, const char *name, const char *class, const char *word)
{
    if (name[0] == '\0')
        return;
    buf_addf(b, "<a class=\"tool %s\" rel=\"%s\" href=\"./", class, class);
    escape_url(b, str_of(name));
    buf_adds(b, "?view\" title=\"");
    escape_html(b, str_of(name));
    buf_addf(b, "\">%s</a>", word);
}

static void add_facts(struct buf *b, const struct store_file *f)
{
    char size[24], date[DATE_TEXT_MAX], iso[DATE_TEXT_MAX];
    text_size(size, sizeof size, f->size);
    date_minute(date, f->mtime.tv_sec);
    date_iso(iso, f->mtime.tv_sec);
    buf_addf(b,
             "<data value=\"%llu\" title=\"%llu bytes\">%s</data> · "
             "<time datetime=\"%s\">%s</time>",
             (unsigned long long)f->size, (unsigned long long)f->size, size, iso, date);
}

static const char *const kinds[] = {
    [MIME_OTHER] = "file",      [MIME_PICTURE] = "picture", [MIME_TEXT] = "text",
    [MIME_PDF] = "pdf",         [MIME_AUDIO] = "audio",     [MIME_VIDEO] = "video",
    [MIME_ARCHIVE] = "archive",
};

static void add_top(struct http *h, struct buf *b)
{
    struct view *v = view_of(h);
    struct buf name = {0}, url = {0}, crumbs = {0}, facts = {0}, before = {0}, after = {0};
    const char *last = path_name(v->path);
    escape_html(&name, str_of(last));
    escape_url(&url, str_of(last));
    http_crumbs(&crumbs, h, v->folder);
    http_add_person(&crumbs, h);
    add_facts(&facts, v->file);
    if (preview_is_markdown(last))
        buf_adds(&before, v->source ? "<a class=\"tool\" href=\"?view\">Formatted</a> "
                                    : "<a class=\"tool\" href=\"?view=source\">Source</a> ");
    add_neighbour(&before, v->before, "prev", "Previous");
    add_neighbour(&after, v->after, "next", "Next");
    const struct fill fills[] = {
        {"NAME", str_of(buf_str(&name))},     {"URL", str_of(buf_str(&url))},
        {"CRUMBS", str_of(buf_str(&crumbs))}, {"FACTS", str_of(buf_str(&facts))},
        {"BEFORE", str_of(buf_str(&before))}, {"AFTER", str_of(buf_str(&after))},
        {"KIND", str_of(kinds[v->kind])},     {NULL, {NULL, 0}},
    };
    http_fill(b, &web_view, fills);
    buf_free(&name);
    buf_free(&url);
    buf_free(&crumbs);
    buf_free(&facts);
    buf_free(&before);
    buf_free(&after);
}

/* What a browser shows by a tag of its own, around the file's URL. */
static const struct {
    const char *open, *close;
} tags[] = {
    [MIME_PICTURE] = {"<img class=\"shown\" alt=\"\" src=\"./", "\">\n"},
    [MIME_PDF] = {"<iframe class=\"shown\" title=\"The document\" src=\"./", "\"></iframe>\n"},
    [MIME_AUDIO] = {"<audio class=\"shown\" controls preload=\"metadata\" src=\"./",
                    "\"></audio>\n"},
    [MIME_VIDEO] = {"<video class=\"shown\" controls preload=\"metadata\" src=\"./",
                    "\"></video>\n"},
    [MIME_ARCHIVE] = {NULL, NULL},
};

static void ready(void *arg)
{
    http_step_again(arg);
}

/* Begins what is shown; the rest of it comes from the preview, if there is one. */
static void begin_body(struct http *h, struct buf *b)
{
    struct view *v = view_of(h);
    const char *name = path_name(v->path);
    v->at = AT_END;
    if (v->kind == MIME_TEXT) {
        v->at = AT_TEXT;
        v->preview = preview_new(http_serve(h)->files, v->file,
                                 preview_is_markdown(name) && !v->source, SHOWN_MAX, ready, h);
        v->file = NULL;
    } else if (tags[v->kind].open != NULL) {
        buf_adds(b, tags[v->kind].open);
        escape_url(b, str_of(name));
        buf_adds(b, tags[v->kind].close);
    } else {
        buf_adds(b, "<p class=\"dropbox\"><i></i>A browser cannot show this. Download it to look "
                    "at it.</p>\n");
    }
}

static void add_end(struct buf *b)
{
    buf_adds(b, "</main>\n</body>\n</html>\n");
}

/* --- neighbours --- */

static bool may_read(const struct http *h, const struct view *v, const char *name)
{
    char path[PATH_BYTES_MAX];
    return path_resolve(v->folder, str_of(name), path) && (http_rights(h, path) & MAY_READ);
}

static void read_names(struct http *h)
{
    struct view *v = view_of(h);
    const int more = v->listing != NULL ? listing_read(v->listing, NAMES_PER_TURN) : 0;
    if (more < 0 || (v->listing != NULL && listing_count(v->listing) > NAMES_MAX)) {
        listing_close(v->listing);
        v->listing = NULL;
    }
    if (more <= 0 || v->listing == NULL)
        v->at = AT_NEIGHBOURS;
    http_step_again(h);
}

/* Notes the file before this one and the one behind it; true when both are known. */
static bool look_around(struct http *h)
{
    struct view *v = view_of(h);
    struct listing_entry e;
    for (int i = 0; i < LOOKS_PER_TURN; i++) {
        if (v->listing == NULL || !listing_next(v->listing, &e))
            return true;
        if (e.folder || !may_read(h, v, e.name))
            continue;
        if (v->found) {
            text_copy(v->after, sizeof v->after, e.name);
            return true;
        }
        v->found = strcmp(e.name, path_name(v->path)) == 0;
        if (!v->found)
            text_copy(v->before, sizeof v->before, e.name);
    }
    return false;
}

/* --- the response --- */

static void send_top(struct http *h)
{
    struct view *v = view_of(h);
    struct buf b = {0};
    if (!look_around(h)) {
        http_step_again(h);
        return;
    }
    if (!v->found)
        v->before[0] = v->after[0] = '\0';
    add_top(h, &b);
    begin_body(h, &b);
    if (v->at == AT_END)
        add_end(&b);
    http_piece(h, &b, v->at == AT_END);
}

static void send_text(struct http *h)
{
    struct view *v = view_of(h);
    struct buf b = {0};
    const enum preview_state state =
        v->preview != NULL ? preview_next(v->preview, &b) : PREVIEW_END;
    if (state == PREVIEW_WAITING)
        return; /* for ready() */
    if (state == PREVIEW_END) {
        if (v->preview != NULL && preview_is_cut(v->preview))
            buf_adds(&b,
                     "<p class=\"said\">This is its beginning; download the file to have all of "
                     "it.</p>\n");
        add_end(&b);
    }
    http_piece(h, &b, state == PREVIEW_END);
}

static void step(struct http *h)
{
    switch (view_of(h)->at) {
    case AT_NAMES: read_names(h); break;
    case AT_NEIGHBOURS: send_top(h); break;
    case AT_TEXT:
    case AT_END: send_text(h); break;
    }
}

static void drop(struct http *h, const char *why)
{
    struct view *v = view_of(h);
    (void)why;
    listing_close(v->listing);
    preview_free(v->preview);
    if (v->file != NULL)
        store_close(v->file);
    free(v);
}

static const struct http_work_ops ops = {.step = step, .drop = drop};

int http_view(struct http_call *call, struct store_file *f)
{
    struct http *h = call->h;
    struct http_head hd;
    char how[8] = "";
    struct view *v = calloc(1, sizeof *v);
    if (v == NULL) {
        store_close(f);
        return ENOMEM;
    }
    v->work.ops = &ops;
    v->file = f;
    v->kind = mime_kind(f->type);
    if (v->kind == MIME_OTHER && preview_is_text(f))
        v->kind = MIME_TEXT;
    v->source = http_query(call, "view", how, sizeof how) && strcmp(how, "source") == 0;
    text_copy(v->path, sizeof v->path, call->path);
    const size_t n = (size_t)(path_name(v->path) - v->path);
    text_copy(v->folder, n > 1 ? n : 2, v->path); /* without the slash, unless it is all */
    if (http_conf(h)->listing && (http_rights(h, v->folder) & MAY_READ))
        (void)listing_open(http_serve(h)->files, v->folder,
                           (struct listing_order){.key = LISTING_NAME}, &v->listing);
    http_stream_begin(call, &hd, 200);
    http_head_add(&hd, "Content-Type", STR("text/html; charset=utf-8"));
    http_head_must(&hd, "Content-Security-Policy", str_of(http_script_policy));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    http_stream(call, &hd, &v->work, NULL);
    return 0;
}
