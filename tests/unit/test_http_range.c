/* test_http_range.c: parse/http_range: Range, and lists of entity tags. */
#include "check.h"
#include "parse/http_range.h"

static void ranges(void **state)
{
    static const struct {
        const char *value;
        uint64_t size;
        enum range_result want;
        uint64_t from, len;
    } rows[] = {
        {"bytes=0-499", 1000, RANGE_ONE, 0, 500},
        {"bytes=500-999", 1000, RANGE_ONE, 500, 500},
        {"bytes=500-", 1000, RANGE_ONE, 500, 500},
        {"bytes=-500", 1000, RANGE_ONE, 500, 500},
        {"bytes=-2000", 1000, RANGE_ONE, 0, 1000},
        {"bytes=0-0", 1000, RANGE_ONE, 0, 1},
        {"bytes=-1", 1000, RANGE_ONE, 999, 1},
        {"bytes=999-", 1000, RANGE_ONE, 999, 1},
        {"bytes=0-2000", 1000, RANGE_ONE, 0, 1000},
        {"BYTES=0-0", 1000, RANGE_ONE, 0, 1},
        {"bytes=000-0001", 1000, RANGE_ONE, 0, 2},
        {"bytes=0-18446744073709551615", 1000, RANGE_ONE, 0, 1000},
        {"bytes=-18446744073709551615", 1000, RANGE_ONE, 0, 1000},
        {"bytes=1-18446744073709551615", UINT64_MAX, RANGE_ONE, 1, UINT64_MAX - 1},
        {"bytes=0-", UINT64_MAX, RANGE_ONE, 0, UINT64_MAX},
        {"bytes=1000-", 1000, RANGE_WRONG, 0, 0},
        {"bytes=1000-2000", 1000, RANGE_WRONG, 0, 0},
        {"bytes=18446744073709551615-", 1000, RANGE_WRONG, 0, 0},
        {"bytes=-0", 1000, RANGE_WRONG, 0, 0},
        {"bytes=0-", 0, RANGE_WRONG, 0, 0},
        {"bytes=-5", 0, RANGE_WRONG, 0, 0},
        {"bytes=0-0,2-3", 1000, RANGE_MANY, 0, 0},
        {"bytes=0-0,", 1000, RANGE_MANY, 0, 0},
        {"bytes=5-2", 1000, RANGE_NONE, 0, 0},
        {"bytes=", 1000, RANGE_NONE, 0, 0},
        {"bytes=-", 1000, RANGE_NONE, 0, 0},
        {"bytes=5", 1000, RANGE_NONE, 0, 0},
        {"bytes=a-b", 1000, RANGE_NONE, 0, 0},
        {"bytes=0-5x", 1000, RANGE_NONE, 0, 0},
        {"bytes=+0-5", 1000, RANGE_NONE, 0, 0},
        {"bytes=--5", 1000, RANGE_NONE, 0, 0},
        {"bytes=0--5", 1000, RANGE_NONE, 0, 0},
        {"bytes=0 - 5", 1000, RANGE_NONE, 0, 0},
        {"bytes 0-5", 1000, RANGE_NONE, 0, 0},
        {"chars=0-5", 1000, RANGE_NONE, 0, 0},
        {"", 1000, RANGE_NONE, 0, 0},
        /* Past 64 bits (CVE-2017-7529): never a range made of what is left of the number. */
        {"bytes=0-18446744073709551616", 1000, RANGE_NONE, 0, 0},
        {"bytes=18446744073709551616-", 1000, RANGE_NONE, 0, 0},
        {"bytes=-18446744073709551616", 1000, RANGE_NONE, 0, 0},
        {"bytes=-99999999999999999999999", 1000, RANGE_NONE, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].value);
        char *copy = tight_copy(rows[i].value, n);
        uint64_t from = 4711, len = 4711;
        assert_row(rows[i].value,
                   http_range((struct str){copy, n}, rows[i].size, &from, &len) == rows[i].want);
        if (rows[i].want == RANGE_ONE)
            assert_row(rows[i].value, from == rows[i].from && len == rows[i].len);
        free(copy);
    }
    uint64_t from, len;
    assert_int_equal(http_range((struct str){0}, 10, &from, &len), RANGE_NONE);
}

