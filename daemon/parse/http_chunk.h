/* http_chunk.h: a chunked body (RFC 9112, 7.1), taken apart as it comes. */
#ifndef PARSE_HTTP_CHUNK_H
#define PARSE_HTTP_CHUNK_H

#include "base/text.h"

#include <sys/types.h>

enum http_chunk_state {
    CHUNK_SIZE,    /* before the first digit of a size */
    CHUNK_DIGITS,  /* within the size */
    CHUNK_BLANK,   /* blanks behind the size: an extension or the end must follow */
    CHUNK_EXT,     /* within an extension */
    CHUNK_SIZE_LF, /* the CR behind the size was seen */
    CHUNK_DATA,
    CHUNK_DATA_CR, /* behind the data */
    CHUNK_DATA_LF,
    CHUNK_TRAILER,    /* at the start of a trailer line, or of the last empty one */
    CHUNK_TRAILER_IN, /* within a trailer line */
    CHUNK_TRAILER_LF,
    CHUNK_LAST_LF,
    CHUNK_DONE,
};

/* All zero at the start. */
struct http_chunk {
    enum http_chunk_state state;
    uint64_t left;  /* bytes of data still to come in this chunk */
    size_t ignored; /* bytes of extensions and trailers so far; bounded */
};

/* Takes bytes from p[0..n) up to the end of one run of data. Returns how many; -1 when the coding
 * is broken. *data is what of the body was among them (may be empty); c->state is CHUNK_DONE behind
 * the last byte of the body. */
ssize_t http_chunk_next(struct http_chunk *c, const char *p, size_t n, struct str *data);

#endif
