#include "parse/http_rules.h"

#include "base/conf_value.h"
#include "base/path.h"
#include "parse/host.h"
#include "parse/http_req.h"

#include <string.h>

/* The next word of a list; false at its end. */
static bool next(struct str *list, struct str *one)
{
    while (str_split(list, ' ', one))
        if (one->n > 0)
            return true;
    return false;
}

/* --- header --- */

/* What the configuration may not say, and why. */
static const struct {
    const char *reason, *names;
} kept[] = {
    {"says how the message ends, which agentd must say itself",
     "Connection Content-Length Keep-Alive Proxy-Connection TE Trailer Transfer-Encoding Upgrade"},
    {"is another one in each answer: agentd sends it where it is true",
     "Accept-Ranges Allow Content-Encoding Content-Range Content-Type Date ETag Last-Modified "
     "Location WWW-Authenticate"},
};

static bool in_list(const char *list, struct str word)
{
    struct str rest = str_of(list), one;
    while (next(&rest, &one))
        if (str_isame(one, word))
            return true;
    return false;
}

/* These are lists, or may come several times: one more changes nothing about the others. */
static bool comes_in_addition(struct str name)
{
    return in_list("Vary Set-Cookie Link", name);
}

/* name is {NULL, 0} when there is no colon. */
static void split_header(struct str line, struct str *name, struct str *value)
{
    const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
    *name = *value = (struct str){0};
    if (colon == NULL)
        return;
    *name = (struct str){line.p, (size_t)(colon - line.p)};
    *value = str_trim((struct str){colon + 1, line.n - name->n - 1});
}

const char *http_header_fault(struct str line)
{
    struct str name, value;
    split_header(line, &name, &value);
    if (name.p == NULL)
        return "must be Name: value";
    if (!http_is_token(name))
        return "has a name of other than letters, digits and -";
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < 0x20 || value.p[i] == 0x7f)
            return "has a control character";
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (in_list(kept[i].names, name))
            return kept[i].reason;
    if (str_istarts(name, "Access-Control-"))
        return "comes from the key cors";
    return NULL;
}

bool http_header_next(struct str *lines, struct str *name, struct str *value)
{
    struct str line;
    while (str_split(lines, '\n', &line)) {
        split_header(line, name, value);
        if (name->n > 0)
            return true;
    }
    return false;
}

bool http_header_replaces(const char *lines, struct str name)
{
    struct str rest = str_of(lines), one, value;
    while (http_header_next(&rest, &one, &value))
        if (str_isame(one, name))
            return !comes_in_addition(name);
    return false;
}

/* --- cache --- */

/* what=value; false when one of them is missing. */
static bool split_rule(struct str rule, struct str *what, struct str *value)
{
    *value = rule;
    return str_split(value, '=', what) && what->n > 0 && value->n > 0;
}

static bool is_type(struct str s)
{
    struct str type, rest = s;
    if (str_eq(s, "*"))
        return true;
    return str_split(&rest, '/', &type) && http_is_token(type) &&
           memchr(type.p, '*', type.n) == NULL && http_is_token(rest) &&
           (memchr(rest.p, '*', rest.n) == NULL || rest.n == 1);
}

const char *http_lifetime_fault(struct str rule)
{
    struct str type, time;
    int64_t ms;
    if (!split_rule(rule, &type, &time) || !is_type(type))
        return "must be a type and a time, as text/css=1d, image/*=7d or *=1h";
    if (!conf_parse_span(time, &ms) || ms % 1000 != 0 || ms > 365LL * 86400000)
        return "must have a time of whole seconds up to 365d";
    return NULL;
}

static bool type_fits(struct str pattern, struct str type)
{
    if (str_eq(pattern, "*"))
        return true;
    if (pattern.n > 2 && pattern.p[pattern.n - 1] == '*' && type.n >= pattern.n - 1)
        pattern.n = type.n = pattern.n - 1; /* with its slash */
    return str_isame(pattern, type);
}

int64_t http_lifetime(const char *rules, const char *type)
{
    struct str rest = str_of(rules), rule, pattern, time;
    const struct str bare = str_trim((struct str){type, strcspn(type, ";")});
    int64_t ms;
    while (next(&rest, &rule))
        if (split_rule(rule, &pattern, &time) && type_fits(pattern, bare) &&
            conf_parse_span(time, &ms))
            return ms / 1000;
    return -1;
}

