/* mask.h: patterns for people: name!ident@host with * and ?, a network behind the @ (10.0.0.0/8),
 * or "~a:account", for who has logged in. */
#ifndef MODEL_MASK_H
#define MODEL_MASK_H

#include "model/user.h"

enum { MASK_BYTES_MAX = NAME_BYTES_MAX + PEER_TEXT_MAX + 16 };

struct mask {
    struct list link;
    char text[MASK_BYTES_MAX];
    char by[NAME_BYTES_MAX + 1]; /* who has set it */
    int64_t at;                  /* and when: wall clock, ms */
};

/* What somebody has given, name, user@host or the whole, in the form that is kept and compared:
 * whole and folded. False when there can be no such mask. */
bool mask_whole(struct str given, char out[MASK_BYTES_MAX]);
/* Is text, which mask_whole() has made, a mask for u? */
bool mask_matches(const char *text, const struct user *u);

/* Lists of them, whose nodes are struct mask. */
struct mask *masks_find(const struct list *masks, const char *text);
bool masks_match(const struct list *masks, const struct user *u);
/* NULL when memory is out. */
struct mask *masks_add(struct list *masks, const char *text, const char *by, int64_t at);
void masks_remove(struct mask *m);
void masks_free(struct list *masks);

#endif
