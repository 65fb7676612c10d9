#include "serve/serve.h"

#include "base/date.h"
#include "base/escape.h"
#include "base/path.h"
#include "model/room_access.h"
#include "parse/host.h"

#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

void serve_event_from(struct event *ev, const struct conn *c, char *peer)
{
    addr_text(&c->peer, peer);
    ev->proto = c->ops->name;
    ev->sid = c->id;
    ev->peer = peer;
}

/* --- links --- */

/* The socket that is to be named in links: one with TLS where that is required or all there is. */
static const struct door_socket *best_socket(const struct serve *s, const struct door *d)
{
    const bool prefer = s->conf->tls->require != REQUIRE_NO;
    list_each(n, &d->sockets)
    {
        const struct door_socket *ds = list_entry(n, struct door_socket, link);
        if (ds->tls == prefer)
            return ds;
    }
    return list_entry(d->sockets.next, struct door_socket, link);
}

/* The section of the first door of http that shows the store (any: of the first one), and a socket
 * that leads to it. One that has addresses goes before a virtual host, which is at those of all
 * others. */
static const struct conf_http *web_sect(const struct serve *s, bool any,
                                        const struct door_socket **socket)
{
    const struct conf_http *virtual = NULL;
    *socket = NULL;
    list_each(n, &s->doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        const struct conf_http *cf = (const void *)d->sect;
        if (strcmp(d->fe->name, "http") != 0)
            continue;
        const bool shows = any || cf->files_access != ACCESS_NO;
        if (list_empty(&d->sockets)) {
            virtual = virtual == NULL && shows && !d->closing ? cf : virtual;
        } else if (shows || *socket == NULL) {
            *socket = best_socket(s, d);
            if (shows)
                return cf;
        }
    }
    return *socket != NULL ? virtual : NULL;
}

/* An address of this machine that others may know it by. */
static bool outward_address(struct addr *a)
{
    struct ifaddrs *all = NULL;
    bool found = false;
    if (getifaddrs(&all) < 0)
        return false;
    for (const struct ifaddrs *i = all; i != NULL && !found; i = i->ifa_next) {
        if (i->ifa_addr == NULL || i->ifa_addr->sa_family != AF_INET)
            continue;
        struct addr one = {.len = sizeof one.v4};
        memcpy(&one.v4, i->ifa_addr, sizeof one.v4);
        if (addr_is_loopback(&one))
            continue;
        *a = one;
        found = true;
    }
    freeifaddrs(all);
    return found;
}

static void add_url(const struct conf_http *cf, const struct door_socket *socket,
                    const struct addr *local, struct buf *out)
{
    const char *scheme = socket->tls ? "https" : "http";
    const struct str name = host_first(cf->host);
    if (cf->url[0] != '\0') {
        const size_t n = strlen(cf->url);
        buf_add(out, cf->url, cf->url[n - 1] == '/' ? n - 1 : n);
    } else if (name.n > 0) { /* it may answer to no other */
        buf_addf(out, "%s://%.*s:%u", scheme, (int)name.n, name.p, addr_port(&socket->ls.addr));
    } else {
        char text[PEER_TEXT_MAX];
        struct addr a = socket->ls.addr;
        const unsigned port = addr_port(&a);
        /* Listening everywhere: the way the uploader came may lead others here too. */
        if (addr_is_any(&a) && local != NULL && !addr_is_loopback(local))
            a = *local;
        else if (addr_is_any(&a) && !outward_address(&a))
            (void)addr_parse_ip(&a, STR("127.0.0.1"), port);
        addr_set_port(&a, port);
        addr_text(&a, text);
        buf_addf(out, "%s://%s", scheme, text);
    }
}

bool serve_web_url(const struct serve *s, const struct addr *local, struct buf *out)
{
    const struct door_socket *socket = NULL;
    const struct conf_http *cf = web_sect(s, false, &socket);
    if (cf != NULL)
        add_url(cf, socket, local, out);
    return cf != NULL;
}

enum conf_access serve_web_access(const struct serve *s)
{
    const struct door_socket *socket = NULL;
    const struct conf_http *cf = web_sect(s, false, &socket);
    return cf != NULL ? (enum conf_access)cf->files_access : ACCESS_NO;
}

bool serve_share_url(const struct serve *s, struct buf *out)
{
    const struct door_socket *socket = NULL;
    const struct conf_http *cf = web_sect(s, false, &socket);
    if (cf == NULL)
        cf = web_sect(s, true, &socket);
    if (cf != NULL)
        add_url(cf, socket, NULL, out);
    return cf != NULL;
}

void serve_file_url(const struct serve *s, const char *path, const struct addr *local,
                    struct buf *out)
{
    if (!serve_web_url(s, local, out))
        return;
    buf_adds(out, "/files");
    escape_url(out, str_of(path));
}

/* --- transfers --- */

