/* test_http_req.c: parse/http_req: request lines, fields, framing, bounds; each head fed whole,
 * byte by byte and in pieces. */
#include "check.h"
#include "parse/http_req.h"

/* As a connection does: the bytes gather, and may lie elsewhere at each call. */
struct reader {
    struct http_req r;
    struct buf in;
    int result;
};

static bool take(void *arg, const char *piece, size_t n, size_t total)
{
    struct reader *rd = arg;
    (void)total;
    buf_add(&rd->in, piece, n);
    char *moved = tight_copy(buf_data(&rd->in), rd->in.len);
    rd->result = http_req_parse(&rd->r, moved, rd->in.len);
    free(moved);
    return rd->result == 0;
}

/* The result, after making sure that it is the same in whatever pieces. *r is how it was whole. */
static int parse(const char *label, const char *p, size_t n, struct http_req *r)
{
    struct chance c = {24};
    char *copy = tight_copy(p, n);
    memset(r, 0xa5, sizeof *r); /* reset must be enough */
    http_req_reset(r);
    const int whole = http_req_parse(r, copy, n);
    free(copy);
    for (size_t most = 1; most <= 3000; most = most * 3 + 1) {
        struct reader rd = {0};
        http_req_reset(&rd.r);
        feed(&c, p, n, most, take, &rd);
        if (rd.result != whole || rd.r.status != r->status || rd.r.fields != r->fields)
            fail_msg("<%.60s> in pieces: %d (%d), whole: %d (%d)", label, rd.result, rd.r.status,
                     whole, r->status);
        rd.r.scanned = r->scanned; /* how far it looked does depend on them */
        if (whole > 0)
            assert_row(label, memcmp(&rd.r, r, offsetof(struct http_req, field)) == 0);
        buf_free(&rd.in);
    }
    return whole;
}

static int status_of(const char *text, size_t n)
{
    struct http_req r;
    const int result = parse(text, text, n, &r);
    assert_row(text, result >= 0 || r.status >= 400);
    return result == 0 ? 0 : r.status != 0 ? r.status : 200;
}

#define HOST "Host: h\r\n"
#define GET  "GET / HTTP/1.1\r\n" HOST

static void good_heads_are_understood(void **state)
{
    static const char text[] = "GET /a/b.c?q=1&r HTTP/1.1\r\n"
                               "host:files.example:8000\r\n"
                               "User-Agent:\t curl/7.88 \t\r\n"
                               "X-Empty:\r\n"
                               "Range: bytes=0-1\r\n"
                               "Accept: a\r\n"
                               "If-None-Match: \"x\"\r\n"
                               "If-None-Match: \"y\"\r\n"
                               "\r\nbody";
    struct http_req r;
    (void)state;
    assert_int_equal(parse("a get", text, sizeof text - 1, &r), sizeof text - 1 - 4);
    assert_int_equal(r.method, HTTP_GET);
    assert_int_equal(r.minor, 1);
    assert_true(r.keep_alive);
    assert_false(r.chunked || r.has_length || r.expect);
    assert_str(http_req_line(&r, text), "GET /a/b.c?q=1&r HTTP/1.1");
    assert_str(http_req_path(&r, text), "/a/b.c");
    assert_true(str_is((struct str){text + r.query, r.query_len}, "q=1&r"));
    assert_str(http_req_field(&r, text, HTTP_HOST, 0), "files.example:8000");
    assert_str(http_req_field(&r, text, HTTP_USER_AGENT, 0), "curl/7.88");
    assert_str(http_req_field(&r, text, HTTP_RANGE, 0), "bytes=0-1");
    assert_str(http_req_field(&r, text, HTTP_IF_NONE_MATCH, 1), "\"y\"");
    assert_null(http_req_field(&r, text, HTTP_IF_NONE_MATCH, 2).p);
    assert_null(http_req_field(&r, text, HTTP_REFERER, 0).p);
    assert_int_equal(r.fields, 7);
    assert_int_equal(http_req_field(&r, text, HTTP_OTHER, 0).n, 0);
    assert_non_null(http_req_field(&r, text, HTTP_OTHER, 0).p);
}

