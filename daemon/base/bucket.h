/* bucket.h: flood control by a token bucket. */
#ifndef BASE_BUCKET_H
#define BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

/* All zero is a full bucket. */
struct bucket {
    bool used;
    int64_t empty_at; /* ms: when the bucket would have been empty; the further past, the fuller */
};

/* Takes `cost` tokens at `now` from a bucket that fills at `rate` tokens a second (0 = no limit) up
 * to `burst`. 0: taken. Else the ms after which to try again; nothing was taken. */
int64_t bucket_take(struct bucket *b, int64_t now, int64_t cost, int64_t rate, int64_t burst);

#endif
