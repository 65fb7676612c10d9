#include "parse/cookie.h"

static struct str unquote(struct str s)
{
    if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
        return s;
    return (struct str){s.p + 1, s.n - 2};
}

/* A ';' ends a cookie within quotes, too: they are characters of the value like others. */
struct str cookie_find(struct str header, const char *name)
{
    struct str pair, key;
    while (str_split(&header, ';', &pair)) {
        pair = str_trim(pair);
        str_split(&pair, '=', &key);
        if (pair.p != NULL && str_eq(key, name))
            return unquote(pair);
    }
    return (struct str){0};
}
