#include "model/history.h"

#include "model/history_keeper.h"
#include "model/history_wire.h"

#include <stdlib.h>

enum {
    WAITING_MAX = 8 << 20, /* bytes of lines that wait for the keeper */
    FRAME_MAX = 64 * 1024, /* bytes of a frame of lines, about */
    QUESTIONS_MAX = 256,   /* that wait */
    QUESTION_MS = 10000,   /* for so long at most */
    RETRY_MS = 2000,       /* behind lines that were refused */
    DEATHS_MAX = 3,        /* of the keeper over the same lines: then they are given up */
};

/* Lines of a turn, or of several that came while others went before them. */
struct history_frame {
    struct list link;
    uint64_t serial;
    struct buf bytes;
    unsigned count, deaths;
};

struct history_question {
    struct list link;
    uint64_t ticket;
    int64_t asked; /* monotonic ms */
    bool sent;
    struct buf bytes; /* until then */
    history_done_fn *done;
    void *arg;
};

static struct history_frame *frame_of(struct list *n)
{
    return list_entry(n, struct history_frame, link);
}

static struct history_question *question_of(struct list *n)
{
    return list_entry(n, struct history_question, link);
}

/* --- lines --- */

static void lose(struct history *h, unsigned n)
{
    h->metrics->history_lost += n;
    if (h->lost == 0)
        log_say(h->log, LOG_ERROR,
                "event=history-lost what is said now is not kept, as too much waits%s%s",
                h->state.trouble[0] != '\0' ? ": " : "", h->state.trouble);
    h->lost += n;
}

/* The bound has room again. */
static void say_kept_again(struct history *h)
{
    if (h->lost == 0 || h->bytes > WAITING_MAX / 2)
        return;
    log_say(h->log, LOG_WARN, "event=history-again what is said is kept again; %llu lines were not",
            (unsigned long long)h->lost);
    h->lost = 0;
}

static void free_frame(struct history *h, struct history_frame *f)
{
    list_unlink(&f->link);
    h->bytes -= f->bytes.len;
    buf_free(&f->bytes);
    free(f);
}

/* The last frame that waits, if these lines may go into it: what was asked since then is to be
 * answered, or done, before them. */
static struct history_frame *open_frame(const struct history *h)
{
    if (list_empty(&h->waiting))
        return NULL;
    struct history_frame *f = frame_of(h->waiting.prev);
    return f->serial == h->serial && f != h->out.frame && f->deaths == 0 && f->bytes.len < FRAME_MAX
               ? f
               : NULL;
}

static struct history_frame *new_frame(struct history *h)
{
    struct history_frame *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    f->serial = ++h->serial;
    (void)wire_begin(&f->bytes, WIRE_LINES, f->serial);
    h->bytes += f->bytes.len;
    list_push(&h->waiting, &f->link);
    return f;
}

void history_flush(struct history *h)
{
    if (h->adding.len == 0)
        return;
    struct history_frame *f = open_frame(h);
    if (f == NULL)
        f = new_frame(h);
    const size_t before = f != NULL ? f->bytes.len : 0;
    if (f != NULL)
        buf_add(&f->bytes, buf_data(&h->adding), h->adding.len);
    if (f == NULL || f->bytes.len == before) { /* memory is out */
        lose(h, h->adding_count);
    } else {
        f->count += h->adding_count;
        h->bytes += f->bytes.len - before;
        wire_end(&f->bytes, 0);
    }
    h->adding_count = 0;
    buf_clear(&h->adding);
}

void history_add(struct history *h, const struct history_msg *m)
{
    if (!h->settings.store)
        return;
    h->metrics->history_lines++;
    if (m->text.n > HISTORY_TEXT_MAX || h->bytes + h->adding.len > WAITING_MAX) {
        lose(h, 1);
        return;
    }
    const size_t before = h->adding.len;
    wire_put_msg(&h->adding, m);
    if (h->adding.failed) {
        buf_cut(&h->adding, before);
        h->adding.failed = false;
        lose(h, 1);
        return;
    }
    h->adding_count++;
    if (h->adding.len > FRAME_MAX)
        history_flush(h);
}

/* Those of the frames from `first` to `last` are safe; or go again. */
static void settle(struct history *h, uint64_t first, uint64_t last, bool kept)
{
    struct list again;
    list_init(&again);
    list_each(n, &h->sent)
    {
        struct history_frame *f = frame_of(n);
        if (f->serial < first || f->serial > last)
            continue;
        if (kept) {
            free_frame(h, f);
        } else {
            list_unlink(n);
            list_push(&again, n);
        }
    }
    list_splice(&again, &h->waiting);
    list_splice(&h->waiting, &again);
    if (kept)
        say_kept_again(h);
    else
        h->retry = h->clock->mono + RETRY_MS;
}

