#include "serve/irc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Only what the peer does not take counts: a busy turn may make more than that. */
static void check_sendq(struct irc *s)
{
    const uint64_t most = (uint64_t)irc_serve(s)->conf->limits->sendq;
    if (s->conn->out.bytes > most)
        conn_send(s->conn);
    if (s->conn->out.bytes > most)
        conn_close(s->conn, CLOSE_SLOW);
}

/* Ends the line in b, which began at `start`: cuts it to what a line may hold. */
static void end_line(struct buf *b, size_t start)
{
    if (b->failed)
        return;
    const size_t n = utf8_cut(buf_data(b) + start, b->len - start, IRC_LINE_MAX);
    buf_cut(b, start + n);
    buf_add(b, "\r\n", 2);
}

static void send_line(struct irc *s, struct buf *b)
{
    end_line(b, 0);
    conn_write_buf(s->conn, b);
    buf_free(b);
    check_sendq(s);
}

static const char *nick_of(const struct irc *s)
{
    if (s->registered)
        return s->user.name;
    return s->nick[0] != '\0' ? s->nick : "*";
}

void irc_reply(struct irc *s, enum irc_numeric n, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    buf_addf(&b, ":%s %03d %s ", irc_chat(s)->server, (int)n, nick_of(s));
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    send_line(s, &b);
}

void irc_server_line(struct irc *s, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    buf_addf(&b, ":%s ", irc_chat(s)->server);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    send_line(s, &b);
}

void irc_plain_line(struct irc *s, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    send_line(s, &b);
}

void irc_error(struct irc *s, const char *reason)
{
    struct buf b = {0};
    irc_leave(s, reason);
    buf_addf(&b, "ERROR :Closing link: %s", reason);
    send_line(s, &b);
    conn_finish(s->conn, true);
}

void irc_result(struct irc *s, enum chat_result result, struct str what)
{
    static const struct {
        enum irc_numeric numeric;
        const char *text;
    } replies[] = {
        [CHAT_NAME_BAD] = {ERR_ERRONEUSNICKNAME, "Not a name that can be used here"},
        [CHAT_NAME_TAKEN] = {ERR_NICKNAMEINUSE, "Nickname is already in use"},
        [CHAT_NAME_OWNED] = {ERR_NICKNAMEINUSE,
                             "This name belongs to an account; log in as it first"},
        [CHAT_NAME_RESERVED] = {ERR_ERRONEUSNICKNAME, "This name is reserved"},
        [CHAT_NO_ROOM] = {ERR_NOSUCHCHANNEL, "No such channel"},
        [CHAT_ROOM_BAD] = {ERR_BADCHANMASK, "Not a channel name that can be used here"},
        [CHAT_NO_USER] = {ERR_NOSUCHNICK, "No such nick/channel"},
        [CHAT_NOT_MEMBER] = {ERR_NOTONCHANNEL, "You're not on that channel"},
        [CHAT_NOT_OP] = {ERR_CHANOPRIVSNEEDED, "You're not channel operator"},
        [CHAT_MUTE] = {ERR_CANNOTSENDTOCHAN, "Cannot send to channel"},
        [CHAT_BANNED] = {ERR_BANNEDFROMCHAN, "Cannot join channel (+b)"},
        [CHAT_NEEDS_INVITE] = {ERR_INVITEONLYCHAN, "Cannot join channel (+i)"},
        [CHAT_NEEDS_KEY] = {ERR_BADCHANNELKEY, "Cannot join channel (+k)"},
        [CHAT_FULL] = {ERR_CHANNELISFULL, "Cannot join channel (+l)"},
        [CHAT_TOO_MANY] = {ERR_TOOMANYCHANNELS, "You have joined too many channels"},
        [CHAT_NO_MEMORY] = {ERR_NOSUCHCHANNEL, "Out of memory"},
    };
    if (result == CHAT_OK || result == CHAT_UNCHANGED)
        return;
    irc_reply(s, replies[result].numeric, "%.*s :%s", (int)what.n, what.p, replies[result].text);
}

/* --- what happens in the chat --- */

static void add_source(struct buf *b, const struct chat_event *ev, const char *server)
{
    if (ev->from != NULL)
        buf_addf(b, ":%s!%s@%s ", ev->from->name, ev->from->ident, ev->from->host);
    else
        buf_addf(b, ":%s ", server);
}

