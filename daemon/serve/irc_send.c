/* irc_send.c: lines to one client: what its commands are answered with (with labels, where it asked
 * for them), and what it shares with others. */
#include "serve/irc.h"

#include "parse/irc_tags.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STRANGERS_LEAST = 16 << 10 }; /* bytes that may wait for one, whatever sendq says */

/* An answer with a label (IRCv3 labeled-response): one line has it as a tag, several go in a batch
 * that has it. Which of them it will be shows with the second line: the first waits for it. */
struct irc_label {
    char text[IRC_LABEL_MAX * 2]; /* escaped */
    bool waits;                   /* what is sent is no answer */
    bool open;                    /* the batch has begun */
    bool held;                    /* the first line is here */
    bool inner;                   /* and of another batch */
    struct buf tags, line;
};

static struct str content(const struct buf *b)
{
    return (struct str){buf_data(b), b->len};
}

uint64_t irc_sendq(const struct irc *s)
{
    const uint64_t most = (uint64_t)irc_serve(s)->conf->limits->sendq;
    if (irc_is_stranger(s))
        return most / 16 > STRANGERS_LEAST ? most / 16 : STRANGERS_LEAST;
    if (s->oper != NULL)
        return most * 4;
    return s->user.account != NULL ? most * 2 : most;
}

/* Only what the peer does not take counts: a busy turn may make more than that. */
static void check_sendq(struct irc *s)
{
    const uint64_t most = irc_sendq(s);
    if (s->conn->out.bytes > most)
        conn_send(s->conn);
    if (s->conn->out.bytes > most)
        conn_close(s->conn, CLOSE_SLOW);
}

/* Puts it into the queue. tags may be empty. */
static void put(struct irc *s, struct str tags, struct str line)
{
    struct buf b = {0};
    if (tags.n > 0) {
        buf_addc(&b, '@');
        buf_add(&b, tags.p, tags.n);
        buf_addc(&b, ' ');
    }
    buf_add(&b, line.p, line.n);
    if (s->ws != NULL && !b.failed) {
        ws_say(s->ws, content(&b));
    } else {
        buf_adds(&b, "\r\n");
        conn_write_buf(s->conn, &b);
    }
    buf_free(&b);
}

void irc_share(struct irc *s, const struct chat_line *line)
{
    conn_share_part(s->conn, line->blk, line->off, line->len);
    check_sendq(s);
}

/* --- labels --- */

/* The batch's name: there is one of this kind at a time. */
#define LABEL_BATCH "label"

/* A line of the answer that has become a batch; those of another batch are of that one already. */
static void put_in_batch(struct irc *s, struct str tags, struct str line, bool inner)
{
    struct buf b = {0};
    if (!inner)
        buf_adds(&b, "batch=" LABEL_BATCH);
    if (!inner && tags.n > 0)
        buf_addc(&b, ';');
    buf_add(&b, tags.p, tags.n);
    put(s, content(&b), line);
    buf_free(&b);
}

static void put_labelled(struct irc *s, struct irc_label *l, struct str tags, struct str line)
{
    struct buf b = {0};
    buf_addf(&b, "label=%s%s", l->text, tags.n > 0 ? ";" : "");
    buf_add(&b, tags.p, tags.n);
    put(s, content(&b), line);
    buf_free(&b);
}

static void open_batch(struct irc *s, struct irc_label *l)
{
    struct buf b = {0};
    buf_addf(&b, ":%s BATCH +" LABEL_BATCH " labeled-response", irc_chat(s)->server);
    put_labelled(s, l, STR(""), content(&b));
    put_in_batch(s, content(&l->tags), content(&l->line), l->inner);
    l->open = true;
    buf_free(&b);
    buf_free(&l->tags);
    buf_free(&l->line);
}

void irc_answer(struct irc *s, struct str tags, struct str line, bool inner)
{
    struct irc_label *l = s->label;
    if (l == NULL || l->waits) {
        put(s, tags, line);
    } else if (l->held) {
        if (!l->open)
            open_batch(s, l);
        put_in_batch(s, tags, line, inner);
    } else {
        buf_add(&l->tags, tags.p, tags.n);
        buf_add(&l->line, line.p, line.n);
        l->inner = inner;
        l->held = true;
    }
    check_sendq(s);
}

bool irc_is_answering(const struct irc *s)
{
    return s->label != NULL && !s->label->waits;
}

void irc_label_begin(struct irc *s, const char *label)
{
    struct buf b = {0};
    struct irc_label *l = calloc(1, sizeof *l);
    irc_tags_escape(&b, str_of(label));
    if (l == NULL || b.failed)
        conn_close(s->conn, CLOSE_MEMORY);
    else
        text_copy(l->text, sizeof l->text, buf_str(&b));
    buf_free(&b);
    irc_label_free(s);
    s->label = l;
}

void irc_label_wait(struct irc *s, bool waits)
{
    if (s->label != NULL)
        s->label->waits = waits;
}

void irc_label_end(struct irc *s)
{
    struct irc_label *l = s->label;
    struct buf b = {0};
    if (l == NULL)
        return;
    if (l->open) {
        buf_addf(&b, ":%s BATCH -" LABEL_BATCH, irc_chat(s)->server);
        put(s, STR(""), content(&b));
    } else if (l->held) {
        put_labelled(s, l, content(&l->tags), content(&l->line));
    } else {
        buf_addf(&b, ":%s ACK", irc_chat(s)->server);
        put_labelled(s, l, STR(""), content(&b));
    }
    buf_free(&b);
    irc_label_free(s);
}

