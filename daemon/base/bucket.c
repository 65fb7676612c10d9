#include "base/bucket.h"

int64_t bucket_take(struct bucket *b, int64_t now, int64_t cost, int64_t rate, int64_t burst)
{
    if (rate <= 0)
        return 0;
    const int64_t full = now - burst * 1000 / rate;
    if (!b->used || b->empty_at < full)
        b->empty_at = full;
    b->used = true;
    const int64_t after = b->empty_at + cost * 1000 / rate;
    if (after > now)
        return after - now;
    b->empty_at = after;
    return 0;
}
