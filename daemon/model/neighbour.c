#include "model/neighbour.h"

#include "base/unset.h"

#include <errno.h>
#include <stdio.h>

enum { FRESH_MS = 1000 };

/* The neighbour's path; false when it is too long. */
static bool path_of(const struct store_file *f, enum coding coding, char out[PATH_BYTES_MAX])
{
    const int n = snprintf(out, PATH_BYTES_MAX, "%s%s", f->path, coding_rows[coding].ending);
    return n > 0 && n < PATH_BYTES_MAX;
}

unsigned neighbour_codings(struct store_file *f)
{
    UNSET char path[PATH_BYTES_MAX];
    if (f->neighbours_until > f->store->clock->mono)
        return f->neighbours;
    f->neighbours = 0;
    f->neighbours_until = f->store->clock->mono + FRESH_MS;
    for (enum coding i = CODING_IDENTITY + 1; i < CODINGS; i++) {
        struct stat st;
        if (path_of(f, i, path) && store_stat(f->store, path, &st) == 0 && S_ISREG(st.st_mode) &&
            !clock_before(&st.st_mtim, &f->mtime))
            f->neighbours |= 1u << i;
    }
    return f->neighbours;
}

int neighbour_open(const struct store_file *f, enum coding coding, struct store_file **out)
{
    UNSET char path[PATH_BYTES_MAX];
    if (!path_of(f, coding, path))
        return ENAMETOOLONG;
    const int err = store_open(f->store, path, out);
    if (err != 0 || !clock_before(&(*out)->mtime, &f->mtime))
        return err;
    store_close(*out);
    return ENOENT;
}
