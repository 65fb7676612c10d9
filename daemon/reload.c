/* reload.c: the configuration's doors: checking it, opening what it asks for, and changing over to
 * a fresh one while everything runs: all of it, or nothing. */
#include "server.h"

#include "base/conf_value.h"
#include "serve/echo.h"
#include "serve/ftp.h"
#include "serve/http.h"
#include "serve/irc.h"
#include "serve/lgp.h"
#include "serve/udp.h"

#include <string.h>
#include <unistd.h>

/* Every protocol that is spoken. */
static const struct frontend *const frontends[] = {
    &irc_frontend, &udp_frontend, &ftp_frontend, &lgp_frontend, &http_frontend, &echo_frontend,
};
enum { FRONTENDS = sizeof frontends / sizeof frontends[0] };

static const struct frontend *frontend_of(const struct conf_sect *sect)
{
    for (int i = 0; i < FRONTENDS; i++)
        if (strcmp(frontends[i]->name, sect->def->name) == 0)
            return frontends[i];
    return NULL;
}

void server_fault(struct buf *why, const struct conf *conf, const struct conf_sect *sect,
                  struct buf *reason)
{
    struct str rest = str_of(buf_str(reason)), key = {0};
    char name[64];
    (void)str_split(&rest, ':', &key);
    (void)str_copy(name, sizeof name, key);
    conf_where(why, conf, sect, name);
    rest = rest.p != NULL ? str_trim(rest) : STR("");
    buf_add(why, rest.p, rest.n);
    buf_addc(why, '\n');
    buf_free(reason);
}

int server_check_user(const struct conf *conf, struct privs *privs, struct buf *why)
{
    struct buf reason = {0};
    if (privs_lookup(privs, conf->agentd->user, conf->agentd->group, &reason) == 0)
        return 0;
    server_fault(why, conf, &conf->agentd->head, &reason);
    return -1;
}

/* Do the section's `listen`, or `tls_listen`, and these n addresses have one in common? */
static bool shares(const struct conf_sect *sect, bool tls, const struct addr *a, int n)
{
    struct addr b[LISTEN_MAX];
    struct buf why = {0};
    const int m = door_addresses(sect, tls, b, &why);
    buf_free(&why);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            if (addr_port(&a[i]) != 0 && addr_same(&a[i], &b[j]))
                return true;
    return false;
}

/* The section up to `sect` whose door has one of these n addresses, or NULL. tls: they are those of
 * sect's `tls_listen`, else those of its `listen`. */
static const struct conf_sect *has_address(const struct conf *conf, const struct conf_sect *sect,
                                           bool tls, const struct addr *a, int n)
{
    for (const struct conf_sect *other = conf->sects; other != sect; other = other->next) {
        const struct frontend *fe = frontend_of(other);
        if (fe != NULL && fe->datagrams == frontend_of(sect)->datagrams &&
            (shares(other, false, a, n) || shares(other, true, a, n)))
            return other;
    }
    return tls && shares(sect, false, a, n) ? sect : NULL;
}

/* The addresses of the section: each well formed, none of another section. */
static int check_listen(const struct conf *conf, const struct conf_sect *sect, bool tls,
                        struct buf *why)
{
    struct addr a[LISTEN_MAX];
    const int n = door_addresses(sect, tls, a, why);
    const struct conf_sect *other = n > 0 ? has_address(conf, sect, tls, a, n) : NULL;
    if (other == NULL)
        return n < 0 ? -1 : 0;
    buf_addf(why, "%s: ", door_listen_key(tls));
    conf_title(why, other);
    buf_adds(why, " listens there already");
    return -1;
}

/* --- certificates --- */

/* What is for [tls "name"] only: it says where its files are, and no more. */
static int check_tls(const struct conf_sect *sect, struct buf *why)
{
    if (sect->label[0] == '\0')
        return 0;
    for (int i = 0; i < 2; i++) {
        const char *key = i == 0 ? "certificate" : "key";
        if (!conf_given(sect, key)) {
            buf_addf(why, "%s: must be given in a section with a name", key);
            return -1;
        }
    }
    if (!conf_given(sect, "require"))
        return 0;
    buf_adds(why, "require: is for [tls] without a name");
    return -1;
}

