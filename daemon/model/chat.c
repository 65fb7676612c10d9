#include "model/chat_own.h"
#include "model/chat_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESERVED_ADMIN "管理员" /* an administrator's lines bear it; nobody else's may */

/* Names of the server's own, and such as people take for it. */
static const char *const reserved_names[] = {
    "administrator", "botserv",  "chanserv", "files",    "global",
    "helpserv",      "hostserv", "memoserv", "nickserv", "operserv",
    "rooms",         "root",     "saslserv", "server",   "services",
};

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

/* Are its letters such as [irc] names allows? */
static bool written_so(const struct chat *c, struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (c->ascii_names && (unsigned char)name.p[i] >= 0x80)
            return false;
    return true;
}

static bool reserved(const struct chat *c, const char *fold)
{
    for (size_t i = 0; i < sizeof reserved_names / sizeof reserved_names[0]; i++)
        if (strcmp(fold, reserved_names[i]) == 0)
            return true;
    return strstr(fold, RESERVED_ADMIN) != NULL || strcmp(fold, c->server_fold) == 0;
}

enum chat_result chat_name_free(const struct chat *c, struct str name, const struct user *u)
{
    char fold[FOLD_BYTES_MAX];
    if (name_check(name) != NAME_OK || !written_so(c, name) || !name_fold(name, fold))
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

static void tell_presence(struct chat *c, const struct user *u, enum chat_kind kind)
{
    struct chat_event ev = {.kind = kind, .from = u};
    chat_tell_watchers(c, u->fold, &ev);
}

static void begin_lists(struct user *u)
{
    list_init(&u->memberships);
    list_init(&u->invites);
    list_init(&u->silence);
    list_init(&u->watches);
}

enum chat_result chat_enter(struct chat *c, struct user *u, struct str name)
{
    enum chat_result result = chat_name_free(c, name, u);
    if (result == CHAT_OK)
        result = take_name(c, u, name);
    if (result != CHAT_OK)
        return result;
    begin_lists(u);
    u->since = c->clock->wall;
    u->last = c->clock->mono;
    if (c->users.count > c->most_users)
        c->most_users = c->users.count;
    tell_presence(c, u, CHAT_ONLINE);
    return CHAT_OK;
}

static enum chat_result change_name(struct chat *c, struct user *u, struct str name)
{
    char fold[FOLD_BYTES_MAX];
    const bool same = name_fold(name, fold) && strcmp(fold, u->fold) == 0; /* but for its case */
    whowas_note(&c->whowas, u, c->clock->wall);
    hmap_del(&c->users, &u->by_name);
    if (!same)
        tell_presence(c, u, CHAT_OFFLINE);
    const enum chat_result result = take_name(c, u, name);
    if (!same && result == CHAT_OK)
        tell_presence(c, u, CHAT_ONLINE);
    return result;
}

void chat_hand_over(struct chat *c, struct user *from, struct user *to)
{
    char was[sizeof from->ident + sizeof from->host + 1];
    const bool same = strcmp(from->ident, to->ident) == 0 && strcmp(from->host, to->host) == 0;
    snprintf(was, sizeof was, "%s@%s", from->ident, from->host);
    begin_lists(to);
    text_copy(to->name, sizeof to->name, from->name);
    text_copy(to->fold, sizeof to->fold, from->fold);
    hmap_del(&c->users, &from->by_name);
    (void)hmap_put(&c->users, &to->by_name, to->fold, strlen(to->fold)); /* there is room */
    list_each(n, &from->memberships) list_entry(n, struct member, in_user)->user = to;
    list_splice(&to->memberships, &from->memberships);
    list_splice(&to->silence, &from->silence);
    to->rooms = from->rooms;
    to->silenced = from->silenced;
    to->since = from->since;
    to->last = from->last;
    to->away = from->away;
    from->away = NULL;
    room_uninvite(from, NULL);
    monitor_clear(&c->monitor, from);
    chat_set_mode(c, from, from->modes, false);
    struct chat_event ev = {.kind = CHAT_CHGHOST, .from = to, .was = str_of(was)};
    if (!same)
        chat_tell_neighbours(c, to, &ev, false);
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
    chat_tell_neighbours(c, u, &ev, true);
    chat_note(c, EVENT_RENAME, u, NULL, copy, NULL);
    return change_name(c, u, str_of(copy));
}

/* --- rooms --- */

static void leave_room(struct chat *c, struct member *m)
{
    struct room *r = m->room;
    room_remove(m);
    if (r->count == 0 && !r->registered)
        chat_end_room(c, r);
}

void chat_end_room(struct chat *c, struct room *r)
{
    chat_room_gone(c, r);
    hmap_del(&c->rooms, &r->by_name);
    room_free(r);
}

void chat_leave(struct chat *c, struct user *u, struct str reason)
{
    char clean[REASON_BYTES_MAX + 1];
    chat_text_clean(clean, sizeof clean, reason);
    struct chat_event ev = {.kind = CHAT_QUIT, .from = u, .text = str_of(clean)};
    chat_tell_neighbours(c, u, &ev, false);
    for (struct list *n; !list_empty(&u->memberships);) {
        n = u->memberships.next;
        leave_room(c, list_entry(n, struct member, in_user));
    }
    hmap_del(&c->users, &u->by_name);
    whowas_note(&c->whowas, u, c->clock->wall);
    room_uninvite(u, NULL);
    monitor_clear(&c->monitor, u);
    tell_presence(c, u, CHAT_OFFLINE);
    masks_free(&u->silence);
    chat_set_mode(c, u, u->modes, false);
    free(u->away);
    u->away = NULL;
}

/* Can there be a room of that name? Then its fold goes to fold. */
static bool room_can_be(const struct chat *c, struct str name, char fold[FOLD_BYTES_MAX])
{
    return room_name_check(name) == NAME_OK && written_so(c, name) && name_fold(name, fold);
}

static enum chat_result new_room(struct chat *c, struct str name, struct room **room)
{
    char text[ROOM_BYTES_MAX + 1], fold[FOLD_BYTES_MAX];
    if (!room_can_be(c, name, fold))
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

enum chat_result chat_may_join(const struct room *r, const struct user *u, struct str key)
{
    const bool invited = room_invited(r, u);
    if (room_banned(r, u) && !invited)
        return CHAT_BANNED;
    if ((r->modes & ROOM_INVITE_ONLY) && !invited && !masks_match(&r->masks[ROOM_INVEXES], u))
        return CHAT_NEEDS_INVITE;
    if (r->key[0] != '\0' && !str_eq(key, r->key))
        return CHAT_NEEDS_KEY;
    if (r->limit > 0 && r->count >= r->limit && !invited)
        return CHAT_FULL;
    return CHAT_OK;
}

/* The room of that name, for u who may come in: one that is there, that sleeps, or a fresh one. */
static enum chat_result open_room(struct chat *c, const struct user *u, struct str name,
                                  struct str key, struct room **room)
{
    char fold[FOLD_BYTES_MAX] = "";
    struct room *r = *room;
    (void)name_fold(name, fold);
    const bool asleep = r == NULL && (r = chat_asleep(c, fold)) != NULL;
    if (r == NULL) {
        const enum chat_result made = new_room(c, name, room);
        if (made == CHAT_OK)
            (*room)->modes = ROOM_NO_OUTSIDE | ROOM_TOPIC_LOCK;
        return made;
    }
    const enum chat_result result = chat_may_join(r, u, key);
    if (result == CHAT_OK && asleep && !chat_wake(c, r))
        return CHAT_NO_MEMORY;
    if (result == CHAT_OK)
        *room = r;
    return result;
}

enum chat_result chat_join(struct chat *c, struct user *u, struct str name, struct str key,
                           struct room **room)
{
    struct room *r = *room = chat_room(c, name);
    if (r != NULL && room_member(r, u) != NULL)
        return CHAT_UNCHANGED;
    if (u->rooms >= MEMBERS_PER_USER_MAX)
        return CHAT_TOO_MANY;
    const enum chat_result result = open_room(c, u, name, key, room);
    if (result != CHAT_OK)
        return result;
    r = *room;
    struct member *m = room_add(r, u);
    if (m == NULL) {
        *room = NULL;
        if (r->count == 0 && !r->registered)
            chat_end_room(c, r);
        return CHAT_NO_MEMORY;
    }
    if (r->count == 1 && !r->registered) { /* the first one, unless an account has been it before */
        m->op = list_empty(&r->statuses);
        chat_room_changed(c, r);
    }
    room_uninvite(u, r);
    struct chat_event ev = {.kind = CHAT_JOIN, .from = u, .room = r};
    chat_tell_room(c, r, &ev, NULL);
    chat_note(c, EVENT_JOIN, u, r, NULL, NULL);
    chat_give_status(c, m);
    return CHAT_OK;
}

enum chat_result chat_part(struct chat *c, struct user *u, struct str name, struct str reason)
{
    char clean[REASON_BYTES_MAX + 1];
    struct room *r = chat_room(c, name);
    if (r == NULL)
        return CHAT_NO_ROOM;
    struct member *m = room_member(r, u);
    if (m == NULL)
        return CHAT_NOT_MEMBER;
    chat_text_clean(clean, sizeof clean, reason);
    struct chat_event ev = {.kind = CHAT_PART, .from = u, .room = r, .text = str_of(clean)};
    chat_tell_room(c, r, &ev, NULL);
    chat_note(c, EVENT_PART, u, r, NULL, NULL);
    leave_room(c, m);
    return CHAT_OK;
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
    chat_tell_room(c, r, &ev, NULL);
    chat_note(c, EVENT_TOPIC, u, r, NULL, r->topic);
    chat_room_changed(c, r);
    return CHAT_OK;
}

enum chat_result chat_kick(struct chat *c, struct user *u, struct room *r, struct user *target,
                           struct str reason)
{
    char clean[REASON_BYTES_MAX + 1];
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
    chat_tell_room(c, r, &ev, NULL);
    chat_note(c, EVENT_KICK, u, r, target->name, clean);
    leave_room(c, m);
    return CHAT_OK;
}

enum chat_result chat_invite(struct chat *c, struct user *u, struct room *r, struct user *target)
{
    if (room_member(r, u) == NULL)
        return CHAT_NOT_MEMBER;
    /* One who was invited comes in in spite of a ban, too. */
    if (((r->modes & ROOM_INVITE_ONLY) || room_banned(r, target)) && !chat_is_op(r, u))
        return CHAT_NOT_OP;
    if (room_member(r, target) != NULL)
        return CHAT_TARGET_PRESENT;
    if (chat_silenced(target, u))
        return CHAT_OK;
    room_invite(r, target);
    struct chat_event ev = {
        .kind = CHAT_INVITE, .least = MEMBER_OP, .from = u, .room = r, .target = target};
    chat_tell_one(c, target, &ev);
    chat_tell_room(c, r, &ev, u); /* whose clients ask for it */
    return CHAT_OK;
}

/* Puts r under its new name; CHAT_NO_MEMORY, and nothing has changed. */
static enum chat_result rename_room(struct chat *c, struct room *r, struct str name,
                                    const char *fold)
{
    char was[FOLD_BYTES_MAX];
    text_copy(was, sizeof was, r->fold);
    chat_room_gone(c, r);
    hmap_del(&c->rooms, &r->by_name);
    text_copy(r->fold, sizeof r->fold, fold);
    enum chat_result result = CHAT_OK;
    if (hmap_put(&c->rooms, &r->by_name, r->fold, strlen(r->fold)) < 0) {
        text_copy(r->fold, sizeof r->fold, was);
        (void)hmap_put(&c->rooms, &r->by_name, r->fold, strlen(r->fold)); /* there was room */
        result = CHAT_NO_MEMORY;
    } else {
        (void)str_copy(r->name, sizeof r->name, name);
    }
    chat_room_changed(c, r);
    return result;
}

enum chat_result chat_rename_room(struct chat *c, struct user *u, struct room *r, struct str name,
                                  struct str why)
{
    char fold[FOLD_BYTES_MAX], was[ROOM_BYTES_MAX + 1], clean[REASON_BYTES_MAX + 1];
    if (room_member(r, u) == NULL)
        return CHAT_NOT_MEMBER;
    if (!chat_is_op(r, u))
        return CHAT_NOT_OP;
    if (r == c->lobby)
        return CHAT_ROOM_FIXED;
    if (r->registered && !chat_owns(c, r, u->account)) /* with it go its folder and its history */
        return CHAT_NOT_OP;
    if (!room_can_be(c, name, fold))
        return CHAT_ROOM_BAD;
    if (str_eq(name, r->name))
        return CHAT_UNCHANGED;
    struct room *other = chat_room(c, name);
    if ((other != NULL && other != r) || chat_asleep(c, fold) != NULL)
        return CHAT_ROOM_TAKEN;
    text_copy(was, sizeof was, r->name);
    chat_text_clean(clean, sizeof clean, why);
    const enum chat_result result = rename_room(c, r, name, fold);
    struct chat_event ev = {
        .kind = CHAT_ROOM_RENAME, .from = u, .room = r, .was = str_of(was), .text = str_of(clean)};
    if (result != CHAT_OK)
        return result;
    chat_tell_room(c, r, &ev, NULL);
    const struct event told = {.kind = EVENT_ROOM_RENAME,
                               .proto = u->ops->proto,
                               .sid = u->sid,
                               .who = u->name,
                               .room = was,
                               .to = r->name,
                               .text = clean};
    event_emit(c->bus, &told);
    return CHAT_OK;
}

void chat_tell_mode(struct chat *c, const struct user *from, struct room *r, struct str change)
{
    struct chat_event ev = {.kind = CHAT_MODE, .from = from, .room = r, .text = change};
    chat_tell_room(c, r, &ev, NULL);
    chat_room_changed(c, r);
}

void chat_set_away(struct chat *c, struct user *u, struct str why)
{
    char clean[REASON_BYTES_MAX + 1];
    const bool was = u->away != NULL;
    free(u->away);
    u->away = chat_text_clean(clean, sizeof clean, why) > 0 ? strdup(clean) : NULL;
    struct chat_event ev = {.kind = CHAT_AWAY, .from = u, .text = str_of(clean)};
    if (was || u->away != NULL)
        chat_tell_neighbours(c, u, &ev, false);
}

void chat_set_name(struct chat *c, struct user *u, struct str real)
{
    chat_text_clean(u->real, sizeof u->real, real);
    struct chat_event ev = {.kind = CHAT_SETNAME, .from = u, .text = str_of(u->real)};
    chat_tell_neighbours(c, u, &ev, true);
}

void chat_tell_account(struct chat *c, struct user *u)
{
    struct chat_event ev = {.kind = CHAT_ACCOUNT, .from = u};
    chat_tell_neighbours(c, u, &ev, true);
    list_each(n, &u->memberships)
    {
        struct member *m = list_entry(n, struct member, in_user);
        chat_give_status(c, m);
        chat_room_changed(c, m->room);
    }
}

void chat_set_ident(struct chat *c, struct user *u, const char *ident)
{
    char was[sizeof u->ident + sizeof u->host + 1];
    if (strcmp(u->ident, ident) == 0)
        return;
    snprintf(was, sizeof was, "%s@%s", u->ident, u->host);
    text_copy(u->ident, sizeof u->ident, ident);
    struct chat_event ev = {.kind = CHAT_CHGHOST, .from = u, .was = str_of(was)};
    chat_tell_neighbours(c, u, &ev, true);
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
    monitor_init(&c->monitor);
    if (chat_check(server, lobby, why) < 0)
        return -1;
    text_copy(c->server, sizeof c->server, server);
    (void)name_fold(str_of(server), c->server_fold);
    if (new_room(c, str_of(lobby), &c->lobby) != CHAT_OK) {
        buf_adds(why, "lobby: out of memory");
        return -1;
    }
    c->lobby->registered = true;
    c->lobby->modes = ROOM_NO_OUTSIDE;
    return 0;
}

void chat_free(struct chat *c)
{
    chat_drop_runs(&c->runs);
    for (struct hnode *n = hmap_next(&c->rooms, NULL), *next; n != NULL; n = next) {
        next = hmap_next(&c->rooms, n);
        room_free(hmap_entry(n, struct room, by_name));
    }
    hmap_free(&c->rooms);
    hmap_free(&c->users);
    monitor_free(&c->monitor);
    whowas_free(&c->whowas);
}
