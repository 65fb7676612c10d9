/* fuzz_glob.c: a pattern, a line end, a name: the matcher agrees with a table of all prefixes. */
#include "base/glob.h"
#include "fuzz.h"

enum { MOST = 256 };

static size_t character(struct str s, size_t at)
{
    uint32_t cp;
    const size_t n = utf8_next(s.p + at, s.n - at, &cp);
    return n == 0 ? 1 : n;
}

/* Does the rest of p match the rest of n? From the ends to the beginnings, no place tried twice. A
 * star may end behind any whole character of what it takes. */
static bool by_table(struct str p, struct str n)
{
    static bool match[MOST + 1][MOST + 1];
    for (size_t i = p.n + 1; i-- > 0;)
        for (size_t j = n.n + 1; j-- > 0;) {
            bool m;
            if (i == p.n)
                m = j == n.n;
            else if (p.p[i] == '*')
                m = match[i + 1][j] || (j < n.n && match[i][j + character(n, j)]);
            else if (p.p[i] == '?')
                m = j < n.n && match[i + 1][j + character(n, j)];
            else
                m = j < n.n && p.p[i] == n.p[j] && match[i + 1][j + 1];
            match[i][j] = m;
        }
    return match[0][0];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str name = {(const char *)data, size}, pattern;
    if (!str_split(&name, '\n', &pattern) || name.p == NULL)
        return 0;
    const bool got = glob_match(pattern, name);
    CHECK(glob_has_magic(pattern) || !got ||
          (pattern.n == name.n && (name.n == 0 || memcmp(pattern.p, name.p, name.n) == 0)));
    if (pattern.n <= MOST && name.n <= MOST && utf8_valid(name.p, name.n) &&
        utf8_valid(pattern.p, pattern.n))
        CHECK(got == by_table(pattern, name));
    return 0;
}
