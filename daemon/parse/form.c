#include "parse/form.h"

/* Cuts one character off *rest, which must not be empty, and decodes it; -1 for a broken escape. */
static int next_char(struct str *rest)
{
    int c = (unsigned char)rest->p[0];
    size_t n = 1;
    if (c == '+') {
        c = ' ';
    } else if (c == '%') {
        const int hi = rest->n > 2 ? text_hex(rest->p[1]) : -1;
        const int lo = rest->n > 2 ? text_hex(rest->p[2]) : -1;
        c = hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
        n = 3;
    }
    if (c < 0)
        return -1;
    rest->p += n;
    rest->n -= n;
    return c;
}

static bool is_name(struct str s, const char *name)
{
    for (; s.n > 0; name++)
        if (*name == '\0' || next_char(&s) != (unsigned char)*name)
            return false;
    return *name == '\0';
}

static bool decode(struct str s, char *out, size_t size)
{
    size_t n = 0;
    while (s.n > 0) {
        const int c = next_char(&s);
        if (c <= 0 || n == size)
            return false;
        out[n++] = (char)c;
    }
    if (n == size)
        return false;
    out[n] = '\0';
    return true;
}

bool form_field(struct str body, const char *name, char *out, size_t size)
{
    struct str field, key;
    while (str_split(&body, '&', &field)) {
        if (field.n == 0) /* "a&&b" has no field between */
            continue;
        str_split(&field, '=', &key);
        if (is_name(key, name))
            return decode(field, out, size);
    }
    return false;
}
