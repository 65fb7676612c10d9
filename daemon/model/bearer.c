#include "model/bearer.h"

#include "base/date.h"

#include <stdlib.h>
#include <string.h>

enum { USED_MS = 60000 }; /* how exactly `used` is kept */

static struct bearer *of_link(struct list *n)
{
    return list_entry(n, struct bearer, link);
}

/* NULL when memory is out. */
static struct bearer *insert(struct bearers *bs, struct account *a, const char *digest,
                             struct str name)
{
    struct bearer *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    text_copy(b->digest, sizeof b->digest, digest);
    (void)str_copy(b->name, sizeof b->name, name);
    if (hmap_put(&bs->by_digest, &b->by_digest, b->digest, DIGEST_TEXT_MAX - 1) < 0) {
        free(b);
        return NULL;
    }
    b->account = account_ref(a);
    list_push(&bs->all, &b->link);
    return b;
}

static void drop(struct bearers *bs, struct bearer *b)
{
    hmap_del(&bs->by_digest, &b->by_digest);
    list_unlink(&b->link);
    account_unref(b->account);
    free(b);
}

static bool load(struct bearers *bs)
{
    struct db_stmt *s =
        db_stmt(bs->db, "SELECT id, digest, account, name, made, used FROM token ORDER BY id");
    while (db_step(s)) {
        struct account *a = account_by_id(bs->accounts, db_int(s, 2));
        struct bearer *b = a != NULL ? insert(bs, a, db_text(s, 1), str_of(db_text(s, 3))) : NULL;
        if (b == NULL && a != NULL) {
            db_reset(s);
            return false;
        }
        if (b == NULL)
            continue;
        b->id = db_int(s, 0);
        b->made = db_int(s, 4);
        b->used = db_int(s, 5);
    }
    return s != NULL;
}

int bearers_init(struct bearers *bs, struct accounts *accounts, struct buf *why)
{
    *bs = (struct bearers){.db = accounts->db, .accounts = accounts};
    hmap_init(&bs->by_digest);
    list_init(&bs->all);
    if (load(bs))
        return 0;
    buf_adds(why, "the tokens cannot be read");
    return -1;
}

void bearers_free(struct bearers *bs)
{
    if (bs->accounts == NULL)
        return;
    list_each(n, &bs->all) drop(bs, of_link(n));
    hmap_free(&bs->by_digest);
}

static void note_used(struct bearers *bs, struct bearer *b)
{
    const int64_t now = bs->accounts->clock->wall;
    struct db_stmt *s = db_stmt(bs->db, "UPDATE token SET used = ?1 WHERE id = ?2");
    if (now - b->used < USED_MS && now >= b->used)
        return;
    b->used = now;
    db_bind_int(s, 1, now);
    db_bind_int(s, 2, b->id);
    (void)db_run(s);
}

struct account *bearer_find(struct bearers *bs, struct str token)
{
    char digest[DIGEST_TEXT_MAX];
    if (token.n != BEARER_TOKEN_MAX - 1 || !secret_digest(token, digest))
        return NULL;
    struct hnode *n = hmap_get(&bs->by_digest, digest, DIGEST_TEXT_MAX - 1);
    struct bearer *b = n != NULL ? hmap_entry(n, struct bearer, by_digest) : NULL;
    if (b == NULL || !account_usable(b->account))
        return NULL;
    note_used(bs, b);
    return b->account;
}

void bearer_forget(struct bearers *bs, const struct account *a)
{
    struct db_stmt *s = db_stmt(bs->db, "DELETE FROM token WHERE account = ?1");
    db_bind_int(s, 1, a->id);
    (void)db_run(s);
    list_each(n, &bs->all) if (of_link(n)->account == a) drop(bs, of_link(n));
}

/* --- the verbs --- */

static bool refuse(struct buf *out, const char *why)
{
    buf_adds(out, why);
    return false;
}

static unsigned count_of(const struct bearers *bs, const struct account *a)
{
    unsigned n = 0;
    list_each(k, &bs->all) n += of_link(k)->account == a;
    return n;
}

