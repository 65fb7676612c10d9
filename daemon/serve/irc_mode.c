/* irc_mode.c: MODE of rooms; that of oneself is in irc_umode.c. */
#include "serve/irc.h"

#include <stdio.h>
#include <string.h>

/* A change as it is being made: what is done so far goes to the room in one line, or as many as it
 * takes. */
struct change {
    struct irc *s;
    struct room *room;
    const struct irc_msg *m;
    unsigned next; /* parameter */
    char sign;     /* of what is being asked for */
    char said;     /* the sign that `letters` ends under; 0 = none yet */
    bool may;      /* is an operator of the room */
    bool refused;  /* and was told that it is none */
    bool listed[ROOM_LISTS];
    uint64_t unknown[2]; /* letters that were answered already */
    struct buf letters, args;
};

static const struct {
    char letter;
    enum room_mode mode;
} flags[] = {{'i', ROOM_INVITE_ONLY}, {'m', ROOM_MODERATED}, {'n', ROOM_NO_OUTSIDE},
             {'p', ROOM_PRIVATE},     {'s', ROOM_SECRET},    {'t', ROOM_TOPIC_LOCK}};
enum { FLAGS = sizeof flags / sizeof flags[0] };

static const struct {
    char letter;
    enum irc_numeric item, end;
    const char *name;
} lists[] = {
    [ROOM_BANS] = {'b', RPL_BANLIST, RPL_ENDOFBANLIST, "ban"},
    [ROOM_EXCEPTS] = {'e', RPL_EXCEPTLIST, RPL_ENDOFEXCEPTLIST, "ban exception"},
    [ROOM_INVEXES] = {'I', RPL_INVEXLIST, RPL_ENDOFINVEXLIST, "invitation exception"},
};

/* Tells the room what was done so far. */
static void flush(struct change *ch)
{
    if (ch->letters.len > 0) {
        buf_add(&ch->letters, buf_data(&ch->args), ch->args.len);
        chat_tell_mode(irc_chat(ch->s), &ch->s->user, ch->room, str_of(buf_str(&ch->letters)));
    }
    buf_free(&ch->letters);
    buf_free(&ch->args);
    ch->said = 0;
}

