/* http_rep.h: what is sent of a file: which representation of it, and which ranges of that. */
#ifndef SERVE_HTTP_REP_H
#define SERVE_HTTP_REP_H

#include "parse/http_range.h"
#include "serve/http.h"

/* --- http_coding.c --- */

enum { HTTP_ETAG_MAX = 64 }; /* that of a file, and its coding */

/* A representation of a file: what is sent of it. */
struct http_rep {
    struct store_file *file; /* whose bytes, dates and tag they are: a neighbour's, perhaps */
    struct blk *blk;         /* the content; NULL: it is read from the file */
    uint64_t size;
    const char *etag;
    char coded_etag[HTTP_ETAG_MAX];
    enum coding coding;
    bool varies; /* there may be others, for other clients */
};

/* Chooses one for this client: end it with http_rep_end(). False: it is being made, and the request
 * waits. */
bool http_represent(struct http_call *call, struct store_file *f, struct http_rep *rep);
void http_rep_end(struct http_rep *rep);
/* Queues some bytes of it. */
void http_rep_queue(struct http *h, const struct http_rep *rep, const struct http_range *r);
/* The tag of the file with this one in a coding that is made here. */
void http_coded_etag(char out[HTTP_ETAG_MAX], const char *etag, enum coding coding);

/* --- http_ranges.c --- */

enum { HTTP_BOUNDARY_MAX = 33, HTTP_CONTENT_RANGE_MAX = 80 };

/* Several ranges as one body. */
struct http_multipart {
    const struct http_ranges *ranges;
    char boundary[HTTP_BOUNDARY_MAX];
    struct buf text;             /* what stands before each, and behind the last */
    size_t end[HTTP_RANGES_MAX]; /* where it ends for each */
    uint64_t len;                /* of the whole body */
};

/* A Content-Range field's value. */
void http_content_range(char out[HTTP_CONTENT_RANGE_MAX], const struct http_range *r,
                        uint64_t size);
/* type is the file's. False when there is no memory: send all of it. Frees m->text then; else that
 * is the caller's. */
bool http_multipart_make(struct http_multipart *m, const struct http_rep *rep, const char *type,
                         const struct http_ranges *rs);
void http_multipart_send(struct http *h, struct http_multipart *m, const struct http_rep *rep);

#endif
