#include "base/rate.h"

#include <stddef.h>

enum {
    SAVED_US = 250000, /* at most so much time counts that nothing went in */
    SLICES = 20,       /* of a second; a connection's share at once */
    LEAST = 1024,      /* bytes of one, however slow */
};

int64_t rate_wait(const struct rate *r, int64_t now)
{
    const int64_t left = r != NULL && r->per_second > 0 ? r->free_at - now * 1000 : 0;
    return left > 0 ? (left + 999) / 1000 : 0;
}

uint64_t rate_budget(const struct rate *r, uint64_t most)
{
    if (r == NULL || r->per_second == 0)
        return most;
    const uint64_t slice = (uint64_t)r->per_second / SLICES;
    const uint64_t share = slice > LEAST ? slice : LEAST;
    return share < most ? share : most;
}

bool rate_rested(const struct rate *r, int64_t now)
{
    return r->free_at <= now * 1000 - SAVED_US;
}

void rate_spend(struct rate *r, int64_t now, uint64_t bytes)
{
    const int64_t earliest = now * 1000 - SAVED_US;
    if (r == NULL || r->per_second == 0)
        return;
    if (r->free_at < earliest)
        r->free_at = earliest;
    r->free_at += (int64_t)(bytes * 1000000 / (uint64_t)r->per_second);
}
