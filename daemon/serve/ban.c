/* ban.c: bans: in force at every door, and kept in the database. */
#include "serve/serve.h"

#include <string.h>

/* Closes what the address has open. */
static void close_all(struct serve *s, const struct addr *a)
{
    const struct str host = addr_host(a);
    list_each(n, &s->doors)
    {
        const struct door *d = list_entry(n, struct door, link);
        list_each(k, &d->conns)
        {
            struct conn *c = list_entry(k, struct conn, link);
            const struct str other = addr_host(&c->peer);
            if (other.n == host.n && memcmp(other.p, host.p, host.n) == 0)
                conn_close(c, CLOSE_KICKED);
        }
    }
}

void bans_load(struct serve *s)
{
    struct addr a;
    struct db_stmt *st = db_stmt(s->db, "SELECT address, until, reason FROM ban");
    while (db_step(st))
        if (addr_parse_ip(&a, str_of(db_text(st, 0)), 0))
            (void)ban_add(s->bans, &a, db_int(st, 1), db_text(st, 2));
}

bool bans_set(struct serve *s, const struct addr *a, int64_t until, const char *reason)
{
    const struct banned *b = ban_add(s->bans, a, until, reason);
    if (b == NULL)
        return false;
    struct db_stmt *st = db_stmt(s->db, "INSERT OR REPLACE INTO ban (address, until, reason)"
                                        " VALUES (?1, ?2, ?3)");
    db_bind_text(st, 1, b->address);
    db_bind_int(st, 2, until);
    db_bind_text(st, 3, b->reason);
    const bool kept = db_run(st);
    const struct event ev = {.kind = EVENT_BAN, .peer = b->address, .text = b->reason};
    event_emit(s->bus, &ev);
    close_all(s, a);
    return kept;
}

/* Takes out the row of the ban, and the ban. */
static void drop(struct serve *s, const struct addr *a, const char *address)
{
    struct db_stmt *st = db_stmt(s->db, "DELETE FROM ban WHERE address = ?1");
    db_bind_text(st, 1, address);
    (void)db_run(st);
    const struct event ev = {.kind = EVENT_UNBAN, .peer = address};
    event_emit(s->bus, &ev);
    (void)ban_del(s->bans, a);
}

bool bans_lift(struct serve *s, const struct addr *a)
{
    const struct banned *b = ban_find(s->bans, a, 0);
    char address[PEER_TEXT_MAX];
    if (b == NULL)
        return false;
    text_copy(address, sizeof address, b->address);
    drop(s, a, address);
    const struct str host = addr_host(a);
    tries_forget(&s->tries, host); /* else the next slip would ban it again */
    return true;
}

void bans_tick(struct serve *s)
{
    struct addr a;
    const struct banned *b = ban_over(s->bans, s->loop->clock.wall);
    if (b == NULL || !addr_parse_ip(&a, str_of(b->address), 0))
        return;
    char address[PEER_TEXT_MAX];
    text_copy(address, sizeof address, b->address);
    drop(s, &a, address);
}
