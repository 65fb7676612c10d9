/* http_door.c: a section of the configuration, and which one a request is for. Its own door is the
 * one that the connection has come in by; those without an address are virtual hosts. */
#include "parse/host.h"
#include "parse/http_rules.h"
#include "serve/http.h"

#include <stdlib.h>
#include <string.h>

static const struct conf_http *conf_of(const struct conf_sect *sect)
{
    return (const void *)sect;
}

bool http_silent(const struct conf_sect *sect)
{
    const struct conf_http *cf = conf_of(sect);
    return cf->host[0] != '\0' && cf->listen[0] == '\0' && cf->tls_listen[0] == '\0';
}

/* --- checking --- */

static const char *index_fault(struct str one)
{
    const bool plain = one.p[0] != '.' && memchr(one.p, '/', one.n) == NULL;
    return plain ? NULL : "is no name of a file in a folder";
}

/* A name leads to one section. Those that listen speak for their own addresses. */
static int check_hosts(const struct conf_sect *sect, struct buf *why)
{
    for (const struct conf_sect *other = sect->next; other != NULL; other = other->next) {
        if (other->def != sect->def || (!http_silent(sect) && !http_silent(other)))
            continue;
        const struct str name = host_shared(conf_of(sect)->host, conf_of(other)->host);
        if (name.p == NULL)
            continue;
        buf_addf(why, "host: %.*s is a name of [http%s%s%s], too", (int)name.n, name.p,
                 other->label[0] != '\0' ? " \"" : "", other->label,
                 other->label[0] != '\0' ? "\"" : "");
        return -1;
    }
    return 0;
}

static int check_headers(const struct conf_http *cf, struct buf *why)
{
    struct str rest = str_of(cf->header), name, value;
    size_t size = 0;
    while (http_header_next(&rest, &name, &value)) {
        size += name.n + value.n + 4;
        if (name.n >= HTTP_NAME_MAX || size > HTTP_HEADERS_MAX) {
            buf_addf(why, "header: %.*s is too long: a name may have %d bytes, and all lines %d",
                     (int)name.n, name.p, HTTP_NAME_MAX - 1, HTTP_HEADERS_MAX);
            return -1;
        }
    }
    return 0;
}

int http_check(const struct conf_sect *sect, struct buf *why)
{
    const struct conf_http *cf = conf_of(sect);
    if (serve_check_list("host", cf->host, ' ', host_fault, why) < 0 ||
        check_hosts(sect, why) < 0 ||
        serve_check_list("index", cf->index, ' ', index_fault, why) < 0 ||
        serve_check_list("error_pages", cf->error_pages, ' ', http_error_path_fault, why) < 0 ||
        serve_check_list("header", cf->header, '\n', http_header_fault, why) < 0 ||
        check_headers(cf, why) < 0 ||
        serve_check_list("cache", cf->cache, ' ', http_lifetime_fault, why) < 0 ||
        serve_check_list("cors", cf->cors, ' ', http_origin_fault, why) < 0 ||
        serve_check_list("chat_origins", cf->chat_origins, ' ', http_origin_fault, why) < 0 ||
        access_check_words("status", cf->status, why) < 0 ||
        access_check_words("metrics", cf->metrics, why) < 0)
        return -1;
    return 0;
}

/* --- its life --- */

void http_reload(struct door *d)
{
    struct http_door *hd = d->state;
    struct str lines = str_of(conf_of(d->sect)->header), name, value;
    d->serve->hosts_change++;
    hd->second = -1;
    hd->replaces = 0;
    while (http_header_next(&lines, &name, &value))
        hd->replaces |= 1u << (name.p[0] & 31);
    list_unlink(&hd->host);
    if (http_silent(d->sect))
        list_push(&d->serve->hosts, &hd->host);
}

int http_open(struct door *d, struct buf *why)
{
    const struct conf_http *cf = conf_of(d->sect);
    struct http_door *hd = calloc(1, sizeof *hd);
    if (hd == NULL) {
        buf_adds(why, "out of memory");
        return -1;
    }
    struct buf reason = {0};
    const bool create = conf_in_state(d->serve->conf, cf->root);
    list_init(&hd->host);
    hd->door = d;
    hd->site.root = -1;
    hd->access.fd = -1;
    const char *key = "root";
    int result = store_init(&hd->site, cf->root, create, &d->serve->loop->clock, &reason);
    if (result == 0 && cf->access_log[0] != '\0') {
        key = "access_log";
        result = logfile_open(d->serve->log, &hd->access, cf->access_log, &reason);
        hd->access.patient = true;
    }
    d->state = hd;
    if (result == 0) {
        http_reload(d);
        return 0;
    }
    buf_addf(why, "%s: %s", key, buf_str(&reason));
    buf_free(&reason);
    store_free(&hd->site);
    free(hd);
    d->state = NULL;
    return -1;
}

void http_close(struct door *d)
{
    struct http_door *hd = d->state;
    d->serve->hosts_change++;
    list_unlink(&hd->host);
    logfile_close(d->serve->log, &hd->access);
    store_free(&hd->site);
    free(hd);
}

void http_tick(struct door *d)
{
    store_tick(&((struct http_door *)d->state)->site);
    list_each(n, &d->conns) http_visit_check(list_entry(n, struct conn, link)->session);
}

/* --- which one --- */

/* The door whose list has the name best; `own`, where no list has it and own takes any name; or
 * NULL. */
static struct door *find_host(struct door *own, struct str name)
{
    const char *list = conf_of(own->sect)->host;
    size_t best = host_listed(list, name);
    struct door *found = best > 0 || list[0] == '\0' ? own : NULL;
    list_each(n, &own->serve->hosts)
    {
        struct door *d = list_entry(n, struct http_door, host)->door;
        const size_t fits = d->closing ? 0 : host_listed(conf_of(d->sect)->host, name);
        if (fits > best) {
            best = fits;
            found = d;
        }
    }
    return found;
}

/* The same, or what the connection was told before: most ask for one name only. */
static struct door *recall_host(struct http *h, struct str authority)
{
    struct http_named *last = &h->named;
    struct door *own = door_of(h->conn);
    if (last->change == own->serve->hosts_change && last->len == authority.n && authority.n > 0 &&
        memcmp(last->text, authority.p, authority.n) == 0 && !last->door->closing)
        return last->door;
    struct door *d = find_host(own, host_of(authority));
    last->len = 0;
    if (d != NULL && authority.n <= sizeof last->text) {
        last->door = d;
        last->change = own->serve->hosts_change;
        last->len = authority.n;
        memcpy(last->text, authority.n > 0 ? authority.p : "", authority.n);
    }
    return d;
}

bool http_choose_host(struct http *h, const char *head)
{
    const struct http_req *r = &h->req;
    struct door *d =
        recall_host(h, r->authority_len > 0 ? (struct str){head + r->authority, r->authority_len}
                                            : http_req_field(r, head, HTTP_HOST, 0));
    if (d == NULL)
        return false;
    http_leave_host(h);
    if (d != door_of(h->conn))
        door_hold(d);
    h->host = d;
    return true;
}

void http_leave_host(struct http *h)
{
    struct door *was = h->host;
    h->host = door_of(h->conn);
    if (was != h->host)
        door_release(was);
}
