#include "model/partial.h"

#include "base/secret.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER ".agentd"

enum { GONE_PER_TICK = 20 };

static struct partial *of_link(struct list *n)
{
    return list_entry(n, struct partial, link);
}

int partials_folder(struct partials *ps)
{
    if (ps->dir >= 0)
        return ps->dir;
    if (mkdirat(ps->store->root, FOLDER, 0700) < 0 && errno != EEXIST)
        return -1;
    ps->dir = openat(ps->store->root, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return ps->dir;
}

/* --- rows --- */

bool partial_save(struct partial *p)
{
    struct db_stmt *s =
        db_stmt(p->all->db, "INSERT OR REPLACE INTO partial (token, path, owner, address,"
                            " length, digest, digest_hex, fresh, told, whole, until)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    char hex[2 * DIGEST_MAX + 1];
    text_to_hex(hex, p->digest.bytes, digest_size(p->digest.kind));
    db_bind_text(s, 1, p->token);
    db_bind_text(s, 2, p->path);
    db_bind_int(s, 3, p->owner.account);
    db_bind_text(s, 4, p->owner.address);
    db_bind_int(s, 5, p->length == PARTIAL_LENGTH_UNKNOWN ? -1 : (int64_t)p->length);
    db_bind_text(s, 6, digest_name(p->digest.kind));
    db_bind_text(s, 7, hex);
    db_bind_int(s, 8, p->fresh);
    db_bind_int(s, 9, p->told);
    db_bind_int(s, 10, p->whole ? (int64_t)p->size : -1);
    db_bind_int(s, 11, p->until);
    return db_run(s);
}

static void forget_row(const struct partial *p)
{
    struct db_stmt *s = db_stmt(p->all->db, "DELETE FROM partial WHERE token = ?1");
    db_bind_text(s, 1, p->token);
    (void)db_run(s);
}

/* --- one of them --- */

static void free_partial(struct partial *p)
{
    list_unlink(&p->link);
    hmap_del(&p->all->by_token, &p->by_token);
    free(p);
}

/* In the table, the last one; NULL when memory is out. */
static struct partial *add(struct partials *ps, const char *token, const char *path)
{
    const size_t n = strlen(path) + 1;
    struct partial *p = calloc(1, sizeof *p + n);
    if (p == NULL)
        return NULL;
    p->all = ps;
    p->length = PARTIAL_LENGTH_UNKNOWN;
    text_copy(p->token, sizeof p->token, token);
    memcpy(p->path, path, n);
    list_init(&p->link);
    if (hmap_put(&ps->by_token, &p->by_token, p->token, strlen(p->token)) < 0) {
        free(p);
        return NULL;
    }
    list_push(&ps->oldest_first, &p->link);
    return p;
}

static void uncount(struct partial *p)
{
    if (p->owner.quota != NULL && p->user == NULL && !p->whole)
        p->owner.quota->pending -= p->size;
}

static void count(struct partial *p)
{
    if (p->owner.quota != NULL)
        p->owner.quota->pending += p->size;
}

static void touch(struct partial *p)
{
    p->until = p->all->clock->wall + p->all->keep;
    list_unlink(&p->link);
    list_push(&p->all->oldest_first, &p->link);
}

void partial_drop(struct partial *p)
{
    struct partials *ps = p->all;
    uncount(p);
    if (!p->whole && ps->dir >= 0) {
        const int held = store_hold(ps->dir, p->token);
        (void)unlinkat(ps->dir, p->token, 0);
        if (held >= 0)
            store_close_fd(ps->store, held);
    }
    forget_row(p);
    free_partial(p);
}

struct partial *partial_by_token(const struct partials *ps, struct str token)
{
    struct hnode *n = hmap_get(&ps->by_token, token.p, token.n);
    struct partial *p = n != NULL ? hmap_entry(n, struct partial, by_token) : NULL;
    return p != NULL && p->path[0] != '\0' && (p->user != NULL || p->until > ps->clock->wall)
               ? p
               : NULL;
}

static bool same_owner(const struct partial_owner *a, const struct partial_owner *b)
{
    return a->account == b->account && (a->account != 0 || strcmp(a->address, b->address) == 0);
}

bool partial_is_of(const struct partial *p, const struct partial_owner *o)
{
    return same_owner(&p->owner, o);
}

bool partial_stat(const struct partial *p, struct stat *st)
{
    return !p->whole && p->all->dir >= 0 &&
           fstatat(p->all->dir, p->token, st, AT_SYMLINK_NOFOLLOW) == 0;
}

struct partial *partial_find(const struct partials *ps, const struct partial_owner *o,
                             const char *path)
{
    struct partial *found = NULL;
    list_each(n, &ps->oldest_first)
    {
        struct partial *p = of_link(n);
        if (p->whole || strcmp(p->path, path) != 0 || !same_owner(&p->owner, o))
            continue;
        if (p->user == NULL && p->until <= ps->clock->wall)
            continue;
        if (found == NULL || p->user == NULL || found->user != NULL)
            found = p;
    }
    return found;
}

/* --- bounds --- */

/* Do the two share a bound? */
static bool same_share(const struct partial_owner *a, const struct partial_owner *b)
{
    return a->account == b->account;
}

/* The oldest one that may go, of those that match(); NULL: none. How many match at all, and their
 * bytes. */
static struct partial *oldest(const struct partials *ps, const struct partial_owner *o,
                              bool (*match)(const struct partial_owner *,
                                            const struct partial_owner *),
                              size_t *matching, uint64_t *bytes)
{
    struct partial *found = NULL;
    *matching = 0;
    *bytes = 0;
    list_each(n, &ps->oldest_first)
    {
        struct partial *p = of_link(n);
        if (p->path[0] == '\0' || !match(&p->owner, o))
            continue;
        ++*matching;
        *bytes += p->user == NULL && !p->whole ? p->size : 0;
        if (found == NULL && p->user == NULL)
            found = p;
    }
    return found;
}

/* Makes room for one more of o's. False when all of them are in use. */
static bool make_room(struct partials *ps, const struct partial_owner *o)
{
    size_t n;
    uint64_t bytes;
    struct partial *p = oldest(ps, o, same_share, &n, &bytes);
    if (n >= (o->account != 0 ? PARTIALS_OF_ACCOUNT : PARTIALS_OF_GUESTS)) {
        if (p == NULL)
            return false;
        partial_drop(p);
    }
    p = oldest(ps, o, same_owner, &n, &bytes);
    if (o->account == 0 && n >= PARTIALS_OF_ADDRESS) {
        if (p == NULL)
            return false;
        partial_drop(p);
    }
    return ps->by_token.count < PARTIALS_MAX;
}

/* Drops the oldest while those of o's share take too much. */
static void keep_bytes(struct partials *ps, const struct partial_owner *owner)
{
    const struct partial_owner o = *owner;
    const uint64_t most = o.account != 0 ? ps->account_max : ps->guests_max;
    size_t n;
    uint64_t bytes;
    for (struct partial *p; (p = oldest(ps, &o, same_share, &n, &bytes)) != NULL && bytes > most;)
        partial_drop(p);
}

/* --- their life --- */

struct partial *partial_new(struct partials *ps, const struct partial_owner *o, const char *path)
{
    char token[PARTIAL_TOKEN_MAX];
    if (ps->keep == 0 || partials_folder(ps) < 0 || !make_room(ps, o) ||
        !secret_new(token, sizeof token))
        return NULL;
    struct partial *p = add(ps, token, path);
    if (p == NULL)
        return NULL;
    p->owner = *o;
    touch(p);
    return p;
}

void partial_use(struct partial *p, struct upload *up)
{
    uncount(p);
    p->user = up;
    p->said = 0;
    touch(p);
}

void partial_settle(struct partial *p, uint64_t size)
{
    partials_drop_of(p->all, &p->owner, p->path);
    p->user = NULL;
    p->size = size;
    count(p);
    if (p->all->keep == 0) {
        partial_drop(p);
        return;
    }
    touch(p);
    (void)partial_save(p);
    keep_bytes(p->all, &p->owner);
}

void partial_completed(struct partial *p, uint64_t size)
{
    p->user = NULL;
    p->whole = true;
    p->size = size;
    if (!p->told) {
        forget_row(p);
        free_partial(p);
        return;
    }
    touch(p);
    (void)partial_save(p);
}

void partials_drop_of(struct partials *ps, const struct partial_owner *o, const char *path)
{
    list_each(n, &ps->oldest_first)
    {
        struct partial *p = of_link(n);
        if (p->user == NULL && !p->whole && strcmp(p->path, path) == 0 && same_owner(&p->owner, o))
            partial_drop(p);
    }
}

void partials_forget(struct partials *ps, int64_t account)
{
    list_each(n, &ps->oldest_first)
    {
        struct partial *p = of_link(n);
        if (p->user == NULL && p->owner.account == account && p->path[0] != '\0')
            partial_drop(p);
    }
}

bool partials_yield(struct partials *ps, const struct quota *q)
{
    list_each(n, &ps->oldest_first)
    {
        struct partial *p = of_link(n);
        if (p->owner.quota != q || p->user != NULL || p->whole || p->size == 0)
            continue;
        partial_drop(p);
        return true;
    }
    return false;
}

void partials_keep(struct partials *ps, int64_t keep)
{
    const int64_t until = ps->clock->wall + keep;
    ps->keep = keep;
    list_each(n, &ps->oldest_first)
    {
        struct partial *p = of_link(n);
        p->until = p->until < until ? p->until : until;
    }
}

void partials_tick(struct partials *ps)
{
    unsigned gone = 0;
    list_each(n, &ps->oldest_first)
    {
        struct partial *p = of_link(n);
        if (p->user != NULL || p->until > ps->clock->wall)
            continue;
        partial_drop(p);
        if (++gone == GONE_PER_TICK)
            return;
    }
}

/* --- beginning and end --- */

/* A row; its file is still to be found. */
static void load_row(struct partials *ps, struct db_stmt *s, struct accounts *accounts)
{
    struct partial *p = add(ps, db_text(s, 0), db_text(s, 1));
    if (p == NULL)
        return;
    struct account *a = account_by_id(accounts, db_int(s, 2));
    p->owner.account = db_int(s, 2);
    p->owner.quota = a != NULL ? &a->quota : NULL;
    text_copy(p->owner.address, sizeof p->owner.address, db_text(s, 3));
    p->length = db_int(s, 4) < 0 ? PARTIAL_LENGTH_UNKNOWN : (uint64_t)db_int(s, 4);
    p->digest.kind = digest_named(str_of(db_text(s, 5)));
    if (!text_from_hex(p->digest.bytes, digest_size(p->digest.kind), db_text(s, 6)))
        p->digest.kind = DIGEST_NONE;
    p->fresh = db_int(s, 7) != 0;
    p->told = db_int(s, 8) != 0;
    p->whole = db_int(s, 9) >= 0;
    p->size = p->whole ? (uint64_t)db_int(s, 9) : 0;
    p->until = p->owner.account != 0 && a == NULL ? 0 : db_int(s, 10);
}

/* The file's size is the truth. Without a file, there is nothing. */
static void find_files(struct partials *ps)
{
    struct stat st;
    list_each(n, &ps->oldest_first)
    {
        struct partial *p = of_link(n);
        if (p->whole)
            continue;
        if (ps->dir >= 0 && fstatat(ps->dir, p->token, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode)) {
            p->size = (uint64_t)st.st_size;
            count(p);
        } else {
            p->until = 0;
        }
    }
}

/* What a crash has left, and what is no partial: it goes like one whose time is over. */
static void find_strays(struct partials *ps)
{
    const int fd = ps->dir >= 0 ? openat(ps->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        const size_t n = strlen(e->d_name);
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && n < PARTIAL_TOKEN_MAX &&
            hmap_get(&ps->by_token, e->d_name, n) == NULL)
            (void)add(ps, e->d_name, "");
    }
    closedir(dir);
}

void partials_init(struct partials *ps, struct store *store, struct db *db,
                   struct accounts *accounts)
{
    *ps = (struct partials){.store = store, .db = db, .clock = store->clock, .dir = -1};
    hmap_init(&ps->by_token);
    list_init(&ps->oldest_first);
    ps->dir = openat(store->root, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct db_stmt *s =
        db_stmt(db, "SELECT token, path, owner, address, length, digest, digest_hex, fresh, told,"
                    " whole, until FROM partial ORDER BY until");
    while (db_step(s))
        load_row(ps, s, accounts);
    find_files(ps);
    find_strays(ps);
    store->partials = ps;
}

void partials_free(struct partials *ps)
{
    if (ps->store == NULL)
        return;
    list_each(n, &ps->oldest_first) free_partial(of_link(n));
    hmap_free(&ps->by_token);
    if (ps->dir >= 0)
        close(ps->dir);
    ps->store->partials = NULL;
    ps->store = NULL;
}
