#include "model/account.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

enum { SEEN_MS = 60000 }; /* how exactly last_seen is kept */

static const char *const roles[] = {"read", "write", "admin"};

/* Names that stand for something else at one of the doors. */
static const char *const reserved[] = {"anonymous", "ftp",    "guest", "administrator", "管理员",
                                       "agentd",    "nobody", "root",  "nickserv",      "chanserv"};

const char *role_name(enum role role)
{
    return roles[role];
}

bool role_parse(struct str text, enum role *out)
{
    for (unsigned i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (str_eq(text, roles[i])) {
            *out = (enum role)i;
            return true;
        }
    return false;
}

/* --- who there is --- */

static struct account *of_node(struct hnode *n)
{
    return hmap_entry(n, struct account, by_name);
}

struct account *account_find(const struct accounts *as, struct str name)
{
    char fold[FOLD_BYTES_MAX];
    if (name.n == 0 || name.n > NAME_BYTES_MAX || !name_fold(name, fold))
        return NULL;
    struct hnode *n = hmap_get(&as->by_name, fold, strlen(fold));
    return n != NULL ? of_node(n) : NULL;
}

struct account *account_by_cert(const struct accounts *as, const char *fingerprint)
{
    for (struct hnode *n = hmap_next(&as->by_name, NULL); n != NULL; n = hmap_next(&as->by_name, n))
        if (fingerprint[0] != '\0' && strcmp(of_node(n)->cert, fingerprint) == 0)
            return of_node(n);
    return NULL;
}

struct account *account_by_id(const struct accounts *as, int64_t id)
{
    for (struct hnode *n = hmap_next(&as->by_name, NULL); n != NULL; n = hmap_next(&as->by_name, n))
        if (of_node(n)->id == id)
            return of_node(n);
    return NULL;
}

void account_unref(struct account *a)
{
    if (a == NULL || --a->refs > 0)
        return;
    explicit_bzero(a, sizeof *a);
    free(a);
}

/* Into the table, which holds a reference. NULL when memory is out. */
static struct account *insert(struct accounts *as, struct str name, const char *fold)
{
    struct account *a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->refs = 1;
    (void)str_copy(a->name, sizeof a->name, name);
    text_copy(a->fold, sizeof a->fold, fold);
    if (hmap_put(&as->by_name, &a->by_name, a->fold, strlen(a->fold)) == 0)
        return a;
    free(a);
    return NULL;
}

static void take_out(struct accounts *as, struct account *a)
{
    hmap_del(&as->by_name, &a->by_name);
    a->gone = true;
    a->generation++;
    account_unref(a);
}

/* --- beginning and end --- */

static bool load(struct accounts *as)
{
    struct db_stmt *s = db_stmt(as->db, "SELECT id, name, fold, hash, role, quota, disabled, cert,"
                                        " created, last_seen, verifier, always_on FROM account");
    while (db_step(s)) {
        struct account *a = insert(as, str_of(db_text(s, 1)), db_text(s, 2));
        if (a == NULL) {
            db_reset(s);
            return false;
        }
        a->id = db_int(s, 0);
        text_copy(a->hash, sizeof a->hash, db_text(s, 3));
        (void)role_parse(str_of(db_text(s, 4)), &a->role);
        a->quota.limit = (uint64_t)db_int(s, 5);
        a->disabled = db_int(s, 6) != 0;
        text_copy(a->cert, sizeof a->cert, db_text(s, 7));
        a->created = db_int(s, 8);
        a->last_seen = db_int(s, 9);
        text_copy(a->verifier, sizeof a->verifier, db_text(s, 10));
        a->always_on = db_int(s, 11) != 0;
    }
    return s != NULL;
}

/* Made once; where it cannot be kept it holds until the next start. */
static bool load_fakes(struct accounts *as)
{
    struct db_stmt *s = db_stmt(as->db, "SELECT value FROM secret WHERE name = 'fakes'");
    if (db_step(s)) {
        text_copy(as->fakes, sizeof as->fakes, db_text(s, 0));
        db_reset(s);
        return true;
    }
    if (!secret_new(as->fakes, sizeof as->fakes))
        return false;
    s = db_stmt(as->db, "INSERT INTO secret (name, value) VALUES ('fakes', ?1)");
    db_bind_text(s, 1, as->fakes);
    (void)db_run(s);
    return true;
}

int accounts_init(struct accounts *as, struct db *db, const struct clock *clock, struct buf *why)
{
    *as = (struct accounts){.db = db, .clock = clock};
    hmap_init(&as->by_name);
    if (!proof_key_new(&as->key) || !load(as) || !load_fakes(as)) {
        buf_adds(why, "the accounts cannot be read");
        return -1;
    }
    return 0;
}

void accounts_free(struct accounts *as)
{
    for (struct hnode *n = hmap_next(&as->by_name, NULL), *next; n != NULL; n = next) {
        next = hmap_next(&as->by_name, n);
        account_unref(of_node(n));
    }
    hmap_free(&as->by_name);
    explicit_bzero(&as->key, sizeof as->key);
    explicit_bzero(as->fakes, sizeof as->fakes);
}

/* --- changes --- */

static enum account_result check_name(const struct accounts *as, struct str name,
                                      char fold[FOLD_BYTES_MAX])
{
    if (name_check(name) != NAME_OK || !name_fold(name, fold))
        return ACCOUNT_NAME_BAD;
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(fold, reserved[i]) == 0)
            return ACCOUNT_NAME_RESERVED;
    return hmap_get(&as->by_name, fold, strlen(fold)) != NULL ? ACCOUNT_EXISTS : ACCOUNT_OK;
}

