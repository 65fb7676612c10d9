/* marker.h: how far the people of an account have read (draft/read-marker): a moment for each room
 * and each person they talk with. What changes is written in one go now and then: it changes often,
 * and losing the last of it does no harm. */
#ifndef MODEL_MARKER_H
#define MODEL_MARKER_H

#include "base/hmap.h"
#include "model/db.h"
#include "model/event.h"

struct markers {
    struct event_sub sub; /* rooms get other names */
    struct db *db;
    struct hmap dirty; /* not written yet */
    unsigned ticks;
};

/* Both must outlive it. */
void markers_init(struct markers *ms, struct db *db, struct event_bus *bus);
/* Writes what is not written yet. */
void markers_free(struct markers *ms);
/* Once a second. */
void markers_tick(struct markers *ms);
/* target: a room's or a person's name, folded. Wall clock, ms; 0 = there is none. */
int64_t marker_get(const struct markers *ms, int64_t account, const char *target);
/* Moves it to `at`, unless it is there or further already; where it is now. */
int64_t marker_set(struct markers *ms, int64_t account, const char *target, int64_t at);

#endif
