/* http_propfind.c: PROPFIND (RFC 4918, 9.1): what is known of a file, or of a folder and what is in
 * it. The answer is made as it is sent, some entries a turn. */
#include "base/date.h"
#include "base/escape.h"
#include "model/listing.h"
#include "model/mime.h"
#include "serve/http_dav.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_PER_TURN = 1000,
    ENTRIES_PER_TURN = 100,
    ENOUGH = 128 << 10, /* bytes that end a turn earlier */
};

struct find {
    struct http_work work;
    struct dav_body want;
    struct listing *listing; /* NULL: only the thing itself */
    bool listed;             /* all names are read */
    bool checking;           /* some may see here what others may not */
    bool dead;               /* something in the folder has dead properties */
    char path[];
};

/* What is being told of. */
struct thing {
    struct http *h;
    const struct find *find;
    const char *path;
    const struct stat *st;
    bool folder;
    bool dead;                          /* it may have dead properties */
    unsigned char found[DAV_PROPS_MAX]; /* which of those that were asked for there are */
    struct buf *out;
};

static struct find *find_of(const struct http *h)
{
    return (void *)h->work;
}

/* --- live properties (RFC 4918, 15; RFC 4331): each adds its element, or is not there --- */

static void add_value(struct buf *b, const char *name, const char *value)
{
    buf_addf(b, "<D:%s>", name);
    escape_xml(b, str_of(value));
    buf_addf(b, "</D:%s>", name);
}

static bool add_type(struct buf *b, const struct thing *t)
{
    buf_adds(b,
             t->folder ? "<D:resourcetype><D:collection/></D:resourcetype>" : "<D:resourcetype/>");
    return true;
}

/* When it was made is not kept everywhere: the earliest time that is. */
static bool add_created(struct buf *b, const struct thing *t)
{
    char date[DATE_TEXT_MAX];
    date_iso(date, t->st->st_ctime < t->st->st_mtime ? t->st->st_ctime : t->st->st_mtime);
    add_value(b, "creationdate", date);
    return true;
}

static bool add_modified(struct buf *b, const struct thing *t)
{
    char date[DATE_TEXT_MAX];
    date_http(date, t->st->st_mtime);
    add_value(b, "getlastmodified", date);
    return true;
}

static bool add_display(struct buf *b, const struct thing *t)
{
    add_value(b, "displayname", t->path[1] != '\0' ? path_name(t->path) : "files");
    return true;
}

static bool add_length(struct buf *b, const struct thing *t)
{
    if (!t->folder)
        buf_addf(b, "<D:getcontentlength>%llu</D:getcontentlength>",
                 (unsigned long long)t->st->st_size);
    return !t->folder;
}

static bool add_content(struct buf *b, const struct thing *t)
{
    if (!t->folder)
        add_value(b, "getcontenttype", mime_type(t->path));
    return !t->folder;
}

static bool add_etag(struct buf *b, const struct thing *t)
{
    char etag[ETAG_MAX];
    if (t->folder)
        return false;
    store_etag(t->st, etag);
    add_value(b, "getetag", etag);
    return true;
}

static bool add_lockable(struct buf *b, const struct thing *t)
{
    (void)t;
    buf_adds(b, "<D:supportedlock>"
                "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope>"
                "<D:locktype><D:write/></D:locktype></D:lockentry>"
                "<D:lockentry><D:lockscope><D:shared/></D:lockscope>"
                "<D:locktype><D:write/></D:locktype></D:lockentry></D:supportedlock>");
    return true;
}

static bool add_locked(struct buf *b, const struct thing *t)
{
    http_add_locks(b, http_serve(t->h), t->path);
    return true;
}

/* The quota of whoever asks, or NULL. */
static const struct quota *quota_of(const struct thing *t)
{
    const struct account *a = t->h->account;
    return t->folder && a != NULL && a->quota.limit > 0 ? &a->quota : NULL;
}

static bool add_available(struct buf *b, const struct thing *t)
{
    const struct quota *q = quota_of(t);
    if (q == NULL)
        return false;
    const uint64_t used = q->used + q->pending;
    buf_addf(b, "<D:quota-available-bytes>%llu</D:quota-available-bytes>",
             (unsigned long long)(used < q->limit ? q->limit - used : 0));
    return true;
}

static bool add_used(struct buf *b, const struct thing *t)
{
    const struct quota *q = quota_of(t);
    if (q != NULL)
        buf_addf(b, "<D:quota-used-bytes>%llu</D:quota-used-bytes>", (unsigned long long)q->used);
    return q != NULL;
}

