#include "parse/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The bits of the first n of four characters, the others counting as zero; -1 for one of none. */
static int32_t bits_of(const char *p, size_t n)
{
    int32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        const int v = i < n ? sextet(p[i]) : 0;
        if (v < 0)
            return -1;
        bits = bits << 6 | v;
    }
    return bits;
}

ssize_t base64_decode(struct str in, char *out, size_t size)
{
    size_t chars = in.n, n = 0;
    if (in.n % 4 != 0)
        return -1;
    while (in.n - chars < 2 && chars > 0 && in.p[chars - 1] == '=')
        chars--;
    const size_t bytes = chars / 4 * 3 + chars % 4 * 3 / 4;
    if (bytes > size)
        return -1;
    for (size_t i = 0; i < chars; i += 4) {
        const int32_t bits = bits_of(in.p + i, chars - i < 4 ? chars - i : 4);
        const size_t take = bytes - n < 3 ? bytes - n : 3;
        if (bits < 0 || (bits & 0xffffff >> 8 * take) != 0) /* what no byte takes is zero */
            return -1;
        for (size_t k = 0; k < take; k++)
            out[n++] = (char)(bits >> (16 - 8 * k));
    }
    return (ssize_t)n;
}

void base64_encode(struct buf *out, const void *p, size_t n)
{
    const unsigned char *in = p;
    for (size_t i = 0; i < n; i += 3) {
        const size_t left = n - i;
        const uint32_t bits = (uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                              (left > 2 ? (uint32_t)in[i + 2] : 0);
        const char four[4] = {
            alphabet[bits >> 18],
            alphabet[bits >> 12 & 63],
            left > 1 ? alphabet[bits >> 6 & 63] : '=',
            left > 2 ? alphabet[bits & 63] : '=',
        };
        buf_add(out, four, sizeof four);
    }
}