enum account_result account_may_add(const struct accounts *as, struct str name)
{
    char fold[FOLD_BYTES_MAX];
    return check_name(as, name, fold);
}

enum account_result account_add(struct accounts *as, struct str name, const char *hash,
                                enum role role, uint64_t quota, struct account **out)
{
    char fold[FOLD_BYTES_MAX];
    const enum account_result result = check_name(as, name, fold);
    if (result != ACCOUNT_OK)
        return result;
    struct account *a = insert(as, name, fold);
    if (a == NULL)
        return ACCOUNT_NO_MEMORY;
    struct db_stmt *s = db_stmt(as->db, "INSERT INTO account (name, fold, hash, role, quota,"
                                        " disabled, cert, created, last_seen)"
                                        " VALUES (?1, ?2, ?3, ?4, ?5, 0, '', ?6, 0)");
    a->role = role;
    a->quota.limit = quota;
    a->created = as->clock->wall;
    text_copy(a->hash, sizeof a->hash, hash);
    db_bind_text(s, 1, a->name);
    db_bind_text(s, 2, a->fold);
    db_bind_text(s, 3, hash);
    db_bind_text(s, 4, role_name(role));
    db_bind_int(s, 5, (int64_t)quota);
    db_bind_int(s, 6, a->created);
    if (!db_run(s)) {
        take_out(as, a);
        return ACCOUNT_NOT_KEPT;
    }
    a->id = db_last_id(as->db);
    if (out != NULL)
        *out = a;
    return ACCOUNT_OK;
}

bool account_set_hash(struct accounts *as, struct account *a, const char *hash)
{
    struct db_stmt *s =
        db_stmt(as->db, "UPDATE account SET hash = ?2, verifier = '' WHERE id = ?1");
    db_bind_int(s, 1, a->id);
    db_bind_text(s, 2, hash);
    if (!db_run(s))
        return false;
    text_copy(a->hash, sizeof a->hash, hash);
    a->verifier[0] = '\0';
    a->proof.until = 0;
    a->generation++;
    return true;
}

bool account_set_verifier(struct accounts *as, struct account *a, const char *verifier)
{
    struct db_stmt *s = db_stmt(as->db, "UPDATE account SET verifier = ?2 WHERE id = ?1");
    db_bind_int(s, 1, a->id);
    db_bind_text(s, 2, verifier);
    if (!db_run(s))
        return false;
    text_copy(a->verifier, sizeof a->verifier, verifier);
    return true;
}

