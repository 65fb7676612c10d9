/* url.h: the path of a URL. */
#ifndef PARSE_URL_H
#define PARSE_URL_H

#include "base/path.h"

/* The path of a URL, percent-decoded once. False for a bad escape, a NUL, an encoded slash, a ".."
 * or what is too long; *folder tells whether it ended in a slash. */
bool path_from_url(struct str url, char out[PATH_BYTES_MAX], bool *folder);

#endif
