#include "model/chat.h"

#include "model/chat_text.h"

#include <stdlib.h>
#include <string.h>

#define RESERVED_ADMIN "管理员" /* an administrator's lines bear it; nobody else's may */

/* --- telling --- */

struct blk *chat_coded(const struct chat_event *ev, const void *coder)
{
    for (int i = 0; i < CHAT_CODINGS; i++)
        if (ev->coded[i].coder == coder)
            return ev->coded[i].blk;
    return NULL;
}

void chat_keep_coded(struct chat_event *ev, const void *coder, struct blk *b)
{
    for (int i = 0; i < CHAT_CODINGS; i++)
        if (ev->coded[i].coder == NULL) {
            ev->coded[i].coder = coder;
            ev->coded[i].blk = b;
            return;
        }
    blk_unref(b);
}

static void drop_coded(struct chat_event *ev)
{
    for (int i = 0; i < CHAT_CODINGS; i++) {
        blk_unref(ev->coded[i].blk);
        ev->coded[i].coder = NULL;
        ev->coded[i].blk = NULL;
    }
}

static void tell(struct chat *c, struct user *u, struct chat_event *ev)
{
    u->ops->event(u, ev);
    c->metrics->chat_delivered++;
}

static void tell_room(struct chat *c, const struct room *r, struct chat_event *ev,
                      const struct user *except)
{
    list_each(n, &r->members)
    {
        struct user *u = list_entry(n, struct member, in_room)->user;
        if (u != except)
            tell(c, u, ev);
    }
    drop_coded(ev);
}

/* Everybody who shares a room with u, and perhaps u, once. */
static void tell_neighbours(struct chat *c, struct user *u, struct chat_event *ev, bool u_too)
{
    const uint64_t serial = ++c->serial;
    u->seen = serial;
    if (u_too)
        tell(c, u, ev);
    list_each(n, &u->memberships)
    {
        const struct room *r = list_entry(n, struct member, in_user)->room;
        list_each(k, &r->members)
        {
            struct user *other = list_entry(k, struct member, in_room)->user;
            if (other->seen == serial)
                continue;
            other->seen = serial;
            tell(c, other, ev);
        }
    }
    drop_coded(ev);
}

static void note(struct chat *c, enum event_kind kind, const struct user *u, const struct room *r,
                 const char *to, const char *text)
{
    const struct event ev = {
        .kind = kind,
        .proto = u != NULL ? u->ops->proto : NULL,
        .sid = u != NULL ? u->sid : 0,
        .who = u != NULL ? u->name : NULL,
        .room = r != NULL ? r->name : NULL,
        .to = to,
        .text = text,
    };
    event_emit(c->bus, &ev);
}

/* --- who there is --- */

struct user *chat_user(const struct chat *c, struct str name)
{
    char fold[FOLD_BYTES_MAX];
    if (name.n == 0 || !name_fold(name, fold))
        return NULL;
    struct hnode *n = hmap_get(&c->users, fold, strlen(fold));
    return n != NULL ? hmap_entry(n, struct user, by_name) : NULL;
}

struct room *chat_room(const struct chat *c, struct str name)
{
    char fold[FOLD_BYTES_MAX];
    if (name.n == 0 || !name_fold(name, fold))
        return NULL;
    struct hnode *n = hmap_get(&c->rooms, fold, strlen(fold));
    return n != NULL ? hmap_entry(n, struct room, by_name) : NULL;
}

static bool reserved(const struct chat *c, const char *fold)
{
    /* The last two are talked to, with passwords, from habit: see irc_service_hint(). */
    return strstr(fold, RESERVED_ADMIN) != NULL || strcmp(fold, "administrator") == 0 ||
           strcmp(fold, c->server_fold) == 0 || strcmp(fold, "nickserv") == 0 ||
           strcmp(fold, "chanserv") == 0;
}

