/* history_query.c: what the history answers. */
#include "model/history_db.h"
#include "model/history_wire.h"
#include "model/history_words.h"

#include <stdlib.h>

enum {
    ANSWER_MAX = 1 << 20, /* bytes of rows; what is beyond is asked for again */
    LOOKED_AT_MAX = 5000, /* rows for one question with a text to look for */
    SEARCH_MS = 500,
    SEARCH_ROOMS_MAX = 256,
};

#define SELECT  "SELECT " HISTORY_COLUMNS " FROM msg m INDEXED BY "
#define BETWEEN " WHERE m.room = ?1 AND m.id > ?2 AND m.id < ?3"
#define SAID    " AND m.kind <= 1"

/* By `events`, and whether the latest come first. */
static const char *const ranges[2][2] = {
    {SELECT "msg_said" BETWEEN SAID " ORDER BY m.id",
     SELECT "msg_said" BETWEEN SAID " ORDER BY m.id DESC"},
    {SELECT "msg_room" BETWEEN " ORDER BY m.id", SELECT "msg_room" BETWEEN " ORDER BY m.id DESC"},
};

/* Everything that one answer is made of. */
struct asked {
    struct history_db *h;
    const struct history_query *q;
    struct history_answer *a;
    struct buf rows;
    size_t at[HISTORY_ROWS_MAX]; /* where each begins */
    size_t count;
    int64_t room;
    struct str name; /* as people see it; lives in name_text */
    struct buf name_text;
};

static size_t limit_of(const struct history_query *q)
{
    return q->limit < HISTORY_ROWS_MAX ? q->limit : HISTORY_ROWS_MAX;
}

static void keep_row(struct asked *k, struct history_msg *m)
{
    k->at[k->count++] = k->rows.len;
    wire_put_msg(&k->rows, m);
}

/* The rows from the index `from` on, the last first. */
static void put_backwards(const struct asked *k, size_t from, struct buf *out)
{
    size_t end = k->rows.len;
    for (size_t i = k->count; i-- > from; end = k->at[i])
        buf_add(out, buf_data(&k->rows) + k->at[i], end - k->at[i]);
}

static void put_forwards(const struct asked *k, struct buf *out)
{
    buf_add(out, buf_data(&k->rows), k->rows.len);
}

/* --- which rows --- */

static int64_t capped(uint64_t id)
{
    return id < INT64_MAX ? (int64_t)id : INT64_MAX;
}

static int64_t first_id_of(int64_t at)
{
    if (at <= 0)
        return 0;
    return at < INT64_MAX >> 16 ? at << 16 : INT64_MAX;
}

/* The id of the first row of that time or later; more than there are when there is none. Ids are
 * never behind the time, but ahead of it where the clock was set back. */
static int64_t id_at(const struct asked *k, int64_t at)
{
    struct db_stmt *s =
        db_stmt(k->h->db, "SELECT id FROM msg INDEXED BY msg_room WHERE room = ?1 AND id >= ?2"
                          " AND (id >> 16) - lag >= ?3 ORDER BY id LIMIT 1");
    db_bind_int(s, 1, k->room);
    db_bind_int(s, 2, first_id_of(at));
    db_bind_int(s, 3, at);
    const int64_t id = db_step(s) ? db_int(s, 0) : INT64_MAX;
    db_reset(s);
    return id;
}

static bool is_set(const struct history_mark *m)
{
    return m->id != 0 || m->at != 0;
}

/* Rows before the mark have ids below this; those behind it have ids above that. */
static int64_t below(const struct asked *k, const struct history_mark *m)
{
    return m->id != 0 ? capped(m->id) : id_at(k, m->at);
}

static int64_t above(const struct asked *k, const struct history_mark *m)
{
    if (m->id != 0)
        return capped(m->id);
    return m->at < INT64_MAX ? id_at(k, m->at + 1) - 1 : INT64_MAX;
}

