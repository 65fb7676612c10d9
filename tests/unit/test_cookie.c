/* test_cookie.c: parse/cookie. */
#include "check.h"
#include "parse/cookie.h"

static void cookies_are_found(void **state)
{
    static const struct {
        const char *header, *value; /* of the cookie "s"; NULL when there is none */
    } rows[] = {
        {"s=1", "1"},
        {"s=1; t=2", "1"},
        {"t=2; s=1", "1"},
        {"a=1; s=2; b=3", "2"},
        {"a=1;s=2;b=3", "2"},
        {"a=1;  s=2", "2"},
        {"a=1;\ts=2\t", "2"},
        {" s=1 ", "1"},
        {"s=1;", "1"},
        {";s=1", "1"},
        {";; ;s=1", "1"},
        {"s=1; s=2", "1"}, /* the first */
        {"s=; s=2", ""},
        {"s=", ""},
        {"s=\"\"", ""},
        {"s=\"1\"", "1"},
        {"s=\"a b\"; t=2", "a b"},
        {"s=\" a \"", " a "},
        {"s=\"\"1\"\"", "\"1\""}, /* one pair of quotes */
        {"s=\"", "\""},
        {"s=\"1", "\"1"},
        {"s=1\"", "1\""},
        {"s=1\"2\"", "1\"2\""},
        {"s=\"a;b\"", "\"a"}, /* quotes hide no ';' */
        {"t=\"a;s=b\"", "b\""},
        {"s=a=b", "a=b"},
        {"s==", "="},
        {"s=%31", "%31"}, /* nothing is decoded */
        {"s=a,b", "a,b"},
        {"s=\xe5\xb0\x8f", "\xe5\xb0\x8f"},
        {"ss=1; s=2", "2"},
        {"xs=1; s=2", "2"},
        {"S=1; s=2", "2"},
        {"s; s=2", "2"}, /* without '=': no name */
        {"=s; s=2", "2"},
        {"$Version=1; s=2", "2"},
        {"", NULL},
        {";", NULL},
        {" ", NULL},
        {"=", NULL},
        {"s", NULL},
        {"=1", NULL},
        {"S=1", NULL},
        {"ss=1", NULL},
        {"t=s", NULL},
        {"t=s=1", NULL},
        {"t=1, s=2", NULL}, /* ',' parts nothing */
        {"s =1", NULL},
        {"\"s\"=1", NULL},
        {"t=1 s=2", NULL},
        {"s:1", NULL},
        {"\ns=1", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].header);
        char *copy = tight_copy(rows[i].header, n);
        const struct str got = cookie_find((struct str){copy, n}, "s");
        if (rows[i].value == NULL)
            assert_row(rows[i].header, got.p == NULL && got.n == 0);
        else
            assert_row(rows[i].header, str_is(got, rows[i].value));
        free(copy);
    }
}

static void names_are_compared_whole(void **state)
{
    static const char header[] = "agentd=1; agentd_session=2; agentd_session_x=3; session=4";
    (void)state;
    assert_str(cookie_find(STR(header), "agentd_session"), "2");
    assert_str(cookie_find(STR(header), "agentd"), "1");
    assert_str(cookie_find(STR(header), "session"), "4");
    assert_null(cookie_find(STR(header), "agentd_").p);
    assert_null(cookie_find(STR("a\0b=1"), "a").p);
    assert_null(cookie_find((struct str){0}, "a").p);
}

static void the_value_lies_in_the_field(void **state)
{
    static const char header[] = "a=\"xyz\"";
    (void)state;
    assert_ptr_equal(cookie_find(STR(header), "a").p, header + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies_are_found),
        cmocka_unit_test(names_are_compared_whole),
        cmocka_unit_test(the_value_lies_in_the_field),
    };
    return RUN(tests);
}
