#include "model/db.h"

#include "base/list.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    BUSY_MS = 50,        /* nobody else writes; a backup may read */
    LIMIT_STEPS = 10000, /* of SQLite's machine between two looks at the clock */
};

/* Each step brings the schema one version further; PRAGMA user_version counts them. Never change
 * one that was released: add another. */
static const char *const migrations[] = {
    "CREATE TABLE room (fold TEXT PRIMARY KEY, topic TEXT NOT NULL, topic_by TEXT NOT NULL,"
    " topic_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
    "CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,"
    " fold TEXT NOT NULL UNIQUE, hash TEXT NOT NULL, role TEXT NOT NULL, quota INTEGER NOT NULL,"
    " disabled INTEGER NOT NULL, cert TEXT NOT NULL, created INTEGER NOT NULL,"
    " last_seen INTEGER NOT NULL) STRICT;"
    "CREATE TABLE file (path TEXT PRIMARY KEY, owner INTEGER NOT NULL, size INTEGER NOT NULL)"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX file_owner ON file (owner);"
    "CREATE TABLE ban (address TEXT PRIMARY KEY, until INTEGER NOT NULL, reason TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;",
    "CREATE TABLE share (id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE,"
    " path TEXT NOT NULL, folder INTEGER NOT NULL, account INTEGER NOT NULL,"
    " made INTEGER NOT NULL, expires INTEGER NOT NULL, hash TEXT NOT NULL,"
    " uploads INTEGER NOT NULL, hits INTEGER NOT NULL) STRICT;",
    "CREATE TABLE prop (path TEXT NOT NULL, space TEXT NOT NULL, name TEXT NOT NULL,"
    " xml TEXT NOT NULL, PRIMARY KEY (path, space, name)) STRICT, WITHOUT ROWID;",
    "CREATE TABLE partial (token TEXT PRIMARY KEY, path TEXT NOT NULL, owner INTEGER NOT NULL,"
    " address TEXT NOT NULL, length INTEGER NOT NULL, digest TEXT NOT NULL,"
    " digest_hex TEXT NOT NULL, fresh INTEGER NOT NULL, told INTEGER NOT NULL,"
    " whole INTEGER NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
    "CREATE TABLE marker (account INTEGER NOT NULL, target TEXT NOT NULL, at INTEGER NOT NULL,"
    " PRIMARY KEY (account, target)) STRICT, WITHOUT ROWID;",
    "ALTER TABLE account ADD COLUMN verifier TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;",
    /* What was there is of lobbies. */
    "ALTER TABLE room ADD COLUMN name TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE room ADD COLUMN created INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE room ADD COLUMN registered INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE room ADD COLUMN founder INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE room ADD COLUMN modes INTEGER NOT NULL DEFAULT 1;"
    "ALTER TABLE room ADD COLUMN key TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE room ADD COLUMN most INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE room_mask (fold TEXT NOT NULL, list INTEGER NOT NULL, mask TEXT NOT NULL,"
    " made_by TEXT NOT NULL, made_at INTEGER NOT NULL, PRIMARY KEY (fold, list, mask))"
    " STRICT, WITHOUT ROWID;"
    "CREATE TABLE room_status (fold TEXT NOT NULL, account INTEGER NOT NULL,"
    " status INTEGER NOT NULL, PRIMARY KEY (fold, account)) STRICT, WITHOUT ROWID;",
    "CREATE TABLE token (id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE,"
    " account INTEGER NOT NULL, name TEXT NOT NULL, made INTEGER NOT NULL,"
    " used INTEGER NOT NULL) STRICT;",
    "ALTER TABLE account ADD COLUMN always_on INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE absent (account INTEGER PRIMARY KEY, rooms TEXT NOT NULL) STRICT;",
};
static const struct db_schema schema_own = {
    .steps = migrations, .versions = sizeof migrations / sizeof migrations[0], .patience = BUSY_MS};

