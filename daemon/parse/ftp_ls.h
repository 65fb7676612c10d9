/* ftp_ls.h: the options of ls that clients send with LIST, NLST and STAT. */
#ifndef PARSE_FTP_LS_H
#define PARSE_FTP_LS_H

#include "base/text.h"

struct ftp_ls {
    bool all;        /* -a: . and .., too; other names that begin with a dot are never there */
    bool long_form;  /* -l, which LIST has anyway */
    bool recursive;  /* -R */
    bool by_time;    /* -t: the newest first */
    bool by_size;    /* -S: the largest first */
    bool descending; /* -r: the other way round */
    bool itself;     /* -d: a folder, not what is in it */
    bool mark;       /* -F, -p: a slash behind folders */
};

/* Takes the options off the front of arg, and says what is left: the name, or "". Options that
 * nobody knows do nothing. A name that begins with a dash is given behind "--", or as "./-name". */
struct str ftp_ls_parse(struct ftp_ls *ls, struct str arg);

#endif
