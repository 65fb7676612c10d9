#include "model/chat_own.h"

uint64_t chat_next_id(struct chat *c)
{
    const uint64_t least = (uint64_t)c->clock->wall << 16; /* above those of an earlier life */
    c->last_id = c->last_id >= least ? c->last_id + 1 : least;
    return c->last_id;
}

static void stamp(struct chat *c, struct chat_event *ev)
{
    if (ev->id != 0)
        return;
    ev->id = chat_next_id(c);
    ev->at = c->clock->wall;
}

static void tell(struct chat *c, struct user *u, struct chat_event *ev)
{
    u->ops->event(u, ev);
    c->metrics->chat_delivered++;
}

void chat_tell_one(struct chat *c, struct user *u, struct chat_event *ev)
{
    stamp(c, ev);
    tell(c, u, ev);
    chat_drop_coded(ev);
}

void chat_tell_room(struct chat *c, const struct room *r, struct chat_event *ev,
                    const struct user *except)
{
    stamp(c, ev);
    if (ev->least == MEMBER_PLAIN)
        ev->runs = &c->runs;
    list_each(n, &r->members)
    {
        const struct member *m = list_entry(n, struct member, in_room);
        if (m->user != except && member_status(m) >= ev->least)
            tell(c, m->user, ev);
    }
    chat_drop_coded(ev);
    chat_keep_room(c, r, ev);
}

/* --- those who watch a name --- */

struct watchers {
    struct chat *chat;
    struct chat_event *ev;
    uint64_t serial; /* who has seen it knows already */
};

static void tell_watcher(void *arg, struct user *watcher)
{
    const struct watchers *w = arg;
    if (watcher != w->ev->from && watcher->seen != w->serial)
        tell(w->chat, watcher, w->ev);
}

void chat_tell_watchers(struct chat *c, const char *fold, struct chat_event *ev)
{
    struct watchers w = {.chat = c, .ev = ev, .serial = ++c->serial};
    stamp(c, ev);
    monitor_each(&c->monitor, fold, tell_watcher, &w);
    chat_drop_coded(ev);
}

/* What concerns a person as such, wherever he is. */
static bool is_for_watchers(enum chat_kind kind)
{
    return kind == CHAT_AWAY || kind == CHAT_ACCOUNT || kind == CHAT_CHGHOST ||
           kind == CHAT_SETNAME;
}

static void tell_other_watchers(struct chat *c, const struct user *u, struct chat_event *ev)
{
    struct watchers w = {.chat = c, .ev = ev, .serial = c->serial};
    ev->watched = true;
    monitor_each(&c->monitor, u->fold, tell_watcher, &w);
    ev->watched = false;
}

void chat_tell_neighbours(struct chat *c, struct user *u, struct chat_event *ev, bool u_too)
{
    const uint64_t serial = ++c->serial;
    stamp(c, ev);
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
    if (is_for_watchers(ev->kind))
        tell_other_watchers(c, u, ev);
    chat_drop_coded(ev);
    chat_keep_everywhere(c, u, ev);
}

void chat_tell_all(struct chat *c, struct chat_event *ev)
{
    stamp(c, ev);
    for (struct hnode *n = hmap_next(&c->users, NULL); n != NULL; n = hmap_next(&c->users, n))
        tell(c, hmap_entry(n, struct user, by_name), ev);
    chat_drop_coded(ev);
}

void chat_tell_modes(struct chat *c, unsigned modes, struct chat_event *ev)
{
    stamp(c, ev);
    for (struct hnode *n = hmap_next(&c->users, NULL); n != NULL; n = hmap_next(&c->users, n)) {
        struct user *u = hmap_entry(n, struct user, by_name);
        if (u->modes & modes)
            tell(c, u, ev);
    }
    chat_drop_coded(ev);
}

void chat_note(struct chat *c, enum event_kind kind, const struct user *u, const struct room *r,
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
