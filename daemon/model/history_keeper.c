#include "model/history_keeper.h"

#include "base/date.h"
#include "model/history_db.h"
#include "model/history_files.h"
#include "model/history_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BATCH_MAX = 2000,   /* of one transaction */
    SAY_MS = 1000,      /* between two reports of how much there is */
    PRUNE_MOST = 60000, /* between two looks for what is too old; */
    PRUNE_LEAST = 1000, /* for less when little is kept */
    TROUBLE_MS = 10000, /* before it is tried again to forget, where that failed */
};

struct keeper {
    char *path;
    struct history_settings settings;
    struct history_db h; /* h.db: NULL while it cannot be opened */
    struct history_files files;
    bool writing;         /* within a transaction */
    uint64_t first, last; /* the frames in it */
    size_t lines;
    uint64_t count; /* before it */
    struct history_state state, said;
    int64_t said_at, prune_at; /* monotonic ms */
    bool files_failing;
};

static int64_t now_mono(void)
{
    struct clock c;
    clock_update(&c);
    return c.mono;
}

/* --- telling agentd --- */

static void say(struct buf *out, enum wire_kind kind, uint64_t serial, uint64_t number)
{
    const size_t at = wire_begin(out, kind, serial);
    pack_u64(out, number);
    wire_end(out, at);
}

static void say_note(struct buf *out, struct buf *words)
{
    const size_t at = wire_begin(out, WIRE_NOTE, 0);
    buf_add(out, buf_data(words), words->len);
    wire_end(out, at);
    buf_free(words);
}

static void say_state(struct keeper *k, struct buf *out)
{
    k->state.messages = k->h.count;
    if (k->h.db != NULL)
        k->state.bytes = history_db_bytes(&k->h);
    const size_t at = wire_begin(out, WIRE_STATE, 0);
    wire_put_state(out, &k->state);
    wire_end(out, at);
    k->said = k->state;
    k->said_at = now_mono();
}

/* words: "" when there is none any more. */
static void set_trouble(struct keeper *k, const char *words, struct buf *out)
{
    if (strcmp(k->state.trouble, words) == 0)
        return;
    text_copy(k->state.trouble, sizeof k->state.trouble, words);
    say_state(k, out);
}

/* --- the file --- */

static bool move_aside(const char *path, const char *to, const char *end)
{
    struct buf from = {0}, other = {0};
    buf_addf(&from, "%s%s", path, end);
    buf_addf(&other, "%s%s", to, end);
    const bool ok = rename(buf_str(&from), buf_str(&other)) == 0;
    buf_free(&from);
    buf_free(&other);
    return ok;
}

/* What makes no sense any more is kept under another name, for whoever can make some of it. */
static bool set_aside(struct keeper *k, const char *words, struct buf *out)
{
    struct buf to = {0}, note = {0};
    struct clock c;
    char date[DATE_TEXT_MAX];
    history_db_close(&k->h);
    clock_update(&c);
    date_ftp(date, clock_sec(&c));
    buf_addf(&to, "%s.damaged-%s", k->path, date);
    const bool ok = move_aside(k->path, buf_str(&to), "");
    if (ok) {
        (void)move_aside(k->path, buf_str(&to), "-wal");
        (void)move_aside(k->path, buf_str(&to), "-shm");
        buf_addf(&note, "the history is damaged (%s): it is set aside as %s, and begun anew", words,
                 buf_str(&to));
        say_note(out, &note);
    }
    k->h.count = 0;
    buf_free(&to);
    return ok;
}

/* Is it open? Tries, if not. */
static bool is_open(struct keeper *k, struct buf *out)
{
    struct buf why = {0};
    enum db_fault fault;
    if (k->h.db != NULL)
        return true;
    int result = history_db_open(&k->h, k->path, &why, &fault);
    if (result < 0 && fault == DB_DAMAGED && set_aside(k, buf_str(&why), out)) {
        buf_clear(&why);
        result = history_db_open(&k->h, k->path, &why, &fault);
    }
    set_trouble(k, result < 0 ? buf_str(&why) : "", out);
    buf_free(&why);
    return result == 0;
}

