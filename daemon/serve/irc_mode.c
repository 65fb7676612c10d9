/* irc_mode.c: MODE, of rooms and of oneself. */
#include "serve/irc.h"

#include <stdio.h>
#include <string.h>

/* A change as it is being made: what is done so far goes to the room in one line. */
struct change {
    struct irc *s;
    struct room *room;
    const struct irc_msg *m;
    unsigned next; /* parameter */
    char sign;     /* of what is being asked for */
    char said;     /* the sign that `letters` ends under; 0 = none yet */
    struct buf letters, args;
};

static const struct {
    char letter;
    enum room_mode mode;
} flags[] = {
    {'i', ROOM_INVITE_ONLY}, {'m', ROOM_MODERATED}, {'n', ROOM_NO_OUTSIDE}, {'t', ROOM_TOPIC_LOCK}};
enum { FLAGS = sizeof flags / sizeof flags[0] };

static void note(struct change *ch, char letter, const char *arg)
{
    if (ch->said != ch->sign)
        buf_addc(&ch->letters, ch->sign);
    ch->said = ch->sign;
    buf_addc(&ch->letters, letter);
    if (arg != NULL) {
        buf_addc(&ch->args, ' ');
        buf_adds(&ch->args, arg);
    }
}

/* The next parameter; false when there is none. */
static bool take_arg(struct change *ch, struct str *arg)
{
    if (ch->next >= ch->m->params)
        return false;
    *arg = ch->m->param[ch->next++];
    return arg->n > 0;
}

static void set_flag(struct change *ch, char letter, enum room_mode mode)
{
    const unsigned modes =
        ch->sign == '+' ? ch->room->modes | (unsigned)mode : ch->room->modes & ~(unsigned)mode;
    if (modes == ch->room->modes)
        return;
    ch->room->modes = modes;
    note(ch, letter, NULL);
}

static void set_status(struct change *ch, char letter)
{
    struct str name;
    if (!take_arg(ch, &name))
        return;
    struct user *u = chat_user(irc_chat(ch->s), name);
    if (u == NULL) {
        irc_result(ch->s, CHAT_NO_USER, name);
        return;
    }
    struct member *mb = room_member(ch->room, u);
    if (mb == NULL) {
        irc_reply(ch->s, ERR_USERNOTINCHANNEL, "%s %s :They aren't on that channel", u->name,
                  ch->room->name);
        return;
    }
    bool *status = letter == 'o' ? &mb->op : &mb->voice;
    if (*status == (ch->sign == '+'))
        return;
    *status = ch->sign == '+';
    note(ch, letter, u->name);
}

static void set_key(struct change *ch)
{
    struct str key = STR("");
    const bool given = take_arg(ch, &key);
    if (ch->sign == '-') {
        if (ch->room->key[0] != '\0')
            note(ch, 'k', "*");
        ch->room->key[0] = '\0';
        return;
    }
    if (!given || key.n > ROOM_KEY_MAX || memchr(key.p, ',', key.n) != NULL ||
        memchr(key.p, ' ', key.n) != NULL || key.p[0] == ':')
        return;
    (void)str_copy(ch->room->key, sizeof ch->room->key, key);
    note(ch, 'k', ch->room->key);
}

static void set_limit(struct change *ch)
{
    struct str arg;
    char text[16];
    uint64_t n;
    if (ch->sign == '-') {
        if (ch->room->limit > 0)
            note(ch, 'l', NULL);
        ch->room->limit = 0;
        return;
    }
    if (!take_arg(ch, &arg) || !text_number(arg, 1000000, &n) || n == 0)
        return;
    ch->room->limit = (unsigned)n;
    snprintf(text, sizeof text, "%u", ch->room->limit);
    note(ch, 'l', text);
}

static void list_bans(struct irc *s, const struct room *r)
{
    list_each(n, &r->bans)
    {
        const struct ban *b = list_entry(n, struct ban, link);
        irc_reply(s, RPL_BANLIST, "%s %s %s %lld", r->name, b->mask, b->by,
                  (long long)(b->at / 1000));
    }
    irc_reply(s, RPL_ENDOFBANLIST, "%s :End of channel ban list", r->name);
}

/* nick, user@host or the whole, as nick!user@host in the form that is compared. */
static bool whole_mask(struct str given, char out[ROOM_MASK_MAX])
{
    char mask[ROOM_MASK_MAX], fold[FOLD_BYTES_MAX];
    const bool at = memchr(given.p, '@', given.n) != NULL;
    const bool bang = memchr(given.p, '!', given.n) != NULL;
    if (given.n > ROOM_MASK_MAX - 8)
        return false;
    snprintf(mask, sizeof mask, "%s%.*s%s", at && !bang ? "*!" : "", (int)given.n, given.p,
             at     ? ""
             : bang ? "@*"
                    : "!*@*");
    if (!name_fold(str_of(mask), fold) || strlen(fold) >= ROOM_MASK_MAX)
        return false;
    text_copy(out, ROOM_MASK_MAX, fold);
    return true;
}