/* Can it be shown in a line? */
static bool is_name(struct str name)
{
    for (size_t i = 0, len; i < name.n; i += len) {
        uint32_t cp;
        len = utf8_next(name.p + i, name.n - i, &cp);
        if (len == 0 || utf8_unseen(cp))
            return false;
    }
    return name.n < BEARER_NAME_MAX;
}

static bool add(struct bearers *bs, struct account *a, struct str name, struct buf *out)
{
    char token[BEARER_TOKEN_MAX], digest[DIGEST_TEXT_MAX];
    struct db_stmt *s = db_stmt(bs->db, "INSERT INTO token (digest, account, name, made, used)"
                                        " VALUES (?1, ?2, ?3, ?4, 0)");
    if (!is_name(name))
        return refuse(out, "a token's name has at most 31 bytes, and no control characters");
    if (count_of(bs, a) >= BEARERS_OF_MAX)
        return refuse(out, "that account has 50 tokens: revoke one first");
    if (!secret_new(token, sizeof token) || !secret_digest(str_of(token), digest))
        return refuse(out, "out of memory");
    struct bearer *b = insert(bs, a, digest, name);
    if (b == NULL)
        return refuse(out, "out of memory");
    b->made = bs->accounts->clock->wall;
    db_bind_text(s, 1, digest);
    db_bind_int(s, 2, a->id);
    db_bind_text(s, 3, b->name);
    db_bind_int(s, 4, b->made);
    if (!db_run(s)) {
        drop(bs, b);
        return refuse(out, "the database cannot be written; nothing was changed");
    }
    b->id = db_last_id(bs->db);
    buf_addf(out, "%s\nid %lld; it is not shown again\n", token, (long long)b->id);
    explicit_bzero(token, sizeof token);
    return true;
}

static bool list(const struct bearers *bs, const struct account *a, struct buf *out)
{
    buf_addf(out, "%6s  %-16s  %-16s  %s\n", "ID", "MADE (UTC)", "USED (UTC)", "NAME");
    list_each(n, &bs->all)
    {
        const struct bearer *b = of_link(n);
        char made[DATE_TEXT_MAX], used[DATE_TEXT_MAX] = "never";
        if (b->account != a)
            continue;
        date_minute(made, (time_t)(b->made / 1000));
        if (b->used > 0)
            date_minute(used, (time_t)(b->used / 1000));
        buf_addf(out, "%6lld  %-16s  %-16s  %s\n", (long long)b->id, made, used, b->name);
    }
    return true;
}

static bool revoke(struct bearers *bs, const struct account *a, struct str arg, struct buf *out)
{
    struct db_stmt *s = db_stmt(bs->db, "DELETE FROM token WHERE id = ?1");
    uint64_t id;
    struct bearer *b = NULL;
    const bool number = text_number(arg, INT64_MAX, &id);
    list_each(n, &bs->all) if (number && of_link(n)->id == (int64_t)id && of_link(n)->account == a)
        b = of_link(n);
    if (b == NULL)
        return refuse(out, "that account has no such token (see: agentctl user token NAME list)");
    db_bind_int(s, 1, b->id);
    if (!db_run(s))
        return refuse(out, "the database cannot be written; nothing was changed");
    drop(bs, b);
    buf_addf(out, "token %lld is revoked\n", (long long)id);
    return true;
}

bool bearer_admin(struct bearers *bs, struct account *a, struct str line, struct buf *out)
{
    struct str rest = line, verb = STR("");
    (void)str_split(&rest, ' ', &verb);
    const struct str arg = rest.p != NULL ? rest : STR("");
    if (str_eq(verb, "add"))
        return add(bs, a, arg, out);
    if (str_eq(verb, "list") || verb.n == 0)
        return list(bs, a, out);
    if (str_eq(verb, "revoke"))
        return revoke(bs, a, arg, out);
    return refuse(out, "usage: user token NAME add [WHAT-FOR] | list | revoke ID");
}
