#include "base/glob.h"

bool glob_has_magic(struct str pattern)
{
    for (size_t i = 0; i < pattern.n; i++)
        if (pattern.p[i] == '*' || pattern.p[i] == '?')
            return true;
    return false;
}

static size_t character(struct str s, size_t at)
{
    uint32_t cp;
    const size_t n = utf8_next(s.p + at, s.n - at, &cp);
    return n == 0 ? 1 : n;
}

bool glob_match(struct str pattern, struct str name)
{
    uint64_t steps = UINT64_MAX;
    return glob_match_within(pattern, name, &steps);
}

bool glob_match_within(struct str pattern, struct str name, uint64_t *steps)
{
    size_t p = 0, n = 0, star = SIZE_MAX, resume = 0;
    uint64_t left = *steps;
    for (; n < name.n && left > 0; left--) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            resume = n;
        } else if (p < pattern.n && pattern.p[p] == '?') {
            p++;
            n += character(name, n);
        } else if (p < pattern.n && pattern.p[p] == name.p[n]) {
            p++;
            n++;
        } else if (star != SIZE_MAX) { /* let the star take one more */
            p = star + 1;
            resume += character(name, resume);
            n = resume;
        } else {
            break;
        }
    }
    *steps = left;
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return n >= name.n && p == pattern.n;
}
