/* irc_history.c: what was said before: CHATHISTORY (draft/chathistory), SEARCH (soju.im/search) and
 * REDACT (draft/message-redaction). The history answers later; until then the connection waits. */
#include "serve/irc.h"

#include "base/date.h"
#include "parse/irc_tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TARGET_MAX = ROOM_BYTES_MAX + 1,
    SEARCH_MAX = 50, /* rows of a search, unless the client says less */
};

/* What is asked, until it is answered. */
struct irc_question {
    struct irc *irc;
    uint64_t ticket;
    enum history_want want;
    bool forwards; /* its first rows are those that it is about most */
    const char *command;
    char target[TARGET_MAX]; /* as the client has written it */
    uint64_t about;          /* of REDACT */
    char why[TOPIC_BYTES_MAX];
};

bool irc_history_there(const struct irc *s)
{
    const struct history *h = irc_serve(s)->history;
    return h != NULL && h->settings.store;
}

void irc_question_free(struct irc *s)
{
    if (s->question == NULL)
        return;
    history_cancel(irc_serve(s)->history, s->question->ticket);
    free(s->question);
    s->question = NULL;
}

static void fail(struct irc *s, const struct irc_question *q, const char *code, const char *text)
{
    irc_fail(s, q->command, code, str_of(q->target), text);
}

/* --- rows, as lines of a batch --- */

/* The people and the room of a row, who need not be there any more. */
struct stage {
    struct user from, target;
    struct account account;
    struct room room;
};

static enum chat_kind kind_of(enum history_kind kind)
{
    static const enum chat_kind kinds[HISTORY_KINDS] = {
        [HISTORY_SAY] = CHAT_SAY,     [HISTORY_NOTICE] = CHAT_NOTICE, [HISTORY_TAGMSG] = CHAT_TAGS,
        [HISTORY_JOIN] = CHAT_JOIN,   [HISTORY_PART] = CHAT_PART,     [HISTORY_QUIT] = CHAT_QUIT,
        [HISTORY_NICK] = CHAT_RENAME, [HISTORY_TOPIC] = CHAT_TOPIC,   [HISTORY_MODE] = CHAT_MODE,
        [HISTORY_KICK] = CHAT_KICK,   [HISTORY_REDACT] = CHAT_REDACT,
    };
    return kinds[kind];
}

static void set_person(struct user *u, struct str name, struct str user)
{
    struct str ident = user, host;
    (void)str_copy(u->name, sizeof u->name, name);
    if (!str_split_last(&ident, '@', &host))
        host = STR("");
    (void)str_copy(u->ident, sizeof u->ident, ident);
    (void)str_copy(u->host, sizeof u->host, host);
    u->real[0] = '\0';
    u->modes = 0;
    u->account = NULL;
    u->modes = 0;
}

/* Puts the row on the stage, as if it happened now. */
static void perform(struct stage *st, const struct history_msg *m, struct chat_event *ev)
{
    *ev = (struct chat_event){
        .kind = kind_of(m->kind), .text = m->text, .tags = m->tags, .id = m->id, .at = m->at};
    if (m->user.n > 0) {
        set_person(&st->from, m->from, m->user);
        ev->from = &st->from;
    }
    if (m->account.n > 0) {
        (void)str_copy(st->account.name, sizeof st->account.name, m->account);
        st->from.account = &st->account;
    }
    if (m->target.n > 0) {
        set_person(&st->target, m->target, STR(""));
        ev->target = &st->target;
    }
    if (m->room.p[0] == '#') {
        (void)str_copy(st->room.name, sizeof st->room.name, m->name);
        ev->room = &st->room;
    }
    ev->about = m->id;
}

static void send_row(struct irc *s, struct stage *st, const struct history_msg *m, const char *ref)
{
    struct chat_event ev;
    struct buf b = {0};
    if (m->kind == HISTORY_TAGMSG && !(s->caps & IRC_CAP_TAGS))
        return;
    if (m->kind == HISTORY_REDACT && !(s->caps & IRC_CAP_REDACTION))
        return;
    perform(st, m, &ev);
    const struct irc_form form = {
        .caps = irc_event_caps(s, &ev), .server = irc_chat(s)->server, .batch = ref};
    irc_event_lines(&b, &ev, &form);
    irc_answer_lines(s, &b);
}