static bool has_text(struct str text, struct str part)
{
    const char first = text_lower(part.p[0]);
    for (size_t i = 0; part.n <= text.n && i <= text.n - part.n; i++)
        if (text_lower(text.p[i]) == first && str_isame((struct str){text.p + i, part.n}, part))
            return true;
    return false;
}

/* Those between the two ids, up to so many, added to k->rows. */
static void take_range(struct asked *k, int64_t low, int64_t high, bool latest, size_t limit)
{
    struct history_msg m;
    struct db_stmt *s = db_stmt(k->h->db, ranges[k->q->events][latest]);
    const int64_t floor = first_id_of(k->q->since) - 1;
    size_t looked_at = 0;
    db_bind_int(s, 1, k->room);
    db_bind_int(s, 2, low > floor ? low : floor);
    db_bind_int(s, 3, high);
    while (db_step(s)) {
        history_db_row(s, &m);
        k->a->more = limit == 0 || k->rows.len > ANSWER_MAX || looked_at == LOOKED_AT_MAX;
        if (k->a->more)
            break;
        k->a->next = m.id;
        looked_at++;
        if (k->q->text.n > 0 && !has_text(m.text, k->q->text))
            continue;
        m.room = k->q->room;
        m.name = k->name;
        keep_row(k, &m);
        limit--;
    }
    db_reset(s);
}

static void ask_before(struct asked *k, struct buf *out)
{
    const bool latest = k->q->want == HISTORY_LATEST;
    const struct history_mark *from = &k->q->from;
    const int64_t low = latest && is_set(from) ? above(k, from) : -1;
    const int64_t high = !latest && is_set(from) ? below(k, from) : INT64_MAX;
    take_range(k, low, high, true, limit_of(k->q));
    put_backwards(k, 0, out);
}

static void ask_after(struct asked *k, struct buf *out)
{
    const int64_t low = is_set(&k->q->from) ? above(k, &k->q->from) : -1;
    take_range(k, low, INT64_MAX, false, limit_of(k->q));
    put_forwards(k, out);
}

static void ask_between(struct asked *k, struct buf *out)
{
    const bool forwards = above(k, &k->q->from) < below(k, &k->q->to);
    const int64_t low = above(k, forwards ? &k->q->from : &k->q->to);
    const int64_t high = below(k, forwards ? &k->q->to : &k->q->from);
    take_range(k, low, high, !forwards, limit_of(k->q));
    if (forwards)
        put_forwards(k, out);
    else
        put_backwards(k, 0, out);
}

/* As many before it as behind, and more of one where there are fewer of the other. */
static void ask_around(struct asked *k, struct buf *out)
{
    const size_t limit = limit_of(k->q), half = limit / 2;
    const int64_t here = below(k, &k->q->from);
    take_range(k, -1, here, true, limit);
    const size_t before = k->count < half ? k->count : half;
    struct asked behind = *k;
    behind.rows = (struct buf){0};
    behind.count = 0;
    take_range(&behind, here - 1, INT64_MAX, false, limit - before);
    const size_t room = limit - behind.count;
    while (k->count > room) /* the earliest go */
        buf_cut(&k->rows, k->at[--k->count]);
    put_backwards(k, 0, out);
    put_forwards(&behind, out);
    k->a->more = false;
    buf_free(&behind.rows);
}

/* --- one message --- */

static bool find_one(struct asked *k, struct history_msg *m, struct db_stmt **s)
{
    *s = db_stmt(k->h->db, "SELECT " HISTORY_COLUMNS " FROM msg m WHERE m.id = ?1 AND m.room = ?2"
                           " AND m.id >= ?3");
    db_bind_int(*s, 1, capped(k->q->from.id));
    db_bind_int(*s, 2, k->room);
    db_bind_int(*s, 3, first_id_of(k->q->since));
    if (!db_step(*s))
        return false;
    history_db_row(*s, m);
    m->room = k->q->room;
    m->name = k->name;
    return true;
}

