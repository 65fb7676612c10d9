/* test_text.c: base/text: words, numbers, sizes, spans, UTF-8. */
#include "check.h"

static void compares_and_trims(void **state)
{
    (void)state;
    assert_true(str_eq(STR("abc"), "abc"));
    assert_false(str_eq(STR("abc"), "ab"));
    assert_false(str_eq(STR("ab"), "abc"));
    assert_false(str_eq(STR("a\0c"), "a"));
    assert_true(str_eq(STR(""), ""));
    assert_true(str_eq((struct str){0}, ""));
    assert_true(str_ieq(STR("Content-LENGTH"), "content-length"));
    assert_false(str_ieq(STR("content-lengt"), "content-length"));
    assert_false(str_ieq(STR("a["), "a{")); /* 0x5b and 0x7b are no letters here */
    assert_true(str_istarts(STR("Bytes=0-"), "bytes="));
    assert_false(str_istarts(STR("byte"), "bytes="));
    assert_true(str_istarts(STR("x"), ""));
    assert_str(str_trim(STR(" \t a b\t ")), "a b");
    assert_str(str_trim(STR("\r\nx ")), "\r\nx");
    assert_int_equal(str_trim(STR(" \t ")).n, 0);
    assert_str(str_of("of"), "of");
}

static void copies_whole_or_says_so(void **state)
{
    char out[4];
    (void)state;
    assert_true(str_copy(out, sizeof out, STR("abc")));
    assert_string_equal(out, "abc");
    assert_false(str_copy(out, sizeof out, STR("abcd")));
    assert_string_equal(out, "abc");
    assert_true(str_copy(out, sizeof out, STR("")));
    assert_string_equal(out, "");
    assert_true(str_copy(out, sizeof out, (struct str){0}));
    assert_string_equal(out, "");
    text_copy(out, sizeof out, "\xe5\xb0\x8f\xe6\x98\x8e"); /* 小明: the second does not fit */
    assert_string_equal(out, "\xe5\xb0\x8f");
    text_copy(out, sizeof out, "ab\xc3\xa9");
    assert_string_equal(out, "ab");
}

static void splits_at_each_separator(void **state)
{
    struct str rest = STR("a,,b,"), part;
    (void)state;
    assert_true(str_split(&rest, ',', &part));
    assert_str(part, "a");
    assert_true(str_split(&rest, ',', &part));
    assert_int_equal(part.n, 0);
    assert_true(str_split(&rest, ',', &part));
    assert_str(part, "b");
    assert_non_null(rest.p);
    assert_true(str_split(&rest, ',', &part));
    assert_int_equal(part.n, 0);
    assert_null(rest.p);
    assert_false(str_split(&rest, ',', &part));
}

static void splits_off_the_last(void **state)
{
    struct str rest = STR("a  b"), part;
    (void)state;
    assert_true(str_split_last(&rest, ' ', &part));
    assert_str(part, "b");
    assert_str(rest, "a ");
    assert_true(str_split_last(&rest, ' ', &part));
    assert_int_equal(part.n, 0);
    assert_str(rest, "a");
    assert_false(str_split_last(&rest, ' ', &part));
    assert_str(rest, "a");
    rest = STR("");
    assert_false(str_split_last(&rest, ' ', &part));
}

static void puts_numbers_in_columns(void **state)
{
    static const struct {
        unsigned base;
        size_t width;
        char fill;
        uint64_t n;
        const char *text;
    } rows[] = {{10, 1, ' ', 0, "0"},
                {10, 3, ' ', 7, "  7"},
                {10, 2, '0', 7, "07"},
                {10, 2, ' ', 12345, "12345"},
                {8, 4, '0', 0644, "0644"},
                {16, 1, '0', 0xfe01, "fe01"},
                {10, 24, '0', UINT64_MAX, "000018446744073709551615"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[32];
        *text_put(out, rows[i].base, rows[i].width, rows[i].fill, rows[i].n) = '\0';
        assert_string_equal(out, rows[i].text);
    }
}

static void numbers_are_digits_within_a_bound(void **state)
{
    static const struct {
        const char *text;
        uint64_t max;
        bool ok;
        uint64_t value;
    } rows[] = {
        {"0", 0, true, 0},
        {"1", 0, false, 0},
        {"5", 5, true, 5},
        {"6", 5, false, 0},
        {"9", 5, false, 0},
        {"10", 5, false, 0},
        {"007", 7, true, 7},
        {"255", 255, true, 255},
        {"256", 255, false, 0},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999", UINT64_MAX, false, 0},
        {"9223372036854775807", INT64_MAX, true, INT64_MAX},
        {"9223372036854775808", INT64_MAX, false, 0},
        {"", 10, false, 0},
        {"+5", 10, false, 0},
        {"-1", 10, false, 0},
        {" 5", 10, false, 0},
        {"5 ", 10, false, 0},
        {"5x", 10, false, 0},
        {"0x5", 10, false, 0},
        {"\xd9\xa3", 10, false, 0}, /* an Arabic three */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t v = 4711;
        assert_row(rows[i].text, text_number(str_of(rows[i].text), rows[i].max, &v) == rows[i].ok);
        assert_row(rows[i].text, v == (rows[i].ok ? rows[i].value : 4711));
    }
}

/* A bound lower than a digit is a bound too. */
static void no_number_is_past_its_bound(void **state)
{
    struct chance c = {4};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[24];
        const uint64_t n = chance_next(&c) >> chance_below(&c, 64);
        const uint64_t max = chance_next(&c) >> chance_below(&c, 64);
        uint64_t v = 0;
        snprintf(text, sizeof text, "%llu", (unsigned long long)n);
        assert_row(text, text_number(str_of(text), max, &v) == (n <= max));
        assert_row(text, v == (n <= max ? n : 0));
    }
}

