#include "serve/control_history.h"

#include "base/date.h"
#include "base/escape.h"
#include "model/history_files.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    LAST = 50,        /* lines, where not all are asked for */
    PAGE = 500,       /* rows of a question */
    LOW_MARK = 65536, /* bytes that still wait when the next page is asked for */
};

struct dump {
    struct serve *serve;
    struct conn *conn;
    uint64_t ticket;
    char room[ROOM_BYTES_MAX + 2]; /* as it was asked for, with its '#' */
    char key[FOLD_BYTES_MAX];
    struct buf part; /* what a row must have in it */
    int64_t since;
    bool all, json;
    bool begun;
    uint64_t next;   /* where the next page begins */
    unsigned count;  /* rows so far */
    struct buf last; /* the text of those, where the last ones come first */
};

static const char *const kinds[HISTORY_KINDS] = {
    "privmsg", "notice", "tagmsg", "join", "part",   "quit",
    "nick",    "topic",  "mode",   "kick", "redact",
};

/* --- rows --- */

static void json_text(struct buf *b, const char *key, struct str value)
{
    buf_addf(b, ",\"%s\":", key);
    escape_json(b, value);
}

static void add_json(struct buf *b, const struct history_msg *m)
{
    char date[DATE_TEXT_MAX];
    date_iso(date, (time_t)(m->at / 1000));
    buf_addf(b, "{\"id\":\"%016llx\",\"time\":\"%.19s.%03dZ\",\"kind\":\"%s\"",
             (unsigned long long)m->id, date, (int)(m->at % 1000), kinds[m->kind]);
    json_text(b, "room", m->name);
    json_text(b, "from", m->from);
    json_text(b, "user", m->user);
    json_text(b, "account", m->account);
    if (m->target.n > 0)
        json_text(b, "target", m->target);
    json_text(b, "text", m->text);
    if (m->tags.n > 0)
        json_text(b, "tags", m->tags);
    buf_adds(b, "}\n");
}

static void add_row(const struct dump *d, struct buf *b, const struct history_msg *m)
{
    char day[DATE_TEXT_MAX], clock[DATE_TEXT_MAX], time[2 * DATE_TEXT_MAX];
    if (d->json) {
        add_json(b, m);
        return;
    }
    date_local(day, clock, (time_t)(m->at / 1000));
    snprintf(time, sizeof time, "%s %s", day, clock);
    history_line(b, m, time);
}

/* --- pages --- */

static void on_page(void *arg, struct history_answer *a);

static void give_up(struct dump *d, const char *why)
{
    /* What has gone already cannot be called an error any more: the end must show it. */
    if (d->begun)
        conn_printf(d->conn, "agentctl: it ends here: %s\n", why);
    else
        conn_printf(d->conn, "ERR %s\n", why);
    conn_finish(d->conn, false);
}

static bool ask(struct dump *d)
{
    const struct history_query q = {
        .want = d->all ? HISTORY_AFTER : HISTORY_BEFORE,
        .room = str_of(d->key),
        .from = {.id = d->next},
        .since = d->since,
        .limit = d->all ? PAGE : LAST - d->count,
        .events = true,
        .text = {buf_data(&d->part), d->part.len},
    };
    d->ticket = history_ask(d->serve->history, &q, on_page, d);
    return d->ticket != 0;
}

static const char *const busy = "too much is asked of the history just now";

static void ask_more(struct dump *d)
{
    if (!ask(d))
        give_up(d, busy);
}

static void begin(struct dump *d)
{
    if (!d->begun)
        conn_puts(d->conn, "OK\n");
    d->begun = true;
}

static void add_page(struct dump *d, struct history_answer *a, struct buf *page)
{
    struct history_msg m;
    while (history_next(a, &m)) {
        add_row(d, page, &m);
        d->count++;
    }
    d->next = a->next;
}

static void on_all(struct dump *d, struct history_answer *a)
{
    struct buf page = {0};
    add_page(d, a, &page);
    begin(d);
    conn_write_buf(d->conn, &page);
    buf_free(&page);
    if (!a->more)
        conn_finish(d->conn, false);
    else if (conn_full(d->conn))
        conn_await(d->conn, LOW_MARK);
    else
        ask_more(d);
}

static void on_last(struct dump *d, struct history_answer *a)
{
    struct buf page = {0};
    add_page(d, a, &page);
    buf_add(&page, buf_data(&d->last), d->last.len);
    buf_free(&d->last);
    d->last = page;
    if (a->more && d->count < LAST) {
        ask_more(d);
        return;
    }
    begin(d);
    conn_write_buf(d->conn, &d->last);
    conn_finish(d->conn, false);
}

static void on_page(void *arg, struct history_answer *a)
{
    struct dump *d = arg;
    d->ticket = 0;
    if (a->result == HISTORY_FAILED) {
        give_up(d, a->why);
    } else if (a->result != HISTORY_DONE) {
        struct buf why = {0};
        buf_addf(&why, "nothing is kept of %s", d->room);
        give_up(d, buf_str(&why));
        buf_free(&why);
    } else if (d->all) {
        on_all(d, a);
    } else {
        on_last(d, a);
    }
}

void control_history_drain(struct dump *d)
{
    if (d->ticket == 0)
        ask_more(d);
}

/* --- beginning and end --- */

static bool parse_room(struct dump *d, struct str name)
{
    const bool hash = name.n > 0 && name.p[0] == '#';
    if (name.n == 0 || name.n > ROOM_BYTES_MAX)
        return false;
    snprintf(d->room, sizeof d->room, "%s%.*s", hash ? "" : "#", (int)name.n, name.p);
    return room_name_check(str_of(d->room)) == NAME_OK && name_fold(str_of(d->room), d->key);
}

static const char *parse(struct dump *d, struct str arg)
{
    struct str rest = arg, how = {0}, form = {0}, since = {0}, room = {0};
    uint64_t ms = 0;
    (void)str_split(&rest, ' ', &how);
    (void)str_split(&rest, ' ', &form);
    (void)str_split(&rest, ' ', &since);
    (void)str_split(&rest, ' ', &room);
    d->all = str_eq(how, "export");
    d->json = str_eq(form, "json");
    if ((!d->all && !str_eq(how, "last")) || (!d->json && !str_eq(form, "text")) ||
        (!str_eq(since, "-") && !text_number(since, INT64_MAX, &ms)))
        return "usage: history last|export text|json SINCE ROOM [TEXT]";
    d->since = (int64_t)ms;
    if (rest.p != NULL)
        buf_add(&d->part, rest.p, rest.n);
    return parse_room(d, room) ? NULL : "that is no name for a room";
}

struct dump *control_history_begin(struct serve *s, struct conn *c, struct str arg,
                                   const char **why)
{
    struct dump *d = calloc(1, sizeof *d);
    *why = "out of memory";
    if (d == NULL)
        return NULL;
    d->serve = s;
    d->conn = c;
    *why = parse(d, arg);
    if (*why == NULL && !s->history->settings.store)
        *why = "the history is off: [history] store";
    else if (*why == NULL && !ask(d))
        *why = busy;
    if (*why == NULL)
        return d;
    control_history_free(d);
    return NULL;
}

void control_history_free(struct dump *d)
{
    if (d == NULL)
        return;
    if (d->ticket != 0)
        history_cancel(d->serve->history, d->ticket);
    buf_free(&d->part);
    buf_free(&d->last);
    free(d);
}
