/* admit.h: how many connections there may be, in all and from one address. IPv6 counts by /64,
 * which is what one customer or host has. */
#ifndef NET_ADMIT_H
#define NET_ADMIT_H

#include "base/hmap.h"
#include "base/rate.h"
#include "net/addr.h"

struct admit {
    struct hmap by_ip;
    size_t count, max; /* connections, and their bound */
    size_t per_ip;     /* 0 = no bound */
};

void admit_init(struct admit *a);
void admit_free(struct admit *a);
/* NULL when peer may come in, and is counted; else the reason why not. */
const char *admit_enter(struct admit *a, const struct addr *peer);
/* What all connections of peer, who has one, may transfer together; NULL when there is none. It is
 * there as long as one of them is. */
struct rate *admit_rate(const struct admit *a, const struct addr *peer);
/* Forgets those who are gone and whose rate is theirs no more; about once a second. now: monotonic,
 * ms. */
void admit_tick(struct admit *a, int64_t now);
void admit_leave(struct admit *a, const struct addr *peer);

#endif