static const struct live {
    const char *name;
    bool (*add)(struct buf *b, const struct thing *t);
    bool asked; /* only by its name (RFC 4331, 3 and 4) */
} lives[] = {
    {"resourcetype", add_type, false},
    {"creationdate", add_created, false},
    {"getlastmodified", add_modified, false},
    {"displayname", add_display, false},
    {"getcontentlength", add_length, false},
    {"getcontenttype", add_content, false},
    {"getetag", add_etag, false},
    {"supportedlock", add_lockable, false},
    {"lockdiscovery", add_locked, false},
    {"quota-available-bytes", add_available, true},
    {"quota-used-bytes", add_used, true},
};
enum { LIVES = sizeof lives / sizeof lives[0] };

static const struct live *live_of(const char *space, const char *name)
{
    for (size_t i = 0; strcmp(space, "DAV:") == 0 && i < LIVES; i++)
        if (strcmp(name, lives[i].name) == 0)
            return &lives[i];
    return NULL;
}

bool http_dav_is_live(const char *space, const char *name)
{
    return live_of(space, name) != NULL;
}

/* --- one thing --- */

void http_dav_name(struct buf *b, const char *space, const char *name)
{
    if (strcmp(space, "DAV:") == 0) {
        buf_addf(b, "<D:%s/>", name);
        return;
    }
    buf_addf(b, "<%s xmlns=\"", name);
    escape_xml(b, str_of(space));
    buf_adds(b, "\"/>");
}

/* The place of the property among those that were asked for, or -1. */
static int asked_at(const struct thing *t, const char *space, const char *name)
{
    const struct dav_body *want = &t->find->want;
    for (unsigned i = 0; i < want->count; i++)
        if (strcmp(dav_text(want, want->prop[i].name), name) == 0 &&
            strcmp(dav_text(want, want->prop[i].space), space) == 0)
            return (int)i;
    return -1;
}

static void add_dead(void *arg, const char *space, const char *name, const char *xml)
{
    struct thing *t = arg;
    const enum dav_find find = t->find->want.find;
    const int at = asked_at(t, space, name);
    if (at >= 0)
        t->found[at] = 1;
    if (find == DAV_PROPNAME)
        http_dav_name(t->out, space, name);
    else if (find == DAV_ALLPROP || at >= 0)
        buf_adds(t->out, xml);
}

/* Those that were asked for by their names. */
static void add_asked(struct thing *t)
{
    const struct dav_body *want = &t->find->want;
    for (unsigned i = 0; i < want->count; i++) {
        const struct live *l =
            live_of(dav_text(want, want->prop[i].space), dav_text(want, want->prop[i].name));
        if (l != NULL && (want->find == DAV_PROP || l->asked))
            t->found[i] = l->add(t->out, t);
        else if (l != NULL) /* among all */
            t->found[i] = 1;
    }
}

static void add_lives(struct thing *t)
{
    struct buf none = {0};
    const bool names = t->find->want.find == DAV_PROPNAME;
    for (size_t i = 0; i < LIVES; i++) {
        if (names && lives[i].add(&none, t))
            http_dav_name(t->out, "DAV:", lives[i].name);
        else if (!names && !lives[i].asked)
            (void)lives[i].add(t->out, t);
        buf_clear(&none);
    }
    buf_free(&none);
}

static void add_missing(struct buf *b, const struct thing *t)
{
    const struct dav_body *want = &t->find->want;
    bool any = false;
    for (unsigned i = 0; i < want->count; i++) {
        if (t->found[i])
            continue;
        buf_adds(b, any ? "" : "<D:propstat><D:prop>");
        any = true;
        http_dav_name(b, dav_text(want, want->prop[i].space), dav_text(want, want->prop[i].name));
    }
    if (!any)
        return;
    buf_adds(b, "</D:prop>");
    http_dav_status(b, 404);
    buf_adds(b, "</D:propstat>");
}

/* <D:response> */
static void add_thing(struct buf *b, struct thing *t)
{
    t->out = b;
    buf_adds(b, "<D:response>");
    http_dav_href(b, t->path, t->folder);
    buf_adds(b, "<D:propstat><D:prop>");
    if (t->find->want.find != DAV_PROP)
        add_lives(t);
    add_asked(t);
    if (t->dead)
        props_each(http_serve(t->h)->props, t->path, add_dead, t);
    buf_adds(b, "</D:prop>");
    http_dav_status(b, 200);
    buf_adds(b, "</D:propstat>");
    add_missing(b, t);
    buf_adds(b, "</D:response>\n");
}

/* --- a folder --- */

static void add_entry(struct http *h, struct buf *b, const struct listing_entry *e)
{
    char path[PATH_BYTES_MAX];
    const struct find *f = find_of(h);
    if (!path_resolve(f->path, str_of(e->name), path) || (f->checking && http_rights(h, path) == 0))
        return;
    struct thing t = {.h = h, .find = f, .path = path, .st = &e->st, .folder = e->folder};
    t.dead = f->dead;
    add_thing(b, &t);
}

