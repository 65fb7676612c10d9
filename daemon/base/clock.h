/* clock.h: the time as one turn of the loop sees it. Deadlines use `mono`; `wall` is for people. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct clock {
    int64_t mono; /* milliseconds, CLOCK_MONOTONIC: never jumps */
    int64_t wall; /* milliseconds since 1970 */
};

void clock_update(struct clock *c);

static inline bool clock_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static inline bool clock_same(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static inline time_t clock_sec(const struct clock *c)
{
    return (time_t)(c->wall / 1000);
}

#endif
