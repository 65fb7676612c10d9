#include "base/clock.h"

static int64_t read_ms(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void clock_update(struct clock *c)
{
    c->mono = read_ms(CLOCK_MONOTONIC);
    c->wall = read_ms(CLOCK_REALTIME);
}
