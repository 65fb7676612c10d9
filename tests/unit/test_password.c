/* test_password.c: base/password. */
#include "base/password.h"

#include "check.h"

static void a_hash_fits_its_password_alone(void **state)
{
    (void)state;
    char one[HASH_MAX], two[HASH_MAX];
    assert_true(password_hash("correct horse", one));
    assert_true(password_hash("correct horse", two));
    assert_string_not_equal(one, two); /* the salt */
    assert_true(password_is_hash(one));
    assert_int_equal(strncmp(one, "$y$", 3), 0);
    assert_true(password_check("correct horse", one));
    assert_true(password_check("correct horse", two));
    assert_false(password_check("correct hors", one));
    assert_false(password_check("", one));
}

static void nobody_s_hash_fits_nothing(void **state)
{
    (void)state;
    assert_true(password_is_hash(password_nobody));
    assert_false(password_check("", password_nobody));
    assert_false(password_check("nobody", password_nobody));
}

static void other_text_is_no_hash(void **state)
{
    (void)state;
    static const char *const rows[] = {"", "x", "*", "!", "secret", "$", "$zz$abc", "ab12"};
    char made[HASH_MAX];
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i], !password_is_hash(rows[i]));
    memset(made, '$', sizeof made - 1);
    made[sizeof made - 1] = '\0';
    assert_false(password_is_hash(made));
    assert_false(password_check("x", "*"));
    assert_false(password_check("x", ""));
    assert_false(password_check("x", "$y$"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_fits_its_password_alone),
        cmocka_unit_test(nobody_s_hash_fits_nothing),
        cmocka_unit_test(other_text_is_no_hash),
    };
    return RUN(tests);
}
