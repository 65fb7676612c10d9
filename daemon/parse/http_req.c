#include "parse/http_req.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_token_char(char c)
{
    static const unsigned char token[256] = {
        ['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
        ['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1,  ['~'] = 1, ['0'] = 1,
        ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1,  ['7'] = 1, ['8'] = 1,
        ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1,  ['F'] = 1, ['G'] = 1,
        ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1,  ['N'] = 1, ['O'] = 1,
        ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1,  ['V'] = 1, ['W'] = 1,
        ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1,  ['d'] = 1, ['e'] = 1,
        ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1,  ['l'] = 1, ['m'] = 1,
        ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1,  ['t'] = 1, ['u'] = 1,
        ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
    };
    return token[(unsigned char)c] != 0;
}

bool http_is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_token_char(s.p[i]))
            return false;
    return s.n > 0;
}

static int fail(struct http_req *r, int status)
{
    r->status = status;
    return -1;
}

void http_req_reset(struct http_req *r)
{
    memset(r, 0, offsetof(struct http_req, field));
}

/* --- the request line --- */

static enum http_method method_of(struct str s)
{
    static const struct {
        const char *name;
        enum http_method method;
    } known[] = {
        {"GET", HTTP_GET},           {"HEAD", HTTP_HEAD},
        {"OPTIONS", HTTP_OPTIONS},   {"POST", HTTP_POST},
        {"PUT", HTTP_PUT},           {"DELETE", HTTP_DELETE},
        {"MKCOL", HTTP_MKCOL},       {"MOVE", HTTP_MOVE},
        {"PATCH", HTTP_PATCH},       {"TRACE", HTTP_TRACE},
        {"CONNECT", HTTP_CONNECT},   {"COPY", HTTP_COPY},
        {"PROPFIND", HTTP_PROPFIND}, {"PROPPATCH", HTTP_PROPPATCH},
        {"LOCK", HTTP_LOCK},         {"UNLOCK", HTTP_UNLOCK},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_eq(s, known[i].name))
            return known[i].method;
    return HTTP_UNKNOWN;
}

/* A name's character (RFC 3986, 3.2.2). */
static bool is_name_char(char c)
{
    return is_token_char(c) ? strchr("#%^`|", c) == NULL : c != '\0' && strchr("()=;,", c) != NULL;
}

/* How many bytes of s a name or an IPv4 address takes. */
static size_t name_length(struct str s)
{
    size_t i = 0;
    for (;;) {
        if (i < s.n && is_name_char(s.p[i]))
            i++;
        else if (s.n - i > 2 && s.p[i] == '%' && text_hex(s.p[i + 1]) >= 0 &&
                 text_hex(s.p[i + 2]) >= 0)
            i += 3;
        else
            return i;
    }
}

/* The same of an IPv6 address in its brackets; 0 when there is none. */
static size_t bracketed_length(struct str s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    const char *end = memchr(s.p, ']', s.n);
    if (end == NULL || !str_copy(text, sizeof text, (struct str){s.p + 1, (size_t)(end - s.p) - 1}))
        return 0;
    return inet_pton(AF_INET6, text, &address) == 1 ? (size_t)(end + 1 - s.p) : 0;
}

/* A name or an address, and perhaps a port. */
static bool is_host(struct str s)
{
    if (s.n == 0)
        return true;
    const size_t n = s.p[0] == '[' ? bracketed_length(s) : name_length(s);
    uint64_t port;
    if (n == 0 || n == s.n)
        return n > 0;
    const struct str digits = {s.p + n + 1, s.n - n - 1};
    return s.p[n] == ':' && (digits.n == 0 || text_number(digits, 65535, &port));
}

