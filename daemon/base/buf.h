/* buf.h: a flat run of bytes that grows at its end and is consumed at its front.
 *
 * Running out of memory, or past BUF_MAX, sets `failed` and changes nothing else; it stays set
 * until buf_free(), so that a writer may add many pieces and check once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum { BUF_MAX = 64 << 20 };

struct buf {
    char *mem;   /* start of the memory; content begins at mem + off */
    size_t off;  /* bytes consumed so far */
    size_t len;  /* bytes of content */
    size_t cap;  /* size of mem; 0 with mem set = a view of somebody else's memory */
    bool failed; /* an addition was lost */
};

/* The content's first byte. Valid until the next call that adds. */
static inline char *buf_data(const struct buf *b)
{
    return b->mem != NULL ? b->mem + b->off : NULL;
}

/* Makes b a view of p[0..n), which must outlive it; adding to it first copies. */
void buf_view(struct buf *b, char *p, size_t n);
/* Turns a view into memory of its own; an empty one into nothing. */
void buf_own(struct buf *b);
/* Room for n more bytes behind the content, or NULL. Call buf_grew() with what was written. */
char *buf_reserve(struct buf *b, size_t n);
void buf_grew(struct buf *b, size_t n);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addu(struct buf *b, unsigned long long n);
__attribute__((format(printf, 2, 3))) void buf_addf(struct buf *b, const char *fmt, ...);
__attribute__((format(printf, 2, 0))) void buf_addv(struct buf *b, const char *fmt, va_list ap);
/* Drops n bytes (at most all) from the front. */
void buf_consume(struct buf *b, size_t n);
/* Drops everything behind the first n bytes. */
void buf_cut(struct buf *b, size_t n);
void buf_clear(struct buf *b);
void buf_free(struct buf *b);
/* The content as a C string (a NUL is put behind it), or "" when there is none. */
const char *buf_str(struct buf *b);

#endif
