/* test_host.c: parse/host. */
#include "check.h"
#include "parse/host.h"

static void the_host_of_an_authority(void **state)
{
    static const struct {
        const char *authority, *host;
    } rows[] = {
        {"", ""},
        {"a", "a"},
        {"a:80", "a"},
        {"a:", "a"},
        {":80", ""},
        {"a.example", "a.example"},
        {"a.example.", "a.example"},
        {"a.example.:8000", "a.example"},
        {"a.example..", "a.example."}, /* which no list has */
        {".", "."},
        {"A.Example:1", "A.Example"},
        {"127.0.0.1", "127.0.0.1"},
        {"127.0.0.1:80", "127.0.0.1"},
        {"[::1]", "[::1]"},
        {"[::1]:80", "[::1]"},
        {"[::1]:", "[::1]"},
        {"[fe80::1:2]:8000", "[fe80::1:2]"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].authority);
        char *copy = tight_copy(rows[i].authority, n);
        assert_str(host_of((struct str){copy, n}), rows[i].host);
        free(copy);
    }
    assert_int_equal(host_of((struct str){0}).n, 0);
}

static void what_may_be_listed(void **state)
{
    static const char *const good[] = {
        "a",         "a.example",        "A.Example",     "a.example.", "*.example", "*.a.example.",
        "xn--a",     "a-b.c_d",          "1.example",     "127.0.0.1",  "localhost", "[::1]",
        "[fe80::1]", "[::ffff:1.2.3.4]", "a.b.c.d.e.f.g",
    };
    static const char *const bad[] = {
        "",
        "*",
        "*.",
        ".",
        "a..b",
        ".a",
        "*a.example",
        "a.*.example",
        "a.*",
        "a:80",
        "[::1]:80",
        "::1",
        "[::1",
        "[]",
        "[a]",
        "[g::1]",
        "a/b",
        "http://a",
        "a,b",
        "*.*.a",
        "a.b..",
        "a b",
        "\xc3\xa4.example",
        "[::1]x",
        "**.a",
        "a@b",
        "a%2e",
        "*..a",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_row(good[i], host_may_be_listed(str_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_row(bad[i], !host_may_be_listed(str_of(bad[i])));
    char name[300];
    memset(name, 'a', sizeof name);
    assert_true(host_may_be_listed((struct str){name, 63}));
    assert_false(host_may_be_listed((struct str){name, 64}));
    for (size_t i = 3; i < sizeof name; i += 4)
        name[i] = '.';
    assert_true(host_may_be_listed((struct str){name, 255}));
    assert_false(host_may_be_listed((struct str){name, 259}));
}

static void lists_have_hosts(void **state)
{
    const size_t whole = SIZE_MAX;
    const struct {
        const char *list, *host;
        size_t fits;
    } rows[] = {
        {"", "a", 0},
        {"a", "", 0},
        {"a", "a", whole},
        {"a", "A", whole},
        {"A.Example", "a.eXAMPLE", whole},
        {"a", "ab", 0},
        {"ab", "a", 0},
        {"a.example b.example", "b.example", whole},
        {"  a.example   b.example ", "b.example", whole},
        {"a.example.", "a.example", whole},
        {"a.example", "b.example", 0},
        {"*.example", "a.example", 9},
        {"*.example", "A.EXAMPLE", 9},
        {"*.example", "a.b.example", 9},
        {"*.example", "example", 0},
        {"*.example", ".example", 0},
        {"*.example", "aexample", 0},
        {"*.example", "a.example.org", 0},
        {"*.example *.b.example", "a.b.example", 11}, /* the longest, wherever it stands */
        {"*.b.example *.example", "a.b.example", 11},
        {"*.b.example a.b.example", "a.b.example", whole},
        {"[::1] 127.0.0.1", "[::1]", whole},
        {"[::1] 127.0.0.1", "127.0.0.1", whole},
        {"[FE80::1]", "[fe80::1]", whole},
        {"127.0.0.1", "127.0.0.10", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].host);
        char *copy = tight_copy(rows[i].host, n);
        if (host_listed(rows[i].list, (struct str){copy, n}) != rows[i].fits)
            fail_msg("<%s> in <%s>", rows[i].host, rows[i].list);
        free(copy);
    }
}

static void lists_are_compared(void **state)
{
    (void)state;
    assert_str(host_shared("a b c", "d C"), "c");
    assert_str(host_shared("a b.", "B"), "b");
    assert_str(host_shared("*.a", "x *.A"), "*.a");
    assert_null(host_shared("*.a b", "x.a *.b").p); /* the better one holds */
    assert_null(host_shared("", "").p);
    assert_null(host_shared("a", "").p);
    assert_str(host_first("*.a  b.a. c"), "b.a");
    assert_str(host_first("[::1]"), "[::1]");
    assert_null(host_first("*.a").p);
    assert_null(host_first("").p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_host_of_an_authority),
        cmocka_unit_test(what_may_be_listed),
        cmocka_unit_test(lists_have_hosts),
        cmocka_unit_test(lists_are_compared),
    };
    return RUN(tests);
}
