/* db.h: the database: what must outlive a restart. A thin cover over SQLite, so that its header is
 * seen in one file only. Open it after the last fork at start, and never open its file by other
 * means: closing any descriptor of it would drop SQLite's locks. */
#ifndef MODEL_DB_H
#define MODEL_DB_H

#include "base/buf.h"
#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>

struct db;
struct db_stmt;

/* Opens (and makes) the file and brings its schema up to date. NULL with the reason in why. */
struct db *db_open(const char *path, struct log *log, struct buf *why);
void db_close(struct db *db);

/* A prepared statement; kept by db, so that asking again for the same text (a literal) costs
 * nothing. NULL after an error, which was logged; the other calls take NULL and do nothing. */
struct db_stmt *db_stmt(struct db *db, const char *sql);
/* Parameters count from 1. The text is copied. */
void db_bind_text(struct db_stmt *s, int i, const char *text);
void db_bind_int(struct db_stmt *s, int i, int64_t n);
/* Runs to the next row: true when there is one. Resets the statement when there is none. An error
 * is logged, once until something succeeds again: trouble with the disk must not fill it with
 * words. */
bool db_step(struct db_stmt *s);
/* Runs a statement that gives no rows; true when it was done. */
bool db_run(struct db_stmt *s);
/* The id of the row that was inserted last. */
int64_t db_last_id(const struct db *db);
/* Ends a statement before its last row. */
void db_reset(struct db_stmt *s);
/* Columns count from 0. The text lives until the next step; "" for NULL. */
const char *db_text(struct db_stmt *s, int i);
int64_t db_int(struct db_stmt *s, int i);

#endif