enum chat_result chat_name_free(const struct chat *c, struct str name, const struct user *u)
{
    char fold[FOLD_BYTES_MAX];
    if (name_check(name) != NAME_OK || !name_fold(name, fold))
        return CHAT_NAME_BAD;
    if (reserved(c, fold))
        return CHAT_NAME_RESERVED;
    const struct account *owner = c->accounts != NULL ? account_find(c->accounts, name) : NULL;
    if (owner != NULL && owner != u->account)
        return CHAT_NAME_OWNED;
    const struct hnode *n = hmap_get(&c->users, fold, strlen(fold));
    return n == NULL || n == &u->by_name ? CHAT_OK : CHAT_NAME_TAKEN;
}

static enum chat_result take_name(struct chat *c, struct user *u, struct str name)
{
    (void)str_copy(u->name, sizeof u->name, name);
    if (!name_fold(name, u->fold))
        return CHAT_NAME_BAD;
    return hmap_put(&c->users, &u->by_name, u->fold, strlen(u->fold)) < 0 ? CHAT_NO_MEMORY
                                                                          : CHAT_OK;
}

enum chat_result chat_enter(struct chat *c, struct user *u, struct str name)
{
    enum chat_result result = chat_name_free(c, name, u);
    if (result == CHAT_OK)
        result = take_name(c, u, name);
    if (result != CHAT_OK)
        return result;
    list_init(&u->memberships);
    u->since = c->clock->wall;
    u->last = c->clock->mono;
    if (c->users.count > c->most_users)
        c->most_users = c->users.count;
    return CHAT_OK;
}

enum chat_result chat_rename(struct chat *c, struct user *u, struct str name)
{
    const enum chat_result result = chat_name_free(c, name, u);
    if (result != CHAT_OK)
        return result;
    if (str_eq(name, u->name))
        return CHAT_UNCHANGED;
    char copy[NAME_BYTES_MAX + 1];
    (void)str_copy(copy, sizeof copy, name);
    struct chat_event ev = {.kind = CHAT_RENAME, .from = u, .text = str_of(copy)};
    tell_neighbours(c, u, &ev, true);
    note(c, EVENT_RENAME, u, NULL, copy, NULL);
    hmap_del(&c->users, &u->by_name);
    return take_name(c, u, str_of(copy));
}

/* --- rooms --- */

static void leave_room(struct chat *c, struct member *m)
{
    struct room *r = m->room;
    room_remove(m);
    if (r->count > 0 || r->permanent)
        return;
    hmap_del(&c->rooms, &r->by_name);
    room_free(r);
}

void chat_leave(struct chat *c, struct user *u, struct str reason)
{
    char clean[TOPIC_BYTES_MAX];
    chat_text_clean(clean, sizeof clean, reason);
    struct chat_event ev = {.kind = CHAT_QUIT, .from = u, .text = str_of(clean)};
    tell_neighbours(c, u, &ev, false);
    for (struct list *n; !list_empty(&u->memberships);) {
        n = u->memberships.next;
        leave_room(c, list_entry(n, struct member, in_user));
    }
    hmap_del(&c->users, &u->by_name);
    c->invisible -= u->invisible;
    free(u->away);
    u->away = NULL;
}

static enum chat_result new_room(struct chat *c, struct str name, struct room **room)
{
    char text[ROOM_BYTES_MAX + 1], fold[FOLD_BYTES_MAX];
    if (room_name_check(name) != NAME_OK || !name_fold(name, fold))
        return CHAT_ROOM_BAD;
    (void)str_copy(text, sizeof text, name);
    struct room *r = room_new(text, fold, c->clock->wall);
    if (r == NULL || hmap_put(&c->rooms, &r->by_name, r->fold, strlen(r->fold)) < 0) {
        room_free(r);
        return CHAT_NO_MEMORY;
    }
    *room = r;
    return CHAT_OK;
}

