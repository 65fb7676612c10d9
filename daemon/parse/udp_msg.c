#include "parse/udp_msg.h"

/* Drops the bytes of a character whose end was cut off. */
static size_t whole_characters(const char *p, size_t n)
{
    uint32_t cp;
    size_t start = n;
    while (start > 0 && n - start < 4 && ((unsigned char)p[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return n;
    start--;
    return utf8_next(p + start, n - start, &cp) == 0 ? start : n;
}

static bool clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t')
            return false;
    return utf8_valid(s.p, s.n);
}

bool udp_msg_parse(struct udp_msg *m, const char *p, size_t n, bool cut)
{
    struct str part = {0}, rest;
    *m = (struct udp_msg){0};
    if (cut)
        n = whole_characters(p, n);
    else if (n > 0 && p[n - 1] == '\n')
        n -= n > 1 && p[n - 2] == '\r' ? 2 : 1;
    rest = (struct str){p, n};
    if (!clean(rest) || !str_split(&rest, ' ', &part) || part.n != 1)
        return false;
    m->verb = part.p[0];
    if ((m->verb != 'L' && m->verb != 'C' && m->verb != 'Q') || !str_split(&rest, ' ', &m->name) ||
        m->name.n == 0)
        return false;
    m->text = rest.p != NULL ? rest : (struct str){"", 0};
    return m->verb != 'C' || rest.p != NULL;
}
