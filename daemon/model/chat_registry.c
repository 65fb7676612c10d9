#include "model/chat_registry.h"

#include "model/chat_own.h"
#include "model/room_keep.h"

#include <stdlib.h>

enum {
    ASLEEP_MS = 600000,
    STORED_MAX = 10000, /* rooms that nobody has registered; what is more is not kept */
    SLICE = 64,         /* rooms that are written, or forgotten, at once */
};

static struct room *of_asleep(struct hnode *n)
{
    return hmap_entry(n, struct room, by_name);
}

/* --- what has changed --- */

void chat_room_changed(struct chat *c, struct room *r)
{
    struct chat_registry *k = c->registry;
    if (k == NULL || k->over || !list_empty(&r->changed))
        return;
    if (!r->registered && !r->stored && k->stored >= STORED_MAX)
        return;
    list_push(&k->changed, &r->changed);
}

void chat_room_gone(struct chat *c, struct room *r)
{
    struct chat_registry *k = c->registry;
    list_unlink(&r->changed);
    if (k == NULL || k->over || !r->stored)
        return;
    buf_add(&k->gone, r->fold, strlen(r->fold) + 1);
    k->stored -= !r->registered && k->stored > 0;
    r->stored = false;
}

/* What its members are, as far as they are somebody. */
static void note_members(struct room *r)
{
    list_each(n, &r->members)
    {
        const struct member *m = list_entry(n, struct member, in_room);
        if (m->user->account != NULL && member_status(m) != MEMBER_PLAIN)
            (void)room_set_status(r, m->user->account->id, member_status(m));
    }
}

static bool save(struct chat_registry *k, struct room *r)
{
    if (!r->registered)
        note_members(r);
    const bool ok = room_keep_save(k->db, r);
    if (!r->registered && !r->woken) /* who leaves one of those is nothing there any more */
        room_clear_statuses(r);
    k->stored += ok && !r->stored && !r->registered;
    r->stored = r->stored || ok;
    return ok;
}

/* At most so many; those that are gone go first, as others may have their names now. */
static void write_changes(struct chat_registry *k, size_t most)
{
    if (k->gone.len == 0 && list_empty(&k->changed))
        return;
    room_keep_begin(k->db);
    for (; most > 0 && k->gone.len > 0; most--) {
        room_keep_delete(k->db, buf_data(&k->gone));
        buf_consume(&k->gone, strlen(buf_data(&k->gone)) + 1);
    }
    for (struct list *n; most > 0 && (n = list_shift(&k->changed)) != NULL; most--) {
        struct room *r = list_entry(n, struct room, changed);
        if (save(k, r))
            continue;
        list_push(&k->changed, n); /* another time */
        break;
    }
    room_keep_end(k->db);
}

/* --- those that are asleep --- */

struct room *chat_asleep(const struct chat *c, const char *fold)
{
    struct hnode *n =
        c->registry != NULL ? hmap_get(&c->registry->asleep, fold, strlen(fold)) : NULL;
    return n != NULL ? of_asleep(n) : NULL;
}

bool chat_wake(struct chat *c, struct room *r)
{
    hmap_del(&c->registry->asleep, &r->by_name);
    if (hmap_put(&c->rooms, &r->by_name, r->fold, strlen(r->fold)) == 0) {
        r->woken = true;
        return true;
    }
    chat_room_gone(c, r);
    room_free(r);
    return false;
}

/* Who has come back has, and is what they were. */
static void forget_woken(struct chat *c)
{
    for (struct hnode *n = hmap_next(&c->rooms, NULL); n != NULL; n = hmap_next(&c->rooms, n)) {
        struct room *r = hmap_entry(n, struct room, by_name);
        if (r->woken && !r->registered)
            room_clear_statuses(r);
        r->woken = false;
    }
}

static void forget_asleep(struct chat_registry *k)
{
    struct hnode *n = hmap_next(&k->asleep, NULL), *next;
    for (int i = 0; i < SLICE && n != NULL; i++, n = next) {
        struct room *r = of_asleep(n);
        next = hmap_next(&k->asleep, n);
        hmap_del(&k->asleep, n);
        chat_room_gone(k->chat, r);
        room_free(r);
    }
    if (k->asleep.count > 0)
        return;
    forget_woken(k->chat);
    k->asleep_until = 0;
}

/* --- beginning and end --- */

/* The lobby is there already. */
static void into_lobby(struct chat *c, struct room *r)
{
    struct room *lobby = c->lobby;
    text_copy(lobby->topic, sizeof lobby->topic, r->topic);
    text_copy(lobby->topic_by, sizeof lobby->topic_by, r->topic_by);
    lobby->topic_at = r->topic_at;
    if (r->created > 0)
        lobby->created = r->created;
    lobby->modes = r->modes;
    text_copy(lobby->key, sizeof lobby->key, r->key);
    lobby->limit = r->limit;
    lobby->mask_count = r->mask_count;
    for (int l = 0; l < ROOM_LISTS; l++)
        list_splice(&lobby->masks[l], &r->masks[l]);
    list_splice(&lobby->statuses, &r->statuses);
    lobby->status_count = r->status_count;
    lobby->stored = true;
    room_free(r);
}

