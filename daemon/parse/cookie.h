/* cookie.h: what a Cookie field holds (RFC 6265, 4.2 and 5.4). */
#ifndef PARSE_COOKIE_H
#define PARSE_COOKIE_H

#include "base/text.h"

/* The value of the first cookie of that name, without the quotes around it; it points into the
 * field. p is NULL when there is none. Case counts; a cookie without '=' has no name. */
struct str cookie_find(struct str header, const char *name);

#endif
