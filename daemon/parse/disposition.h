/* disposition.h: what a file is called in a Content-Disposition field (RFC 6266). */
#ifndef PARSE_DISPOSITION_H
#define PARSE_DISPOSITION_H

#include "base/limits.h"
#include "base/text.h"

/* The name, without folders before it, of filename* (in UTF-8, RFC 8187) or else of filename. False
 * when there is none, or none that is UTF-8, fits, and has no control characters; it may begin with
 * a dot. */
bool disposition_name(struct str field, char out[FILE_NAME_MAX + 1]);

#endif