/* origin-form, absolute-form or, for OPTIONS, asterisk-form (RFC 9112, 3.2). */
static bool take_target(struct http_req *r, const char *head, struct str t)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.p[i] <= 0x20 || t.p[i] == 0x7f || t.p[i] == '#')
            return false;
    if (str_eq(t, "*") && r->method == HTTP_OPTIONS) {
        r->path = (uint16_t)(t.p - head);
        r->path_len = 1;
        return true;
    }
    if (str_istarts(t, "http://") || str_istarts(t, "https://")) {
        r->https = text_lower(t.p[4]) == 's';
        const size_t skip = r->https ? 8 : 7;
        t = (struct str){t.p + skip, t.n - skip};
        size_t n = 0;
        while (n < t.n && t.p[n] != '/' && t.p[n] != '?')
            n++;
        if (n == 0 || !is_host((struct str){t.p, n}))
            return false;
        r->authority = (uint16_t)(t.p - head);
        r->authority_len = (uint16_t)n;
        t = (struct str){t.p + n, t.n - n};
    } else if (t.n == 0 || t.p[0] != '/') {
        return false;
    }
    const char *mark = t.n > 0 ? memchr(t.p, '?', t.n) : NULL;
    const size_t path_len = mark != NULL ? (size_t)(mark - t.p) : t.n;
    r->path = (uint16_t)(t.p - head);
    r->path_len = (uint16_t)path_len;
    if (mark != NULL) {
        r->query = (uint16_t)(mark + 1 - head);
        r->query_len = (uint16_t)(t.n - path_len - 1);
    }
    return true;
}

static int take_version(struct http_req *r, struct str v)
{
    const bool form = v.n == 8 && memcmp(v.p, "HTTP/", 5) == 0 && v.p[6] == '.' && v.p[5] >= '0' &&
                      v.p[5] <= '9' && v.p[7] >= '0' && v.p[7] <= '9';
    if (!form)
        return fail(r, 400);
    if (v.p[5] != '1')
        return fail(r, 505);
    r->minor = v.p[7] == '0' ? 0 : 1;
    return 0;
}

static int take_request_line(struct http_req *r, const char *head, struct str line)
{
    r->line = (uint16_t)(line.p - head);
    r->line_len = (uint16_t)line.n;
    struct str rest = line, method, target;
    if (!str_split(&rest, ' ', &method) || !http_is_token(method) ||
        !str_split(&rest, ' ', &target) || rest.p == NULL)
        return fail(r, 400);
    if (take_version(r, rest) < 0)
        return -1;
    r->method = method_of(method);
    if (r->method == HTTP_CONNECT) /* what follows its head is no request */
        return fail(r, 501);
    return take_target(r, head, target) ? 0 : fail(r, 400);
}

/* --- fields --- */

static enum http_field_id field_id(struct str name)
{
    static const struct {
        const char *name;
        enum http_field_id id;
    } known[] = {
        {"host", HTTP_HOST},
        {"connection", HTTP_CONNECTION},
        {"content-length", HTTP_CONTENT_LENGTH},
        {"transfer-encoding", HTTP_TRANSFER_ENCODING},
        {"expect", HTTP_EXPECT},
        {"range", HTTP_RANGE},
        {"if-match", HTTP_IF_MATCH},
        {"if-none-match", HTTP_IF_NONE_MATCH},
        {"if-modified-since", HTTP_IF_MODIFIED_SINCE},
        {"if-unmodified-since", HTTP_IF_UNMODIFIED_SINCE},
        {"if-range", HTTP_IF_RANGE},
        {"user-agent", HTTP_USER_AGENT},
        {"referer", HTTP_REFERER},
        {"content-type", HTTP_CONTENT_TYPE},
        {"content-disposition", HTTP_CONTENT_DISPOSITION},
        {"content-range", HTTP_CONTENT_RANGE},
        {"accept", HTTP_ACCEPT},
        {"accept-encoding", HTTP_ACCEPT_ENCODING},
        {"authorization", HTTP_AUTHORIZATION},
        {"cookie", HTTP_COOKIE},
        {"origin", HTTP_ORIGIN},
        {"destination", HTTP_DESTINATION},
        {"overwrite", HTTP_OVERWRITE},
        {"access-control-request-method", HTTP_REQUEST_METHOD},
        {"access-control-request-headers", HTTP_REQUEST_HEADERS},
        {"depth", HTTP_DEPTH},
        {"if", HTTP_IF},
        {"lock-token", HTTP_LOCK_TOKEN},
        {"timeout", HTTP_TIMEOUT},
        {"x-expected-entity-length", HTTP_EXPECTED_LENGTH},
        {"upload-complete", HTTP_UPLOAD_COMPLETE},
        {"upload-offset", HTTP_UPLOAD_OFFSET},
        {"upload-length", HTTP_UPLOAD_LENGTH},
        {"repr-digest", HTTP_REPR_DIGEST},
        {"content-digest", HTTP_CONTENT_DIGEST},
        {"content-md5", HTTP_CONTENT_MD5},
        {"upgrade", HTTP_UPGRADE},
        {"sec-websocket-key", HTTP_WS_KEY},
        {"sec-websocket-version", HTTP_WS_VERSION},
        {"sec-websocket-protocol", HTTP_WS_PROTOCOL},
    };
    const char first = text_lower(name.p[0]);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].name[0] == first && str_ieq(name, known[i].name))
            return known[i].id;
    return HTTP_OTHER;
}

