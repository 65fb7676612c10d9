#include "model/lock.h"

#include "base/path.h"
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static struct lock *of(struct list *n)
{
    return list_entry(n, struct lock, link);
}

void lock_drop(struct lock *l)
{
    list_unlink(&l->link);
    account_unref(l->account);
    free(l->owner);
    free(l);
}

static void expire(struct locks *ls)
{
    list_each(n, &ls->all) if (of(n)->until <= ls->clock->mono) lock_drop(of(n));
}

/* --- what covers what --- */

/* Does the folder hold path itself, not only something around it? */
static bool is_parent(const char *folder, const char *path)
{
    const size_t n = folder[1] != '\0' ? strlen(folder) : 0;
    return path_below(folder, path) && strchr(path + n + 1, '/') == NULL;
}

static bool covers(const struct lock *l, const char *path)
{
    return strcmp(l->path, path) == 0 || (l->deep && path_below(l->path, path));
}

/* What is changed that l covers, if such a change of path reaches so far; else NULL. */
static const char *touched(const struct lock *l, const char *path, unsigned reach)
{
    if (covers(l, path))
        return path;
    if ((reach & LOCK_MEMBER) && is_parent(l->path, path))
        return l->path;
    return (reach & LOCK_BELOW) && path_below(path, l->path) ? l->path : NULL;
}

/* Does he share the lock on that thing by another one? */
static bool shares(struct locks *ls, const char *path)
{
    list_each(n, &ls->all) if (of(n)->shared && of(n)->held && covers(of(n), path)) return true;
    return false;
}

const struct lock *lock_bar(struct locks *ls, const char *path, unsigned reach, lock_held_fn *held,
                            void *arg)
{
    expire(ls);
    /* Asked once for each: an answer takes a while. */
    list_each(n, &ls->all) of(n)->held = held != NULL && held(arg, of(n));
    list_each(n, &ls->all)
    {
        const struct lock *l = of(n);
        const char *what = touched(l, path, reach);
        if (what != NULL && !l->held && (!l->shared || !shares(ls, what)))
            return l;
    }
    return NULL;
}

const struct lock *lock_conflict(struct locks *ls, const struct lock_wish *wish)
{
    expire(ls);
    list_each(n, &ls->all)
    {
        const struct lock *l = of(n);
        if ((!l->shared || !wish->shared) &&
            (covers(l, wish->path) || (wish->deep && path_below(wish->path, l->path))))
            return l;
    }
    return NULL;
}

const struct lock *lock_next(struct locks *ls, const struct lock *l, const char *path)
{
    if (l == NULL)
        expire(ls);
    for (struct list *n = l != NULL ? l->link.next : ls->all.next; n != &ls->all; n = n->next)
        if (covers(of(n), path))
            return of(n);
    return NULL;
}

struct lock *lock_find(struct locks *ls, struct str token, const char *path)
{
    expire(ls);
    list_each(n, &ls->all) if (str_eq(token, of(n)->token) && covers(of(n), path)) return of(n);
    return NULL;
}

/* --- making them --- */

bool lock_is_of(const struct lock *l, const struct account *a, const char *address)
{
    return l->account == a && (a != NULL || strcmp(l->address, address) == 0);
}

static bool is_full(const struct locks *ls, const struct lock_wish *wish)
{
    unsigned all = 0, own = 0, guests = 0;
    list_each(n, &ls->all)
    {
        all++;
        own += lock_is_of(of(n), wish->account, wish->address);
        guests += of(n)->account == NULL;
    }
    return all >= LOCKS_MAX || own >= LOCKS_OF_MAX ||
           (wish->account == NULL && guests >= LOCKS_OF_GUESTS);
}

/* A version 4 UUID (RFC 9562, 5.4). */
static bool make_token(char out[LOCK_TOKEN_MAX])
{
    unsigned char r[16];
    if (getrandom(r, sizeof r, 0) != (ssize_t)sizeof r)
        return false;
    r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
    r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
    int at = snprintf(out, LOCK_TOKEN_MAX, "urn:uuid:");
    for (size_t i = 0; i < sizeof r; i++)
        at += snprintf(out + at, LOCK_TOKEN_MAX - (size_t)at,
                       i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", r[i]);
    return true;
}

int lock_new(struct locks *ls, const struct lock_wish *wish, struct lock **out)
{
    const size_t size = strlen(wish->path) + 1;
    if (lock_conflict(ls, wish) != NULL)
        return EBUSY;
    if (is_full(ls, wish))
        return ENOSPC;
    struct lock *l = calloc(1, sizeof *l + size);
    if (l == NULL)
        return ENOMEM;
    list_init(&l->link);
    l->account = wish->account != NULL ? account_ref(wish->account) : NULL;
    if (wish->account == NULL)
        text_copy(l->address, sizeof l->address, wish->address);
    l->shared = wish->shared;
    l->deep = wish->deep;
    l->folder = wish->folder;
    l->owner = strdup(wish->owner);
    memcpy(l->path, wish->path, size);
    if (l->owner == NULL || !make_token(l->token)) {
        lock_drop(l);
        return ENOMEM;
    }
    lock_refresh(ls, l, wish->seconds);
    list_push(&ls->all, &l->link);
    *out = l;
    return 0;
}

void lock_refresh(struct locks *ls, struct lock *l, unsigned seconds)
{
    l->until = ls->clock->mono + (int64_t)seconds * 1000;
}

unsigned lock_seconds(const struct locks *ls, const struct lock *l)
{
    const int64_t left = l->until - ls->clock->mono;
    return left > 0 ? (unsigned)((left + 999) / 1000) : 0;
}

/* --- beginning and end --- */

static void drop_at(struct locks *ls, const char *path)
{
    list_each(n, &ls->all) if (strcmp(path, of(n)->path) == 0 || path_below(path, of(n)->path))
        lock_drop(of(n));
}

static void on_event(struct event_sub *sub, const struct event *ev)
{
    struct locks *ls = container_of(sub, struct locks, sub);
    if (ev->kind == EVENT_DELETE || ev->kind == EVENT_RMDIR || ev->kind == EVENT_MOVE)
        drop_at(ls, ev->path);
    if (ev->kind == EVENT_MOVE) /* a lock is not taken along, and what was there is gone */
        drop_at(ls, ev->to);
}

void locks_init(struct locks *ls, const struct clock *clock, struct event_bus *bus)
{
    *ls = (struct locks){.sub = {.fn = on_event}, .clock = clock};
    list_init(&ls->all);
    list_init(&ls->sub.link);
    if (bus != NULL)
        event_subscribe(bus, &ls->sub);
}

void locks_free(struct locks *ls)
{
    list_each(n, &ls->all) lock_drop(of(n));
    event_unsubscribe(&ls->sub);
}
