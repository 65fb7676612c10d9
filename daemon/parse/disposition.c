#include "parse/disposition.h"

/* The next parameter, behind its ';': name=value, or name="value". False when there is none. */
static bool next_param(struct str *rest, struct str *name, struct str *value, bool *quoted)
{
    const char *eq = memchr(rest->p, '=', rest->n);
    if (eq == NULL)
        return false;
    *name = str_trim((struct str){rest->p, (size_t)(eq - rest->p)});
    *rest = str_trim((struct str){eq + 1, rest->n - (size_t)(eq + 1 - rest->p)});
    *quoted = rest->n > 0 && rest->p[0] == '"';
    size_t n = *quoted ? 1 : 0;
    while (n < rest->n && rest->p[n] != (*quoted ? '"' : ';'))
        n += *quoted && rest->p[n] == '\\' ? 2 : 1;
    if (n > rest->n || (*quoted && n == rest->n)) /* its quotes do not end */
        return false;
    *value = *quoted ? (struct str){rest->p + 1, n - 1} : str_trim((struct str){rest->p, n});
    *rest = (struct str){rest->p + n, rest->n - n};
    const char *semicolon = memchr(rest->p, ';', rest->n);
    const size_t past = semicolon != NULL ? (size_t)(semicolon + 1 - rest->p) : rest->n;
    *rest = (struct str){rest->p + past, rest->n - past};
    return true;
}

/* Takes a byte of the name; what comes behind a slash is a name of its own. */
static bool put(char out[FILE_NAME_MAX + 1], size_t *n, char c)
{
    if (c == '/' || c == '\\') {
        *n = 0;
        return true;
    }
    if (*n == FILE_NAME_MAX || (unsigned char)c < ' ' || c == 0x7f)
        return false;
    out[(*n)++] = c;
    return true;
}

static bool take_plain(struct str value, bool quoted, char out[FILE_NAME_MAX + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (quoted && value.p[i] == '\\' && i + 1 < value.n &&
            (value.p[i + 1] == '"' || value.p[i + 1] == '\\'))
            i++;
        if (!put(out, &n, value.p[i]))
            return false;
    }
    out[n] = '\0';
    return n > 0 && utf8_valid(out, n);
}

/* UTF-8'language'percent-encoded */
static bool take_extended(struct str value, char out[FILE_NAME_MAX + 1])
{
    struct str charset, language;
    size_t n = 0;
    if (!str_split(&value, '\'', &charset) || !str_ieq(charset, "UTF-8") ||
        !str_split(&value, '\'', &language) || value.p == NULL)
        return false;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '%') {
            if (i + 2 >= value.n || text_hex(value.p[i + 1]) < 0 || text_hex(value.p[i + 2]) < 0)
                return false;
            c = (char)(text_hex(value.p[i + 1]) * 16 + text_hex(value.p[i + 2]));
            i += 2;
        }
        if (!put(out, &n, c))
            return false;
    }
    out[n] = '\0';
    return n > 0 && utf8_valid(out, n);
}

bool disposition_name(struct str field, char out[FILE_NAME_MAX + 1])
{
    struct str rest = field, type, name, value;
    char other[FILE_NAME_MAX + 1];
    bool found = false, quoted;
    if (!str_split(&rest, ';', &type) || rest.p == NULL)
        return false;
    while (rest.n > 0 && next_param(&rest, &name, &value, &quoted)) {
        if (str_ieq(name, "filename*") && !quoted && take_extended(value, out))
            return true;
        if (!found && str_ieq(name, "filename"))
            found = take_plain(value, quoted, other);
    }
    if (found)
        text_copy(out, FILE_NAME_MAX + 1, other);
    return found;
}
