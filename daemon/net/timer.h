/* timer.h: deadlines, in a heap. Moving a deadline later, which each byte of a busy session does,
 * costs one store: the heap learns of it when the old time comes. */
#ifndef NET_TIMER_H
#define NET_TIMER_H

#include <stddef.h>
#include <stdint.h>

struct timer;
typedef void timer_fn(struct timer *t);

/* Embedded in what waits; all zero but fn is a timer that is not set. */
struct timer {
    int64_t due;  /* ms on the monotonic clock; 0 = not set */
    int64_t key;  /* where the heap has it: due or earlier */
    size_t place; /* in the heap, from 1 on; 0 = not in it */
    timer_fn *fn;
};

struct timers {
    struct timer **heap; /* from 1 on */
    size_t count, cap;
};

/* Calls t->fn once at due (> 0) or soon after. Replaces an earlier setting. -1 when memory is out;
 * only a timer that was not set can fail so. */
int timer_set(struct timers *ts, struct timer *t, int64_t due);
void timer_clear(struct timers *ts, struct timer *t);
/* When the loop must wake up; -1 = never. */
int64_t timers_next(const struct timers *ts);
/* Calls what is due at now, at most as many as were set when it began. */
void timers_run(struct timers *ts, int64_t now);
void timers_free(struct timers *ts);

#endif
