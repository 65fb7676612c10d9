/* ftp_part.h: arguments that name a part of a file. */
#ifndef PARSE_FTP_PART_H
#define PARSE_FTP_PART_H

#include "base/text.h"

/* The bytes from `from` on, before `till`; UINT64_MAX: to the end of the file. */
struct ftp_part {
    struct str name;
    uint64_t from, till;
};

/* RANG: "start end", the number of the first byte and of the last; "1 0" is the whole file again
 * (draft-bryan-ftp-range-08, 3). Sets no name. False when it is neither. */
bool ftp_rang_parse(struct ftp_part *part, struct str arg);

enum { FTP_PART_WAYS = 3 };

/* XCRC and its like, which no document describes: name [start [end]], where the end is not among
 * the bytes; the name may stand in quotes. Without them its last words may be numbers, too: these
 * are the ways to understand arg, that with the longest name first; how many. 0: it cannot be
 * understood. */
unsigned ftp_part_parse(struct ftp_part way[FTP_PART_WAYS], struct str arg);

#endif
