/* test_irc_tags.c: parse/irc_tags. */
#include "check.h"
#include "parse/irc_tags.h"

static void tags_are_taken_apart(void **state)
{
    struct str rest = STR("a=1;;b;+c=x\\sy;=z;d=");
    struct irc_tag t;
    (void)state;
    static const char *const want[][2] = {
        {"a", "1"}, {"b", ""}, {"+c", "x\\sy"}, {"", "z"}, {"d", ""}};
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_true(irc_tags_next(&rest, &t));
        assert_true(str_eq(t.key, want[i][0]));
        assert_true(str_eq(t.value, want[i][1]));
    }
    assert_false(irc_tags_next(&rest, &t));
}

static void values_are_unescaped(void **state)
{
    static const struct {
        const char *tags, *key, *want; /* NULL: there is none */
    } rows[] = {
        {"label=abc", "label", "abc"},
        {"label=a\\:b\\sc\\\\d\\re\\nf", "label", "a;b c\\d\re\nf"},
        {"label=a\\qb\\", "label", "aqb"},
        {"label=1;label=2", "label", "2"}, /* the last one counts */
        {"label", "label", ""},
        {"label=", "label", ""},
        {"labels=1;+label=2", "label", NULL},
        {"", "label", NULL},
        {"label=0123456789", "label", "0123456"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[8] = "?";
        char *copy = tight_copy(rows[i].tags, strlen(rows[i].tags));
        const struct str tags = {copy, strlen(rows[i].tags)};
        char wide[64];
        const bool found = irc_tags_find(tags, rows[i].key, wide, sizeof wide);
        assert_row(rows[i].tags, found == (rows[i].want != NULL));
        if (found && strlen(rows[i].want) > 7) {
            assert_string_equal(wide, rows[i].want);
        } else if (found) {
            assert_true(irc_tags_find(tags, rows[i].key, out, sizeof out));
            assert_string_equal(out, rows[i].want);
        }
        free(copy);
    }
}

static void only_clients_tags_go_on(void **state)
{
    static const struct {
        const char *tags, *want;
    } rows[] = {
        {"+typing=active", "+typing=active"},
        {"label=1;+typing=active;time=now;+draft/reply=ab", "+typing=active;+draft/reply=ab"},
        {"+example.org/x-1=a\\sb", "+example.org/x-1=a\\sb"},
        {"+a;+b=", "+a;+b"},
        {"+;+/a;+a/;+a.b;+a/b/c;+a_b;+\xe5\xb0\x8f;+a/b.c", ""},
        {"typing=active", ""},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = {0};
        irc_tags_add_client(&b, str_of(rows[i].tags));
        assert_buf(&b, rows[i].want);
    }
}

static void what_is_escaped_comes_back(void **state)
{
    struct buf b = {0};
    char out[32];
    (void)state;
    buf_adds(&b, "label=");
    irc_tags_escape(&b, STR("a;b c\\d\r\ne"));
    assert_true(irc_tags_find((struct str){buf_data(&b), b.len}, "label", out, sizeof out));
    assert_string_equal(out, "a;b c\\d\r\ne");
    assert_buf(&b, "label=a\\:b\\sc\\\\d\\r\\ne");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_taken_apart),
        cmocka_unit_test(values_are_unescaped),
        cmocka_unit_test(only_clients_tags_go_on),
        cmocka_unit_test(what_is_escaped_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