static void step(struct http *h)
{
    struct find *f = find_of(h);
    struct listing_entry e;
    struct buf b = {0};
    bool last = f->listing == NULL;
    if (!last && !f->listed) {
        const int more = listing_read(f->listing, NAMES_PER_TURN);
        f->listed = more == 0;
        if (more < 0)
            conn_close(h->conn, CLOSE_MEMORY);
        else
            http_step_again(h);
        return;
    }
    for (int i = 0; i < ENTRIES_PER_TURN && b.len < ENOUGH && !last; i++) {
        last = !listing_next(f->listing, &e);
        if (!last)
            add_entry(h, &b, &e);
    }
    if (last)
        buf_adds(&b, "</D:multistatus>\n");
    http_piece(h, &b, last);
}

static void drop(struct http *h, const char *why)
{
    struct find *f = find_of(h);
    (void)why;
    listing_close(f->listing);
    dav_body_free(&f->want);
    free(f);
}

static const struct http_work_ops ops = {.step = step, .drop = drop};

/* --- the request --- */

/* Takes want over. 0 or an errno. */
static int begin(struct http *h, const char *path, bool deep, struct dav_body *want,
                 struct find **out)
{
    struct serve *s = http_serve(h);
    const size_t n = strlen(path) + 1;
    struct find *f = calloc(1, sizeof *f + n);
    if (f == NULL)
        return ENOMEM;
    f->work.ops = &ops;
    memcpy(f->path, path, n);
    if (deep) {
        const int err = listing_open(s->files, path, (struct listing_order){0}, &f->listing);
        if (err != 0) {
            free(f);
            return err;
        }
        f->checking = access_differs_below(s->conf, path);
        f->dead = props_below(s->props, path);
    }
    f->want = *want;
    want->text = (struct buf){0};
    *out = f;
    return 0;
}

static void send_found(struct http *h, struct find *f, const struct stat *st)
{
    struct http_call call = {.h = h};
    struct http_head hd;
    struct buf b = {0};
    struct thing t = {
        .h = h, .find = f, .path = f->path, .st = st, .folder = S_ISDIR(st->st_mode), .dead = true};
    buf_addf(&b, "%s<D:multistatus xmlns:D=\"DAV:\">\n", http_dav_top);
    add_thing(&b, &t);
    http_stream_begin(&call, &hd, 207);
    http_head_add(&hd, "Content-Type", STR("application/xml; charset=utf-8"));
    http_head_add(&hd, "Cache-Control", STR("no-store"));
    http_stream(&call, &hd, &f->work, &b);
}

/* What may be put into, and not looked at, is a folder that looks empty, where the folder around it
 * tells that it is there; nothing else of it is. */
static int look_at(const struct http *h, const char *path, struct stat *st)
{
    char parent[PATH_BYTES_MAX];
    const int err = store_stat(http_serve(h)->files, path, st);
    if (http_rights(h, path) & MAY_READ)
        return err != 0 ? err : S_ISDIR(st->st_mode) || S_ISREG(st->st_mode) ? 0 : ENOENT;
    if (err != 0 || !S_ISDIR(st->st_mode) || !path_resolve(path, STR(".."), parent) ||
        (path[1] != '\0' && !(http_rights(h, parent) & MAY_READ)))
        return ENOENT;
    return 0;
}

static void find_whole(struct http *h)
{
    struct http_call call = {.h = h};
    const char *path = http_form_path(h);
    struct dav_body want;
    struct stat st;
    struct find *f;
    const int status = dav_xml_parse(&want, DAV_PROPFIND, http_form_body(h));
    int err = status == 0 ? look_at(h, path, &st) : 0;
    const bool deep = http_form_note(h) == DAV_DEPTH_1 && (http_rights(h, path) & MAY_READ);
    if (status == 0 && err == 0)
        err = begin(h, path, deep && S_ISDIR(st.st_mode), &want, &f);
    if (status == 0 && err == 0) {
        send_found(h, f, &st);
    } else {
        if (status != 0)
            http_error(&call, status, NULL);
        else
            http_fail(&call, err);
        http_answered(h);
    }
    dav_body_free(&want);
}

void http_propfind(struct http_call *call)
{
    enum dav_depth depth;
    const unsigned rights = http_rights(call->h, call->path);
    if (rights == 0) {
        http_forbid(call);
        return;
    }
    if (!http_dav_depth(call, DAV_DEPTH_INFINITY, &depth))
        return;
    if (depth == DAV_DEPTH_INFINITY) {
        http_dav_error(call, 403, "propfind-finite-depth", NULL);
        return;
    }
    if (depth == DAV_DEPTH_1 && !http_conf(call->h)->listing) {
        http_error(call, 403, NULL);
        return;
    }
    call->note = depth;
    http_take_form(call, DAV_BODY_MAX, find_whole);
}