static void methods_and_versions(void **state)
{
    static const struct {
        const char *line;
        int status;
    } rows[] = {
        {"GET / HTTP/1.1", 200},
        {"HEAD / HTTP/1.1", 200},
        {"OPTIONS / HTTP/1.1", 200},
        {"OPTIONS * HTTP/1.1", 200},
        {"POST / HTTP/1.1", 200},
        {"PUT / HTTP/1.1", 200},
        {"DELETE / HTTP/1.1", 200},
        {"PATCH / HTTP/1.1", 200},
        {"TRACE / HTTP/1.1", 200},
        {"GET / HTTP/1.0", 200},
        {"GET / HTTP/1.9", 200},
        {"CONNECT h:80 HTTP/1.1", 501},
        {"get / HTTP/1.1", 501}, /* methods are case-sensitive */
        {"BREW / HTTP/1.1", 501},
        {"GET * HTTP/1.1", 400},
        {"GET /", 400}, /* HTTP/0.9 */
        {"GET", 400},
        {"GET ", 400},
        {"GET / ", 400},
        {" GET / HTTP/1.1", 400},
        {"GET  / HTTP/1.1", 400},
        {"GET /  HTTP/1.1", 400},
        {"GET / HTTP/1.1 ", 400},
        {"GET\t/ HTTP/1.1", 400},
        {"GET /a b HTTP/1.1", 400},
        {"GET / http/1.1", 400},
        {"GET / HTTP/1", 400},
        {"GET / HTTP/1.10", 400},
        {"GET / HTTP/11", 400},
        {"GET / HTTP/ 1.1", 400},
        {"GET / HTTP/1.x", 400},
        {"GET / FTP/1.1", 400},
        {"GET / HTTP/2.0", 505},
        {"GET / HTTP/0.9", 505},
        {"G@T / HTTP/1.1", 400},
        {"GET: / HTTP/1.1", 400},
        {"\x16\x03\x01 / HTTP/1.1", 400}, /* TLS where there is none */
        {"USER anonymous", 400},
        {"PRI * HTTP/2.0", 505}, /* the preface of HTTP/2 */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = {0};
        buf_addf(&b, "%s\r\n" HOST "\r\n", rows[i].line);
        assert_row(rows[i].line, status_of(buf_data(&b), b.len) == rows[i].status);
        buf_free(&b);
    }
}

