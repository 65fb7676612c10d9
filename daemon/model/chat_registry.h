/* chat_registry.h: the rooms that outlive a restart. The registered ones, and the lobby, do so for
 * good: with their topic, modes, key, limit and lists, and with what accounts are in them. The
 * others are asleep behind a restart for a while, and wake when somebody comes in. What changes is
 * written about once a second, all at once. */
#ifndef MODEL_CHAT_REGISTRY_H
#define MODEL_CHAT_REGISTRY_H

#include "model/chat.h"

enum { REGISTERED_OF_MAX = 20 }; /* rooms of one account */

struct chat_registry {
    struct chat *chat;
    struct db *db;
    struct list changed; /* rooms that are not kept as they are */
    struct buf gone;     /* folded names of those that are there no more, each with its NUL */
    struct hmap asleep;
    int64_t asleep_until; /* monotonic, ms; 0: none is */
    size_t stored;        /* rooms in the database that are not registered */
    bool over;            /* agentd stops: what people leave now stays as it is */
};

/* Reads all rooms. c, which keeps its rooms from here on, and db must outlive it. -1 with the
 * reason in why. */
int chat_registry_init(struct chat_registry *k, struct chat *c, struct db *db, struct buf *why);
void chat_registry_free(struct chat_registry *k);
/* Writes what has changed. Call about once a second. */
void chat_registry_tick(struct chat_registry *k);
/* The same for the last time, before everybody leaves. Nothing, when k is all zero. */
void chat_registry_stop(struct chat_registry *k);

/* --- for whoever runs a room --- */

/* r is a's now, with all that its members are. CHAT_UNCHANGED: it is somebody's already;
 * CHAT_TOO_MANY: a has as many as one may. */
enum chat_result chat_register(struct chat *c, struct room *r, const struct account *a);
/* r is nobody's any more, and ends when the last one leaves: now, perhaps. Not the lobby. */
void chat_unregister(struct chat *c, struct room *r);
/* a is the founder now; the one before stays an operator. CHAT_TOO_MANY as above. */
enum chat_result chat_transfer(struct chat *c, struct room *r, const struct account *a);

#endif
