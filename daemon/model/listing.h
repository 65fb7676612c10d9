/* listing.h: what is in a folder, in order, a slice at a time, so that a folder of 100,000 entries
 * holds nobody up. Names that begin with a dot are left out. */
#ifndef MODEL_LISTING_H
#define MODEL_LISTING_H

#include "model/attr.h"

struct listing;

struct listing_entry {
    const char *name; /* until the next call */
    bool folder;
    bool link;      /* ... that a link leads to */
    bool looked;    /* at the file: st is set, and what is no file or folder is ruled out */
    struct stat st; /* of what a link leads to, if that lies beneath the root */
    int64_t born;   /* when it was made, if listing_births(); see attr.h */
};

enum listing_key {
    LISTING_BYTES, /* names by their bytes, folders among them */
    LISTING_NAME,  /* folders first; names as people order them */
    LISTING_SIZE,  /* folders first, which have none; then the same */
    LISTING_TIME,
};

struct listing_order {
    enum listing_key key;
    bool descending; /* folders come first all the same */
    bool mixed;      /* folders are sorted among the rest, by whatever key */
};

/* Opens the folder at path; 0 or an errno (ENOTDIR for a file). */
int listing_open(struct store *s, const char *path, struct listing_order order, struct listing **l);
/* Reads on, at most `budget` names. 1: there are more to read; 0: all are read; -1: out of memory.
 */
int listing_read(struct listing *l, unsigned budget);
/* The next entry; false behind the last. Only once all are read. */
bool listing_next(struct listing *l, struct listing_entry *e);
/* The same without a look at the file, where its folder says what it is: e->looked tells. */
bool listing_next_name(struct listing *l, struct listing_entry *e);
/* Looks at the file behind a name, unless that is done; false: it is not there. */
bool listing_look(const struct listing *l, struct listing_entry *e);
/* Entries are to tell when they were made. */
void listing_births(struct listing *l);
/* How many names were read. */
size_t listing_count(const struct listing *l);
void listing_close(struct listing *l);

#endif
