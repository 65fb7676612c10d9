/* control.c: the control socket: its sessions, and the table of verbs. */
#include "serve/control.h"

#include "base/conf_value.h"
#include "base/date.h"
#include "model/account_admin.h"
#include "parse/line.h"
#include "serve/control_history.h"
#include "serve/control_report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_MAX = 4096,
    REQUEST_MS = 10000,    /* how long a client may take to ask */
    MONITOR_MAX = 1 << 20, /* bytes that may wait for a monitor that does not read */
};

struct control {
    struct serve *serve;
    struct listener listener;
    struct list conns;
    struct event_sub sub;
    char *path;
};

struct session {
    struct control *control;
    bool monitor;
    struct dump *dump; /* of the history, while it goes */
};

static struct session *session_of(const struct conn *c)
{
    return c->session;
}

/* --- answers --- */

static void answer(struct conn *c, struct buf *body)
{
    conn_puts(c, "OK\n");
    conn_write_buf(c, body);
    buf_free(body);
    conn_finish(c, false);
}

static void refuse(struct conn *c, const char *why)
{
    conn_printf(c, "ERR %s\n", why);
    conn_finish(c, true); /* the request may still be on its way */
}

/* --- verbs --- */

static bool wants_json(struct str arg)
{
    return str_eq(arg, "--json");
}

static void do_status(struct conn *c, struct str arg)
{
    struct buf b = {0};
    control_report_status(session_of(c)->control->serve, wants_json(arg), &b);
    answer(c, &b);
}

static void do_stats(struct conn *c, struct str arg)
{
    struct buf b = {0};
    control_report_stats(session_of(c)->control->serve, wants_json(arg), &b);
    answer(c, &b);
}

static void do_who(struct conn *c, struct str arg)
{
    struct buf b = {0};
    control_report_who(session_of(c)->control->serve, wants_json(arg), &b);
    answer(c, &b);
}

static void do_rooms(struct conn *c, struct str arg)
{
    struct buf b = {0};
    control_report_rooms(session_of(c)->control->serve, wants_json(arg), &b);
    answer(c, &b);
}

static void do_version(struct conn *c, struct str arg)
{
    struct buf b = {0};
    (void)arg;
    control_report_version(&b);
    answer(c, &b);
}

static void do_config(struct conn *c, struct str arg)
{
    struct buf b = {0};
    char name[256];
    struct str rest = arg, get = {0};
    (void)str_split(&rest, ' ', &get);
    if (!str_eq(get, "get")) {
        refuse(c, "usage: config get [section[.key]]");
        return;
    }
    (void)str_copy(name, sizeof name, rest.p != NULL ? rest : STR(""));
    if (conf_print(session_of(c)->control->serve->conf, name, &b))
        answer(c, &b);
    else
        refuse(c, "there is no such section or key");
}

static void do_say(struct conn *c, struct str arg)
{
    struct buf b = {0};
    struct chat *chat = session_of(c)->control->serve->chat;
    chat_admin(chat, arg);
    buf_addf(&b, "said to %zu people\n", chat->users.count);
    answer(c, &b);
}

/* The session with this number, by whatever door. */
static struct conn *find_session(const struct serve *s, uint64_t sid)
{
    list_each(n, &s->doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        list_each(k, &d->conns)
        {
            struct conn *c = list_entry(k, struct conn, link);
            if (c->id == sid)
                return c;
        }
    }
    return NULL;
}

/* Who is in the chat with that session number, with a connection or without. */
static struct user *find_user(const struct serve *s, uint64_t sid)
{
    for (struct hnode *n = hmap_next(&s->chat->users, NULL); n != NULL;
         n = hmap_next(&s->chat->users, n)) {
        struct user *u = hmap_entry(n, struct user, by_name);
        if (u->sid == sid)
            return u;
    }
    return NULL;
}

/* Every session that `who` shows by this name, but those that end already; how many. */
static unsigned kick_named(const struct serve *s, struct str name, const char *reason)
{
    unsigned n = 0;
    list_each(i, &s->doors)
    {
        const struct door *d = list_entry(i, struct door, link);
        list_each(k, &d->conns)
        {
            struct conn *c = list_entry(k, struct conn, link);
            struct who w = {.name = ""};
            if (c->finishing || c->closing || d->fe->describe == NULL || name.n == 0)
                continue;
            d->fe->describe(c, &w);
            if (!str_eq(name, w.name))
                continue;
            door_kick(c, reason);
            n++;
        }
    }
    return n;
}