/* A room's name, or that of the other account of a talk; empty, when there is none any more. */
static struct str name_of_target(const struct irc *s, const struct history_msg *m)
{
    const struct account *self = s->user.account, *other;
    uint64_t a, b;
    if (!history_talk_parties(m->room, &a, &b) || self == NULL)
        return m->name;
    other = account_by_id(irc_serve(s)->accounts, (int64_t)(a == (uint64_t)self->id ? b : a));
    return str_of(other != NULL ? other->name : "");
}

static void send_target(struct irc *s, const struct history_msg *m, const char *ref)
{
    char date[DATE_TEXT_MAX], tags[32];
    struct buf b = {0};
    const struct str name = name_of_target(s, m);
    if (name.n == 0)
        return;
    date_iso_ms(date, m->at);
    snprintf(tags, sizeof tags, "batch=%s", ref);
    buf_addf(&b, ":%s CHATHISTORY TARGETS %.*s %s", irc_chat(s)->server, (int)name.n, name.p, date);
    irc_send_inner(s, tags, &b);
}

/* About what a row takes as lines, each of which has who said it, and where. */
static uint64_t bytes_of(const struct history_msg *m)
{
    uint64_t lines = 1 + m->text.n / (IRC_LINE_MAX / 2);
    for (size_t i = 0; i < m->text.n; i++)
        lines += m->text.p[i] == '\n';
    return lines * (m->from.n + m->user.n + m->name.n + m->target.n + 80) + m->text.n + m->tags.n;
}

/* Who does not read is closed; who reads, and has asked for much, gets what there is room for: the
 * rows nearest to where he asked. *skip: those before them. */
static size_t fitting(struct irc *s, const struct irc_question *q, const struct history_answer *a,
                      size_t *skip)
{
    const uint64_t most = (uint64_t)irc_serve(s)->conf->limits->sendq / 2;
    struct history_answer left = *a;
    struct history_msg m;
    uint64_t left_bytes = 0, taken = 0;
    size_t rows = 0, n = 0;
    for (; history_next(&left, &m); rows++)
        left_bytes += bytes_of(&m);
    *skip = 0;
    for (left = *a; history_next(&left, &m); left_bytes -= bytes_of(&m)) {
        taken += bytes_of(&m);
        if (q->forwards && n > 0 && taken > most)
            break;
        if (!q->forwards && left_bytes > most && *skip + 1 < rows)
            ++*skip;
        else
            n++;
    }
    return n;
}

static void send_rows(struct irc *s, const struct irc_question *q, struct history_answer *a)
{
    struct stage stage = {0};
    struct history_msg m;
    size_t n, skip;
    static const char ref[] = "history";
    const char *type = q->want == HISTORY_TARGETS  ? "draft/chathistory-targets"
                       : q->want == HISTORY_SEARCH ? "soju.im/search"
                                                   : "chathistory ";
    irc_server_line(s, "BATCH +%s %s%s", ref, type, type[strlen(type) - 1] == ' ' ? q->target : "");
    n = fitting(s, q, a, &skip) + skip;
    for (size_t i = 0; i < n && history_next(a, &m) && !s->conn->closing; i++)
        if (i < skip)
            continue;
        else if (q->want == HISTORY_TARGETS)
            send_target(s, &m, ref);
        else
            send_row(s, &stage, &m, ref);
    irc_server_line(s, "BATCH -%s", ref);
}

/* --- the answer --- */

static void redact(struct irc *s, const struct irc_question *q)
{
    const struct str target = str_of(q->target);
    const enum chat_result result =
        chat_redact(irc_chat(s), &s->user, target, q->about, str_of(q->why));
    if (result == CHAT_NOT_MEMBER)
        fail(s, q, "INVALID_TARGET", "No messages to be taken back there");
    else
        irc_result(s, result, target);
}