static void knows_hex_and_case(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *digits = "0123456789abcdefABCDEF";
        const char *at = c != 0 ? strchr(digits, c) : NULL;
        const int want = at == NULL ? -1 : (int)(at - digits) - (at - digits > 15 ? 6 : 0);
        assert_int_equal(text_hex((char)c), want);
        if (c >= 'A' && c <= 'Z')
            assert_int_equal(text_lower((char)c), c + 32);
        else
            assert_int_equal(text_lower((char)c), (char)c);
        if (c >= 'a' && c <= 'z')
            assert_int_equal(text_upper((char)c), c - 32);
        else
            assert_int_equal(text_upper((char)c), (char)c);
    }
}

static void sizes_and_spans_read_well(void **state)
{
    static const struct {
        uint64_t n;
        const char *size, *span;
    } rows[] = {
        {0, "0 B", "0s"},
        {59, "59 B", "59s"},
        {60, "60 B", "1m"},
        {999, "999 B", "16m 39s"},
        {1000, "1.0 KB", "16m 40s"},
        {1999, "1.9 KB", "33m 19s"},
        {3600, "3.6 KB", "1h"},
        {3661, "3.6 KB", "1h 1m"},
        {86399, "86.3 KB", "23h 59m"},
        {86400, "86.4 KB", "1d"},
        {90061, "90.0 KB", "1d 1h"},
        {123456, "123 KB", "1d 10h"},
        {999999, "999 KB", "11d 13h"},
        {1400000, "1.4 MB", "16d 4h"},
        {UINT64_MAX, "18.4 EB", "213503982334601d 7h"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[32];
        text_size(out, 16, rows[i].n);
        assert_string_equal(out, rows[i].size);
        text_span(out, sizeof out, rows[i].n);
        assert_string_equal(out, rows[i].span);
    }
}

/* Every code point there is, there and back; and nothing else. */
static void utf8_takes_each_scalar_value_in_its_one_form(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10ffff; cp++) {
        char b[4];
        size_t n;
        if (cp < 0x80) {
            n = 1;
            b[0] = (char)cp;
        } else if (cp < 0x800) {
            n = 2;
            b[0] = (char)(0xc0 | cp >> 6);
        } else if (cp < 0x10000) {
            n = 3;
            b[0] = (char)(0xe0 | cp >> 12);
        } else {
            n = 4;
            b[0] = (char)(0xf0 | cp >> 18);
        }
        for (size_t i = 1; i < n; i++)
            b[i] = (char)(0x80 | (cp >> (6 * (n - 1 - i)) & 0x3f));
        uint32_t back = 0;
        const size_t got = utf8_next(b, n, &back);
        const bool surrogate = cp >= 0xd800 && cp <= 0xdfff;
        if (got != (surrogate ? 0 : n) || (!surrogate && back != cp))
            fail_msg("U+%04X: %zu bytes, U+%04X", cp, got, back);
        if (n > 1 && utf8_next(b, n - 1, &back) != 0)
            fail_msg("U+%04X: taken without its last byte", cp);
    }
}

static void utf8_refuses_what_is_none(void **state)
{
    static const char *const bad[] = {
        "\x80",             /* a continuation alone */
        "\xbf",             /* */
        "\xc0\x80",         /* overlong */
        "\xc1\xbf",         /* */
        "\xe0\x80\x80",     /* */
        "\xe0\x9f\xbf",     /* */
        "\xf0\x80\x80\x80", /* */
        "\xf0\x8f\xbf\xbf", /* */
        "\xed\xa0\x80",     /* a surrogate */
        "\xed\xbf\xbf",     /* */
        "\xf4\x90\x80\x80", /* past U+10FFFF */
        "\xf5\x80\x80\x80", /* */
        "\xf8\x88\x80\x80\x80",
        "\xff",
        "\xc3(",     /* no continuation */
        "\xe5\xb0(", /* */
        "\xe5\xb0",  /* the end is missing */
        "a\xe5\xb0", /* */
        "\xc3\xa9\xa9",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        const size_t n = strlen(bad[i]);
        char *copy = tight_copy(bad[i], n);
        if (utf8_valid(copy, n))
            fail_msg("row %zu is taken for UTF-8", i);
        free(copy);
    }
    uint32_t cp;
    assert_int_equal(utf8_next("", 0, &cp), 0);
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("a\0b", 3));
    assert_true(utf8_valid("\xf4\x8f\xbf\xbf\xee\x80\x80", 7));
}

