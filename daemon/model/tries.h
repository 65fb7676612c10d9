/* tries.h: how often logging in failed, by source: an address or an account. */
#ifndef MODEL_TRIES_H
#define MODEL_TRIES_H

#include "base/hmap.h"
#include "base/list.h"
#include "base/text.h"

enum {
    TRIES_MAX = 4096,    /* sources; the one that failed longest ago makes room */
    TRIES_KEY_MAX = 256, /* bytes of a key that are looked at: a longer one counts by these */
};

struct tries {
    struct hmap by_key;
    struct list recent; /* the one that failed longest ago first */
    size_t count;       /* sources */
};

/* Times are in ms and never run backwards; memory_ms is one for all sources: who has not failed for
 * longer than that starts again at none. */
void tries_init(struct tries *t);
void tries_free(struct tries *t);
/* One more failure: how many there are now. When memory is out nothing is noted, and it is 1. The
 * key is copied. */
unsigned tries_note(struct tries *t, struct str key, int64_t now, int64_t memory_ms);
unsigned tries_count(const struct tries *t, struct str key, int64_t now, int64_t memory_ms);
/* As after a login that succeeded. */
void tries_forget(struct tries *t, struct str key);

/* How long to wait after so many failures: 0 after none, then first_ms, and twice as long with each
 * further one, up to most_ms. */
int64_t tries_delay(unsigned failures, int64_t first_ms, int64_t most_ms);

#endif
