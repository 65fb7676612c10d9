/* room_keep.h: what of a permanent room outlives a restart. */
#ifndef MODEL_ROOM_KEEP_H
#define MODEL_ROOM_KEEP_H

#include "model/db.h"
#include "model/room.h"

/* Gives r what was kept of it. */
void room_keep_load(struct db *db, struct room *r);
void room_keep_save(struct db *db, const struct room *r);

#endif