/* The unlabelled section is there even when the file says nothing of it: then only its files tell
 * whether TLS is wanted. */
static bool wants_tls(const struct conf_tls *cf)
{
    if (cf->certificate[0] == '\0')
        return false;
    return conf_given(&cf->head, "certificate") || conf_given(&cf->head, "key") ||
           access(cf->certificate, F_OK) == 0 || access(cf->key, F_OK) == 0;
}

int server_load_tls(const struct conf *conf, struct tls_set **out, struct buf *why)
{
    struct tls_set *set = tls_set_new();
    struct buf reason = {0};
    size_t n = 0;
    int result = set != NULL ? 0 : -1;
    *out = NULL;
    for (const struct conf_sect *sect = conf->sects; sect != NULL && result == 0;
         sect = sect->next) {
        const struct conf_tls *cf = (const void *)sect;
        if (strcmp(sect->def->name, "tls") != 0 || !wants_tls(cf))
            continue;
        result = tls_set_add(set, cf->certificate, cf->key, &reason);
        if (result < 0)
            server_fault(why, conf, sect, &reason);
        n++;
    }
    if (result == 0 && n == 0 && conf->tls->require != REQUIRE_NO) {
        buf_adds(&reason, "require: there is no certificate; make one: agentctl cert new");
        server_fault(why, conf, &conf->tls->head, &reason);
        result = -1;
    }
    if (result == 0 && n > 0)
        *out = set;
    else
        tls_set_unref(set);
    return result;
}

int server_check(const struct conf *conf, struct buf *why)
{
    struct buf reason = {0};
    const size_t before = why->len;
    for (const struct conf_sect *sect = conf->sects; sect != NULL; sect = sect->next) {
        const struct frontend *fe = frontend_of(sect);
        if (access_check(sect, &reason) < 0)
            server_fault(why, conf, sect, &reason);
        if (fe == NULL) {
            if (strcmp(sect->def->name, "tls") == 0 && check_tls(sect, &reason) < 0)
                server_fault(why, conf, sect, &reason);
            continue;
        }
        if (check_listen(conf, sect, false, &reason) < 0 ||
            check_listen(conf, sect, true, &reason) < 0 ||
            (fe->check != NULL && fe->check(sect, &reason) < 0))
            server_fault(why, conf, sect, &reason);
    }
    return why->len == before ? 0 : -1;
}

/* --- doors --- */

static struct door *find_door(const struct server *s, const struct conf_sect *sect)
{
    list_each(n, &s->serve.doors)
    {
        struct door *d = list_entry(n, struct door, link);
        if (!d->closing && d->sect->def == sect->def && strcmp(d->sect->label, sect->label) == 0)
            return d;
    }
    return NULL;
}

/* Does the section need none to be of use? */
static bool is_silent(const struct conf_sect *sect)
{
    const struct frontend *fe = frontend_of(sect);
    return fe->silent != NULL && fe->silent(sect);
}

/* Does the section listen somewhere, with the certificates that there are, or need not? */
static bool is_open(const struct server *s, const struct conf_sect *sect)
{
    return is_silent(sect) || door_listen_text(sect, false)[0] != '\0' ||
           (s->tls_wanted && door_listen_text(sect, true)[0] != '\0');
}

int server_make_doors(struct server *s, const struct conf *conf, struct buf *why)
{
    for (const struct conf_sect *sect = conf->sects; sect != NULL; sect = sect->next) {
        const struct frontend *fe = frontend_of(sect);
        struct buf reason = {0};
        if (fe == NULL || !is_open(s, sect) || find_door(s, sect) != NULL)
            continue;
        if (door_new(&s->serve, fe, sect, &reason) == NULL) {
            server_fault(why, conf, sect, &reason);
            return -1;
        }
    }
    return 0;
}

static struct door_socket *find_socket(const struct door *d, const struct addr *a, bool tls)
{
    list_each(n, &d->sockets)
    {
        struct door_socket *ds = list_entry(n, struct door_socket, link);
        if (ds->tls == tls && ds->asked.sa.sa_family == a->sa.sa_family && addr_same(&ds->asked, a))
            return ds;
    }
    return NULL;
}

