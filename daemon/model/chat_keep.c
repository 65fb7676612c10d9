/* chat_keep.c: what of the chat goes into the history. */
#include "model/chat_own.h"
#include "model/history.h"
#include "model/room_access.h"

#include <stdio.h>

/* Has it a folder, and may anybody come in, and know of it? Then its lines may lie there, too. */
static bool is_open(const struct room *r)
{
    return r->registered && room_names_folder(r) && r->key[0] == '\0' &&
           !(r->modes & (ROOM_INVITE_ONLY | ROOM_PRIVATE | ROOM_SECRET));
}

static bool is_typing(struct str tags)
{
    struct str tag;
    while (str_split(&tags, ';', &tag))
        if (str_istarts(tag, "+typing="))
            return true;
    return false;
}

static bool kind_of(const struct chat_event *ev, enum history_kind *kind)
{
    switch (ev->kind) {
    case CHAT_SAY: *kind = HISTORY_SAY; return true;
    case CHAT_NOTICE: *kind = HISTORY_NOTICE; return true;
    /* That somebody types is of no interest a moment later. */
    case CHAT_TAGS: *kind = HISTORY_TAGMSG; return !is_typing(ev->tags);
    case CHAT_JOIN: *kind = HISTORY_JOIN; return true;
    case CHAT_PART: *kind = HISTORY_PART; return true;
    case CHAT_QUIT: *kind = HISTORY_QUIT; return true;
    case CHAT_RENAME: *kind = HISTORY_NICK; return true;
    case CHAT_TOPIC: *kind = HISTORY_TOPIC; return true;
    case CHAT_MODE: *kind = HISTORY_MODE; return true;
    case CHAT_KICK: *kind = HISTORY_KICK; return true;
    default: return false;
    }
}

/* The message as it is for any room; its texts live in the event, and in user. */
static bool fill(const struct chat *c, const struct chat_event *ev, struct history_msg *m,
                 char user[CHAT_KEPT_USER_MAX])
{
    const struct user *u = ev->from;
    *m = (struct history_msg){.id = ev->id, .at = ev->at, .text = ev->text, .tags = ev->tags};
    /* What is for some of a room is not for all who read later. */
    if (c->history == NULL || ev->least != 0 || !kind_of(ev, &m->kind))
        return false;
    m->from = str_of(u != NULL ? u->name : c->server);
    if (u != NULL) {
        snprintf(user, CHAT_KEPT_USER_MAX, "%s@%s", u->ident, u->host);
        m->user = str_of(user);
        m->account = str_of(u->account != NULL ? u->account->name : "");
    }
    if (ev->target != NULL)
        m->target = str_of(ev->target->name);
    return true;
}

static void add_to_room(struct chat *c, const struct room *r, struct history_msg *m)
{
    m->room = str_of(r->fold);
    m->name = str_of(r->name);
    m->open = is_open(r);
    history_add(c->history, m);
}

/* What was said before is the room's under its new name, too. */
static void rename_past(struct chat *c, const struct room *r, struct str was)
{
    char fold[FOLD_BYTES_MAX];
    if (c->history == NULL || !name_fold(was, fold))
        return;
    const struct history_query q = {.want = HISTORY_RENAME,
                                    .room = str_of(fold),
                                    .text = str_of(r->fold),
                                    .name = str_of(r->name)};
    (void)history_ask(c->history, &q, NULL, NULL);
}

void chat_keep_room(struct chat *c, const struct room *r, const struct chat_event *ev)
{
    char user[CHAT_KEPT_USER_MAX];
    struct history_msg m;
    if (ev->kind == CHAT_ROOM_RENAME)
        rename_past(c, r, ev->was);
    else if (fill(c, ev, &m, user))
        add_to_room(c, r, &m);
}

void chat_keep_everywhere(struct chat *c, const struct user *u, const struct chat_event *ev)
{
    char user[CHAT_KEPT_USER_MAX];
    struct history_msg m;
    if (!fill(c, ev, &m, user))
        return;
    list_each(n, &u->memberships)
    {
        add_to_room(c, list_entry(n, struct member, in_user)->room, &m);
        m.id = chat_next_id(c); /* each row has an id of its own */
    }
}

void chat_keep_talk(struct chat *c, const struct chat_event *ev)
{
    char user[CHAT_KEPT_USER_MAX], key[HISTORY_TALK_KEY_MAX];
    struct history_msg m;
    const struct user *a = ev->from, *b = ev->target;
    if (a == NULL || b == NULL || a->account == NULL || b->account == NULL ||
        !fill(c, ev, &m, user) || m.kind > HISTORY_TAGMSG)
        return;
    history_talk_key(key, (uint64_t)a->account->id, (uint64_t)b->account->id);
    m.room = str_of(key);
    history_add(c->history, &m);
}
