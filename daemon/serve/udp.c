/* udp.c: chat in datagrams (WIRE.md). A name belongs to the address that logged in with it. */
#include "serve/udp.h"

#include "parse/udp_msg.h"

#include <stdlib.h>
#include <string.h>

enum {
    MEMBERS_MAX = 2000,
    SOURCES = 1024,    /* buckets for the addresses that datagrams come from */
    SOURCE_RATE = 200, /* datagrams a second from one address */
    SOURCE_BURST = 1000,
};

/* The words of one language. */
struct words {
    const char *welcome, *entered, *left, *taken, *admin;
};

static const struct words words[] = {
    [WORDS_ZH] = {"\n欢迎 ", " 进入聊天室", " 退出聊天室", "该用户存在", "管理员"},
    [WORDS_EN] = {"\nWelcome ", " to the chat room", " has left the chat room",
                  "This user exists already", "administrator"},
};

struct udp {
    struct nets allow;
    struct hmap by_addr;
    struct bucket source[SOURCES];
};

struct udp_member {
    struct user user;
    struct hnode by_addr;
    char key[18]; /* address and port */
    struct addr addr;
    struct dgram *dg; /* the way that datagrams came; NULL when that was closed */
    struct door *door;
    int64_t last; /* when a datagram last came; monotonic, ms */
    bool gone;    /* was thrown out; leaves at the next tick */
};

static const struct conf_udp *conf_of(const struct door *d)
{
    return (const void *)d->sect;
}

static size_t address_key(const struct addr *a, char key[18])
{
    const struct str ip = addr_bytes(a);
    const unsigned port = addr_port(a);
    memcpy(key, ip.p, ip.n);
    key[ip.n] = (char)(port >> 8);
    key[ip.n + 1] = (char)port;
    return ip.n + 2;
}

static struct udp_member *find(const struct udp *udp, const struct addr *a)
{
    char key[18];
    const size_t n = address_key(a, key);
    struct hnode *node = hmap_get(&udp->by_addr, key, n);
    return node != NULL ? hmap_entry(node, struct udp_member, by_addr) : NULL;
}

static void say_to(struct dgram *dg, struct serve *s, const struct addr *to, struct str text)
{
    if (dg == NULL || dgram_send(dg, to, text.p, text.n) < 0)
        s->metrics->udp_unsent++;
}

/* Another of the door's sockets that reaches a, when the one that it came by was closed. */
static struct dgram *other_way(const struct door *d, const struct addr *a)
{
    list_each(n, &d->sockets)
    {
        struct dgram *dg = &list_entry(n, struct door_socket, link)->dg;
        if (dg->addr.sa.sa_family == a->sa.sa_family)
            return dg;
    }
    return NULL;
}

static void tell(struct udp_member *m, struct str text)
{
    if (m->dg == NULL)
        m->dg = other_way(m->door, &m->addr);
    say_to(m->dg, m->door->serve, &m->addr, text);
}

static void answer(struct udp_member *m, const char *text)
{
    tell(m, str_of(text));
}

/* --- what the room tells its datagram users --- */

static void add_line(struct buf *b, const struct words *w, const char *server,
                     const struct chat_event *ev)
{
    const char *who = ev->from != NULL ? ev->from->name : server;
    switch (ev->kind) {
    case CHAT_JOIN: buf_addf(b, "%s%s%s", w->welcome, who, w->entered); break;
    case CHAT_RENAME: /* as one who left, and one who came */
    case CHAT_PART:
    case CHAT_QUIT: buf_addf(b, "\n%s%s", who, w->left); break;
    case CHAT_KICK: buf_addf(b, "\n%s%s", ev->target->name, w->left); break;
    case CHAT_SAY:
    case CHAT_NOTICE:
        buf_addf(b, "\n%s: ", who);
        buf_add(b, ev->text.p, ev->text.n);
        break;
    case CHAT_ADMIN:
    case CHAT_WALLOPS:
        buf_addf(b, "\n%s: ", w->admin);
        buf_add(b, ev->text.p, ev->text.n);
        break;
    default: break; /* what such a client could not show */
    }
}

/* The line in this language, made once for all receivers; NULL when there is nothing to tell. */
static const struct chat_line *coded(struct chat_event *ev, const struct words *w,
                                     const char *server)
{
    const struct chat_line *line = chat_coded(ev, w, 0);
    struct buf b = {0};
    if (line != NULL)
        return line;
    add_line(&b, w, server, ev);
    return chat_keep_coded(ev, w, 0, &b);
}

/* A datagram for each line: none may look like another person's. */
static void tell_lines(struct udp_member *m, const struct chat_event *ev)
{
    struct serve *s = m->door->serve;
    struct chat_event one = {.kind = ev->kind, .from = ev->from, .room = ev->room};
    struct str rest = ev->text;
    while (str_split(&rest, '\n', &one.text)) {
        struct buf b = {0};
        add_line(&b, &words[conf_of(m->door)->messages], s->chat->server, &one);
        if (one.text.n > 0 && !b.failed)
            tell(m, (struct str){buf_data(&b), b.len});
        buf_free(&b);
    }
}

