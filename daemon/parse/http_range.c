#include "parse/http_range.h"

#include <string.h>

/* One of the set: "0-499", "500-", "-500". */
static enum range_result one_range(struct str spec, uint64_t size, struct http_range *out)
{
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
        out->len = last < size ? last : size;
        out->from = size - out->len;
        return RANGE_SOME;
    }
    if (last < first)
        return RANGE_NONE;
    if (first >= size)
        return RANGE_WRONG;
    out->from = first;
    out->len = (last < size - 1 ? last : size - 1) - first + 1;
    return RANGE_SOME;
}

/* Do they overlap, or nearly meet? */
static bool are_near(const struct http_range *a, const struct http_range *b)
{
    const struct http_range *low = a->from <= b->from ? a : b, *high = low == a ? b : a;
    const uint64_t apart = high->from - low->from;
    return apart <= low->len || apart - low->len <= HTTP_RANGES_GAP;
}

static struct http_range spanning(const struct http_range *a, const struct http_range *b)
{
    const uint64_t from = a->from < b->from ? a->from : b->from;
    const uint64_t a_end = a->from + a->len, b_end = b->from + b->len;
    return (struct http_range){from, (a_end > b_end ? a_end : b_end) - from};
}

/* Adds r, together with all that are near it, at the place of the first of them. */
static void add_range(struct http_ranges *rs, struct http_range r)
{
    unsigned at = rs->count;
    for (unsigned i = 0; i < rs->count;) {
        if (!are_near(&rs->range[i], &r)) {
            i++;
            continue;
        }
        r = spanning(&rs->range[i], &r);
        at = i < at ? i : at;
        rs->count--;
        memmove(&rs->range[i], &rs->range[i + 1], (rs->count - i) * sizeof r);
        i = 0; /* it has grown: those before it may be near now */
    }
    memmove(&rs->range[at + 1], &rs->range[at], (rs->count - at) * sizeof r);
    rs->range[at] = r;
    rs->count++;
}

enum range_result http_ranges(struct str value, uint64_t size, struct http_ranges *out)
{
    unsigned asked = 0;
    struct str rest, spec;
    out->count = 0;
    if (value.p == NULL || !str_istarts(value, "bytes="))
        return RANGE_NONE;
    rest = (struct str){value.p + 6, value.n - 6};
    while (str_split(&rest, ',', &spec)) {
        struct http_range r;
        spec = str_trim(spec);
        if (spec.n == 0) /* RFC 9110, 5.6.1.2 */
            continue;
        const enum range_result result = one_range(spec, size, &r);
        if (result == RANGE_NONE || ++asked > HTTP_RANGES_MAX)
            return RANGE_NONE;
        if (result == RANGE_SOME)
            add_range(out, r);
    }
    return out->count > 0 ? RANGE_SOME : asked > 0 ? RANGE_WRONG : RANGE_NONE;
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
