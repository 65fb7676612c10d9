/* sandbox.h: the last fence: which files the process can still reach (Landlock). */
#ifndef SYS_SANDBOX_H
#define SYS_SANDBOX_H

#include "base/buf.h"

#include <stdbool.h>

struct sandbox_path {
    const char *path; /* of a folder or a file; one that is missing is left out */
    bool write;
};

/* From here on only these can be reached, by us and by every child. 1: done; 0: this kernel cannot;
 * -1 with the reason in why. */
int sandbox_enter(const struct sandbox_path *paths, unsigned n, struct buf *why);

#endif
