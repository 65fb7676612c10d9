/* ftp_cmd.h: one command line of FTP (RFC 959, 5.3), and the arguments with a form of their own. */
#ifndef PARSE_FTP_CMD_H
#define PARSE_FTP_CMD_H

#include "base/date.h"

enum { FTP_VERB_MAX = 8 };

struct ftp_cmd {
    char verb[FTP_VERB_MAX + 1]; /* in upper case; "" when the line begins with no word */
    struct str arg;              /* behind the one space; NULL p when there is none */
};

/* Splits a line (without its end). False when it holds a NUL, CR or LF, or no verb. */
bool ftp_cmd_parse(struct ftp_cmd *c, struct str line);

/* An address as PORT and EPRT give it. */
struct ftp_addr {
    char ip[46]; /* as text */
    bool v6;
    unsigned port;
};

/* "h1,h2,h3,h4,p1,p2" (RFC 959, 4.1.2). */
bool ftp_port_parse(struct ftp_addr *a, struct str arg);
/* "|1|132.235.1.2|6275|" (RFC 2428, 2). False for a bad form; *proto is set when it was a number,
 * so that an unknown one can be answered with 522. */
bool ftp_eprt_parse(struct ftp_addr *a, struct str arg, unsigned *proto);
/* The arguments of SITE UTIME, as clients give them: "YYYYMMDDhhmm[ss] path", or "path atime mtime
 * ctime UTC", each of fourteen digits. *path lies within arg and is not empty. */
bool ftp_utime_parse(struct str arg, struct str *path, struct timespec *modified);

#endif
