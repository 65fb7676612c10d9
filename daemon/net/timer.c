#include "net/timer.h"

#include <stdbool.h>
#include <stdlib.h>

static void place(struct timers *ts, size_t i, struct timer *t)
{
    ts->heap[i] = t;
    t->place = i;
}

static void sift_up(struct timers *ts, size_t i, struct timer *t)
{
    for (; i > 1 && ts->heap[i / 2]->key > t->key; i /= 2)
        place(ts, i, ts->heap[i / 2]);
    place(ts, i, t);
}

static void sift_down(struct timers *ts, size_t i, struct timer *t)
{
    for (size_t child; (child = 2 * i) <= ts->count; i = child) {
        if (child < ts->count && ts->heap[child + 1]->key < ts->heap[child]->key)
            child++;
        if (ts->heap[child]->key >= t->key)
            break;
        place(ts, i, ts->heap[child]);
    }
    place(ts, i, t);
}

static void take_out(struct timers *ts, struct timer *t)
{
    const size_t i = t->place;
    struct timer *last = ts->heap[ts->count--];
    t->place = 0;
    if (last == t)
        return;
    if (i > 1 && ts->heap[i / 2]->key > last->key)
        sift_up(ts, i, last);
    else
        sift_down(ts, i, last);
}

static bool make_room(struct timers *ts)
{
    if (ts->count + 1 < ts->cap)
        return true;
    const size_t cap = ts->cap == 0 ? 64 : ts->cap * 2;
    struct timer **heap = realloc(ts->heap, cap * sizeof(struct timer *));
    if (heap == NULL)
        return false;
    ts->heap = heap;
    ts->cap = cap;
    return true;
}

int timer_set(struct timers *ts, struct timer *t, int64_t due)
{
    t->due = due;
    if (t->place != 0) {
        if (due < t->key) {
            t->key = due;
            sift_up(ts, t->place, t);
        }
        return 0;
    }
    if (!make_room(ts)) {
        t->due = 0;
        return -1;
    }
    t->key = due;
    sift_up(ts, ++ts->count, t);
    return 0;
}

void timer_clear(struct timers *ts, struct timer *t)
{
    t->due = 0;
    if (t->place != 0)
        take_out(ts, t);
}

int64_t timers_next(const struct timers *ts)
{
    return ts->count == 0 ? -1 : ts->heap[1]->key;
}

void timers_run(struct timers *ts, int64_t now)
{
    for (size_t left = ts->count; left > 0 && ts->count > 0 && ts->heap[1]->key <= now; left--) {
        struct timer *t = ts->heap[1];
        if (t->due > now) { /* was moved later since */
            t->key = t->due;
            sift_down(ts, 1, t);
            continue;
        }
        take_out(ts, t);
        t->due = 0;
        t->fn(t);
    }
}

void timers_free(struct timers *ts)
{
    free(ts->heap);
    *ts = (struct timers){0};
}
