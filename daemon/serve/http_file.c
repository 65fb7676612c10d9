/* http_file.c: files, of the site and of the store: conditions, ranges, bodies. */
#include "base/date.h"
#include "base/escape.h"
#include "base/unset.h"
#include "model/mime.h"
#include "parse/http_cond.h"
#include "parse/http_rules.h"
#include "serve/http_rep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A body up to this size is small enough to be queued and forgotten. */
enum { SMALL = 64 << 10 };

/* --- conditions (RFC 9110, 13) --- */

static struct http_validators validators(const struct http_rep *rep)
{
    return (struct http_validators){.etag = str_of(rep->etag), .modified = rep->file->mtime.tv_sec};
}

/* Of a file that is to be changed: in whatever coding the client has got it. */
static int write_conditions(const struct http_call *call, const struct store_file *f)
{
    char text[CODINGS][HTTP_ETAG_MAX];
    struct str etags[CODINGS];
    for (enum coding i = 0; i < CODINGS; i++) {
        http_coded_etag(text[i], f->etag, i);
        etags[i] = str_of(text[i]);
    }
    const struct http_validators v = {.etag = etags[CODING_IDENTITY],
                                      .others = etags + 1,
                                      .other_count = CODINGS - 1,
                                      .modified = f->mtime.tv_sec};
    return http_cond(&call->h->req, call->head, &v);
}

int http_write_conditions(const struct http_call *call, unsigned rights)
{
    const struct http_req *r = &call->h->req;
    struct store_file *f = NULL;
    if (http_field(call, HTTP_IF_MATCH).p == NULL &&
        http_field(call, HTTP_IF_NONE_MATCH).p == NULL &&
        http_field(call, HTTP_IF_UNMODIFIED_SINCE).p == NULL)
        return 0;
    if (!(rights & MAY_READ) || store_open(http_serve(call->h)->files, call->path, &f) != 0)
        return http_cond(r, call->head, NULL);
    const int status = write_conditions(call, f);
    store_close(f);
    return status;
}

/* --- the response --- */

static void add_validators(struct http_head *hd, const struct http_rep *rep)
{
    http_head_add(hd, "Last-Modified", str_of(rep->file->modified));
    http_head_add(hd, "ETag", str_of(rep->etag));
    if (rep->varies)
        http_head_add(hd, "Vary", STR("Accept-Encoding"));
}

/* Is there anything to say about how long a file may be kept? */
static bool has_lifetime(const struct http *h)
{
    return h->account != NULL || h->visit != NULL || http_conf(h)->cache[0] != '\0';
}

/* By type; and no stranger keeps what somebody was sent who has logged in. */
static void add_lifetime(const struct http_call *call, struct http_head *hd,
                         const struct store_file *f)
{
    const char *rules = http_conf(call->h)->cache;
    const bool own = call->h->account != NULL || call->h->visit != NULL;
    char text[64];
    const int64_t seconds = http_lifetime(rules, f->type);
    if (seconds > 0)
        snprintf(text, sizeof text, "%smax-age=%lld", own ? "private, " : "", (long long)seconds);
    else if (seconds == 0)
        text_copy(text, sizeof text, own ? "private, no-cache" : "no-cache");
    else
        text_copy(text, sizeof text, own ? "private" : "");
    if (text[0] != '\0')
        http_head_add(hd, "Cache-Control", str_of(text));
}

static void send_empty(struct http_call *call, const struct store_file *f,
                       const struct http_rep *rep, int status)
{
    struct http_head hd;
    http_head_begin(call->h, &hd, status);
    if (status == 416) {
        char range[40];
        snprintf(range, sizeof range, "bytes */%llu", (unsigned long long)rep->size);
        http_head_add(&hd, "Content-Range", str_of(range));
    }
    if (status != 304)
        http_head_addu(&hd, "Content-Length", 0);
    else
        add_validators(&hd, rep);
    if (status == 304 && has_lifetime(call->h))
        add_lifetime(call, &hd, f);
    http_head_send(call->h, &hd, 0);
    http_log(call->h, call->head, status, 0);
}

/* `body` bytes are queued. */
static void sent(struct http_call *call, int status, uint64_t body)
{
    if (body <= SMALL) {
        http_log(call->h, call->head, status, body);
    } else {
        http_log_keep(call->h, call->head, status);
        http_sending(call->h);
        conn_await(call->h->conn, 0);
    }
}

