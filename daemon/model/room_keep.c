#include "model/room_keep.h"

#include "base/container.h"

/* --- reading --- */

static void load_masks(struct db *db, struct room *r)
{
    struct db_stmt *s =
        db_stmt(db, "SELECT list, mask, made_by, made_at FROM room_mask WHERE fold = ?1");
    db_bind_text(s, 1, r->fold);
    while (db_step(s)) {
        const int64_t list = db_int(s, 0);
        if (list >= 0 && list < ROOM_LISTS)
            (void)room_add_mask(r, (enum room_list)list, db_text(s, 1), db_text(s, 2),
                                db_int(s, 3));
    }
}

static void load_statuses(struct db *db, struct room *r)
{
    struct db_stmt *s = db_stmt(db, "SELECT account, status FROM room_status WHERE fold = ?1");
    db_bind_text(s, 1, r->fold);
    while (db_step(s))
        (void)room_set_status(r, db_int(s, 0),
                              db_int(s, 1) == MEMBER_OP ? MEMBER_OP : MEMBER_VOICE);
}

static struct room *load_room(struct db_stmt *s)
{
    struct room *r = room_new(db_text(s, 1), db_text(s, 0), db_int(s, 2));
    if (r == NULL)
        return NULL;
    r->stored = true;
    r->registered = db_int(s, 3) != 0;
    r->founder = db_int(s, 4);
    r->modes = (unsigned)db_int(s, 5);
    text_copy(r->key, sizeof r->key, db_text(s, 6));
    r->limit = (unsigned)db_int(s, 7);
    text_copy(r->topic, sizeof r->topic, db_text(s, 8));
    text_copy(r->topic_by, sizeof r->topic_by, db_text(s, 9));
    r->topic_at = db_int(s, 10);
    return r;
}

bool room_keep_load(struct db *db, bool (*take)(void *arg, struct room *r), void *arg)
{
    struct db_stmt *s = db_stmt(db, "SELECT fold, name, created, registered, founder, modes, key,"
                                    " most, topic, topic_by, topic_at FROM room");
    while (db_step(s)) {
        struct room *r = load_room(s);
        if (r != NULL) {
            load_masks(db, r);
            load_statuses(db, r);
        }
        if (r == NULL || !take(arg, r)) {
            db_reset(s);
            return false;
        }
    }
    return s != NULL;
}

/* --- writing --- */

static void clear(struct db *db, const char *fold)
{
    struct db_stmt *masks = db_stmt(db, "DELETE FROM room_mask WHERE fold = ?1");
    struct db_stmt *statuses = db_stmt(db, "DELETE FROM room_status WHERE fold = ?1");
    db_bind_text(masks, 1, fold);
    (void)db_run(masks);
    db_bind_text(statuses, 1, fold);
    (void)db_run(statuses);
}

static bool save_room(struct db *db, const struct room *r)
{
    struct db_stmt *s =
        db_stmt(db, "INSERT OR REPLACE INTO room (fold, name, created, registered, founder, modes,"
                    " key, most, topic, topic_by, topic_at)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    db_bind_text(s, 1, r->fold);
    db_bind_text(s, 2, r->name);
    db_bind_int(s, 3, r->created);
    db_bind_int(s, 4, r->registered);
    db_bind_int(s, 5, r->founder);
    db_bind_int(s, 6, r->modes);
    db_bind_text(s, 7, r->key);
    db_bind_int(s, 8, r->limit);
    db_bind_text(s, 9, r->topic);
    db_bind_text(s, 10, r->topic_by);
    db_bind_int(s, 11, r->topic_at);
    return db_run(s);
}

static bool save_mask(struct db *db, const struct room *r, int list, const struct mask *m)
{
    struct db_stmt *s = db_stmt(db, "INSERT OR REPLACE INTO room_mask (fold, list, mask, made_by,"
                                    " made_at) VALUES (?1, ?2, ?3, ?4, ?5)");
    db_bind_text(s, 1, r->fold);
    db_bind_int(s, 2, list);
    db_bind_text(s, 3, m->text);
    db_bind_text(s, 4, m->by);
    db_bind_int(s, 5, m->at);
    return db_run(s);
}

static bool save_status(struct db *db, const struct room *r, const struct room_status *st)
{
    struct db_stmt *s = db_stmt(db, "INSERT OR REPLACE INTO room_status (fold, account, status)"
                                    " VALUES (?1, ?2, ?3)");
    db_bind_text(s, 1, r->fold);
    db_bind_int(s, 2, st->account);
    db_bind_int(s, 3, st->status);
    return db_run(s);
}

bool room_keep_save(struct db *db, const struct room *r)
{
    clear(db, r->fold);
    bool ok = save_room(db, r);
    for (int l = 0; ok && l < ROOM_LISTS; l++)
        list_each(n, &r->masks[l]) ok = ok && save_mask(db, r, l, list_entry(n, struct mask, link));
    list_each(n, &r->statuses) ok =
        ok && save_status(db, r, list_entry(n, struct room_status, link));
    return ok;
}

void room_keep_delete(struct db *db, const char *fold)
{
    struct db_stmt *s = db_stmt(db, "DELETE FROM room WHERE fold = ?1");
    clear(db, fold);
    db_bind_text(s, 1, fold);
    (void)db_run(s);
}

void room_keep_begin(struct db *db)
{
    (void)db_run(db_stmt(db, "BEGIN"));
}

void room_keep_end(struct db *db)
{
    (void)db_run(db_stmt(db, "COMMIT"));
}
