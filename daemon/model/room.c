#include "model/room.h"

#include "base/glob.h"

#include <stdio.h>
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
    list_init(&r->bans);
    list_init(&r->invites);
    return r;
}

void room_free(struct room *r)
{
    if (r == NULL)
        return;
    for (struct list *n; (n = list_shift(&r->bans)) != NULL;)
        free(list_entry(n, struct ban, link));
    for (struct list *n; (n = list_shift(&r->invites)) != NULL;)
        free(list_entry(n, struct invite, link));
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

bool room_mask_matches(const char *mask, const struct user *u)
{
    char whole[FOLD_BYTES_MAX + ROOM_MASK_MAX];
    const int n = snprintf(whole, sizeof whole, "%s!%s@%s", u->fold, u->ident, u->host);
    for (int i = 0; i < n; i++)
        whole[i] = text_lower(whole[i]);
    return glob_match(str_of(mask), (struct str){whole, (size_t)n});
}

bool room_banned(const struct room *r, const struct user *u)
{
    list_each(
        n, &r->bans) if (room_mask_matches(list_entry(n, struct ban, link)->mask, u)) return true;
    return false;
}

struct ban *room_find_ban(const struct room *r, const char *mask)
{
    list_each(n, &r->bans)
    {
        struct ban *b = list_entry(n, struct ban, link);
        if (strcmp(b->mask, mask) == 0)
            return b;
    }
    return NULL;
}

bool room_add_ban(struct room *r, const char *mask, const char *by, int64_t now)
{
    struct ban *b = r->ban_count < ROOM_BANS_MAX ? calloc(1, sizeof *b) : NULL;
    if (b == NULL)
        return false;
    text_copy(b->mask, sizeof b->mask, mask);
    text_copy(b->by, sizeof b->by, by);
    b->at = now;
    list_push(&r->bans, &b->link);
    r->ban_count++;
    return true;
}

void room_remove_ban(struct room *r, struct ban *b)
{
    list_unlink(&b->link);
    r->ban_count--;
    free(b);
}

static struct invite *find_invite(const struct room *r, const char *fold)
{
    list_each(n, &r->invites)
    {
        struct invite *i = list_entry(n, struct invite, link);
        if (strcmp(i->fold, fold) == 0)
            return i;
    }
    return NULL;
}

static void drop_invite(struct room *r, struct invite *i)
{
    list_unlink(&i->link);
    r->invite_count--;
    free(i);
}

bool room_invited(const struct room *r, const char *fold)
{
    return find_invite(r, fold) != NULL;
}

void room_add_invite(struct room *r, const char *fold)
{
    if (find_invite(r, fold) != NULL)
        return;
    if (r->invite_count == ROOM_INVITES_MAX)
        drop_invite(r, list_entry(r->invites.next, struct invite, link));
    struct invite *i = calloc(1, sizeof *i);
    if (i == NULL)
        return;
    text_copy(i->fold, sizeof i->fold, fold);
    list_push(&r->invites, &i->link);
    r->invite_count++;
}

void room_remove_invite(struct room *r, const char *fold)
{
    struct invite *i = find_invite(r, fold);
    if (i != NULL)
        drop_invite(r, i);
}