static void redacted(struct irc *s, const struct irc_question *q, const struct history_answer *a)
{
    if (a->result == HISTORY_ABSENT)
        irc_server_line(s, "FAIL REDACT UNKNOWN_MSGID %s %016llx :There is no such message",
                        q->target, (unsigned long long)q->about);
    else if (a->result == HISTORY_DENIED)
        irc_server_line(s, "FAIL REDACT REDACT_FORBIDDEN %s %016llx :It is not yours", q->target,
                        (unsigned long long)q->about);
    else
        redact(s, q);
}

static void answered(void *arg, struct history_answer *a)
{
    struct irc_question *q = arg;
    struct irc *s = q->irc;
    s->question = NULL;
    if (!s->conn->finishing && !s->conn->closing) {
        irc_go_on(s);
        if (a->result == HISTORY_FAILED)
            fail(s, q, "MESSAGE_ERROR", a->why);
        else if (q->want == HISTORY_REDACT_ONE)
            redacted(s, q, a);
        else
            send_rows(s, q, a);
        irc_gone_on(s);
    }
    free(q);
}

static int64_t moment_of(const struct history_mark *m)
{
    return m->id != 0 ? (int64_t)(m->id >> 16) : m->at;
}

/* Of those there are most of, the earliest ones, or the first of a list? */
static bool is_forwards(const struct history_query *q)
{
    switch (q->want) {
    case HISTORY_BEFORE:
    case HISTORY_LATEST:
    case HISTORY_AROUND: return false;
    case HISTORY_BETWEEN: return moment_of(&q->from) <= moment_of(&q->to);
    default: return true;
    }
}

static void ask(struct irc *s, const struct irc_question *as, const struct history_query *query)
{
    struct irc_question *q = malloc(sizeof *q);
    if (q == NULL) {
        conn_close(s->conn, CLOSE_MEMORY);
        return;
    }
    *q = *as;
    q->irc = s;
    q->want = query->want;
    q->forwards = is_forwards(query);
    q->ticket = history_ask(irc_serve(s)->history, query, answered, q);
    if (q->ticket == 0) {
        fail(s, q, "MESSAGE_ERROR", "The history cannot answer now");
        free(q);
        return;
    }
    s->question = q;
    conn_pause(s->conn);
}

/* --- whose history --- */

/* From when on may u read r? Before it was made, another one was called so; but for the lobby. */
static int64_t since(const struct room *r)
{
    return r->registered && r->founder == 0 ? 0 : r->created;
}

/* Finds what is named: a room that the person is in, or whom they talk with, when both have
 * accounts. key has FOLD_BYTES_MAX. */
static bool find_target(struct irc *s, struct str name, char *key, struct history_query *query)
{
    const struct room *r = name.n > 0 && name.p[0] == '#' ? chat_room(irc_chat(s), name) : NULL;
    if (r != NULL && room_member(r, &s->user) != NULL) {
        text_copy(key, FOLD_BYTES_MAX, r->fold);
        query->since = since(r);
        query->room = str_of(key);
        return true;
    }
    if (name.n == 0 || name.p[0] == '#' || s->user.account == NULL)
        return false;
    const struct user *u = chat_user(irc_chat(s), name);
    const struct account *other =
        u != NULL && u->account != NULL ? u->account : account_find(irc_serve(s)->accounts, name);
    if (other == NULL)
        return false;
    history_talk_key(key, (uint64_t)s->user.account->id, (uint64_t)other->id);
    query->room = str_of(key);
    return true;
}

/* Adds the rooms that the person is in. */
static void add_rooms(const struct irc *s, struct buf *rooms)
{
    list_each(n, &s->user.memberships)
    {
        const struct room *r = list_entry(n, struct member, in_user)->room;
        history_add_room(rooms, str_of(r->fold), since(r));
    }
}

/* --- CHATHISTORY --- */

static bool parse_mark(struct str text, struct history_mark *mark)
{
    struct str rest = text, key;
    *mark = (struct history_mark){0};
    if (!str_split(&rest, '=', &key) || rest.p == NULL)
        return false;
    if (str_eq(key, "msgid"))
        return irc_id_parse(rest, &mark->id);
    return str_eq(key, "timestamp") && date_iso_ms_parse(rest, &mark->at);
}

