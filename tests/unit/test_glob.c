/* test_glob.c: base/glob. */
#include "base/glob.h"
#include "check.h"

static void matches_whole_names(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool match;
    } rows[] = {
        {"", "", true},
        {"", "a", false},
        {"a", "", false},
        {"*", "", true},
        {"*", "anything", true},
        {"**", "", true},
        {"?", "", false},
        {"?", "a", true},
        {"?", "ab", false},
        {"?", "\xe5\xb0\x8f", true}, /* one character */
        {"??", "\xe5\xb0\x8f\xe6\x98\x8e", true},
        {"???", "\xe5\xb0\x8f\xe6\x98\x8e", false},
        {"?", "\xff", true}, /* a stray byte is one, too */
        {"*.txt", "a.txt", true},
        {"*.txt", ".txt", true},
        {"*.txt", "a.txt.gz", false},
        {"a*b*c", "aXbYc", true},
        {"a*b*c", "abc", true},
        {"a*b*c", "acb", false},
        {"*ab", "aab", true},
        {"*aab", "aaab", true},
        {"a*", "b", false},
        {"[a]", "a", false}, /* brackets mean themselves */
        {"[a]", "[a]", true},
        {"\\*", "*", false}, /* so does a backslash */
        {"\\*", "\\x", true},
        {"*!*@127.0.0.1", "bob!ident@127.0.0.1", true},
        {"*!*@127.0.0.1", "bob!ident@127.0.0.10", false},
        {"A", "a", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].pattern,
                   glob_match(str_of(rows[i].pattern), str_of(rows[i].name)) == rows[i].match);
    assert_true(glob_match((struct str){"a*", 2}, (struct str){"a\0b", 3}));
}

static void knows_magic(void **state)
{
    (void)state;
    assert_true(glob_has_magic(STR("a*")));
    assert_true(glob_has_magic(STR("?")));
    assert_false(glob_has_magic(STR("plain[1].txt")));
    assert_false(glob_has_magic(STR("")));
}

/* The plainest matcher there is, exponential as it may be. */
static bool plain_match(const char *p, const char *s)
{
    if (*p == '\0')
        return *s == '\0';
    if (*p == '*')
        return plain_match(p + 1, s) || (*s != '\0' && plain_match(p, s + 1));
    return *s != '\0' && (*p == '?' || *p == *s) && plain_match(p + 1, s + 1);
}

static void agrees_with_the_plainest_matcher(void **state)
{
    struct chance c = {7};
    unsigned matches = 0;
    (void)state;
    for (int i = 0; i < 100000; i++) {
        char pattern[8], name[10];
        const size_t p = chance_below(&c, sizeof pattern), n = chance_below(&c, sizeof name);
        for (size_t k = 0; k < p; k++)
            pattern[k] = "ab*?"[chance_below(&c, 4)];
        for (size_t k = 0; k < n; k++)
            name[k] = "ab"[chance_below(&c, 2)];
        pattern[p] = name[n] = '\0';
        const bool got = glob_match((struct str){pattern, p}, (struct str){name, n});
        if (got != plain_match(pattern, name))
            fail_msg("<%s> <%s>: %d", pattern, name, got);
        matches += got;
    }
    assert_true(matches > 1000);
}

/* a*a*a*...b against aaaa...: hours for a matcher that tries every star again. */
static void a_hostile_pattern_ends(void **state)
{
    char pattern[400], name[4096];
    (void)state;
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = i % 2 == 0 ? 'a' : '*';
    memset(name, 'a', sizeof name);
    pattern[sizeof pattern - 1] = 'b';
    assert_false(
        glob_match((struct str){pattern, sizeof pattern}, (struct str){name, sizeof name}));
    pattern[sizeof pattern - 1] = '*';
    assert_true(glob_match((struct str){pattern, sizeof pattern}, (struct str){name, sizeof name}));
}

static void steps_are_counted_and_bounded(void **state)
{
    char pattern[128], name[255];
    uint64_t steps = 1000000;
    (void)state;
    assert_true(glob_match_within(STR("*.txt"), STR("a.txt"), &steps));
    assert_true(steps < 1000000 && steps > 1000000 - 20);
    /* The worst there is costs half of the name times half of the name. */
    memset(pattern, 'a', sizeof pattern);
    memset(name, 'a', sizeof name);
    pattern[0] = '*';
    pattern[sizeof pattern - 1] = 'b';
    const struct str p = {pattern, sizeof pattern}, n = {name, sizeof name};
    steps = 1000000;
    assert_false(glob_match_within(p, n, &steps));
    assert_true(steps < 1000000 - 10000 && steps > 1000000 - 20000);
    pattern[sizeof pattern - 1] = '*';
    steps = 100;
    assert_false(glob_match_within(p, n, &steps));
    assert_int_equal(steps, 0);
    assert_false(glob_match_within(STR("*"), STR("a"), &steps));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches_whole_names),
        cmocka_unit_test(knows_magic),
        cmocka_unit_test(agrees_with_the_plainest_matcher),
        cmocka_unit_test(a_hostile_pattern_ends),
        cmocka_unit_test(steps_are_counted_and_bounded),
    };
    return RUN(tests);
}
