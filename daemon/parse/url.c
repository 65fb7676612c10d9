#include "parse/url.h"

#include "base/unset.h"

/* The escape at p[0..n), or -1. */
static int unescape(const char *p, size_t n)
{
    const int hi = n >= 3 ? text_hex(p[1]) : -1, lo = n >= 3 ? text_hex(p[2]) : -1;
    return hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
}

bool path_from_url(struct str url, char out[PATH_BYTES_MAX], bool *folder)
{
    UNSET char decoded[PATH_BYTES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < url.n; i++) {
        int c = (unsigned char)url.p[i];
        if (c == '%') {
            c = unescape(url.p + i, url.n - i);
            if (c <= 0 || c == '/')
                return false;
            i += 2;
        }
        if (c == '\0' || n == sizeof decoded)
            return false;
        decoded[n++] = (char)c;
    }
    struct str rest = {decoded, n}, part;
    while (str_split(&rest, '/', &part))
        if (str_eq(part, ".."))
            return false;
    *folder = n == 0 || decoded[n - 1] == '/';
    return path_resolve("/", (struct str){decoded, n}, out);
}
