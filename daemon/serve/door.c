#include "serve/serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- sessions --- */

static int take_conn(struct listener *ls, int fd, const struct addr *peer)
{
    struct door *d = ls->arg;
    const struct door_socket *ds = container_of(ls, struct door_socket, ls);
    void *session = calloc(1, d->fe->session_size);
    struct conn *c =
        session != NULL ? conn_open(d->serve->conns, fd, d->fe->ops, session, peer, false) : NULL;
    if (c == NULL) {
        const int saved = errno;
        free(session);
        errno = saved;
        return -1;
    }
    c->owner = d;
    c->admitted = true;
    list_push(&d->conns, &c->link);
    if (ds->tls)
        conn_start_tls(c, tls_accept(d->serve->tls, d->fe->name, fd));
    if (d->fe->greet != NULL)
        d->fe->greet(c);
    if (d->fe->client_first)
        conn_expect(c);
    return 0;
}

struct door *door_find(const struct serve *s, const char *frontend)
{
    list_each(n, &s->doors)
    {
        struct door *d = list_entry(n, struct door, link);
        if (!d->closing && d->sect->label[0] == '\0' && strcmp(d->fe->name, frontend) == 0)
            return d;
    }
    return NULL;
}

void door_adopt(struct door *d, struct conn *c, const struct door_upgrade *up)
{
    void *session = calloc(1, d->fe->session_size);
    if (session == NULL) {
        conn_close(c, CLOSE_MEMORY);
        return;
    }
    door_closed(c); /* the other one is */
    c->session = session;
    c->owner = d;
    c->ops = d->fe->ops;
    c->awaiting = false;
    c->watch.name = c->ops->name;
    list_push(&d->conns, &c->link);
    if (d->fe->greet != NULL)
        d->fe->greet(c);
    d->fe->upgraded(c, up);
    conn_resume(c);
    conn_again(c); /* what has come behind the request */
}

size_t door_conns(const struct door *d)
{
    size_t n = 0;
    list_each(k, &d->conns) n++;
    return n;
}

void door_kick(struct conn *c, const char *reason)
{
    const struct frontend *fe = door_of(c)->fe;
    if (fe->kick != NULL)
        fe->kick(c, reason);
    else
        conn_close(c, CLOSE_KICKED);
}

void door_closed(struct conn *c)
{
    struct door *d = c->owner;
    free(c->session);
    c->session = NULL;
    list_unlink(&c->link);
    if (d->closing && door_unused(d))
        door_free(d);
}

void door_hold(struct door *d)
{
    d->guests++;
}

void door_release(struct door *d)
{
    d->guests--;
    if (d->closing && door_unused(d))
        door_free(d);
}

bool door_unused(const struct door *d)
{
    return list_empty(&d->conns) && d->guests == 0;
}

/* --- sockets --- */

const char *door_listen_key(bool tls)
{
    return tls ? "tls_listen" : "listen";
}

static const char *text_of(const struct conf_sect *sect, const char *key)
{
    for (size_t i = 0; i < sect->def->count; i++)
        if (strcmp(sect->def->keys[i].name, key) == 0)
            return *(char *const *)(const void *)((const char *)sect + sect->def->keys[i].offset);
    return "";
}

const char *door_listen_text(const struct conf_sect *sect, bool tls)
{
    return text_of(sect, door_listen_key(tls));
}

const char *door_host_text(const struct door *d)
{
    return d->fe->silent != NULL && d->fe->silent(d->sect) ? text_of(d->sect, "host") : "";
}

int door_addresses(const struct conf_sect *sect, bool tls, struct addr out[LISTEN_MAX],
                   struct buf *why)
{
    struct str rest = str_of(door_listen_text(sect, tls)), one;
    int n = 0;
    while (str_split(&rest, ' ', &one)) {
        if (one.n == 0)
            continue;
        if (n == LISTEN_MAX) {
            buf_addf(why, "%s: more than %d addresses", door_listen_key(tls), LISTEN_MAX);
            return -1;
        }
        if (!addr_parse(&out[n++], one)) {
            buf_addf(why, "%s: %.*s is no address such as 127.0.0.1:8000 or [::1]:8000",
                     door_listen_key(tls), (int)one.n, one.p);
            return -1;
        }
    }
    return n;
}

