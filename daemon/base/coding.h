/* coding.h: content codings (RFC 9110, 8.4.1). */
#ifndef BASE_CODING_H
#define BASE_CODING_H

/* Of two that are as welcome, the later one is preferred: it makes smaller files. */
enum coding {
    CODING_IDENTITY, /* none at all */
    CODING_GZIP,
    CODING_ZSTD,
    CODING_BR,
    CODINGS,
};

struct coding_row {
    const char *name;   /* in Accept-Encoding and Content-Encoding */
    const char *ending; /* of a file that holds another one in this coding */
};

extern const struct coding_row coding_rows[CODINGS];

#endif
