/* test_http_range.c: parse/http_range: Range, and lists of entity tags. */
#include "check.h"
#include "parse/http_range.h"

/* "0+500 900+100": from and length of each. */
static void assert_ranges(const char *value, const struct http_ranges *rs, const char *want)
{
    struct buf b = {0};
    for (unsigned i = 0; i < rs->count; i++)
        buf_addf(&b, "%s%llu+%llu", i > 0 ? " " : "", (unsigned long long)rs->range[i].from,
                 (unsigned long long)rs->range[i].len);
    if (strcmp(buf_str(&b), want) != 0)
        fail_msg("row <%s>: \"%s\", not \"%s\"", value, buf_str(&b), want);
    buf_free(&b);
}

static enum range_result parse(const char *value, uint64_t size, struct http_ranges *rs)
{
    const size_t n = strlen(value);
    char *copy = tight_copy(value, n);
    const enum range_result result = http_ranges((struct str){copy, n}, size, rs);
    free(copy);
    return result;
}

static void single_ranges(void **state)
{
    static const struct {
        const char *value;
        uint64_t size;
        enum range_result want;
        uint64_t from, len;
    } rows[] = {
        {"bytes=0-499", 1000, RANGE_SOME, 0, 500},
        {"bytes=500-999", 1000, RANGE_SOME, 500, 500},
        {"bytes=500-", 1000, RANGE_SOME, 500, 500},
        {"bytes=-500", 1000, RANGE_SOME, 500, 500},
        {"bytes=-2000", 1000, RANGE_SOME, 0, 1000},
        {"bytes=0-0", 1000, RANGE_SOME, 0, 1},
        {"bytes=-1", 1000, RANGE_SOME, 999, 1},
        {"bytes=999-", 1000, RANGE_SOME, 999, 1},
        {"bytes=0-2000", 1000, RANGE_SOME, 0, 1000},
        {"BYTES=0-0", 1000, RANGE_SOME, 0, 1},
        {"bytes=000-0001", 1000, RANGE_SOME, 0, 2},
        {"bytes=0-18446744073709551615", 1000, RANGE_SOME, 0, 1000},
        {"bytes=-18446744073709551615", 1000, RANGE_SOME, 0, 1000},
        {"bytes=1-18446744073709551615", UINT64_MAX, RANGE_SOME, 1, UINT64_MAX - 1},
        {"bytes=0-", UINT64_MAX, RANGE_SOME, 0, UINT64_MAX},
        {"bytes=1000-", 1000, RANGE_WRONG, 0, 0},
        {"bytes=1000-2000", 1000, RANGE_WRONG, 0, 0},
        {"bytes=18446744073709551615-", 1000, RANGE_WRONG, 0, 0},
        {"bytes=-0", 1000, RANGE_WRONG, 0, 0},
        {"bytes=0-", 0, RANGE_WRONG, 0, 0},
        {"bytes=-5", 0, RANGE_WRONG, 0, 0},
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
        struct http_ranges rs;
        assert_row(rows[i].value, parse(rows[i].value, rows[i].size, &rs) == rows[i].want);
        if (rows[i].want == RANGE_SOME)
            assert_row(rows[i].value, rs.count == 1 && rs.range[0].from == rows[i].from &&
                                          rs.range[0].len == rows[i].len);
    }
    struct http_ranges rs;
    assert_int_equal(http_ranges((struct str){0}, 10, &rs), RANGE_NONE);
}