static void note(struct change *ch, char letter, const char *arg)
{
    const struct user *u = &ch->s->user;
    const size_t head = strlen(u->name) + strlen(u->ident) + strlen(u->host) +
                        strlen(ch->room->name) + sizeof ":!@ MODE  +- ";
    if (head + ch->letters.len + ch->args.len + (arg != NULL ? strlen(arg) : 0) > IRC_LINE_MAX)
        flush(ch);
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

static void refuse_arg(struct change *ch, char letter, struct str arg, const char *why)
{
    if (arg.n == 0)
        arg = STR("*");
    irc_reply(ch->s, ERR_INVALIDMODEPARAM, "%s %c %.*s :%s", ch->room->name, letter,
              (int)utf8_cut(arg.p, arg.n, 200), arg.p, why);
}

static void set_bit(struct change *ch, char letter, enum room_mode mode, bool on)
{
    const unsigned modes =
        on ? ch->room->modes | (unsigned)mode : ch->room->modes & ~(unsigned)mode;
    if (modes == ch->room->modes)
        return;
    const char sign = ch->sign;
    ch->sign = on ? '+' : '-';
    ch->room->modes = modes;
    note(ch, letter, NULL);
    ch->sign = sign;
}

/* Secret and private are one or the other. */
static void set_flag(struct change *ch, char letter, enum room_mode mode)
{
    set_bit(ch, letter, mode, ch->sign == '+');
    if (ch->sign == '+' && mode == ROOM_SECRET)
        set_bit(ch, 'p', ROOM_PRIVATE, false);
    if (ch->sign == '+' && mode == ROOM_PRIVATE)
        set_bit(ch, 's', ROOM_SECRET, false);
}

static void set_status(struct change *ch, char letter)
{
    struct str name;
    if (!take_arg(ch, &name)) {
        refuse_arg(ch, letter, STR(""), "It takes a name");
        return;
    }
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
    chat_note_status(irc_chat(ch->s), mb);
    note(ch, letter, u->name);
    ch->may = chat_is_op(ch->room, &ch->s->user); /* he may have taken it from himself */
}

static bool is_key(struct str key)
{
    return key.n <= ROOM_KEY_MAX && memchr(key.p, ',', key.n) == NULL &&
           memchr(key.p, ' ', key.n) == NULL && key.p[0] != ':' && utf8_shows(key);
}

static void set_key(struct change *ch)
{
    struct str key = STR("");
    const bool given = take_arg(ch, &key);
    if (ch->sign == '-') {
        if (ch->room->key[0] != '\0')
            note(ch, 'k', "*");
        ch->room->key[0] = '\0';
    } else if (!given) {
        refuse_arg(ch, 'k', key, "It takes a key");
    } else if (!is_key(key)) {
        irc_reply(ch->s, ERR_INVALIDKEY,
                  "%s :A key has at most %d bytes, no comma, no blank, and nothing unseen",
                  ch->room->name, ROOM_KEY_MAX);
    } else if (!str_eq(key, ch->room->key)) {
        (void)str_copy(ch->room->key, sizeof ch->room->key, key);
        note(ch, 'k', ch->room->key);
    }
}

static void set_limit(struct change *ch)
{
    struct str arg = STR("");
    char text[16];
    uint64_t n;
    if (ch->sign == '-') {
        if (ch->room->limit > 0)
            note(ch, 'l', NULL);
        ch->room->limit = 0;
        return;
    }
    if (!take_arg(ch, &arg) || !text_number(arg, 1000000, &n) || n == 0) {
        refuse_arg(ch, 'l', arg, "It takes a number, from 1 to 1000000");
        return;
    }
    if (ch->room->limit == (unsigned)n)
        return;
    ch->room->limit = (unsigned)n;
    snprintf(text, sizeof text, "%u", ch->room->limit);
    note(ch, 'l', text);
}

/* --- the lists --- */

/* Each of them once in a command. */
static void show_list(struct change *ch, enum room_list l)
{
    const struct room *r = ch->room;
    if (ch->listed[l])
        return;
    ch->listed[l] = true;
    list_each(n, &r->masks[l])
    {
        const struct mask *m = list_entry(n, struct mask, link);
        irc_reply(ch->s, lists[l].item, "%s %s %s %lld", r->name, m->text, m->by,
                  (long long)(m->at / 1000));
    }
    irc_reply(ch->s, lists[l].end, "%s :End of channel %s list", r->name, lists[l].name);
}

static void set_mask(struct change *ch, enum room_list l, struct str arg)
{
    char text[MASK_BYTES_MAX];
    if (!mask_whole(arg, text)) {
        refuse_arg(ch, lists[l].letter, arg, "It takes a mask: name, user@host, ~a:account");
        return;
    }
    struct mask *m = masks_find(&ch->room->masks[l], text);
    if ((m != NULL) == (ch->sign == '+'))
        return;
    if (m != NULL)
        room_drop_mask(ch->room, m);
    else if (room_add_mask(ch->room, l, text, ch->s->user.name, irc_chat(ch->s)->clock->wall) ==
             NULL) {
        irc_reply(ch->s, ERR_BANLISTFULL, "%s %s :The lists of the channel are full",
                  ch->room->name, text);
        return;
    }
    note(ch, lists[l].letter, text);
}

/* --- one letter after the other --- */

/* False, said once, when it takes an operator, and this is none. */
static bool may_change(struct change *ch)
{
    if (!ch->may && !ch->refused)
        irc_result(ch->s, CHAT_NOT_OP, str_of(ch->room->name));
    ch->refused = ch->refused || !ch->may;
    return ch->may;
}

/* The bans are for all to see, the other lists for operators. */
static void change_list(struct change *ch, enum room_list l)
{
    struct str arg;
    if (take_arg(ch, &arg)) {
        if (may_change(ch))
            set_mask(ch, l, arg);
    } else if (l == ROOM_BANS || irc_is_oper(ch->s) || may_change(ch)) {
        show_list(ch, l);
    }
}

static void unknown(struct change *ch, struct str letter)
{
    const unsigned c = (unsigned char)letter.p[0];
    if (c < 128) {
        if (ch->unknown[c / 64] >> c % 64 & 1)
            return;
        ch->unknown[c / 64] |= (uint64_t)1 << c % 64;
    }
    irc_reply(ch->s, ERR_UNKNOWNMODE, "%.*s :is unknown mode char to me", (int)letter.n, letter.p);
}

static void change_one(struct change *ch, struct str letter)
{
    const char c = letter.p[0];
    for (unsigned l = 0; l < ROOM_LISTS; l++)
        if (lists[l].letter == c) {
            change_list(ch, (enum room_list)l);
            return;
        }
    if (memchr("iklmnopstv", c, 10) == NULL) {
        unknown(ch, letter);
        return;
    }
    if (!may_change(ch))
        return;
    for (int i = 0; i < FLAGS; i++)
        if (flags[i].letter == c)
            set_flag(ch, c, flags[i].mode);
    switch (c) {
    case 'o':
    case 'v': set_status(ch, c); break;
    case 'k': set_key(ch); break;
    case 'l': set_limit(ch); break;
    default: break;
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

static void room_mode(struct irc *s, const struct irc_msg *m, struct room *r)
{
    if (m->params == 1) {
        show_room(s, r);
        return;
    }
    struct change ch = {
        .s = s, .room = r, .m = m, .next = 2, .sign = '+', .may = chat_is_op(r, &s->user)};
    struct str rest = m->param[1];
    while (rest.n > 0) {
        uint32_t cp;
        const struct str letter = {rest.p, utf8_next(rest.p, rest.n, &cp)};
        if (cp == '+' || cp == '-')
            ch.sign = (char)cp;
        else
            change_one(&ch, letter);
        rest = (struct str){rest.p + letter.n, rest.n - letter.n};
    }
    flush(&ch);
}

void irc_mode(struct irc *s, const struct irc_msg *m)
{
    const struct str target = m->param[0];
    if (target.n == 0 || target.p[0] != '#') {
        irc_user_mode(s, m);
        return;
    }
    struct room *r = chat_room(irc_chat(s), target);
    if (r == NULL)
        irc_result(s, CHAT_NO_ROOM, target);
    else if (!irc_sees(s, r))
        irc_result(s, CHAT_NOT_MEMBER, target);
    else
        room_mode(s, m, r);
}