struct db {
    sqlite3 *handle;
    struct log *log;
    bool failing;  /* the last step did */
    int result;    /* of it */
    int64_t until; /* monotonic ms; 0 = no limit */
    struct list stmts;
};

struct db_stmt {
    struct list link;
    struct db *db;
    const char *sql;
    sqlite3_stmt *handle;
};

static int run(sqlite3 *h, const char *sql, struct buf *why)
{
    char *message = NULL;
    if (sqlite3_exec(h, sql, NULL, NULL, &message) == SQLITE_OK)
        return 0;
    buf_adds(why, message != NULL ? message : sqlite3_errmsg(h));
    sqlite3_free(message);
    return -1;
}

static int schema_version(sqlite3 *h)
{
    sqlite3_stmt *s = NULL;
    int version = -1;
    if (sqlite3_prepare_v2(h, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_step(s) == SQLITE_ROW)
        version = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return version;
}

static int migrate(sqlite3 *h, const struct db_schema *schema, struct buf *why)
{
    const int version = schema_version(h);
    if (version < 0) {
        buf_adds(why, sqlite3_errmsg(h));
        return -1;
    }
    if (version > schema->versions) {
        buf_addf(why, "was written by a newer agentd (schema %d, ours is %d)", version,
                 schema->versions);
        return -1;
    }
    for (int v = version; v < schema->versions; v++) {
        struct buf sql = {0};
        buf_addf(&sql, "BEGIN IMMEDIATE; %s PRAGMA user_version = %d; COMMIT;", schema->steps[v],
                 v + 1);
        const int result = run(h, buf_str(&sql), why);
        buf_free(&sql);
        if (result < 0) {
            (void)sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL);
            return -1;
        }
    }
    return 0;
}

/* The path with its folder's links followed: SQLITE_OPEN_NOFOLLOW is meant for the file alone, but
 * refuses them anywhere. */
static void follow_folder(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    char folder[PATH_MAX], real[PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", (int)(name - path), path);
    if (realpath(folder[0] != '\0' ? folder : ".", real) != NULL)
        snprintf(out, size, "%s/%s", real, name);
    else
        snprintf(out, size, "%s", path);
}

static enum db_fault fault_of(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return DB_FINE;
    case SQLITE_FULL: return DB_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return DB_DAMAGED;
    case SQLITE_INTERRUPT: return DB_STOPPED;
    default: return DB_TROUBLE;
    }
}

/* As it was opened: the journal, the schema. */
static void prepare(struct db *db, const struct db_schema *schema, struct buf *reason)
{
    sqlite3_busy_timeout(db->handle, schema->patience);
    if ((schema->pragmas == NULL || run(db->handle, schema->pragmas, reason) == 0) &&
        run(db->handle, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;", reason) == 0)
        (void)migrate(db->handle, schema, reason);
}

struct db *db_open_as(const char *path, const struct db_schema *schema, struct log *log,
                      struct buf *why, enum db_fault *fault)
{
    struct buf reason = {0};
    struct db *db = calloc(1, sizeof *db);
    *fault = DB_TROUBLE;
    if (db == NULL) {
        buf_adds(why, "out of memory");
        return NULL;
    }
    db->log = log;
    list_init(&db->stmts);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW;
    char whole[PATH_MAX + NAME_MAX + 2];
    follow_folder(path, whole, sizeof whole);
    const mode_t mask = umask(077); /* hashes of passwords are in it; what was said in private */
    const int opened = sqlite3_open_v2(whole, &db->handle, flags, NULL);
    if (opened == SQLITE_OK)
        (void)chmod(whole, 0600);
    umask(mask);
    if (opened != SQLITE_OK)
        buf_adds(&reason, db->handle != NULL ? sqlite3_errmsg(db->handle) : "out of memory");
    else
        prepare(db, schema, &reason);
    if (reason.len > 0) {
        buf_addf(why, "database %s: %s", path, buf_str(&reason));
        buf_free(&reason);
        *fault = db->handle != NULL ? fault_of(sqlite3_errcode(db->handle)) : DB_TROUBLE;
        db_close(db);
        return NULL;
    }
    *fault = DB_FINE;
    return db;
}

struct db *db_open(const char *path, struct log *log, struct buf *why)
{
    enum db_fault fault;
    return db_open_as(path, &schema_own, log, why, &fault);
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    for (struct list *n; (n = list_shift(&db->stmts)) != NULL;) {
        struct db_stmt *s = list_entry(n, struct db_stmt, link);
        sqlite3_finalize(s->handle);
        free(s);
    }
    sqlite3_close(db->handle);
    free(db);
}

static void complain(struct db *db)
{
    if (!db->failing && db->log != NULL)
        log_say(db->log, LOG_ERROR, "event=database-failed %s; what was to be kept is lost",
                sqlite3_errmsg(db->handle));
    db->failing = true;
}

struct db_stmt *db_stmt(struct db *db, const char *sql)
{
    list_each(n, &db->stmts)
    {
        struct db_stmt *s = list_entry(n, struct db_stmt, link);
        if (s->sql == sql)
            return s;
    }
    struct db_stmt *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->db = db;
    s->sql = sql;
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle, NULL) !=
        SQLITE_OK) {
        db->result = sqlite3_errcode(db->handle);
        complain(db);
        free(s);
        return NULL;
    }
    list_push(&db->stmts, &s->link);
    return s;
}

