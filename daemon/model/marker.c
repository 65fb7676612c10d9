#include "model/marker.h"

#include "base/limits.h"
#include "model/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DIRTY_MAX = 4096,  /* that wait to be written */
    EVERY = 10,        /* seconds between two times of writing */
    OF_ACCOUNT = 1000, /* kept for one account: the oldest go */
};

struct marker {
    struct hnode node; /* key: key */
    int64_t account, at;
    char target[FOLD_BYTES_MAX];
    char key[FOLD_BYTES_MAX + 24]; /* "account target" */
};

/* --- writing --- */

static bool run(struct markers *ms, const char *sql)
{
    return db_run(db_stmt(ms->db, sql));
}

static void write_one(struct markers *ms, const struct marker *m)
{
    struct db_stmt *s = db_stmt(ms->db, "INSERT OR REPLACE INTO marker (account, target, at)"
                                        " VALUES (?1, ?2, ?3)");
    db_bind_int(s, 1, m->account);
    db_bind_text(s, 2, m->target);
    db_bind_int(s, 3, m->at);
    (void)db_run(s);
    s = db_stmt(ms->db, "DELETE FROM marker WHERE account = ?1 AND at < (SELECT at FROM marker"
                        " WHERE account = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)");
    db_bind_int(s, 1, m->account);
    db_bind_int(s, 2, OF_ACCOUNT - 1);
    (void)db_run(s);
}

static void write_all(struct markers *ms)
{
    ms->ticks = 0;
    if (ms->dirty.count == 0)
        return;
    (void)run(ms, "BEGIN IMMEDIATE");
    for (struct hnode *n = hmap_next(&ms->dirty, NULL), *next; n != NULL; n = next) {
        struct marker *m = hmap_entry(n, struct marker, node);
        next = hmap_next(&ms->dirty, n);
        write_one(ms, m);
        hmap_del(&ms->dirty, n);
        free(m);
    }
    if (!run(ms, "COMMIT"))
        (void)run(ms, "ROLLBACK");
}

void markers_tick(struct markers *ms)
{
    if (++ms->ticks >= EVERY)
        write_all(ms);
}

/* --- asking and changing --- */

static size_t key_of(char *key, size_t size, int64_t account, const char *target)
{
    return (size_t)snprintf(key, size, "%lld %s", (long long)account, target);
}

static struct marker *find_dirty(const struct markers *ms, int64_t account, const char *target)
{
    char key[sizeof((struct marker *)0)->key];
    struct hnode *n = hmap_get(&ms->dirty, key, key_of(key, sizeof key, account, target));
    return n != NULL ? hmap_entry(n, struct marker, node) : NULL;
}

int64_t marker_get(const struct markers *ms, int64_t account, const char *target)
{
    const struct marker *m = find_dirty(ms, account, target);
    if (m != NULL)
        return m->at;
    struct db_stmt *s = db_stmt(ms->db, "SELECT at FROM marker WHERE account = ?1 AND target = ?2");
    db_bind_int(s, 1, account);
    db_bind_text(s, 2, target);
    if (!db_step(s))
        return 0;
    const int64_t at = db_int(s, 0);
    db_reset(s);
    return at;
}

int64_t marker_set(struct markers *ms, int64_t account, const char *target, int64_t at)
{
    const int64_t was = marker_get(ms, account, target);
    struct marker *m = find_dirty(ms, account, target);
    if (at <= was)
        return was;
    if (m == NULL) {
        if (ms->dirty.count >= DIRTY_MAX)
            write_all(ms);
        m = calloc(1, sizeof *m);
        if (m == NULL)
            return was;
        m->account = account;
        text_copy(m->target, sizeof m->target, target);
        if (hmap_put(&ms->dirty, &m->node, m->key, key_of(m->key, sizeof m->key, account, target)) <
            0) {
            free(m);
            return was;
        }
    }
    m->at = at;
    return at;
}

/* --- beginning and end --- */

static void on_event(struct event_sub *sub, const struct event *ev)
{
    struct markers *ms = container_of(sub, struct markers, sub);
    char was[FOLD_BYTES_MAX], fresh[FOLD_BYTES_MAX];
    if (ev->kind != EVENT_ROOM_RENAME || !name_fold(str_of(ev->room), was) ||
        !name_fold(str_of(ev->to), fresh) || strcmp(was, fresh) == 0)
        return;
    write_all(ms);
    struct db_stmt *s = db_stmt(ms->db, "UPDATE OR REPLACE marker SET target = ?2"
                                        " WHERE target = ?1");
    db_bind_text(s, 1, was);
    db_bind_text(s, 2, fresh);
    (void)db_run(s);
}

void markers_init(struct markers *ms, struct db *db, struct event_bus *bus)
{
    *ms = (struct markers){.db = db, .sub = {.fn = on_event}};
    hmap_init(&ms->dirty);
    event_subscribe(bus, &ms->sub);
}

void markers_free(struct markers *ms)
{
    if (ms->db == NULL)
        return;
    write_all(ms);
    event_unsubscribe(&ms->sub);
    hmap_free(&ms->dirty);
}
