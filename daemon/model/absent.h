/* absent.h: accounts that are always on. When the last session goes that has such an account's
 * name, somebody stands in for it: in its rooms, heard by nobody and hearing nothing (the history
 * does), until it comes back by that name. Which rooms those are outlives a restart. */
#ifndef MODEL_ABSENT_H
#define MODEL_ABSENT_H

#include "model/chat.h"

struct absents {
    struct list all; /* of those who stand in */
    struct chat *chat;
    struct accounts *accounts;
    struct db *db;
};

/* Brings in those who stood in before; all three must outlive it. -1 with the reason in why. */
int absents_init(struct absents *as, struct chat *chat, struct accounts *accounts, struct db *db,
                 struct buf *why);
/* What they are in is kept; nobody is told. */
void absents_free(struct absents *as);
/* Once a second: lets go of those whose accounts do not want it any more. */
void absents_tick(struct absents *as);
/* u's session ends. True when somebody stands in for him: then u is out of the chat already. */
bool absent_stay(struct absents *as, struct user *u);
/* u, who is not in the chat yet, comes in as name. True when that is somebody who stands in for
 * him: then u has his place. */
bool absent_return(struct absents *as, struct user *u, struct str name);

#endif