void irc_label_free(struct irc *s)
{
    if (s->label == NULL)
        return;
    buf_free(&s->label->tags);
    buf_free(&s->label->line);
    free(s->label);
    s->label = NULL;
}

void irc_go_on(struct irc *s)
{
    irc_label_wait(s, false);
}

void irc_gone_on(struct irc *s)
{
    irc_label_end(s);
    conn_resume(s->conn);
    conn_again(s->conn);
}

/* --- answers --- */

static void send_line(struct irc *s, const char *tags, struct buf *b, bool inner)
{
    if (b->failed)
        conn_close(s->conn, CLOSE_MEMORY);
    else
        irc_answer(s, str_of(tags),
                   (struct str){buf_data(b), utf8_cut(buf_data(b), b->len, IRC_LINE_MAX)}, inner);
    buf_free(b);
}

void irc_send(struct irc *s, const char *tags, struct buf *line)
{
    send_line(s, tags, line, false);
}

void irc_send_inner(struct irc *s, const char *tags, struct buf *line)
{
    send_line(s, tags, line, true);
}

const char *irc_nick(const struct irc *s)
{
    if (s->registered)
        return s->user.name;
    return s->nick[0] != '\0' ? s->nick : "*";
}

void irc_line(struct irc *s, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    irc_send(s, "", &b);
}

void irc_reply(struct irc *s, enum irc_numeric n, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    buf_addf(&b, ":%s %03d %s ", irc_chat(s)->server, (int)n, irc_nick(s));
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    irc_send(s, "", &b);
}

void irc_server_line(struct irc *s, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    buf_addf(&b, ":%s ", irc_chat(s)->server);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    irc_send(s, "", &b);
}

void irc_full_name(const struct user *u, char out[IRC_FULL_NAME_MAX])
{
    snprintf(out, IRC_FULL_NAME_MAX, "%s!%s@%s", u->name, u->ident, u->host);
}

void irc_line_from(struct irc *s, const struct user *from, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    buf_addf(&b, ":%s!%s@%s ", from->name, from->ident, from->host);
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    irc_send(s, "", &b);
}

void irc_fail(struct irc *s, const char *command, const char *code, struct str context,
              const char *text)
{
    irc_server_line(s, "FAIL %s %s %.*s%s:%s", command, code, (int)context.n, context.p,
                    context.n > 0 ? " " : "", text);
}

void irc_error(struct irc *s, const char *reason)
{
    irc_end(s, door_of(s->conn)->closing ? WS_GOING_AWAY : WS_NORMAL, reason);
}

void irc_end(struct irc *s, enum ws_code code, const char *reason)
{
    irc_leave(s, reason);
    irc_line(s, "ERROR :Closing link: %s", reason);
    irc_label_end(s);
    if (s->ws != NULL)
        ws_finish(s->ws, code, reason);
    else
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
        [CHAT_ROOM_TAKEN] = {ERR_BADCHANMASK, "There is a channel of that name"},
        [CHAT_ROOM_FIXED] = {ERR_BADCHANMASK, "This channel keeps its name"},
        [CHAT_NO_USER] = {ERR_NOSUCHNICK, "No such nick/channel"},
        [CHAT_NOT_MEMBER] = {ERR_NOTONCHANNEL, "You're not on that channel"},
        [CHAT_NOT_OP] = {ERR_CHANOPRIVSNEEDED, "You're not channel operator"},
        [CHAT_MUTE] = {ERR_CANNOTSENDTOCHAN, "Cannot send to channel"},
        [CHAT_BANNED] = {ERR_BANNEDFROMCHAN, "Cannot join channel (+b)"},
        [CHAT_NEEDS_INVITE] = {ERR_INVITEONLYCHAN, "Cannot join channel (+i)"},
        [CHAT_NEEDS_KEY] = {ERR_BADCHANNELKEY, "Cannot join channel (+k)"},
        [CHAT_FULL] = {ERR_CHANNELISFULL, "Cannot join channel (+l)"},
        [CHAT_TOO_FAST] = {ERR_TOOMANYKNOCK, "Too often"},
        [CHAT_TOO_MANY] = {ERR_TOOMANYCHANNELS, "You have joined too many channels"},
        [CHAT_NO_MEMORY] = {ERR_NOSUCHCHANNEL, "Out of memory"},
    };
    if (result == CHAT_OK || result == CHAT_UNCHANGED)
        return;
    irc_reply(s, replies[result].numeric, "%.*s :%s", (int)what.n, what.p, replies[result].text);
}

/* --- lists of words --- */

/* How many bytes of words a line carries. */
static size_t width_of(const struct irc_words *w)
{
    const size_t room = IRC_LINE_MAX - strlen(irc_chat(w->s)->server) - strlen(irc_nick(w->s)) -
                        strlen(w->lead) - 8;
    return w->width > 0 && w->width < room ? w->width : room;
}

void irc_words_add(struct irc_words *w, const char *prefix, const char *word)
{
    const size_t n = strlen(prefix) + strlen(word);
    if (w->line.len == 0)
        w->width = width_of(w);
    else if (w->line.len + n + 1 > w->width)
        irc_words_end(w);
    if (w->line.len > 0)
        buf_addc(&w->line, w->between != '\0' ? w->between : ' ');
    buf_adds(&w->line, prefix);
    buf_adds(&w->line, word);
}

void irc_words_end(struct irc_words *w)
{
    if (w->line.len > 0)
        irc_reply(w->s, w->numeric, "%s%s", w->lead, buf_str(&w->line));
    buf_free(&w->line);
}
