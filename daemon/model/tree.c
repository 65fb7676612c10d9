#include "model/tree.h"

#include "model/listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES = 500, /* names read in one step */
};

struct level {
    struct listing *listing;
    size_t path_len; /* of its path */
    bool listed;
};

struct tree {
    struct store *store;
    struct level level[TREE_DEPTH_MAX];
    unsigned depth, depth_max;
    bool entering; /* the folder at path was told of, and comes next */
    bool begun;
    bool links_folder;
    uint64_t size;
    time_t modified;
    int err;
    char path[PATH_BYTES_MAX]; /* what was told of last */
};

struct tree *tree_open(struct store *s, const char *path, unsigned depth)
{
    struct tree *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->store = s;
    t->depth_max = depth;
    text_copy(t->path, sizeof t->path, path);
    return t;
}

void tree_close(struct tree *t)
{
    if (t == NULL)
        return;
    while (t->depth > 0)
        listing_close(t->level[--t->depth].listing);
    free(t);
}

const char *tree_path(const struct tree *t)
{
    return t->path;
}

bool tree_links_folder(const struct tree *t)
{
    return t->links_folder;
}

uint64_t tree_size(const struct tree *t)
{
    return t->size;
}

time_t tree_modified(const struct tree *t)
{
    return t->modified;
}

int tree_error(const struct tree *t)
{
    return t->err;
}

void tree_skip(struct tree *t)
{
    t->entering = false;
}

static enum tree_what enter(struct tree *t)
{
    struct level *l = &t->level[t->depth];
    t->entering = false;
    t->err = t->depth == t->depth_max
                 ? ELOOP
                 : listing_open(t->store, t->path, (struct listing_order){0}, &l->listing);
    if (t->err != 0)
        return TREE_CLOSED;
    l->path_len = t->path[1] != '\0' ? strlen(t->path) : 0;
    l->listed = false;
    t->depth++;
    return TREE_MORE;
}

/* Puts the name behind the path of the folder; false when that gets too long. */
static bool name_entry(struct tree *t, const struct level *l, const char *name)
{
    const size_t n = strlen(name);
    if (l->path_len + n + 2 > sizeof t->path)
        return false;
    t->path[l->path_len] = '/';
    memcpy(t->path + l->path_len + 1, name, n + 1);
    return true;
}

static enum tree_what leave(struct tree *t)
{
    struct level *l = &t->level[--t->depth];
    listing_close(l->listing);
    t->path[l->path_len > 0 ? l->path_len : 1] = '\0';
    return TREE_LEAVE;
}

static enum tree_what next_entry(struct tree *t, struct level *l)
{
    struct listing_entry e;
    do
        if (!listing_next(l->listing, &e))
            return leave(t);
    while (!name_entry(t, l, e.name));
    t->entering = e.folder && !e.link;
    t->links_folder = e.folder && e.link;
    t->size = (uint64_t)e.st.st_size;
    t->modified = e.st.st_mtime;
    return t->entering ? TREE_ENTER : TREE_FILE;
}

enum tree_what tree_next(struct tree *t)
{
    if (!t->begun) {
        t->begun = t->entering = true;
        return TREE_ENTER;
    }
    if (t->entering)
        return enter(t);
    if (t->depth == 0)
        return TREE_END;
    struct level *l = &t->level[t->depth - 1];
    if (l->listed)
        return next_entry(t, l);
    const int more = listing_read(l->listing, NAMES);
    l->listed = more == 0;
    if (more >= 0)
        return TREE_MORE;
    (void)leave(t);
    t->err = ENOMEM;
    return TREE_CLOSED;
}
