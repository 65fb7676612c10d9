/* telnet.h: what FTP's control connection owes to Telnet (RFC 854; RFC 959, 3.3): commands that
 * begin with IAC stand between the bytes and must be taken out. */
#ifndef PARSE_TELNET_H
#define PARSE_TELNET_H

#include <stddef.h>

enum telnet_state { TELNET_DATA, TELNET_IAC, TELNET_OPTION, TELNET_SUB, TELNET_SUB_IAC };

/* All zero at the start; carries over from one packet to the next. */
struct telnet {
    enum telnet_state state;
};

/* Copies p[0..n) to out, which may be p, without the commands; returns the bytes that are left.
 * Option requests are dropped unanswered, which means no. */
size_t telnet_strip(struct telnet *t, const char *p, size_t n, char *out);

#endif
