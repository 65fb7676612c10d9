#include "model/room_keep.h"

void room_keep_load(struct db *db, struct room *r)
{
    struct db_stmt *s = db_stmt(db, "SELECT topic, topic_by, topic_at FROM room WHERE fold = ?1");
    db_bind_text(s, 1, r->fold);
    if (!db_step(s))
        return;
    text_copy(r->topic, sizeof r->topic, db_text(s, 0));
    text_copy(r->topic_by, sizeof r->topic_by, db_text(s, 1));
    r->topic_at = db_int(s, 2);
    db_reset(s);
}

void room_keep_save(struct db *db, const struct room *r)
{
    struct db_stmt *s = db_stmt(db, "INSERT OR REPLACE INTO room (fold, topic, topic_by, topic_at)"
                                    " VALUES (?1, ?2, ?3, ?4)");
    db_bind_text(s, 1, r->fold);
    db_bind_text(s, 2, r->topic);
    db_bind_text(s, 3, r->topic_by);
    db_bind_int(s, 4, r->topic_at);
    (void)db_step(s);
}