static void mark_sockets(struct door *d, const struct conf_sect *sect, bool tls)
{
    struct addr a[LISTEN_MAX];
    struct buf why = {0};
    const int n = door_addresses(sect, tls, a, &why);
    for (int i = 0; i < n; i++) {
        struct door_socket *ds = find_socket(d, &a[i], tls);
        if (ds != NULL)
            ds->keep = true;
        d->keep = true;
    }
    buf_free(&why);
}

/* Marks the doors and sockets that conf wants, of those that there are. */
static void mark_wanted(struct server *s, const struct conf *conf)
{
    list_each(n, &s->serve.doors)
    {
        struct door *d = list_entry(n, struct door, link);
        d->keep = false;
        list_each(k, &d->sockets) list_entry(k, struct door_socket, link)->keep = false;
    }
    for (const struct conf_sect *sect = conf->sects; sect != NULL; sect = sect->next) {
        struct door *d = frontend_of(sect) != NULL ? find_door(s, sect) : NULL;
        if (d != NULL && is_silent(sect))
            d->keep = true;
        if (d != NULL)
            mark_sockets(d, sect, false);
        if (d != NULL && s->tls_wanted)
            mark_sockets(d, sect, true);
    }
}

/* Closes our own sockets on that port that are not wanted any more, as 0.0.0.0:80 is in the way of
 * 127.0.0.1:80. False when there are none. */
static bool make_way(struct server *s, const struct addr *a)
{
    bool any = false;
    list_each(n, &s->serve.doors)
    {
        struct door *d = list_entry(n, struct door, link);
        list_each(k, &d->sockets)
        {
            struct door_socket *ds = list_entry(k, struct door_socket, link);
            if (ds->keep || addr_port(&ds->asked) != addr_port(a))
                continue;
            door_unlisten(ds);
            any = true;
        }
    }
    return any;
}

/* Opens the addresses that conf has for the door and that are not open yet. */
static int open_sockets(struct server *s, struct door *d, const struct conf *conf,
                        const struct conf_sect *sect, bool tls, struct buf *why)
{
    struct addr a[LISTEN_MAX];
    struct buf reason = {0};
    const int n = tls && !s->tls_wanted ? 0 : door_addresses(sect, tls, a, &reason);
    int result = 0;
    for (int i = 0; i < n && result == 0; i++) {
        if (find_socket(d, &a[i], tls) != NULL)
            continue;
        result = door_listen(d, &a[i], tls, s->inherited, s->inherited_count, &reason);
        if (result < 0 && make_way(s, &a[i])) {
            buf_free(&reason);
            result = door_listen(d, &a[i], tls, s->inherited, s->inherited_count, &reason);
        }
    }
    if (result < 0) {
        conf_where(why, conf, sect, door_listen_key(tls));
        buf_addf(why, "%s\n", buf_str(&reason));
    }
    buf_free(&reason);
    return result;
}

int server_open_sockets(struct server *s, const struct conf *conf, struct buf *why)
{
    for (const struct conf_sect *sect = conf->sects; sect != NULL; sect = sect->next) {
        struct door *d = frontend_of(sect) != NULL ? find_door(s, sect) : NULL;
        if (d != NULL && (open_sockets(s, d, conf, sect, false, why) < 0 ||
                          open_sockets(s, d, conf, sect, true, why) < 0))
            return -1;
    }
    return 0;
}

/* --- reload --- */

/* Closes what mark_wanted() has not marked: sockets, and whole doors. */
static void drop_unmarked(struct server *s)
{
    list_each(n, &s->serve.doors)
    {
        struct door *d = list_entry(n, struct door, link);
        if (d->closing)
            continue;
        if (!d->keep) {
            door_shut(d);
            continue;
        }
        list_each(k, &d->sockets)
        {
            struct door_socket *ds = list_entry(k, struct door_socket, link);
            if (!ds->keep)
                door_unlisten(ds);
        }
    }
}

