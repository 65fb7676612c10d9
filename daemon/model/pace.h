/* pace.h: flood control for those who speak without staying: a bucket for each account, or address.
 */
#ifndef MODEL_PACE_H
#define MODEL_PACE_H

#include "base/bucket.h"
#include "base/hmap.h"
#include "base/list.h"
#include "base/text.h"

enum {
    PACES_MAX = 4096, /* the one that spoke longest ago makes room */
    PACE_KEY_MAX = 32,
};

struct paces {
    struct hmap by_key;
    struct list recent; /* the one that spoke longest ago first */
    size_t count;
};

void paces_init(struct paces *p);
void paces_free(struct paces *p);
/* As bucket_take(), for whoever has that key, of which PACE_KEY_MAX bytes count. Without memory
 * nobody is held up. */
int64_t pace_take(struct paces *p, struct str key, int64_t now, int64_t cost, int64_t rate,
                  int64_t burst);

#endif
