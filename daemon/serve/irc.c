/* irc.c: the session: its lines, registration, and the table of commands. */
#include "serve/irc.h"

#include "base/date.h"
#include "base/version.h"
#include "model/chat_text.h"
#include "parse/irc_tags.h"
#include "parse/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TURN_LINES = 64,           /* lines taken in one turn */
    RENAME_COST = 10,          /* seconds that one goes on top of */
    RENAMES_MAX = 60,          /* and of all in a row */
    PONG_MS = 60000,           /* how long an answer to PING may take */
    STRANGERS_RECVQ = 8 << 10, /* bytes that may wait of one that has not come in */
    LINE_LIMIT = IRC_TAGS_MAX + IRC_LINE_MAX + 2,
};

/* --- registration --- */

static void send_welcome(struct irc *s)
{
    const struct chat *chat = irc_chat(s);
    const struct conf_irc *cf = irc_serve(s)->conf->irc;
    const struct user *u = &s->user;
    const struct irc_msg none = {0};
    char started[DATE_TEXT_MAX];
    date_minute(started, (time_t)(irc_serve(s)->started / 1000));
    irc_reply(s, RPL_WELCOME, ":Welcome to the %s network, %s!%s@%s", cf->network, u->name,
              u->ident, u->host);
    irc_reply(s, RPL_YOURHOST, ":Your host is %s, running agentd %s", chat->server, AGENTD_VERSION);
    irc_reply(s, RPL_CREATED, ":This server was started %s UTC", started);
    irc_reply(s, RPL_MYINFO, "%s agentd-%s %s %s beIklov", chat->server, AGENTD_VERSION,
              IRC_USER_MODES, IRC_ROOM_MODES);
    irc_send_isupport(s);
    irc_lusers(s, &none);
    irc_motd(s, &none);
}

/* A guest with the name of an account gets another one, and is told. */
static enum chat_result enter_renamed(struct irc *s)
{
    char name[32];
    snprintf(name, sizeof name, "guest-%llu", (unsigned long long)s->conn->id);
    const enum chat_result result = chat_enter(irc_chat(s), &s->user, str_of(name));
    if (result == CHAT_OK)
        irc_server_line(s,
                        "NOTICE %s :The name %s belongs to an account; you are %s now. Log in with "
                        "SASL or PASS to be called so.",
                        name, s->nick, name);
    return result;
}

static enum chat_result enter(struct irc *s)
{
    if (absent_return(irc_serve(s)->absents, &s->user, str_of(s->nick)))
        return CHAT_OK;
    const enum chat_result result = chat_enter(irc_chat(s), &s->user, str_of(s->nick));
    return result == CHAT_NAME_OWNED ? enter_renamed(s) : result;
}

static bool keeps_guests_out(struct irc *s)
{
    if (s->user.account != NULL || irc_serve(s)->conf->irc->guests)
        return false;
    irc_reply(s, ERR_PASSWDMISMATCH, ":Guests may not come in: log in with SASL or PASS");
    irc_error(s, "Guests may not come in");
    return true;
}

void irc_try_register(struct irc *s)
{
    struct serve *serve = irc_serve(s);
    if (s->registered || s->negotiating || !s->has_user || s->nick[0] == '\0' || s->conn->finishing)
        return;
    if (serve_needs_tls(s->conn, false)) {
        irc_refuse_plain(s);
        return;
    }
    if (irc_check_pass(s))
        return;
    if (s->mechanism != IRC_SASL_NONE)
        irc_sasl_abort(s);
    if (keeps_guests_out(s))
        return;
    const enum chat_result result = enter(s);
    if (result != CHAT_OK) { /* somebody was faster */
        const struct str nick = str_of(s->nick);
        irc_result(s, result, nick);
        s->nick[0] = '\0';
        return;
    }
    s->registered = true;
    serve_drop_open(serve, &s->drop, &s->user);
    serve->metrics->irc_registered++;
    if (s->ws != NULL)
        ws_timeout(s->ws);
    else
        conn_deadline(s->conn, serve->conf->limits->idle_timeout);
    char peer[PEER_TEXT_MAX];
    struct event ev = {.kind = EVENT_LOGIN, .who = s->user.name, .account = s->user.account};
    serve_event_from(&ev, s->conn, peer);
    event_emit(serve->bus, &ev);
    send_welcome(s);
    irc_show_rooms(s);
}

