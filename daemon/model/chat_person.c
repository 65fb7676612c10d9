/* chat_person.c: what people do that is not said in a room. */
#include "model/chat_own.h"
#include "model/chat_text.h"

#include <stdlib.h>
#include <string.h>

enum {
    KNOCK_COST = 60, /* seconds that one goes on top of */
    KNOCKS_MAX = 120,
    ROOM_KNOCK_COST = 10,
};

/* --- oneself --- */

static void count_mode(unsigned *count, unsigned mode, unsigned was, unsigned is)
{
    *count += (is & mode) != 0 ? 1u : 0u;
    *count -= (was & mode) != 0 ? 1u : 0u;
}

void chat_set_mode(struct chat *c, struct user *u, unsigned modes, bool on)
{
    const unsigned was = u->modes;
    u->modes = on ? was | modes : was & ~modes;
    count_mode(&c->invisible, USER_INVISIBLE, was, u->modes);
    count_mode(&c->opers, USER_OPER, was, u->modes);
}

void chat_set_away(struct user *u, struct str why)
{
    char clean[REASON_BYTES_MAX + 1];
    free(u->away);
    u->away = chat_text_clean(clean, sizeof clean, why) > 0 ? strdup(clean) : NULL;
}

enum chat_result chat_set_real(struct chat *c, struct user *u, struct str real)
{
    char clean[REAL_BYTES_MAX + 1];
    if (chat_text_clean(clean, sizeof clean, real) == 0)
        return CHAT_NAME_BAD;
    text_copy(u->real, sizeof u->real, clean);
    struct chat_event ev = {.kind = CHAT_SETNAME, .from = u, .text = str_of(u->real)};
    chat_tell_neighbours(c, u, &ev, true);
    return CHAT_OK;
}

bool chat_silenced(const struct user *u, const struct user *from)
{
    return u != from && masks_match(&u->silence, from);
}

/* --- administrators --- */

void chat_wallops(struct chat *c, const struct user *from, struct str text)
{
    char clean[TEXT_BYTES_MAX + 64];
    const size_t n = chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {.kind = CHAT_WALLOPS, .from = from, .text = {clean, n}};
    for (struct hnode *k = hmap_next(&c->users, NULL); k != NULL; k = hmap_next(&c->users, k)) {
        struct user *u = hmap_entry(k, struct user, by_name);
        if (u->modes & USER_WALLOPS)
            chat_tell(c, u, &ev);
    }
    chat_told(&ev);
    chat_note(c, EVENT_ADMIN, from, NULL, NULL, clean);
}

/* --- asking to be let in --- */

static void tell_operators(struct chat *c, const struct room *r, struct chat_event *ev)
{
    list_each(n, &r->members)
    {
        const struct member *m = list_entry(n, struct member, in_room);
        if (m->op)
            chat_tell(c, m->user, ev);
    }
    chat_told(ev);
}

enum chat_result chat_knock(struct chat *c, struct user *u, struct room *r, struct str text)
{
    char clean[REASON_BYTES_MAX + 1];
    const int64_t now = c->clock->mono;
    if (room_member(r, u) != NULL)
        return CHAT_TARGET_PRESENT;
    const enum chat_result result = chat_may_join(r, u, STR(""));
    if (result == CHAT_OK)
        return CHAT_UNCHANGED;
    if (result == CHAT_BANNED || (r->modes & ROOM_PRIVATE))
        return CHAT_MUTE;
    if (bucket_take(&u->knocks, now, KNOCK_COST, 1, KNOCKS_MAX) > 0 ||
        bucket_take(&r->knocks, now, ROOM_KNOCK_COST, 1, KNOCKS_MAX) > 0)
        return CHAT_TOO_FAST;
    (void)chat_text_clean(clean, sizeof clean, text);
    struct chat_event ev = {.kind = CHAT_KNOCK, .from = u, .room = r, .text = str_of(clean)};
    tell_operators(c, r, &ev);
    return CHAT_OK;
}

/* --- those who watch for others --- */

struct watchers {
    struct chat *chat;
    struct chat_event *ev;
};

static void tell_watcher(void *arg, struct user *watcher)
{
    const struct watchers *w = arg;
    if (watcher != w->ev->from)
        chat_tell(w->chat, watcher, w->ev);
}

void chat_tell_watchers(struct chat *c, const char *fold, struct chat_event *ev)
{
    struct watchers w = {.chat = c, .ev = ev};
    monitor_each(&c->monitor, fold, tell_watcher, &w);
    chat_told(ev);
}