/* RFC 6266. A name is told, if there is one, and not the URL's last part. */
static void add_disposition(struct http_head *hd, bool attachment, const char *name)
{
    struct buf value = {0};
    if (!attachment && name == NULL)
        return;
    buf_adds(&value, attachment ? "attachment" : "inline");
    if (name != NULL) {
        buf_adds(&value, "; filename*=UTF-8''");
        escape_url(&value, str_of(name));
    }
    http_head_add(hd, "Content-Disposition", str_of(buf_str(&value)));
    buf_free(&value);
}

/* What is to be sent of a representation: one range of it, if not the whole, or several. */
struct part {
    int status;
    struct http_range range;
    struct http_ranges ranges;
    struct http_multipart multi; /* multi.len == 0: it is not several */
};

static int choose_part(const struct http_call *call, const struct http_rep *rep,
                       const struct http_validators *v, struct part *part)
{
    const struct str field = http_field(call, HTTP_RANGE);
    const time_t now = clock_sec(&call->h->conn->loop->clock);
    enum range_result result = RANGE_NONE;
    part->range = (struct http_range){0, rep->size};
    part->multi.len = 0;
    if (field.p != NULL && call->h->req.method == HTTP_GET &&
        http_cond_range(&call->h->req, call->head, v, now))
        result = http_ranges(field, rep->size, &part->ranges);
    if (result != RANGE_SOME)
        return result == RANGE_WRONG ? 416 : 200;
    if (part->ranges.count == 1)
        part->range = part->ranges.range[0];
    else if (!http_multipart_make(&part->multi, rep, rep->file->type, &part->ranges))
        return 200;
    return 206;
}

/* What was uploaded is no script, not even for a page of ours. */
static void add_content_type(struct http_head *hd, const struct store_file *f,
                             const struct part *part, bool guarded)
{
    char text[80];
    if (part->multi.len == 0) {
        http_head_add(hd, "Content-Type",
                      guarded && mime_script(f->type) ? STR("text/plain; charset=utf-8")
                                                      : str_of(f->type));
        return;
    }
    snprintf(text, sizeof text, "multipart/byteranges; boundary=%s", part->multi.boundary);
    http_head_add(hd, "Content-Type", str_of(text));
}

/* What an upload may do when a browser shows it. A browser's own PDF viewer does not run in a
 * sandbox; it is one itself, and nosniff keeps it to PDF. */
static const char *guard_for(const char *type)
{
    if (mime_kind(type) == MIME_PDF)
        return "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; "
               "frame-ancestors 'self'";
    return "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; "
           "style-src 'unsafe-inline'";
}

/* Somebody's upload must not run as a page of ours. */
static void add_guard(const struct http *h, struct http_head *hd, const struct store_file *f)
{
    add_disposition(hd, mime_active(f->type), http_shared_name(h));
    http_head_must(hd, "Content-Security-Policy", str_of(guard_for(f->type)));
}

static void send_part(struct http_call *call, const struct store_file *f,
                      const struct http_rep *rep, struct part *part, bool guarded)
{
    UNSET struct http_head hd;
    const uint64_t len = part->multi.len > 0 ? part->multi.len : part->range.len;
    http_head_begin(call->h, &hd, part->status);
    add_content_type(&hd, f, part, guarded);
    http_head_addu(&hd, "Content-Length", len);
    if (rep->coding != CODING_IDENTITY)
        http_head_add(&hd, "Content-Encoding", str_of(coding_rows[rep->coding].name));
    add_validators(&hd, rep);
    if (part->status == 206 && part->multi.len == 0) {
        char text[HTTP_CONTENT_RANGE_MAX];
        http_content_range(text, &part->range, rep->size);
        http_head_add(&hd, "Content-Range", str_of(text));
    }
    http_head_add(&hd, "Accept-Ranges", STR("bytes"));
    if (has_lifetime(call->h))
        add_lifetime(call, &hd, f);
    if (guarded)
        add_guard(call->h, &hd, f);
    const uint64_t body = call->head_only ? 0 : len;
    http_head_send(call->h, &hd, body);
    if (part->multi.len > 0)
        http_multipart_send(call->h, &part->multi, rep);
    else if (body > 0)
        http_rep_queue(call->h, rep, &part->range);
    sent(call, part->status, body);
}