/* Names are told to many: few in a row, then one at times. */
static bool renames_too_fast(struct irc *s)
{
    return irc_serve(s)->conf->limits->rate > 0 &&
           bucket_take(&s->user.renames, s->conn->loop->clock.mono, RENAME_COST, 1, RENAMES_MAX) >
               0;
}

void irc_nick_cmd(struct irc *s, const struct irc_msg *m)
{
    if (m->params == 0 || m->param[0].n == 0) {
        irc_reply(s, ERR_NONICKNAMEGIVEN, ":No nickname given");
        return;
    }
    const struct str nick = m->param[0];
    /* RFC 2812, 2.3.1; a datagram user may be called 7. */
    const bool bad_start = nick.p[0] == '-' || (nick.p[0] >= '0' && nick.p[0] <= '9');
    enum chat_result result = CHAT_NAME_BAD;
    if (s->registered && renames_too_fast(s)) {
        irc_reply(s, ERR_NICKTOOFAST, "%.*s :You change your name too often; wait a little",
                  (int)nick.n, nick.p);
        return;
    }
    if (!bad_start)
        result = s->registered ? chat_rename(irc_chat(s), &s->user, nick)
                               : chat_name_free(irc_chat(s), nick, &s->user);
    if (result == CHAT_NAME_OWNED && !s->registered)
        result = CHAT_OK; /* whose it is may show in time */
    irc_result(s, result, nick);
    if (result == CHAT_OK && !s->registered) {
        (void)str_copy(s->nick, sizeof s->nick, nick);
        irc_try_register(s);
    }
}

/* "~name": nobody vouches for it. */
static void set_ident(struct user *u, struct str name)
{
    size_t n = 0;
    u->ident[n++] = '~';
    for (size_t i = 0; i < name.n && n + 1 < sizeof u->ident; i++) {
        const char c = name.p[i];
        if ((text_lower(c) >= 'a' && text_lower(c) <= 'z') || (c >= '0' && c <= '9') ||
            (c != '\0' && strchr("._-", c) != NULL))
            u->ident[n++] = c;
    }
    if (n == 1)
        text_copy(u->ident + 1, sizeof u->ident - 1, "guest");
    else
        u->ident[n] = '\0';
}

void irc_user(struct irc *s, const struct irc_msg *m)
{
    if (s->registered || s->has_user) {
        irc_reply(s, ERR_ALREADYREGISTERED, ":You may not reregister");
        return;
    }
    set_ident(&s->user, m->param[0]);
    irc_vouch(s); /* some log in first, as irssi does */
    chat_text_clean(s->user.real, sizeof s->user.real, m->param[3]);
    s->has_user = true;
    irc_try_register(s);
}

/* --- keeping the connection --- */

void irc_ping(struct irc *s, const struct irc_msg *m)
{
    const struct str token = m->params > 0 ? m->param[0] : STR("");
    if (token.n == 0)
        irc_reply(s, ERR_NOORIGIN, ":No origin specified");
    else
        irc_server_line(s, "PONG %s :%.*s", irc_chat(s)->server, (int)token.n, token.p);
}

void irc_pong(struct irc *s, const struct irc_msg *m)
{
    (void)s; /* that something came is all that counts */
    (void)m;
}

void irc_quit(struct irc *s, const struct irc_msg *m)
{
    char text[256];
    const struct str said = m->params > 0 ? m->param[0] : STR("");
    snprintf(text, sizeof text, "Quit%s%.*s", said.n > 0 ? ": " : "",
             (int)utf8_cut(said.p, said.n, sizeof text - 8), said.p);
    irc_error(s, text);
}

/* Answers, with the label that the client has given the command, if any. */
static int run_labelled(struct irc *s, const struct irc_msg *m, const struct irc_command *row)
{
    const unsigned needs = IRC_CAP_LABEL | IRC_CAP_BATCH;
    char label[IRC_LABEL_MAX];
    if ((s->caps & needs) == needs && irc_tags_find(m->tags, "label", label, sizeof label))
        irc_label_begin(s, label);
    const int result = irc_run(s, m, row);
    if (s->conn->paused) /* for a login, or what is in the history */
        irc_label_wait(s, true);
    else
        irc_label_end(s);
    return result;
}

/* --- lines --- */

/* Flood control: makes the client wait, by not reading on, rather than punishing it. True when this
 * line must wait. */
