/* fuzz_http_chunk.c: a chunked body is the same whole and in pieces. The first byte of the input
 * seeds the pieces. */
#include "fuzz.h"
#include "parse/http_chunk.h"

/* -1 when broken, else how many bytes were taken. */
static ssize_t decode(struct http_chunk *c, const char *p, size_t n, uint32_t *seed,
                      struct buf *body)
{
    size_t at = 0;
    while (at < n && c->state != CHUNK_DONE) {
        const size_t piece = seed != NULL ? next_piece(seed, n - at) : n - at;
        char *copy = tight_copy(p + at, piece);
        struct str data;
        const ssize_t used = http_chunk_next(c, copy, piece, &data);
        CHECK(used >= -1 && used <= (ssize_t)piece && used != 0);
        if (used < 0) {
            free(copy);
            return -1;
        }
        CHECK(lies_within(data, copy, (size_t)used));
        buf_add(body, data.p, data.n);
        free(copy);
        at += (size_t)used;
    }
    return (ssize_t)at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t seed = take_byte(&data, &size);
    const char *p = (const char *)data;
    struct http_chunk a = {0}, b = {0};
    struct buf x = {0}, y = {0};
    const ssize_t n = decode(&a, p, size, NULL, &x);
    const ssize_t m = decode(&b, p, size, &seed, &y);
    CHECK(n == m && same_bytes(&x, &y));
    CHECK(n < 0 || (a.state == b.state && a.left == b.left));
    CHECK(n < 0 || a.state == CHUNK_DONE || n == (ssize_t)size);
    buf_free(&x);
    buf_free(&y);
    return 0;
}
