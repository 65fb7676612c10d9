/* test_lgp_msg.c: parse/lgp_msg. */
#include "check.h"
#include "parse/lgp_msg.h"

static void requests(void **state)
{
    static const struct {
        const char *text;
        char verb;
        const char *name;
    } rows[] = {
        {"L", 'L', ""},
        {"L\n", 'L', ""},
        {"L\r\n", 'L', ""},
        {"L\r", 'L', ""},
        {"L x", 'L', "x"},
        {"Q", 'Q', ""},
        {"G a.txt", 'G', "a.txt"},
        {"G a.txt\r\n", 'G', "a.txt"},
        {"G dir a.txt", 'G', "a.txt"}, /* what follows the last space */
        {"G  a", 'G', "a"},
        {"G a ", 'G', ""},
        {"G", 'G', ""},
        {"G ", 'G', ""},
        {"G\n", 'G', ""},
        {"P", 'P', "P"}, /* a bare P takes the name P */
        {"P\r\n", 'P', "P"},
        {"P ", 'P', ""},
        {"P \n", 'P', ""},
        {"P up.bin", 'P', "up.bin"},
        {"P ../x", 'P', "../x"}, /* the front-end refuses it */
        {"G \xe5\xb0\x8f\xe6\x98\x8e.txt", 'G', "\xe5\xb0\x8f\xe6\x98\x8e.txt"},
        {"G \xff", 'G', "\xff"},
        {"G a\n\n", 'G', "a\n"}, /* one line end is dropped */
        {"", 0, ""},
        {"\n", 0, ""},
        {"\r\n", 0, ""},
        {" ", 0, ""},
        {"X a", 0, ""},
        {"g a", 0, ""},
        {"Get a", 0, ""},
        {"LG", 0, ""},
        {"Pa", 0, ""},
        {"L\ta", 0, ""},
        {" L", 0, ""},
        {"##", 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].text);
        char *copy = tight_copy(rows[i].text, n);
        struct lgp_msg m;
        memset(&m, 0xa5, sizeof m);
        lgp_msg_parse(&m, (struct str){copy, n});
        assert_row(rows[i].text, m.verb == rows[i].verb);
        assert_str(m.name, rows[i].name);
        free(copy);
    }
}

static void a_nul_is_no_end(void **state)
{
    struct lgp_msg m;
    (void)state;
    lgp_msg_parse(&m, (struct str){"\0", 1});
    assert_int_equal(m.verb, 0);
    lgp_msg_parse(&m, (struct str){"\0 a", 3});
    assert_int_equal(m.verb, 0);
    lgp_msg_parse(&m, (struct str){"G a\0b", 5});
    assert_int_equal(m.verb, 'G');
    assert_int_equal(m.name.n, 3); /* whole, so that it is not taken for "a" */
    lgp_msg_parse(&m, (struct str){"L\0", 2});
    assert_int_equal(m.verb, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(a_nul_is_no_end),
    };
    return RUN(tests);
}
