#include "parse/http_upload.h"

#include "parse/base64.h"

#include <string.h>

/* --- structured fields: as much of them as is needed to read on behind any of them --- */

static bool at(const struct str *s, char c)
{
    return s->n > 0 && s->p[0] == c;
}

static void skip(struct str *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

static bool take(struct str *s, char c)
{
    if (!at(s, c))
        return false;
    skip(s, 1);
    return true;
}

static void blanks(struct str *s, const char *set)
{
    while (s->n > 0 && s->p[0] != '\0' && strchr(set, s->p[0]) != NULL)
        skip(s, 1);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* The characters up to the first that is none of these, digits or letters. */
static struct str run_of(struct str *s, bool upper, const char *more)
{
    struct str out = {s->p, 0};
    while (s->n > 0) {
        const char c = s->p[0];
        if (!is_digit(c) && !is_lower(c) && !(upper && c >= 'A' && c <= 'Z') &&
            (c == '\0' || strchr(more, c) == NULL))
            break;
        out.n++;
        skip(s, 1);
    }
    return out;
}

static bool take_key(struct str *s, struct str *key)
{
    if (s->n == 0 || (!is_lower(s->p[0]) && s->p[0] != '*'))
        return false;
    *key = run_of(s, false, "_-.*");
    return true;
}

static bool take_string(struct str *s)
{
    for (skip(s, 1); s->n > 0; skip(s, 1)) {
        if (take(s, '"'))
            return true;
        if (at(s, '\\'))
            skip(s, 1);
        if (s->n == 0 || (unsigned char)s->p[0] < 0x20 || (unsigned char)s->p[0] > 0x7e)
            return false;
    }
    return false;
}

/* An Integer, a Decimal or (behind @) a Date. */
static bool take_number(struct str *s)
{
    (void)take(s, '@');
    (void)take(s, '-');
    const struct str number = run_of(s, false, ".");
    return number.n > 0 && is_digit(number.p[0]) && is_digit(number.p[number.n - 1]);
}

/* ":base64:"; its inside. */
static bool take_bytes(struct str *s, struct str *inside)
{
    skip(s, 1);
    *inside = run_of(s, true, "+/=");
    return take(s, ':');
}

/* Any bare item; *bytes is what a Byte Sequence has inside, else NULL. */
static bool take_bare(struct str *s, struct str *bytes)
{
    *bytes = (struct str){0};
    if (s->n == 0)
        return false;
    if (at(s, '"'))
        return take_string(s);
    if (at(s, ':'))
        return take_bytes(s, bytes);
    if (take(s, '?'))
        return take(s, '0') || take(s, '1');
    if (take(s, '%'))
        return at(s, '"') && take_string(s);
    if (at(s, '@') || at(s, '-') || is_digit(s->p[0]))
        return take_number(s);
    return run_of(s, true, "*:/!#$&'+-.^_`|~%").n > 0;
}

static bool take_parameters(struct str *s)
{
    struct str key, bytes;
    while (take(s, ';')) {
        blanks(s, " ");
        if (!take_key(s, &key) || (take(s, '=') && !take_bare(s, &bytes)))
            return false;
    }
    return true;
}

static bool take_inner_list(struct str *s)
{
    struct str bytes;
    skip(s, 1);
    for (;;) {
        blanks(s, " ");
        if (take(s, ')'))
            return true;
        if (!take_bare(s, &bytes) || !take_parameters(s) || (!at(s, ' ') && !at(s, ')')))
            return false;
    }
}

/* A member of a Dictionary. */
static bool take_member(struct str *s, struct str *key, struct str *bytes)
{
    *bytes = (struct str){0};
    if (!take_key(s, key))
        return false;
    if (take(s, '=') && !(at(s, '(') ? take_inner_list(s) : take_bare(s, bytes)))
        return false;
    return take_parameters(s);
}

bool sf_boolean(struct str value, bool *out)
{
    struct str s = str_trim(value);
    if (!take(&s, '?') || (!at(&s, '0') && !at(&s, '1')))
        return false;
    const bool yes = at(&s, '1');
    skip(&s, 1);
    if (!take_parameters(&s) || s.n > 0)
        return false;
    *out = yes;
    return true;
}

bool sf_length(struct str value, uint64_t *out)
{
    enum { DIGITS_MAX = 15 };
    struct str s = str_trim(value);
    uint64_t n;
    const struct str digits = run_of(&s, false, "");
    if (digits.n > DIGITS_MAX || !text_number(digits, UINT64_MAX, &n) || !take_parameters(&s) ||
        s.n > 0)
        return false;
    *out = n;
    return true;
}

/* --- Content-Range --- */

bool http_upload_range(struct str value, uint64_t *from, uint64_t *len, uint64_t *total)
{
    struct str range, first, last, all = str_trim(value);
    uint64_t a, b, n = HTTP_LENGTH_UNKNOWN;
    if (!str_split(&all, ' ', &range) || !str_ieq(range, "bytes") ||
        !str_split(&all, '/', &range) || all.p == NULL || !str_split(&range, '-', &first) ||
        range.p == NULL)
        return false;
    last = range;
    if (!text_number(first, INT64_MAX, &a) || !text_number(last, INT64_MAX, &b) || b < a ||
        (!str_eq(all, "*") && (!text_number(all, INT64_MAX, &n) || b >= n)))
        return false;
    *from = a;
    *len = b - a + 1;
    *total = n;
    return true;
}

/* --- digests --- */

static bool decode(struct str text, struct digest *d)
{
    char bytes[DIGEST_MAX];
    const ssize_t n = base64_decode(text, bytes, sizeof bytes);
    if (n < 0 || (size_t)n != digest_size(d->kind))
        return false;
    memcpy(d->bytes, bytes, (size_t)n);
    return true;
}

bool http_digest_field(struct str value, struct digest *out)
{
    struct str s = str_trim(value), key, bytes;
    struct digest best = {.kind = DIGEST_NONE};
    while (s.n > 0) {
        struct digest one = {.kind = DIGEST_NONE};
        if (!take_member(&s, &key, &bytes))
            return false;
        one.kind = digest_named(key);
        if (one.kind != DIGEST_NONE && (bytes.p == NULL || !decode(bytes, &one)))
            return false;
        if (one.kind != DIGEST_NONE && one.kind >= best.kind) /* of one name, the last holds */
            best = one;
        blanks(&s, " \t");
        if (s.n == 0)
            break;
        if (!take(&s, ','))
            return false;
        blanks(&s, " \t");
        if (s.n == 0) /* behind a comma */
            return false;
    }
    *out = best;
    return true;
}

bool http_content_md5(struct str value, struct digest *out)
{
    struct digest d = {.kind = DIGEST_MD5};
    if (!decode(str_trim(value), &d))
        return false;
    *out = d;
    return true;
}
