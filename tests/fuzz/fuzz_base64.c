/* fuzz_base64.c: what decodes has one form, and fits or is refused; any bytes come back. */
#include "fuzz.h"
#include "parse/base64.h"

static void check_decode(const char *p, size_t size)
{
    const struct str in = {p, size};
    char *out = tight_copy(p, size);
    const ssize_t n = base64_decode(in, out, size);
    if (n >= 0) {
        struct buf again = {0};
        CHECK((size_t)n <= size / 4 * 3);
        base64_encode(&again, out, (size_t)n);
        CHECK(str_eq(in, buf_str(&again)));
        buf_free(&again);
        char *less = tight_copy(out, n > 0 ? (size_t)n - 1 : 0);
        CHECK(n == 0 || base64_decode(in, less, (size_t)n - 1) == -1);
        free(less);
    }
    free(out);
}

static void check_encode(const char *p, size_t size)
{
    struct buf text = {0};
    char *out = tight_copy(p, size);
    base64_encode(&text, p, size);
    CHECK(!text.failed && text.len == (size + 2) / 3 * 4);
    memset(out, 0, size);
    const ssize_t n = base64_decode((struct str){buf_data(&text), text.len}, out, size);
    CHECK(n == (ssize_t)size && memcmp(out, p, size) == 0);
    buf_free(&text);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *p = tight_copy(data, size);
    check_decode(p, size);
    check_encode(p, size);
    free(p);
    return 0;
}
