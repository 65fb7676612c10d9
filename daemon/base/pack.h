/* pack.h: numbers and texts as bytes for another process of ours, and back. Little-endian; a text
 * is its length (32 bits) and its bytes. */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/buf.h"
#include "base/text.h"

void pack_u8(struct buf *b, uint8_t n);
void pack_u32(struct buf *b, uint32_t n);
void pack_u64(struct buf *b, uint64_t n);
void pack_str(struct buf *b, struct str s);

/* What is left to read. Past the end everything is 0 or empty, and bad is set: so that a reader may
 * take many pieces and check once. */
struct unpack {
    const char *p;
    size_t n;
    bool bad;
};

uint8_t unpack_u8(struct unpack *u);
uint32_t unpack_u32(struct unpack *u);
uint64_t unpack_u64(struct unpack *u);
/* Lies in the bytes that are read. */
struct str unpack_str(struct unpack *u);
/* Was all of it read, and nothing beyond? */
bool unpack_done(const struct unpack *u);

#endif
