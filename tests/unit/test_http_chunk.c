/* test_http_chunk.c: parse/http_chunk. */
#include "check.h"
#include "parse/http_chunk.h"

struct body {
    struct http_chunk c;
    struct buf data;
    size_t used; /* of all bytes offered */
    bool broken;
};

static bool take(void *arg, const char *piece, size_t n, size_t total)
{
    struct body *b = arg;
    (void)total;
    for (size_t at = 0; at < n && b->c.state != CHUNK_DONE;) {
        struct str data = {0};
        const ssize_t used = http_chunk_next(&b->c, piece + at, n - at, &data);
        if (used < 0) {
            b->broken = true;
            return false;
        }
        assert_true(used > 0 && (size_t)used <= n - at);
        assert_true(data.n == 0 || (data.p >= piece + at && data.p + data.n <= piece + at + used));
        buf_add(&b->data, data.p, data.n);
        at += (size_t)used;
        b->used += (size_t)used;
    }
    return b->c.state != CHUNK_DONE;
}

/* Takes it whole, byte by byte and in pieces, which must come to the same. */
static void decode(const char *label, const char *p, size_t n, struct body *whole)
{
    struct chance c = {26};
    *whole = (struct body){0};
    char *copy = tight_copy(p, n);
    if (n > 0)
        (void)take(whole, copy, n, n);
    free(copy);
    for (size_t most = 1; most <= 64; most *= 2) {
        struct body b = {0};
        feed(&c, p, n, most, take, &b);
        assert_row(label, b.broken == whole->broken);
        if (!b.broken) {
            assert_row(label, b.c.state == whole->c.state && b.used == whole->used);
            assert_string_equal(buf_str(&b.data), buf_str(&whole->data));
        }
        buf_free(&b.data);
    }
}