/* --- questions --- */

static void free_question(struct history *h, struct history_question *q)
{
    list_unlink(&q->link);
    h->question_count--;
    buf_free(&q->bytes);
    free(q);
}

uint64_t history_ask(struct history *h, const struct history_query *query, history_done_fn *done,
                     void *arg)
{
    struct history_question *q = NULL;
    /* What is to be changed must not fail because others ask much. */
    const size_t most = done != NULL ? QUESTIONS_MAX : 2 * QUESTIONS_MAX;
    if (h->settings.store && h->question_count < most)
        q = calloc(1, sizeof *q);
    if (q == NULL)
        return 0;
    history_flush(h); /* what was said before is in the answer */
    *q = (struct history_question){
        .ticket = ++h->serial, .asked = h->clock->mono, .done = done, .arg = arg};
    const size_t at = wire_begin(&q->bytes, WIRE_ASK, q->ticket);
    wire_put_query(&q->bytes, query);
    wire_end(&q->bytes, at);
    if (q->bytes.failed) {
        buf_free(&q->bytes);
        free(q);
        return 0;
    }
    list_push(&h->questions, &q->link);
    h->question_count++;
    h->metrics->history_questions++;
    return q->ticket;
}

static struct history_question *find_question(const struct history *h, uint64_t ticket)
{
    list_each(n, &h->questions) if (question_of(n)->ticket == ticket) return question_of(n);
    return NULL;
}

void history_cancel(struct history *h, uint64_t ticket)
{
    struct history_question *q = find_question(h, ticket);
    if (q != NULL && q == h->out.question)
        q->done = NULL; /* its bytes are on their way */
    else if (q != NULL)
        free_question(h, q);
}

static void finish_question(struct history *h, struct history_question *q, struct history_answer *a)
{
    history_done_fn *done = q->done;
    void *arg = q->arg;
    if (a->result == HISTORY_FAILED)
        h->metrics->history_failed++;
    if (q == h->out.question)
        q->done = NULL;
    else
        free_question(h, q);
    if (done != NULL)
        done(arg, a);
}

/* Those that were asked up to then. Callbacks may ask again, or cancel others. */
static void fail_questions(struct history *h, int64_t asked, uint64_t last, const char *why)
{
    for (bool any = true; any;) {
        any = false;
        list_each(n, &h->questions)
        {
            struct history_question *q = question_of(n);
            if (q->ticket > last || q->asked > asked || q->done == NULL)
                continue;
            struct history_answer a = {.result = HISTORY_FAILED, .why = why};
            finish_question(h, q, &a);
            any = true;
            break;
        }
    }
}

void history_tick(struct history *h)
{
    fail_questions(h, h->clock->mono - QUESTION_MS, h->serial, "the history does not answer");
}

/* --- what the keeper says --- */

static int take_answer(struct history *h, struct wire_frame *f)
{
    struct history_answer a;
    char why[HISTORY_TROUBLE_MAX];
    struct history_question *q = find_question(h, f->serial);
    if (!wire_get_answer(&f->body, &a, why))
        return -1;
    if (q != NULL && q->sent) /* else it was given up */
        finish_question(h, q, &a);
    return 0;
}

static int take_state(struct history *h, struct wire_frame *f)
{
    char before[HISTORY_TROUBLE_MAX];
    text_copy(before, sizeof before, h->state.trouble);
    if (!wire_get_state(&f->body, &h->state))
        return -1;
    if (strcmp(before, h->state.trouble) == 0)
        return 0;
    if (h->state.trouble[0] != '\0')
        log_say(h->log, LOG_ERROR,
                "event=history-trouble %s; the chat goes on, and what is said waits to be kept",
                h->state.trouble);
    else
        log_say(h->log, LOG_WARN, "event=history-well what is said is kept again");
    return 0;
}

static int take_frame(struct history *h, struct wire_frame *f)
{
    const uint64_t last =
        f->kind == WIRE_KEPT || f->kind == WIRE_REFUSED ? unpack_u64(&f->body) : 0;
    switch (f->kind) {
    case WIRE_KEPT:
    case WIRE_REFUSED: settle(h, f->serial, last, f->kind == WIRE_KEPT); return 0;
    case WIRE_ANSWER: return take_answer(h, f);
    case WIRE_STATE: return take_state(h, f);
    case WIRE_NOTE:
        log_say(h->log, LOG_ERROR, "event=history-note %.*s", (int)f->body.n, f->body.p);
        return 0;
    default: return -1;
    }
}

