#include "model/prop.h"

#include <errno.h>
#include <string.h>

static bool run(struct props *ps, const char *sql)
{
    return db_run(db_stmt(ps->db, sql));
}

/* --- reading --- */

void props_each(struct props *ps, const char *path, prop_fn *fn, void *arg)
{
    struct db_stmt *s = db_stmt(ps->db, "SELECT space, name, xml FROM prop WHERE path = ?1"
                                        " ORDER BY space, name");
    db_bind_text(s, 1, path);
    while (db_step(s))
        fn(arg, db_text(s, 0), db_text(s, 1), db_text(s, 2));
}

bool props_below(struct props *ps, const char *folder)
{
    struct db_stmt *s = db_stmt(ps->db, "SELECT 1 FROM prop WHERE path > ?1 || '/'"
                                        " AND path < ?1 || '0' LIMIT 1");
    db_bind_text(s, 1, folder[1] != '\0' ? folder : "");
    const bool any = db_step(s);
    if (any)
        db_reset(s);
    return any;
}

/* --- changing --- */

static bool change_one(struct props *ps, const char *path, const struct prop_change *c)
{
    struct db_stmt *s =
        c->xml == NULL
            ? db_stmt(ps->db, "DELETE FROM prop WHERE path = ?1 AND space = ?2 AND name = ?3")
            : db_stmt(ps->db, "INSERT OR REPLACE INTO prop (path, space, name, xml)"
                              " VALUES (?1, ?2, ?3, ?4)");
    db_bind_text(s, 1, path);
    db_bind_text(s, 2, c->space);
    db_bind_text(s, 3, c->name);
    if (c->xml != NULL)
        db_bind_text(s, 4, c->xml);
    return db_run(s);
}

/* Bytes, and how many there are, of path alone. */
static int64_t size_of(struct props *ps, const char *path, int64_t *count)
{
    struct db_stmt *s = db_stmt(ps->db, "SELECT count(*), coalesce(sum(length(xml)), 0) FROM prop"
                                        " WHERE path = ?1");
    db_bind_text(s, 1, path);
    if (!db_step(s))
        return -1;
    const int64_t bytes = db_int(s, 1);
    *count = db_int(s, 0);
    db_reset(s);
    return bytes;
}

/* What path and all beneath it have; "" is everything. */
static int64_t size_with(struct props *ps, const char *path)
{
    struct db_stmt *s = db_stmt(ps->db, "SELECT coalesce(sum(length(xml)), 0) FROM prop"
                                        " WHERE path = ?1 OR"
                                        " (path > ?1 || '/' AND path < ?1 || '0')");
    db_bind_text(s, 1, path);
    if (!db_step(s))
        return 0;
    const int64_t bytes = db_int(s, 0);
    db_reset(s);
    return bytes;
}

int props_change(struct props *ps, const char *path, const struct prop_change *c, unsigned n)
{
    int64_t count;
    const int64_t before = size_of(ps, path, &count);
    int err = before >= 0 && run(ps, "BEGIN IMMEDIATE") ? 0 : EIO;
    if (err != 0)
        return err;
    for (unsigned i = 0; i < n && err == 0; i++)
        if (c[i].xml != NULL && strlen(c[i].xml) > PROP_XML_MAX)
            err = ENOSPC;
        else if (!change_one(ps, path, &c[i]))
            err = EIO;
    const int64_t after = err == 0 ? size_of(ps, path, &count) : 0;
    const int64_t all = ps->bytes - before + after;
    if (err == 0 &&
        (count > PROPS_OF_MAX || after > PROPS_XML_MAX || (after > before && all > PROPS_ALL_MAX)))
        err = ENOSPC;
    if (err == 0 && (after < 0 || !run(ps, "COMMIT")))
        err = EIO;
    if (err != 0)
        (void)run(ps, "ROLLBACK");
    else
        ps->bytes = all;
    return err;
}

static void drop(struct props *ps, const char *path)
{
    const int64_t bytes = size_with(ps, path);
    struct db_stmt *s = db_stmt(ps->db, "DELETE FROM prop WHERE path = ?1"
                                        " OR (path > ?1 || '/' AND path < ?1 || '0')");
    db_bind_text(s, 1, path);
    if (db_run(s))
        ps->bytes -= bytes;
}

void props_copy(struct props *ps, const char *from, const char *to)
{
    int64_t count;
    drop(ps, to);
    const int64_t bytes = size_of(ps, from, &count);
    if (bytes < 0 || ps->bytes + bytes > PROPS_ALL_MAX)
        return;
    struct db_stmt *s = db_stmt(ps->db, "INSERT INTO prop (path, space, name, xml)"
                                        " SELECT ?2, space, name, xml FROM prop WHERE path = ?1");
    db_bind_text(s, 1, from);
    db_bind_text(s, 2, to);
    if (db_run(s))
        ps->bytes += bytes;
}

static void move(struct props *ps, const char *from, const char *to)
{
    drop(ps, to);
    struct db_stmt *s = db_stmt(ps->db, "UPDATE prop SET path = ?2 ||"
                                        " substr(path, length(?1) + 1) WHERE path = ?1"
                                        " OR (path > ?1 || '/' AND path < ?1 || '0')");
    db_bind_text(s, 1, from);
    db_bind_text(s, 2, to);
    (void)db_run(s);
}

static void on_event(struct event_sub *sub, const struct event *ev)
{
    struct props *ps = container_of(sub, struct props, sub);
    switch (ev->kind) {
    case EVENT_DELETE:
    case EVENT_RMDIR:
    case EVENT_MKDIR: drop(ps, ev->path); break; /* what went without us, too */
    case EVENT_MOVE: move(ps, ev->path, ev->to); break;
    default: break;
    }
}

/* --- beginning and end --- */

void props_init(struct props *ps, struct db *db, struct event_bus *bus)
{
    *ps = (struct props){.sub = {.fn = on_event}, .db = db};
    ps->bytes = size_with(ps, "");
    event_subscribe(bus, &ps->sub);
}

void props_free(struct props *ps)
{
    if (ps->sub.fn != NULL)
        event_unsubscribe(&ps->sub);
}
