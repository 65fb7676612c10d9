/* ftp_facts.h: what FTP's machine-readable listings tell of a file (RFC 3659, 7.5), how clients
 * choose of it (7.9), and how they change it (draft-somers-ftp-mfxx). */
#ifndef PARSE_FTP_FACTS_H
#define PARSE_FTP_FACTS_H

#include "base/buf.h"
#include "base/date.h"
#include "base/text.h"

enum ftp_fact {
    FACT_TYPE = 1,
    FACT_SIZE = 2,
    FACT_MODIFY = 4,
    FACT_PERM = 8,
    FACT_UNIQUE = 16,
    FACT_CREATE = 32,
    FACT_MEDIA = 64,
    FACT_MODE = 128,
    FACTS_FIRST = 31, /* told until a client chooses */
};

/* "type;size;": the facts of OPTS MLST, of which those that nobody knows are left out. False for a
 * bad form. */
bool ftp_facts_parse(struct str list, unsigned *facts);
/* "type;size;": those that are on; all: every one, those that are on with a star. */
void ftp_facts_write(struct buf *out, unsigned on, bool all);

/* "YYYYMMDDhhmmss[.fraction] path"; false for anything else. */
bool ftp_time_parse(struct str arg, struct timespec *t, struct str *path);

/* "644": at least three octal digits, at most 0777. */
bool ftp_mode_parse(struct str s, unsigned *mode);

/* What MFF is to change. */
struct ftp_change {
    bool has_modified, has_mode;
    struct timespec modified;
    unsigned mode;
    struct str path;
    struct str unknown; /* the fact that cannot be changed */
};

enum ftp_mff {
    FTP_MFF_OK,
    FTP_MFF_BAD,     /* no such form, or no such time or mode */
    FTP_MFF_UNKNOWN, /* a fact that cannot be changed: see `unknown` */
};

/* "Modify=20010203040506;UNIX.mode=0644; path". Names of facts have no case. */
enum ftp_mff ftp_mff_parse(struct ftp_change *c, struct str arg);

#endif
