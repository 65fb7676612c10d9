/* test_ftp_ls.c: parse/ftp_ls: the options of ls. */
#include "check.h"
#include "parse/ftp_ls.h"

static void options_come_before_the_name(void **state)
{
    static const struct {
        const char *arg, *name;
        struct ftp_ls ls;
    } rows[] = {
        {"", "", {0}},
        {"folder", "folder", {0}},
        {"a -l", "a -l", {0}},
        {" -l", " -l", {0}}, /* a name may begin with a blank */
        {"-l", "", {.long_form = true}},
        {"-l ", "", {.long_form = true}},
        {"-la folder", "folder", {.all = true, .long_form = true}},
        {"-a -l folder", "folder", {.all = true, .long_form = true}},
        {"-la  folder", " folder", {.all = true, .long_form = true}},
        {"-laR", "", {.all = true, .long_form = true, .recursive = true}},
        {"-1", "", {0}},
        {"-l1", "", {0}},
        {"-aA", "", {0}},
        {"-tr", "", {.by_time = true, .descending = true}},
        {"-tS", "", {.by_size = true}},
        {"-St", "", {.by_time = true}},
        {"-d -F x", "x", {.itself = true, .mark = true}},
        {"-p", "", {.mark = true}},
        {"-xyzL%4", "", {0}},
        {"-", "-", {0}},
        {"- x", "- x", {0}},
        {"-- -la", "-la", {0}},
        {"-l -- -la", "-la", {.long_form = true}},
        {"--", "", {0}},
        {"-- ", "", {0}},
        {"-- -- x", "-- x", {0}},
        {"--all x", "x", {0}},
        {"./-la", "./-la", {0}},
        {"-l a b", "a b", {.long_form = true}},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].arg);
        char *copy = tight_copy(rows[i].arg, n);
        struct ftp_ls ls;
        const struct str name = ftp_ls_parse(&ls, (struct str){copy, n});
        const struct ftp_ls *want = &rows[i].ls;
        assert_row(rows[i].arg, str_eq(name, rows[i].name));
        assert_row(rows[i].arg, ls.all == want->all && ls.long_form == want->long_form &&
                                    ls.recursive == want->recursive &&
                                    ls.by_time == want->by_time && ls.by_size == want->by_size &&
                                    ls.descending == want->descending &&
                                    ls.itself == want->itself && ls.mark == want->mark);
        free(copy);
    }
    struct ftp_ls ls;
    assert_int_equal(ftp_ls_parse(&ls, (struct str){0}).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_come_before_the_name),
    };
    return RUN(tests);
}