static void several_ranges(void **state)
{
    static const struct {
        const char *value;
        uint64_t size;
        enum range_result result;
        const char *want;
    } rows[] = {
        {"bytes=0-0,500-599", 1000, RANGE_SOME, "0+1 500+100"},
        /* In the order asked. */
        {"bytes=500-599,0-0,-1", 1000, RANGE_SOME, "500+100 0+1 999+1"},
        /* Near ones become one: 80 bytes between are not worth a part, 81 are. */
        {"bytes=0-0,2-3", 1000, RANGE_SOME, "0+4"},
        {"bytes=0-9,10-19", 1000, RANGE_SOME, "0+20"},
        {"bytes=0-9,90-99", 1000, RANGE_SOME, "0+100"},
        {"bytes=0-9,91-99", 1000, RANGE_SOME, "0+10 91+9"},
        {"bytes=90-99,0-9", 1000, RANGE_SOME, "0+100"},
        {"bytes=91-99,0-9", 1000, RANGE_SOME, "91+9 0+10"},
        {"bytes=0-499,100-200", 1000, RANGE_SOME, "0+500"},
        {"bytes=100-200,0-499", 1000, RANGE_SOME, "0+500"},
        {"bytes=0-,-1,5-7", 1000, RANGE_SOME, "0+1000"},
        {"bytes=5-5,5-5,5-5", 1000, RANGE_SOME, "5+1"},
        /* One that joins those before it comes to the first one's place. */
        {"bytes=0-9,400-409,800-809,200-409", 1000, RANGE_SOME, "0+10 200+210 800+10"},
        {"bytes=800-809,0-9,400-409,5-405", 1000, RANGE_SOME, "800+10 0+410"},
        {"bytes=0-9,400-409,200-209,800-809,-1000", 1000, RANGE_SOME, "0+1000"},
        /* Joined, it is near to another one that was not near before. */
        {"bytes=0-9,150-159,240-249,50-60", 1000, RANGE_SOME, "0+61 150+100"},
        {"bytes=300-309,0-9,150-159,80-240", 1000, RANGE_SOME, "0+310"},
        /* What is not there is left out. */
        {"bytes=0-0,1000-,500-", 1000, RANGE_SOME, "0+1 500+500"},
        {"bytes=1000-,-0,0-0", 1000, RANGE_SOME, "0+1"},
        {"bytes=1000-,-0,2000-3000", 1000, RANGE_WRONG, ""},
        {"bytes=0-0,-5", 0, RANGE_WRONG, ""},
        /* Empty elements and blanks of a list. */
        {"bytes=0-0,", 1000, RANGE_SOME, "0+1"},
        {"bytes=, ,0-0 ,\t,500-500,,", 1000, RANGE_SOME, "0+1 500+1"},
        {"bytes= 0-0", 1000, RANGE_SOME, "0+1"},
        {"bytes=,", 1000, RANGE_NONE, ""},
        {"bytes=,,,", 1000, RANGE_NONE, ""},
        /* One that is no range makes nonsense of all. */
        {"bytes=0-0,5", 1000, RANGE_NONE, NULL},
        {"bytes=0-0,9-5", 1000, RANGE_NONE, NULL},
        {"bytes=0-0,x-y", 1000, RANGE_NONE, NULL},
        {"bytes=0-0;500-500", 1000, RANGE_NONE, NULL},
        {"bytes=0-0,bytes=5-6", 1000, RANGE_NONE, NULL},
        {"bytes=0-0,18446744073709551616-", 1000, RANGE_NONE, NULL},
        {"bytes=2000-,5", 1000, RANGE_NONE, NULL},
        {"items=0-0,5-6", 1000, RANGE_NONE, NULL},
        /* Ends that cannot be counted past. */
        {"bytes=0-0,18446744073709551614-", UINT64_MAX, RANGE_SOME, "0+1 18446744073709551614+1"},
        {"bytes=1-,0-0", UINT64_MAX, RANGE_SOME, "0+18446744073709551615"},
        /* Sixteen, and one more. */
        {"bytes=0-0,100-100,200-200,300-300,400-400,500-500,600-600,700-700,800-800,900-900,1000-"
         "1000,1100-1100,1200-1200,1300-1300,1400-1400,1500-1500",
         2000, RANGE_SOME,
         "0+1 100+1 200+1 300+1 400+1 500+1 600+1 700+1 800+1 900+1 1000+1 1100+1 1200+1 1300+1 "
         "1400+1 1500+1"},
        {"bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0", 2000, RANGE_SOME,
         "0+1"},
        {"bytes=0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0,0-0", 2000,
         RANGE_NONE, NULL},
        {"bytes=9-,9-,9-,9-,9-,9-,9-,9-,9-,9-,9-,9-,9-,9-,9-,9-,9-", 5, RANGE_NONE, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct http_ranges rs;
        assert_row(rows[i].value, parse(rows[i].value, rows[i].size, &rs) == rows[i].result);
        if (rows[i].want != NULL)
            assert_ranges(rows[i].value, &rs, rows[i].want);
    }
}

/* FAULTS.md: a thousand overlapping ranges cost nothing; everything is sent. */
static void a_thousand_ranges_are_none(void **state)
{
    struct buf b = {0};
    struct http_ranges rs;
    (void)state;
    buf_adds(&b, "bytes=0-");
    for (int i = 0; i < 1300; i++)
        buf_addf(&b, ",5-%d", i + 5);
    assert_int_equal(http_ranges((struct str){buf_data(&b), b.len}, 1000, &rs), RANGE_NONE);
    buf_free(&b);
}

/* Each byte that was asked for is in exactly one range, and ranges are neither near nor beyond. */
static void chance_ranges(void **state)
{
    struct chance c = {28};
    unsigned some = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct buf b = {0};
        struct http_ranges rs;
        bool asked[2000] = {0};
        const uint64_t size = chance_below(&c, 2000) + 1;
        const size_t n = chance_below(&c, HTTP_RANGES_MAX) + 1;
        buf_adds(&b, "bytes=");
        for (size_t k = 0; k < n; k++) {
            const uint64_t from = chance_below(&c, 2000), to = from + chance_below(&c, 100);
            buf_addf(&b, "%s%llu-%llu", k > 0 ? "," : "", (unsigned long long)from,
                     (unsigned long long)to);
            for (uint64_t at = from; at <= to && at < size; at++)
                asked[at] = true;
        }
        if (parse(buf_str(&b), size, &rs) == RANGE_SOME)
            some++;
        for (unsigned k = 0; k < rs.count; k++) {
            const struct http_range *r = &rs.range[k];
            assert_row(buf_str(&b), r->len > 0 && r->from < size && r->len <= size - r->from);
            assert_row(buf_str(&b), asked[r->from] && asked[r->from + r->len - 1]);
            memset(asked + r->from, 0, r->len);
            for (unsigned l = 0; l < k; l++) {
                const struct http_range *q = &rs.range[l];
                assert_row(buf_str(&b), q->from > r->from + r->len + HTTP_RANGES_GAP ||
                                            r->from > q->from + q->len + HTTP_RANGES_GAP);
            }
        }
        for (size_t at = 0; at < COUNT(asked); at++)
            assert_row(buf_str(&b), !asked[at]);
        buf_free(&b);
    }
    assert_true(some > 10000);
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
        cmocka_unit_test(single_ranges),
        cmocka_unit_test(several_ranges),
        cmocka_unit_test(a_thousand_ranges_are_none),
        cmocka_unit_test(chance_ranges),
        cmocka_unit_test(entity_tags),
    };
    return RUN(tests);
}