/* One or more lines: text by datagram may be longer than a line of IRC. */
static void add_said(struct buf *b, const struct chat_event *ev, const char *server)
{
    const char *target = ev->room != NULL ? ev->room->name : ev->target->name;
    struct str rest = ev->text;
    do {
        const size_t start = b->len;
        add_source(b, ev, server);
        buf_addf(b, "%s %s :", ev->kind == CHAT_SAY ? "PRIVMSG" : "NOTICE", target);
        const size_t head = b->len - start;
        const size_t n = utf8_cut(rest.p, rest.n, IRC_LINE_MAX - head);
        buf_add(b, rest.p, n);
        end_line(b, start);
        rest = (struct str){rest.p + n, rest.n - n};
    } while (rest.n > 0 && !b->failed);
}

static void add_text(struct buf *b, struct str text)
{
    if (text.n > 0) {
        buf_adds(b, " :");
        buf_add(b, text.p, text.n);
    }
}

static void add_event(struct buf *b, const struct chat_event *ev, const char *server)
{
    if (ev->kind == CHAT_SAY || ev->kind == CHAT_NOTICE) {
        add_said(b, ev, server);
        return;
    }
    add_source(b, ev, server);
    switch (ev->kind) {
    case CHAT_JOIN: buf_addf(b, "JOIN %s", ev->room->name); break;
    case CHAT_PART:
        buf_addf(b, "PART %s", ev->room->name);
        add_text(b, ev->text);
        break;
    case CHAT_QUIT: buf_addf(b, "QUIT :%s", ev->text.p); break;
    case CHAT_RENAME: buf_addf(b, "NICK %s", ev->text.p); break;
    case CHAT_TOPIC: buf_addf(b, "TOPIC %s :%s", ev->room->name, ev->text.p); break;
    case CHAT_MODE:
        buf_addf(b, "MODE %s ", ev->room->name);
        buf_add(b, ev->text.p, ev->text.n);
        break;
    case CHAT_KICK:
        buf_addf(b, "KICK %s %s :%s", ev->room->name, ev->target->name,
                 ev->text.n > 0 ? ev->text.p : ev->from->name);
        break;
    case CHAT_INVITE: buf_addf(b, "INVITE %s %s", ev->target->name, ev->room->name); break;
    case CHAT_SAY:
    case CHAT_NOTICE:
    case CHAT_ADMIN: break;
    }
    end_line(b, 0);
}

/* The line, made once for all receivers; NULL when memory is out. */
static struct blk *coded(struct chat_event *ev, const char *server)
{
    struct blk *blk = chat_coded(ev, &irc_user_ops);
    if (blk != NULL)
        return blk;
    struct buf b = {0};
    add_event(&b, ev, server);
    blk = b.failed ? NULL : blk_new(b.len);
    if (blk != NULL) {
        memcpy(blk->data, buf_data(&b), b.len);
        blk->len = (uint32_t)b.len;
        chat_keep_coded(ev, &irc_user_ops, blk);
        blk = chat_coded(ev, &irc_user_ops);
    }
    buf_free(&b);
    return blk;
}

static void on_event(struct user *u, struct chat_event *ev)
{
    struct irc *s = u->session;
    if (s->conn->closing)
        return;
    if (ev->kind == CHAT_ADMIN) { /* where it is seen: clients show notices to a person apart */
        const struct room *lobby = irc_chat(s)->lobby;
        irc_server_line(s, "NOTICE %s :[administrator] %s",
                        room_member(lobby, u) != NULL ? lobby->name : u->name, ev->text.p);
        return;
    }
    struct blk *blk = coded(ev, irc_chat(s)->server);
    if (blk == NULL) {
        conn_close(s->conn, CLOSE_MEMORY);
        return;
    }
    conn_share(s->conn, blk);
    check_sendq(s);
}

static void on_kick(struct user *u, const char *reason)
{
    struct irc *s = u->session;
    struct buf b = {0};
    buf_addf(&b, "Kicked by the administrator%s%s", reason[0] != '\0' ? ": " : "", reason);
    irc_error(s, buf_str(&b));
    buf_free(&b);
}

const struct user_ops irc_user_ops = {.proto = "irc", .event = on_event, .kick = on_kick};

/* --- lists of words --- */

void irc_words_add(struct irc_words *w, const char *prefix, const char *word)
{
    const size_t room =
        IRC_LINE_MAX - strlen(irc_chat(w->s)->server) - strlen(nick_of(w->s)) - strlen(w->lead) - 8;
    if (w->line.len > 0 && w->line.len + strlen(prefix) + strlen(word) + 1 > room)
        irc_words_end(w);
    buf_addf(&w->line, "%s%s%s", w->line.len > 0 ? " " : "", prefix, word);
}

void irc_words_end(struct irc_words *w)
{
    if (w->line.len > 0)
        irc_reply(w->s, w->numeric, "%s%s", w->lead, buf_str(&w->line));
    buf_free(&w->line);
}
