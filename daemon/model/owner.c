#include "model/owner.h"

#include "model/partial.h"
#include "model/upload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    PRUNE_MAX = 200, /* files that one prune looks at */
    PRUNE_MS = 1000, /* and how long the account's next one waits */
};

static void credit(struct account *a, uint64_t size)
{
    if (a != NULL)
        a->quota.used -= size < a->quota.used ? size : a->quota.used;
}

/* --- rows --- */

static void drop(struct owners *o, const char *path)
{
    struct db_stmt *s = db_stmt(o->db, "SELECT owner, size FROM file WHERE path = ?1");
    db_bind_text(s, 1, path);
    if (!db_step(s))
        return;
    credit(account_by_id(o->accounts, db_int(s, 0)), (uint64_t)db_int(s, 1));
    db_reset(s);
    s = db_stmt(o->db, "DELETE FROM file WHERE path = ?1");
    db_bind_text(s, 1, path);
    (void)db_run(s);
}

static void put(struct owners *o, struct account *a, const char *path, uint64_t size)
{
    drop(o, path);
    if (a == NULL)
        return;
    struct db_stmt *s = db_stmt(o->db, "INSERT INTO file (path, owner, size) VALUES (?1, ?2, ?3)");
    db_bind_text(s, 1, path);
    db_bind_int(s, 2, a->id);
    db_bind_int(s, 3, (int64_t)size);
    (void)db_run(s); /* it counts, whether that can be kept or not */
    a->quota.used += size;
}

/* What still stands for files below path, which cannot be there: something else gets that name. */
static void drop_below(struct owners *o, const char *path)
{
    struct db_stmt *s = db_stmt(o->db, "SELECT owner, sum(size) FROM file WHERE path > ?1 || '/'"
                                       " AND path < ?1 || '0' GROUP BY owner");
    db_bind_text(s, 1, path);
    while (db_step(s))
        credit(account_by_id(o->accounts, db_int(s, 0)), (uint64_t)db_int(s, 1));
    s = db_stmt(o->db, "DELETE FROM file WHERE path > ?1 || '/' AND path < ?1 || '0'");
    db_bind_text(s, 1, path);
    (void)db_run(s);
}

/* A file, or a folder with all that is in it: the paths between "from/" and "from0". */
static void move(struct owners *o, const char *from, const char *to)
{
    struct db_stmt *s = db_stmt(o->db, "UPDATE file SET path = ?2 ||"
                                       " substr(path, length(?1) + 1) WHERE path = ?1"
                                       " OR (path > ?1 || '/' AND path < ?1 || '0')");
    drop(o, to);
    drop_below(o, to);
    db_bind_text(s, 1, from);
    db_bind_text(s, 2, to);
    (void)db_run(s);
}

static uint64_t credit_of(void *arg, struct quota *q, const char *path)
{
    return owner_size(arg, container_of(q, struct account, quota), path);
}

static void on_event(struct event_sub *sub, const struct event *ev)
{
    struct owners *o = container_of(sub, struct owners, sub);
    switch (ev->kind) {
    case EVENT_UPLOAD: put(o, ev->account, ev->path, ev->size); break;
    case EVENT_DELETE: drop(o, ev->path); break;
    case EVENT_MOVE: move(o, ev->path, ev->to); break;
    default: return;
    }
    if (o->store != NULL)
        uploads_recredit(o->store, ev->kind == EVENT_MOVE ? NULL : ev->path, credit_of, o);
}

/* --- for quotas --- */

uint64_t owner_size(struct owners *o, const struct account *a, const char *path)
{
    struct db_stmt *s = db_stmt(o->db, "SELECT size FROM file WHERE path = ?1 AND owner = ?2");
    db_bind_text(s, 1, path);
    db_bind_int(s, 2, a->id);
    if (!db_step(s))
        return 0;
    const int64_t size = db_int(s, 0);
    db_reset(s);
    return (uint64_t)size;
}

/* The next of a's files behind o->pruned_to: those that are gone go to gone[]. How many. */
static unsigned look_for_gone(struct owners *o, const struct account *a, struct store *store,
                              char *gone[PRUNE_MAX])
{
    unsigned count = 0, seen = 0;
    struct stat st;
    struct db_stmt *s = db_stmt(o->db, "SELECT path FROM file WHERE owner = ?1 AND path > ?2"
                                       " ORDER BY path LIMIT 200");
    db_bind_int(s, 1, a->id);
    db_bind_text(s, 2, o->pruned_to);
    while (db_step(s)) {
        const char *path = db_text(s, 0);
        seen++;
        text_copy(o->pruned_to, sizeof o->pruned_to, path);
        if (store_stat(store, path, &st) == ENOENT && (gone[count] = strdup(path)) != NULL)
            count++;
    }
    if (seen < PRUNE_MAX) /* that was the last: from the beginning again */
        o->pruned_to[0] = '\0';
    return count;
}

bool owner_prune(struct owners *o, struct account *a, struct store *store)
{
    char *gone[PRUNE_MAX];
    const int64_t now = o->accounts->clock->mono;
    if (a->pruned_at > 0 && now < a->pruned_at + PRUNE_MS)
        return false;
    a->pruned_at = now > 0 ? now : 1;
    if (o->pruned_of != a->id)
        o->pruned_to[0] = '\0';
    o->pruned_of = a->id;
    const unsigned count = look_for_gone(o, a, store, gone);
    for (unsigned i = 0; i < count; i++) {
        drop(o, gone[i]);
        free(gone[i]);
    }
    return count > 0;
}

void owner_forget(struct owners *o, const struct account *a)
{
    struct db_stmt *s = db_stmt(o->db, "DELETE FROM file WHERE owner = ?1");
    db_bind_int(s, 1, a->id);
    (void)db_run(s);
    if (o->store == NULL || o->store->partials == NULL)
        return;
    uploads_forget(o->store, a->id);
    partials_forget(o->store->partials, a->id);
}

/* --- beginning and end --- */

void owners_init(struct owners *o, struct db *db, struct accounts *accounts, struct event_bus *bus)
{
    *o = (struct owners){.sub = {.fn = on_event}, .db = db, .accounts = accounts};
    struct db_stmt *s = db_stmt(db, "SELECT owner, sum(size) FROM file GROUP BY owner");
    while (db_step(s)) {
        struct account *a = account_by_id(o->accounts, db_int(s, 0));
        if (a != NULL)
            a->quota.used = (uint64_t)db_int(s, 1);
    }
    event_subscribe(bus, &o->sub);
}

void owners_free(struct owners *o)
{
    if (o->sub.fn != NULL)
        event_unsubscribe(&o->sub);
}