static void ask_one(struct asked *k, struct buf *out)
{
    struct history_msg m;
    struct db_stmt *s;
    k->a->result = find_one(k, &m, &s) ? HISTORY_DONE : HISTORY_ABSENT;
    if (k->a->result == HISTORY_DONE)
        wire_put_msg(out, &m);
    db_reset(s);
}

static bool blank_out(struct asked *k, struct str text)
{
    const int64_t id = capped(k->q->from.id);
    struct db_stmt *s =
        db_stmt(k->h->db, "UPDATE msg SET kind = ?2, text = '', tags = '' WHERE id = ?1");
    db_bind_int(s, 1, id);
    db_bind_int(s, 2, HISTORY_REDACT);
    return history_db_forget_words(k->h, id, k->room, text) && db_run(s);
}

static void ask_redact(struct asked *k, struct buf *out)
{
    struct history_msg m;
    struct db_stmt *s;
    struct buf text = {0};
    enum history_result result = HISTORY_ABSENT;
    if (find_one(k, &m, &s) && m.kind <= HISTORY_NOTICE) {
        const bool theirs = k->q->by.n > 0 && k->q->by.n == m.account.n &&
                            memcmp(k->q->by.p, m.account.p, m.account.n) == 0;
        result = theirs || k->q->any ? HISTORY_DONE : HISTORY_DENIED;
        buf_add(&text, m.text.p, m.text.n);
        if (result == HISTORY_DONE)
            wire_put_msg(out, &m);
    }
    db_reset(s);
    if (result == HISTORY_DONE && !blank_out(k, (struct str){buf_data(&text), text.len}))
        result = HISTORY_FAILED;
    k->a->result = result;
    buf_free(&text);
}

/* --- rooms --- */

/* Nobody finds it any more; history_db_prune() does the rest. */
static bool drop_room(struct history_db *h, struct str key)
{
    struct db_stmt *s = db_stmt(h->db, "UPDATE room SET key = NULL, a = 0, b = 0 WHERE key = ?1");
    db_bind_str(s, 1, key);
    return db_run(s);
}

static void ask_drop(struct asked *k)
{
    k->a->result = drop_room(k->h, k->q->room) ? HISTORY_DONE : HISTORY_FAILED;
}

static void ask_rename(struct asked *k)
{
    const bool same =
        k->q->room.n == k->q->text.n && memcmp(k->q->room.p, k->q->text.p, k->q->text.n) == 0;
    if (k->q->text.n == 0 || (!same && !drop_room(k->h, k->q->text))) {
        k->a->result = HISTORY_FAILED;
        return;
    }
    struct db_stmt *s = db_stmt(k->h->db, "UPDATE room SET key = ?2, name = ?3 WHERE key = ?1");
    db_bind_str(s, 1, k->q->room);
    db_bind_str(s, 2, k->q->text);
    db_bind_str(s, 3, k->q->name);
    k->a->result = db_run(s) ? HISTORY_DONE : HISTORY_FAILED;
}

/* --- many rooms --- */

/* One of TARGETS. */
struct target {
    uint64_t id;
    int64_t at;
    int64_t room;
};

struct targets {
    struct target *all;
    size_t count, cap;
};

static void add_target(struct asked *k, struct targets *t, int64_t room, int64_t since)
{
    const struct history_query *q = k->q;
    const int64_t low = q->from.at < q->to.at ? q->from.at : q->to.at;
    const int64_t high = q->from.at < q->to.at ? q->to.at : q->from.at;
    struct db_stmt *s = db_stmt(k->h->db, "SELECT id, lag FROM msg INDEXED BY msg_said WHERE"
                                          " room = ?1 AND kind <= 1 ORDER BY id DESC LIMIT 1");
    db_bind_int(s, 1, room);
    const bool any = db_step(s);
    const int64_t id = any ? db_int(s, 0) : 0, at = any ? (id >> 16) - db_int(s, 1) : 0;
    db_reset(s);
    if (!any || at < since || at <= low || at >= high)
        return;
    if (t->count == t->cap) {
        const size_t cap = t->cap > 0 ? t->cap * 2 : 64;
        struct target *all = realloc(t->all, cap * sizeof *all);
        if (all == NULL)
            return;
        t->all = all;
        t->cap = cap;
    }
    t->all[t->count++] = (struct target){(uint64_t)id, at, room};
}

