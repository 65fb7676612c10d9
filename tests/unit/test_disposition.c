/* test_disposition.c: parse/disposition. */
#include "check.h"
#include "parse/disposition.h"

static const struct {
    const char *field, *name; /* NULL: there is none */
} rows[] = {
    {"attachment; filename=plan.pdf", "plan.pdf"},
    {"attachment; filename=\"plan b.pdf\"", "plan b.pdf"},
    {"attachment;filename=\"a\\\"b\\\\c.txt\"", "c.txt"}, /* a backslash parts folders, too */
    {"attachment; FileName=x", "x"},
    {"inline; size=3; filename = x ; y=z", "x"},
    {"attachment; filename=old.txt; filename*=UTF-8''na%C3%AFve%20plan.txt", "naïve plan.txt"},
    {"attachment; filename*=utf-8'en'%E5%B0%8F%E6%98%8E.png; filename=x.png", "小明.png"},
    {"attachment; filename*=ISO-8859-1''%E4.txt; filename=ae.txt", "ae.txt"},
    {"attachment; filename*=UTF-8''%zz; filename=x", "x"},
    {"attachment; filename*=UTF-8''%e4; filename=x", "x"}, /* no UTF-8 */
    {"attachment; filename*=UTF-8''a%00b; filename=x", "x"},
    {"attachment; filename*=\"UTF-8''a\"; filename=x", "x"},
    {"attachment; filename=\"../../etc/passwd\"", "passwd"},
    {"attachment; filename=\"C:\\\\dir\\\\x.txt\"", "x.txt"},
    {"attachment; filename*=UTF-8''..%2F..%2Fx", "x"},
    {"attachment; filename=.hidden", ".hidden"},
    {"attachment; filename=\"semi;colon\"; x=y", "semi;colon"},
    {"form-data; name=\"filename=y\"; filename=x", "x"},
    {"attachment", NULL},
    {"", NULL},
    {"attachment;", NULL},
    {"attachment; filename", NULL},
    {"attachment; filename=", NULL},
    {"attachment; filename=\"\"", NULL},
    {"attachment; filename=\"a", NULL},
    {"attachment; filename=\"a\\", NULL},
    {"attachment; filename=\"folder/\"", NULL},
    {"attachment; filename=\"a\x01z\"", NULL},
    {"attachment; filename=\"\xff\"", NULL},
    {"attachment; filename*=UTF-8'x", NULL},
};

static void names_are_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[FILE_NAME_MAX + 1];
        char *copy = tight_copy(rows[i].field, strlen(rows[i].field));
        const bool found = disposition_name((struct str){copy, strlen(rows[i].field)}, out);
        assert_row(rows[i].field, found == (rows[i].name != NULL));
        if (found)
            assert_string_equal(out, rows[i].name);
        free(copy);
    }
}

static void no_name_is_longer_than_a_file_s(void **state)
{
    (void)state;
    char field[400], out[FILE_NAME_MAX + 1];
    for (int n = FILE_NAME_MAX; n <= FILE_NAME_MAX + 1; n++) {
        snprintf(field, sizeof field, "attachment; filename=%0*d", n, 0);
        assert_int_equal(disposition_name(str_of(field), out), n == FILE_NAME_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(no_name_is_longer_than_a_file_s),
    };
    return RUN(tests);
}
