#include "model/monitor.h"

#include <stdlib.h>
#include <string.h>

void monitor_init(struct monitor *m)
{
    hmap_init(&m->names);
}

void monitor_free(struct monitor *m)
{
    hmap_free(&m->names);
}

static struct watched *find(const struct monitor *m, const char *fold)
{
    struct hnode *n = hmap_get(&m->names, fold, strlen(fold));
    return n != NULL ? hmap_entry(n, struct watched, by_name) : NULL;
}

static struct watch_of *find_watch(const struct user *u, const struct watched *w)
{
    list_each(n, &u->watches)
    {
        struct watch_of *watch = list_entry(n, struct watch_of, in_user);
        if (watch->watched == w)
            return watch;
    }
    return NULL;
}

/* A name goes with the last one who watches it. */
static void drop_unwatched(struct monitor *m, struct watched *w)
{
    if (!list_empty(&w->watches))
        return;
    hmap_del(&m->names, &w->by_name);
    free(w);
}

static struct watched *new_watched(struct monitor *m, struct str name, const char *fold)
{
    struct watched *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    list_init(&w->watches);
    (void)str_copy(w->name, sizeof w->name, name);
    text_copy(w->fold, sizeof w->fold, fold);
    if (hmap_put(&m->names, &w->by_name, w->fold, strlen(w->fold)) < 0) {
        free(w);
        return NULL;
    }
    return w;
}

enum monitor_result monitor_add(struct monitor *m, struct user *u, struct str name)
{
    char fold[FOLD_BYTES_MAX];
    if (name_check(name) != NAME_OK || !name_fold(name, fold))
        return MONITOR_NAME_BAD;
    struct watched *w = find(m, fold);
    if (w != NULL && find_watch(u, w) != NULL)
        return MONITOR_UNCHANGED;
    if (u->watching >= MONITOR_NAMES_MAX)
        return MONITOR_FULL;
    if (w == NULL)
        w = new_watched(m, name, fold);
    struct watch_of *watch = w != NULL ? calloc(1, sizeof *watch) : NULL;
    if (watch == NULL) {
        if (w != NULL)
            drop_unwatched(m, w);
        return MONITOR_NO_MEMORY;
    }
    *watch = (struct watch_of){.watched = w, .user = u};
    list_push(&w->watches, &watch->in_name);
    list_push(&u->watches, &watch->in_user);
    u->watching++;
    return MONITOR_OK;
}

static void drop(struct monitor *m, struct watch_of *watch)
{
    struct watched *w = watch->watched;
    list_unlink(&watch->in_name);
    list_unlink(&watch->in_user);
    watch->user->watching--;
    free(watch);
    drop_unwatched(m, w);
}

void monitor_remove(struct monitor *m, struct user *u, struct str name)
{
    char fold[FOLD_BYTES_MAX];
    const struct watched *w = name_fold(name, fold) ? find(m, fold) : NULL;
    struct watch_of *watch = w != NULL ? find_watch(u, w) : NULL;
    if (watch != NULL)
        drop(m, watch);
}

void monitor_clear(struct monitor *m, struct user *u)
{
    list_each(n, &u->watches) drop(m, list_entry(n, struct watch_of, in_user));
}

void monitor_each(const struct monitor *m, const char *fold,
                  void (*fn)(void *arg, struct user *watcher), void *arg)
{
    const struct watched *w = find(m, fold);
    if (w == NULL)
        return;
    list_each(n, &w->watches) fn(arg, list_entry(n, struct watch_of, in_name)->user);
}
