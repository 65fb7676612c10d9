/* lock.h: write locks (RFC 4918, 6 and 7): who has said that a file, or a folder with all that is
 * in it, is his to change for a while. In memory only: a restart ends them. They go with what they
 * lock, and with their time. */
#ifndef MODEL_LOCK_H
#define MODEL_LOCK_H

#include "base/clock.h"
#include "base/limits.h"
#include "base/list.h"
#include "model/account.h"
#include "model/event.h"

enum {
    LOCK_TOKEN_MAX = 46,   /* "urn:uuid:" and a random UUID, with its NUL */
    LOCKS_MAX = 1000,      /* in all */
    LOCKS_OF_MAX = 100,    /* of one account, or of guests from one address */
    LOCKS_OF_GUESTS = 500, /* of all guests */
    LOCK_OWNER_MAX = 2048, /* bytes of what a client says of itself */
};

struct lock {
    struct list link;
    struct account *account; /* whose it is; a reference. NULL: a guest's, who is known by: */
    char address[PEER_TEXT_MAX];
    bool shared;   /* with other shared ones */
    bool deep;     /* all that is beneath path, too */
    bool folder;   /* path was one */
    bool held;     /* who asks has it: for lock_bar() alone */
    int64_t until; /* monotonic, ms */
    char token[LOCK_TOKEN_MAX];
    char *owner; /* XML, as the client sent it; "" = nothing */
    char path[];
};

struct locks {
    struct event_sub sub;
    struct list all;
    const struct clock *clock;
};

/* Locks end with what they lock: bus tells. Both must outlive them; bus may be NULL. */
void locks_init(struct locks *ls, const struct clock *clock, struct event_bus *bus);
void locks_free(struct locks *ls);

struct lock_wish {
    struct account *account; /* NULL: a guest, from: */
    const char *address;
    const char *path, *owner;
    bool shared, deep, folder;
    unsigned seconds;
};

/* A new lock: 0, EBUSY when another stands against it, ENOSPC when there are too many, ENOMEM. */
int lock_new(struct locks *ls, const struct lock_wish *wish, struct lock **out);
/* Is it that account's or, without one, that of guests from there? */
bool lock_is_of(const struct lock *l, const struct account *a, const char *address);
/* The lock that stands against such a wish, or NULL. */
const struct lock *lock_conflict(struct locks *ls, const struct lock_wish *wish);
/* The lock of that token that covers path, or NULL. */
struct lock *lock_find(struct locks *ls, struct str token, const char *path);
void lock_refresh(struct locks *ls, struct lock *l, unsigned seconds);
void lock_drop(struct lock *l);
/* Walks those that cover path: start with NULL, ends with NULL. */
const struct lock *lock_next(struct locks *ls, const struct lock *l, const char *path);
/* How long it still holds. */
unsigned lock_seconds(const struct locks *ls, const struct lock *l);

/* What a change touches besides the thing itself. */
enum {
    LOCK_MEMBER = 1, /* a name comes into its folder, or goes */
    LOCK_BELOW = 2,  /* all that is beneath it */
    LOCK_WHOLE = LOCK_MEMBER | LOCK_BELOW,
};
/* Does he who wants to change something hold this lock, and has said so? */
typedef bool lock_held_fn(void *arg, const struct lock *l);
/* The lock that keeps somebody from changing path, or NULL. Of several that share a thing, holding
 * one is enough. held = NULL: he holds none. */
const struct lock *lock_bar(struct locks *ls, const char *path, unsigned reach, lock_held_fn *held,
                            void *arg);

#endif
