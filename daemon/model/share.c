#include "model/share.h"

#include "base/conf_value.h"
#include "base/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEP_MS = 10000, /* how often hits are kept */
    TICK_MAX = 100,  /* shares that one tick ends, or keeps */
    TOKEN_LEN = SHARE_TOKEN_MAX - 1,
};

#define MAX_LASTS_MS (100LL * 366 * 86400000)

static struct share *of_link(struct list *n)
{
    return list_entry(n, struct share, link);
}

void share_unref(struct share *s)
{
    if (s == NULL || --s->refs > 0)
        return;
    account_unref(s->maker);
    explicit_bzero(s, sizeof *s);
    free(s);
}

/* --- asking --- */

bool share_usable(const struct shares *ss, const struct share *s)
{
    return !s->gone && s->ending == NULL && (s->expires == 0 || ss->clock->wall < s->expires) &&
           (s->maker == NULL || account_usable(s->maker));
}

/* What nobody has costs what a real one costs. */
struct share *share_of_token(const struct shares *ss, struct str token)
{
    char digest[DIGEST_TEXT_MAX];
    if (!secret_digest(token, digest))
        return NULL;
    struct hnode *n = hmap_get(&ss->by_digest, digest, DIGEST_TEXT_MAX - 1);
    return n != NULL ? hmap_entry(n, struct share, by_digest) : NULL;
}

struct share *share_find(const struct shares *ss, struct str token)
{
    struct share *s = share_of_token(ss, token);
    return s != NULL && share_usable(ss, s) ? s : NULL;
}

unsigned share_rights(const struct conf *conf, struct access_rooms *rooms, const struct share *s,
                      const char *path)
{
    const struct person who = {.account = s->maker, .guests = ACCESS_NO, .rooms = rooms};
    const unsigned may = s->uploads ? MAY_READ | MAY_WRITE : MAY_READ;
    if (!share_covers(s, path))
        return 0;
    return s->maker == NULL ? may : access_rights(conf, &who, path) & may;
}

struct share *share_by_id(const struct shares *ss, int64_t id)
{
    list_each(n, &ss->all) if (of_link(n)->id == id) return of_link(n);
    return NULL;
}

bool share_covers(const struct share *s, const char *path)
{
    return s->folder ? path_within(s->path, path) : strcmp(s->path, path) == 0;
}

struct str share_token_in(struct str text)
{
    return secret_behind(text, "/s/", TOKEN_LEN);
}

bool share_lasts(struct str text, int64_t *ms)
{
    *ms = SHARE_DEFAULT_MS;
    if (text.n == 0)
        return true;
    if (str_eq(text, "never")) {
        *ms = 0;
        return true;
    }
    return conf_parse_span(text, ms) && *ms > 0 && *ms <= MAX_LASTS_MS;
}

/* --- what there is --- */

/* With a reference that the table holds; not in the table yet. NULL when memory is out. */
static struct share *new_share(const char *path, struct account *maker)
{
    const size_t n = strlen(path) + 1;
    struct share *s = calloc(1, sizeof *s + n);
    if (s == NULL || !secret_new(s->pass, sizeof s->pass)) {
        free(s);
        return NULL;
    }
    s->refs = 1;
    s->maker = maker != NULL ? account_ref(maker) : NULL;
    memcpy(s->path, path, n);
    return s;
}

static bool insert(struct shares *ss, struct share *s)
{
    snprintf(s->who, sizeof s->who, "share:%lld", (long long)s->id);
    if (hmap_put(&ss->by_digest, &s->by_digest, s->digest, DIGEST_TEXT_MAX - 1) < 0)
        return false;
    list_push(&ss->all, &s->link);
    return true;
}

static void take_out(struct shares *ss, struct share *s)
{
    hmap_del(&ss->by_digest, &s->by_digest);
    list_unlink(&s->link);
    s->gone = true;
    share_unref(s);
}

static void note(const struct shares *ss, const struct share *s, enum event_kind kind,
                 const char *why)
{
    char text[96];
    snprintf(text, sizeof text, "%s%s%s", s->who, why[0] != '\0' ? ": " : "", why);
    const struct event ev = {.kind = kind,
                             .who = s->maker != NULL ? s->maker->name : "administrator",
                             .account = s->maker,
                             .path = s->path,
                             .text = text};
    event_emit(ss->bus, &ev);
}