void serve_limit(struct serve *s, struct conn *c, struct account *a, const struct addr *peer)
{
    const int64_t per_second = s->conf->limits->transfer_rate;
    struct rate *r = a != NULL ? &a->rate : per_second > 0 ? admit_rate(s->admit, peer) : NULL;
    if (r != NULL)
        r->per_second = per_second;
    conn_limit(c, r);
}

bool serve_needs_tls(const struct conn *c, bool login)
{
    const int64_t require = door_of(c)->serve->conf->tls->require;
    return c->tls == NULL && (require == REQUIRE_ALL || (login && require == REQUIRE_LOGIN));
}

unsigned serve_rights(const struct conn *c, const struct person *who, const char *path)
{
    const struct serve *s = door_of(c)->serve;
    char host[PEER_TEXT_MAX];
    struct person p = *who;
    p.rooms = s->rooms;
    if (path_below(ACCESS_ROOMS, path)) {
        addr_ip_text(&c->peer, host);
        p.host = host;
    }
    return access_rights(s->conf, &p, path);
}

bool serve_locked(const struct serve *s, const char *path, unsigned reach)
{
    return lock_bar(s->locks, path, reach, NULL, NULL) != NULL;
}

/* An upload to path replaces a file, or makes one. */
static bool upload_locked(const struct serve *s, const char *path)
{
    struct stat st;
    return !list_empty(&s->locks->all) &&
           serve_locked(s, path, store_stat(s->files, path, &st) == 0 ? 0 : LOCK_MEMBER);
}

void serve_room_folder(struct serve *s, const char *path)
{
    char folder[PATH_BYTES_MAX];
    struct stat st;
    const struct room *r = room_of_path(s->chat, path);
    if (r == NULL || !room_folder(r, folder) || store_stat(s->files, folder, &st) == 0)
        return;
    (void)store_mkdir(s->files, ACCESS_ROOMS); /* it may be there */
    const struct event ev = {.kind = EVENT_MKDIR, .room = r->name, .path = folder};
    if (store_mkdir(s->files, folder) == 0)
        event_emit(s->bus, &ev);
}

bool serve_clear_room_folder(const struct conn *c, const char *who, const struct room *r)
{
    char folder[PATH_BYTES_MAX], aside[PATH_BYTES_MAX + DATE_TEXT_MAX + 16], date[DATE_TEXT_MAX];
    struct stat st;
    struct serve *s = door_of(c)->serve;
    if (!room_folder(r, folder) || store_stat(s->files, folder, &st) != 0 ||
        store_rmdir(s->files, folder) == 0) /* it was empty */
        return false;
    date_iso_ms(date, s->loop->clock.wall);
    snprintf(aside, sizeof aside, "%s (before %s)", folder, date);
    if (store_rename(s->files, folder, aside) != 0)
        return false;
    serve_changed(c, NULL, who, EVENT_MOVE, folder, aside);
    return true;
}

void serve_move_room_folder(const struct conn *c, const char *who, const char *was,
                            const struct room *r)
{
    char now[PATH_BYTES_MAX];
    struct stat st;
    struct serve *s = door_of(c)->serve;
    (void)serve_clear_room_folder(c, who, r);
    if (room_folder(r, now) && store_stat(s->files, now, &st) == ENOENT &&
        store_rename(s->files, was, now) == 0)
        serve_changed(c, NULL, who, EVENT_MOVE, was, now);
}

int serve_upload_begin(struct serve *s, struct account *a, unsigned rights,
                       const struct upload_wish *wish, struct upload **up)
{
    struct upload_wish w = *wish;
    const bool keeps_file = wish->keep != 0 && wish->resume == NULL;
    if (!(rights & MAY_WRITE) || (keeps_file && !(rights & MAY_REPLACE)))
        return EACCES;
    if (!(rights & MAY_REPLACE))
        w.mode = UPLOAD_NEW;
    serve_room_folder(s, w.path);
    if (!wish->locks_held && upload_locked(s, w.path))
        return ETXTBSY;
    if (a == NULL)
        return upload_begin(s->files, &w, up);
    /* Some of its files may be there no more. Where nobody knows how long the new one gets, that
     * must be found out before. */
    w.quota = &a->quota;
    if (w.quota->limit > 0 && w.expected == 0 &&
        w.quota->used + w.quota->pending > w.quota->limit / 2)
        owner_prune(s->owners, a, s->files);
    w.credit = owner_size(s->owners, a, w.path);
    const int err = upload_begin(s->files, &w, up);
    /* A partial may be gone now: whoever goes on with it asks again. */
    if (err != EDQUOT || wish->resume != NULL || !owner_prune(s->owners, a, s->files))
        return err;
    w.credit = owner_size(s->owners, a, w.path);
    return upload_begin(s->files, &w, up);
}

void serve_upload_drop(struct serve *s, const struct transfer *t, struct upload *up,
                       const char *why)
{
    if (upload_visible(up))
        serve_uploaded(s, t);
    else
        serve_upload_aborted(s, t, why);
    upload_abort(up);
}

