/* room_keep.h: rooms in the database: all that a room is but who is in it. */
#ifndef MODEL_ROOM_KEEP_H
#define MODEL_ROOM_KEEP_H

#include "model/db.h"
#include "model/room.h"

/* Reads all rooms, one a call: a fresh one, which is the callback's. False when memory is out. */
bool room_keep_load(struct db *db, bool (*take)(void *arg, struct room *r), void *arg);
/* Writes r as it is; false when that failed, and something of it may be left out. */
bool room_keep_save(struct db *db, const struct room *r);
/* Takes out what is kept under that folded name. */
void room_keep_delete(struct db *db, const char *fold);
/* Around what is to be written at once. */
void room_keep_begin(struct db *db);
void room_keep_end(struct db *db);

#endif
