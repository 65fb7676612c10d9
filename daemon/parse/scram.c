#include "parse/scram.h"

#include <string.h>

static bool begins(struct str s, char attribute)
{
    return s.n >= 2 && s.p[0] == attribute && s.p[1] == '=';
}

static struct str value_of(struct str attribute)
{
    return (struct str){attribute.p + 2, attribute.n - 2};
}

/* The value of the next one, which must be this. */
static bool take(struct str *rest, char attribute, struct str *value)
{
    struct str one;
    if (!str_split(rest, ',', &one) || !begins(one, attribute))
        return false;
    *value = value_of(one);
    return true;
}

/* printable, RFC 5802, 7; commas split before. */
static bool is_nonce(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 0x21 || s.p[i] > 0x7e)
            return false;
    return s.n > 0;
}

/* What may follow: letters, each with a value that is not empty. Unknown ones are skipped. */
static bool are_extensions(struct str rest)
{
    struct str one;
    while (str_split(&rest, ',', &one))
        if (one.n < 3 || one.p[1] != '=' || text_lower(one.p[0]) < 'a' ||
            text_lower(one.p[0]) > 'z')
            return false;
    return true;
}

static bool is_text(struct str msg)
{
    return msg.n > 0 && memchr(msg.p, '\0', msg.n) == NULL && utf8_valid(msg.p, msg.n);
}

/* The two fields of the GS2 header, whose commas end them. */
static enum scram_result take_gs2(struct str *rest, struct scram_first *out)
{
    const char *start = rest->p;
    struct str flag, authzid;
    if (!str_split(rest, ',', &flag) || rest->p == NULL)
        return SCRAM_BAD;
    if (begins(flag, 'p') && flag.n > 2)
        return SCRAM_BINDING;
    if (!str_eq(flag, "n") && !str_eq(flag, "y"))
        return SCRAM_BAD;
    if (!str_split(rest, ',', &authzid) || rest->p == NULL)
        return SCRAM_BAD;
    if (authzid.n > 0 && (!begins(authzid, 'a') || authzid.n == 2))
        return SCRAM_BAD;
    if (authzid.n > 0)
        out->authzid = value_of(authzid);
    out->gs2 = (struct str){start, (size_t)(rest->p - start)};
    return SCRAM_OK;
}

enum scram_result scram_first_parse(struct str msg, struct scram_first *out)
{
    struct str rest = msg;
    *out = (struct scram_first){0};
    if (!is_text(msg))
        return SCRAM_BAD;
    const enum scram_result result = take_gs2(&rest, out);
    if (result != SCRAM_OK)
        return result;
    out->bare = rest;
    if (begins(rest, 'm'))
        return SCRAM_EXTENSION;
    if (!take(&rest, 'n', &out->name) || out->name.n == 0 || !take(&rest, 'r', &out->nonce) ||
        !is_nonce(out->nonce) || !are_extensions(rest))
        return SCRAM_BAD;
    return SCRAM_OK;
}

enum scram_result scram_final_parse(struct str msg, struct scram_final *out)
{
    struct str rest = msg, last;
    *out = (struct scram_final){0};
    if (!is_text(msg) || !str_split_last(&rest, ',', &last) || !begins(last, 'p'))
        return SCRAM_BAD;
    out->proof = value_of(last);
    out->unproven = rest;
    if (begins(rest, 'm'))
        return SCRAM_EXTENSION;
    if (!take(&rest, 'c', &out->binding) || !take(&rest, 'r', &out->nonce) ||
        !is_nonce(out->nonce) || !are_extensions(rest))
        return SCRAM_BAD;
    return SCRAM_OK;
}

bool scram_name(struct str name, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (c == '=') {
            const struct str code = {name.p + i, name.n - i < 3 ? name.n - i : 3};
            if (!str_eq(code, "=2C") && !str_eq(code, "=3D"))
                return false;
            c = code.p[1] == '2' ? ',' : '=';
            i += 2;
        }
        if (n + 1 >= size)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return true;
}