static void set_ban(struct change *ch)
{
    struct str arg;
    char mask[ROOM_MASK_MAX];
    if (!take_arg(ch, &arg)) {
        list_bans(ch->s, ch->room);
        return;
    }
    if (!whole_mask(arg, mask))
        return;
    struct ban *b = room_find_ban(ch->room, mask);
    if (ch->sign == '-') {
        if (b != NULL) {
            room_remove_ban(ch->room, b);
            note(ch, 'b', mask);
        }
        return;
    }
    if (b != NULL)
        return;
    if (room_add_ban(ch->room, mask, ch->s->user.name, irc_chat(ch->s)->clock->wall))
        note(ch, 'b', mask);
    else
        irc_reply(ch->s, ERR_BANLISTFULL, "%s %s :Channel ban list is full", ch->room->name, mask);
}

static void change_one(struct change *ch, char letter)
{
    for (int i = 0; i < FLAGS; i++)
        if (flags[i].letter == letter) {
            set_flag(ch, letter, flags[i].mode);
            return;
        }
    switch (letter) {
    case 'o':
    case 'v': set_status(ch, letter); break;
    case 'k': set_key(ch); break;
    case 'l': set_limit(ch); break;
    case 'b': set_ban(ch); break;
    default: irc_reply(ch->s, ERR_UNKNOWNMODE, "%c :is unknown mode char to me", letter); break;
    }
}

static void show_room(struct irc *s, const struct room *r)
{
    char letters[16] = "+", args[64] = "";
    size_t n = 1;
    const bool member = room_member(r, &s->user) != NULL;
    for (int i = 0; i < FLAGS; i++)
        if (r->modes & (unsigned)flags[i].mode)
            letters[n++] = flags[i].letter;
    if (r->key[0] != '\0')
        letters[n++] = 'k';
    if (r->limit > 0)
        letters[n++] = 'l';
    letters[n] = '\0';
    if (r->key[0] != '\0')
        snprintf(args, sizeof args, " %s", member ? r->key : "*");
    if (r->limit > 0)
        snprintf(args + strlen(args), sizeof args - strlen(args), " %u", r->limit);
    irc_reply(s, RPL_CHANNELMODEIS, "%s %s%s", r->name, letters, args);
    irc_reply(s, RPL_CREATIONTIME, "%s %lld", r->name, (long long)(r->created / 1000));
}

/* Only +b (or b), without a mask, may be asked by anybody: it lists the bans. */
static bool only_lists_bans(const struct irc_msg *m)
{
    return m->params == 2 && (str_eq(m->param[1], "b") || str_eq(m->param[1], "+b"));
}

static void room_mode(struct irc *s, const struct irc_msg *m, struct room *r)
{
    if (m->params == 1) {
        show_room(s, r);
        return;
    }
    if (only_lists_bans(m)) {
        list_bans(s, r);
        return;
    }
    if (!chat_is_op(r, &s->user)) {
        irc_result(s, CHAT_NOT_OP, str_of(r->name));
        return;
    }
    struct change ch = {.s = s, .room = r, .m = m, .next = 2, .sign = '+'};
    for (size_t i = 0; i < m->param[1].n; i++) {
        const char c = m->param[1].p[i];
        if (c == '+' || c == '-')
            ch.sign = c;
        else
            change_one(&ch, c);
    }
    if (ch.letters.len > 0) {
        buf_add(&ch.letters, buf_data(&ch.args), ch.args.len);
        chat_tell_mode(irc_chat(s), &s->user, r, str_of(buf_str(&ch.letters)));
    }
    buf_free(&ch.letters);
    buf_free(&ch.args);
}

static void user_mode(struct irc *s, const struct irc_msg *m)
{
    const struct user *u = chat_user(irc_chat(s), m->param[0]);
    if (u == NULL) {
        irc_result(s, CHAT_NO_USER, m->param[0]);
        return;
    }
    if (u != &s->user) {
        irc_reply(s, ERR_USERSDONTMATCH, ":Can't change mode for other users");
        return;
    }
    if (m->params == 1) {
        irc_reply(s, RPL_UMODEIS, "+%s", u->invisible ? "i" : "");
        return;
    }
    const bool was = u->invisible;
    bool on = true, unknown = false;
    for (size_t i = 0; i < m->param[1].n; i++) {
        const char c = m->param[1].p[i];
        if (c == '+' || c == '-')
            on = c == '+';
        else if (c == 'i')
            chat_set_invisible(irc_chat(s), &s->user, on);
        else
            unknown = true;
    }
    if (unknown)
        irc_reply(s, ERR_UMODEUNKNOWNFLAG, ":Unknown MODE flag");
    if (u->invisible != was)
        irc_line(s, ":%s MODE %s %ci", u->name, u->name, u->invisible ? '+' : '-');
}

void irc_mode(struct irc *s, const struct irc_msg *m)
{
    const struct str target = m->param[0];
    if (target.n == 0 || target.p[0] != '#') {
        user_mode(s, m);
        return;
    }
    struct room *r = chat_room(irc_chat(s), target);
    if (r == NULL)
        irc_result(s, CHAT_NO_ROOM, target);
    else
        room_mode(s, m, r);
}