static void on_event(struct user *u, struct chat_event *ev)
{
    struct udp_member *m = u->session;
    struct serve *s = m->door->serve;
    const struct words *w = &words[conf_of(m->door)->messages];
    if (ev->from == u && ev->kind != CHAT_SAY && ev->kind != CHAT_NOTICE)
        return; /* the answer says so already */
    if (ev->kind == CHAT_KICK && ev->target == u) {
        answer(m, "EXIT");
        m->gone = true;
        return;
    }
    if (ev->text.n > 0 && memchr(ev->text.p, '\n', ev->text.n) != NULL) {
        tell_lines(m, ev);
        return;
    }
    const struct chat_line *line = coded(ev, w, s->chat->server);
    if (line != NULL)
        tell(m, (struct str){line->blk->data + line->off, line->len});
    if (ev->kind == CHAT_RENAME) {
        struct buf b = {0};
        buf_adds(&b, w->welcome);
        buf_add(&b, ev->text.p, ev->text.n);
        buf_adds(&b, w->entered);
        tell(m, (struct str){buf_data(&b), b.len});
        buf_free(&b);
    }
}

/* --- members --- */

static void emit(const struct udp_member *m, enum event_kind kind, const char *text)
{
    char peer[PEER_TEXT_MAX];
    addr_text(&m->addr, peer);
    const struct event ev = {.kind = kind,
                             .proto = "udp",
                             .sid = m->user.sid,
                             .peer = peer,
                             .who = m->user.name,
                             .text = text};
    event_emit(m->door->serve->bus, &ev);
}

static void log_out(struct udp_member *m, const char *why)
{
    struct udp *udp = m->door->state;
    emit(m, EVENT_LOGOUT, why);
    chat_leave(m->door->serve->chat, &m->user, str_of(why));
    hmap_del(&udp->by_addr, &m->by_addr);
    free(m);
}

static void on_kick(struct user *u, const char *reason)
{
    struct udp_member *m = u->session;
    answer(m, "EXIT");
    log_out(m, reason);
}

static const struct user_ops user_ops = {.proto = "udp", .event = on_event, .kick = on_kick};

static bool add_member(struct dgram *dg, struct door *d, struct str name, const struct addr *from)
{
    struct udp *udp = d->state;
    struct serve *s = d->serve;
    struct room *room;
    const bool room_for_it = s->conf->irc->guests && udp->by_addr.count < MEMBERS_MAX;
    struct udp_member *m = room_for_it ? calloc(1, sizeof *m) : NULL;
    if (m == NULL)
        return false;
    m->user.ops = &user_ops;
    m->user.session = m;
    m->user.modes = USER_WALLOPS; /* they cannot say that they want it */
    m->user.sid = ++s->conns->last_id;
    text_copy(m->user.ident, sizeof m->user.ident, "udp");
    text_copy(m->user.real, sizeof m->user.real, "datagram user");
    addr_ip_text(from, m->user.host);
    m->addr = *from;
    m->dg = dg;
    m->door = d;
    m->last = s->loop->clock.mono;
    if (chat_enter(s->chat, &m->user, name) != CHAT_OK) {
        free(m);
        return false;
    }
    const struct str lobby = str_of(s->chat->lobby->name);
    if (hmap_put(&udp->by_addr, &m->by_addr, m->key, address_key(from, m->key)) < 0 ||
        chat_join(s->chat, &m->user, lobby, STR(""), &room) != CHAT_OK) {
        hmap_del(&udp->by_addr, &m->by_addr);
        chat_leave(s->chat, &m->user, STR(""));
        free(m);
        return false;
    }
    emit(m, EVENT_LOGIN, NULL);
    return true;
}

/* --- what datagrams say --- */

static void log_in(struct dgram *dg, struct door *d, const struct udp_msg *msg,
                   const struct addr *from)
{
    const struct words *w = &words[conf_of(d)->messages];
    const bool in = find(d->state, from) == NULL && add_member(dg, d, msg->name, from);
    say_to(dg, d->serve, from, in ? STR("OK") : str_of(w->taken));
}

static void speak(struct door *d, struct udp_member *m, struct str text)
{
    const struct conf_limits *limits = d->serve->conf->limits;
    struct user *who;
    if (bucket_take(&m->user.bucket, m->last, 1, limits->rate, limits->burst) > 0) {
        d->serve->metrics->udp_flooded++;
        return;
    }
    const struct str lobby = str_of(d->serve->chat->lobby->name);
    const struct chat_saying what = {.kind = CHAT_SAY, .text = text};
    (void)chat_say(d->serve->chat, &m->user, &what, lobby, &who);
}

/* One bucket for each address (or those whose hash is the same): a flood is cheap to drop. */
static bool flooding(struct door *d, const struct addr *from)
{
    struct udp *udp = d->state;
    const struct str host = addr_host(from);
    const uint64_t hash = siphash13(udp->by_addr.seed, host.p, host.n);
    return d->serve->conf->limits->rate > 0 &&
           bucket_take(&udp->source[hash % SOURCES], d->serve->loop->clock.mono, 1, SOURCE_RATE,
                       SOURCE_BURST) > 0;
}