static enum chat_result may_join(const struct room *r, const struct user *u, struct str key)
{
    const bool invited = room_invited(r, u->fold);
    if (room_banned(r, u) && !invited)
        return CHAT_BANNED;
    if ((r->modes & ROOM_INVITE_ONLY) && !invited)
        return CHAT_NEEDS_INVITE;
    if (r->key[0] != '\0' && !str_eq(key, r->key))
        return CHAT_NEEDS_KEY;
    if (r->limit > 0 && r->count >= r->limit && !invited)
        return CHAT_FULL;
    return CHAT_OK;
}

enum chat_result chat_join(struct chat *c, struct user *u, struct str name, struct str key,
                           struct room **room)
{
    struct room *r = chat_room(c, name);
    const bool fresh = r == NULL;
    *room = r;
    if (r != NULL && room_member(r, u) != NULL)
        return CHAT_UNCHANGED;
    if (u->rooms >= MEMBERS_PER_USER_MAX)
        return CHAT_TOO_MANY;
    enum chat_result result = fresh ? new_room(c, name, &r) : may_join(r, u, key);
    if (result != CHAT_OK)
        return result;
    struct member *m = room_add(r, u);
    if (m == NULL) {
        if (fresh) {
            hmap_del(&c->rooms, &r->by_name);
            room_free(r);
        }
        return CHAT_NO_MEMORY;
    }
    *room = r;
    if (fresh) {
        m->op = true;
        r->modes = ROOM_NO_OUTSIDE | ROOM_TOPIC_LOCK;
    }
    room_remove_invite(r, u->fold);
    struct chat_event ev = {.kind = CHAT_JOIN, .from = u, .room = r};
    tell_room(c, r, &ev, NULL);
    note(c, EVENT_JOIN, u, r, NULL, NULL);
    return CHAT_OK;
}

enum chat_result chat_part(struct chat *c, struct user *u, struct str name, struct str reason)
{
    char clean[TOPIC_BYTES_MAX];
    struct room *r = chat_room(c, name);
    if (r == NULL)
        return CHAT_NO_ROOM;
    struct member *m = room_member(r, u);
    if (m == NULL)
        return CHAT_NOT_MEMBER;
    chat_text_clean(clean, sizeof clean, reason);
    struct chat_event ev = {.kind = CHAT_PART, .from = u, .room = r, .text = str_of(clean)};
    tell_room(c, r, &ev, NULL);
    note(c, EVENT_PART, u, r, NULL, NULL);
    leave_room(c, m);
    return CHAT_OK;
}

/* --- speaking --- */

static bool may_speak(const struct room *r, const struct user *u)
{
    const struct member *m = room_member(r, u);
    if (m != NULL && (m->op || m->voice))
        return true;
    if (m == NULL && (r->modes & ROOM_NO_OUTSIDE))
        return false;
    return !(r->modes & ROOM_MODERATED) && !room_banned(r, u);
}

static void said_in_room(struct chat *c, const struct room *r, struct chat_event *ev)
{
    ev->room = r;
    tell_room(c, r, ev, ev->from);
    if (!list_empty(&c->bus->subs) || c->bus->log->threshold <= LOG_DEBUG)
        note(c, EVENT_SAY, ev->from, r, NULL, ev->text.p);
}

static enum chat_result say_in_room(struct chat *c, struct user *from, struct str target,
                                    struct chat_event *ev)
{
    const struct room *r = chat_room(c, target);
    if (r == NULL)
        return CHAT_NO_ROOM;
    if (!may_speak(r, from))
        return CHAT_MUTE;
    said_in_room(c, r, ev);
    return CHAT_OK;
}