static void take_connection(struct http_req *r, struct str value)
{
    struct str one;
    while (str_split(&value, ',', &one)) {
        one = str_trim(one);
        if (str_ieq(one, "close"))
            r->connection_close = true;
        else if (str_ieq(one, "keep-alive"))
            r->connection_keep = true;
        else if (str_ieq(one, "upgrade"))
            r->connection_upgrade = true;
    }
}

/* The fields of this name are one list. What is read otherwise here and there is refused: empty
 * members, parameters, blanks within. */
static void take_codings(struct http_req *r, struct str value)
{
    struct str one;
    while (str_split(&value, ',', &one)) {
        one = str_trim(one);
        r->broken_coding = r->broken_coding || r->chunked || !http_is_token(one);
        if (str_ieq(one, "chunked"))
            r->chunked = true;
        else
            r->other_coding = true;
    }
}

static void take_expect(struct http_req *r, struct str value)
{
    struct str one;
    while (str_split(&value, ',', &one)) {
        r->expect = true;
        if (!str_ieq(str_trim(one), "100-continue"))
            r->unmet = true;
    }
}

/* What the field says about framing. */
static int take_meaning(struct http_req *r, enum http_field_id id, struct str value)
{
    switch (id) {
    case HTTP_HOST: return ++r->hosts == 1 && is_host(value) ? 0 : fail(r, 400);
    case HTTP_CONNECTION: take_connection(r, value); return 0;
    case HTTP_CONTENT_LENGTH:
        r->has_length = true;
        return ++r->lengths == 1 && text_number(value, INT64_MAX, &r->length) ? 0 : fail(r, 400);
    case HTTP_TRANSFER_ENCODING: take_codings(r, value); return 0;
    case HTTP_EXPECT: take_expect(r, value); return 0;
    case HTTP_AUTHORIZATION: return ++r->logins == 1 ? 0 : fail(r, 400);
    default: return 0;
    }
}

/* Is there a control character in the eight bytes at p? */
static bool has_control(const char *p)
{
    const uint64_t each = 0x0101010101010101;
    uint64_t w;
    memcpy(&w, p, sizeof w);
    const uint64_t del = w ^ each * 0x7f;
    const uint64_t below = (w - each * 0x20) & ~w, is_del = (del - each) & ~del;
    return ((below | is_del) & each * 0x80) != 0;
}

/* No control character but a tab (RFC 9110, 5.5). */
static bool is_value(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        while (s.n - i > 8 && !has_control(s.p + i))
            i += 8;
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    }
    return true;
}

