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
    list_init(&r->statuses);
    list_init(&r->changed);
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
    room_clear_statuses(r);
    list_unlink(&r->changed);
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

/* --- what accounts are --- */

static struct room_status *find_status(const struct room *r, int64_t account)
{
    list_each(n, &r->statuses)
    {
        struct room_status *st = list_entry(n, struct room_status, link);
        if (st->account == account)
            return st;
    }
    return NULL;
}

static void drop_status(struct room *r, struct room_status *st)
{
    list_unlink(&st->link);
    r->status_count--;
    free(st);
}

enum member_status room_status_of(const struct room *r, int64_t account)
{
    const struct room_status *st = find_status(r, account);
    return st != NULL ? st->status : MEMBER_PLAIN;
}

bool room_set_status(struct room *r, int64_t account, enum member_status status)
{
    struct room_status *st = find_status(r, account);
    if (st != NULL && status == MEMBER_PLAIN)
        drop_status(r, st);
    else if (st != NULL)
        st->status = status;
    if (st != NULL || status == MEMBER_PLAIN)
        return true;
    st = r->status_count < ROOM_STATUSES_MAX ? calloc(1, sizeof *st) : NULL;
    if (st == NULL)
        return false;
    st->account = account;
    st->status = status;
    list_push(&r->statuses, &st->link);
    r->status_count++;
    return true;
}

void room_clear_statuses(struct room *r)
{
    list_each(n, &r->statuses) drop_status(r, list_entry(n, struct room_status, link));
}