bool account_set_role(struct accounts *as, struct account *a, enum role role)
{
    struct db_stmt *s = db_stmt(as->db, "UPDATE account SET role = ?2 WHERE id = ?1");
    db_bind_int(s, 1, a->id);
    db_bind_text(s, 2, role_name(role));
    if (!db_run(s))
        return false;
    a->role = role;
    return true;
}

bool account_set_quota(struct accounts *as, struct account *a, uint64_t limit)
{
    struct db_stmt *s = db_stmt(as->db, "UPDATE account SET quota = ?2 WHERE id = ?1");
    db_bind_int(s, 1, a->id);
    db_bind_int(s, 2, (int64_t)limit);
    if (!db_run(s))
        return false;
    a->quota.limit = limit;
    return true;
}

bool account_set_disabled(struct accounts *as, struct account *a, bool disabled)
{
    struct db_stmt *s = db_stmt(as->db, "UPDATE account SET disabled = ?2 WHERE id = ?1");
    db_bind_int(s, 1, a->id);
    db_bind_int(s, 2, disabled);
    if (!db_run(s))
        return false;
    a->disabled = disabled;
    a->generation += disabled;
    return true;
}

bool account_set_always_on(struct accounts *as, struct account *a, bool on)
{
    struct db_stmt *s = db_stmt(as->db, "UPDATE account SET always_on = ?2 WHERE id = ?1");
    db_bind_int(s, 1, a->id);
    db_bind_int(s, 2, on);
    if (!db_run(s))
        return false;
    a->always_on = on;
    return true;
}

bool account_set_cert(struct accounts *as, struct account *a, const char *fingerprint)
{
    struct db_stmt *s = db_stmt(as->db, "UPDATE account SET cert = ?2 WHERE id = ?1");
    db_bind_int(s, 1, a->id);
    db_bind_text(s, 2, fingerprint);
    if (!db_run(s))
        return false;
    text_copy(a->cert, sizeof a->cert, fingerprint);
    a->generation++;
    return true;
}

bool account_delete(struct accounts *as, struct account *a)
{
    struct db_stmt *s = db_stmt(as->db, "DELETE FROM account WHERE id = ?1");
    db_bind_int(s, 1, a->id);
    if (!db_run(s))
        return false;
    s = db_stmt(as->db, "DELETE FROM marker WHERE account = ?1"); /* see model/marker */
    db_bind_int(s, 1, a->id);
    (void)db_run(s);
    s = db_stmt(as->db, "DELETE FROM absent WHERE account = ?1"); /* and model/absent */
    db_bind_int(s, 1, a->id);
    (void)db_run(s);
    take_out(as, a);
    return true;
}

void account_seen(struct accounts *as, struct account *a)
{
    const int64_t now = as->clock->wall;
    if (a->gone || (now >= a->last_seen && now - a->last_seen < SEEN_MS))
        return;
    struct db_stmt *s = db_stmt(as->db, "UPDATE account SET last_seen = ?2 WHERE id = ?1");
    a->last_seen = now;
    db_bind_int(s, 1, a->id);
    db_bind_int(s, 2, now);
    (void)db_run(s);
}

/* --- the password that was right last --- */

void account_remember(const struct accounts *as, struct account *a, const char *password)
{
    proof_keep(&a->proof, &as->key, password, as->clock->mono);
}

bool account_remembers(const struct accounts *as, const struct account *a, const char *password)
{
    return proof_holds(&a->proof, &as->key, password, as->clock->mono);
}

/* --- SCRAM --- */

struct account *account_verifier(const struct accounts *as, struct str name, struct verifier *out)
{
    char fold[FOLD_BYTES_MAX];
    struct account *a = account_find(as, name);
    if (a != NULL && verifier_parse(out, a->verifier))
        return a;
    if (name.n <= NAME_BYTES_MAX && name_fold(name, fold))
        name = str_of(fold); /* as a real one, whatever the case */
    verifier_fake(out, str_of(as->fakes), name);
    return a;
}