enum chat_result chat_say(struct chat *c, struct user *from, enum chat_kind kind, struct str target,
                          struct str text, struct user **who)
{
    char clean[TEXT_BYTES_MAX + 64];
    const size_t n = chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {.kind = kind, .from = from, .text = {clean, n}};
    *who = NULL;
    from->last = c->clock->mono;
    c->metrics->chat_messages++;
    if (target.n > 0 && target.p[0] == '#')
        return say_in_room(c, from, target, &ev);
    struct user *u = chat_user(c, target);
    if (u == NULL)
        return CHAT_NO_USER;
    *who = u;
    ev.target = u;
    tell(c, u, &ev);
    drop_coded(&ev);
    return CHAT_OK;
}

/* May u, who is in no room, speak in r for one line? self is the one of that name who is in the
 * chat, if any. */
static enum chat_result may_pass(const struct room *r, const struct user *u,
                                 const struct user *self)
{
    if (self != NULL && room_member(r, self) != NULL)
        return may_speak(r, self) ? CHAT_OK : CHAT_MUTE;
    const enum chat_result result = may_join(r, u, STR(""));
    return result == CHAT_OK && (r->modes & ROOM_MODERATED) ? CHAT_MUTE : result;
}

enum chat_result chat_say_passing(struct chat *c, struct user *u, struct str name,
                                  struct str room_name, struct str text)
{
    char clean[TEXT_BYTES_MAX + 64];
    const struct user *self = chat_user(c, name);
    const struct room *r = chat_room(c, room_name);
    enum chat_result result = chat_name_free(c, name, u);
    if (result == CHAT_NAME_TAKEN && u->account != NULL && self->account == u->account)
        result = CHAT_OK;
    if (result == CHAT_OK &&
        (!str_copy(u->name, sizeof u->name, name) || !name_fold(name, u->fold)))
        result = CHAT_NAME_BAD;
    if (result == CHAT_OK)
        result = r != NULL ? may_pass(r, u, self) : CHAT_NO_ROOM;
    if (result != CHAT_OK)
        return result;
    const size_t n = chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {.kind = CHAT_SAY, .from = u, .text = {clean, n}};
    c->metrics->chat_messages++;
    said_in_room(c, r, &ev);
    return CHAT_OK;
}

void chat_announce(struct chat *c, struct room *r, struct str text)
{
    char clean[TEXT_BYTES_MAX + 64];
    const size_t n = chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {.kind = CHAT_NOTICE, .room = r, .text = {clean, n}};
    tell_room(c, r, &ev, NULL);
}

void chat_admin(struct chat *c, struct str text)
{
    char clean[TEXT_BYTES_MAX + 64];
    const size_t n = chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {.kind = CHAT_ADMIN, .text = {clean, n}};
    for (struct hnode *k = hmap_next(&c->users, NULL); k != NULL; k = hmap_next(&c->users, k))
        tell(c, hmap_entry(k, struct user, by_name), &ev);
    drop_coded(&ev);
    note(c, EVENT_ADMIN, NULL, NULL, NULL, clean);
}

/* --- running a room --- */

bool chat_is_op(const struct room *r, const struct user *u)
{
    const struct member *m = room_member(r, u);
    return m != NULL && m->op;
}

enum chat_result chat_set_topic(struct chat *c, struct user *u, struct room *r, struct str topic)
{
    char clean[TOPIC_BYTES_MAX + 1];
    if (room_member(r, u) == NULL)
        return CHAT_NOT_MEMBER;
    if ((r->modes & ROOM_TOPIC_LOCK) && !chat_is_op(r, u))
        return CHAT_NOT_OP;
    chat_text_clean(clean, sizeof clean, topic);
    text_copy(r->topic, sizeof r->topic, clean);
    text_copy(r->topic_by, sizeof r->topic_by, u->name);
    r->topic_at = c->clock->wall;
    struct chat_event ev = {.kind = CHAT_TOPIC, .from = u, .room = r, .text = str_of(r->topic)};
    tell_room(c, r, &ev, NULL);
    note(c, EVENT_TOPIC, u, r, NULL, r->topic);
    return CHAT_OK;
}

