/* http_part.h: what a request brings of a file, as its fields say. */
#ifndef SERVE_HTTP_PART_H
#define SERVE_HTTP_PART_H

#include "serve/http.h"

struct http_part {
    bool draft; /* in the words of "Resumable Uploads for HTTP" */
    bool range; /* in those of Content-Range */
    bool ends;  /* the file's last byte is in it */
    uint64_t from, len,
        total;           /* UINT64_MAX: not known. len: bytes of the part, total of the file */
    struct digest whole; /* of the file */
    struct digest content, md5; /* of the part */
};

/* False when the fields make no sense, which is answered. */
bool http_part_read(struct http_call *call, struct http_part *part);
/* Refuses one, for a reason that a program reads (RFC 9457). offset: how much is there, if the
 * answer is to tell; UINT64_MAX: no. */
enum http_problem {
    PROBLEM_OFFSET,   /* it begins elsewhere: 409 */
    PROBLEM_LENGTH,   /* the lengths contradict each other: 400 */
    PROBLEM_COMPLETE, /* the upload is over: 400 */
    PROBLEM_DIGEST,   /* a digest is another: 400 */
};
void http_problem(struct http_call *call, enum http_problem why, uint64_t offset, uint64_t asked);

/* http_put.c: the part that goes on with p, which nobody uses. */
void http_put_part(struct http_call *call, const struct http_part *part, struct partial *p);

#endif
