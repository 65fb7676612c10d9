#include "net/admit.h"

#include <stdlib.h>
#include <string.h>

struct source {
    struct hnode node;
    size_t count;
    struct rate rate;
    char key[8];
};

void admit_init(struct admit *a)
{
    *a = (struct admit){0};
    hmap_init(&a->by_ip);
}

void admit_free(struct admit *a)
{
    for (struct hnode *n = hmap_next(&a->by_ip, NULL), *next; n != NULL; n = next) {
        next = hmap_next(&a->by_ip, n);
        free(hmap_entry(n, struct source, node));
    }
    hmap_free(&a->by_ip);
}

static struct source *find(const struct admit *a, struct str key)
{
    struct hnode *n = hmap_get(&a->by_ip, key.p, key.n);
    return n != NULL ? hmap_entry(n, struct source, node) : NULL;
}

static struct source *add(struct admit *a, struct str key)
{
    struct source *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    memcpy(s->key, key.p, key.n);
    if (hmap_put(&a->by_ip, &s->node, s->key, key.n) < 0) {
        free(s);
        return NULL;
    }
    return s;
}

const char *admit_enter(struct admit *a, const struct addr *peer)
{
    const struct str key = addr_host(peer);
    struct source *s = find(a, key);
    if (a->count >= a->max)
        return "too many connections";
    if (s != NULL && a->per_ip > 0 && s->count >= a->per_ip)
        return "too many connections from this address";
    if (s == NULL)
        s = add(a, key);
    if (s == NULL)
        return "out of memory";
    s->count++;
    a->count++;
    return NULL;
}

struct rate *admit_rate(const struct admit *a, const struct addr *peer)
{
    struct source *s = find(a, addr_host(peer));
    return s != NULL ? &s->rate : NULL;
}

void admit_leave(struct admit *a, const struct addr *peer)
{
    const struct str key = addr_host(peer);
    struct source *s = find(a, key);
    if (s == NULL)
        return;
    a->count--;
    if (--s->count > 0 || s->rate.free_at > 0) /* who comes again at once has no fresh rate */
        return;
    hmap_del(&a->by_ip, &s->node);
    free(s);
}

void admit_tick(struct admit *a, int64_t now)
{
    for (struct hnode *n = hmap_next(&a->by_ip, NULL), *next; n != NULL; n = next) {
        struct source *s = hmap_entry(n, struct source, node);
        next = hmap_next(&a->by_ip, n);
        if (s->count > 0 || !rate_rested(&s->rate, now))
            continue;
        hmap_del(&a->by_ip, n);
        free(s);
    }
}
