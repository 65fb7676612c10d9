/* irc_event.c: what happens in the chat, as lines. A line is written once for each set of
 * capabilities that matters to it, and shared by all clients that have these. */
#include "serve/irc.h"

#include "base/date.h"
#include "parse/irc_tags.h"

#include <stdio.h>
#include <string.h>

/* Tags that any line may have. */
enum { TAG_CAPS = IRC_CAP_TAGS | IRC_CAP_TIME | IRC_CAP_ACCOUNT_TAG };

void irc_id_text(char out[IRC_ID_MAX], uint64_t id)
{
    *text_put(out, 16, IRC_ID_MAX - 1, '0', id) = '\0';
}

bool irc_id_parse(struct str text, uint64_t *id)
{
    uint64_t n = 0;
    if (text.n != IRC_ID_MAX - 1)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        const int digit = text_hex(text.p[i]);
        if (digit < 0)
            return false;
        n = n << 4 | (unsigned)digit;
    }
    *id = n;
    return true;
}

/* --- writing lines --- */

struct writer {
    struct buf *b;
    const struct chat_event *ev;
    const struct irc_form *form;
};

static void add_tag(struct writer *w, size_t start, const char *key)
{
    buf_addc(w->b, w->b->len == start ? '@' : ';');
    buf_adds(w->b, key);
}

/* The tags of a line, and the blank behind them. first: of the message itself, not of its further
 * lines. */
static void add_tags(struct writer *w, bool first)
{
    const struct chat_event *ev = w->ev;
    const size_t start = w->b->len;
    char text[DATE_TEXT_MAX];
    if (w->form->batch != NULL) {
        add_tag(w, start, "batch=");
        buf_adds(w->b, w->form->batch);
    }
    if (w->form->caps & IRC_CAP_TIME) {
        add_tag(w, start, "time=");
        date_iso_ms(text, ev->at);
        buf_adds(w->b, text);
    }
    if ((w->form->caps & IRC_CAP_ACCOUNT_TAG) && ev->from != NULL && ev->from->account != NULL) {
        add_tag(w, start, "account=");
        irc_tags_escape(w->b, str_of(ev->from->account->name));
    }
    if ((w->form->caps & IRC_CAP_TAGS) && ev->from != NULL && (ev->from->modes & USER_BOT))
        add_tag(w, start, "bot");
    if ((w->form->caps & IRC_CAP_TAGS) && first) {
        add_tag(w, start, "msgid=");
        irc_id_text(text, ev->id);
        buf_adds(w->b, text);
        if (ev->tags.n > 0) {
            buf_addc(w->b, ';');
            buf_add(w->b, ev->tags.p, ev->tags.n);
        }
    }
    if (w->b->len > start)
        buf_addc(w->b, ' ');
}

static void add_source(struct writer *w)
{
    const struct user *u = w->ev->from;
    buf_addc(w->b, ':');
    buf_adds(w->b, u != NULL ? u->name : w->form->server);
    if (u != NULL) {
        buf_addc(w->b, '!');
        buf_adds(w->b, u->ident);
        buf_addc(w->b, '@');
        buf_adds(w->b, u->host);
    }
    buf_addc(w->b, ' ');
}

/* Ends the line that began at `start` (behind its tags): cuts it to what one may hold. */
static void end_line(struct buf *b, size_t start)
{
    if (b->failed)
        return;
    buf_cut(b, start + utf8_cut(buf_data(b) + start, b->len - start, IRC_LINE_MAX));
    buf_add(b, "\r\n", 2);
}

static void add_target(struct writer *w)
{
    const struct chat_event *ev = w->ev;
    if (ev->least != MEMBER_PLAIN)
        buf_addc(w->b, ev->least == MEMBER_OP ? '@' : '+');
    buf_adds(w->b, ev->room != NULL ? ev->room->name : ev->target->name);
}

static const char *command_of(const struct chat_event *ev)
{
    return ev->kind == CHAT_SAY ? "PRIVMSG " : ev->kind == CHAT_NOTICE ? "NOTICE " : "TAGMSG ";
}