void db_bind_text(struct db_stmt *s, int i, const char *text)
{
    if (s != NULL)
        sqlite3_bind_text(s->handle, i, text, -1, SQLITE_TRANSIENT);
}

void db_bind_str(struct db_stmt *s, int i, struct str text)
{
    if (s != NULL)
        sqlite3_bind_text(s->handle, i, text.n > 0 ? text.p : "", (int)text.n, SQLITE_TRANSIENT);
}

void db_bind_int(struct db_stmt *s, int i, int64_t n)
{
    if (s != NULL)
        sqlite3_bind_int64(s->handle, i, n);
}

bool db_step(struct db_stmt *s)
{
    if (s == NULL)
        return false;
    const int result = s->db->result = sqlite3_step(s->handle);
    if (result == SQLITE_ROW)
        return true;
    if (result == SQLITE_DONE)
        s->db->failing = false;
    else
        complain(s->db);
    db_reset(s);
    return false;
}

bool db_run(struct db_stmt *s)
{
    return s != NULL && !db_step(s) && !s->db->failing;
}

int64_t db_last_id(const struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

void db_reset(struct db_stmt *s)
{
    if (s == NULL)
        return;
    sqlite3_reset(s->handle);
    sqlite3_clear_bindings(s->handle);
}

const char *db_text(struct db_stmt *s, int i)
{
    const unsigned char *text = sqlite3_column_text(s->handle, i);
    return text != NULL ? (const char *)text : "";
}

struct str db_str(struct db_stmt *s, int i)
{
    const char *text = db_text(s, i);
    return (struct str){text, (size_t)sqlite3_column_bytes(s->handle, i)};
}

int64_t db_int(struct db_stmt *s, int i)
{
    return sqlite3_column_int64(s->handle, i);
}

enum db_fault db_fault(const struct db *db)
{
    return fault_of(db->result);
}

const char *db_words(const struct db *db)
{
    return sqlite3_errstr(db->result);
}

int db_changes(const struct db *db)
{
    return sqlite3_changes(db->handle);
}

static int is_late(void *arg)
{
    const struct db *db = arg;
    struct clock now;
    clock_update(&now);
    return now.mono >= db->until;
}

void db_limit(struct db *db, int ms)
{
    struct clock now;
    clock_update(&now);
    db->until = now.mono + ms;
    sqlite3_progress_handler(db->handle, ms > 0 ? LIMIT_STEPS : 0, ms > 0 ? is_late : NULL, db);
}