/* The session of that number; in the chat, its name goes to who. How many. */
static unsigned kick_number(const struct serve *s, uint64_t sid, const char *reason,
                            char who[NAME_BYTES_MAX + 1])
{
    struct user *u = find_user(s, sid);
    struct conn *c = u == NULL ? find_session(s, sid) : NULL;
    if (u != NULL) {
        text_copy(who, NAME_BYTES_MAX + 1, u->name);
        u->ops->kick(u, reason);
    } else if (c != NULL) {
        door_kick(c, reason);
    }
    return u != NULL || c != NULL;
}

static void do_kick(struct conn *c, struct str arg)
{
    const struct serve *s = session_of(c)->control->serve;
    struct str rest = arg, name = {0};
    struct buf b = {0};
    char reason[256], who[NAME_BYTES_MAX + 1];
    uint64_t sid;
    unsigned gone = 0;
    (void)str_split(&rest, ' ', &name);
    (void)str_copy(reason, sizeof reason, rest.p != NULL ? rest : STR(""));
    (void)str_copy(who, sizeof who, name);
    struct user *u = chat_user(s->chat, name);
    struct account *a = u != NULL ? u->account : account_find(s->accounts, name);
    a = a != NULL ? account_ref(a) : NULL;
    if (u != NULL) {
        text_copy(who, sizeof who, u->name);
        u->ops->kick(u, reason);
        gone++;
    }
    if (a != NULL) /* whoever it is, is one person by every door */
        gone += serve_kick_account(s, a, reason);
    account_unref(a);
    gone += kick_named(s, name, reason);
    /* Accounts may be called like numbers: whoever has the name is meant, and no session besides.
     */
    if (gone == 0 && text_number(name, UINT64_MAX, &sid))
        gone = kick_number(s, sid, reason, who);
    if (gone == 0) {
        refuse(c, "nobody has that name, and no session that number (see: agentctl who)");
        return;
    }
    const struct event ev = {.kind = EVENT_KICK, .proto = "control", .who = who, .text = reason};
    event_emit(s->bus, &ev);
    buf_addf(&b, "%.*s is gone\n", (int)name.n, name.p);
    answer(c, &b);
}

/* --- accounts and bans --- */

static void note_change(struct serve *s, const struct buf *said)
{
    char text[256];
    (void)str_copy(text, sizeof text,
                   (struct str){buf_data(said), said->len - 1}); /* no line end */
    const struct event ev = {.kind = EVENT_ACCOUNT, .proto = "control", .text = text};
    event_emit(s->bus, &ev);
}

/* What was said may be the token itself. */
static void note_token(struct serve *s, struct str rest)
{
    struct str name = {0}, verb = STR("");
    struct buf text = {0};
    (void)str_split(&rest, ' ', &name);
    (void)str_split(&rest, ' ', &verb);
    buf_addf(&text, "%.*s: token %.*s", (int)name.n, name.p, (int)verb.n, verb.p);
    const struct event ev = {.kind = EVENT_ACCOUNT, .proto = "control", .text = buf_str(&text)};
    if (verb.n > 0 && !str_eq(verb, "list"))
        event_emit(s->bus, &ev);
    buf_free(&text);
}

static void do_user(struct conn *c, struct str arg)
{
    struct serve *s = session_of(c)->control->serve;
    struct buf out = {0};
    struct account *ended;
    struct str rest = arg, verb = {0};
    (void)str_split(&rest, ' ', &verb);
    const bool ok = account_admin(s->owners, s->bearers, arg, &out, &ended);
    if (ok && str_eq(verb, "token"))
        note_token(s, rest);
    else if (ok && !str_eq(verb, "list") && !str_eq(verb, "show"))
        note_change(s, &out);
    if (ended != NULL)
        login_end_sessions(s, ended, "the account has changed");
    account_unref(ended);
    if (ok)
        answer(c, &out);
    else
        refuse(c, buf_str(&out));
    buf_free(&out);
}

