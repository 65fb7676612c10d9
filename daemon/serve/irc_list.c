/* irc_list.c: the rooms, and who is in them: NAMES, LIST. */
#include "serve/irc.h"

#include "base/glob.h"

#include <stdio.h>
#include <string.h>

/* --- NAMES --- */

static char symbol_of(const struct room *r)
{
    return r->modes & ROOM_SECRET ? '@' : r->modes & ROOM_PRIVATE ? '*' : '=';
}

static void add_name(struct irc_words *w, const struct member *m)
{
    char full[IRC_FULL_NAME_MAX];
    irc_full_name(m->user, full);
    irc_words_add(w, irc_status(w->s, m), w->s->caps & IRC_CAP_USERHOST ? full : m->user->name);
}

void irc_send_names(struct irc *s, const struct room *r)
{
    char lead[ROOM_BYTES_MAX + 8];
    snprintf(lead, sizeof lead, "%c %s :", symbol_of(r), r->name);
    struct irc_words w = {.s = s, .numeric = RPL_NAMREPLY, .lead = lead};
    const bool all = room_member(r, &s->user) != NULL || irc_is_oper(s);
    list_each(n, &r->members)
    {
        const struct member *m = list_entry(n, struct member, in_room);
        if (all || !(m->user->modes & USER_INVISIBLE))
            add_name(&w, m);
    }
    irc_words_end(&w);
    irc_reply(s, RPL_ENDOFNAMES, "%s :End of /NAMES list", r->name);
}

void irc_names(struct irc *s, const struct irc_msg *m)
{
    struct irc_targets t = {
        .s = s, .rest = m->params > 0 ? m->param[0] : STR("*"), .most = IRC_TARGETS_MAX};
    struct str name;
    while (irc_next_target(&t, &name)) {
        const struct room *r = chat_room(irc_chat(s), name);
        if (r != NULL && irc_sees(s, r))
            irc_send_names(s, r);
        else
            irc_reply(s, RPL_ENDOFNAMES, "%.*s :End of /NAMES list", (int)name.n, name.p);
    }
}

/* --- LIST --- */

/* What a client wants to see: ELIST's C, M, N, T and U. */
struct wish {
    int64_t created_after, created_before; /* ms, wall clock */
    int64_t topic_after, topic_before;
    int64_t more, fewer;      /* than so many people */
    struct str masks, unlike; /* the whole parameter, when it has any of these */
    bool named;               /* it names rooms: those alone are told */
};

/* "<5" or ">5", minutes ago: moves one end of a span of time. */
static bool take_age(struct str item, int64_t now, int64_t *after, int64_t *before)
{
    uint64_t minutes;
    if (item.n < 2 || !text_number((struct str){item.p + 1, item.n - 1}, INT32_MAX, &minutes))
        return false;
    const int64_t then = now - (int64_t)minutes * 60000;
    if (item.p[0] == '<')
        *after = then;
    else if (item.p[0] == '>')
        *before = then;
    else
        return false;
    return true;
}

static bool take_count(struct str item, struct wish *w)
{
    uint64_t n;
    if (item.n < 2 || !text_number((struct str){item.p + 1, item.n - 1}, INT32_MAX, &n))
        return false;
    *(item.p[0] == '<' ? &w->fewer : &w->more) = (int64_t)n;
    return true;
}

/* One condition, or the name of a room. */
static void take_item(struct irc *s, struct wish *w, struct str list, struct str item)
{
    const int64_t now = irc_chat(s)->clock->wall;
    const struct str rest = {item.p + 1, item.n - 1};
    switch (item.p[0]) {
    case '<':
    case '>': (void)take_count(item, w); break;
    case 'C':
    case 'c': (void)take_age(rest, now, &w->created_after, &w->created_before); break;
    case 'T':
    case 't': (void)take_age(rest, now, &w->topic_after, &w->topic_before); break;
    case '!': w->unlike = list; break;
    default:
        if (glob_has_magic(item))
            w->masks = list;
        else
            w->named = true;
    }
}

/* Does one of the patterns in the list, those with a '!' or those without, fit the name? */
static bool fits_any(struct str list, const char *fold, bool negated)
{
    struct str item;
    while (str_split(&list, ',', &item)) {
        char mask[FOLD_BYTES_MAX];
        const bool bang = item.n > 0 && item.p[0] == '!';
        if (bang)
            item = (struct str){item.p + 1, item.n - 1};
        if (bang == negated && (bang || glob_has_magic(item)) && name_fold(item, mask) &&
            glob_match(str_of(mask), str_of(fold)))
            return true;
    }
    return false;
}

static bool wanted(const struct room *r, const struct wish *w)
{
    return r->count > w->more && r->count < w->fewer && r->created >= w->created_after &&
           r->created <= w->created_before &&
           (w->topic_after == INT64_MIN ||
            (r->topic[0] != '\0' && r->topic_at >= w->topic_after)) &&
           (w->topic_before == INT64_MAX ||
            (r->topic[0] != '\0' && r->topic_at <= w->topic_before)) &&
           (w->masks.n == 0 || fits_any(w->masks, r->fold, false)) &&
           (w->unlike.n == 0 || !fits_any(w->unlike, r->fold, true));
}

static void note_room(struct irc *s, const struct room *r, const struct wish *w)
{
    if ((w == NULL || wanted(r, w)) && irc_sees(s, r))
        buf_add(&s->listing, r->fold, strlen(r->fold) + 1);
}

static void end_list(struct irc *s)
{
    buf_free(&s->listing);
    irc_reply(s, RPL_LISTEND, ":End of /LIST");
}

void irc_list_on(struct irc *s)
{
    const uint64_t enough = (uint64_t)irc_serve(s)->conf->limits->sendq / 2;
    if (s->listing.len == 0)
        return;
    while (s->listing.len > 0 && s->conn->out.bytes < enough) {
        const char *fold = buf_data(&s->listing);
        const struct room *r = chat_room(irc_chat(s), str_of(fold));
        if (r != NULL && irc_sees(s, r))
            irc_reply(s, RPL_LIST, "%s %u :%s", r->name, r->count, r->topic);
        buf_consume(&s->listing, strlen(fold) + 1);
    }
    if (s->listing.len == 0)
        end_list(s);
    else
        conn_await(s->conn, enough / 2);
}

void irc_list(struct irc *s, const struct irc_msg *m)
{
    const struct chat *chat = irc_chat(s);
    const struct str list = irc_param(m, 0);
    struct str rest = list, item;
    struct wish w = {.created_after = INT64_MIN,
                     .created_before = INT64_MAX,
                     .topic_after = INT64_MIN,
                     .topic_before = INT64_MAX,
                     .more = -1,
                     .fewer = INT64_MAX};
    if (s->listing.len > 0) /* another one was not told to its end */
        end_list(s);
    irc_reply(s, RPL_LISTSTART, "Channel :Users  Name");
    while (str_split(&rest, ',', &item))
        if (item.n > 0)
            take_item(s, &w, list, item);
    rest = w.named ? list : STR("");
    while (str_split(&rest, ',', &item)) {
        const struct room *r = chat_room(chat, item);
        if (r != NULL)
            note_room(s, r, NULL);
    }
    for (struct hnode *n = w.named ? NULL : hmap_next(&chat->rooms, NULL); n != NULL;
         n = hmap_next(&chat->rooms, n))
        note_room(s, hmap_entry(n, struct room, by_name), &w);
    if (s->listing.len == 0)
        end_list(s);
    else
        irc_list_on(s);
}
