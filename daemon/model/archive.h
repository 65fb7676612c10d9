/* archive.h: a folder with all that is in it as one stream of bytes, TAR or ZIP, made a piece at a
 * time. Nothing is compressed: the loop's time is worth more to the others, and big files mostly
 * are already. Folders behind links are left out, since a link may lead back up. */
#ifndef MODEL_ARCHIVE_H
#define MODEL_ARCHIVE_H

#include "model/store.h"

enum archive_kind {
    ARCHIVE_TAR, /* POSIX pax */
    ARCHIVE_ZIP, /* streamed: sizes follow the files; ZIP64 where it is needed */
};

enum archive_result {
    ARCHIVE_MORE,
    ARCHIVE_END,    /* behind this piece there is nothing */
    ARCHIVE_FAILED, /* out of memory or descriptors, too deep, or more than a ZIP may list */
};

/* Bytes, and behind them a part of a file. */
struct archive_piece {
    struct buf bytes;        /* the caller's to free */
    struct store_file *file; /* NULL: none; else the caller's to close */
    uint64_t from, len;
};

struct archive;
/* May this path be read? */
typedef bool archive_may_fn(void *arg, const char *path);

/* Begins an archive of the folder at path, in which everything lies below `top`. 0 or an errno. */
int archive_open(struct store *s, const char *path, const char *top, enum archive_kind kind,
                 archive_may_fn *may, void *arg, struct archive **a);
/* Makes the next piece; it may be empty. */
enum archive_result archive_next(struct archive *a, struct archive_piece *piece);
void archive_close(struct archive *a);

#endif
