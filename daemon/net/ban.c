#include "net/ban.h"

#include <stdlib.h>
#include <string.h>

static struct banned *of_node(struct hnode *n)
{
    return hmap_entry(n, struct banned, by_ip);
}

void bans_init(struct bans *bs)
{
    hmap_init(&bs->by_ip);
}

void bans_free(struct bans *bs)
{
    for (struct hnode *n = hmap_next(&bs->by_ip, NULL), *next; n != NULL; n = next) {
        next = hmap_next(&bs->by_ip, n);
        free(of_node(n));
    }
    hmap_free(&bs->by_ip);
}

static struct banned *get(const struct bans *bs, const struct addr *a)
{
    const struct str key = addr_host(a);
    struct hnode *n = bs->by_ip.count > 0 ? hmap_get(&bs->by_ip, key.p, key.n) : NULL;
    return n != NULL ? of_node(n) : NULL;
}

const struct banned *ban_find(const struct bans *bs, const struct addr *a, int64_t now)
{
    const struct banned *b = get(bs, a);
    return b != NULL && (b->until == 0 || b->until > now) ? b : NULL;
}

const struct banned *ban_add(struct bans *bs, const struct addr *a, int64_t until,
                             const char *reason)
{
    struct banned *b = get(bs, a);
    if (b == NULL) {
        const struct str key = addr_host(a);
        b = bs->by_ip.count < BANS_MAX ? calloc(1, sizeof *b) : NULL;
        if (b == NULL)
            return NULL;
        memcpy(b->key, key.p, key.n);
        addr_ip_text(a, b->address);
        if (hmap_put(&bs->by_ip, &b->by_ip, b->key, key.n) < 0) {
            free(b);
            return NULL;
        }
    }
    b->until = until;
    text_copy(b->reason, sizeof b->reason, reason);
    return b;
}

bool ban_del(struct bans *bs, const struct addr *a)
{
    struct banned *b = get(bs, a);
    if (b == NULL)
        return false;
    hmap_del(&bs->by_ip, &b->by_ip);
    free(b);
    return true;
}

const struct banned *ban_over(const struct bans *bs, int64_t now)
{
    for (struct hnode *n = hmap_next(&bs->by_ip, NULL); n != NULL; n = hmap_next(&bs->by_ip, n))
        if (of_node(n)->until != 0 && of_node(n)->until <= now)
            return of_node(n);
    return NULL;
}
