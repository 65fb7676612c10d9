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
    const bool whole = w->s->caps & IRC_CAP_USERHOST;
    if (whole)
        irc_full_name(m->user, full);
    irc_words_add(w, irc_status(w->s, m), whole ? full : m->user->name);
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
    struct buf masks, unlike; /* patterns, folded, each with its NUL */
    uint64_t steps;           /* of matching that are left */
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

static void add_pattern(struct buf *patterns, struct str item)
{
    char fold[FOLD_BYTES_MAX];
    if (item.n > 0 && name_fold(item, fold))
        buf_add(patterns, fold, strlen(fold) + 1);
}

/* One condition, or the name of a room. */
static void take_item(struct irc *s, struct wish *w, struct str item)
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
    case '!': add_pattern(&w->unlike, rest); break;
    default:
        if (glob_has_magic(item))
            add_pattern(&w->masks, item);
        else
            w->named = true;
    }
}

/* Does one of the patterns fit the name? */
static bool fits_any(struct wish *w, const struct buf *patterns, const char *fold)
{
    struct str rest = {buf_data(patterns), patterns->len}, one;
    while (rest.n > 0 && str_split(&rest, '\0', &one))
        if (glob_match_within(one, str_of(fold), &w->steps))
            return true;
    return false;
}

static bool wanted(const struct room *r, struct wish *w)
{
    return r->count > w->more && r->count < w->fewer && r->created >= w->created_after &&
           r->created <= w->created_before &&
           (w->topic_after == INT64_MIN ||
            (r->topic[0] != '\0' && r->topic_at >= w->topic_after)) &&
           (w->topic_before == INT64_MAX ||
            (r->topic[0] != '\0' && r->topic_at <= w->topic_before)) &&
           (w->masks.len == 0 || fits_any(w, &w->masks, r->fold)) &&
           !fits_any(w, &w->unlike, r->fold);
}

static void note_room(struct irc *s, const struct room *r, struct wish *w)
{
    if ((w == NULL || wanted(r, w)) && irc_sees(s, r))
        buf_add(&s->listing, r->fold, strlen(r->fold) + 1);
}

/* Tells rooms, as long as there is room for more; false when some are left. */
static bool tell_some(struct irc *s)
{
    const uint64_t enough = irc_sendq(s) / 2;
    while (s->listing.len > 0 && s->conn->out.bytes < enough) {
        const char *fold = buf_data(&s->listing);
        const struct room *r = chat_room(irc_chat(s), str_of(fold));
        if (r != NULL && irc_sees(s, r))
            irc_reply(s, RPL_LIST, "%s %u :%s", r->name, r->count, r->topic);
        buf_consume(&s->listing, strlen(fold) + 1);
    }
    if (s->listing.len > 0) {
        conn_await(s->conn, enough / 2);
        return false;
    }
    buf_free(&s->listing);
    irc_reply(s, RPL_LISTEND, ":End of /LIST");
    return true;
}

void irc_list_on(struct irc *s)
{
    if (s->listing.len == 0 || s->conn->finishing || s->conn->closing)
        return;
    irc_go_on(s);
    if (tell_some(s))
        irc_gone_on(s);
    else
        irc_label_wait(s, true);
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
                     .fewer = INT64_MAX,
                     .steps = IRC_STEPS_MAX};
    irc_reply(s, RPL_LISTSTART, "Channel :Users  Name");
    while (str_split(&rest, ',', &item))
        if (item.n > 0)
            take_item(s, &w, item);
    rest = w.named ? list : STR("");
    while (str_split(&rest, ',', &item)) {
        const struct room *r = chat_room(chat, item);
        if (r != NULL)
            note_room(s, r, NULL);
    }
    for (struct hnode *n = w.named ? NULL : hmap_next(&chat->rooms, NULL); n != NULL && w.steps > 0;
         n = hmap_next(&chat->rooms, n))
        note_room(s, hmap_entry(n, struct room, by_name), &w);
    if (w.steps == 0)
        irc_reply(s, ERR_TOOMANYMATCHES, "LIST * :Too much to look through; some are left out");
    buf_free(&w.masks);
    buf_free(&w.unlike);
    if (!tell_some(s))
        conn_pause(s->conn); /* the commands behind it wait */
}