static bool delete_row(struct shares *ss, int64_t id)
{
    struct db_stmt *st = db_stmt(ss->db, "DELETE FROM share WHERE id = ?1");
    db_bind_int(st, 1, id);
    return db_run(st);
}

bool share_revoke(struct shares *ss, struct share *s, const char *why)
{
    if (!delete_row(ss, s->id))
        return false;
    share_ref(s);
    take_out(ss, s);
    note(ss, s, EVENT_UNSHARE, why);
    share_unref(s);
    return true;
}

/* What is over is over, even where that cannot be kept: it ends again at the next start. */
static void end(struct shares *ss, struct share *s, const char *why)
{
    if (share_revoke(ss, s, why))
        return;
    note(ss, s, EVENT_UNSHARE, why);
    take_out(ss, s);
}

static bool too_many(const struct shares *ss, const struct account *maker)
{
    unsigned n = 0;
    list_each(k, &ss->all) n += of_link(k)->maker == maker;
    return ss->by_digest.count >= SHARES_MAX || (maker != NULL && n >= SHARES_OF_MAX);
}

static bool insert_row(struct shares *ss, struct share *s)
{
    struct db_stmt *st =
        db_stmt(ss->db, "INSERT INTO share (digest, path, folder, account, made, expires, hash,"
                        " uploads, hits) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)");
    db_bind_text(st, 1, s->digest);
    db_bind_text(st, 2, s->path);
    db_bind_int(st, 3, s->folder);
    db_bind_int(st, 4, s->maker != NULL ? s->maker->id : 0);
    db_bind_int(st, 5, s->made);
    db_bind_int(st, 6, s->expires);
    db_bind_text(st, 7, s->hash);
    db_bind_int(st, 8, s->uploads);
    if (!db_run(st))
        return false;
    s->id = db_last_id(ss->db);
    return true;
}

enum share_result share_new(struct shares *ss, const struct share_wish *wish,
                            char token[SHARE_TOKEN_MAX], struct share **out)
{
    if (too_many(ss, wish->maker))
        return SHARE_TOO_MANY;
    struct share *s = new_share(wish->path, wish->maker);
    if (s == NULL)
        return SHARE_NO_MEMORY;
    s->folder = wish->folder;
    s->uploads = wish->uploads;
    s->made = ss->clock->wall;
    s->expires = wish->lasts > 0 ? s->made + wish->lasts : 0;
    text_copy(s->hash, sizeof s->hash, wish->hash);
    enum share_result result = SHARE_NO_MEMORY;
    if (secret_new(token, SHARE_TOKEN_MAX) && secret_digest(str_of(token), s->digest))
        result = insert_row(ss, s) ? SHARE_OK : SHARE_NOT_KEPT;
    if (result == SHARE_OK && !insert(ss, s)) {
        (void)delete_row(ss, s->id);
        result = SHARE_NO_MEMORY;
    }
    if (result != SHARE_OK) {
        share_unref(s);
        return result;
    }
    note(ss, s, EVENT_SHARE, "");
    *out = s;
    return SHARE_OK;
}

/* --- hits --- */

void share_hit(struct share *s)
{
    s->hits++;
    s->counted = true;
}

static void keep_hits(struct shares *ss, unsigned most)
{
    list_each(n, &ss->all)
    {
        struct share *s = of_link(n);
        if (!s->counted || most == 0)
            continue;
        struct db_stmt *st = db_stmt(ss->db, "UPDATE share SET hits = ?2 WHERE id = ?1");
        db_bind_int(st, 1, s->id);
        db_bind_int(st, 2, (int64_t)s->hits);
        (void)db_run(st);
        s->counted = false;
        most--;
    }
}

static const char *why_ended(const struct shares *ss, const struct share *s)
{
    if (s->ending != NULL)
        return s->ending;
    if (s->expires != 0 && ss->clock->wall >= s->expires)
        return "expired";
    return s->maker != NULL && s->maker->gone ? "its account is deleted" : NULL;
}