static bool must_wait(struct irc *s, unsigned cost)
{
    const struct conf_limits *limits = irc_serve(s)->conf->limits;
    const int64_t now = s->conn->loop->clock.mono;
    const int64_t wait = bucket_take(&s->user.bucket, now, cost, limits->rate, limits->burst);
    if (wait == 0)
        return false;
    conn_pause(s->conn);
    if (timer_set(&s->conn->loop->timers, &s->lag, now + wait) < 0)
        conn_close(s->conn, CLOSE_MEMORY);
    return true;
}

/* Of a command that is told to all in each of many rooms; but what a full bucket holds will do. */
static unsigned cost_of(const struct irc *s, const struct irc_msg *m, const struct irc_command *row)
{
    const unsigned most = (unsigned)irc_serve(s)->conf->limits->burst;
    const struct str names = irc_param(m, 0);
    unsigned n = str_eq(names, "0") && s->user.rooms > 1 ? s->user.rooms : 1;
    if (!(row->flags & IRC_EACH))
        return row->cost;
    for (size_t i = 0; i < names.n; i++)
        n += names.p[i] == ',';
    n *= row->cost;
    return n < most ? n : most;
}

static void lag_over(struct timer *t)
{
    struct irc *s = container_of(t, struct irc, lag);
    conn_resume(s->conn);
    conn_again(s->conn); /* a message may wait that has left c->in */
}

int irc_take_line(struct irc *s, struct str line)
{
    struct irc_msg m;
    const enum irc_msg_result result = irc_msg_parse(&m, line);
    if (result == IRC_MSG_EMPTY)
        return 1;
    const struct irc_command *row = result == IRC_MSG_OK ? irc_command(m.command) : NULL;
    if (must_wait(s, row != NULL ? cost_of(s, &m, row) : 1))
        return 0;
    if (result == IRC_MSG_OK && utf8_valid(line.p, line.n))
        return run_labelled(s, &m, row) < 0 ? -1 : 1;
    irc_serve(s)->metrics->irc_refused++;
    if (result == IRC_MSG_LONG)
        irc_reply(s, ERR_INPUTTOOLONG, ":Input line was too long");
    else if (result == IRC_MSG_OK)
        irc_server_line(s, "FAIL %s INVALID_UTF8 :Message rejected: it is not UTF-8", m.command);
    else
        return s->registered || ++s->unknown < IRC_UNKNOWN_MAX ? 1 : -1;
    return 1;
}

/* Leaves a line that is too long out, up to its end. */
static void skip_line(struct irc *s)
{
    struct buf *in = &s->conn->in;
    const char *lf = memchr(buf_data(in), '\n', in->len);
    if (!s->skipping) {
        irc_serve(s)->metrics->irc_refused++;
        irc_reply(s, ERR_INPUTTOOLONG, ":Input line was too long");
    }
    s->skipping = lf == NULL;
    buf_consume(in, lf != NULL ? (size_t)(lf - buf_data(in)) + 1 : in->len);
}

static int data(struct conn *c)
{
    struct irc *s = c->session;
    s->pinged = false;
    if (s->ws != NULL) {
        ws_data(s->ws);
        return 0;
    }
    for (int i = 0; i < TURN_LINES && c->in.len > 0; i++) {
        struct str line;
        const ssize_t n =
            s->skipping ? -1 : line_next(buf_data(&c->in), c->in.len, LINE_LIMIT, &line);
        if (n == 0)
            return 0;
        if (n < 0) {
            skip_line(s);
            continue;
        }
        const int taken = irc_take_line(s, line);
        if (taken < 0)
            return -1;
        if (taken == 0 || c->closing)
            return 0;
        buf_consume(&c->in, (size_t)n);
        if (c->finishing || c->paused) /* for a login */
            return 0;
    }
    if (irc_is_stranger(s) && c->in.len > STRANGERS_RECVQ)
        return -1;
    if (c->in.len > 0)
        conn_again(c);
    return 0;
}

static void timeout(struct conn *c)
{
    struct irc *s = c->session;
    const int64_t idle = irc_serve(s)->conf->limits->idle_timeout;
    const int64_t silent = c->loop->clock.mono - c->last_rx;
    if (irc_waits(s)) { /* which ends by itself */
        conn_deadline(c, idle);
    } else if (s->listing.len > 0 && c->loop->clock.mono - c->last_tx < idle) {
        conn_deadline(c, idle); /* it reads, and we do not */
    } else if (!s->registered) {
        irc_error(s, "Registration timed out");
    } else if (s->ws != NULL) {
        ws_timeout(s->ws);
    } else if (silent < idle) {
        conn_deadline(c, idle - silent);
    } else if (!s->pinged) {
        irc_line(s, "PING :%s", irc_chat(s)->server);
        s->pinged = true;
        conn_deadline(c, idle < PONG_MS ? idle : PONG_MS);
    } else {
        c->loop->metrics->closed_timeout++;
        irc_error(s, "Ping timeout");
    }
}

