/* irc_ws.c: IRC by WebSocket, as IRCv3 has it: each message is one line, without its end. */
#include "serve/irc.h"

#include <string.h>

enum { MESSAGE_MAX = 16 << 10 }; /* bytes; a line is shorter, and one that is too long is told so */

static int message(struct conn *c, struct str m, bool binary)
{
    struct irc *s = c->session;
    (void)binary; /* either will do */
    s->pinged = false;
    if (m.n > 0 && m.p[m.n - 1] == '\n')
        m.n--;
    if (m.n > 0 && m.p[m.n - 1] == '\r')
        m.n--;
    if (m.n > 0 && memchr(m.p, '\n', m.n) != NULL) {
        irc_serve(s)->metrics->irc_refused++;
        irc_server_line(s, "FAIL * INVALID_MESSAGE :A WebSocket message is one line of IRC");
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