/* As many as a turn may take; the others hold no more, and have their turn later. */
static void end_some(struct shares *ss)
{
    unsigned ended = 0;
    list_each(n, &ss->all)
    {
        struct share *s = of_link(n);
        const char *why = why_ended(ss, s);
        if (why != NULL && ended++ < TICK_MAX)
            end(ss, s, why);
    }
}

void shares_tick(struct shares *ss)
{
    const int64_t mono = ss->clock->mono;
    end_some(ss);
    if (mono - ss->kept_at < KEEP_MS)
        return;
    ss->kept_at = mono;
    keep_hits(ss, TICK_MAX);
}

/* --- passwords --- */

void share_remember(const struct shares *ss, struct share *s, const char *password)
{
    proof_keep(&s->proof, &ss->key, password, ss->clock->mono);
}

bool share_remembers(const struct shares *ss, const struct share *s, const char *password)
{
    return proof_holds(&s->proof, &ss->key, password, ss->clock->mono);
}

/* --- beginning and end --- */

/* What a share was made of is there no more: another file of that name was not meant. */
static void on_event(struct event_sub *sub, const struct event *ev)
{
    struct shares *ss = container_of(sub, struct shares, sub);
    if (ev->kind != EVENT_DELETE && ev->kind != EVENT_RMDIR && ev->kind != EVENT_MOVE)
        return;
    bool any = false;
    list_each(n, &ss->all)
    {
        struct share *s = of_link(n);
        if (!path_within(ev->path, s->path))
            continue;
        s->ending = ev->kind == EVENT_MOVE ? "moved" : "deleted";
        any = true;
    }
    if (any)
        end_some(ss);
}

/* A row of the database; false when memory is out. One whose account is gone is left out. */
static bool load_row(struct shares *ss, struct db_stmt *st)
{
    struct account *maker = NULL;
    const int64_t account = db_int(st, 4);
    if (account != 0 && (maker = account_by_id(ss->accounts, account)) == NULL)
        return true;
    struct share *s = new_share(db_text(st, 2), maker);
    if (s == NULL)
        return false;
    s->id = db_int(st, 0);
    text_copy(s->digest, sizeof s->digest, db_text(st, 1));
    s->folder = db_int(st, 3) != 0;
    s->made = db_int(st, 5);
    s->expires = db_int(st, 6);
    text_copy(s->hash, sizeof s->hash, db_text(st, 7));
    s->uploads = db_int(st, 8) != 0;
    s->hits = (uint64_t)db_int(st, 9);
    if (insert(ss, s))
        return true;
    share_unref(s);
    return false;
}

static bool load(struct shares *ss)
{
    struct db_stmt *st = db_stmt(ss->db, "DELETE FROM share WHERE account != 0 AND account NOT IN"
                                         " (SELECT id FROM account)");
    if (!db_run(st))
        return false;
    st = db_stmt(ss->db, "SELECT id, digest, path, folder, account, made, expires, hash, uploads,"
                         " hits FROM share ORDER BY id");
    while (db_step(st))
        if (!load_row(ss, st)) {
            db_reset(st);
            return false;
        }
    return st != NULL;
}

int shares_init(struct shares *ss, struct db *db, struct accounts *accounts, struct event_bus *bus,
                struct buf *why)
{
    *ss = (struct shares){.sub = {.fn = on_event},
                          .bus = bus,
                          .db = db,
                          .accounts = accounts,
                          .clock = accounts->clock};
    hmap_init(&ss->by_digest);
    list_init(&ss->all);
    event_subscribe(bus, &ss->sub);
    if (proof_key_new(&ss->key) && load(ss))
        return 0;
    buf_adds(why, "the shares cannot be read");
    return -1;
}

void shares_free(struct shares *ss)
{
    if (ss->sub.fn == NULL)
        return;
    keep_hits(ss, UINT32_MAX);
    event_unsubscribe(&ss->sub);
    list_each(n, &ss->all) take_out(ss, of_link(n));
    hmap_free(&ss->by_digest);
    explicit_bzero(&ss->key, sizeof ss->key);
}
