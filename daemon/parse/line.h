/* line.h: lines out of a stream of bytes. */
#ifndef PARSE_LINE_H
#define PARSE_LINE_H

#include "base/text.h"

#include <sys/types.h>

/* The first line of p[0..n), which ends in LF or CRLF (not part of *line). Returns the bytes to
 * consume; 0 when the line has not ended yet; -1 when it is longer than max bytes. */
ssize_t line_next(const char *p, size_t n, size_t max, struct str *line);

#endif
