/* multipart.h: a body of multipart/form-data (RFC 7578, RFC 2046, 5.1), piece by piece. */
#ifndef PARSE_MULTIPART_H
#define PARSE_MULTIPART_H

#include "base/limits.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    BOUNDARY_MAX = 70,            /* characters of a boundary (RFC 2046, 5.1.1) */
    MULTIPART_HEAD_MAX = 4 << 10, /* bytes of a part's head */
};

enum multipart_event {
    MULTIPART_MORE,  /* nothing in what was used; when nothing was: more bytes are needed */
    MULTIPART_PART,  /* a part begins: see `name`, `file_name` and `is_file` */
    MULTIPART_DATA,  /* a piece of it is in *data */
    MULTIPART_END,   /* the part is whole */
    MULTIPART_DONE,  /* there is no further part; what follows is of no account */
    MULTIPART_ERROR, /* that is none */
};

enum multipart_state {
    MULTIPART_AT_START,
    MULTIPART_IN_HEAD,
    MULTIPART_IN_DATA,
    MULTIPART_BEHIND, /* a boundary */
    MULTIPART_AT_END,
};

/* Begin with multipart_begin(). */
struct multipart {
    enum multipart_state state;
    char delimiter[BOUNDARY_MAX + 5]; /* CR LF -- and the boundary */
    size_t delimiter_len;
    bool is_file;                      /* the part has a file name, "" too */
    char name[64];                     /* of the part's field */
    char file_name[FILE_NAME_MAX + 1]; /* without the folders before it */
};

/* Takes the boundary from a Content-Type field. False when that is no multipart/form-data. */
bool multipart_begin(struct multipart *m, struct str content_type);
/* The next event in p[0..n), and how many bytes of it are *used: call again with the rest. *data
 * points into p. */
enum multipart_event multipart_next(struct multipart *m, const char *p, size_t n, size_t *used,
                                    struct str *data);

#endif
