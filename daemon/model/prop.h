/* prop.h: what clients want remembered of a file or folder: WebDAV's dead properties (RFC 4918, 4).
 * They lie in the database, by path, and follow the events: what is moved and deleted through
 * agentd. */
#ifndef MODEL_PROP_H
#define MODEL_PROP_H

#include "model/db.h"
#include "model/event.h"

enum {
    PROPS_OF_MAX = 64,        /* of one path */
    PROP_XML_MAX = 16 << 10,  /* bytes of one */
    PROPS_XML_MAX = 64 << 10, /* bytes of all of one path */
    PROPS_ALL_MAX = 64 << 20, /* bytes of all there are */
};

struct props {
    struct event_sub sub;
    struct db *db;
    int64_t bytes; /* of all */
};

struct prop_change {
    const char *space, *name; /* its namespace, and its name in it */
    const char *xml;          /* NULL: it shall go, if it is there */
};

/* Both must outlive it. */
void props_init(struct props *ps, struct db *db, struct event_bus *bus);
void props_free(struct props *ps);
/* Calls fn for each property of path, in order of namespaces and names. The strings live for the
 * call only. */
typedef void prop_fn(void *arg, const char *space, const char *name, const char *xml);
void props_each(struct props *ps, const char *path, prop_fn *fn, void *arg);
/* Has something beneath the folder any? */
bool props_below(struct props *ps, const char *folder);
/* Makes all of the changes, in their order, or none: 0, ENOSPC when there would be too many or too
 * much, or EIO. */
int props_change(struct props *ps, const char *path, const struct prop_change *c, unsigned n);
/* `to`, which is new or another now, gets what `from` has, unless that would be too much; nothing
 * beneath them does. */
void props_copy(struct props *ps, const char *from, const char *to);

#endif
