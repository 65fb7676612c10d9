/* udp_msg.h: one chat datagram: "L name", "C name text", "Q name". */
#ifndef PARSE_UDP_MSG_H
#define PARSE_UDP_MSG_H

#include "base/text.h"

struct udp_msg {
    char verb; /* 'L', 'C' or 'Q' */
    struct str name, text;
};

/* False for anything malformed: no such verb, an empty name, bytes that are not UTF-8, a control
 * character (a line end within the text would let it pass for another's line). One line end behind
 * the datagram is dropped; `cut` says that the datagram was longer than n, and then the piece of a
 * character at its end is dropped too. */
bool udp_msg_parse(struct udp_msg *m, const char *p, size_t n, bool cut);

#endif
