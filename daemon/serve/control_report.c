#include "serve/control_report.h"

#include "base/date.h"
#include "base/escape.h"
#include "base/version.h"
#include "net/tls.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- JSON --- */

static void json_key(struct buf *b, const char *key)
{
    const char last = b->len > 0 ? buf_data(b)[b->len - 1] : '{';
    buf_addf(b, "%s\"%s\":", last == '{' || last == '[' ? "" : ",", key);
}

static void json_text(struct buf *b, const char *key, const char *value)
{
    json_key(b, key);
    escape_json(b, str_of(value));
}

static void json_number(struct buf *b, const char *key, uint64_t value)
{
    json_key(b, key);
    buf_addu(b, value);
}

/* A comma, unless this is the first of its list. */
static void json_next(struct buf *b)
{
    if (b->len > 0 && buf_data(b)[b->len - 1] != '[')
        buf_addc(b, ',');
}

/* --- status --- */

static void count_one(void *arg, const struct who *w)
{
    (void)w;
    ++*(size_t *)arg;
}

static size_t count_sessions(struct door *d)
{
    size_t n = door_conns(d);
    if (d->fe->who != NULL)
        d->fe->who(d, count_one, &n);
    return n;
}

static void socket_text(const struct door *d, const struct door_socket *ds, char out[PEER_TEXT_MAX])
{
    addr_text(d->fe->datagrams ? &ds->dg.addr : &ds->ls.addr, out);
}

static size_t add_sockets(const struct door *d, bool tls, struct buf *b)
{
    size_t n = 0;
    list_each(k, &d->sockets)
    {
        const struct door_socket *ds = list_entry(k, struct door_socket, link);
        char text[PEER_TEXT_MAX];
        if (ds->tls != tls)
            continue;
        socket_text(d, ds, text);
        buf_addf(b, "%s%s", n++ > 0 ? " " : "", text);
    }
    return n;
}

static void json_sockets(struct buf *b, const struct door *d, bool tls)
{
    struct buf where = {0};
    struct str rest, one;
    json_key(b, door_listen_key(tls));
    buf_addc(b, '[');
    rest = add_sockets(d, tls, &where) > 0 ? str_of(buf_str(&where)) : STR("");
    while (rest.n > 0 && str_split(&rest, ' ', &one)) {
        json_next(b);
        buf_addf(b, "\"%.*s\"", (int)one.n, one.p);
    }
    buf_addc(b, ']');
    buf_free(&where);
}

static void status_json(const struct serve *s, struct buf *b)
{
    buf_addc(b, '{');
    json_text(b, "version", AGENTD_VERSION);
    json_number(b, "pid", (uint64_t)getpid());
    json_number(b, "uptime", (uint64_t)(s->loop->clock.mono - s->since) / 1000);
    json_text(b, "event", s->loop->backend->name);
    json_number(b, "connections", s->admit->count);
    json_number(b, "connections_max", s->admit->max);
    json_number(b, "descriptors", s->descriptors);
    json_number(b, "people", s->chat->users.count);
    json_number(b, "rooms", s->chat->rooms.count);
    struct buf web = {0};
    (void)serve_web_url(s, NULL, &web);
    json_text(b, "web", buf_str(&web));
    buf_free(&web);
    json_text(b, "config", s->conf->file);
    json_text(b, "state", s->conf->agentd->state);
    json_text(b, "log", s->conf->agentd->log);
    json_text(b, "errlog", s->conf->agentd->errlog);
    if (s->tls != NULL)
        json_number(b, "certificate_until",
                    (uint64_t)tls_set_until(s->tls, clock_sec(&s->loop->clock)));
    json_key(b, "history");
    buf_addc(b, '{');
    json_text(b, "trouble", s->history->state.trouble);
    json_number(b, "messages", s->history->state.messages);
    json_number(b, "bytes", s->history->state.bytes);
    buf_addc(b, '}');
    json_key(b, "doors");
    buf_addc(b, '[');
    list_each(n, &s->doors)
    {
        struct door *d = list_entry(n, struct door, link);
        json_next(b);
        buf_addc(b, '{');
        json_text(b, "name", d->fe->name);
        json_text(b, "label", d->sect->label);
        json_number(b, "sessions", count_sessions(d));
        json_sockets(b, d, false);
        json_sockets(b, d, true);
        if (door_host_text(d)[0] != '\0')
            json_text(b, "host", door_host_text(d));
        buf_addc(b, '}');
    }
    buf_adds(b, "]}\n");
}

