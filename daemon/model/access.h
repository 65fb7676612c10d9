/* access.h: who may do what where in the store: one table, asked by every door. Its rows are the
 * [access "/folder"] sections; the longest that covers a path holds, and [access] without a folder
 * covers all the rest. Administrators may everything.
 *
 * What lies in /rooms is ruled by the rooms instead, unless a row is about /rooms or something
 * there: the folder /rooms/lab is #lab's. */
#ifndef MODEL_ACCESS_H
#define MODEL_ACCESS_H

#include "base/conf.h"
#include "model/account.h"

struct person;
struct user;

#define ACCESS_ROOMS "/rooms"

/* The rooms, as far as their folders go: see model/room_access. */
struct access_rooms {
    /* What this person, who is no administrator, may do in the folder of that name in /rooms:
     * MAY_READ and MAY_WRITE. */
    unsigned (*rights)(struct access_rooms *rooms, const struct person *who, struct str folder);
};

/* Who somebody is, as a door has found out. */
struct person {
    const struct account *account; /* NULL: a guest */
    enum conf_access guests;       /* what the door lets guests do at most */
    bool machine;                  /* by a token for programs: no administrator, whosever it is */
    struct access_rooms *rooms;    /* NULL: /rooms is for administrators alone */
    const struct user *user;       /* who it is in the chat, where the door knows; else NULL */
    const char *host;              /* where from, as a ban has it; NULL: nobody knows */
};

enum {
    MAY_READ = 1,
    MAY_WRITE = 2,   /* add what is not there yet */
    MAY_REPLACE = 4, /* and replace, remove, rename what is: who may read and write, but no share */
    MAY_CHANGE = MAY_READ | MAY_WRITE | MAY_REPLACE,
};

/* Is the section sensible? -1 with "key: reason" in why. */
int access_check(const struct conf_sect *sect, struct buf *why);
/* Is an account (NULL: a guest) among those that the words of a key name? And are these words
 * sensible? -1 with "key: reason" in why. */
bool access_listed(const char *words, const struct account *a);
int access_check_words(const char *key, const char *words, struct buf *why);
/* What this person may do with path: a set of MAY_*. */
unsigned access_rights(const struct conf *conf, const struct person *who, const char *path);
/* May from become to, as far as rules below them go? Not where a folder's files would leave the
 * rules that hold for them, or come under others. */
bool access_may_move(const struct conf *conf, const char *from, const char *to);
/* Does another row hold for something beneath path? */
bool access_differs_below(const struct conf *conf, const char *path);

#endif
