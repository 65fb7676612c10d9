#include "model/history_db.h"

#include "model/history_words.h"

#include <stdio.h>

enum { PATIENCE_MS = 2000 }; /* a backup may hold it */

/* room: key is NULL when it was dropped, and its messages are still to be deleted; a and b are the
 * accounts of a private talk. msg: lag is what the id's time is ahead of the true one, nearly
 * always 0. word: an index over text that only msg has; its column room narrows a search to "r12".
 */
static const char *const steps[] = {
    "CREATE TABLE room (id INTEGER PRIMARY KEY, key TEXT UNIQUE, name TEXT NOT NULL,"
    " a INTEGER NOT NULL, b INTEGER NOT NULL) STRICT;"
    "CREATE INDEX room_a ON room (a) WHERE a > 0;"
    "CREATE INDEX room_b ON room (b) WHERE b > 0;"
    "CREATE TABLE msg (id INTEGER PRIMARY KEY, room INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " lag INTEGER NOT NULL, nick TEXT NOT NULL, user TEXT NOT NULL, account TEXT NOT NULL,"
    " target TEXT NOT NULL, text TEXT NOT NULL, tags TEXT NOT NULL) STRICT;"
    "CREATE INDEX msg_room ON msg (room);"
    "CREATE INDEX msg_said ON msg (room) WHERE kind <= 1;"
    "CREATE VIRTUAL TABLE word USING fts5 (room, text, content='', columnsize=0,"
    " tokenize='unicode61 remove_diacritics 2');",
};

static const struct db_schema schema = {
    .pragmas = "PRAGMA auto_vacuum = INCREMENTAL;",
    .steps = steps,
    .versions = sizeof steps / sizeof steps[0],
    .patience = PATIENCE_MS,
};

int history_db_open(struct history_db *h, const char *path, struct buf *why, enum db_fault *fault)
{
    h->db = db_open_as(path, &schema, NULL, why, fault);
    if (h->db == NULL)
        return -1;
    struct db_stmt *s = db_stmt(h->db, "SELECT count(*) FROM msg");
    if (db_step(s)) {
        h->count = (uint64_t)db_int(s, 0);
        db_reset(s);
        return 0;
    }
    *fault = db_fault(h->db);
    buf_addf(why, "database %s: %s", path, db_words(h->db));
    history_db_close(h);
    return -1;
}

void history_db_close(struct history_db *h)
{
    db_close(h->db);
    h->db = NULL;
}

uint64_t history_db_bytes(struct history_db *h)
{
    struct db_stmt *s =
        db_stmt(h->db, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    const uint64_t n = db_step(s) ? (uint64_t)db_int(s, 0) : 0;
    db_reset(s);
    return n;
}

bool history_db_begin(struct history_db *h)
{
    return db_run(db_stmt(h->db, "BEGIN IMMEDIATE"));
}

bool history_db_commit(struct history_db *h)
{
    return db_run(db_stmt(h->db, "COMMIT"));
}

void history_db_rollback(struct history_db *h)
{
    (void)db_run(db_stmt(h->db, "ROLLBACK"));
}

int64_t history_db_room(struct history_db *h, struct str key)
{
    struct db_stmt *s = db_stmt(h->db, "SELECT id FROM room WHERE key = ?1");
    db_bind_str(s, 1, key);
    const int64_t id = db_step(s) ? db_int(s, 0) : 0;
    db_reset(s);
    return id;
}

static int64_t make_room(struct history_db *h, const struct history_msg *m)
{
    uint64_t a = 0, b = 0;
    (void)history_talk_parties(m->room, &a, &b);
    struct db_stmt *s =
        db_stmt(h->db, "INSERT INTO room (key, name, a, b) VALUES (?1, ?2, ?3, ?4)");
    db_bind_str(s, 1, m->room);
    db_bind_str(s, 2, m->name);
    db_bind_int(s, 3, (int64_t)a);
    db_bind_int(s, 4, (int64_t)b);
    return db_run(s) ? db_last_id(h->db) : 0;
}

static void room_word(char out[32], int64_t room)
{
    snprintf(out, 32, "r%lld", (long long)room);
}

/* Tells the index, by that statement, of the words of a message: (rowid, room, text). */
static bool with_words(struct history_db *h, const char *sql, int64_t id, int64_t room,
                       struct str text)
{
    char word[32];
    struct buf parted = {0};
    room_word(word, room);
    history_part_words(&parted, text);
    struct db_stmt *s = db_stmt(h->db, sql);
    db_bind_int(s, 1, id);
    db_bind_text(s, 2, word);
    db_bind_str(s, 3, (struct str){buf_data(&parted), parted.len});
    const bool ok = !parted.failed && db_run(s);
    buf_free(&parted);
    return ok;
}

static bool add_words(struct history_db *h, int64_t id, int64_t room, struct str text)
{
    return with_words(h, "INSERT INTO word (rowid, room, text) VALUES (?1, ?2, ?3)", id, room,
                      text);
}

bool history_db_forget_words(struct history_db *h, int64_t id, int64_t room, struct str text)
{
    return with_words(h, "INSERT INTO word (word, rowid, room, text) VALUES ('delete', ?1, ?2, ?3)",
                      id, room, text);
}

bool history_db_add(struct history_db *h, const struct history_msg *m, bool *fresh)
{
    int64_t room = history_db_room(h, m->room);
    if (room == 0)
        room = make_room(h, m);
    if (room == 0)
        return false;
    struct db_stmt *s = db_stmt(h->db, "INSERT OR IGNORE INTO msg"
                                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    db_bind_int(s, 1, (int64_t)m->id);
    db_bind_int(s, 2, room);
    db_bind_int(s, 3, m->kind);
    db_bind_int(s, 4, (int64_t)(m->id >> 16) - m->at);
    db_bind_str(s, 5, m->from);
    db_bind_str(s, 6, m->user);
    db_bind_str(s, 7, m->account);
    db_bind_str(s, 8, m->target);
    db_bind_str(s, 9, m->text);
    db_bind_str(s, 10, m->tags);
    if (!db_run(s))
        return false;
    *fresh = db_changes(h->db) > 0;
    h->count += *fresh;
    return !*fresh || m->kind > HISTORY_NOTICE || add_words(h, (int64_t)m->id, room, m->text);
}

void history_db_row(struct db_stmt *s, struct history_msg *m)
{
    *m = (struct history_msg){.id = (uint64_t)db_int(s, 0)};
    m->kind = (enum history_kind)db_int(s, 1);
    m->at = (int64_t)(m->id >> 16) - db_int(s, 2);
    m->from = db_str(s, 3);
    m->user = db_str(s, 4);
    m->account = db_str(s, 5);
    m->target = db_str(s, 6);
    m->text = db_str(s, 7);
    m->tags = db_str(s, 8);
}