/* One line with as much of *rest as fits, which goes off it. */
static void add_piece(struct writer *w, struct str *rest)
{
    const size_t start = w->b->len;
    add_source(w);
    buf_adds(w->b, command_of(w->ev));
    add_target(w);
    buf_adds(w->b, " :");
    const size_t n = utf8_cut(rest->p, rest->n, IRC_LINE_MAX - (w->b->len - start));
    buf_add(w->b, rest->p, n);
    end_line(w->b, start);
    *rest = (struct str){rest->p + n, rest->n - n};
}

/* As lines of their own, in order; empty ones would be refused by clients. */
static void add_separate(struct writer *w)
{
    struct str rest = w->ev->text, line;
    bool first = true;
    while (str_split(&rest, '\n', &line))
        while (line.n > 0 && !w->b->failed) {
            add_tags(w, first);
            add_piece(w, &line);
            first = false;
        }
}

/* As a batch (draft/multiline): its tags are the message's. */
static void add_batch(struct writer *w)
{
    char ref[IRC_ID_MAX];
    struct str rest = w->ev->text, line;
    irc_id_text(ref, w->ev->id);
    add_tags(w, true);
    add_source(w);
    buf_addf(w->b, "BATCH +%s draft/multiline ", ref);
    add_target(w);
    buf_adds(w->b, "\r\n");
    while (str_split(&rest, '\n', &line)) {
        bool more = false;
        do {
            buf_addf(w->b, "@batch=%s%s ", ref, more ? ";draft/multiline-concat" : "");
            add_piece(w, &line);
            more = true;
        } while (line.n > 0 && !w->b->failed);
    }
    if (w->form->batch != NULL)
        buf_addf(w->b, "@batch=%s ", w->form->batch);
    buf_addf(w->b, ":%s BATCH -%s\r\n", w->form->server, ref);
}

/* Does the text take more than one line? */
static bool is_long(const struct chat_event *ev)
{
    return ev->text.n > 0 &&
           (memchr(ev->text.p, '\n', ev->text.n) != NULL || ev->text.n > IRC_LINE_MAX / 2);
}

static bool as_batch(const struct chat_event *ev, unsigned caps)
{
    const unsigned needs = IRC_CAP_MULTILINE | IRC_CAP_BATCH;
    return (caps & needs) == needs && memchr(ev->text.p, '\n', ev->text.n) != NULL;
}

static void add_said(struct writer *w)
{
    if (w->ev->text.n > 0 && as_batch(w->ev, w->form->caps)) {
        add_batch(w);
    } else if (is_long(w->ev)) {
        add_separate(w);
    } else {
        struct str rest = w->ev->text;
        add_tags(w, true);
        add_piece(w, &rest);
    }
}

/* The text of what comes from the history has no NUL behind it. */
static void add_all(struct buf *b, const char *before, struct str text)
{
    buf_adds(b, before);
    buf_add(b, text.p, text.n);
}

static void add_text(struct buf *b, struct str text)
{
    if (text.n > 0)
        add_all(b, " :", text);
}

static void add_join(struct writer *w)
{
    const struct user *u = w->ev->from;
    buf_addf(w->b, "JOIN %s", w->ev->room->name);
    if (w->form->caps & IRC_CAP_EXTENDED_JOIN)
        buf_addf(w->b, " %s :%s", u->account != NULL ? u->account->name : "*", u->real);
}