/* FAULTS.md: a thousand overlapping ranges cost nothing; everything is sent. */
static void a_thousand_ranges_are_none(void **state)
{
    struct buf b = {0};
    uint64_t from, len;
    (void)state;
    buf_adds(&b, "bytes=0-");
    for (int i = 0; i < 1300; i++)
        buf_addf(&b, ",5-%d", i);
    assert_int_equal(http_range((struct str){buf_data(&b), b.len}, 1000, &from, &len), RANGE_MANY);
    buf_free(&b);
}

static void no_range_leaves_the_file(void **state)
{
    struct chance c = {28};
    unsigned ones = 0;
    (void)state;
    for (int i = 0; i < 50000; i++) {
        char value[80];
        const uint64_t a = chance_next(&c) >> chance_below(&c, 64);
        const uint64_t b = chance_next(&c) >> chance_below(&c, 64);
        const uint64_t size = chance_next(&c) >> chance_below(&c, 64);
        const size_t f = chance_below(&c, 3);
        if (f == 0)
            snprintf(value, sizeof value, "bytes=%llu-%llu", (unsigned long long)a,
                     (unsigned long long)b);
        else
            snprintf(value, sizeof value, f == 1 ? "bytes=%llu-" : "bytes=-%llu",
                     (unsigned long long)a);
        uint64_t from = 0, len = 0;
        if (http_range(str_of(value), size, &from, &len) == RANGE_ONE) {
            ones++;
            assert_row(value, len > 0 && from < size && len <= size - from);
        }
    }
    assert_true(ones > 1000);
}

static void entity_tags(void **state)
{
    static const struct {
        const char *list, *etag;
        bool strong, weak;
    } rows[] = {
        {"*", "\"a\"", true, true},
        {" * ", "\"a\"", true, true},
        {"\"a\"", "\"a\"", true, true},
        {"\"b\"", "\"a\"", false, false},
        {"\"b\", \"a\"", "\"a\"", true, true},
        {"\"b\",\"a\"", "\"a\"", true, true},
        {", ,\"b\" ,\t\"a\",", "\"a\"", true, true},
        {"W/\"a\"", "\"a\"", false, true},
        {"W/\"b\", W/\"a\"", "\"a\"", false, true},
        {"W/\"b\", \"a\"", "\"a\"", true, true},
        {"\"a,b\"", "\"a,b\"", true, true},      /* a comma within is no separator */
        {"\"x\\\", \"a\"", "\"a\"", true, true}, /* nor is a backslash an escape */
        {"\"\"", "\"\"", true, true},
        {"\"aa\"", "\"a\"", false, false},
        {"\"A\"", "\"a\"", false, false},
        {"w/\"a\"", "\"a\"", false, false},
        {"a", "\"a\"", false, false},
        {"\"a", "\"a\"", false, false},
        {"a\"", "\"a\"", false, false},
        {"\"", "\"a\"", false, false},
        {"W/", "\"a\"", false, false},
        {"W/a", "\"a\"", false, false},
        {"**", "\"a\"", false, false},
        {"", "\"a\"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].list);
        char *copy = tight_copy(rows[i].list, n);
        const struct str list = {copy, n}, etag = str_of(rows[i].etag);
        assert_row(rows[i].list, http_etag_in(list, etag, false) == rows[i].strong);
        assert_row(rows[i].list, http_etag_in(list, etag, true) == rows[i].weak);
        free(copy);
    }
    assert_false(http_etag_in((struct str){0}, STR("\"a\""), true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges),
        cmocka_unit_test(a_thousand_ranges_are_none),
        cmocka_unit_test(no_range_leaves_the_file),
        cmocka_unit_test(entity_tags),
    };
    return RUN(tests);
}
