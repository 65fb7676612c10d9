/* base64.h: base 64 (RFC 4648, 4). */
#ifndef PARSE_BASE64_H
#define PARSE_BASE64_H

#include "base/buf.h"
#include "base/text.h"

#include <sys/types.h>

/* Decodes into out (size bytes; no NUL is put behind it): how many bytes it gave, -1 when it does
 * not fit or is not in the one form: other characters (line ends, blanks), padding that is missing
 * or too much, unused bits that are set. Nothing decodes to nothing. */
ssize_t base64_decode(struct str in, char *out, size_t size);
/* Adds p[0..n), padded, without line ends. */
void base64_encode(struct buf *out, const void *p, size_t n);

#endif