/* A socket from socket activation that is bound to a, or -1. */
static int take_inherited(const struct addr *a, int type, int *inherited, int n)
{
    for (int i = 0; i < n; i++) {
        struct addr bound;
        int t = 0;
        socklen_t len = sizeof t;
        if (inherited[i] >= 0 && addr_local(&bound, inherited[i]) && addr_same(&bound, a) &&
            getsockopt(inherited[i], SOL_SOCKET, SO_TYPE, &t, &len) == 0 && t == type) {
            const int fd = inherited[i];
            inherited[i] = -1;
            return fd;
        }
    }
    return -1;
}

static int open_stream(struct door *d, struct door_socket *ds, int fd, struct buf *why)
{
    ds->ls = (struct listener){.fn = take_conn,
                               .arg = d,
                               .name = d->fe->name,
                               .busy = ds->tls ? "" : d->fe->busy,
                               .admit = true,
                               .client_first = d->fe->client_first};
    return fd >= 0 ? listener_adopt(&ds->ls, d->serve->conns, fd, why)
                   : listener_open(&ds->ls, d->serve->conns, &ds->asked, why);
}

static int open_datagrams(struct door *d, struct door_socket *ds, int fd, struct buf *why)
{
    ds->dg = (struct dgram){.fn = d->fe->datagram, .arg = d};
    return fd >= 0 ? dgram_adopt(&ds->dg, d->serve->loop, fd, why)
                   : dgram_open(&ds->dg, d->serve->loop, &ds->asked, why);
}

int door_listen(struct door *d, const struct addr *a, bool tls, int *inherited, int n,
                struct buf *why)
{
    struct door_socket *ds = calloc(1, sizeof *ds);
    if (ds == NULL) {
        buf_adds(why, "out of memory");
        return -1;
    }
    ds->asked = *a;
    ds->keep = true;
    ds->tls = tls;
    ds->ls.watch.fd = ds->dg.watch.fd = -1;
    list_init(&ds->link);
    const bool dgrams = d->fe->datagrams;
    const int fd = take_inherited(a, dgrams ? SOCK_DGRAM : SOCK_STREAM, inherited, n);
    const size_t before = why->len;
    errno = 0;
    if ((dgrams ? open_datagrams(d, ds, fd, why) : open_stream(d, ds, fd, why)) == 0) {
        list_push(&d->sockets, &ds->link);
        return 0;
    }
    const int err = errno;
    free(ds);
    /* "Every IPv6 address" on a machine that has none is not worth failing for. */
    if (a->sa.sa_family == AF_INET6 && addr_is_any(a) &&
        (err == EAFNOSUPPORT || err == EADDRNOTAVAIL)) {
        buf_cut(why, before);
        log_say(d->serve->log, LOG_INFO, "event=no-ipv6 %s is reached by IPv4 only", d->title);
        return 0;
    }
    return -1;
}

void door_unlisten(struct door_socket *ds)
{
    struct door *d = ds->dg.arg;
    list_unlink(&ds->link);
    if (d != NULL && d->fe->unlisten != NULL)
        d->fe->unlisten(d, &ds->dg);
    listener_close(&ds->ls);
    dgram_close(&ds->dg);
    free(ds);
}

/* --- doors --- */

struct door *door_new(struct serve *s, const struct frontend *fe, const struct conf_sect *sect,
                      struct buf *why)
{
    struct door *d = calloc(1, sizeof *d);
    if (d == NULL) {
        buf_adds(why, "out of memory");
        return NULL;
    }
    d->fe = fe;
    d->serve = s;
    d->sect = sect;
    d->keep = true;
    list_init(&d->link);
    list_init(&d->sockets);
    list_init(&d->conns);
    if (sect->label[0] != '\0')
        snprintf(d->title, sizeof d->title, "%s \"%s\"", fe->name, sect->label);
    else
        text_copy(d->title, sizeof d->title, fe->name);
    if (fe->open != NULL && fe->open(d, why) < 0) {
        free(d);
        return NULL;
    }
    list_push(&s->doors, &d->link);
    return d;
}

void door_shut(struct door *d)
{
    if (!d->fe->datagrams) /* which are needed to say good-bye; door_free() closes them */
        list_each(n, &d->sockets) door_unlisten(list_entry(n, struct door_socket, link));
    d->closing = true;
    list_each(n, &d->conns)
    {
        struct conn *c = list_entry(n, struct conn, link);
        if (!c->closing && !c->finishing)
            d->fe->drain(c);
    }
    if (door_unused(d))
        door_free(d);
}

void door_free(struct door *d)
{
    list_unlink(&d->link);
    if (d->fe->close != NULL)
        d->fe->close(d);
    d->state = NULL;
    list_each(n, &d->sockets) door_unlisten(list_entry(n, struct door_socket, link));
    free(d);
}
