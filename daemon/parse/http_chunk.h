/* http_chunk.h: a chunked body (RFC 9112, 7.1), taken apart as it comes. Extensions and trailer
 * fields mean nothing to us, but must be well-formed: others may find another end of the body. */
#ifndef PARSE_HTTP_CHUNK_H
#define PARSE_HTTP_CHUNK_H

#include "base/text.h"

#include <sys/types.h>

enum http_chunk_state {
    CHUNK_SIZE,        /* before the first digit of a size */
    CHUNK_DIGITS,      /* within the size */
    CHUNK_EXT_NEXT,    /* blanks: another extension must follow */
    CHUNK_EXT,         /* behind a semicolon */
    CHUNK_EXT_NAME,    /* within an extension's name */
    CHUNK_EXT_EQUALS,  /* blanks behind the name: its value or another extension must follow */
    CHUNK_EXT_VALUE,   /* behind the equals sign */
    CHUNK_EXT_TOKEN,   /* within a value */
    CHUNK_EXT_QUOTED,  /* within one that is quoted */
    CHUNK_EXT_ESCAPED, /* behind a backslash there */
    CHUNK_EXT_END,     /* behind the closing quote */
    CHUNK_SIZE_LF,     /* the CR behind the size was seen */
    CHUNK_DATA,
    CHUNK_DATA_CR, /* behind the data */
    CHUNK_DATA_LF,
    CHUNK_TRAILER,       /* at the start of a trailer field, or of the last empty line */
    CHUNK_TRAILER_NAME,  /* within a trailer field's name */
    CHUNK_TRAILER_VALUE, /* and its value */
    CHUNK_TRAILER_LF,
    CHUNK_LAST_LF,
    CHUNK_DONE,
};

/* All zero at the start. */
struct http_chunk {
    enum http_chunk_state state;
    uint64_t left;  /* bytes of data still to come in this chunk */
    size_t ignored; /* bytes of extensions, zeros and trailers beyond what the data makes up for */
};

/* Takes bytes from p[0..n) up to the end of one run of data. Returns how many; -1 when the coding
 * is broken. *data is what of the body was among them (may be empty); c->state is CHUNK_DONE behind
 * the last byte of the body. */
ssize_t http_chunk_next(struct http_chunk *c, const char *p, size_t n, struct str *data);

#endif
