/* irc_who.c: WHO, with or without fields (WHOX). */
#include "serve/irc.h"

#include "base/glob.h"

#include <stdio.h>
#include <string.h>

/* What is asked for. */
struct ask {
    struct irc *s;
    struct str fields, token; /* fields.p = NULL: the answer is 352 */
    bool opers;               /* only those */
    bool cut;                 /* there were more than one may have at once */
    uint64_t steps;           /* of matching that are left */
};

static bool has(const struct ask *ask, char field)
{
    return memchr(ask->fields.p, field, ask->fields.n) != NULL;
}

/* Here or away, operator, the marks of the room, bot. */
static void flags_of(const struct user *u, const char *status, char out[8])
{
    snprintf(out, 8, "%c%s%s%s", u->away != NULL ? 'G' : 'H', u->modes & USER_OPER ? "*" : "",
             status, u->modes & USER_BOT ? "B" : "");
}

static void add_fields(const struct ask *ask, const struct user *u, const char *room,
                       const char *flags, struct buf *b)
{
    const struct chat *chat = irc_chat(ask->s);
    char idle[24];
    snprintf(idle, sizeof idle, "%lld", (long long)((chat->clock->mono - u->last) / 1000));
    const struct {
        char field;
        const char *value;
    } fields[] = {
        {'c', room},         {'u', u->ident},
        {'i', u->host},      {'h', u->host},
        {'s', chat->server}, {'n', u->name},
        {'f', flags},        {'d', "0"},
        {'l', idle},         {'a', u->account != NULL ? u->account->name : "0"},
        {'o', "n/a"},
    };
    if (has(ask, 't'))
        buf_addf(b, " %.*s", (int)ask->token.n, ask->token.p);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (has(ask, fields[i].field))
            buf_addf(b, " %s", fields[i].value);
    if (has(ask, 'r'))
        buf_addf(b, " :%s", u->real);
}

/* Can more be sent, without coming near to where who does not read is closed? */
static bool has_room(struct irc *s)
{
    const uint64_t enough = irc_sendq(s) / 2;
    if (s->conn->out.bytes > enough)
        conn_send(s->conn);
    return s->conn->out.bytes <= enough;
}

/* One line, as long as there is room for it. */
static void tell(struct ask *ask, const struct user *u, const char *room, const char *status)
{
    struct irc *s = ask->s;
    char flags[8];
    if (ask->cut || (ask->opers && !(u->modes & USER_OPER)))
        return;
    if (!has_room(s)) {
        ask->cut = true;
        return;
    }
    flags_of(u, status, flags);
    if (ask->fields.p == NULL) {
        irc_reply(s, RPL_WHOREPLY, "%s %s %s %s %s %s :0 %s", room, u->ident, u->host,
                  irc_chat(s)->server, u->name, flags, u->real);
        return;
    }
    struct buf b = {0};
    add_fields(ask, u, room, flags, &b);
    irc_reply(s, RPL_WHOSPCRPL, "%s", b.len > 0 ? buf_str(&b) + 1 : "");
    buf_free(&b);
}

static void tell_room(struct ask *ask, const struct room *r)
{
    struct irc *s = ask->s;
    const bool all = room_member(r, &s->user) != NULL || irc_is_oper(s);
    list_each(n, &r->members)
    {
        const struct member *m = list_entry(n, struct member, in_room);
        if (all || !(m->user->modes & USER_INVISIBLE))
            tell(ask, m->user, r->name, irc_status(s, m));
    }
}

static bool share_room(const struct user *a, const struct user *b)
{
    list_each(n, &a->memberships) if (room_member(list_entry(n, struct member, in_user)->room, b) !=
                                      NULL) return true;
    return false;
}

/* mask is folded. Name and account are; user and host have no letters but ASCII's. */
static bool fits(struct ask *ask, struct str mask, const struct user *u)
{
    char ident[sizeof u->ident], host[sizeof u->host];
    for (size_t i = 0; i < sizeof ident; i++)
        ident[i] = text_lower(u->ident[i]);
    for (size_t i = 0; i < sizeof host; i++)
        host[i] = text_lower(u->host[i]);
    return glob_match_within(mask, str_of(u->fold), &ask->steps) ||
           glob_match_within(mask, str_of(ident), &ask->steps) ||
           glob_match_within(mask, str_of(host), &ask->steps) ||
           (u->account != NULL && glob_match_within(mask, str_of(u->account->fold), &ask->steps));
}

static void tell_mask(struct ask *ask, struct str mask)
{
    struct irc *s = ask->s;
    const struct chat *chat = irc_chat(s);
    const struct user *named = chat_user(chat, mask);
    const bool oper = irc_is_oper(s);
    char fold[FOLD_BYTES_MAX];
    if (named != NULL) {
        tell(ask, named, "*", "");
        return;
    }
    if (!name_fold(mask, fold))
        return;
    for (struct hnode *n = hmap_next(&chat->users, NULL); n != NULL && !ask->cut;
         n = hmap_next(&chat->users, n)) {
        const struct user *u = hmap_entry(n, struct user, by_name);
        if (fits(ask, str_of(fold), u) &&
            (!(u->modes & USER_INVISIBLE) || oper || u == &s->user || share_room(u, &s->user)))
            tell(ask, u, "*", "");
        ask->cut = ask->cut || ask->steps == 0;
    }
}

/* "o", "%tcuihsnfdlaor,token", or both. */
static void take_options(struct ask *ask, struct str options)
{
    struct str before;
    uint64_t token;
    (void)str_split(&options, '%', &before);
    ask->opers = before.n > 0 && memchr(before.p, 'o', before.n) != NULL;
    if (options.p == NULL)
        return;
    ask->token = STR("0");
    (void)str_split(&options, ',', &ask->fields);
    if (text_number(options, 999, &token))
        ask->token = options;
}

void irc_who(struct irc *s, const struct irc_msg *m)
{
    const struct str mask = m->params > 0 && m->param[0].n > 0 ? m->param[0] : STR("*");
    struct ask ask = {.s = s, .steps = IRC_STEPS_MAX};
    if (m->params > 1)
        take_options(&ask, m->param[1]);
    if (mask.p[0] == '#') {
        const struct room *r = chat_room(irc_chat(s), mask);
        if (r != NULL && irc_sees(s, r))
            tell_room(&ask, r);
    } else {
        tell_mask(&ask, str_eq(mask, "0") ? STR("*") : mask);
    }
    if (ask.cut)
        irc_reply(s, ERR_TOOMANYMATCHES, "WHO %.*s :Too many; the others are left out", (int)mask.n,
                  mask.p);
    irc_reply(s, RPL_ENDOFWHO, "%.*s :End of /WHO list", (int)mask.n, mask.p);
}
