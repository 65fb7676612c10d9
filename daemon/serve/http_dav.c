/* http_dav.c: what the methods of WebDAV share: paths, the If field, errors in XML. */
#include "serve/http_dav.h"
#include "base/escape.h"
#include "parse/url.h"

#include <string.h>

/* --- answers --- */

const char http_dav_top[] = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

void http_dav_href(struct buf *b, const char *path, bool folder)
{
    buf_adds(b, "<D:href>/files");
    escape_url(b, str_of(path));
    if (folder && path[1] != '\0')
        buf_addc(b, '/');
    buf_adds(b, "</D:href>");
}

void http_dav_status(struct buf *b, int status)
{
    buf_addf(b, "<D:status>HTTP/1.1 %d %s</D:status>", status, http_status_text(status));
}

void http_dav_send(struct http_call *call, int status, struct buf *xml)
{
    if (xml->failed)
        conn_close(call->h->conn, CLOSE_MEMORY);
    else
        http_send(call, status, "application/xml; charset=utf-8",
                  (struct str){buf_data(xml), xml->len});
    buf_free(xml);
}

void http_dav_error(struct http_call *call, int status, const char *condition, const char *path)
{
    struct buf b = {0};
    buf_addf(&b, "%s<D:error xmlns:D=\"DAV:\"><D:%s", http_dav_top, condition);
    if (path != NULL) {
        buf_addc(&b, '>');
        http_dav_href(&b, path, false);
        buf_addf(&b, "</D:%s></D:error>\n", condition);
    } else {
        buf_adds(&b, "/></D:error>\n");
    }
    http_dav_send(call, status, &b);
}

bool http_may(struct http_call *call, unsigned rights)
{
    if ((http_rights(call->h, call->path) & rights) == rights)
        return true;
    http_forbid(call);
    return false;
}

/* --- header fields --- */

int http_dav_path(const struct http_call *call, struct str url, char path[PATH_BYTES_MAX])
{
    const struct str host = http_authority(call);
    bool folder;
    if (url.n == 0)
        return 400;
    if (url.p[0] != '/') { /* an absolute URI: ours? */
        const char *slashes = memmem(url.p, url.n, "://", 3);
        if (slashes == NULL)
            return 400;
        url = (struct str){slashes + 3, (size_t)(url.p + url.n - slashes - 3)};
        if (url.n <= host.n || memcmp(url.p, host.p, host.n) != 0 || url.p[host.n] != '/')
            return 502;
        url = (struct str){url.p + host.n, url.n - host.n};
    }
    if (!path_from_url(url, path, &folder))
        return 400;
    if (strcmp(path, "/files") == 0)
        text_copy(path, PATH_BYTES_MAX, "/files/");
    if (strncmp(path, "/files/", 7) != 0)
        return 502;
    memmove(path, path + 6, strlen(path + 6) + 1);
    return 0;
}

bool http_dav_depth(struct http_call *call, enum dav_depth otherwise, enum dav_depth *out)
{
    const struct str field = http_field(call, HTTP_DEPTH);
    *out = otherwise;
    if (field.p == NULL || dav_depth_parse(field, out))
        return true;
    http_error(call, 400, NULL);
    return false;
}

/* --- the If field --- */

static bool is_etag_of(const struct http_call *call, const char *path, struct str etag)
{
    char text[ETAG_MAX];
    struct stat st;
    if (!(http_rights(call->h, path) & MAY_READ) ||
        store_stat(http_serve(call->h)->files, path, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    store_etag(&st, text);
    return str_eq(etag, text);
}

static bool holds(const struct http_call *call, const struct dav_cond *c)
{
    char path[PATH_BYTES_MAX];
    text_copy(path, sizeof path, call->path);
    const bool ours = c->resource.p == NULL || http_dav_path(call, c->resource, path) == 0;
    const bool is =
        ours && (c->etag ? is_etag_of(call, path, c->value)
                         : lock_find(http_serve(call->h)->locks, c->value, path) != NULL);
    return is != c->negated;
}

/* 0 to go on, 400, or 412. */
static int if_status(const struct http_call *call)
{
    const struct str field = http_field(call, HTTP_IF);
    struct dav_if it = dav_if_begin(field);
    struct dav_cond c;
    bool list = false, any = false;
    int n;
    if (field.p == NULL)
        return 0;
    if (http_req_field(&call->h->req, call->head, HTTP_IF, 1).p != NULL)
        return 400;
    while ((n = dav_if_next(&it, &c)) > 0) {
        any = any || (c.first && list);
        list = (c.first || list) && holds(call, &c);
    }
    return n < 0 ? 400 : any || list ? 0 : 412;
}

bool http_owns_lock(const struct http *h, const struct lock *l)
{
    char address[PEER_TEXT_MAX];
    addr_ip_text(&h->conn->peer, address);
    return h->visit == NULL && lock_is_of(l, h->account, address);
}

/* Is the lock his, and has he shown its token? Whatever is said about it, it was shown (10.4.1). */
static bool is_held(void *arg, const struct lock *l)
{
    const struct http_call *call = arg;
    struct dav_if it = dav_if_begin(http_field(call, HTTP_IF));
    struct dav_cond c;
    if (!http_owns_lock(call->h, l) || it.rest.p == NULL)
        return false;
    while (dav_if_next(&it, &c) > 0)
        if (!c.etag && str_eq(c.value, l->token))
            return true;
    return false;
}

const char *http_told_path(const struct http *h, const char *path)
{
    return h->visit == NULL && (http_rights(h, path) & MAY_READ) ? path : NULL;
}

bool http_unlocked(struct http_call *call, const char *path, unsigned reach)
{
    const int status = if_status(call);
    if (status != 0) {
        http_error(call, status, NULL);
        return false;
    }
    const struct lock *l = lock_bar(http_serve(call->h)->locks, path, reach, is_held, call);
    if (l != NULL)
        http_dav_error(call, 423, "lock-token-submitted", http_told_path(call->h, l->path));
    return l == NULL;
}

/* --- OPTIONS --- */

const char *http_files_allow(const struct http_call *call)
{
    const unsigned rights = http_rights(call->h, call->path);
    struct stat st;
    if (!(rights & MAY_READ)) /* nobody is told what is there */
        return HTTP_FILES_ALLOW;
    const int err = store_stat(http_serve(call->h)->files, call->path, &st);
    if (err == 0 && !(rights & MAY_WRITE))
        return "GET, HEAD, OPTIONS, PROPFIND, COPY";
    if (err == 0)
        return S_ISDIR(st.st_mode) ? "GET, HEAD, OPTIONS, POST, DELETE, MOVE, COPY, PROPFIND, "
                                     "PROPPATCH, LOCK, UNLOCK"
                                   : "GET, HEAD, OPTIONS, PUT, DELETE, MOVE, COPY, PROPFIND, "
                                     "PROPPATCH, LOCK, UNLOCK";
    return rights & MAY_WRITE ? "OPTIONS, PUT, MKCOL, LOCK" : "OPTIONS";
}
