#include "parse/host.h"

#include <string.h>

struct str host_of(struct str authority)
{
    struct str s = authority;
    const char *bracket = s.n > 0 ? memchr(s.p, ']', s.n) : NULL;
    const char *colon = s.n > 0 ? memrchr(s.p, ':', s.n) : NULL;
    if (colon != NULL && (bracket == NULL || colon > bracket))
        s.n = (size_t)(colon - s.p);
    if (s.n > 1 && s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

static bool is_letter_or_digit(char c)
{
    const char low = text_lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9');
}

/* Labels of letters, digits, '-' and '_' (RFC 1123, 2.1; the last is in use all the same). */
static bool is_name(struct str s)
{
    struct str label;
    if (s.n == 0 || s.n > HOST_BYTES_MAX)
        return false;
    while (str_split(&s, '.', &label)) {
        if (label.n == 0 || label.n > 63)
            return false;
        for (size_t i = 0; i < label.n; i++)
            if (!is_letter_or_digit(label.p[i]) && label.p[i] != '-' && label.p[i] != '_')
                return false;
    }
    return true;
}

static bool is_ipv6(struct str s)
{
    if (s.n < 4 || s.n > 47 || s.p[0] != '[' || s.p[s.n - 1] != ']')
        return false;
    for (size_t i = 1; i + 1 < s.n; i++)
        if (text_hex(s.p[i]) < 0 && s.p[i] != ':' && s.p[i] != '.')
            return false;
    return memchr(s.p, ':', s.n) != NULL;
}

static bool is_star(struct str s)
{
    return s.n > 2 && s.p[0] == '*' && s.p[1] == '.';
}

static struct str without_dot(struct str s)
{
    return s.n > 1 && s.p[s.n - 1] == '.' ? (struct str){s.p, s.n - 1} : s;
}

bool host_may_be_listed(struct str one)
{
    one = without_dot(one);
    return is_star(one) ? is_name((struct str){one.p + 2, one.n - 2})
                        : is_name(one) || is_ipv6(one);
}

const char *host_fault(struct str one)
{
    return host_may_be_listed(one) ? NULL
                                   : "is no name such as files.example, *.lab.example, 127.0.0.1 "
                                     "or [::1]";
}

/* The next of a list; false at its end. */
static bool next(const char **list, struct str *one)
{
    const char *p = *list;
    while (*p == ' ')
        p++;
    const char *end = p;
    while (*end != ' ' && *end != '\0')
        end++;
    *list = end;
    *one = without_dot((struct str){p, (size_t)(end - p)});
    return end > p;
}

struct str host_first(const char *list)
{
    struct str one;
    while (next(&list, &one))
        if (!is_star(one))
            return one;
    return (struct str){0};
}

size_t host_listed(const char *list, struct str host)
{
    struct str one;
    size_t best = 0;
    while (host.n > 0 && next(&list, &one)) {
        if (str_isame(one, host))
            return SIZE_MAX;
        if (!is_star(one) || host.n < one.n || one.n <= best) /* at least a byte for the star */
            continue;
        const struct str ending = {one.p + 1, one.n - 1};
        if (str_isame((struct str){host.p + host.n - ending.n, ending.n}, ending))
            best = one.n;
    }
    return best;
}

struct str host_shared(const char *a, const char *b)
{
    struct str one, other;
    while (next(&a, &one)) {
        const char *others = b;
        while (next(&others, &other))
            if (str_isame(one, other))
                return one;
    }
    return (struct str){0};
}
