/* test_mask.c: model/mask: who is meant. */
#include "check.h"
#include "model/account.h"
#include "model/mask.h"

static struct user person(const char *name, const char *ident, const char *host)
{
    struct user u = {0};
    text_copy(u.name, sizeof u.name, name);
    assert_true(name_fold(str_of(name), u.fold));
    text_copy(u.ident, sizeof u.ident, ident);
    text_copy(u.host, sizeof u.host, host);
    return u;
}

static void masks_are_made_whole(void **state)
{
    static const struct {
        const char *given, *whole; /* NULL: there can be no such mask */
    } rows[] = {
        {"bob", "bob!*@*"},
        {"BOB", "bob!*@*"},
        {"Émile", "émile!*@*"},
        {"b@h", "*!b@h"},
        {"bob!b", "bob!b@*"},
        {"bob!b@h", "bob!b@h"},
        {"*", "*!*@*"},
        {"@h", "*!@h"},
        {"10.0.0.0/8", "10.0.0.0/8!*@*"},
        {"*@10.0.0.0/8", "*!*@10.0.0.0/8"},
        {"~a:Émile", "~a:émile"},
        {"~A:x", "~a:x"},
        {"~a:*", "~a:*"},
        {"~b@127.*", "*!~b@127.*"},
        {"~a:", NULL},
        {"", NULL},
        {":x", NULL},
        {"a b", NULL},
        {"a\x1b", NULL},
        {"a\xe2\x80\xae", NULL},
        {"\xff", NULL},
    };
    char out[MASK_BYTES_MAX], text[2 * MASK_BYTES_MAX];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const bool can = mask_whole(str_of(rows[i].given), out);
        assert_row(rows[i].given, can == (rows[i].whole != NULL));
        if (can)
            assert_string_equal(out, rows[i].whole);
    }
    memset(text, 'x', sizeof text);
    assert_false(mask_whole((struct str){text, MASK_BYTES_MAX}, out));
    assert_true(mask_whole((struct str){text, MASK_BYTES_MAX - 8}, out));
    assert_int_equal(strlen(out), MASK_BYTES_MAX - 8 + strlen("!*@*"));
}

static void masks_match_name_ident_and_host(void **state)
{
    static const struct {
        const char *mask;
        bool match;
    } rows[] = {
        {"bob!*@*", true},
        {"*!*@10.0.0.*", true},
        {"*!~b@*", true},
        {"b?b!*@*", true},
        {"*", true},
        {"*!*@*", true},
        {"bob!~b@10.0.0.7", true},
        {"bob", false},
        {"bob!*@10.0.1.*", false},
        {"bo!*@*", false},
        {"*!b@*", false},
        {"", false},
        {"*!*@10.0.0.0/8", true},
        {"bob!*@10.0.0.0/29", true},
        {"*!*@10.0.0.4/30", true},
        {"*!*@10.0.0.7/32", true},
        {"*!*@0.0.0.0/0", true},
        {"*!*@10.0.0.8/29", false},
        {"*!*@10.0.0.6/32", false},
        {"eve!*@10.0.0.0/8", false},
        {"*!*@10.0.0.0/33", false},
        {"*!*@10.0.0.0/", false},
        {"*!*@10.0.0/8", false},
        {"*!*@fe80::/10", false},
        {"~a:*", false},
    };
    struct user u = person("BoB", "~B", "10.0.0.7"), ming = person("小明", "x", "h");
    struct user six = person("six", "x", "2001:db8:0:1::7"), one = person("one", "x", "0::1");
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].mask, mask_matches(rows[i].mask, &u) == rows[i].match);
    assert_true(mask_matches("?明!*@*", &ming));
    assert_false(mask_matches("?\?\?!*@*", &ming));
    assert_false(mask_matches("*!*@0.0.0.0/0", &ming));
    assert_true(mask_matches("*!*@2001:db8::/32", &six));
    assert_true(mask_matches("*!*@2001:db8:0:1::/64", &six));
    assert_false(mask_matches("*!*@2001:db8:0:2::/63", &six));
    assert_false(mask_matches("*!*@0.0.0.0/0", &six));
    assert_true(
        mask_matches("*!*@::1/128", &one)); /* as it is shown in IRC, and as it is written */
}

static void accounts_are_matched_by_their_names(void **state)
{
    struct account a = {.fold = "émile"};
    struct user u = person("bob", "b", "h");
    (void)state;
    assert_false(mask_matches("~a:émile", &u));
    u.account = &a;
    assert_true(mask_matches("~a:émile", &u));
    assert_true(mask_matches("~a:*", &u));
    assert_true(mask_matches("~a:?mile", &u));
    assert_false(mask_matches("~a:bob", &u));
}

static void lists_of_them(void **state)
{
    struct list masks;
    struct user u = person("bob", "b", "h");
    (void)state;
    list_init(&masks);
    assert_false(masks_match(&masks, &u));
    assert_null(masks_find(&masks, "bob!*@*"));
    struct mask *m = masks_add(&masks, "bob!*@*", "eve", 7);
    assert_non_null(masks_add(&masks, "eve!*@*", "eve", 8));
    assert_ptr_equal(masks_find(&masks, "bob!*@*"), m);
    assert_true(masks_match(&masks, &u));
    masks_remove(m);
    assert_false(masks_match(&masks, &u));
    masks_free(&masks);
    assert_true(list_empty(&masks));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_are_made_whole),
        cmocka_unit_test(masks_match_name_ident_and_host),
        cmocka_unit_test(accounts_are_matched_by_their_names),
        cmocka_unit_test(lists_of_them),
    };
    return RUN(tests);
}