static void add_event(struct writer *w)
{
    const struct chat_event *ev = w->ev;
    struct buf *b = w->b;
    char id[IRC_ID_MAX];
    switch (ev->kind) {
    case CHAT_JOIN: add_join(w); break;
    case CHAT_PART:
        buf_addf(b, "PART %s", ev->room->name);
        add_text(b, ev->text);
        break;
    case CHAT_QUIT: add_all(b, "QUIT :", ev->text); break;
    case CHAT_RENAME: add_all(b, "NICK ", ev->text); break;
    case CHAT_TOPIC:
        buf_addf(b, "TOPIC %s", ev->room->name);
        add_all(b, " :", ev->text);
        break;
    case CHAT_MODE:
        buf_addf(b, "MODE %s ", ev->room->name);
        buf_add(b, ev->text.p, ev->text.n);
        break;
    case CHAT_KICK:
        buf_addf(b, "KICK %s %s", ev->room->name, ev->target->name);
        add_all(b, " :", ev->text.n > 0 ? ev->text : str_of(ev->from->name));
        break;
    case CHAT_INVITE: buf_addf(b, "INVITE %s %s", ev->target->name, ev->room->name); break;
    case CHAT_TAGS:
        buf_adds(b, "TAGMSG ");
        add_target(w);
        break;
    case CHAT_AWAY:
        buf_adds(b, "AWAY");
        add_text(b, ev->text);
        break;
    case CHAT_ACCOUNT:
        buf_addf(b, "ACCOUNT %s", ev->from->account != NULL ? ev->from->account->name : "*");
        break;
    case CHAT_CHGHOST: buf_addf(b, "CHGHOST %s %s", ev->from->ident, ev->from->host); break;
    case CHAT_SETNAME: add_all(b, "SETNAME :", ev->text); break;
    case CHAT_REDACT:
        irc_id_text(id, ev->about);
        buf_adds(b, "REDACT ");
        add_target(w);
        buf_addf(b, " %s", id);
        add_text(b, ev->text);
        break;
    case CHAT_ROOM_RENAME:
        buf_addf(b, "RENAME %s %s", ev->was.p, ev->room->name);
        add_all(b, " :", ev->text);
        break;
    case CHAT_WALLOPS: add_all(b, "WALLOPS :", ev->text); break;
    case CHAT_SAY:
    case CHAT_NOTICE:
    case CHAT_ADMIN:
    case CHAT_KNOCK:
    case CHAT_ONLINE:
    case CHAT_OFFLINE: break;
    }
}

void irc_event_lines(struct buf *b, const struct chat_event *ev, const struct irc_form *form)
{
    struct writer w = {.b = b, .ev = ev, .form = form};
    if (ev->kind == CHAT_SAY || ev->kind == CHAT_NOTICE) {
        add_said(&w);
        return;
    }
    add_tags(&w, true);
    const size_t start = b->len;
    if (ev->kind == CHAT_CHGHOST) /* the source is as it was before */
        buf_addf(b, ":%s!%s ", ev->from->name, ev->was.p);
    else
        add_source(&w);
    add_event(&w);
    end_line(b, start);
}

/* --- for whom --- */

/* What a client must have asked for to be told; 0: nothing. */
static unsigned needs(const struct user *u, const struct chat_event *ev)
{
    const unsigned watches = ev->watched ? IRC_CAP_MONITOR : 0;
    switch (ev->kind) {
    case CHAT_TAGS: return IRC_CAP_TAGS;
    case CHAT_AWAY: return IRC_CAP_AWAY_NOTIFY | watches;
    case CHAT_ACCOUNT: return IRC_CAP_ACCOUNT_NOTIFY | watches;
    case CHAT_CHGHOST: return IRC_CAP_CHGHOST | watches;
    case CHAT_SETNAME: return IRC_CAP_SETNAME | watches;
    case CHAT_REDACT: return IRC_CAP_REDACTION;
    case CHAT_INVITE: return u == ev->target ? 0 : IRC_CAP_INVITE_NOTIFY;
    default: return 0;
    }
}

/* The capabilities that make a difference to how ev is written. */
static unsigned what_matters(const struct chat_event *ev)
{
    unsigned caps = TAG_CAPS;
    if (ev->kind == CHAT_JOIN)
        caps |= IRC_CAP_EXTENDED_JOIN;
    if ((ev->kind == CHAT_SAY || ev->kind == CHAT_NOTICE) && is_long(ev))
        caps |= IRC_CAP_MULTILINE | IRC_CAP_BATCH;
    return caps;
}

unsigned irc_event_caps(const struct irc *s, const struct chat_event *ev)
{
    return s->caps & (ev->matters != 0 ? ev->matters : what_matters(ev));
}

void irc_answer_lines(struct irc *s, struct buf *lines)
{
    struct str rest = {buf_data(lines), lines->len}, line;
    while (!lines->failed && str_split(&rest, '\n', &line) && line.n > 1) {
        struct str tags = STR(""), text = {line.p, line.n - 1};
        if (text.p[0] == '@' && str_split(&text, ' ', &tags))
            tags = (struct str){tags.p + 1, tags.n - 1};
        irc_answer(s, tags, text, tags.n > 6 && memcmp(tags.p, "batch=", 6) == 0);
    }
    if (lines->failed)
        conn_close(s->conn, CLOSE_MEMORY);
    buf_free(lines);
}

