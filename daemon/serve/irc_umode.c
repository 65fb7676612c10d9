/* irc_umode.c: MODE of oneself. */
#include "serve/irc.h"

#include <string.h>

static const struct {
    char letter;
    enum user_mode mode;
} modes[] = {{'B', USER_BOT}, {'i', USER_INVISIBLE}, {'o', USER_OPER}, {'w', USER_WALLOPS}};
enum { MODES = sizeof modes / sizeof modes[0] };

/* Adds the letters of these modes behind the sign, or nothing. */
static void add_letters(struct buf *b, char sign, unsigned set)
{
    if (set != 0)
        buf_addc(b, sign);
    for (int i = 0; i < MODES; i++)
        if (set & (unsigned)modes[i].mode)
            buf_addc(b, modes[i].letter);
}

void irc_user_modes(const struct user *u, char out[8])
{
    size_t n = 0;
    out[n++] = '+';
    for (int i = 0; i < MODES; i++)
        if (u->modes & (unsigned)modes[i].mode)
            out[n++] = modes[i].letter;
    out[n] = '\0';
}

static unsigned mode_of(uint32_t letter)
{
    for (int i = 0; i < MODES; i++)
        if ((uint32_t)modes[i].letter == letter)
            return modes[i].mode;
    return 0;
}

/* What `text` makes of `was`; false when it has letters that there are none of. */
static bool apply(struct str text, unsigned was, unsigned *set)
{
    bool on = true, known = true;
    *set = was;
    while (text.n > 0) {
        uint32_t cp;
        const size_t n = utf8_next(text.p, text.n, &cp);
        const unsigned mode = mode_of(cp);
        if (cp == '+' || cp == '-')
            on = cp == '+';
        else if (mode == 0)
            known = false;
        else if (!on)
            *set &= ~mode;
        else if (mode != USER_OPER) /* which OPER gives */
            *set |= mode;
        text = (struct str){text.p + n, text.n - n};
    }
    return known;
}

void irc_tell_umode(struct irc *s, unsigned was)
{
    const struct user *u = &s->user;
    struct buf b = {0};
    if (u->modes == was)
        return;
    add_letters(&b, '+', u->modes & ~was);
    add_letters(&b, '-', was & ~u->modes);
    irc_line_from(s, u, "MODE %s %s", u->name, buf_str(&b));
    buf_free(&b);
}

void irc_user_mode(struct irc *s, const struct irc_msg *m)
{
    char letters[8];
    struct user *u = &s->user;
    const struct user *who = chat_user(irc_chat(s), m->param[0]);
    if (who == NULL) {
        irc_result(s, CHAT_NO_USER, m->param[0]);
        return;
    }
    if (who != u) {
        irc_reply(s, ERR_USERSDONTMATCH, ":Can't change mode for other users");
        return;
    }
    if (m->params == 1) {
        irc_user_modes(u, letters);
        irc_reply(s, RPL_UMODEIS, "%s", letters);
        return;
    }
    unsigned was = u->modes, set;
    if (!apply(m->param[1], was, &set))
        irc_reply(s, ERR_UMODEUNKNOWNFLAG, ":Unknown MODE flag");
    chat_set_mode(irc_chat(s), u, set & ~was, true);
    chat_set_mode(irc_chat(s), u, was & ~set & ~(unsigned)USER_OPER, false);
    irc_tell_umode(s, was);
    if (was & ~set & USER_OPER)
        irc_deop(s);
}