static void plain_text_ends_at_the_first_byte_that_is_not(void **state)
{
    char text[41];
    (void)state;
    memset(text, ' ', sizeof text);
    assert_int_equal(text_plain(text, 41), 41);
    assert_int_equal(text_plain(NULL, 0), 0);
    for (int byte = 0; byte < 256; byte++)
        for (size_t at = 0; at < 17; at++) {
            const bool plain = byte >= 0x20 && byte < 0x7f;
            memset(text, plain ? 'a' : '~', 17);
            text[at] = (char)byte;
            const size_t n = text_plain(text, 17);
            if (plain ? n != 17 : n > at || n < at / 8 * 8)
                fail_msg("byte %d at %zu: %zu", byte, at, n);
        }
}

static void utf8_cuts_between_characters(void **state)
{
    static const char text[] = "a\xc3\xa9\xe5\xb0\x8f\xf0\x9f\x98\x80"; /* 1, 2, 3 and 4 bytes */
    static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    (void)state;
    for (size_t max = 0; max < COUNT(want); max++) {
        const size_t n = utf8_cut(text, 10, max);
        assert_int_equal(n, want[max]);
        assert_true(utf8_valid(text, n));
    }
    assert_int_equal(utf8_count(text, 10), 4);
    assert_int_equal(utf8_count("", 0), 0);
}

/* What would hide, reverse or move text of others (names, log lines) counts as unseen. */
static void utf8_knows_what_shows_nothing(void **state)
{
    static const uint32_t unseen[] = {
        0x00,   0x0a,   0x1b,   0x7f,   0x80,   0x9b,    0xad,    0x61c,
        0x200b, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029,  0x202a,  0x202e,
        0x2060, 0x2066, 0x2069, 0xfeff, 0xfff9, 0xe0001, 0xe0041, 0xe0100,
    };
    static const uint32_t seen[] = {0x20, 'a', 0x7e, 0xa0, 0xe9, 0x3042, 0x5c0f, 0x1f600, 0xfffd};
    (void)state;
    for (size_t i = 0; i < COUNT(unseen); i++)
        if (!utf8_unseen(unseen[i]))
            fail_msg("U+%04X counts as seen", unseen[i]);
    assert_true(utf8_shows(STR("")));
    assert_true(utf8_shows(STR("a b 小明")));
    assert_false(utf8_shows(STR("a\x1b")));
    assert_false(utf8_shows(STR("小\xe2\x80\xae明")));
    assert_false(utf8_shows(STR("a\xff")));
    for (size_t i = 0; i < COUNT(seen); i++)
        if (utf8_unseen(seen[i]))
            fail_msg("U+%04X counts as unseen", seen[i]);
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

/* Each goes before all behind it. */
static void natural_order_is_that_of_people(void **state)
{
    static const char *const names[] = {
        "",    "0",  "1",  "1a",  "2", "10",    "10.2",   "10.10",   "A",      "a",       "a b",
        "a01", "a1", "a2", "A10", "b", "file9", "file10", "file10b", "file11", "\xc3\xa9"};
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++)
        for (size_t k = 0; k < COUNT(names); k++) {
            const int want = (i > k) - (i < k);
            if (sign(text_natural(names[i], names[k])) != want)
                fail_msg("<%s> and <%s>", names[i], names[k]);
        }
    assert_int_equal(text_natural("99999999999999999999999", "99999999999999999999998") > 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_and_trims),
        cmocka_unit_test(copies_whole_or_says_so),
        cmocka_unit_test(splits_at_each_separator),
        cmocka_unit_test(splits_off_the_last),
        cmocka_unit_test(puts_numbers_in_columns),
        cmocka_unit_test(numbers_are_digits_within_a_bound),
        cmocka_unit_test(no_number_is_past_its_bound),
        cmocka_unit_test(knows_hex_and_case),
        cmocka_unit_test(sizes_and_spans_read_well),
        cmocka_unit_test(natural_order_is_that_of_people),
        cmocka_unit_test(utf8_takes_each_scalar_value_in_its_one_form),
        cmocka_unit_test(utf8_refuses_what_is_none),
        cmocka_unit_test(plain_text_ends_at_the_first_byte_that_is_not),
        cmocka_unit_test(utf8_cuts_between_characters),
        cmocka_unit_test(utf8_knows_what_shows_nothing),
    };
    return RUN(tests);
}