/* --- error_pages --- */

/* 404, 40x or 4xx: an x is any digit. */
static bool is_status(struct str s)
{
    if (s.n != 3 || (s.p[0] != '4' && s.p[0] != '5'))
        return false;
    for (int i = 1; i < 3; i++)
        if (s.p[i] != 'x' && (s.p[i] < '0' || s.p[i] > '9'))
            return false;
    return s.p[1] != 'x' || s.p[2] == 'x';
}

const char *http_error_path_fault(struct str rule)
{
    char path[PATH_BYTES_MAX];
    struct str status, to;
    if (!split_rule(rule, &status, &to) || !is_status(status) || to.p[0] != '/')
        return "must be a status and a path within root, as 404=/errors/404.html or 50x=/down.html";
    if (!path_resolve("/", to, path) || !str_eq(to, path) || path_hidden(path) || path[1] == '\0')
        return "has a path that is not one of a file that is served";
    return NULL;
}

struct str http_error_path(const char *rules, int status)
{
    const char digits[3] = {(char)('0' + status / 100 % 10), (char)('0' + status / 10 % 10),
                            (char)('0' + status % 10)};
    struct str rest = str_of(rules), rule, pattern, to;
    while (next(&rest, &rule)) {
        if (!split_rule(rule, &pattern, &to) || pattern.n != 3)
            continue;
        int i = 0;
        while (i < 3 && (pattern.p[i] == digits[i] || (i > 0 && pattern.p[i] == 'x')))
            i++;
        if (i == 3)
            return to;
    }
    return (struct str){0};
}

/* --- cors --- */

/* scheme://rest; false when there is no such thing. */
static bool split_origin(struct str s, struct str *scheme, struct str *rest)
{
    const char *mark = s.n > 0 ? memmem(s.p, s.n, "://", 3) : NULL;
    if (mark == NULL)
        return false;
    *scheme = (struct str){s.p, (size_t)(mark - s.p)};
    *rest = (struct str){mark + 3, s.n - scheme->n - 3};
    return true;
}

const char *http_origin_fault(struct str one)
{
    struct str scheme, authority;
    uint64_t port;
    if (str_eq(one, "*"))
        return NULL;
    if (!split_origin(one, &scheme, &authority) || !http_is_token(scheme) ||
        memchr(scheme.p, '*', scheme.n) != NULL)
        return "must be an origin, as https://app.example, https://*.lab.example or *";
    const struct str host = host_of(authority);
    if (!host_may_be_listed(host))
        return "must be an origin, as https://app.example, https://*.lab.example or *";
    if (host.n < authority.n &&
        (authority.p[host.n] != ':' ||
         !text_number((struct str){authority.p + host.n + 1, authority.n - host.n - 1}, 65535,
                      &port)))
        return "must end behind the host or its port";
    return NULL;
}

/* Origins are compared as they are, but for the case of letters: a browser leaves out the port that
 * goes without saying, and so must the list. */
static bool origin_fits(struct str pattern, struct str origin)
{
    struct str scheme, rest, its_scheme, its_rest;
    if (!split_origin(pattern, &scheme, &rest) || rest.n < 3 || rest.p[0] != '*' ||
        !split_origin(origin, &its_scheme, &its_rest) || !str_isame(scheme, its_scheme))
        return false;
    const struct str ending = {rest.p + 1, rest.n - 1};
    return its_rest.n > ending.n &&
           str_isame((struct str){its_rest.p + its_rest.n - ending.n, ending.n}, ending);
}

enum http_cors http_origin_allowed(const char *list, struct str origin)
{
    struct str rest = str_of(list), one;
    enum http_cors best = HTTP_CORS_NO;
    while (origin.n > 0 && next(&rest, &one)) {
        if (str_eq(one, "*") && best == HTTP_CORS_NO)
            best = HTTP_CORS_ALL;
        else if (str_isame(one, origin))
            return HTTP_CORS_LISTED;
        else if (origin_fits(one, origin))
            best = HTTP_CORS_ENDING;
    }
    return best;
}
