#include "base/pack.h"

static void pack_number(struct buf *b, uint64_t n, size_t bytes)
{
    unsigned char at[8];
    for (size_t i = 0; i < bytes; i++, n >>= 8)
        at[i] = (unsigned char)n;
    buf_add(b, at, bytes);
}

void pack_u8(struct buf *b, uint8_t n)
{
    pack_number(b, n, 1);
}

void pack_u32(struct buf *b, uint32_t n)
{
    pack_number(b, n, 4);
}

void pack_u64(struct buf *b, uint64_t n)
{
    pack_number(b, n, 8);
}

void pack_str(struct buf *b, struct str s)
{
    pack_u32(b, (uint32_t)s.n);
    buf_add(b, s.p, s.n);
}

/* The next n bytes; NULL, and bad, when there are fewer. */
static const char *take(struct unpack *u, size_t n)
{
    const char *at = u->p;
    if (u->bad || n > u->n) {
        u->bad = true;
        return NULL;
    }
    u->p += n;
    u->n -= n;
    return at;
}

static uint64_t unpack_number(struct unpack *u, size_t bytes)
{
    const char *at = take(u, bytes);
    uint64_t n = 0;
    for (size_t i = bytes; at != NULL && i-- > 0;)
        n = n << 8 | (unsigned char)at[i];
    return n;
}

uint8_t unpack_u8(struct unpack *u)
{
    return (uint8_t)unpack_number(u, 1);
}

uint32_t unpack_u32(struct unpack *u)
{
    return (uint32_t)unpack_number(u, 4);
}

uint64_t unpack_u64(struct unpack *u)
{
    return unpack_number(u, 8);
}

struct str unpack_str(struct unpack *u)
{
    const size_t n = unpack_u32(u);
    const char *at = take(u, n);
    return at != NULL ? (struct str){at, n} : STR("");
}

bool unpack_done(const struct unpack *u)
{
    return !u->bad && u->n == 0;
}
