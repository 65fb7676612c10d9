/* test_base64.c: parse/base64. */
#include "check.h"
#include "parse/base64.h"

static ssize_t decode(const char *text, size_t n, char *out, size_t size)
{
    char *copy = tight_copy(text, n);
    const ssize_t got = base64_decode((struct str){copy, n}, out, size);
    free(copy);
    return got;
}

/* The vectors of RFC 4648, 10, and bytes beyond ASCII. */
static const struct {
    const char *text, *bytes;
    size_t n;
} pairs[] = {
    {"", "", 0},
    {"Zg==", "f", 1},
    {"Zm8=", "fo", 2},
    {"Zm9v", "foo", 3},
    {"Zm9vYg==", "foob", 4},
    {"Zm9vYmE=", "fooba", 5},
    {"Zm9vYmFy", "foobar", 6},
    {"AA==", "\0", 1},
    {"AAA=", "\0\0", 2},
    {"AAAA", "\0\0\0", 3},
    {"/w==", "\xff", 1},
    {"//8=", "\xff\xff", 2},
    {"////", "\xff\xff\xff", 3},
    {"++++", "\xfb\xef\xbe", 3},
    {"AGFsaWNlAHNlY3JldA==", "\0alice\0secret", 13},
    {"5bCP5piO", "\xe5\xb0\x8f\xe6\x98\x8e", 6},
};

static void both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        char out[32];
        struct buf b = {0};
        const ssize_t n = decode(pairs[i].text, strlen(pairs[i].text), out, sizeof out);
        assert_row(pairs[i].text, n == (ssize_t)pairs[i].n);
        assert_memory_equal(out, pairs[i].bytes, pairs[i].n);
        base64_encode(&b, pairs[i].bytes, pairs[i].n);
        assert_buf(&b, pairs[i].text);
    }
}

static void anything_but_the_one_form_is_refused(void **state)
{
    static const char *const bad[] = {
        "Z",        "Zg",       "Zg=",      "Zm8",  "Zm9vY",  "Zm9vYg",   "Zm9vYg=",   "Zm9vYmE",
        "=",        "==",       "===",      "====", "Z===",   "=Zg=",     "Zg==Zg==",  "Zm8=Zm8=",
        "Zm9v====", "Zm9v=",    "Zm9v==",   "Z=g=", "Zh==",   "Zv==",     "Zm9=",      "Zm+=",
        "AB==",     "AAB=",     "//==",     "///=", "Zm9v\n", "Zm9v\r\n", "Zm\n9",     " Zg=",
        "Zg= ",     "Zm 9",     "Zm9v    ", "-_-_", "Zm9_",   "Zm.v",     "Zm9\x80",   "\xff\xff==",
        "Zm@v",     "Zm[v",     "Zm`v",     "Zm{v", "Zm:v",   "Zm-v",     "Zm9vZm9\n", "Zg==\r\n",
        "Zg=A",     "Zm9vZ===", "A=AA",     "AA=A", "=AAA",   "Zm9v,m9v", "\"Zg\"",    "Zg%3D",
    };
    char out[64];
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_row(bad[i], decode(bad[i], strlen(bad[i]), out, sizeof out) == -1);
    assert_int_equal(decode("Zm\0v", 4, out, sizeof out), -1);
    assert_int_equal(decode("Zg=\0", 4, out, sizeof out), -1);
    assert_int_equal(decode("\0\0\0\0", 4, out, sizeof out), -1);
}

/* Each byte in each place of four: 64 of them are characters, '=' is one only at the end. */
static void no_other_byte_is_a_character(void **state)
{
    (void)state;
    for (size_t at = 0; at < 4; at++) {
        int good = 0;
        for (int c = 0; c < 256; c++) {
            char text[4] = "AAAA", out[3];
            text[at] = (char)c;
            good += decode(text, 4, out, sizeof out) >= 0;
        }
        assert_int_equal(good, at == 3 ? 65 : 64);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        const size_t len = strlen(pairs[i].text);
        char *out = tight_copy("", 0);
        if (pairs[i].n > 0)
            assert_row(pairs[i].text, decode(pairs[i].text, len, out, pairs[i].n - 1) == -1);
        free(out);
        out = tight_copy(pairs[i].bytes, pairs[i].n);
        memset(out, 'x', pairs[i].n);
        assert_row(pairs[i].text,
                   decode(pairs[i].text, len, out, pairs[i].n) == (ssize_t)pairs[i].n);
        assert_memory_equal(out, pairs[i].bytes, pairs[i].n);
        free(out);
    }
    assert_int_equal(base64_decode((struct str){0}, NULL, 0), 0);
}

static void bytes_come_back(void **state)
{
    struct chance c = {64};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char bytes[100], out[100];
        struct buf b = {0};
        const size_t n = chance_below(&c, sizeof bytes);
        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)chance_next(&c);
        base64_encode(&b, bytes, n);
        assert_int_equal(b.len, (n + 2) / 3 * 4);
        assert_int_equal(decode(buf_data(&b), b.len, out, n), n);
        assert_memory_equal(out, bytes, n);
        buf_free(&b);
    }
}

static void encoding_adds_to_what_is_there(void **state)
{
    struct buf b = {0};
    (void)state;
    buf_adds(&b, "Basic ");
    base64_encode(&b, "a:b", 3);
    base64_encode(&b, NULL, 0);
    assert_buf(&b, "Basic YTpi");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(anything_but_the_one_form_is_refused),
        cmocka_unit_test(no_other_byte_is_a_character),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(bytes_come_back),
        cmocka_unit_test(encoding_adds_to_what_is_there),
    };
    return RUN(tests);
}
