/* test_dav_if.c: parse/dav_if. */
#include "check.h"
#include "parse/dav_if.h"

/* The conditions of a field, written down: "resource(" where a list begins, "!" for Not, "[etag]"
 * or "token", each with a blank; " bad" where it is malformed. */
static void write_down(const char *field, struct buf *out)
{
    const size_t n = strlen(field);
    char *copy = tight_copy(field, n);
    struct dav_if it = dav_if_begin((struct str){copy, n});
    struct dav_cond c;
    int got;
    while ((got = dav_if_next(&it, &c)) > 0) {
        if (c.first)
            buf_addf(out, "%.*s(", (int)c.resource.n, c.resource.n > 0 ? c.resource.p : "");
        buf_addf(out, "%s%s%.*s%s ", c.negated ? "!" : "", c.etag ? "[" : "", (int)c.value.n,
                 c.value.p, c.etag ? "]" : "");
    }
    if (got < 0)
        buf_adds(out, "bad");
    free(copy);
}

static void the_if_field(void **state)
{
    static const struct {
        const char *field, *want;
    } rows[] = {
        {"(<urn:a>)", "(urn:a "},
        {" ( <urn:a> ) ", "(urn:a "},
        {"(<urn:a>)(<urn:b>)", "(urn:a (urn:b "},
        {"(<urn:a> [\"e\"])", "(urn:a [\"e\"] "},
        {"([\"e\"] <urn:a>) ([\"f\"])", "([\"e\"] urn:a ([\"f\"] "},
        {"(Not <urn:a>)", "(!urn:a "},
        {"(not<urn:a> Not [\"e\"])", "(!urn:a ![\"e\"] "},
        {"([W/\"e\"])", "([W/\"e\"] "},
        {"([\"a]b\"])", "([\"a]b\"] "},
        {"</x> (<urn:a>)", "/x(urn:a "},
        {"<http://h/x>(<urn:a>)([\"e\"])", "http://h/x(urn:a http://h/x([\"e\"] "},
        {"</x> (<urn:a>) </y> (Not <urn:b>)", "/x(urn:a /y(!urn:b "},
        {"", "bad"},
        {" ", "bad"},
        {"()", "bad"},
        {"(<urn:a>", "(urn:a bad"},
        {"(<urn:a)", "bad"},
        {"<urn:a>", "bad"},
        {"</x>", "bad"},
        {"</x> <urn:a>", "bad"},
        {"(<>)", "bad"},
        {"(<urn a>)", "bad"},
        {"(Not)", "bad"},
        {"(Not Not <urn:a>)", "bad"},
        {"([e])", "bad"},
        {"([\"e])", "bad"},
        {"([\"e\")", "bad"},
        {"(<urn:a>) </x> (<urn:b>)", "(urn:a bad"}, /* all about something, or none */
        {"</x> (<urn:a>) (<urn:b>) x", "/x(urn:a /x(urn:b bad"},
        {"(<urn:a>) , (<urn:b>)", "(urn:a bad"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf got = {0};
        write_down(rows[i].field, &got);
        if (strcmp(buf_str(&got), rows[i].want) != 0)
            fail_msg("%s: %s, not %s", rows[i].field, buf_str(&got), rows[i].want);
        buf_free(&got);
    }
}

static void depths(void **state)
{
    static const char *const bad[] = {"", "2", "-1", "00", "infinite", "infinity,noroot", "1 "};
    enum dav_depth d;
    (void)state;
    assert_true(dav_depth_parse(STR("0"), &d) && d == DAV_DEPTH_0);
    assert_true(dav_depth_parse(STR("1"), &d) && d == DAV_DEPTH_1);
    assert_true(dav_depth_parse(STR("infinity"), &d) && d == DAV_DEPTH_INFINITY);
    assert_true(dav_depth_parse(STR("Infinity"), &d) && d == DAV_DEPTH_INFINITY);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_row(bad[i], !dav_depth_parse(str_of(bad[i]), &d));
}

static void timeouts(void **state)
{
    static const struct {
        const char *field;
        unsigned want;
    } rows[] = {
        {"Second-60", 60},
        {"second-1", 1},
        {"Second-0", 1},
        {"Second-3600", 3600},
        {"Second-3601", 3600},
        {"Second-4100000000", 3600},
        {"Infinite", 3600},
        {"Infinite, Second-5", 3600},
        {"Extend, Second-5", 5},
        {"Second-7, Infinite", 7},
        {"", 3600},
        {"Second-", 3600},
        {"Second-x", 3600},
        {"Second-99999999999, Second-9", 9}, /* past 32 bits: not understood */
        {"5", 3600},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].field, dav_timeout(str_of(rows[i].field), 3600) == rows[i].want);
    assert_int_equal(dav_timeout((struct str){0}, 10), 10);
}

static void coded_urls(void **state)
{
    static const char *const bad[] = {"",       "<",        "<>",    "urn:a",
                                      "<urn:a", "<urn:a> ", "<a b>", "<a<b>"};
    struct str url;
    (void)state;
    assert_true(dav_coded_url(STR("<urn:uuid:1>"), &url));
    assert_str(url, "urn:uuid:1");
    assert_false(dav_coded_url((struct str){0}, &url));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_row(bad[i], !dav_coded_url(str_of(bad[i]), &url));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_if_field),
        cmocka_unit_test(depths),
        cmocka_unit_test(timeouts),
        cmocka_unit_test(coded_urls),
    };
    return RUN(tests);
}
