#include "parse/irc_tags.h"

#include <string.h>

bool irc_tags_next(struct str *rest, struct irc_tag *t)
{
    struct str tag;
    do
        if (!str_split(rest, ';', &tag))
            return false;
    while (tag.n == 0);
    const char *eq = memchr(tag.p, '=', tag.n);
    const size_t key = eq != NULL ? (size_t)(eq - tag.p) : tag.n;
    t->key = (struct str){tag.p, key};
    t->value = eq != NULL ? (struct str){eq + 1, tag.n - key - 1} : STR("");
    return true;
}

/* What an escape stands for: of an unknown one the backslash is dropped. */
static char unescape(char c)
{
    switch (c) {
    case ':': return ';';
    case 's': return ' ';
    case 'r': return '\r';
    case 'n': return '\n';
    default: return c;
    }
}

static void copy_value(struct str value, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < value.n && n + 1 < size; i++) {
        char c = value.p[i];
        if (c == '\\') {
            if (++i == value.n) /* one at the end is dropped */
                break;
            c = unescape(value.p[i]);
        }
        out[n++] = c;
    }
    out[n] = '\0';
}

bool irc_tags_find(struct str tags, const char *key, char *out, size_t size)
{
    struct irc_tag t;
    bool found = false;
    while (irc_tags_next(&tags, &t))
        if (str_eq(t.key, key)) {
            copy_value(t.value, out, size);
            found = true;
        }
    return found;
}

/* [vendor/]name behind the '+'; a vendor is a host's name. */
static bool is_client_key(struct str key)
{
    bool name = false, dot = false, slash = false;
    if (key.n < 2 || key.p[0] != '+')
        return false;
    for (size_t i = 1; i < key.n; i++) {
        const char c = text_lower(key.p[i]);
        const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        if (c == '/' && name && !slash) {
            slash = true;
            name = false;
        } else if (c == '.' && !slash) {
            dot = true;
        } else if (word) {
            name = true;
        } else {
            return false;
        }
    }
    return name && (slash || !dot);
}

void irc_tags_add_client(struct buf *out, struct str tags)
{
    struct irc_tag t;
    const size_t start = out->len;
    while (irc_tags_next(&tags, &t)) {
        if (!is_client_key(t.key))
            continue;
        if (out->len > start)
            buf_addc(out, ';');
        buf_add(out, t.key.p, t.key.n);
        if (t.value.n > 0) {
            buf_addc(out, '=');
            buf_add(out, t.value.p, t.value.n);
        }
    }
}

void irc_tags_escape(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        const char c = text.p[i];
        const char *escaped = c == ';'    ? "\\:"
                              : c == ' '  ? "\\s"
                              : c == '\\' ? "\\\\"
                              : c == '\r' ? "\\r"
                              : c == '\n' ? "\\n"
                                          : NULL;
        if (escaped != NULL)
            buf_add(out, escaped, 2);
        else
            buf_addc(out, c);
    }
}
