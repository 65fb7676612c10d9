/* test_token.c: model/token. */
#include "check.h"
#include "model/token.h"

static struct tokens tokens;

static struct account *account(void)
{
    struct account *a = calloc(1, sizeof *a);
    assert_non_null(a);
    a->refs = 1;
    return a;
}

static int set_up(void **state)
{
    (void)state;
    tokens_init(&tokens);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tokens_free(&tokens);
    return 0;
}

static void a_token_stands_for_its_account_for_a_while(void **state)
{
    (void)state;
    struct account *a = account();
    char one[TOKEN_TEXT_MAX], two[TOKEN_TEXT_MAX];
    assert_true(token_new(&tokens, a, 100, one));
    assert_true(token_new(&tokens, a, 200, two));
    assert_int_equal(strlen(one), TOKEN_TEXT_MAX - 1);
    assert_string_not_equal(one, two);
    assert_ptr_equal(token_find(&tokens, str_of(one), 99), a);
    assert_null(token_find(&tokens, str_of(one), 100));
    assert_null(token_find(&tokens, str_of(one), 99)); /* it is gone now */
    assert_ptr_equal(token_find(&tokens, str_of(two), 100), a);
    account_unref(a);
}

static void nothing_else_is_a_token(void **state)
{
    (void)state;
    struct account *a = account();
    char one[TOKEN_TEXT_MAX], other[TOKEN_TEXT_MAX];
    assert_true(token_new(&tokens, a, 100, one));
    text_copy(other, sizeof other, one);
    other[7] = other[7] == 'x' ? 'y' : 'x';
    assert_null(token_find(&tokens, str_of(other), 1));
    assert_null(token_find(&tokens, STR(""), 1));
    assert_null(token_find(&tokens, (struct str){one, TOKEN_TEXT_MAX - 2}, 1));
    assert_null(token_find(&tokens, (struct str){NULL, 0}, 1));
    token_drop(&tokens, str_of(other));
    assert_non_null(token_find(&tokens, str_of(one), 1));
    token_drop(&tokens, str_of(one));
    assert_null(token_find(&tokens, str_of(one), 1));
    account_unref(a);
}

static void what_ends_an_account_s_logins_ends_its_tokens(void **state)
{
    (void)state;
    struct account *a = account();
    char text[4][TOKEN_TEXT_MAX];
    for (size_t i = 0; i < COUNT(text); i++)
        assert_true(token_new(&tokens, a, 100, text[i]));
    a->generation++;
    assert_null(token_find(&tokens, str_of(text[0]), 1));
    a->generation--;
    a->disabled = true;
    assert_null(token_find(&tokens, str_of(text[1]), 1));
    a->disabled = false;
    assert_ptr_equal(token_find(&tokens, str_of(text[2]), 1), a);
    a->gone = true;
    assert_null(token_find(&tokens, str_of(text[3]), 1));
    account_unref(a); /* the token that is left holds it still */
}

static void the_oldest_of_an_account_makes_room(void **state)
{
    (void)state;
    struct account *a = account(), *b = account();
    char first[TOKEN_TEXT_MAX], second[TOKEN_TEXT_MAX], last[TOKEN_TEXT_MAX];
    char others[TOKEN_TEXT_MAX];
    assert_true(token_new(&tokens, b, 100, others));
    assert_true(token_new(&tokens, a, 100, first));
    assert_true(token_new(&tokens, a, 100, second));
    for (int i = 2; i <= TOKENS_OF_MAX; i++)
        assert_true(token_new(&tokens, a, 100, last));
    assert_null(token_find(&tokens, str_of(first), 1));
    assert_non_null(token_find(&tokens, str_of(second), 1));
    assert_non_null(token_find(&tokens, str_of(last), 1));
    assert_non_null(token_find(&tokens, str_of(others), 1)); /* older, but somebody else's */
    account_unref(a);
    account_unref(b);
}

static void the_oldest_of_all_makes_room(void **state)
{
    (void)state;
    struct account *a[TOKENS_MAX / TOKENS_OF_MAX + 1];
    char first[TOKEN_TEXT_MAX], second[TOKEN_TEXT_MAX], last[TOKEN_TEXT_MAX];
    for (size_t i = 0; i < COUNT(a); i++)
        a[i] = account();
    assert_true(token_new(&tokens, a[0], 100, first));
    assert_true(token_new(&tokens, a[0], 100, second));
    for (int i = 2; i <= TOKENS_MAX; i++)
        assert_true(token_new(&tokens, a[i / TOKENS_OF_MAX], 100, last));
    assert_int_equal(tokens.by_text.count, TOKENS_MAX);
    assert_null(token_find(&tokens, str_of(first), 1));
    assert_non_null(token_find(&tokens, str_of(second), 1));
    assert_non_null(token_find(&tokens, str_of(last), 1));
    for (size_t i = 0; i < COUNT(a); i++)
        account_unref(a[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_stands_for_its_account_for_a_while, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nothing_else_is_a_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_ends_an_account_s_logins_ends_its_tokens, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_of_an_account_makes_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_oldest_of_all_makes_room, set_up, tear_down),
    };
    return RUN(tests);
}