/* Everything about the fresh configuration that can fail. */
static int try_conf(struct server *s, const struct conf *fresh, struct tls_set **tls,
                    struct buf *why)
{
    const struct conf_agentd *a = fresh->agentd, *b = s->conf->agentd;
    if (!conf_may_replace(s->conf, fresh, why) || server_check(fresh, why) < 0)
        return -1;
    if (server_load_tls(fresh, tls, why) < 0)
        return -1;
    s->tls_wanted = *tls != NULL;
    if (server_make_doors(s, fresh, why) < 0)
        return -1;
    mark_wanted(s, fresh);
    if (server_open_sockets(s, fresh, why) < 0)
        return -1;
    if (!s->foreground && (strcmp(a->log, b->log) != 0 || strcmp(a->errlog, b->errlog) != 0)) {
        struct buf reason = {0};
        const int result = log_to_files(&s->log, a->log, a->errlog, &reason);
        if (result < 0)
            server_fault(why, fresh, &a->head, &reason);
        return result;
    }
    return 0;
}

/* From here on nothing can fail: the doors get their fresh sections. */
static void adopt_conf(struct server *s, struct conf *fresh, struct tls_set *tls)
{
    tls_set_unref(s->serve.tls); /* the connections that began with it keep it */
    s->serve.tls = tls;
    drop_unmarked(s);
    s->conf = fresh;
    s->serve.conf = fresh;
    list_each(n, &s->serve.doors)
    {
        struct door *d = list_entry(n, struct door, link);
        const struct conf_sect *sect = conf_find(fresh, d->sect->def->name, d->sect->label);
        if (sect == NULL)
            continue;
        d->sect = sect;
        if (d->fe->reload != NULL)
            d->fe->reload(d);
    }
    server_set_limits(s);
    server_set_history(s);
    server_note_tls(s);
}

static bool still_used(const struct server *s, const struct conf *old)
{
    list_each(n, &s->serve.doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        for (const struct conf_sect *sect = old->sects; sect != NULL; sect = sect->next)
            if (d->sect == sect)
                return true;
    }
    return false;
}

/* A door that is shut may still finish sessions under a section that the fresh file lacks; so an
 * earlier configuration is kept for as long as one of them is there. */
void server_free_retired(struct server *s)
{
    for (struct conf **at = &s->retired; *at != NULL;) {
        struct conf *c = *at;
        if (still_used(s, c)) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        conf_free(c);
    }
}

/* Undoes what try_conf() has begun. */
static void back_out(struct server *s)
{
    struct buf why = {0};
    s->tls_wanted = s->serve.tls != NULL;
    mark_wanted(s, s->conf);
    drop_unmarked(s);
    if (server_open_sockets(s, s->conf, &why) < 0) /* what has made way for the fresh ones */
        log_say(&s->log, LOG_ERROR, "event=listener-lost %s", buf_str(&why));
    buf_free(&why);
}

static void log_faults(struct server *s, struct str lines)
{
    struct str line;
    while (str_split(&lines, '\n', &line))
        if (line.n > 0)
            log_say(&s->log, LOG_ERROR, "event=reload-refused nothing was changed: %.*s",
                    (int)line.n, line.p);
}

int server_reload(struct serve *serve, struct buf *why)
{
    struct server *s = container_of(serve, struct server, serve);
    if (serve->draining) {
        buf_adds(why, "agentd is about to stop\n");
        return -1;
    }
    struct conf *old = s->conf, *fresh = conf_load(old->file, why);
    struct tls_set *tls = NULL;
    const struct event ev = {.kind = EVENT_RELOAD};
    if (fresh == NULL || try_conf(s, fresh, &tls, why) < 0) {
        if (fresh != NULL)
            back_out(s);
        tls_set_unref(tls);
        conf_free(fresh);
        log_faults(s, str_of(buf_str(why)));
        return -1;
    }
    mark_wanted(s, fresh);
    adopt_conf(s, fresh, tls);
    old->next = s->retired;
    s->retired = old;
    server_free_retired(s);
    event_emit(&s->bus, &ev);
    return 0;
}