/* A line for its plain addresses and one for those with TLS; the first one counts the sessions. */
static void door_lines(struct door *d, struct buf *b)
{
    const size_t there = count_sessions(d);
    bool counted = false;
    for (int tls = 0; tls < 2; tls++) {
        struct buf where = {0}, title = {0};
        bool any = add_sockets(d, tls == 1, &where) > 0;
        if (tls == 0 && door_host_text(d)[0] != '\0') {
            buf_adds(&where, door_host_text(d));
            any = true;
        }
        if (tls == 0 && list_empty(&d->sockets) && d->fe->path != NULL) {
            buf_addf(&where, "%s of http", d->fe->path);
            any = true;
        }
        if (any || (tls == 1 && !counted)) {
            buf_addf(&title, "%s%s", d->title, tls == 1 && any ? " (TLS)" : "");
            buf_addf(b, "  %-16s %-40s", buf_str(&title), buf_str(&where));
            if (!counted)
                buf_addf(b, " %zu %s%s", there, d->fe->datagrams ? "member" : "session",
                         there == 1 ? "" : "s");
            while (buf_data(b)[b->len - 1] == ' ')
                buf_cut(b, b->len - 1);
            buf_addc(b, '\n');
            counted = true;
        }
        buf_free(&where);
        buf_free(&title);
    }
}

static void say_tls_is_off(const struct conf *conf, struct buf *b)
{
    bool wanted = false;
    for (const struct conf_sect *sect = conf->sects; sect != NULL; sect = sect->next)
        wanted = wanted || door_listen_text(sect, true)[0] != '\0';
    if (wanted)
        buf_adds(b, "\n  TLS is off: there is no certificate yet; agentctl cert new makes one\n");
}

static void say_tls_until(const struct serve *s, struct buf *b)
{
    char date[DATE_TEXT_MAX];
    const int64_t until = tls_set_until(s->tls, clock_sec(&s->loop->clock));
    date_minute(date, (time_t)until);
    buf_addf(b, "  certificate      %s %s UTC\n",
             until > clock_sec(&s->loop->clock) ? "until" : "ran out", date);
}

static void say_history(const struct serve *s, struct buf *b)
{
    const struct history_state *h = &s->history->state;
    char size[16];
    text_size(size, sizeof size, h->bytes);
    if (!s->history->settings.store)
        buf_adds(b, "  history          off\n");
    else if (h->trouble[0] != '\0')
        buf_addf(b, "  history          in trouble: %s\n", h->trouble);
    else
        buf_addf(b, "  history          %llu message%s, %s\n", (unsigned long long)h->messages,
                 h->messages == 1 ? "" : "s", size);
}

static void status_table(const struct serve *s, struct buf *b)
{
    char up[32];
    text_span(up, sizeof up, (uint64_t)(s->loop->clock.mono - s->since) / 1000);
    buf_addf(b, "agentd %s is running as pid %d, for %s%s\n\n", AGENTD_VERSION, (int)getpid(), up,
             s->draining ? ", and is about to stop" : "");
    list_each(n, &s->doors) door_lines(list_entry(n, struct door, link), b);
    if (s->tls == NULL)
        say_tls_is_off(s->conf, b);
    struct buf web = {0};
    if (serve_web_url(s, NULL, &web))
        buf_addf(b, "\n  web page         %s/\n", buf_str(&web));
    buf_free(&web);
    buf_addf(b, "\n  connections      %zu of %zu, by %s()\n", s->admit->count, s->admit->max,
             s->loop->backend->name);
    buf_addf(b, "  chat             %zu people, %zu room%s\n", s->chat->users.count,
             s->chat->rooms.count, s->chat->rooms.count == 1 ? "" : "s");
    say_history(s, b);
    if (s->tls != NULL)
        say_tls_until(s, b);
    buf_addf(b, "  configuration    %s\n", s->conf->file);
    buf_addf(b, "  state            %s\n", s->conf->agentd->state);
    buf_addf(b, "  log              %s\n", s->conf->agentd->log);
    buf_addf(b, "  errlog           %s\n", s->conf->agentd->errlog);
}

