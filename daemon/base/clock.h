/* clock.h: the time as one turn of the loop sees it. Deadlines use `mono`; `wall` is for people. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

struct clock {
    int64_t mono; /* milliseconds, CLOCK_MONOTONIC: never jumps */
    int64_t wall; /* milliseconds since 1970 */
};

void clock_update(struct clock *c);

static inline time_t clock_sec(const struct clock *c)
{
    return (time_t)(c->wall / 1000);
}

#endif
