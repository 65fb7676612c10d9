/* history_db.h: the history's tables. For the process that owns them (history_keeper.c) alone. */
#ifndef MODEL_HISTORY_DB_H
#define MODEL_HISTORY_DB_H

#include "model/db.h"
#include "model/history.h"

/* What a row is made of, in the order in which history_db_row() reads it. */
#define HISTORY_COLUMNS "m.id, m.kind, m.lag, m.nick, m.user, m.account, m.target, m.text, m.tags"

struct history_db {
    struct db *db;
    uint64_t count; /* messages */
};

/* -1 with the reason in why and fault. */
int history_db_open(struct history_db *h, const char *path, struct buf *why, enum db_fault *fault);
void history_db_close(struct history_db *h);
/* Bytes of the file. */
uint64_t history_db_bytes(struct history_db *h);

/* The calls below run within a transaction, unless they only read. An error shows in db_fault(). */

bool history_db_begin(struct history_db *h);
bool history_db_commit(struct history_db *h);
void history_db_rollback(struct history_db *h);

/* False when it failed. *fresh: it was not there yet. */
bool history_db_add(struct history_db *h, const struct history_msg *m, bool *fresh);
/* The number of the room in the tables; 0: there is none, or it failed. */
int64_t history_db_room(struct history_db *h, struct str key);
/* The row that s stands on. Its texts live until the next step. */
void history_db_row(struct db_stmt *s, struct history_msg *m);
/* Takes the text of a message that people have said out of the index. */
bool history_db_forget_words(struct history_db *h, int64_t id, int64_t room, struct str text);

/* --- history_query.c --- */

/* Adds the rows to out. Answers of HISTORY_FAILED have no words yet. */
void history_db_ask(struct history_db *h, const struct history_query *q, struct history_answer *a,
                    struct buf *out);
bool history_db_changes(enum history_want want);

/* --- history_prune.c --- */

/* How many messages there are too many of, when that is worth the work. */
uint64_t history_db_excess(const struct history_db *h, uint64_t max);
/* Deletes a slice of what is too old or too many, of rooms that are dropped, of empty space. 1:
 * there is more to do; 0: there is not; -1: it failed. */
int history_db_prune(struct history_db *h, const struct history_settings *s, int64_t now);

#endif
