#include "parse/irc_msg.h"

#include <string.h>

/* Cuts the next word, and the blanks behind it, off *rest. */
static struct str word(struct str *rest)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != ' ')
        n++;
    const struct str w = {rest->p, n};
    while (n < rest->n && rest->p[n] == ' ')
        n++;
    rest->p += n;
    rest->n -= n;
    return w;
}

static bool take_command(struct irc_msg *m, struct str w)
{
    if (w.n == 0 || w.n > IRC_COMMAND_MAX)
        return false;
    for (size_t i = 0; i < w.n; i++) {
        const char c = text_upper(w.p[i]);
        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9'))
            return false;
        m->command[i] = c;
    }
    return true;
}

static void take_params(struct irc_msg *m, struct str rest)
{
    while (rest.n > 0 && m->params < IRC_PARAMS_MAX) {
        if (rest.p[0] == ':' || m->params == IRC_PARAMS_MAX - 1) {
            m->trailing = true;
            if (rest.p[0] == ':')
                rest = (struct str){rest.p + 1, rest.n - 1};
            m->param[m->params++] = rest;
            return;
        }
        m->param[m->params++] = word(&rest);
    }
}

enum irc_msg_result irc_msg_parse(struct irc_msg *m, struct str line)
{
    *m = (struct irc_msg){0};
    if (line.n > 0 &&
        (memchr(line.p, '\0', line.n) != NULL || memchr(line.p, '\r', line.n) != NULL))
        return IRC_MSG_BAD;
    if (line.n > 0 && line.p[0] == '@') {
        m->tags = word(&line);
        m->tags = (struct str){m->tags.p + 1, m->tags.n - 1};
        if (m->tags.n > IRC_TAGS_MAX)
            return IRC_MSG_LONG;
    }
    if (line.n > IRC_LINE_MAX)
        return IRC_MSG_LONG;
    while (line.n > 0 && line.p[0] == ' ')
        line.p++, line.n--;
    if (line.n == 0)
        return m->tags.p != NULL ? IRC_MSG_BAD : IRC_MSG_EMPTY;
    if (line.p[0] == ':') {
        m->source = word(&line);
        m->source = (struct str){m->source.p + 1, m->source.n - 1};
    }
    if (!take_command(m, word(&line)))
        return IRC_MSG_BAD;
    take_params(m, line);
    return IRC_MSG_OK;
}