void control_report_status(const struct serve *s, bool json, struct buf *out)
{
    if (json)
        status_json(s, out);
    else
        status_table(s, out);
}

/* --- stats --- */

void control_report_stats(const struct serve *s, bool json, struct buf *out)
{
    if (json)
        buf_addc(out, '{');
    for (size_t i = 0; i < metric_count; i++) {
        const uint64_t value = metric_value(s->metrics, &metric_rows[i]);
        if (json)
            json_number(out, metric_rows[i].name, value);
        else
            buf_addf(out, "%14llu  %s\n", (unsigned long long)value, metric_rows[i].help);
    }
    if (json) {
        json_number(out, "log_lost", s->log->dropped);
        buf_adds(out, "}\n");
    } else {
        buf_addf(out, "%14llu  log lines lost\n", (unsigned long long)s->log->dropped);
    }
}

/* --- who --- */

struct who_report {
    const struct serve *serve;
    struct buf *out;
    bool json;
};

static void json_progress(struct buf *b, const struct progress *p)
{
    json_text(b, "file", p->path);
    json_text(b, "direction", p->incoming ? "up" : "down");
    json_number(b, "done", p->done);
    if (p->total != PROGRESS_UNKNOWN) {
        json_number(b, "size", p->total);
        json_number(b, "percent", (uint64_t)progress_percent(p));
    }
    json_number(b, "rate", progress_rate(p));
    if (progress_left(p) >= 0)
        json_number(b, "left", (uint64_t)progress_left(p));
}

static void add_who(void *arg, const struct who *w)
{
    const struct who_report *r = arg;
    char since[32];
    const int64_t seconds = (r->serve->loop->clock.wall - w->since) / 1000;
    if (r->json) {
        json_next(r->out);
        buf_addc(r->out, '{');
        json_number(r->out, "sid", w->sid);
        json_text(r->out, "proto", w->proto);
        json_text(r->out, "name", w->name);
        json_text(r->out, "account", w->account);
        json_text(r->out, "peer", w->peer);
        json_number(r->out, "seconds", seconds > 0 ? (uint64_t)seconds : 0);
        json_text(r->out, "doing", w->doing);
        if (w->progress.path != NULL)
            json_progress(r->out, &w->progress);
        json_key(r->out, "tls");
        buf_adds(r->out, w->tls ? "true" : "false");
        buf_addc(r->out, '}');
        return;
    }
    text_span(since, sizeof since, seconds > 0 ? (uint64_t)seconds : 0);
    buf_addf(r->out, "%6llu  %-5s  %-16s  %-24s  %8s  ", (unsigned long long)w->sid, w->proto,
             w->name[0] != '\0' ? w->name : "-", w->peer, since);
    escape_line(r->out, str_of(w->doing));
    if (w->progress.path != NULL) {
        buf_adds(r->out, " (");
        progress_text(&w->progress, r->out);
        buf_addc(r->out, ')');
    }
    buf_addc(r->out, '\n');
}

