/* path.h: virtual paths: absolute beneath a store's root, "/" or "/a/b", never with "." or "..", a
 * doubled or a trailing slash. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/limits.h"
#include "base/text.h"

/* What arg names when cwd (a virtual path) is the working directory. ".." above the root stays
 * there (RFC 959 leaves that open; clients expect it). False when it holds a NUL or is too long. */
bool path_resolve(const char *cwd, struct str arg, char out[PATH_BYTES_MAX]);
/* Does any component begin with a dot? Such files are not served. */
bool path_hidden(const char *path);
/* Is path beneath the folder? Not when it is the same. */
bool path_below(const char *folder, const char *path);
/* Is path the folder, or beneath it? "" and "/" have everything. */
bool path_within(const char *folder, const char *path);
/* The last component; "" of "/". */
const char *path_name(const char *path);

#endif
