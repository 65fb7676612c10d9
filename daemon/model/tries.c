#include "model/tries.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct source {
    struct hnode node;
    struct list in_recent;
    int64_t last; /* when it failed */
    unsigned failures;
    char key[];
};

void tries_init(struct tries *t)
{
    hmap_init(&t->by_key);
    list_init(&t->recent);
    t->count = 0;
}

static void drop(struct tries *t, struct source *s)
{
    hmap_del(&t->by_key, &s->node);
    list_unlink(&s->in_recent);
    t->count--;
    free(s);
}

void tries_free(struct tries *t)
{
    list_each(l, &t->recent) drop(t, list_entry(l, struct source, in_recent));
    hmap_free(&t->by_key);
}

static struct str looked_at(struct str key)
{
    if (key.n == 0)
        return (struct str){"", 0};
    return (struct str){key.p, key.n < TRIES_KEY_MAX ? key.n : TRIES_KEY_MAX};
}

static struct source *find(const struct tries *t, struct str key)
{
    struct hnode *n = hmap_get(&t->by_key, key.p, key.n);
    return n != NULL ? hmap_entry(n, struct source, node) : NULL;
}

static struct source *oldest(const struct tries *t)
{
    return list_empty(&t->recent) ? NULL : list_entry(t->recent.next, struct source, in_recent);
}

static bool is_past(const struct source *s, int64_t now, int64_t memory_ms)
{
    return now - s->last > memory_ms;
}

static struct source *add(struct tries *t, struct str key)
{
    struct source *s = calloc(1, sizeof *s + key.n);
    if (s == NULL)
        return NULL;
    memcpy(s->key, key.p, key.n);
    if (t->count >= TRIES_MAX)
        drop(t, oldest(t));
    if (hmap_put(&t->by_key, &s->node, s->key, key.n) < 0) {
        free(s);
        return NULL;
    }
    list_init(&s->in_recent);
    t->count++;
    return s;
}

unsigned tries_note(struct tries *t, struct str key, int64_t now, int64_t memory_ms)
{
    key = looked_at(key);
    for (struct source *s; (s = oldest(t)) != NULL && is_past(s, now, memory_ms);)
        drop(t, s);
    struct source *s = find(t, key);
    if (s == NULL)
        s = add(t, key);
    if (s == NULL)
        return 1;
    list_unlink(&s->in_recent);
    list_push(&t->recent, &s->in_recent);
    s->last = now;
    s->failures += s->failures < UINT_MAX;
    return s->failures;
}

unsigned tries_count(const struct tries *t, struct str key, int64_t now, int64_t memory_ms)
{
    const struct source *s = find(t, looked_at(key));
    return s == NULL || is_past(s, now, memory_ms) ? 0 : s->failures;
}

void tries_forget(struct tries *t, struct str key)
{
    struct source *s = find(t, looked_at(key));
    if (s != NULL)
        drop(t, s);
}

int64_t tries_delay(unsigned failures, int64_t first_ms, int64_t most_ms)
{
    if (failures == 0 || first_ms <= 0 || most_ms <= 0)
        return 0;
    int64_t delay = first_ms;
    for (; failures > 1 && delay < most_ms; failures--)
        delay = delay <= most_ms / 2 ? delay * 2 : most_ms;
    return delay < most_ms ? delay : most_ms;
}
