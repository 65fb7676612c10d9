/* fuzz.h: what the fuzz targets share. Each is one LLVMFuzzerTestOneInput(), which besides not
 * crashing CHECKs what must hold for any input. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/buf.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(CONDITION)                                                                   \
    do {                                                                                   \
        if (!(CONDITION)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #CONDITION); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)

/* A copy with nothing behind its end. free() it. */
static inline char *tight_copy(const void *p, size_t n)
{
    char *copy = malloc(n > 0 ? n : 1);
    CHECK(copy != NULL);
    if (n > 0)
        memcpy(copy, p, n);
    return copy;
}

/* The length of the next piece of n bytes, 1..n, as the seed has it. */
static inline size_t next_piece(uint32_t *seed, size_t n)
{
    *seed = *seed * 1664525u + 1013904223u;
    const size_t most = (*seed >> 8 & 3) == 0 ? 1 : (*seed >> 10 & 63) + 1;
    const size_t piece = (*seed >> 16) % most + 1;
    return piece < n ? piece : n;
}

/* Takes the first byte off the input, for a target that needs a choice. */
static inline uint8_t take_byte(const uint8_t **data, size_t *size)
{
    if (*size == 0)
        return 0;
    (*size)--;
    return *(*data)++;
}

static inline bool lies_within(struct str part, const char *p, size_t n)
{
    return part.p == NULL || part.n == 0 || (part.p >= p && part.p + part.n <= p + n);
}

static inline bool same_bytes(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(buf_data(a), buf_data(b), a->len) == 0);
}

#endif
