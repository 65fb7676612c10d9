#include "model/room.h"

#include <stdlib.h>
#include <string.h>

struct room *room_new(const char *name, const char *fold, int64_t now)
{
    struct room *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    text_copy(r->name, sizeof r->name, name);
    text_copy(r->fold, sizeof r->fold, fold);
    r->created = now;
    list_init(&r->members);
    list_init(&r->invites);
    for (int i = 0; i < ROOM_LISTS; i++)
        list_init(&r->masks[i]);
    return r;
}

static void drop_invite(struct invite *i)
{
    list_unlink(&i->in_room);
    list_unlink(&i->in_user);
    i->room->invite_count--;
    free(i);
}

void room_free(struct room *r)
{
    if (r == NULL)
        return;
    for (int i = 0; i < ROOM_LISTS; i++)
        masks_free(&r->masks[i]);
    list_each(n, &r->invites) drop_invite(list_entry(n, struct invite, in_room));
    free(r);
}

struct member *room_add(struct room *r, struct user *u)
{
    struct member *m = calloc(1, sizeof *m);
    if (m == NULL)
        return NULL;
    m->user = u;
    m->room = r;
    list_push(&r->members, &m->in_room);
    list_push(&u->memberships, &m->in_user);
    r->count++;
    u->rooms++;
    return m;
}

void room_remove(struct member *m)
{
    list_unlink(&m->in_room);
    list_unlink(&m->in_user);
    m->room->count--;
    m->user->rooms--;
    free(m);
}

/* A person is in few rooms, a room may hold thousands: so look from the person's side. */
struct member *room_member(const struct room *r, const struct user *u)
{
    list_each(n, &u->memberships)
    {
        struct member *m = list_entry(n, struct member, in_user);
        if (m->room == r)
            return m;
    }
    return NULL;
}

bool room_banned(const struct room *r, const struct user *u)
{
    return masks_match(&r->masks[ROOM_BANS], u) && !masks_match(&r->masks[ROOM_EXCEPTS], u);
}

struct mask *room_add_mask(struct room *r, enum room_list l, const char *text, const char *by,
                           int64_t at)
{
    struct mask *m = r->mask_count < ROOM_MASKS_MAX ? masks_add(&r->masks[l], text, by, at) : NULL;
    r->mask_count += m != NULL;
    return m;
}

void room_drop_mask(struct room *r, struct mask *m)
{
    r->mask_count--;
    masks_remove(m);
}

static struct invite *find_invite(const struct room *r, const struct user *u)
{
    list_each(n, &r->invites)
    {
        struct invite *i = list_entry(n, struct invite, in_room);
        if (i->user == u)
            return i;
    }
    return NULL;
}

bool room_invited(const struct room *r, const struct user *u)
{
    return find_invite(r, u) != NULL;
}

void room_invite(struct room *r, struct user *u)
{
    if (find_invite(r, u) != NULL)
        return;
    if (r->invite_count == ROOM_INVITES_MAX)
        drop_invite(list_entry(r->invites.next, struct invite, in_room));
    struct invite *i = calloc(1, sizeof *i);
    if (i == NULL)
        return;
    *i = (struct invite){.room = r, .user = u};
    list_push(&r->invites, &i->in_room);
    list_push(&u->invites, &i->in_user);
    r->invite_count++;
}

void room_uninvite(struct user *u, const struct room *r)
{
    list_each(n, &u->invites)
    {
        struct invite *i = list_entry(n, struct invite, in_user);
        if (r == NULL || i->room == r)
            drop_invite(i);
    }
}

bool room_hidden(const struct room *r, const struct user *u)
{
    return (r->modes & (ROOM_PRIVATE | ROOM_SECRET)) && room_member(r, u) == NULL;
}