static void targets(void **state)
{
    static const struct {
        const char *target, *path, *query, *authority; /* path NULL: 400 */
    } rows[] = {
        {"/", "/", "", ""},
        {"/?", "/", "", ""},
        {"/?a?b", "/", "a?b", ""},
        {"//x", "//x", "", ""},
        {"/%2e%2e/\xe5\xb0\x8f", "/%2e%2e/\xe5\xb0\x8f", "", ""}, /* url.c decodes */
        {"http://h/a?b", "/a", "b", "h"},
        {"HTTP://h:80", "/", "", "h:80"},
        {"https://[::1]:443/", "/", "", "[::1]:443"},
        {"http://h?q", "/", "q", "h"},
        {"http:///a", NULL, NULL, NULL},
        {"http://", NULL, NULL, NULL},
        {"http://a b/", NULL, NULL, NULL},
        {"http://user@h/", NULL, NULL, NULL}, /* RFC 9110, 4.2.4 */
        {"http://h:80x/", NULL, NULL, NULL},
        {"http://h:65536/", NULL, NULL, NULL},
        {"http://[::1/", NULL, NULL, NULL},
        {"http://[g]/", NULL, NULL, NULL},
        {"ftp://h/", NULL, NULL, NULL},
        {"h:80", NULL, NULL, NULL},
        {"a", NULL, NULL, NULL},
        {"*", NULL, NULL, NULL},
        {"/\x01", NULL, NULL, NULL},
        {"/\x7f", NULL, NULL, NULL},
        {"/\t", NULL, NULL, NULL},
        {"/a\rb", NULL, NULL, NULL},
        {"/a#b", NULL, NULL, NULL},
        {"/a?b#c", NULL, NULL, NULL},
        {"http://#", NULL, NULL, NULL},
        {"http://:80/", NULL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = {0};
        struct http_req r;
        buf_addf(&b, "GET %s HTTP/1.1\r\n" HOST "\r\n", rows[i].target);
        const char *head = buf_data(&b);
        const int result = parse(rows[i].target, head, b.len, &r);
        if (rows[i].path == NULL) {
            assert_row(rows[i].target, result < 0 && r.status == 400);
        } else {
            assert_row(rows[i].target, result == (int)b.len);
            assert_str(http_req_path(&r, head), rows[i].path);
            assert_true(str_is((struct str){head + r.query, r.query_len}, rows[i].query));
            assert_true(
                str_is((struct str){head + r.authority, r.authority_len}, rows[i].authority));
        }
        buf_free(&b);
    }
    static const char nul[] = "GET /a\0b HTTP/1.1\r\n" HOST "\r\n";
    assert_int_equal(status_of(nul, sizeof nul - 1), 400);
    static const char star[] = "OPTIONS * HTTP/1.1\r\n" HOST "\r\n";
    struct http_req r;
    assert_true(parse("star", star, sizeof star - 1, &r) > 0);
    assert_str(http_req_path(&r, star), "*");
}

/* FAULTS.md's matrix: what others let pass and a proxy may read differently. */
static void ambiguous_framing_is_refused(void **state)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {"GET / HTTP/1.1\r\n\r\n", 400},                       /* no Host */
        {"GET / HTTP/1.0\r\n\r\n", 200},                       /* needs none */
        {GET HOST "\r\n", 400},                                /* two */
        {"GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", 400}, /* */
        {"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400}, /* */
        {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},           /* a blank before the colon */
        {"GET / HTTP/1.1\r\nHost\t: h\r\n\r\n", 400},          /* */
        {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},           /* */
        {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 200},              /* empty: RFC 9112, 3.2 */
        {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 200}, /* a reg-name may */
        {"GET / HTTP/1.1\r\nHost: <script>\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h:\r\n\r\n", 200},
        {"GET / HTTP/1.1\r\nHost: h:x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: h:1:2\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", 200},
        {"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200},
        {"GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: [::ffff:127.0.0.1]:1\r\n\r\n", 200},
        {"GET / HTTP/1.1\r\nHost: [:::1]\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: [127.0.0.1]\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: []\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a%2fb%C3%a9\r\n\r\n", 200},
        {"GET / HTTP/1.1\r\nHost: a%2\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a#b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a|b\r\n\r\n", 400},
        {"GET / HTTP/1.1\r\nHost: a^b\r\n\r\n", 400},
        {GET "Content-Length: 5\r\n\r\n", 200},
        {GET "Content-Length: 0\r\n\r\n", 200},
        {GET "Content-Length: 9223372036854775807\r\n\r\n", 200},
        {GET "Content-Length: 9223372036854775808\r\n\r\n", 400},
        {GET "Content-Length: 18446744073709551617\r\n\r\n", 400},
        {GET "Content-Length: +5\r\n\r\n", 400},
        {GET "Content-Length: -5\r\n\r\n", 400},
        {GET "Content-Length:\r\n\r\n", 400},
        {GET "Content-Length: 5 5\r\n\r\n", 400},
        {GET "Content-Length: 5, 5\r\n\r\n", 400},
        {GET "Content-Length: 0x5\r\n\r\n", 400},
        {GET "Content-Length: 5;\r\n\r\n", 400},
        {GET "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
        {GET "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400},
        {GET "Content-Length : 5\r\n\r\n", 400},
        {GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {GET "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
        {GET "Transfer-Encoding: chunked\r\n\r\n", 200},
        {GET "transfer-encoding:\tCHUNKED \r\n\r\n", 200},
        {GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {GET "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
        {GET "Transfer-Encoding: chunked, identity\r\n\r\n", 400},
        {GET "Transfer-Encoding: identity\r\n\r\n", 400},
        {GET "Transfer-Encoding: xchunked\r\n\r\n", 400},
        {GET "Transfer-Encoding: \"chunked\"\r\n\r\n", 400},
        {GET "Transfer-Encoding:\r\n\r\n", 400},
        {GET "Transfer-Encoding: gzip\r\n\r\n", 400}, /* it would end with the connection */
        {GET "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
        {GET "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
        {GET "Transfer-Encoding: chunked, chunked\r\n\r\n", 400},
        {GET "Transfer-Encoding: gzip, chunked, chunked\r\n\r\n", 400},
        {GET "Transfer-Encoding: chunked,\r\n\r\n", 400},
        {GET "Transfer-Encoding: ,chunked\r\n\r\n", 400},
        {GET "Transfer-Encoding: chunked;q=1\r\n\r\n", 400},
        {GET "Transfer-Encoding: gzip;q=1, chunked\r\n\r\n", 400},
        {GET "Transfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n\r\n", 400},
        {GET "Transfer-Encoding: chunked\x0b\r\n\r\n", 400},
        {GET "Transfer-Encoding\x0b: chunked\r\n\r\n", 400},
        {"GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400},
        {GET "X: a\r\n b\r\n\r\n", 400}, /* obs-fold */
        {GET "X: a\r\n\tb\r\n\r\n", 400},
        {GET " \r\n\r\n", 400},
        {GET "nocolon\r\n\r\n", 400},
        {GET ": empty name\r\n\r\n", 400},
        {GET "X\xc3\xa9: a\r\n\r\n", 400},
        {GET "X(: a\r\n\r\n", 400},
        {GET "X: \x01\r\n\r\n", 400},
        {GET "X: \x7f\r\n\r\n", 400},
        {GET "X: a\rb\r\n\r\n", 400}, /* a bare CR */
        {GET "X: a\r\r\n\r\n", 400},
        {GET "X: a\tb \xc3\xa9\r\n\r\n", 200},
        {"GET / HTTP/1.1\nHost: h\n\n", 400}, /* bare LF */
        {"GET / HTTP/1.1\r\nHost: h\n\r\n", 400},
        {GET "\n", 400},
        {GET "Expect: 100-continue\r\n\r\n", 200},
        {GET "Expect: the-worst\r\n\r\n", 417},
        {GET "Expect: 100-continue, the-worst\r\n\r\n", 417},
        {GET "Expect: 100-continue\r\nExpect: the-worst\r\n\r\n", 417},
        {"GET / HTTP/1.0\r\nExpect: the-worst\r\n\r\n", 200},
        {GET "Authorization: a\r\nAuthorization: a\r\n\r\n", 400},
        {"\r\n" GET "\r\n", 200},
        {"\r\n\r\n" GET "\r\n", 200},
        {"\r\n\r\n\r\n" GET "\r\n", 400},
        {"\n" GET "\r\n", 400},
        {"", 0},
        {"GET", 0},
        {GET, 0},
        {GET "\r", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const int status = status_of(rows[i].text, strlen(rows[i].text));
        if (status != rows[i].status)
            fail_msg("<%s> gives %d, not %d", rows[i].text, status, rows[i].status);
    }
    static const char nul[] = GET "X: a\0b\r\n\r\n";
    assert_int_equal(status_of(nul, sizeof nul - 1), 400);
    static const char nul_name[] = GET "X\0: a\r\n\r\n";
    assert_int_equal(status_of(nul_name, sizeof nul_name - 1), 400);
    static const char nul_host[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
    assert_int_equal(status_of(nul_host, sizeof nul_host - 1), 400);
}

static void bodies_and_the_connection(void **state)
{
    static const struct {
        const char *text;
        bool keep, chunked, has_length, expect;
        uint64_t length;
    } rows[] = {
        {GET "\r\n", true, false, false, false, 0},
        {GET "Connection: close\r\n\r\n", false, false, false, false, 0},
        {GET "Connection: Keep-Alive, CLOSE\r\n\r\n", false, false, false, false, 0},
        {GET "Connection: x\r\nConnection: close\r\n\r\n", false, false, false, false, 0},
        {GET "Connection: closed\r\n\r\n", true, false, false, false, 0},
        {"GET / HTTP/1.0\r\n\r\n", false, false, false, false, 0},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true, false, false, false, 0},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false, false, false, false, 0},
        {GET "Content-Length: 007\r\n\r\n", true, false, true, false, 7},
        {GET "Content-Length: 7\r\nExpect: 100-Continue\r\n\r\n", true, false, true, true, 7},
        {GET "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n", true, false, true, false, 0},
        {GET "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", true, true, false, true,
         0},
        {"PUT / HTTP/1.0\r\nContent-Length: 7\r\nExpect: 100-continue\r\n\r\n", false, false, true,
         false, 7},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_req r;
        const size_t n = strlen(rows[i].text);
        assert_row(rows[i].text, parse(rows[i].text, rows[i].text, n, &r) == (int)n);
        assert_row(rows[i].text, r.keep_alive == rows[i].keep);
        assert_row(rows[i].text, r.chunked == rows[i].chunked);
        assert_row(rows[i].text, r.has_length == rows[i].has_length);
        assert_row(rows[i].text, r.expect == rows[i].expect);
        assert_row(rows[i].text, r.length == rows[i].length);
    }
}

static int status_of_buf(struct buf *b)
{
    const int status = status_of(buf_data(b), b->len);
    buf_free(b);
    return status;
}

static void repeat(struct buf *b, char c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_addc(b, c);
}

static void too_long_is_414_or_431(void **state)
{
    struct buf b = {0};
    const size_t around = strlen("GET  HTTP/1.1\r"); /* the target fills the rest */
    (void)state;
    buf_adds(&b, "GET /");
    repeat(&b, 'a', HTTP_LINE_MAX - around - 1);
    buf_adds(&b, " HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(status_of_buf(&b), 200);
    buf_adds(&b, "GET /");
    repeat(&b, 'a', HTTP_LINE_MAX - around);
    buf_adds(&b, " HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(status_of_buf(&b), 414);
    repeat(&b, 'a', HTTP_LINE_MAX + 1); /* without an end at all */
    assert_int_equal(status_of_buf(&b), 414);
    repeat(&b, 'a', HTTP_LINE_MAX);
    assert_int_equal(status_of_buf(&b), 0);

    const size_t fixed = strlen(GET "X: \r\n\r\n");
    buf_adds(&b, GET "X: ");
    repeat(&b, 'v', HTTP_HEAD_MAX - fixed);
    buf_adds(&b, "\r\n\r\n");
    assert_int_equal(b.len, HTTP_HEAD_MAX);
    assert_int_equal(status_of_buf(&b), 200);
    buf_adds(&b, GET "X: ");
    repeat(&b, 'v', HTTP_HEAD_MAX - fixed + 1);
    buf_adds(&b, "\r\n\r\n");
    assert_int_equal(status_of_buf(&b), 431);
    buf_adds(&b, GET);
    repeat(&b, 'v', HTTP_HEAD_MAX);
    assert_int_equal(status_of_buf(&b), 431);

    buf_adds(&b, "GET / HTTP/1.1\r\n" HOST);
    for (int i = 1; i < HTTP_FIELDS_MAX; i++)
        buf_adds(&b, "X: y\r\n");
    buf_adds(&b, "\r\n");
    assert_int_equal(status_of_buf(&b), 200);
    buf_adds(&b, "GET / HTTP/1.1\r\n" HOST);
    for (int i = 0; i < HTTP_FIELDS_MAX; i++)
        buf_adds(&b, "X: y\r\n");
    buf_adds(&b, "\r\n");
    assert_int_equal(status_of_buf(&b), 431);

    buf_adds(&b, GET);
    repeat(&b, 'N', 255);
    buf_adds(&b, ": y\r\n\r\n");
    assert_int_equal(status_of_buf(&b), 200);
    buf_adds(&b, GET);
    repeat(&b, 'N', 256);
    buf_adds(&b, ": y\r\n\r\n");
    assert_int_equal(status_of_buf(&b), 431);
}

/* Bytes behind the head are the next request's, or the body's, and are not looked at. */
/* A value is looked at several bytes at a time: wherever a byte stands, it counts. */
static void no_control_character_in_a_value(void **state)
{
    (void)state;
    for (size_t at = 0; at < 20; at++) {
        for (unsigned c = 1; c < 256; c++) {
            char text[] = GET "X: a________b_______c________d\r\n\r\n";
            struct http_req r;
            const bool wrong = (c < 0x20 && c != '\t') || c == 0x7f;
            text[sizeof GET + 2 + at] = (char)c;
            if (c == '\n') /* ends the line, which has no CR */
                continue;
            http_req_reset(&r);
            const int n = http_req_parse(&r, text, sizeof text - 1);
            if (n != (wrong ? -1 : (int)sizeof text - 1) || (wrong && r.status != 400))
                fail_msg("byte %u at %zu: %d (%d)", c, at, n, r.status);
        }
    }
}

static void pipelined_requests_are_taken_one_by_one(void **state)
{
    struct buf b = {0};
    struct http_req r;
    unsigned heads = 0;
    (void)state;
    for (int i = 0; i < 50; i++)
        buf_addf(&b, "GET /%d HTTP/1.1\r\n" HOST "\r\n", i);
    repeat(&b, '\0', 20000);
    for (size_t at = 0;; heads++) {
        char want[16];
        http_req_reset(&r);
        const int n = http_req_parse(&r, buf_data(&b) + at, b.len - at);
        if (n <= 0)
            break;
        snprintf(want, sizeof want, "/%u", heads);
        assert_str(http_req_path(&r, buf_data(&b) + at), want);
        at += (size_t)n;
    }
    assert_int_equal(heads, 50);
    buf_free(&b);
}

/* Heads put together by chance from good and bad parts: never more is consumed than came, and it is
 * the same in whatever pieces (which parse() asserts). */
static void any_head_is_the_same_in_pieces(void **state)
{
    static const char *const part[] = {
        "GET / HTTP/1.1\r\n",
        "Host: h\r\n",
        "Content-Length: 5\r\n",
        "\r\n",
        "\n",
        "\r",
        " ",
        ":",
        "Transfer-Encoding: chunked\r\n",
        "X: y\r\n",
        "\x01",
        "HEAD /x?y HTTP/1.0\r\n",
        "a",
        "\xff",
        "Connection: close\r\n",
    };
    struct chance c = {25};
    unsigned good = 0;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct buf b = {0};
        struct http_req r;
        buf_adds(&b, chance_below(&c, 3) > 0 ? GET : "");
        for (size_t k = chance_below(&c, 8); k > 0; k--)
            buf_adds(&b, part[chance_below(&c, COUNT(part))]);
        buf_adds(&b, chance_below(&c, 2) > 0 ? "\r\n" : "");
        const int n = parse(buf_str(&b), buf_str(&b), b.len, &r);
        assert_true(n <= (int)b.len);
        good += n > 0;
        buf_free(&b);
    }
    assert_in_range(good, 100, 2900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_heads_are_understood),
        cmocka_unit_test(methods_and_versions),
        cmocka_unit_test(targets),
        cmocka_unit_test(ambiguous_framing_is_refused),
        cmocka_unit_test(bodies_and_the_connection),
        cmocka_unit_test(too_long_is_414_or_431),
        cmocka_unit_test(no_control_character_in_a_value),
        cmocka_unit_test(pipelined_requests_are_taken_one_by_one),
        cmocka_unit_test(any_head_is_the_same_in_pieces),
    };
    return RUN(tests);
}
