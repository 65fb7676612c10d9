/* irc_person.c: SETNAME, SILENCE, KNOCK. */
#include "serve/irc.h"

#include "model/chat_text.h"

#include <string.h>

void irc_setname(struct irc *s, const struct irc_msg *m)
{
    char clean[REAL_BYTES_MAX + 1];
    if (chat_text_clean(clean, sizeof clean, m->param[0]) > 0)
        chat_set_name(irc_chat(s), &s->user, str_of(clean));
    else
        irc_fail(s, "SETNAME", "INVALID_REALNAME", STR(""), "This is no real name");
}

/* --- SILENCE --- */

static void show_silence(struct irc *s)
{
    list_each(n, &s->user.silence)
        irc_reply(s, RPL_SILELIST, "%s %s", s->user.name, list_entry(n, struct mask, link)->text);
    irc_reply(s, RPL_ENDOFSILELIST, ":End of silence list");
}

static void tell_silence(struct irc *s, char sign, const char *mask)
{
    irc_line_from(s, &s->user, "SILENCE %c%s", sign, mask);
}

static void add_silence(struct irc *s, const char *mask)
{
    struct user *u = &s->user;
    if (masks_find(&u->silence, mask) != NULL)
        return;
    if (u->silenced >= SILENCE_MAX ||
        masks_add(&u->silence, mask, u->name, irc_chat(s)->clock->wall) == NULL) {
        irc_reply(s, ERR_SILELISTFULL, "%s :Your silence list is full", mask);
        return;
    }
    u->silenced++;
    tell_silence(s, '+', mask);
}

static void end_silence(struct irc *s, const char *mask)
{
    struct mask *m = masks_find(&s->user.silence, mask);
    if (m == NULL)
        return;
    masks_remove(m);
    s->user.silenced--;
    tell_silence(s, '-', mask);
}

void irc_silence(struct irc *s, const struct irc_msg *m)
{
    struct str arg = irc_param(m, 0);
    char mask[MASK_BYTES_MAX];
    if (arg.n == 0 || chat_user(irc_chat(s), arg) == &s->user) {
        show_silence(s);
        return;
    }
    const bool off = arg.p[0] == '-';
    if (off || arg.p[0] == '+')
        arg = (struct str){arg.p + 1, arg.n - 1};
    if (!mask_whole(arg, mask))
        irc_reply(s, ERR_NEEDMOREPARAMS,
                  "SILENCE :It takes a mask behind + or -: name, user@host, ~a:account");
    else if (off)
        end_silence(s, mask);
    else
        add_silence(s, mask);
}

/* --- KNOCK --- */

void irc_knock(struct irc *s, const struct irc_msg *m)
{
    struct room *r = chat_room(irc_chat(s), m->param[0]);
    if (r == NULL || !(irc_sees(s, r) || (r->modes & ROOM_PRIVATE))) {
        irc_result(s, CHAT_NO_ROOM, m->param[0]);
        return;
    }
    const enum chat_result result = chat_knock(irc_chat(s), &s->user, r, irc_param(m, 1));
    switch (result) {
    case CHAT_OK: irc_reply(s, RPL_KNOCKDLVR, "%s :Your KNOCK has been delivered", r->name); break;
    case CHAT_TOO_FAST: irc_reply(s, ERR_TOOMANYKNOCK, "%s :Too many KNOCKs", r->name); break;
    case CHAT_UNCHANGED: irc_reply(s, ERR_CHANOPEN, "%s :Channel is open", r->name); break;
    case CHAT_TARGET_PRESENT:
        irc_reply(s, ERR_KNOCKONCHAN, "%s :You are on that channel already", r->name);
        break;
    default: irc_result(s, result, str_of(r->name)); break;
    }
}