static const struct sub {
    const char *name;
    enum history_want want;
    unsigned marks; /* moments or messages that it names */
} subs[] = {
    {"BEFORE", HISTORY_BEFORE, 1}, {"AFTER", HISTORY_AFTER, 1},     {"LATEST", HISTORY_LATEST, 1},
    {"AROUND", HISTORY_AROUND, 1}, {"BETWEEN", HISTORY_BETWEEN, 2}, {"TARGETS", HISTORY_TARGETS, 2},
};

static const struct sub *find_sub(struct str name)
{
    for (size_t i = 0; i < sizeof subs / sizeof subs[0]; i++)
        if (str_ieq(name, subs[i].name))
            return &subs[i];
    return NULL;
}

/* The marks and the limit, from parameter `at` on. */
static bool parse_bounds(const struct irc_msg *m, const struct sub *sub, unsigned at,
                         struct history_query *query)
{
    uint64_t limit;
    const bool any = sub->want == HISTORY_LATEST && str_eq(m->param[at], "*");
    if (m->params < at + sub->marks + 1 || (!any && !parse_mark(m->param[at], &query->from)) ||
        (sub->marks == 2 && !parse_mark(m->param[at + 1], &query->to)) ||
        !text_number(m->param[at + sub->marks], UINT32_MAX, &limit))
        return false;
    query->limit = (uint32_t)(limit < IRC_HISTORY_MAX ? limit : IRC_HISTORY_MAX);
    return true;
}

/* Whom the person has talked with, and the rooms they are in. */
static void ask_targets(struct irc *s, const struct irc_question *q, struct history_query *query)
{
    struct buf rooms = {0};
    add_rooms(s, &rooms);
    query->rooms = (struct str){buf_data(&rooms), rooms.len};
    query->account = s->user.account != NULL ? (uint64_t)s->user.account->id : 0;
    ask(s, q, query);
    buf_free(&rooms);
}

void irc_chathistory(struct irc *s, const struct irc_msg *m)
{
    static const char command[] = "CHATHISTORY";
    struct irc_question q = {.command = command, .target = "*"};
    char key[FOLD_BYTES_MAX];
    const struct sub *sub = m->params > 0 ? find_sub(m->param[0]) : NULL;
    if (sub == NULL) {
        irc_fail(s, command, "INVALID_PARAMS", m->params > 0 ? m->param[0] : STR("*"),
                 "Say BEFORE, AFTER, LATEST, AROUND, BETWEEN or TARGETS");
        return;
    }
    struct history_query query = {.want = sub->want, .events = s->caps & IRC_CAP_PLAYBACK};
    const bool targets = sub->want == HISTORY_TARGETS;
    if (m->params < sub->marks + (targets ? 2 : 3)) {
        irc_fail(s, command, "NEED_MORE_PARAMS", str_of(sub->name), "Missing parameters");
    } else if (!parse_bounds(m, sub, targets ? 1 : 2, &query)) {
        irc_fail(s, command, "INVALID_PARAMS", str_of(sub->name),
                 "Say timestamp=2026-01-02T03:04:05.678Z or msgid=..., and a number");
    } else if (targets) {
        ask_targets(s, &q, &query);
    } else if (!str_copy(q.target, sizeof q.target, m->param[1]) ||
               !find_target(s, m->param[1], key, &query)) {
        irc_server_line(s, "FAIL CHATHISTORY INVALID_TARGET %s %.*s :No messages to be had there",
                        sub->name, (int)m->param[1].n, m->param[1].p);
    } else {
        ask(s, &q, &query);
    }
}

/* --- SEARCH --- */

