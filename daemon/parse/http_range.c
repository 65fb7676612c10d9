#include "parse/http_range.h"

#include <string.h>

enum range_result http_range(struct str value, uint64_t size, uint64_t *from, uint64_t *len)
{
    if (value.p == NULL || !str_istarts(value, "bytes="))
        return RANGE_NONE;
    const struct str spec = str_trim((struct str){value.p + 6, value.n - 6});
    if (spec.n == 0)
        return RANGE_NONE;
    if (memchr(spec.p, ',', spec.n) != NULL)
        return RANGE_MANY;
    const char *dash = memchr(spec.p, '-', spec.n);
    if (dash == NULL)
        return RANGE_NONE;
    const struct str a = {spec.p, (size_t)(dash - spec.p)}, b = {dash + 1, spec.n - a.n - 1};
    uint64_t first = 0, last = UINT64_MAX;
    if ((a.n > 0 && !text_number(a, UINT64_MAX, &first)) ||
        (b.n > 0 && !text_number(b, UINT64_MAX, &last)) || (a.n == 0 && b.n == 0))
        return RANGE_NONE;
    if (a.n == 0) { /* the last so many */
        if (last == 0 || size == 0)
            return RANGE_WRONG;
        *len = last < size ? last : size;
        *from = size - *len;
        return RANGE_ONE;
    }
    if (last < first)
        return RANGE_NONE;
    if (first >= size)
        return RANGE_WRONG;
    *from = first;
    *len = (last < size - 1 ? last : size - 1) - first + 1;
    return RANGE_ONE;
}

/* Cuts one entity tag off the list: its opaque part with the quotes. */
static bool next_tag(struct str *list, struct str *tag, bool *is_weak)
{
    while (list->n > 0 && strchr(" \t,", list->p[0]) != NULL)
        list->p++, list->n--;
    *is_weak = list->n > 2 && list->p[0] == 'W' && list->p[1] == '/';
    if (*is_weak)
        list->p += 2, list->n -= 2;
    if (list->n < 2 || list->p[0] != '"')
        return false;
    const char *end = memchr(list->p + 1, '"', list->n - 1);
    if (end == NULL || (end + 1 < list->p + list->n && strchr(" \t,", end[1]) == NULL))
        return false;
    *tag = (struct str){list->p, (size_t)(end + 1 - list->p)};
    list->p += tag->n;
    list->n -= tag->n;
    return true;
}

bool http_etag_in(struct str list, struct str etag, bool weak)
{
    struct str tag;
    bool is_weak;
    if (str_eq(str_trim(list), "*"))
        return true;
    while (next_tag(&list, &tag, &is_weak))
        if ((weak || !is_weak) && tag.n == etag.n && memcmp(tag.p, etag.p, tag.n) == 0)
            return true;
    return false;
}
