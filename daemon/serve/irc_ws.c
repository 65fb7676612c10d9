/* irc_ws.c: IRC by WebSocket, as IRCv3 has it: each message is one line, without its end. */
#include "serve/irc.h"

#include <string.h>

enum { MESSAGE_MAX = 16 << 10 }; /* bytes; a line is shorter, and one that is too long is told so */

static int message(struct conn *c, struct str m, bool binary)
{
    struct irc *s = c->session;
    (void)binary; /* either will do */
    if (m.n > 0 && m.p[m.n - 1] == '\n')
        m.n--;
    if (m.n > 0 && m.p[m.n - 1] == '\r')
        m.n--;
    if (m.n > 0 && memchr(m.p, '\n', m.n) != NULL) {
        irc_serve(s)->metrics->irc_refused++;
        irc_fail(s, "*", "INVALID_MESSAGE", STR(""), "A WebSocket message is one line of IRC");
        return 1;
    }
    return irc_take_line(s, m);
}

static void over(struct conn *c, const char *why)
{
    irc_leave(c->session, why);
}

void irc_upgraded(struct conn *c, const struct door_upgrade *up)
{
    static const struct ws_ops ops = {.message_max = MESSAGE_MAX, .message = message, .over = over};
    struct irc *s = c->session;
    s->ws = ws_open(c, &ops, up->binary);
    if (s->ws == NULL)
        conn_close(c, CLOSE_MEMORY);
    else if (up->account != NULL)
        irc_come_as(s, up->account);
}

/* http leads to it, though it may listen nowhere. */
bool irc_silent(const struct conf_sect *sect)
{
    return sect->label[0] == '\0';
}

unsigned irc_ws_variant(const struct irc *s)
{
    return s->ws == NULL ? 0 : ws_binary(s->ws) ? IRC_WS_BINARY : IRC_WS_TEXT;
}

void irc_ws_frames(struct buf *b, unsigned variant)
{
    const enum ws_opcode opcode = variant & IRC_WS_BINARY ? WS_BINARY : WS_TEXT;
    struct str rest = {buf_data(b), b->len}, line;
    struct buf frames = {0};
    if (!(variant & (IRC_WS_TEXT | IRC_WS_BINARY)) || b->failed)
        return;
    while (str_split(&rest, '\n', &line))
        if (line.n > 1)
            ws_add(&frames, opcode, (struct str){line.p, line.n - 1});
    buf_free(b);
    *b = frames;
}
