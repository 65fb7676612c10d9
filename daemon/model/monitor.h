/* monitor.h: who wants to know when somebody of a name comes and goes (IRCv3 monitor). */
#ifndef MODEL_MONITOR_H
#define MODEL_MONITOR_H

#include "model/user.h"

enum { MONITOR_NAMES_MAX = 100 }; /* names that one person may watch */

/* A name that is watched. */
struct watched {
    struct hnode by_name; /* key: fold */
    struct list watches;
    char name[NAME_BYTES_MAX + 1]; /* as the first one gave it */
    char fold[FOLD_BYTES_MAX];
};

/* That somebody watches it. */
struct watch_of {
    struct list in_name, in_user;
    struct watched *watched;
    struct user *user;
};

struct monitor {
    struct hmap names;
};

enum monitor_result {
    MONITOR_OK,
    MONITOR_UNCHANGED, /* the name is watched already */
    MONITOR_NAME_BAD,  /* nobody can be called so */
    MONITOR_FULL,
    MONITOR_NO_MEMORY,
};

void monitor_init(struct monitor *m);
/* Nobody watches any more. */
void monitor_free(struct monitor *m);
enum monitor_result monitor_add(struct monitor *m, struct user *u, struct str name);
void monitor_remove(struct monitor *m, struct user *u, struct str name);
void monitor_clear(struct monitor *m, struct user *u);
/* Calls fn for each who watches that (folded) name. fn must change no watches. */
void monitor_each(const struct monitor *m, const char *fold,
                  void (*fn)(void *arg, struct user *watcher), void *arg);

#endif
