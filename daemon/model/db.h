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

/* What another database is made of. */
struct db_schema {
    const char *pragmas;      /* for a new file, before all else; or NULL */
    const char *const *steps; /* each brings it one version further; never change a released one */
    int versions;             /* how many */
    int patience;             /* ms to wait where somebody else has it locked */
};

enum db_fault {
    DB_FINE,
    DB_FULL,    /* the disk */
    DB_DAMAGED, /* what is in the file makes no sense */
    DB_STOPPED, /* db_limit()'s time was over */
    DB_TROUBLE, /* anything else; see the words */
};

/* The same for that; nothing is logged when log is NULL. *fault says what kind of reason it is. */
struct db *db_open_as(const char *path, const struct db_schema *schema, struct log *log,
                      struct buf *why, enum db_fault *fault);
/* Of the last step; and in words. */
enum db_fault db_fault(const struct db *db);
const char *db_words(const struct db *db);
/* Steps that take longer than ms from now on end in DB_STOPPED; 0: let them. */
void db_limit(struct db *db, int ms);
/* How many rows the last step has changed. */
int db_changes(const struct db *db);
void db_close(struct db *db);

/* A prepared statement; kept by db, so that asking again for the same text (a literal) costs
 * nothing. NULL after an error, which was logged; the other calls take NULL and do nothing. */
struct db_stmt *db_stmt(struct db *db, const char *sql);
/* Parameters count from 1. The text is copied. */
void db_bind_text(struct db_stmt *s, int i, const char *text);
void db_bind_str(struct db_stmt *s, int i, struct str text);
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
struct str db_str(struct db_stmt *s, int i);
int64_t db_int(struct db_stmt *s, int i);

#endif
