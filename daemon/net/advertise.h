/* advertise.h: which IPv4 address of ours a client is told, by the network that it is in: for
 * servers behind address translation, which some of their clients are behind, too. */
#ifndef NET_ADVERTISE_H
#define NET_ADVERTISE_H

#include "net/addr.h"

/* Words with blanks between, of which the first that fits the client counts: "10.0.0.0/8=10.0.0.5"
 * is for one network's clients (as nets_parse() has it: private=... will do), "203.0.113.7" for
 * all; "auto", in an address's place, is the one that the client came in by. No words are "auto".
 */

/* False, with the reason in why: a word is none of these, or can never count. */
bool advertise_check(const char *words, struct buf *why);
/* What the client at peer is told; false: the address that it came in by. */
bool advertise_find(const char *words, const struct addr *peer, struct addr *a);

#endif
