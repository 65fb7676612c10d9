/* fuzz_multipart.c: what comes of a body does not depend on the pieces that it comes in. The first
 * byte of the input is the size of the pieces. */
#include "base/buf.h"
#include "fuzz.h"
#include "parse/multipart.h"

/* Everything that comes of it, as bytes. */
static void parse(const uint8_t *data, size_t size, size_t step, struct buf *out)
{
    struct multipart m;
    struct buf in = {0};
    enum multipart_event ev = MULTIPART_MORE;
    CHECK(multipart_begin(&m, STR("multipart/form-data; boundary=x")));
    for (size_t at = 0; at < size && ev != MULTIPART_ERROR && ev != MULTIPART_DONE;) {
        const size_t n = step < size - at ? step : size - at;
        buf_add(&in, data + at, n);
        at += n;
        for (size_t used = 1; used > 0 && ev != MULTIPART_ERROR && ev != MULTIPART_DONE;) {
            struct str piece = {0};
            char *p = tight_copy(buf_data(&in), in.len);
            ev = multipart_next(&m, p, in.len, &used, &piece);
            CHECK(used <= in.len);
            if (ev == MULTIPART_PART)
                buf_addf(out, "<%s|%s>", m.name, m.file_name);
            if (ev == MULTIPART_DATA)
                buf_add(out, piece.p, piece.n);
            if (ev == MULTIPART_END)
                buf_addc(out, ';');
            free(p);
            buf_consume(&in, used);
        }
    }
    if (ev == MULTIPART_DONE)
        buf_addc(out, '.');
    buf_free(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0}, pieces = {0};
    const size_t step = (size_t)take_byte(&data, &size) % 16 + 1;
    if (size > MULTIPART_HEAD_MAX) /* where a head is too long shows earlier in small pieces */
        return 0;
    parse(data, size, size > 0 ? size : 1, &whole);
    parse(data, size, step, &pieces);
    CHECK(same_bytes(&whole, &pieces));
    buf_free(&whole);
    buf_free(&pieces);
    return 0;
}