static struct irc_form form_for(const struct irc *s, const struct chat_event *ev)
{
    return (struct irc_form){.caps = irc_event_caps(s, ev), .server = irc_chat(s)->server};
}

/* The line, made once for all receivers that see it alike; NULL when memory is out. */
static const struct chat_line *coded(struct chat_event *ev, const struct irc_form *form)
{
    const struct chat_line *line = chat_coded(ev, &irc_user_ops, form->caps);
    struct buf b = {0};
    if (line != NULL)
        return line;
    irc_event_lines(&b, ev, form);
    irc_ws_frames(&b, form->caps);
    return chat_keep_coded(ev, &irc_user_ops, form->caps, &b);
}

/* Who does not know that rooms can be renamed leaves the one and comes into the other. */
static void move_room(struct irc *s, const struct chat_event *ev)
{
    const struct user *u = &s->user;
    irc_line(s, ":%s!%s@%s PART %s :%.*s", u->name, u->ident, u->host, ev->was.p, (int)ev->text.n,
             ev->text.p);
    irc_line(s, ":%s!%s@%s JOIN %s", u->name, u->ident, u->host, ev->room->name);
    if (ev->room->topic[0] != '\0')
        irc_send_topic(s, ev->room);
    irc_send_names(s, ev->room);
}

/* What is told by a numeric, which has the receiver's name in it. */
static void tell_numeric(struct irc *s, const struct chat_event *ev)
{
    char full[IRC_FULL_NAME_MAX];
    irc_full_name(ev->from, full);
    if (ev->kind == CHAT_ONLINE)
        irc_reply(s, RPL_MONONLINE, ":%s", full);
    else if (ev->kind == CHAT_OFFLINE)
        irc_reply(s, RPL_MONOFFLINE, ":%s", ev->from->name);
    else
        irc_reply(s, RPL_KNOCK, "%s %s :has asked for an invite%s%s", ev->room->name, full,
                  ev->text.n > 0 ? ": " : "", ev->text.p);
}

static void on_event(struct user *u, struct chat_event *ev)
{
    struct irc *s = u->session;
    const unsigned asked = needs(u, ev);
    if (s->conn->closing || (s->caps & asked) != asked)
        return;
    if (ev->kind == CHAT_ADMIN) { /* where it is seen: clients show notices to a person apart */
        const struct room *lobby = irc_chat(s)->lobby;
        irc_server_line(s, "NOTICE %s :[administrator] %s",
                        room_member(lobby, u) != NULL ? lobby->name : u->name, ev->text.p);
        return;
    }
    if (ev->kind == CHAT_KNOCK || ev->kind == CHAT_ONLINE || ev->kind == CHAT_OFFLINE) {
        tell_numeric(s, ev);
        return;
    }
    if (ev->kind == CHAT_ROOM_RENAME && !(s->caps & IRC_CAP_RENAME)) {
        move_room(s, ev);
        return;
    }
    if (ev->matters == 0) /* asked once for all receivers */
        ev->matters = what_matters(ev);
    struct irc_form form = form_for(s, ev);
    if (irc_is_answering(s)) { /* what a command of its own brings is part of the answer */
        struct buf b = {0};
        irc_event_lines(&b, ev, &form);
        irc_answer_lines(s, &b);
        return;
    }
    form.caps |= irc_ws_variant(s);
    const struct chat_line *line = coded(ev, &form);
    if (line != NULL)
        irc_share(s, line);
    else if (ev->text.n > 0 || (ev->kind != CHAT_SAY && ev->kind != CHAT_NOTICE))
        conn_close(s->conn, CLOSE_MEMORY);
}

static void on_kick(struct user *u, const char *reason)
{
    struct buf b = {0};
    buf_addf(&b, "Kicked by the administrator%s%s", reason[0] != '\0' ? ": " : "", reason);
    irc_end(u->session, WS_POLICY, buf_str(&b));
    buf_free(&b);
}

const struct user_ops irc_user_ops = {.proto = "irc", .event = on_event, .kick = on_kick};