static void good_bodies(void **state)
{
    static const struct {
        const char *text, *data;
        size_t rest; /* bytes behind the end of the body */
    } rows[] = {
        {"0\r\n\r\n", "", 0},
        {"5\r\nhello\r\n0\r\n\r\n", "hello", 0},
        {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", 0},
        {"00005\r\nhello\r\n000\r\n\r\n", "hello", 0},
        {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0},
        {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0},
        {"1F\r\n0123456789012345678901234567890\r\n0\r\n\r\n", "0123456789012345678901234567890",
         0},
        {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0},
        {"5;name=value\r\nhello\r\n0\r\n\r\n", "hello", 0},
        {"5;name=\"a;b\"\r\nhello\r\n0;last\r\n\r\n", "hello", 0},
        {"5 ; x\r\nhello\r\n0\r\n\r\n", "hello", 0},
        {"5\t;x\r\nhello\r\n0\r\n\r\n", "hello", 0},
        {"5;a=b;c=\"\\\"\\\\;\t\xff\" ;d = e\r\nhello\r\n0\r\n\r\n", "hello", 0},
        {"5 \t;\ta\t=\t\"\"\r\nhello\r\n0\r\n\r\n", "hello", 0},
        {"0\r\nTrailer: x\r\nOther: y\r\n\r\n", "", 0},
        {"0\r\nX:\r\nContent-Length: 5\r\nY:: \xff\t\r\n\r\n", "", 0},
        {"3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n", "abc", 16},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct body b;
        const size_t n = strlen(rows[i].text);
        decode(rows[i].text, rows[i].text, n, &b);
        assert_row(rows[i].text, !b.broken && b.c.state == CHUNK_DONE);
        assert_row(rows[i].text, b.used == n - rows[i].rest);
        assert_string_equal(buf_str(&b.data), rows[i].data);
        buf_free(&b.data);
    }
}

static void broken_ones_are_refused(void **state)
{
    static const char *const bad[] = {
        "\r\n",
        "x\r\n",
        " 5\r\nhello\r\n",
        "+5\r\nhello\r\n",
        "-1\r\n",
        "0x5\r\nhello\r\n",
        "5\nhello\r\n",      /* bare LF */
        "5\r\nhello\n",      /* */
        "5\r\nhello\r\n0\n", /* */
        "5\r\nhello\r\n0\r\n\n",
        "5\r\rhello",
        "5\r\nhelloX\r\n",    /* longer than said */
        "5\r\nhell\r\n0\r\n", /* shorter */
        "5\r\nhello0\r\n\r\n",
        "5,\r\nhello\r\n",
        "5 5\r\nhello\r\n", /* a blank and something that is no extension: others read 55 */
        "5 x\r\nhello\r\n",
        "5;a\x01\r\nhello\r\n",
        "5;a\nb\r\nhello\r\n",
        "5;a\rb\r\nhello\r\n",
        "5\x0b\r\nhello\r\n",
        "5;\r\nhello\r\n",
        "5;a;\r\nhello\r\n",
        "5;a=\r\nhello\r\n",
        "5;=b\r\nhello\r\n",
        "5;a=b=c\r\nhello\r\n",
        "5;a b\r\nhello\r\n",
        "5;a=b c\r\nhello\r\n",
        "5;a=\"b\r\nhello\r\n", /* the quote stays open */
        "5;a=\"b\\\"\r\nhello\r\n",
        "5;a=\"b\"c\r\nhello\r\n",
        "5;a=\"\x01\"\r\nhello\r\n",
        "5;a=\"\\\x7f\"\r\nhello\r\n",
        "5;a=b\"c\"\r\nhello\r\n",
        "5;\xff\r\nhello\r\n",
        "5 \r\nhello\r\n", /* others read on behind the blank */
        "5;a \r\nhello\r\n",
        "5;a=b \r\nhello\r\n",
        "5;a=\"b\" \r\nhello\r\n",
        "0\r\nno colon\r\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\n: x\r\n\r\n",
        "0\r\nX : x\r\n\r\n",
        "0\r\nX: a\r\n folded\r\n\r\n",
        "0\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", /* the empty line is missing */
        "0\r\n folded\r\n\r\n",
        "0\r\nX: a\nY: b\r\n\r\n",
        "0\r\nX: \x7f\r\n\r\n",
        "FFFFFFFFFFFFFFFF\r\n", /* sizes past what a length may be (CVE-2013-2028) */
        "8000000000000000\r\n",
        "10000000000000000\r\n",
        "100000000000000005\r\nhello\r\n",
        "ffffffffffffffffffffffffffffffff\r\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct body b;
        decode(bad[i], bad[i], strlen(bad[i]), &b);
        assert_row(bad[i], b.broken);
        buf_free(&b.data);
    }
    struct body b;
    decode("NUL in the size", "5\0\r\nhello\r\n", 11, &b);
    assert_true(b.broken);
    decode("NUL in an extension", "5;\0\r\nhello\r\n", 12, &b);
    assert_true(b.broken);
}

static void the_largest_size_is_taken(void **state)
{
    struct body b;
    (void)state;
    decode("largest", "7fffffffffffffff\r\nabc", 21, &b);
    assert_false(b.broken);
    assert_true(b.c.left == INT64_MAX - 3);
    assert_string_equal(buf_str(&b.data), "abc");
    buf_free(&b.data);
}

/* Extensions, trailers and zeros in front of a size carry nothing: nobody may send them for ever.
 */
static void what_is_ignored_is_bounded(void **state)
{
    static const struct {
        const char *begin, *again;
    } rows[] = {
        {"5;", "x"},
        {"0\r\n", "X: y\r\n"},
        {"", "1;abcdefgh\r\nx\r\n"}, /* in small pieces, too */
        {"", "0"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf text = {0};
        struct body b = {0};
        buf_adds(&text, rows[i].begin);
        while (text.len < 200000)
            buf_adds(&text, rows[i].again);
        (void)take(&b, buf_data(&text), text.len, text.len);
        assert_row(rows[i].again, b.broken);
        buf_free(&text);
        buf_free(&b.data);
    }
}

/* A client that pads its sizes or signs its chunks may send for ever. */
static void what_is_ignored_is_made_up_for(void **state)
{
    struct buf text = {0};
    struct body b = {0};
    (void)state;
    for (int i = 0; i < 10000; i++)
        buf_adds(&text, "00000010;s=7\r\n0123456789abcdef\r\n");
    buf_adds(&text, "0\r\n\r\n");
    (void)take(&b, buf_data(&text), text.len, text.len);
    assert_true(!b.broken && b.c.state == CHUNK_DONE && b.data.len == 160000);
    buf_free(&text);
    buf_free(&b.data);
}

static void any_body_comes_back_as_it_was(void **state)
{
    struct chance c = {27};
    (void)state;
    for (int i = 0; i < 500; i++) {
        struct buf text = {0}, plain = {0};
        struct body b;
        for (size_t k = chance_below(&c, 6); k > 0; k--) {
            const size_t n = 1 + chance_below(&c, 300);
            buf_addf(&text, chance_below(&c, 2) ? "%zx\r\n" : "%04zX;e\r\n", n);
            for (size_t j = 0; j < n; j++) {
                const char byte = "ab\r\n0;"[chance_below(&c, 6)];
                buf_addc(&text, byte);
                buf_addc(&plain, byte);
            }
            buf_adds(&text, "\r\n");
        }
        buf_adds(&text, "0\r\n\r\nrest");
        decode("a body by chance", buf_data(&text), text.len, &b);
        assert_int_equal(b.used, text.len - 4);
        assert_string_equal(buf_str(&b.data), buf_str(&plain));
        buf_free(&text);
        buf_free(&plain);
        buf_free(&b.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_bodies),
        cmocka_unit_test(broken_ones_are_refused),
        cmocka_unit_test(the_largest_size_is_taken),
        cmocka_unit_test(what_is_ignored_is_bounded),
        cmocka_unit_test(what_is_ignored_is_made_up_for),
        cmocka_unit_test(any_body_comes_back_as_it_was),
    };
    return RUN(tests);
}
