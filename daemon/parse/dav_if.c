#include "parse/dav_if.h"

#include <string.h>

static void skip_blanks(struct str *s)
{
    while (s->n > 0 && (*s->p == ' ' || *s->p == '\t'))
        *s = (struct str){s->p + 1, s->n - 1};
}

/* Does it begin with c? Then that is gone. */
static bool take(struct str *s, char c)
{
    if (s->n == 0 || *s->p != c)
        return false;
    *s = (struct str){s->p + 1, s->n - 1};
    return true;
}

/* What stands before the next `end`, which goes too. */
static bool take_until(struct str *s, char end, struct str *out)
{
    const char *at = s->n > 0 ? memchr(s->p, end, s->n) : NULL;
    if (at == NULL)
        return false;
    *out = (struct str){s->p, (size_t)(at - s->p)};
    *s = (struct str){at + 1, s->n - out->n - 1};
    return true;
}

/* A URL of more than nothing, without blanks. */
static bool is_url(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] == '<' || s.p[i] == '>')
            return false;
    return s.n > 0;
}

/* "tag" or W/"tag" (RFC 9110, 8.8.3), with a ']' behind it; the tag may hold one. */
static bool take_etag(struct str *s, struct str *out)
{
    struct str tag = *s, text;
    if (str_istarts(tag, "W/"))
        tag = (struct str){tag.p + 2, tag.n - 2};
    if (!take(&tag, '"') || !take_until(&tag, '"', &text) || !take(&tag, ']'))
        return false;
    *out = (struct str){s->p, s->n - tag.n - 1};
    *s = tag;
    return true;
}

static bool take_condition(struct dav_if *it, struct dav_cond *out)
{
    if (str_istarts(it->rest, "Not")) {
        out->negated = true;
        it->rest = (struct str){it->rest.p + 3, it->rest.n - 3};
        skip_blanks(&it->rest);
    }
    if (take(&it->rest, '<'))
        return take_until(&it->rest, '>', &out->value) && is_url(out->value);
    out->etag = true;
    return take(&it->rest, '[') && take_etag(&it->rest, &out->value);
}

/* Up to the '(' of a list: perhaps the URL that it and those behind it are about. */
static bool take_list(struct dav_if *it)
{
    if (take(&it->rest, '<')) {
        if (it->begun && it->resource.p == NULL) /* either all are about something, or none is */
            return false;
        if (!take_until(&it->rest, '>', &it->resource) || !is_url(it->resource))
            return false;
        skip_blanks(&it->rest);
    }
    it->begun = true;
    return take(&it->rest, '(');
}

int dav_if_next(struct dav_if *it, struct dav_cond *out)
{
    *out = (struct dav_cond){0};
    skip_blanks(&it->rest);
    if (it->in_list && take(&it->rest, ')')) {
        it->in_list = false;
        skip_blanks(&it->rest);
    }
    if (!it->in_list && it->rest.n == 0)
        return it->begun ? 0 : -1;
    if (!it->in_list) {
        if (!take_list(it))
            return -1;
        it->in_list = out->first = true;
        skip_blanks(&it->rest);
    }
    out->resource = it->resource;
    return take_condition(it, out) ? 1 : -1;
}

bool dav_depth_parse(struct str field, enum dav_depth *out)
{
    static const char *const words[] = {"0", "1", "infinity"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (str_ieq(field, words[i])) {
            *out = (enum dav_depth)i;
            return true;
        }
    return false;
}

bool dav_coded_url(struct str field, struct str *url)
{
    return take(&field, '<') && take_until(&field, '>', url) && field.n == 0 && is_url(*url);
}

unsigned dav_timeout(struct str field, unsigned most)
{
    struct str one;
    while (str_split(&field, ',', &one)) {
        uint64_t seconds;
        one = str_trim(one);
        if (str_ieq(one, "Infinite"))
            return most;
        if (!str_istarts(one, "Second-") ||
            !text_number((struct str){one.p + 7, one.n - 7}, UINT32_MAX, &seconds))
            continue;
        return seconds < 1 ? 1 : seconds < most ? (unsigned)seconds : most;
    }
    return most;
}