static int take_field(struct http_req *r, const char *head, struct str line)
{
    const char *colon = memchr(line.p, ':', line.n);
    if (colon == NULL)
        return fail(r, 400);
    const struct str name = {line.p, (size_t)(colon - line.p)};
    if (!http_is_token(name)) /* a blank before the colon, or a folded line, ends here too */
        return fail(r, 400);
    const struct str value = str_trim((struct str){colon + 1, line.n - name.n - 1});
    if (!is_value(value))
        return fail(r, 400);
    if (name.n > 255 || r->fields == HTTP_FIELDS_MAX)
        return fail(r, 431);
    const enum http_field_id id = field_id(name);
    r->seen |= 1ull << id;
    r->field[r->fields++] = (struct http_field){
        .id = (unsigned char)id,
        .name_len = (unsigned char)name.n,
        .name = (uint16_t)(name.p - head),
        .value = (uint16_t)(value.p - head),
        .value_len = (uint16_t)value.n,
    };
    return take_meaning(r, id, value);
}

/* RFC 9112, 6.1 and 6.3: where the body ends must be beyond doubt. */
static int conclude_framing(struct http_req *r)
{
    const bool coded = r->chunked || r->other_coding;
    if (coded && (r->has_length || r->minor == 0 || !r->chunked || r->broken_coding))
        return fail(r, 400);
    return r->other_coding ? fail(r, 501) : 0;
}

/* The head is whole: what its fields mean together. */
static int conclude(struct http_req *r)
{
    if (r->hosts == 0 && r->minor == 1)
        return fail(r, 400);
    if (conclude_framing(r) < 0)
        return -1;
    if (r->minor == 0) {
        r->expect = r->unmet = false; /* RFC 9110, 10.1.1 */
        r->keep_alive = r->connection_keep && !r->connection_close;
    } else {
        r->keep_alive = !r->connection_close;
    }
    if (!r->chunked && r->length == 0)
        r->expect = false;
    r->status = r->method == HTTP_UNKNOWN ? 501 : r->unmet ? 417 : 0;
    return 0;
}

int http_req_parse(struct http_req *r, const char *p, size_t n)
{
    for (;;) {
        const size_t from = r->scanned > r->pos ? r->scanned : r->pos;
        const char *lf = from < n ? memchr(p + from, '\n', n - from) : NULL;
        const size_t end = lf != NULL ? (size_t)(lf - p) : n;
        if (!r->started && end - r->pos > HTTP_LINE_MAX)
            return fail(r, 414);
        if (end >= HTTP_HEAD_MAX)
            return fail(r, 431);
        if (lf == NULL) {
            r->scanned = n;
            return 0;
        }
        const size_t start = r->pos;
        if (end == start || p[end - 1] != '\r') /* a bare LF (RFC 9112, 2.2 lets us refuse) */
            return fail(r, 400);
        const struct str line = {p + start, end - 1 - start};
        r->pos = end + 1;
        if (line.n == 0 && r->started)
            return conclude(r) < 0 ? -1 : (int)r->pos;
        if (line.n == 0) {
            if (r->pos > 4) /* an empty line or two before a request is forgiven */
                return fail(r, 400);
            continue;
        }
        if ((r->started ? take_field(r, p, line) : take_request_line(r, p, line)) < 0)
            return -1;
        r->started = true;
    }
}

struct str http_req_field(const struct http_req *r, const char *head, enum http_field_id id,
                          unsigned nth)
{
    if (!(r->seen >> id & 1)) /* as most of those that are asked for */
        return (struct str){0};
    for (unsigned i = 0; i < r->fields; i++)
        if (r->field[i].id == id && nth-- == 0)
            return (struct str){head + r->field[i].value, r->field[i].value_len};
    return (struct str){0};
}

struct str http_req_path(const struct http_req *r, const char *head)
{
    return r->path_len > 0 ? (struct str){head + r->path, r->path_len} : STR("/");
}

struct str http_req_line(const struct http_req *r, const char *head)
{
    return (struct str){head + r->line, r->line_len};
}