static void on_datagram(struct dgram *dg, const char *p, size_t n, bool cut,
                        const struct addr *from)
{
    struct door *d = dg->arg;
    struct udp *udp = d->state;
    struct metrics *metrics = d->serve->metrics;
    struct udp_msg msg;
    metrics->udp_datagrams++;
    if (!nets_have(&udp->allow, from) ||
        ban_find(d->serve->bans, from, d->serve->loop->clock.wall) != NULL) {
        metrics->udp_denied++;
        return;
    }
    if (flooding(d, from)) {
        metrics->udp_flooded++;
        return;
    }
    if (!udp_msg_parse(&msg, p, n, cut)) {
        metrics->udp_ignored++;
        return;
    }
    if (msg.verb == 'L') {
        log_in(dg, d, &msg, from);
        return;
    }
    struct udp_member *m = find(udp, from);
    if (m == NULL || m->gone || chat_user(d->serve->chat, msg.name) != &m->user) {
        metrics->udp_ignored++;
        return;
    }
    m->last = d->serve->loop->clock.mono;
    m->dg = dg;
    if (msg.verb == 'C') {
        speak(d, m, msg.text);
    } else {
        answer(m, "EXIT");
        log_out(m, "quit");
    }
}

/* --- the door --- */

static void each_member(struct udp *udp, void (*fn)(struct udp_member *m))
{
    for (struct hnode *n = hmap_next(&udp->by_addr, NULL), *next; n != NULL; n = next) {
        next = hmap_next(&udp->by_addr, n);
        fn(hmap_entry(n, struct udp_member, by_addr));
    }
}

static void check_idle(struct udp_member *m)
{
    const int64_t now = m->door->serve->loop->clock.mono;
    if (m->gone) {
        log_out(m, "kicked");
    } else if (ban_find(m->door->serve->bans, &m->addr, m->door->serve->loop->clock.wall) != NULL) {
        answer(m, "EXIT");
        log_out(m, "banned");
    } else if (now - m->last > conf_of(m->door)->idle) {
        answer(m, "EXIT");
        log_out(m, "idle");
    }
}

static void tick(struct door *d)
{
    each_member(d->state, check_idle);
}

static void who(struct door *d, who_fn *fn, void *arg)
{
    const struct udp *udp = d->state;
    for (struct hnode *n = hmap_next(&udp->by_addr, NULL); n != NULL;
         n = hmap_next(&udp->by_addr, n)) {
        const struct udp_member *m = hmap_entry(n, struct udp_member, by_addr);
        struct who w = {.proto = "udp",
                        .sid = m->user.sid,
                        .name = m->user.name,
                        .account = "",
                        .since = m->user.since,
                        .doing = d->serve->chat->lobby->name};
        addr_text(&m->addr, w.peer);
        fn(arg, &w);
    }
}

static int check(const struct conf_sect *sect, struct buf *why)
{
    struct nets nets;
    struct buf reason = {0};
    const bool ok =
        nets_parse(&nets, ((const struct conf_udp *)(const void *)sect)->allow, &reason);
    if (!ok)
        buf_addf(why, "allow: %s", buf_str(&reason));
    buf_free(&reason);
    return ok ? 0 : -1;
}

static void reload(struct door *d)
{
    struct udp *udp = d->state;
    struct buf why = {0};
    (void)nets_parse(&udp->allow, conf_of(d)->allow, &why); /* check() has seen it */
    buf_free(&why);
}

static int open_door(struct door *d, struct buf *why)
{
    struct udp *udp = calloc(1, sizeof *udp);
    if (udp == NULL) {
        buf_adds(why, "out of memory");
        return -1;
    }
    hmap_init(&udp->by_addr);
    d->state = udp;
    reload(d);
    return 0;
}

static void forget(struct udp_member *m)
{
    log_out(m, m->door->serve->draining ? "agentd stops" : "This door is closed");
}

static void unlisten(struct door *d, const struct dgram *dg)
{
    struct udp *udp = d->state;
    if (udp == NULL)
        return;
    for (struct hnode *n = hmap_next(&udp->by_addr, NULL); n != NULL;
         n = hmap_next(&udp->by_addr, n)) {
        struct udp_member *m = hmap_entry(n, struct udp_member, by_addr);
        if (m->dg == dg)
            m->dg = NULL;
    }
}

static void close_door(struct door *d)
{
    struct udp *udp = d->state;
    each_member(udp, forget);
    hmap_free(&udp->by_addr);
    free(udp);
}

const struct frontend udp_frontend = {
    .name = "udp",
    .datagrams = true,
    .busy = "",
    .check = check,
    .open = open_door,
    .reload = reload,
    .close = close_door,
    .datagram = on_datagram,
    .who = who,
    .unlisten = unlisten,
    .tick = tick,
};