static void send_file(struct http_call *call, struct store_file *f, bool guarded)
{
    UNSET struct http_rep rep;
    UNSET struct part part;
    if (!http_represent(call, f, &rep))
        return;
    const struct http_validators v = validators(&rep);
    part.status = http_cond(&call->h->req, call->head, &v);
    if (part.status == 0)
        part.status = choose_part(call, &rep, &v, &part);
    if (part.status == 200 || part.status == 206) {
        send_part(call, f, &rep, &part, guarded);
        if (part.multi.len > 0)
            buf_free(&part.multi.text);
    } else {
        send_empty(call, f, &rep, part.status);
    }
    http_rep_end(&rep);
}

void http_fail(struct http_call *call, int err)
{
    switch (err) {
    case EACCES:
    case EPERM: http_error(call, 403, NULL); break;
    case EMFILE:
    case ENFILE:
    case ENOMEM: http_error(call, 503, NULL); break;
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG: http_error(call, 404, NULL); break;
    default: http_error(call, 500, NULL); break;
    }
}

/* /files -> /files/, and the same below. */
static void add_slash(struct http_call *call, const char *prefix)
{
    struct buf path = {0};
    const char *shown = http_shown(call->h, call->path);
    buf_addf(&path, "%s%s/", prefix, shown[1] != '\0' ? shown : "");
    http_redirect(call, buf_str(&path));
    buf_free(&path);
}

/* The folder's page: the first of `names` that is there; 0 or an errno. */
static int open_index(struct store *s, const char *folder, const char *names, struct store_file **f)
{
    char path[PATH_BYTES_MAX];
    struct str rest = str_of(names), name;
    int err = ENOENT;
    while (err != 0 && str_split(&rest, ' ', &name)) {
        if (name.n == 0)
            continue;
        err = path_resolve(folder, name, path) ? store_open(s, path, f) : ENAMETOOLONG;
        if (err != 0 && err != ENOENT && err != EISDIR)
            return err;
    }
    return err == EISDIR ? ENOENT : err;
}

static void get(struct http_call *call, struct store *s, const char *prefix, bool site)
{
    struct store_file *f = NULL;
    char text[16];
    int err = store_open(s, call->path, &f);
    if (err == 0 && call->folder) { /* /file/ is no file */
        store_close(f);
        err = ENOENT;
    }
    if (err == EISDIR && !call->folder) {
        add_slash(call, prefix);
        return;
    }
    const bool folder = err == EISDIR;
    if (folder && site) {
        err = open_index(s, call->path, http_conf(call->h)->index, &f);
        if (err == ENOENT)
            err = EISDIR; /* there is none */
    }
    if (err == 0 && !site && http_shared_name(call->h) == NULL &&
        http_query(call, "view", text, sizeof text)) {
        err = http_view(call, f);
        if (err != 0)
            http_fail(call, err);
        return;
    }
    if (err == 0) {
        send_file(call, f, !site);
        store_close(f);
        return;
    }
    if (err == EISDIR && site && strcmp(call->path, "/") == 0 && http_has_home(call->h)) {
        http_get_home(call);
        return;
    }
    if (err == ENOENT && site && strcmp(call->path, "/favicon.ico") == 0) {
        http_no_icon(call);
        return;
    }
    if (err == EISDIR && !http_conf(call->h)->listing)
        err = EACCES;
    else if (err == EISDIR && !site && http_archive(call))
        return;
    else if (err == EISDIR)
        err = http_list(call, s, call->path);
    if (err != 0)
        http_fail(call, err);
}

void http_get_site(struct http_call *call)
{
    get(call, &http_door(call->h)->site, "", true);
}

void http_get_files(struct http_call *call)
{
    const unsigned rights = http_rights(call->h, call->path);
    const struct http_req *r = &call->h->req;
    if (call->head_only && str_eq((struct str){call->head + r->query, r->query_len}, "upload"))
        http_get_progress(call);
    else if (rights == MAY_WRITE && call->folder && http_wants_page(call))
        http_drop_box(call);
    else if (!(rights & MAY_READ))
        http_forbid(call);
    else
        get(call, http_serve(call->h)->files, http_base(call->h), false);
}
