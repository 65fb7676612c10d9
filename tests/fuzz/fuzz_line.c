/* fuzz_line.c: a stream gives the same lines whole and in pieces. The first byte of the input seeds
 * the pieces, the second is the longest line. */
#include "fuzz.h"
#include "parse/line.h"

/* Takes the lines that are whole off `in`; false at one that is too long. */
static bool take_lines(struct buf *in, size_t max, struct buf *out)
{
    struct str line;
    ssize_t n;
    while ((n = line_next(buf_data(in), in->len, max, &line)) > 0) {
        CHECK((size_t)n <= in->len && line.n <= max && lies_within(line, buf_data(in), in->len));
        CHECK(line.n == 0 || memchr(line.p, '\n', line.n) == NULL);
        buf_add(out, line.p, line.n);
        buf_addc(out, '\n');
        buf_consume(in, (size_t)n);
    }
    CHECK(n >= -1);
    return n == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t seed = take_byte(&data, &size);
    const size_t max = take_byte(&data, &size);
    struct buf in = {0}, whole = {0}, pieces = {0};
    buf_add(&in, data, size);
    const bool a = take_lines(&in, max, &whole);
    bool b = true;
    buf_clear(&in);
    for (size_t at = 0, n; b && at < size; at += n) {
        n = next_piece(&seed, size - at);
        buf_add(&in, data + at, n);
        b = take_lines(&in, max, &pieces);
    }
    CHECK(a == b && same_bytes(&whole, &pieces));
    buf_free(&in);
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