/* add ADDRESS [TIME] [REASON] */
static void add_ban(struct conn *c, struct str rest)
{
    struct serve *s = session_of(c)->control->serve;
    struct addr a;
    struct str address = {0}, span = rest;
    struct buf b = {0};
    char reason[BAN_REASON_MAX];
    int64_t ms = 0;
    (void)str_split(&rest, ' ', &address);
    struct str after = rest;
    if (after.p != NULL && str_split(&after, ' ', &span) && conf_parse_span(span, &ms))
        rest = after;
    (void)str_copy(reason, sizeof reason, rest.p != NULL ? rest : STR(""));
    if (reason[0] == '\0')
        text_copy(reason, sizeof reason, "an administrator's wish");
    if (!addr_parse_ip(&a, address, 0)) {
        refuse(c, "that is no address such as 192.0.2.7 or 2001:db8::7");
    } else if (!bans_set(s, &a, ms > 0 ? s->loop->clock.wall + ms : 0, reason)) {
        refuse(c, "there are too many bans, or the database cannot be written");
    } else {
        buf_addf(&b, "%.*s is banned\n", (int)address.n, address.p);
        answer(c, &b);
    }
}

static void do_ban(struct conn *c, struct str arg)
{
    struct serve *s = session_of(c)->control->serve;
    struct str rest = arg, verb = {0};
    struct addr a;
    struct buf b = {0};
    (void)str_split(&rest, ' ', &verb);
    const struct str what = rest.p != NULL ? rest : STR("");
    if (str_eq(verb, "list")) {
        control_report_bans(s, wants_json(what), &b);
        answer(c, &b);
    } else if (str_eq(verb, "add")) {
        add_ban(c, what);
    } else if (!str_eq(verb, "del")) {
        refuse(c, "usage: ban list|add|del");
    } else if (!addr_parse_ip(&a, what, 0) || !bans_lift(s, &a)) {
        refuse(c, "that address is not banned (see: agentctl ban list)");
    } else {
        buf_addf(&b, "%.*s may come in again\n", (int)what.n, what.p);
        answer(c, &b);
    }
}

/* --- share links --- */

static void do_share(struct conn *c, struct str arg)
{
    struct serve *s = session_of(c)->control->serve;
    struct buf out = {0}, url = {0};
    struct share_desk desk = {
        .shares = s->shares, .conf = s->conf, .rooms = s->rooms, .files = s->files};
    if (serve_share_url(s, &url))
        desk.url = buf_str(&url);
    if (share_admin(&desk, arg, &out))
        answer(c, &out);
    else
        refuse(c, buf_str(&out));
    buf_free(&out);
    buf_free(&url);
}

static void do_reload(struct conn *c, struct str arg)
{
    struct serve *s = session_of(c)->control->serve;
    struct buf why = {0}, b = {0};
    (void)arg;
    if (s->admin->reload(s, &why) == 0) {
        buf_adds(&b, "reloaded\n");
        answer(c, &b);
    } else {
        conn_puts(c, "ERR nothing was changed:\n");
        conn_write_buf(c, &why);
        conn_finish(c, false);
    }
    buf_free(&why);
}

static void do_reopen(struct conn *c, struct str arg)
{
    struct serve *s = session_of(c)->control->serve;
    struct buf b = {0};
    (void)arg;
    s->admin->reopen(s);
    answer(c, &b);
}

static void do_history(struct conn *c, struct str arg)
{
    struct session *s = session_of(c);
    const char *why;
    s->dump = control_history_begin(s->control->serve, c, arg, &why);
    if (s->dump == NULL)
        refuse(c, why);
    else
        conn_deadline(c, 0);
}

static void do_monitor(struct conn *c, struct str arg)
{
    (void)arg;
    session_of(c)->monitor = true;
    conn_puts(c, "OK\n");
    conn_deadline(c, 0);
}

static const struct verb {
    const char *name;
    void (*run)(struct conn *c, struct str arg);
    bool needs_arg;
} verbs[] = {
    {"ban", do_ban, true},        {"config", do_config, true},    {"history", do_history, true},
    {"kick", do_kick, true},      {"monitor", do_monitor, false}, {"reload", do_reload, false},
    {"reopen", do_reopen, false}, {"rooms", do_rooms, false},     {"say", do_say, true},
    {"share", do_share, true},    {"stats", do_stats, false},     {"status", do_status, false},
    {"user", do_user, true},      {"version", do_version, false}, {"who", do_who, false},
};