void serve_upload_broken(struct serve *s, const struct transfer *t, struct upload *up,
                         const char *why)
{
    if (upload_visible(up)) {
        serve_upload_drop(s, t, up, why);
        return;
    }
    serve_upload_aborted(s, t, why);
    upload_leave(up);
}

void serve_partial_owner(const struct conn *c, struct account *a, struct partial_owner *out)
{
    *out = (struct partial_owner){0};
    if (a != NULL) {
        out->account = a->id;
        out->quota = &a->quota;
    } else {
        addr_ip_text(&c->peer, out->address);
    }
}

void serve_changed(const struct conn *c, struct account *a, const char *who, enum event_kind kind,
                   const char *path, const char *to)
{
    char peer[PEER_TEXT_MAX];
    struct event ev = {.kind = kind, .who = who, .account = a, .path = path, .to = to};
    serve_event_from(&ev, c, peer);
    event_emit(door_of(c)->serve->bus, &ev);
}

int serve_check_list(const char *key, const char *list, char between,
                     const char *(*fault)(struct str one), struct buf *why)
{
    struct str rest = str_of(list), one;
    while (str_split(&rest, between, &one)) {
        const char *reason = one.n > 0 ? fault(one) : NULL;
        if (reason == NULL)
            continue;
        buf_addf(why, "%s: %.*s %s", key, (int)one.n, one.p, reason);
        return -1;
    }
    return 0;
}

/* A name is one word there. */
static void add_word(struct buf *line, const char *word)
{
    for (const char *p = word; *p != '\0'; p++)
        buf_addc(line, (unsigned char)*p <= ' ' || *p == 0x7f ? '_' : *p);
    if (*word == '\0')
        buf_addc(line, '_');
}

/* wu-ftpd's format: time, seconds, host, bytes, name, type, action, direction, mode, user, service,
 * authentication, id, completion. */
static void log_transfer(struct serve *s, const struct transfer *t, bool incoming, bool whole)
{
    char date[DATE_TEXT_MAX], host[PEER_TEXT_MAX];
    if (s->transfers == NULL)
        return;
    date_xferlog(date, clock_sec(&s->loop->clock));
    addr_ip_text(&t->conn->peer, host);
    struct buf *line = &s->transfers->pending;
    buf_addf(line, "%s %lld %s %llu ", date, (long long)((t->ms + 999) / 1000), host,
             (unsigned long long)t->size);
    add_word(line, t->path);
    buf_addf(line, " %c _ %c %c ", t->ascii ? 'a' : 'b', incoming ? 'i' : 'o',
             t->account != NULL ? 'r' : 'a');
    add_word(line, t->who);
    buf_addf(line, " %s %c ", t->conn->ops->name, t->account != NULL ? '1' : '0');
    add_word(line, t->account != NULL ? t->account->name : "*");
    buf_addf(line, " %c\n", whole ? 'c' : 'i');
    logfile_added(s->log, s->transfers);
}

static struct event event_of(const struct transfer *t, enum event_kind kind, char *peer)
{
    struct event ev = {
        .kind = kind, .who = t->who, .account = t->account, .path = t->path, .size = t->size};
    serve_event_from(&ev, t->conn, peer);
    return ev;
}

void serve_uploaded(struct serve *s, const struct transfer *t)
{
    char peer[PEER_TEXT_MAX];
    struct addr local;
    struct buf link = {0};
    serve_file_url(s, t->path, addr_local(&local, t->conn->watch.fd) ? &local : NULL, &link);
    struct event ev = event_of(t, EVENT_UPLOAD, peer);
    if (link.len > 0)
        ev.link = buf_str(&link);
    s->metrics->uploads++;
    s->metrics->upload_bytes += t->size;
    event_emit(s->bus, &ev);
    serve_tell_news(s, &ev);
    log_transfer(s, t, true, true);
    buf_free(&link);
}

void serve_made(struct serve *s, const struct transfer *t, const char *how)
{
    char peer[PEER_TEXT_MAX];
    struct event ev = event_of(t, EVENT_UPLOAD, peer);
    ev.text = how;
    event_emit(s->bus, &ev);
}

void serve_downloaded(struct serve *s, const struct transfer *t)
{
    char peer[PEER_TEXT_MAX];
    const struct event ev = event_of(t, EVENT_DOWNLOAD, peer);
    s->metrics->downloads++;
    event_emit(s->bus, &ev);
    log_transfer(s, t, false, true);
}

void serve_download_aborted(struct serve *s, const struct transfer *t, const char *why)
{
    char peer[PEER_TEXT_MAX];
    struct event ev = event_of(t, EVENT_CUT, peer);
    ev.text = why;
    s->metrics->downloads_aborted++;
    event_emit(s->bus, &ev);
    log_transfer(s, t, false, false);
}

void serve_upload_aborted(struct serve *s, const struct transfer *t, const char *why)
{
    char peer[PEER_TEXT_MAX];
    struct event ev = event_of(t, EVENT_ABORTED, peer);
    ev.text = why;
    s->metrics->uploads_aborted++;
    event_emit(s->bus, &ev);
    log_transfer(s, t, true, false);
}
