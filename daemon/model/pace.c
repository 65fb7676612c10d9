#include "model/pace.h"

#include <stdlib.h>

struct pace {
    struct hnode by_key;
    struct list link;
    struct bucket bucket;
    char key[PACE_KEY_MAX];
};

void paces_init(struct paces *p)
{
    *p = (struct paces){0};
    hmap_init(&p->by_key);
    list_init(&p->recent);
}

static void drop(struct paces *p, struct pace *one)
{
    hmap_del(&p->by_key, &one->by_key);
    list_unlink(&one->link);
    p->count--;
    free(one);
}

void paces_free(struct paces *p)
{
    list_each(n, &p->recent) drop(p, list_entry(n, struct pace, link));
    hmap_free(&p->by_key);
}

static struct pace *add(struct paces *p, struct str key)
{
    if (p->count >= PACES_MAX)
        drop(p, list_entry(p->recent.next, struct pace, link));
    struct pace *one = calloc(1, sizeof *one);
    if (one == NULL)
        return NULL;
    memcpy(one->key, key.p, key.n);
    if (hmap_put(&p->by_key, &one->by_key, one->key, key.n) < 0) {
        free(one);
        return NULL;
    }
    list_init(&one->link);
    p->count++;
    return one;
}

int64_t pace_take(struct paces *p, struct str key, int64_t now, int64_t cost, int64_t rate,
                  int64_t burst)
{
    if (key.n > PACE_KEY_MAX)
        key.n = PACE_KEY_MAX;
    struct hnode *n = hmap_get(&p->by_key, key.p, key.n);
    struct pace *one = n != NULL ? hmap_entry(n, struct pace, by_key) : add(p, key);
    if (one == NULL)
        return 0;
    list_unlink(&one->link);
    list_push(&p->recent, &one->link);
    return bucket_take(&one->bucket, now, cost, rate, burst);
}
