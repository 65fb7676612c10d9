/* host.h: names of hosts: of a request (RFC 9110, 7.2), and in lists of the configuration. */
#ifndef PARSE_HOST_H
#define PARSE_HOST_H

#include "base/text.h"

enum { HOST_BYTES_MAX = 255 };

/* The host of an authority, such as Host names it: without the port, and without the dot that a
 * name may end in. Empty when there is none. */
struct str host_of(struct str authority);

/* May it stand in a list: a name, *.NAME for all that end in .NAME, an IPv4 address, an IPv6
 * address in brackets? */
bool host_may_be_listed(struct str one);
/* What is wrong with it, if it may not; else NULL. */
const char *host_fault(struct str one);
/* The first of a list, with blanks between, that is a name or an address; NULL p: none. */
struct str host_first(const char *list);
/* How well the list has the host, whatever the case of its letters: 0 is not at all; the host
 * itself is better than a star, and of stars the longest is the best. */
size_t host_listed(const char *list, struct str host);
/* Do two lists have one in common? NULL p: no. */
struct str host_shared(const char *a, const char *b);

#endif
