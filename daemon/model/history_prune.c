/* history_prune.c: what the history forgets, a slice at a time, so that others are answered in
 * between. */
#include "model/history_db.h"

#include <stdlib.h>

enum {
    SLICE = 200,      /* messages */
    SLACK_MOST = 200, /* messages above `max` before they are worth the work */
    PAGES = 64,       /* of empty space given back at a time */
    EMPTY_PART = 4,   /* a file is made smaller when so much of it is empty: the fourth part */
    EMPTY_LEAST = 256,
};

/* One that is to go. */
struct doomed {
    int64_t id, room;
    bool said;
    struct buf text;
};

struct slice {
    size_t count;
    struct doomed one[SLICE];
};

static void collect(struct db_stmt *s, struct slice *sl)
{
    while (sl->count < SLICE && db_step(s)) {
        struct doomed *d = &sl->one[sl->count++];
        *d = (struct doomed){
            .id = db_int(s, 0), .room = db_int(s, 1), .said = db_int(s, 2) <= HISTORY_NOTICE};
        const struct str text = db_str(s, 3);
        buf_add(&d->text, text.p, text.n);
    }
    db_reset(s);
}

static bool delete_one(struct history_db *h, struct doomed *d)
{
    struct db_stmt *s = db_stmt(h->db, "DELETE FROM msg WHERE id = ?1");
    db_bind_int(s, 1, d->id);
    if (!db_run(s))
        return false;
    h->count -= h->count > 0;
    return !d->said || history_db_forget_words(h, d->id, d->room,
                                               (struct str){buf_data(&d->text), d->text.len});
}

/* 1: done; 0: there was nothing; -1: it failed. */
static int delete_slice(struct history_db *h, struct db_stmt *s, size_t *count)
{
    struct slice *sl = calloc(1, sizeof *sl);
    if (sl == NULL)
        return -1;
    collect(s, sl);
    int result = db_fault(h->db) != DB_FINE ? -1 : sl->count > 0;
    *count = sl->count;
    for (size_t i = 0; i < sl->count; i++) {
        if (result > 0 && !delete_one(h, &sl->one[i]))
            result = -1;
        buf_free(&sl->one[i].text);
    }
    free(sl);
    return result;
}

/* The oldest ones, in all rooms. */
static int prune_oldest(struct history_db *h, int64_t below, size_t most, size_t *count)
{
    struct db_stmt *s = db_stmt(h->db, "SELECT id, room, kind, text FROM msg WHERE id < ?1"
                                       " ORDER BY id LIMIT ?2");
    db_bind_int(s, 1, below);
    db_bind_int(s, 2, (int64_t)most);
    return delete_slice(h, s, count);
}

/* A room that was dropped; one that is empty goes as well. */
static int prune_dropped(struct history_db *h, size_t *count)
{
    struct db_stmt *s = db_stmt(h->db, "SELECT id FROM room WHERE key IS NULL LIMIT 1");
    const int64_t room = db_step(s) ? db_int(s, 0) : 0;
    db_reset(s);
    if (room == 0)
        return 0;
    s = db_stmt(h->db, "SELECT id, room, kind, text FROM msg INDEXED BY msg_room WHERE room = ?1"
                       " LIMIT ?2");
    db_bind_int(s, 1, room);
    db_bind_int(s, 2, SLICE);
    const int result = delete_slice(h, s, count);
    if (result != 0)
        return result;
    s = db_stmt(h->db, "DELETE FROM room WHERE id = ?1");
    db_bind_int(s, 1, room);
    return db_run(s) ? 1 : -1;
}

/* Rooms of which nothing is left. */
static bool forget_rooms(struct history_db *h)
{
    return db_run(db_stmt(h->db, "DELETE FROM room WHERE NOT EXISTS"
                                 " (SELECT 1 FROM msg WHERE msg.room = room.id)"));
}

static int64_t number_of(struct history_db *h, const char *sql)
{
    struct db_stmt *s = db_stmt(h->db, sql);
    const int64_t n = db_step(s) ? db_int(s, 0) : 0;
    db_reset(s);
    return n;
}

/* Empty pages are used again; only where they are many is the file made smaller. */
static int give_back(struct history_db *h)
{
    const int64_t empty = number_of(h, "PRAGMA freelist_count");
    if (empty < EMPTY_LEAST || empty < number_of(h, "PRAGMA page_count") / EMPTY_PART)
        return 0;
    struct db_stmt *s = db_stmt(h->db, "PRAGMA incremental_vacuum");
    for (int i = 0; i < PAGES && db_step(s); i++)
        ;
    db_reset(s);
    return db_fault(h->db) == DB_FINE ? 1 : -1;
}

uint64_t history_db_excess(const struct history_db *h, uint64_t max)
{
    const uint64_t slack = max / 50 < SLACK_MOST ? max / 50 : SLACK_MOST;
    return max == 0 || h->count <= max + slack ? 0 : h->count - max;
}

static int prune(struct history_db *h, const struct history_settings *s, int64_t now)
{
    const int64_t oldest = s->keep > 0 && now > s->keep ? (now - s->keep) << 16 : 0;
    const uint64_t excess = history_db_excess(h, s->max);
    size_t count = 0;
    int result = prune_dropped(h, &count);
    if (result == 0 && oldest > 0)
        result = prune_oldest(h, oldest, SLICE, &count);
    if (result == 0 && excess > 0)
        result = prune_oldest(h, INT64_MAX, excess < SLICE ? (size_t)excess : SLICE, &count);
    if (result == 1 && count < SLICE && !forget_rooms(h))
        result = -1;
    return result != 0 ? result : give_back(h);
}

int history_db_prune(struct history_db *h, const struct history_settings *s, int64_t now)
{
    const uint64_t before = h->count;
    if (!history_db_begin(h))
        return -1;
    const int result = prune(h, s, now);
    if (result >= 0 && history_db_commit(h))
        return result;
    h->count = before;
    history_db_rollback(h);
    return -1;
}