static int by_time(const void *a, const void *b)
{
    const struct target *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void put_target(struct asked *k, const struct target *t, struct buf *out)
{
    struct history_msg m = {.id = t->id, .at = t->at};
    struct db_stmt *s = db_stmt(k->h->db, "SELECT key, name FROM room WHERE id = ?1");
    db_bind_int(s, 1, t->room);
    if (db_step(s)) {
        m.room = db_str(s, 0);
        m.name = db_str(s, 1);
        wire_put_msg(out, &m);
    }
    db_reset(s);
}

/* Those next to `from`, by time. */
static void ask_targets(struct asked *k, struct buf *out)
{
    const struct history_query *q = k->q;
    struct unpack rooms = {.p = q->rooms.p, .n = q->rooms.n};
    struct targets t = {0};
    struct str key;
    int64_t since;
    while (wire_get_room(&rooms, &key, &since)) {
        const int64_t room = history_db_room(k->h, key);
        if (room != 0)
            add_target(k, &t, room, since);
    }
    struct db_stmt *s = db_stmt(k->h->db, "SELECT id FROM room WHERE a > 0 AND a = ?1 UNION"
                                          " SELECT id FROM room WHERE b > 0 AND b = ?1");
    db_bind_int(s, 1, capped(q->account));
    while (q->account > 0 && db_step(s))
        add_target(k, &t, db_int(s, 0), 0);
    db_reset(s);
    if (t.count > 1)
        qsort(t.all, t.count, sizeof t.all[0], by_time);
    const size_t n = t.count < limit_of(q) ? t.count : limit_of(q);
    const size_t first = q->from.at > q->to.at ? t.count - n : 0;
    k->a->more = n < t.count;
    for (size_t i = first; i < first + n; i++)
        put_target(k, &t.all[i], out);
    free(t.all);
}

/* --- searching --- */

/* The rooms that a search goes over. */
struct scope {
    struct {
        int64_t room, since;
        struct str key;
    } in[SEARCH_ROOMS_MAX];
    size_t count;
};

static void add_scope(struct asked *k, struct scope *sc, struct str key, int64_t since)
{
    const int64_t room = sc->count < SEARCH_ROOMS_MAX ? history_db_room(k->h, key) : 0;
    if (room == 0)
        return;
    sc->in[sc->count].room = room;
    sc->in[sc->count].since = since;
    sc->in[sc->count++].key = key;
}

static void find_scope(struct asked *k, struct scope *sc)
{
    const struct history_query *q = k->q;
    struct unpack rooms = {.p = q->rooms.p, .n = q->rooms.n};
    struct str key;
    int64_t since;
    sc->count = 0;
    if (q->room.n > 0)
        add_scope(k, sc, q->room, q->since);
    while (q->room.n == 0 && wire_get_room(&rooms, &key, &since))
        add_scope(k, sc, key, since);
}

/* False when it asks for nothing. */
static bool match_of(const struct scope *sc, struct str text, struct buf *match)
{
    if (sc->count == 0 || !history_match_words(match, text))
        return false;
    for (size_t i = 0; i < sc->count; i++)
        buf_addf(match, "%sr%lld", i == 0 ? " AND room : (" : " OR ", (long long)sc->in[i].room);
    buf_addc(match, ')');
    return !match->failed;
}

static void take_found(struct asked *k, const struct scope *sc, struct db_stmt *s, struct buf *out)
{
    struct history_msg m;
    size_t n = 0;
    while (db_step(s)) {
        history_db_row(s, &m);
        k->a->more = n == limit_of(k->q) || out->len > ANSWER_MAX;
        if (k->a->more)
            break;
        k->a->next = m.id;
        m.name = db_str(s, 9);
        const int64_t room = db_int(s, 10);
        for (size_t i = 0; i < sc->count; i++)
            if (sc->in[i].room == room && m.at >= sc->in[i].since) {
                m.room = sc->in[i].key;
                wire_put_msg(out, &m);
                n++;
                break;
            }
    }
    db_reset(s);
}

static void ask_search(struct asked *k, struct buf *out)
{
    const struct history_mark *from = &k->q->from;
    struct scope sc;
    struct buf match = {0};
    find_scope(k, &sc);
    if (match_of(&sc, k->q->text, &match)) {
        struct db_stmt *s =
            db_stmt(k->h->db, "SELECT " HISTORY_COLUMNS ", r.name, m.room FROM word w JOIN msg m ON"
                              " m.id = w.rowid JOIN room r ON r.id = m.room WHERE word MATCH ?1"
                              " AND w.rowid < ?2 ORDER BY w.rowid DESC");
        db_bind_text(s, 1, buf_str(&match));
        db_bind_int(s, 2,
                    from->id != 0   ? capped(from->id)
                    : from->at != 0 ? first_id_of(from->at)
                                    : INT64_MAX);
        db_limit(k->h->db, SEARCH_MS);
        take_found(k, &sc, s, out);
        db_limit(k->h->db, 0);
    }
    buf_free(&match);
}

/* --- all of them --- */

bool history_db_changes(enum history_want want)
{
    return want == HISTORY_REDACT_ONE || want == HISTORY_RENAME || want == HISTORY_DROP;
}

static bool find_room(struct asked *k)
{
    struct db_stmt *s = db_stmt(k->h->db, "SELECT id, name FROM room WHERE key = ?1");
    db_bind_str(s, 1, k->q->room);
    if (db_step(s)) {
        k->room = db_int(s, 0);
        const struct str name = db_str(s, 1);
        buf_add(&k->name_text, name.p, name.n);
        k->name = (struct str){buf_data(&k->name_text), k->name_text.len};
    }
    db_reset(s);
    return k->room != 0;
}

static void answer(struct asked *k, struct buf *out)
{
    switch (k->q->want) {
    case HISTORY_TARGETS: ask_targets(k, out); return;
    case HISTORY_SEARCH: ask_search(k, out); return;
    case HISTORY_RENAME: ask_rename(k); return; /* of whom nothing is kept takes a place, too */
    default: break;
    }
    if (!find_room(k)) {
        k->a->result = HISTORY_ABSENT;
        return;
    }
    switch (k->q->want) {
    case HISTORY_BEFORE:
    case HISTORY_LATEST: ask_before(k, out); break;
    case HISTORY_AFTER: ask_after(k, out); break;
    case HISTORY_AROUND: ask_around(k, out); break;
    case HISTORY_BETWEEN: ask_between(k, out); break;
    case HISTORY_ONE: ask_one(k, out); break;
    case HISTORY_REDACT_ONE: ask_redact(k, out); break;
    case HISTORY_DROP: ask_drop(k); break;
    default: break;
    }
}

void history_db_ask(struct history_db *h, const struct history_query *q, struct history_answer *a,
                    struct buf *out)
{
    struct asked k = {.h = h, .q = q, .a = a};
    *a = (struct history_answer){.why = ""};
    answer(&k, out);
    const enum db_fault fault = db_fault(h->db);
    if (fault == DB_STOPPED && out->len > 0) /* what was found so far is an answer, too */
        a->more = true;
    else if (fault != DB_FINE || k.rows.failed || out->failed)
        a->result = HISTORY_FAILED;
    buf_free(&k.rows);
    buf_free(&k.name_text);
}