static void add_conns(struct door *d, struct who_report *r)
{
    const struct loop *l = r->serve->loop;
    list_each(n, &d->conns)
    {
        struct conn *c = list_entry(n, struct conn, link);
        struct who w = {.proto = d->fe->name,
                        .sid = c->id,
                        .name = "",
                        .account = "",
                        .doing = "",
                        .tls = c->tls != NULL,
                        .since = l->clock.wall - (l->clock.mono - c->since)};
        addr_text(&c->peer, w.peer);
        if (d->fe->describe != NULL)
            d->fe->describe(c, &w);
        const struct account *a = d->fe->account != NULL ? d->fe->account(c) : NULL;
        if (a != NULL)
            w.account = a->name;
        add_who(r, &w);
    }
}

void control_report_who(const struct serve *s, bool json, struct buf *out)
{
    struct who_report r = {.serve = s, .out = out, .json = json};
    if (json)
        buf_addc(out, '[');
    else
        buf_addf(out, "%6s  %-5s  %-16s  %-24s  %8s  %s\n", "SID", "DOOR", "NAME", "FROM", "SINCE",
                 "DOING");
    list_each(n, &s->doors)
    {
        struct door *d = list_entry(n, struct door, link);
        if (d->fe->who != NULL)
            d->fe->who(d, add_who, &r);
        add_conns(d, &r);
    }
    if (json)
        buf_adds(out, "]\n");
}

/* --- rooms --- */

/* "" of a room that nobody has registered. */
static const char *owner_of(const struct serve *s, const struct room *r)
{
    const struct account *a = r->founder != 0 ? account_by_id(s->accounts, r->founder) : NULL;
    return !r->registered ? "" : a != NULL ? a->name : "(administrators)";
}

void control_report_rooms(const struct serve *s, bool json, struct buf *out)
{
    if (json)
        buf_addc(out, '[');
    else
        buf_addf(out, "%-24s  %7s  %-16s  %s\n", "ROOM", "MEMBERS", "OF", "TOPIC");
    for (struct hnode *n = hmap_next(&s->chat->rooms, NULL); n != NULL;
         n = hmap_next(&s->chat->rooms, n)) {
        const struct room *r = hmap_entry(n, struct room, by_name);
        if (json) {
            json_next(out);
            buf_addc(out, '{');
            json_text(out, "name", r->name);
            json_number(out, "members", r->count);
            json_text(out, "owner", owner_of(s, r));
            json_text(out, "topic", r->topic);
            buf_addc(out, '}');
        } else {
            buf_addf(out, "%-24s  %7u  %-16s  ", r->name, r->count, owner_of(s, r));
            escape_line(out, str_of(r->topic));
            buf_addc(out, '\n');
        }
    }
    if (json)
        buf_adds(out, "]\n");
}

/* --- bans --- */

static void add_ban(const struct serve *s, const struct banned *ban, bool json, struct buf *out)
{
    char left[32] = "for good";
    const int64_t now = s->loop->clock.wall;
    if (ban->until > now)
        text_span(left, sizeof left, (uint64_t)(ban->until - now) / 1000);
    if (json) {
        json_next(out);
        buf_addc(out, '{');
        json_text(out, "address", ban->address);
        json_number(out, "until", (uint64_t)ban->until / 1000);
        json_text(out, "reason", ban->reason);
        buf_addc(out, '}');
        return;
    }
    buf_addf(out, "%-40s  %-10s  ", ban->address, left);
    escape_line(out, str_of(ban->reason));
    buf_addc(out, '\n');
}

void control_report_bans(const struct serve *s, bool json, struct buf *out)
{
    if (json)
        buf_addc(out, '[');
    else
        buf_addf(out, "%-40s  %-10s  %s\n", "ADDRESS", "FOR", "REASON");
    for (struct hnode *n = hmap_next(&s->bans->by_ip, NULL); n != NULL;
         n = hmap_next(&s->bans->by_ip, n))
        add_ban(s, hmap_entry(n, struct banned, by_ip), json, out);
    if (json)
        buf_adds(out, "]\n");
}

void control_report_version(struct buf *out)
{
    buf_addf(out, "agentd %s\n", AGENTD_VERSION);
}