/* The last step has failed. */
static void note_fault(struct keeper *k, struct buf *out)
{
    char words[HISTORY_TROUBLE_MAX];
    const enum db_fault fault = db_fault(k->h.db);
    if (fault == DB_FINE || fault == DB_STOPPED)
        return;
    snprintf(words, sizeof words, "the history cannot be used: %s (%s)", db_words(k->h.db),
             k->path);
    if (fault != DB_DAMAGED || !set_aside(k, db_words(k->h.db), out))
        set_trouble(k, words, out);
}

/* --- writing --- */

static void write_files(struct keeper *k, struct buf *out)
{
    struct buf why = {0};
    const bool ok = history_files_write(&k->files, &why);
    if (!ok && !k->files_failing)
        say_note(out, &why);
    k->files_failing = !ok;
    buf_free(&why);
}

static void refuse(struct keeper *k, struct buf *out)
{
    k->writing = false;
    history_files_forget(&k->files);
    k->h.count = k->count;
    note_fault(k, out);
    if (k->h.db != NULL)
        history_db_rollback(&k->h);
    say(out, WIRE_REFUSED, k->first, k->last);
}

static void commit(struct keeper *k, struct buf *out)
{
    if (!k->writing)
        return;
    if (!history_db_commit(&k->h)) {
        refuse(k, out);
        return;
    }
    k->writing = false;
    set_trouble(k, "", out);
    say(out, WIRE_KEPT, k->first, k->last);
    write_files(k, out);
}

static bool begin(struct keeper *k, uint64_t serial, struct buf *out)
{
    k->first = k->last = serial;
    k->lines = 0;
    k->count = k->h.count;
    if (is_open(k, out) && history_db_begin(&k->h)) {
        k->count = k->h.count;
        k->writing = true;
        return true;
    }
    if (k->h.db != NULL)
        note_fault(k, out);
    say(out, WIRE_REFUSED, serial, serial);
    return false;
}

static void take_lines(struct keeper *k, struct wire_frame *f, struct buf *out)
{
    struct history_msg m;
    if (k->writing && f->serial < k->last) /* it was refused before */
        commit(k, out);
    if (!k->writing && !begin(k, f->serial, out))
        return;
    k->last = f->serial;
    while (wire_get_msg(&f->body, &m)) {
        bool fresh = false;
        if (!history_db_add(&k->h, &m, &fresh)) {
            refuse(k, out);
            return;
        }
        if (fresh && m.open && k->settings.files)
            history_files_add(&k->files, &m);
        k->lines++;
    }
    if (k->lines >= BATCH_MAX)
        commit(k, out);
}

/* --- answering --- */

static void send_answer(const struct history_answer *a, uint64_t ticket, const struct buf *rows,
                        struct buf *out)
{
    const size_t at = wire_begin(out, WIRE_ANSWER, ticket);
    wire_put_answer(out, a);
    if (a->result != HISTORY_FAILED)
        buf_add(out, buf_data(rows), rows->len);
    wire_end(out, at);
}

static void fail_in_words(struct keeper *k, struct history_answer *a)
{
    const bool late = k->h.db != NULL && db_fault(k->h.db) == DB_STOPPED;
    a->why = late                          ? "that takes too long; ask for less"
             : k->state.trouble[0] != '\0' ? k->state.trouble
                                           : "the history was damaged, and begins anew";
}

