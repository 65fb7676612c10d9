/* history.h: what was said, kept: how chat and the doors see it. Nothing here waits. A process of
 * its own (sys/helper; model/history_keeper is what runs in it) owns the database; lines go to it
 * once a turn of the loop, and answers come back as events of the loop. While it is in trouble, or
 * dead, lines wait, up to a bound, and questions fail in words. */
#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

#include "base/clock.h"
#include "base/helper.h"
#include "base/list.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/pack.h"

enum {
    HISTORY_ROWS_MAX = 1000,   /* of one answer */
    HISTORY_TEXT_MAX = 65536,  /* bytes of one message; longer ones are not kept */
    HISTORY_TALK_KEY_MAX = 44, /* bytes of a private talk's key, with its NUL */
    HISTORY_TROUBLE_MAX = 256, /* bytes of a reason, with its NUL */
};

/* The first ones are what people say; the others are events of a room. In the file: never change
 * what one stands for. */
enum history_kind {
    HISTORY_SAY,
    HISTORY_NOTICE,
    HISTORY_TAGMSG,
    HISTORY_JOIN,
    HISTORY_PART,
    HISTORY_QUIT,
    HISTORY_NICK, /* text: the new one */
    HISTORY_TOPIC,
    HISTORY_MODE,
    HISTORY_KICK,   /* target: who was */
    HISTORY_REDACT, /* what a message becomes when it is taken back */
    HISTORY_KINDS,
};

/* One line of the history. Texts that are not set are empty. */
struct history_msg {
    uint64_t id; /* grows, and is never used twice: who leaves three rooms takes three */
    int64_t at;  /* wall clock, ms */
    enum history_kind kind;
    bool open;          /* may stand in the room's text file; for history_add() */
    struct str room;    /* key: a room's folded name, or history_talk_key() */
    struct str name;    /* of the room, as people see it */
    struct str from;    /* the name of who it was */
    struct str user;    /* user@host */
    struct str account; /* the account's name; empty: a guest */
    struct str target;  /* HISTORY_KICK; in a private talk whom it was said to */
    struct str text;    /* UTF-8; line ends part the lines of one message */
    struct str tags;    /* the client's, as they came */
};

/* "=7,12": the room key of the private talk of two accounts. */
void history_talk_key(char out[HISTORY_TALK_KEY_MAX], uint64_t a, uint64_t b);
/* The two accounts of such a key; false when it is none. */
bool history_talk_parties(struct str key, uint64_t *a, uint64_t *b);

/* --- questions --- */

enum history_want {
    HISTORY_BEFORE,  /* from; without one, the end. The latest that there are */
    HISTORY_AFTER,   /* from; without one, the beginning. The earliest */
    HISTORY_LATEST,  /* behind from, if there is one. The latest */
    HISTORY_AROUND,  /* from, which is among them */
    HISTORY_BETWEEN, /* from, to: those next to from, whichever is the later one */
    HISTORY_TARGETS, /* room keys with the id and time of the latest message, between the times of
                        from and to: of `rooms`, and of the private talks of `account` */
    HISTORY_SEARCH,  /* text, in `room` or else in `rooms`; before from, the latest first */
    HISTORY_ONE,     /* the message from.id in `room` */
    HISTORY_REDACT_ONE, /* takes back from.id in `room`, if its account is `by` or `any` is set; the
                           row is what was there */
    HISTORY_RENAME,     /* `room` is known by the key `text` from now on, shown as `name`. What was
                           kept under that one is deleted */
    HISTORY_DROP,       /* deletes what was kept of `room` */
    HISTORY_WANTS,
};

/* A message, or else a moment; both 0: neither. */
struct history_mark {
    uint64_t id;
    int64_t at;
};

