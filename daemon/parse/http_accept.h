/* http_accept.h: Accept-Encoding (RFC 9110, 12.5.3): which content codings a client takes. */
#ifndef PARSE_HTTP_ACCEPT_H
#define PARSE_HTTP_ACCEPT_H

#include "base/coding.h"
#include "base/text.h"

/* Weights in thousandths; -1: not named. */
struct http_accept {
    int weight[CODINGS];
    int others; /* `*` */
};

void http_accept_init(struct http_accept *a);
/* Takes one field line's value; what is no coding that we know, or malformed, is left out. */
void http_accept_add(struct http_accept *a, struct str value);
/* The best of the codings in the set `of` (1 << CODING_GZIP | ...), or CODING_IDENTITY when that is
 * as welcome; a coding that `*` alone covers is taken only where identity is less so. */
enum coding http_accept_best(const struct http_accept *a, unsigned of);

#endif
