/* rate.h: how fast bytes may go: one bound that several connections share. They go first and are
 * counted then, so that a wait follows what was too much. */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct rate {
    int64_t per_second; /* bytes; 0 = no bound */
    int64_t free_at;    /* when all that went is paid for; monotonic, µs */
};

/* In all of them, r = NULL is no bound. */

/* How long nothing may go, from `now` on (monotonic, ms); 0 = something may. */
int64_t rate_wait(const struct rate *r, int64_t now);
/* So many bytes, of `most`, may go at once then. */
uint64_t rate_budget(const struct rate *r, uint64_t most);
/* Is it as if nothing had ever gone? */
bool rate_rested(const struct rate *r, int64_t now);
void rate_spend(struct rate *r, int64_t now, uint64_t bytes);

#endif