/* One attribute: in=#room, text=words, before=, limit=. False when it makes no sense. */
static bool take_attribute(const struct irc_tag *t, struct history_query *query, char *in,
                           char *text)
{
    struct buf one = {0};
    char value[TEXT_BYTES_MAX];
    uint64_t limit;
    bool ok = true;
    buf_add(&one, t->key.p, t->key.n);
    buf_addc(&one, '=');
    buf_add(&one, t->value.p, t->value.n);
    char key[16];
    if (!str_copy(key, sizeof key, t->key) ||
        !irc_tags_find((struct str){buf_data(&one), one.len}, key, value, sizeof value)) {
        ok = false;
    } else if (strcmp(key, "in") == 0) {
        ok = str_copy(in, TARGET_MAX, str_of(value));
    } else if (strcmp(key, "text") == 0) {
        ok = str_copy(text, TEXT_BYTES_MAX, str_of(value));
    } else if (strcmp(key, "limit") == 0) {
        ok = text_number(str_of(value), UINT32_MAX, &limit);
        query->limit = ok && limit < SEARCH_MAX ? (uint32_t)limit : SEARCH_MAX;
    } else if (strcmp(key, "before") == 0) {
        ok = irc_id_parse(str_of(value), &query->from.id) ||
             date_iso_ms_parse(str_of(value), &query->from.at);
    } else {
        ok = false;
    }
    buf_free(&one);
    return ok;
}

void irc_search(struct irc *s, const struct irc_msg *m)
{
    static const char command[] = "SEARCH";
    struct irc_question q = {.command = command, .target = "*"};
    struct history_query query = {.want = HISTORY_SEARCH, .limit = SEARCH_MAX};
    char in[TARGET_MAX] = "", text[TEXT_BYTES_MAX] = "", key[FOLD_BYTES_MAX];
    struct str rest = m->param[0];
    struct irc_tag t;
    struct buf rooms = {0};
    while (irc_tags_next(&rest, &t))
        if (!take_attribute(&t, &query, in, text)) {
            irc_fail(s, command, "INVALID_PARAMS", t.key, "Say in=, text=, before=, limit=");
            return;
        }
    if (text[0] == '\0') {
        irc_fail(s, command, "NEED_MORE_PARAMS", STR("text"), "What is to be found?");
        return;
    }
    query.text = str_of(text);
    if (in[0] == '\0') {
        add_rooms(s, &rooms);
        query.rooms = (struct str){buf_data(&rooms), rooms.len};
        ask(s, &q, &query);
    } else if (find_target(s, str_of(in), key, &query)) {
        text_copy(q.target, sizeof q.target, in);
        ask(s, &q, &query);
    } else {
        irc_fail(s, command, "INVALID_TARGET", str_of(in), "No messages to be had there");
    }
    buf_free(&rooms);
}

/* --- REDACT --- */

/* What a session has said itself is its own, account or not. */
static bool said_here(const struct irc *s, uint64_t id)
{
    for (size_t i = 0; i < IRC_SAID_MAX && id != 0; i++)
        if (s->said[i] == id)
            return true;
    return false;
}

void irc_redact(struct irc *s, const struct irc_msg *m)
{
    struct irc_question q = {.command = "REDACT"};
    char key[FOLD_BYTES_MAX];
    struct history_query query = {.want = HISTORY_REDACT_ONE, .limit = 1};
    const struct room *r = chat_room(irc_chat(s), m->param[0]);
    if (!irc_id_parse(m->param[1], &q.about) || !str_copy(q.target, sizeof q.target, m->param[0])) {
        irc_server_line(s, "FAIL REDACT UNKNOWN_MSGID %.*s %.*s :There is no such message",
                        (int)m->param[0].n, m->param[0].p, (int)m->param[1].n, m->param[1].p);
        return;
    }
    if (m->params > 2)
        (void)str_copy(q.why, sizeof q.why, m->param[2]);
    const bool own = said_here(s, q.about) || (r != NULL && chat_is_op(r, &s->user));
    query.from.id = q.about;
    query.any = own;
    if (s->user.account != NULL)
        query.by = str_of(s->user.account->name);
    if (irc_history_there(s) && find_target(s, m->param[0], key, &query))
        ask(s, &q, &query);
    else if (own) /* nothing is kept of it */
        redact(s, &q);
    else
        fail(s, &q, "INVALID_TARGET", "No messages to be taken back there");
}