static void run(struct conn *c, struct str line)
{
    struct str rest = line, name = {0};
    (void)str_split(&rest, ' ', &name);
    const struct str arg = rest.p != NULL ? rest : STR("");
    if (!utf8_valid(line.p, line.n)) {
        refuse(c, "the request is not UTF-8");
        return;
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (!str_eq(name, verbs[i].name))
            continue;
        if (verbs[i].needs_arg && arg.n == 0)
            refuse(c, "an argument is missing");
        else
            verbs[i].run(c, arg);
        return;
    }
    refuse(c, "unknown verb");
}

/* --- the session --- */

static int data(struct conn *c)
{
    struct str line;
    if (c->in.len == 0 || session_of(c)->monitor || session_of(c)->dump != NULL) {
        buf_clear(&c->in);
        return 0;
    }
    const ssize_t n = line_next(buf_data(&c->in), c->in.len, REQUEST_MAX, &line);
    if (n < 0)
        refuse(c, "the request is too long");
    if (n <= 0)
        return 0;
    run(c, line);
    buf_clear(&c->in);
    return 0;
}

static void closed(struct conn *c, enum close_reason reason)
{
    (void)reason;
    list_unlink(&c->link);
    control_history_free(session_of(c)->dump);
    free(c->session);
}

static void drain(struct conn *c)
{
    if (session_of(c)->dump != NULL)
        control_history_drain(session_of(c)->dump);
}

static const struct conn_ops ops = {
    .name = "control", .in_max = REQUEST_MAX + 16, .data = data, .drain = drain, .closed = closed};

/* Our own user and root may, nobody else. */
static bool may_enter(int fd)
{
    struct ucred cred;
    socklen_t len = sizeof cred;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
           (cred.uid == geteuid() || cred.uid == 0);
}

static int on_accept(struct listener *ls, int fd, const struct addr *peer)
{
    struct control *control = ls->arg;
    struct session *s = calloc(1, sizeof *s);
    struct conn *c = s != NULL ? conn_open(control->serve->conns, fd, &ops, s, peer, false) : NULL;
    if (c == NULL) {
        free(s);
        return -1;
    }
    s->control = control;
    list_push(&control->conns, &c->link);
    conn_deadline(c, REQUEST_MS);
    if (!may_enter(fd))
        refuse(c, "permission denied");
    return 0;
}

/* --- monitors --- */

static void on_event(struct event_sub *sub, const struct event *ev)
{
    struct control *control = container_of(sub, struct control, sub);
    struct buf line = {0};
    list_each(n, &control->conns)
    {
        struct conn *c = list_entry(n, struct conn, link);
        if (!session_of(c)->monitor || c->closing)
            continue;
        if (line.len == 0) {
            char iso[DATE_TEXT_MAX];
            date_iso(iso, clock_sec(&control->serve->loop->clock));
            buf_adds(&line, iso);
            event_line(ev, &line);
            buf_addc(&line, '\n');
        }
        conn_write(c, buf_data(&line), line.len);
        if (c->out.bytes > MONITOR_MAX)
            conn_close(c, CLOSE_SLOW);
    }
    buf_free(&line);
}

/* --- beginning and end --- */

struct control *control_open(struct serve *s, const char *path, struct buf *why)
{
    struct control *c = calloc(1, sizeof *c);
    if (c == NULL || (c->path = strdup(path)) == NULL) {
        buf_adds(why, "out of memory");
        free(c);
        return NULL;
    }
    c->serve = s;
    list_init(&c->conns);
    c->sub.fn = on_event;
    c->listener =
        (struct listener){.fn = on_accept, .arg = c, .name = "control", .busy = "", .kept = true};
    if (listener_open_unix(&c->listener, s->conns, path, why) < 0) {
        free(c->path);
        free(c);
        return NULL;
    }
    event_subscribe(s->bus, &c->sub);
    return c;
}

void control_close(struct control *c)
{
    if (c == NULL)
        return;
    event_unsubscribe(&c->sub);
    listener_close(&c->listener);
    list_each(n, &c->conns)
    {
        list_unlink(n); /* they are reaped when we are gone */
        conn_close(list_entry(n, struct conn, link), CLOSE_STOP);
    }
    (void)unlink(c->path);
    free(c->path);
    free(c);
}
