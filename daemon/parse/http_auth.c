#include "parse/http_auth.h"

#include "parse/base64.h"

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

bool http_basic_parse(struct str field, char *out, size_t size, struct str *user,
                      struct str *password)
{
    struct str rest = str_trim(field), part;
    if (!str_split(&rest, ' ', &part) || !str_ieq(part, "Basic"))
        return false;
    while (rest.n > 0 && rest.p[0] == ' ')
        rest.p++, rest.n--;
    const ssize_t n = base64_decode(rest, out, size);
    if (n <= 0)
        return false;
    rest = (struct str){out, (size_t)n};
    if (has_control(rest) || !str_split(&rest, ':', &part) || rest.p == NULL)
        return false;
    *user = part;
    *password = rest;
    return true;
}

struct str http_bearer_parse(struct str field)
{
    struct str rest = str_trim(field), part;
    if (!str_split(&rest, ' ', &part) || !str_ieq(part, "Bearer") || rest.p == NULL)
        return (struct str){0};
    rest = str_trim(rest);
    return rest.n > 0 && memchr(rest.p, ' ', rest.n) == NULL ? rest : (struct str){0};
}
