/* fuzz_ws.c: WebSocket frames come to the same messages whole and in pieces, texts are UTF-8, and
 * what is sent back can be read back. The first byte of the input seeds the pieces, the second says
 * whether the rest is masked (with zeros) first, so that text gets through. */
#include "fuzz.h"
#include "parse/ws.h"

enum { MOST = 300 };

static void note(struct buf *b, const struct ws *w, enum ws_result r)
{
    CHECK(w->got.n <= MOST);
    buf_addf(b, "%d %d %u ", (int)r, r == WS_FAILED ? 0 : (int)w->opcode,
             r == WS_FAILED || w->opcode == WS_CLOSE ? w->code : 0);
    if (r != WS_FAILED)
        buf_add(b, w->got.p, w->got.n);
    if (r == WS_MESSAGE && w->opcode == WS_TEXT)
        CHECK(utf8_valid(w->got.p, w->got.n));
    if (r == WS_CONTROL && w->opcode == WS_CLOSE)
        CHECK(utf8_valid(w->got.p, w->got.n) &&
              (w->code == WS_NO_CODE || ws_code_may_come(w->code)));
}

static void decode(const char *p, size_t n, uint32_t *seed, struct buf *said)
{
    struct ws w;
    ws_init(&w, MOST);
    for (size_t at = 0; at < n && !w.over;) {
        const size_t piece = seed != NULL ? next_piece(seed, n - at) : n - at;
        char *copy = tight_copy(p + at, piece);
        struct str in = {copy, piece};
        while (in.n > 0 && !w.over) {
            const enum ws_result r = ws_next(&w, &in);
            if (r != WS_NEED_MORE)
                note(said, &w, r);
            else
                CHECK(in.n == 0);
        }
        free(copy);
        at += piece;
    }
    struct str none = {p, n};
    CHECK(!w.over || (ws_next(&w, &none) == WS_FAILED && none.n == n));
    ws_free(&w);
}

/* A client's frame around the input. */
static void add_masked(struct buf *b, const char *p, size_t n)
{
    char head[WS_HEAD_MAX];
    const size_t len = ws_head(head, WS_TEXT, n);
    head[1] = (char)(head[1] | 0x80);
    buf_add(b, head, len);
    buf_add(b, "\0\0\0\0", 4);
    buf_add(b, p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t seed = take_byte(&data, &size);
    const bool wrap = take_byte(&data, &size) & 1;
    struct buf wire = {0}, x = {0}, y = {0};
    if (wrap)
        add_masked(&wire, (const char *)data, size);
    else
        buf_add(&wire, data, size);
    decode(buf_data(&wire), wire.len, NULL, &x);
    decode(buf_data(&wire), wire.len, &seed, &y);
    CHECK(same_bytes(&x, &y));
    if (wrap) { /* it was UTF-8 and short enough, or it failed */
        const bool good = size <= MOST && utf8_valid((const char *)data, size);
        CHECK(good == (x.len > 0 && buf_data(&x)[0] == '0' + WS_MESSAGE));
    }
    buf_free(&wire);
    buf_free(&x);
    buf_free(&y);
    return 0;
}
