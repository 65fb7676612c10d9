#include "base/secret.h"
#include "serve/serve.h"

#include <string.h>

void serve_drop_open(struct serve *s, struct drop *d, struct user *u)
{
    d->user = u;
    if (!secret_new(d->secret, sizeof d->secret) ||
        hmap_put(&s->drops, &d->by_secret, d->secret, DROP_SECRET_MAX - 1) < 0)
        d->secret[0] = '\0';
}

void serve_drop_close(struct serve *s, struct drop *d)
{
    if (d->secret[0] == '\0')
        return;
    hmap_del(&s->drops, &d->by_secret);
    explicit_bzero(d->secret, sizeof d->secret);
}

struct drop *serve_drop_find(const struct serve *s, struct str secret)
{
    struct hnode *n =
        secret.n == DROP_SECRET_MAX - 1 ? hmap_get(&s->drops, secret.p, secret.n) : NULL;
    return n != NULL ? hmap_entry(n, struct drop, by_secret) : NULL;
}

void drop_spoke(struct drop *d, struct str room)
{
    if (!name_fold(room, d->room))
        d->room[0] = '\0';
}
