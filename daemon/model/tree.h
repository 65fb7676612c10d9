/* tree.h: a folder with all that is in it, walked a slice at a time. Links are not followed. */
#ifndef MODEL_TREE_H
#define MODEL_TREE_H

#include "model/store.h"

enum tree_what {
    TREE_MORE,   /* nothing yet: call again, another turn */
    TREE_ENTER,  /* a folder; what is in it comes next, unless tree_skip() */
    TREE_FILE,   /* a file; or a link, whatever it leads to */
    TREE_LEAVE,  /* the folder that was entered last, behind all that is in it */
    TREE_CLOSED, /* instead of TREE_LEAVE: it cannot be read, or lies too deep */
    TREE_END,    /* of the folder that it began with, too */
};

enum { TREE_DEPTH_MAX = 64 }; /* folders in folders; each holds a descriptor */

struct tree;

/* Begins with TREE_ENTER of path itself; depth: folders in folders that it goes into, at most
 * TREE_DEPTH_MAX. NULL when memory is out. */
struct tree *tree_open(struct store *s, const char *path, unsigned depth);
enum tree_what tree_next(struct tree *t);
/* What that was about. */
const char *tree_path(const struct tree *t);
/* Of TREE_FILE: a link to a folder? */
bool tree_links_folder(const struct tree *t);
uint64_t tree_size(const struct tree *t);
/* Of both, but not of the folder that it began with. */
time_t tree_modified(const struct tree *t);
/* Why: an errno, of TREE_CLOSED. */
int tree_error(const struct tree *t);
/* Behind TREE_ENTER: do not go in; nor is there a TREE_LEAVE. */
void tree_skip(struct tree *t);
void tree_close(struct tree *t);

#endif