void irc_leave(struct irc *s, const char *reason)
{
    char peer[PEER_TEXT_MAX];
    if (!s->registered)
        return;
    struct event ev = {.kind = EVENT_LOGOUT, .who = s->user.name, .text = reason};
    serve_event_from(&ev, s->conn, peer);
    event_emit(irc_serve(s)->bus, &ev);
    s->registered = false;
    irc_files_end(s);
    serve_drop_close(irc_serve(s), &s->drop);
    if (!absent_stay(irc_serve(s)->absents, &s->user))
        chat_leave(irc_chat(s), &s->user, str_of(reason));
}

static const char *words_for(enum close_reason reason)
{
    switch (reason) {
    case CLOSE_SLOW: return "Send queue exceeded";
    case CLOSE_ERROR: return "Connection reset";
    case CLOSE_PROTOCOL: return "Protocol error";
    default: return "Connection closed";
    }
}

static void closed(struct conn *c, enum close_reason reason)
{
    struct irc *s = c->session;
    timer_clear(&c->loop->timers, &s->lag);
    irc_leave(s, words_for(reason));
    irc_auth_free(s);
    account_unref(s->oper);
    buf_free(&s->listing);
    irc_question_free(s);
    irc_label_free(s);
    irc_lines_free(s);
    ws_close(s->ws);
    door_closed(c);
}

static void greet(struct conn *c)
{
    struct irc *s = c->session;
    s->conn = c;
    s->lag.fn = lag_over;
    s->user.ops = &irc_user_ops;
    s->user.session = s;
    s->user.sid = c->id;
    addr_ip_text(&c->peer, s->user.host);
    if (s->user.host[0] == ':') { /* would look like the last parameter */
        char text[PEER_TEXT_MAX];
        snprintf(text, sizeof text, "0%.60s", s->user.host);
        text_copy(s->user.host, sizeof s->user.host, text);
    }
    conn_deadline(c, irc_serve(s)->conf->limits->request_timeout);
}

static void stop(struct conn *c)
{
    irc_error(c->session, door_of(c)->serve->draining ? "agentd stops" : "This door is closed");
}

static void describe(struct conn *c, struct who *w)
{
    const struct irc *s = c->session;
    w->name = s->registered ? s->user.name : s->nick;
    w->doing = s->registered ? "" : "registering";
    if (s->ws != NULL)
        w->proto = "web";
    if (s->registered && !list_empty(&s->user.memberships))
        w->doing = list_entry(s->user.memberships.next, struct member, in_user)->room->name;
}

static void kick(struct conn *c, const char *reason)
{
    struct irc *s = c->session;
    irc_user_ops.kick(&s->user, reason);
}

static struct account *account(const struct conn *c)
{
    return ((const struct irc *)c->session)->user.account;
}

static void reload(struct door *d)
{
    list_each(n, &d->conns) irc_caps_changed(list_entry(n, struct conn, link)->session);
}

static int check(const struct conf_sect *sect, struct buf *why)
{
    const struct conf_irc *cf = (const void *)sect;
    return chat_check(cf->name, cf->lobby, why);
}

static void drain(struct conn *c)
{
    irc_list_on(c->session);
}

static int open_door(struct door *d, struct buf *why)
{
    d->state = calloc(1, sizeof(struct irc_door));
    if (d->state == NULL)
        buf_adds(why, "out of memory");
    return d->state != NULL ? 0 : -1;
}

static void close_door(struct door *d)
{
    free(d->state);
}

static const struct conn_ops ops = {.name = "irc",
                                    .in_max = 16 << 10,
                                    .data = data,
                                    .drain = drain,
                                    .timeout = timeout,
                                    .closed = closed};

const struct frontend irc_frontend = {
    .name = "irc",
    .path = "/chat/ws",
    .busy = "ERROR :Too many connections\r\n",
    .check = check,
    .open = open_door,
    .close = close_door,
    .silent = irc_silent,
    .reload = reload,
    .ops = &ops,
    .session_size = sizeof(struct irc),
    .greet = greet,
    .upgraded = irc_upgraded,
    .drain = stop,
    .describe = describe,
    .kick = kick,
    .account = account,
};
