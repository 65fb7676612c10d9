/* ban.h: addresses that may not come in. IPv6 counts by /64, as in admit.h. */
#ifndef NET_BAN_H
#define NET_BAN_H

#include "base/hmap.h"
#include "base/limits.h"
#include "net/addr.h"

enum {
    BANS_MAX = 10000,
    BAN_REASON_MAX = 128, /* bytes of a reason, with its NUL */
};

struct banned {
    struct hnode by_ip;
    char key[8];
    char address[PEER_TEXT_MAX]; /* as text, without a port */
    int64_t until;               /* wall clock, ms; 0 = for good */
    char reason[BAN_REASON_MAX];
};

struct bans {
    struct hmap by_ip;
};

void bans_init(struct bans *bs);
void bans_free(struct bans *bs);
/* The ban that holds for a at `now` (wall clock, ms), or NULL. */
const struct banned *ban_find(const struct bans *bs, const struct addr *a, int64_t now);
/* Bans a, or changes its ban; NULL when there are too many, or memory is out. */
const struct banned *ban_add(struct bans *bs, const struct addr *a, int64_t until,
                             const char *reason);
/* Lifts it; false when there was none. */
bool ban_del(struct bans *bs, const struct addr *a);
/* One that is over, or NULL: for taking them out. */
const struct banned *ban_over(const struct bans *bs, int64_t now);

#endif
