/* test_http_cond.c: parse/http_cond: the order of conditions, tags, dates, If-Range. */
#include "check.h"
#include "parse/http_cond.h"

#define TAG    "\"tag\""
#define AT     "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER  "Sun, 06 Nov 1994 08:49:38 GMT"

static const struct http_validators there = {.etag = {TAG, 5}, .modified = 784111777};

static const char *parse(struct http_req *r, struct buf *b, const char *method, const char *fields)
{
    buf_addf(b, "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n", method, fields);
    http_req_reset(r);
    assert_int_equal(http_req_parse(r, buf_data(b), b->len), b->len);
    return buf_data(b);
}

static void conditions(void **state)
{
    static const struct {
        const char *fields;
        int get, put, absent; /* what comes of it; absent: of PUT to what is not there */
    } rows[] = {
        {"", 0, 0, 0},
        {"If-Match: " TAG "\r\n", 0, 0, 412},
        {"If-Match: \"x\", " TAG "\r\n", 0, 0, 412},
        {"If-Match: \"x\"\r\nIf-Match: " TAG "\r\n", 0, 0, 412},
        {"If-Match: W/" TAG "\r\n", 412, 412, 412},
        {"If-Match: \"x\"\r\n", 412, 412, 412},
        {"If-Match: *\r\n", 0, 0, 412},
        {"If-Match:\r\n", 412, 412, 412},
        {"If-Match: " TAG "x\r\n", 412, 412, 412},
        {"If-None-Match: " TAG "\r\n", 304, 412, 0},
        {"If-None-Match: W/" TAG "\r\n", 304, 412, 0},
        {"If-None-Match: \"x\"\r\n", 0, 0, 0},
        {"If-None-Match: *\r\n", 304, 412, 0},
        {"If-Unmodified-Since: " BEFORE "\r\n", 412, 412, 0},
        {"If-Unmodified-Since: " AT "\r\n", 0, 0, 0},
        {"If-Unmodified-Since: " AFTER "\r\n", 0, 0, 0},
        {"If-Unmodified-Since: x\r\n", 0, 0, 0},
        {"If-Unmodified-Since: " BEFORE "\r\nIf-Unmodified-Since: " BEFORE "\r\n", 0, 0, 0},
        {"If-Modified-Since: " BEFORE "\r\n", 0, 0, 0},
        {"If-Modified-Since: " AT "\r\n", 304, 0, 0},
        {"If-Modified-Since: " AFTER "\r\n", 304, 0, 0},
        {"If-Modified-Since: x\r\n", 0, 0, 0},
        {"If-Modified-Since: " AT "\r\nIf-Modified-Since: " AT "\r\n", 0, 0, 0},
        /* which goes before which */
        {"If-Match: " TAG "\r\nIf-Unmodified-Since: " BEFORE "\r\n", 0, 0, 412},
        {"If-Match: \"x\"\r\nIf-None-Match: " TAG "\r\n", 412, 412, 412},
        {"If-Match: " TAG "\r\nIf-None-Match: " TAG "\r\n", 304, 412, 412},
        {"If-Unmodified-Since: " BEFORE "\r\nIf-None-Match: " TAG "\r\n", 412, 412, 0},
        {"If-None-Match: \"x\"\r\nIf-Modified-Since: " AT "\r\n", 0, 0, 0},
        {"If-None-Match: " TAG "\r\nIf-Modified-Since: " BEFORE "\r\n", 304, 412, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_req r;
        struct buf get = {0}, head = {0}, put = {0};
        const char *p = parse(&r, &get, "GET", rows[i].fields);
        assert_row(rows[i].fields, http_cond(&r, p, &there) == rows[i].get);
        p = parse(&r, &head, "HEAD", rows[i].fields);
        assert_row(rows[i].fields, http_cond(&r, p, &there) == rows[i].get);
        p = parse(&r, &put, "PUT", rows[i].fields);
        assert_row(rows[i].fields, http_cond(&r, p, &there) == rows[i].put);
        assert_row(rows[i].fields, http_cond(&r, p, NULL) == rows[i].absent);
        buf_free(&get);
        buf_free(&head);
        buf_free(&put);
    }
}

static void if_range(void **state)
{
    static const struct {
        const char *fields;
        bool applies;
    } rows[] = {
        {"", true},
        {"Range: bytes=0-1\r\n", true},
        {"Range: bytes=0-1\r\nRange: bytes=0-1\r\n", false},
        {"If-Range: " TAG "\r\n", true},
        {"If-Range: W/" TAG "\r\n", false},
        {"If-Range: \"x\"\r\n", false},
        {"If-Range: " TAG ", " TAG "\r\n", false},
        {"If-Range: " TAG "\r\nIf-Range: " TAG "\r\n", false},
        {"If-Range: *\r\n", false},
        {"If-Range:\r\n", false},
        {"If-Range: " AT "\r\n", true},
        {"If-Range: Sunday, 06-Nov-94 08:49:37 GMT\r\n", true},
        {"If-Range: Sun Nov  6 08:49:37 1994\r\n", true},
        {"If-Range: " BEFORE "\r\n", false},
        {"If-Range: " AFTER "\r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_req r;
        struct buf b = {0};
        const char *p = parse(&r, &b, "GET", rows[i].fields);
        assert_row(rows[i].fields, http_cond_range(&r, p, &there, 1e9) == rows[i].applies);
        buf_free(&b);
    }
    struct http_req r;
    struct buf b = {0};
    const char *p = parse(&r, &b, "GET", "If-Range: " AT "\r\n");
    assert_false(http_cond_range(&r, p, &there, there.modified + 1)); /* it may change still */
    assert_true(http_cond_range(&r, p, &there, there.modified + 2));
    buf_free(&b);
}

/* A file that was sent in codings has several. */
static void other_tags(void **state)
{
    static const struct str others[] = {{"\"a\"", 3}, {"\"b\"", 3}};
    static const struct http_validators coded = {
        .etag = {TAG, 5}, .modified = 784111777, .others = others, .other_count = 2};
    static const struct {
        const char *fields;
        int put;
    } rows[] = {
        {"If-Match: " TAG "\r\n", 0},
        {"If-Match: \"b\"\r\n", 0},
        {"If-Match: \"x\", \"a\"\r\n", 0},
        {"If-Match: W/\"a\"\r\n", 412},
        {"If-Match: \"c\"\r\n", 412},
        {"If-None-Match: \"b\"\r\n", 412},
        {"If-None-Match: W/\"b\"\r\n", 412},
        {"If-None-Match: \"c\"\r\n", 0},
        {"If-Match: \"a\"\r\nIf-None-Match: " TAG "\r\n", 412},
        {"If-Match: \"a\"\r\nIf-None-Match: \"c\"\r\n", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_req r;
        struct buf put = {0};
        const char *p = parse(&r, &put, "PUT", rows[i].fields);
        assert_row(rows[i].fields, http_cond(&r, p, &coded) == rows[i].put);
        buf_free(&put);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions),
        cmocka_unit_test(other_tags),
        cmocka_unit_test(if_range),
    };
    return RUN(tests);
}