static int heard(void *arg, struct buf *in)
{
    struct history *h = arg;
    struct wire_frame f;
    while (in->len > 0) {
        const ssize_t n = wire_next(buf_data(in), in->len, &f);
        if (n <= 0)
            return (int)n;
        if (take_frame(h, &f) < 0)
            return -1;
        buf_consume(in, (size_t)n);
    }
    return 0;
}

/* --- what it is told --- */

static struct history_question *unsent_question(const struct history *h)
{
    list_each(n, &h->questions) if (!question_of(n)->sent) return question_of(n);
    return NULL;
}

/* In trouble it gets one frame at a time, to try. */
static struct history_frame *unsent_frame(const struct history *h)
{
    if (list_empty(&h->waiting) || h->clock->mono < h->retry ||
        (h->state.trouble[0] != '\0' && !list_empty(&h->sent)))
        return NULL;
    return frame_of(h->waiting.next);
}

/* Lines and questions go in the order in which they came, unless the lines must wait. */
static struct buf *next_of(struct history *h)
{
    struct history_frame *f = unsent_frame(h);
    struct history_question *q = unsent_question(h);
    if (f != NULL && (q == NULL || f->serial < q->ticket)) {
        h->out.frame = f;
        return &f->bytes;
    }
    h->out.question = q;
    return q != NULL ? &q->bytes : NULL;
}

static struct str output(void *arg)
{
    struct history *h = arg;
    if (h->out.left.n > 0)
        return h->out.left;
    struct buf *next = &h->setup;
    if (h->settings_due) {
        buf_clear(next);
        const size_t at = wire_begin(next, WIRE_SETUP, 0);
        wire_put_settings(next, &h->settings);
        wire_end(next, at);
        h->settings_due = false;
    } else {
        next = next_of(h);
    }
    h->out.left = next != NULL ? (struct str){buf_data(next), next->len} : STR("");
    return h->out.left;
}

static void sent(void *arg, size_t n)
{
    struct history *h = arg;
    h->out.left.p += n;
    h->out.left.n -= n;
    if (h->out.left.n > 0)
        return;
    struct history_frame *f = h->out.frame;
    struct history_question *q = h->out.question;
    h->out.frame = NULL;
    h->out.question = NULL;
    if (f != NULL) {
        list_unlink(&f->link);
        list_push(&h->sent, &f->link);
    }
    if (q != NULL) {
        q->sent = true;
        buf_free(&q->bytes);
        if (q->done == NULL)
            free_question(h, q);
    }
}

/* Lines go again to the next one, but for those that every one dies of. */
static void lost(void *arg)
{
    struct history *h = arg;
    struct history_question *q = h->out.question;
    h->out.left.n = 0;
    h->out.frame = NULL;
    h->out.question = NULL;
    if (q != NULL && q->done == NULL)
        free_question(h, q);
    struct history_frame *f = !list_empty(&h->sent) ? frame_of(h->sent.next) : NULL;
    if (f != NULL && ++f->deaths >= DEATHS_MAX) {
        lose(h, f->count);
        free_frame(h, f);
    }
    list_splice(&h->sent, &h->waiting);
    list_splice(&h->waiting, &h->sent);
    while (!h->settings.store &&
           !list_empty(&h->waiting)) /* it was told to end, and has had them */
        free_frame(h, frame_of(h->waiting.next));
    h->settings_due = true;
    h->retry = 0;
    fail_questions(h, INT64_MAX, h->serial, "the history is not there just now");
}

/* --- beginning and end --- */

void history_init(struct history *h, const struct clock *clock, struct log *log,
                  struct metrics *metrics)
{
    *h = (struct history){.clock = clock, .log = log, .metrics = metrics, .settings_due = true};
    list_init(&h->waiting);
    list_init(&h->sent);
    list_init(&h->questions);
}

void history_set(struct history *h, const struct history_settings *settings)
{
    if (h->settings.store && !settings->store) {
        history_flush(h);
        h->settings.store = false;
        fail_questions(h, INT64_MAX, h->serial, "the history is off");
    }
    h->settings = *settings;
    h->settings_due = true;
}

void history_free(struct history *h)
{
    if (h->clock == NULL)
        return;
    h->out.question = NULL;
    while (!list_empty(&h->questions))
        free_question(h, question_of(h->questions.next));
    list_splice(&h->waiting, &h->sent);
    while (!list_empty(&h->waiting))
        free_frame(h, frame_of(h->waiting.next));
    buf_free(&h->adding);
    buf_free(&h->setup);
}

const struct helper_ops history_helper = {
    .name = "agentd-history",
    .begin = history_keeper_begin,
    .input = history_keeper_input,
    .idle = history_keeper_idle,
    .end = history_keeper_end,
    .output = output,
    .sent = sent,
    .heard = heard,
    .lost = lost,
};