enum chat_result chat_kick(struct chat *c, struct user *u, struct room *r, struct user *target,
                           struct str reason)
{
    char clean[TOPIC_BYTES_MAX];
    struct member *m = room_member(r, target);
    if (room_member(r, u) == NULL)
        return CHAT_NOT_MEMBER;
    if (!chat_is_op(r, u))
        return CHAT_NOT_OP;
    if (m == NULL)
        return CHAT_TARGET_ABSENT;
    chat_text_clean(clean, sizeof clean, reason);
    struct chat_event ev = {
        .kind = CHAT_KICK, .from = u, .room = r, .target = target, .text = str_of(clean)};
    tell_room(c, r, &ev, NULL);
    note(c, EVENT_KICK, u, r, target->name, clean);
    leave_room(c, m);
    return CHAT_OK;
}

enum chat_result chat_invite(struct chat *c, struct user *u, struct room *r, struct user *target)
{
    if (room_member(r, u) == NULL)
        return CHAT_NOT_MEMBER;
    if ((r->modes & ROOM_INVITE_ONLY) && !chat_is_op(r, u))
        return CHAT_NOT_OP;
    if (room_member(r, target) != NULL)
        return CHAT_TARGET_PRESENT;
    room_add_invite(r, target->fold);
    struct chat_event ev = {.kind = CHAT_INVITE, .from = u, .room = r, .target = target};
    tell(c, target, &ev);
    drop_coded(&ev);
    return CHAT_OK;
}

void chat_tell_mode(struct chat *c, const struct user *from, struct room *r, struct str change)
{
    struct chat_event ev = {.kind = CHAT_MODE, .from = from, .room = r, .text = change};
    tell_room(c, r, &ev, NULL);
}

void chat_set_invisible(struct chat *c, struct user *u, bool on)
{
    c->invisible += (unsigned)on - (unsigned)u->invisible;
    u->invisible = on;
}

void chat_set_away(struct user *u, struct str why)
{
    char clean[TOPIC_BYTES_MAX];
    free(u->away);
    u->away = chat_text_clean(clean, sizeof clean, why) > 0 ? strdup(clean) : NULL;
}

/* --- beginning and end --- */

int chat_check(const char *server, const char *lobby, struct buf *why)
{
    char fold[FOLD_BYTES_MAX];
    if (server[0] == '\0' || strpbrk(server, " :!@") != NULL || strlen(server) > 63 ||
        !name_fold(str_of(server), fold))
        buf_addf(why,
                 "name: %s is no name for a server: letters, digits, dots and dashes, at most 63",
                 server);
    else if (room_name_check(str_of(lobby)) != NAME_OK || !name_fold(str_of(lobby), fold))
        buf_addf(why, "lobby: %s is no name for a room, such as #lobby", lobby);
    else
        return 0;
    return -1;
}

int chat_init(struct chat *c, const char *server, const char *lobby, const struct clock *clock,
              struct event_bus *bus, struct metrics *metrics, struct buf *why)
{
    *c = (struct chat){.clock = clock, .bus = bus, .metrics = metrics};
    hmap_init(&c->users);
    hmap_init(&c->rooms);
    if (chat_check(server, lobby, why) < 0)
        return -1;
    text_copy(c->server, sizeof c->server, server);
    (void)name_fold(str_of(server), c->server_fold);
    if (new_room(c, str_of(lobby), &c->lobby) != CHAT_OK) {
        buf_adds(why, "lobby: out of memory");
        return -1;
    }
    c->lobby->permanent = true;
    c->lobby->modes = ROOM_NO_OUTSIDE;
    return 0;
}

void chat_free(struct chat *c)
{
    for (struct hnode *n = hmap_next(&c->rooms, NULL), *next; n != NULL; n = next) {
        next = hmap_next(&c->rooms, n);
        room_free(hmap_entry(n, struct room, by_name));
    }
    hmap_free(&c->rooms);
    hmap_free(&c->users);
}