/* Rows come by time, but of HISTORY_SEARCH. */
struct history_query {
    enum history_want want;
    struct str room;
    struct str rooms; /* made by history_add_room() */
    struct history_mark from, to;
    int64_t since;  /* nothing older is shown; for `room` */
    uint32_t limit; /* rows, at most HISTORY_ROWS_MAX */
    bool events;    /* those too that are no HISTORY_SAY or HISTORY_NOTICE */
    bool any;
    uint64_t account;
    struct str by;
    struct str name;
    /* HISTORY_SEARCH: words, each the beginning of one that is there; "several words" as they
     * stand. HISTORY_BEFORE, _AFTER, _LATEST: only rows with this in their text, ASCII letters
     * without regard to case; empty: all. */
    struct str text;
};

/* Adds a room that is meant: nothing of it that is older than since is shown. */
void history_add_room(struct buf *rooms, struct str key, int64_t since);

enum history_result {
    HISTORY_DONE,
    HISTORY_ABSENT, /* there is no such message, or room */
    HISTORY_DENIED, /* it is not theirs */
    HISTORY_FAILED, /* see why */
};

struct history_answer {
    enum history_result result;
    const char *why; /* in words; "" when it went well */
    bool more;       /* there may be more behind the last row: go on from next */
    uint64_t next;
    struct unpack left; /* rows */
};

/* The next row, whose texts live as long as the answer; false when there is none. */
bool history_next(struct history_answer *a, struct history_msg *m);

/* Called once, from the loop, never from within history_ask(); the answer is gone behind it. */
typedef void history_done_fn(void *arg, struct history_answer *a);

/* --- its use --- */

struct history_settings {
    bool store;   /* off: nothing is kept, nothing can be asked */
    bool files;   /* rooms as text files, in the store */
    int64_t keep; /* ms; 0 = for ever */
    uint64_t max; /* messages; 0 = any number */
};

/* What the keeper says of itself. */
struct history_state {
    char trouble[HISTORY_TROUBLE_MAX]; /* in words; "" = there is none */
    uint64_t messages, bytes;
};

struct history_frame;
struct history_question;
struct store;

struct history {
    /* For the keeper: the database, and the store whose root it gets as HELPER_FD (or NULL). */
    const char *path;
    const struct store *store;
    const struct clock *clock;
    struct log *log;
    struct metrics *metrics;
    struct history_settings settings;
    bool settings_due; /* the keeper is to be told */
    struct buf setup;
    struct buf adding; /* the turn's lines */
    unsigned adding_count;
    struct list waiting, sent; /* frames of lines that are not known to be kept, the oldest first */
    size_t bytes;              /* of both */
    int64_t retry;             /* lines that were refused go again then; monotonic ms */
    struct list questions;
    size_t question_count;
    uint64_t serial; /* of frames, and tickets */
    struct {
        struct str left; /* of what is on its way; neither of these: of the settings */
        struct history_frame *frame;
        struct history_question *question;
    } out;
    struct history_state state;
    uint64_t lost; /* lines, since that was told */
};

/* path and store are set by the owner, before the keeper begins. */
void history_init(struct history *h, const struct clock *clock, struct log *log,
                  struct metrics *metrics);
/* What still waits is forgotten; no done() is called. */
void history_free(struct history *h);
/* Puts these into force; the keeper is to run if they say `store`. */
void history_set(struct history *h, const struct history_settings *settings);

/* Keeps m, which is copied. */
void history_add(struct history *h, const struct history_msg *m);
/* Asks; all of q is copied. A ticket > 0, or 0 when there is no history or too much waits. done may
 * be NULL, for what is to be changed. */
uint64_t history_ask(struct history *h, const struct history_query *q, history_done_fn *done,
                     void *arg);
/* done will not be called any more. */
void history_cancel(struct history *h, uint64_t ticket);
/* Once a second: gives up questions that wait for too long. */
void history_tick(struct history *h);

/* The turn's lines become something to send. Before the loop sleeps; the helper is flushed next. */
void history_flush(struct history *h);

/* Both halves of the process; ops_arg is the struct history on this side. */
extern const struct helper_ops history_helper;

#endif
