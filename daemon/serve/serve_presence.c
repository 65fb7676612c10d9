/* serve_presence.c: somebody with an account is one person, by however many doors. */
#include "serve/serve.h"

#include <string.h>

static bool is_of(const struct conn *c, const struct account *a)
{
    const struct frontend *fe = door_of(c)->fe;
    return !c->finishing && !c->closing && fe->account != NULL && fe->account(c) == a;
}

/* What people call the door. */
static const char *name_of(struct conn *c)
{
    const struct frontend *fe = door_of(c)->fe;
    struct who w = {.proto = fe->name, .name = "", .account = "", .doing = ""};
    if (fe->describe != NULL)
        fe->describe(c, &w);
    return w.proto;
}

void serve_presence(const struct serve *s, const struct account *a, uint64_t sid, struct buf *out)
{
    enum { DOORS_MAX = 8 };
    const char *told[DOORS_MAX];
    unsigned n = 0, i;
    list_each(k, &s->doors)
    {
        const struct door *d = list_entry(k, struct door, link);
        list_each(j, &d->conns)
        {
            struct conn *c = list_entry(j, struct conn, link);
            if (n == DOORS_MAX || c->id == sid || !is_of(c, a))
                continue;
            const char *name = name_of(c);
            for (i = 0; i < n && strcmp(told[i], name) != 0; i++)
                ;
            if (i < n)
                continue;
            buf_addf(out, "%s%s", n > 0 ? ", " : "", name);
            told[n++] = name;
        }
    }
}

unsigned serve_kick_account(const struct serve *s, const struct account *a, const char *reason)
{
    unsigned n = 0;
    list_each(k, &s->doors)
    {
        const struct door *d = list_entry(k, struct door, link);
        list_each(j, &d->conns)
        {
            struct conn *c = list_entry(j, struct conn, link);
            if (!is_of(c, a))
                continue;
            door_kick(c, reason);
            n++;
        }
    }
    return n;
}
