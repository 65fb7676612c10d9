/* history_wire.h: what agentd and the history's keeper say to each other. A frame is its length (32
 * bits, of what follows), its kind (8 bits), its serial (64 bits) and a body. */
#ifndef MODEL_HISTORY_WIRE_H
#define MODEL_HISTORY_WIRE_H

#include "model/history.h"

#include <sys/types.h>

enum wire_kind {
    /* to the keeper */
    WIRE_SETUP, /* struct history_settings */
    WIRE_LINES, /* messages */
    WIRE_ASK,   /* a query; the serial is its ticket */
    /* from the keeper */
    WIRE_KEPT,    /* the lines of all frames from the serial to another are safe */
    WIRE_REFUSED, /* they are not: try again */
    WIRE_ANSWER,  /* an answer; the serial is its ticket */
    WIRE_STATE,   /* struct history_state */
    WIRE_NOTE,    /* words for the log */
    WIRE_KINDS,
};

enum {
    WIRE_HEAD = 4 + 1 + 8,
    WIRE_MAX = 4 << 20, /* bytes of a frame */
};

struct wire_frame {
    enum wire_kind kind;
    uint64_t serial;
    struct unpack body;
};

/* Begins a frame in b; wire_end() with what it gave puts the length in. */
size_t wire_begin(struct buf *b, enum wire_kind kind, uint64_t serial);
void wire_end(struct buf *b, size_t at);
/* The frame at p[0..n): its length in bytes, 0 when it is not whole yet, -1 when it is none. */
ssize_t wire_next(const char *p, size_t n, struct wire_frame *f);

void wire_put_msg(struct buf *b, const struct history_msg *m);
/* The texts lie in u. False when it is none, or there is none left. */
bool wire_get_msg(struct unpack *u, struct history_msg *m);
void wire_put_query(struct buf *b, const struct history_query *q);
/* True for whole and sensible ones only. */
bool wire_get_query(struct unpack *u, struct history_query *q);
/* The next of history_add_room()'s. */
bool wire_get_room(struct unpack *rooms, struct str *key, int64_t *since);
void wire_put_settings(struct buf *b, const struct history_settings *s);
bool wire_get_settings(struct unpack *u, struct history_settings *s);
void wire_put_state(struct buf *b, const struct history_state *s);
bool wire_get_state(struct unpack *u, struct history_state *s);
/* The rows go behind the head of an answer. */
void wire_put_answer(struct buf *b, const struct history_answer *a);
/* a->why is put into why. */
bool wire_get_answer(struct unpack *u, struct history_answer *a, char why[HISTORY_TROUBLE_MAX]);

#endif