static bool take(void *arg, struct room *r)
{
    struct chat_registry *k = arg;
    struct chat *c = k->chat;
    if (strcmp(r->fold, c->lobby->fold) == 0) {
        into_lobby(c, r);
        return true;
    }
    if (r->registered && r->founder == 0) { /* was a lobby, and may be one again */
        room_free(r);
        return true;
    }
    struct hmap *to = r->registered ? &c->rooms : &k->asleep;
    if (hmap_put(to, &r->by_name, r->fold, strlen(r->fold)) < 0) {
        room_free(r);
        return false;
    }
    k->stored += !r->registered;
    return true;
}

int chat_registry_init(struct chat_registry *k, struct chat *c, struct db *db, struct buf *why)
{
    *k = (struct chat_registry){.chat = c, .db = db};
    list_init(&k->changed);
    hmap_init(&k->asleep);
    c->registry = k;
    if (!room_keep_load(db, take, k)) {
        buf_adds(why, "the rooms cannot be read");
        return -1;
    }
    k->asleep_until = k->asleep.count > 0 ? c->clock->mono + ASLEEP_MS : 0;
    return 0;
}

void chat_registry_free(struct chat_registry *k)
{
    if (k->chat == NULL)
        return;
    for (struct hnode *n = hmap_next(&k->asleep, NULL), *next; n != NULL; n = next) {
        next = hmap_next(&k->asleep, n);
        room_free(of_asleep(n));
    }
    hmap_free(&k->asleep);
    buf_free(&k->gone);
    k->chat->registry = NULL;
}

void chat_registry_tick(struct chat_registry *k)
{
    if (k->over)
        return;
    if (k->asleep_until != 0 && k->chat->clock->mono >= k->asleep_until)
        forget_asleep(k);
    write_changes(k, SLICE);
}

void chat_registry_stop(struct chat_registry *k)
{
    if (k->chat != NULL && !k->over)
        write_changes(k, SIZE_MAX);
    k->over = true;
}

/* --- what accounts are --- */

bool chat_owns(const struct chat *c, const struct room *r, const struct account *a)
{
    if (a == NULL || !r->registered)
        return false;
    return r == c->lobby ? a->role == ROLE_ADMIN : r->founder == a->id;
}

enum member_status chat_status_of(const struct chat *c, const struct room *r,
                                  const struct account *a)
{
    if (chat_owns(c, r, a))
        return MEMBER_OP;
    return a != NULL ? room_status_of(r, a->id) : MEMBER_PLAIN;
}

void chat_note_status(struct chat *c, const struct member *m)
{
    struct room *r = m->room;
    if (m->user->account != NULL && (r->registered || r->woken))
        (void)room_set_status(r, m->user->account->id, member_status(m));
    chat_room_changed(c, r);
}

void chat_give_status(struct chat *c, struct member *m)
{
    const enum member_status status = chat_status_of(c, m->room, m->user->account);
    char text[NAME_BYTES_MAX + 4];
    if (status <= member_status(m))
        return;
    m->op = status == MEMBER_OP;
    m->voice = status == MEMBER_VOICE;
    text_copy(text, sizeof text, m->op ? "+o " : "+v ");
    text_copy(text + 3, sizeof text - 3, m->user->name);
    chat_tell_mode(c, NULL, m->room, str_of(text));
}

/* --- running them --- */

static bool has_too_many(const struct chat *c, const struct account *a)
{
    unsigned n = 0;
    for (struct hnode *k = hmap_next(&c->rooms, NULL); k != NULL; k = hmap_next(&c->rooms, k)) {
        const struct room *r = hmap_entry(k, struct room, by_name);
        n += r->registered && r->founder == a->id;
    }
    return n >= REGISTERED_OF_MAX;
}

enum chat_result chat_register(struct chat *c, struct room *r, const struct account *a)
{
    if (r->registered)
        return CHAT_UNCHANGED;
    if (has_too_many(c, a))
        return CHAT_TOO_MANY;
    if (r->stored && c->registry != NULL)
        c->registry->stored--;
    r->registered = true;
    r->founder = a->id;
    note_members(r);
    chat_room_changed(c, r);
    return CHAT_OK;
}

void chat_unregister(struct chat *c, struct room *r)
{
    chat_room_gone(c, r);
    r->registered = false;
    r->founder = 0;
    room_clear_statuses(r);
    if (r->count > 0)
        chat_room_changed(c, r);
    else
        chat_end_room(c, r);
}

enum chat_result chat_transfer(struct chat *c, struct room *r, const struct account *a)
{
    if (r->founder == a->id)
        return CHAT_UNCHANGED;
    if (has_too_many(c, a))
        return CHAT_TOO_MANY;
    (void)room_set_status(r, r->founder, MEMBER_OP);
    r->founder = a->id;
    chat_room_changed(c, r);
    list_each(n, &r->members)
    {
        struct member *m = list_entry(n, struct member, in_room);
        if (m->user->account == a)
            chat_give_status(c, m);
    }
    return CHAT_OK;
}