static void take_question(struct keeper *k, struct wire_frame *f, struct buf *out)
{
    struct history_query q;
    struct history_answer a = {.result = HISTORY_FAILED, .why = "that is no question"};
    struct buf rows = {0};
    const bool sound = wire_get_query(&f->body, &q);
    const bool changes = sound && history_db_changes(q.want);
    if (changes)
        commit(k, out);
    bool ok = sound && is_open(k, out) && (!changes || history_db_begin(&k->h));
    if (ok) {
        history_db_ask(&k->h, &q, &a, &rows);
        ok = a.result != HISTORY_FAILED && (!changes || history_db_commit(&k->h));
    }
    if (sound && !ok) {
        a.result = HISTORY_FAILED;
        if (k->writing)
            refuse(k, out); /* by what ails the file, the lines are not safe either */
        else if (k->h.db != NULL)
            note_fault(k, out);
        if (changes && k->h.db != NULL)
            history_db_rollback(&k->h);
        fail_in_words(k, &a);
    }
    send_answer(&a, f->serial, &rows, out);
    buf_free(&rows);
    if (changes)
        k->prune_at = 0;
}

static void take_settings(struct keeper *k, struct wire_frame *f)
{
    struct history_settings s;
    if (!wire_get_settings(&f->body, &s))
        return;
    k->settings = s;
    k->prune_at = 0;
}

void history_keeper_input(void *state, struct buf *in, struct buf *out)
{
    struct keeper *k = state;
    struct wire_frame f;
    ssize_t n;
    while (in->len > 0 && (n = wire_next(buf_data(in), in->len, &f)) != 0) {
        if (n < 0) /* agentd never says so; what follows cannot be told apart */
            abort();
        switch (f.kind) {
        case WIRE_SETUP: take_settings(k, &f); break;
        case WIRE_LINES: take_lines(k, &f, out); break;
        case WIRE_ASK: take_question(k, &f, out); break;
        default: break;
        }
        buf_consume(in, (size_t)n);
    }
}

/* --- between --- */

/* A slice of what is to be forgotten; in how many ms the next. */
static int prune(struct keeper *k, struct buf *out)
{
    struct clock c;
    clock_update(&c);
    const bool many = k->state.trouble[0] == '\0' && history_db_excess(&k->h, k->settings.max) > 0;
    if (c.mono < k->prune_at && !many)
        return (int)(k->prune_at - c.mono);
    const int result = history_db_prune(&k->h, &k->settings, c.wall);
    if (result > 0)
        return 0;
    if (result < 0) {
        note_fault(k, out);
        k->prune_at = c.mono + TROUBLE_MS;
        return TROUBLE_MS;
    }
    int64_t wait = k->settings.keep > 0 ? k->settings.keep / 16 : PRUNE_MOST;
    wait = wait < PRUNE_LEAST ? PRUNE_LEAST : wait > PRUNE_MOST ? PRUNE_MOST : wait;
    k->prune_at = c.mono + wait;
    return (int)wait;
}

int history_keeper_idle(void *state, struct buf *out)
{
    struct keeper *k = state;
    if (k->writing) {
        commit(k, out);
        return 0;
    }
    if (!is_open(k, out))
        return TROUBLE_MS;
    int wait = prune(k, out);
    const int64_t due = k->said_at + SAY_MS - now_mono();
    if (k->h.count == k->said.messages && k->said_at > 0)
        return wait;
    if (due <= 0)
        say_state(k, out);
    else if (due < wait)
        wait = (int)due;
    return wait;
}

/* --- beginning and end --- */

void *history_keeper_begin(const void *arg)
{
    const struct history *h = arg;
    struct keeper *k = calloc(1, sizeof *k);
    if (k == NULL || (k->path = strdup(h->path)) == NULL) {
        free(k);
        return NULL;
    }
    umask(022);
    k->settings = h->settings;
    text_copy(k->state.trouble, sizeof k->state.trouble, h->state.trouble);
    history_files_init(&k->files, h->store, HELPER_FD);
    return k;
}

void history_keeper_end(void *state)
{
    struct keeper *k = state;
    struct buf out = {0};
    commit(k, &out);
    history_files_forget(&k->files);
    history_db_close(&k->h);
    buf_free(&out);
    free(k->path);
    free(k);
}
