/* test_ftp_facts.c: parse/ftp_facts: OPTS MLST, and the arguments of MFMT and MFF. */
#include "check.h"
#include "parse/ftp_facts.h"

enum { FEB_2001 = 981173106 }; /* 20010203040506 */

static void facts_are_chosen_by_name(void **state)
{
    static const struct {
        const char *list, *on;
    } rows[] = {
        {"", ""},
        {"type;size;", "type;size;"},
        {"SIZE;Type;", "type;size;"},
        {"size", "size;"}, /* the last ';' may lack */
        {";;size;;", "size;"},
        {"size;size;", "size;"},
        {"unix.MODE;UNIX.owner;", "UNIX.mode;"},
        {"fish;cakes;", ""},
        {"siz;sizes;", ""},
        {"create;media-type;unique;perm;modify;", "modify;perm;unique;create;media-type;"},
    };
    unsigned on;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = {0};
        const size_t n = strlen(rows[i].list);
        char *copy = tight_copy(rows[i].list, n);
        assert_row(rows[i].list, ftp_facts_parse((struct str){copy, n}, &on));
        ftp_facts_write(&b, on, false);
        assert_string_equal(buf_str(&b), rows[i].on);
        buf_free(&b);
        free(copy);
    }
    assert_false(ftp_facts_parse(STR("fish cakes;"), &on));
    assert_false(ftp_facts_parse(STR(" size;"), &on));
    assert_true(ftp_facts_parse((struct str){0}, &on));
    assert_int_equal(on, 0);
}

static void those_that_are_on_have_a_star(void **state)
{
    struct buf b = {0};
    (void)state;
    ftp_facts_write(&b, FACT_SIZE | FACT_MODE, true);
    assert_string_equal(buf_str(&b), "type;size*;modify;perm;unique;create;media-type;UNIX.mode*;");
    buf_free(&b);
}

static void a_time_comes_before_the_path(void **state)
{
    static const char *const bad[] = {
        "",    "20010203040506",    "20010203040506 ",   "20010230040506 f",
        "x f", " 20010203040506 f", "20010203040506. f", "20010203040506+60 f",
    };
    struct timespec t;
    struct str path;
    (void)state;
    assert_true(ftp_time_parse(STR("20010203040506 a b"), &t, &path));
    assert_str(path, "a b");
    assert_int_equal(t.tv_sec, FEB_2001);
    assert_true(ftp_time_parse(STR("20010203040506.5  f"), &t, &path));
    assert_str(path, " f");
    assert_int_equal(t.tv_nsec, 500000000);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_row(bad[i], !ftp_time_parse(str_of(bad[i]), &t, &path));
}

static void mff_changes_what_it_knows(void **state)
{
    static const struct {
        const char *arg;
        enum ftp_mff result;
        bool modified, mode;
        unsigned bits;
        const char *rest; /* the path; the fact that is not known */
    } rows[] = {
        {"Modify=20010203040506; f", FTP_MFF_OK, true, false, 0, "f"},
        {"modify=20010203040506.25; a b", FTP_MFF_OK, true, false, 0, "a b"},
        {"unix.mode=0600; f", FTP_MFF_OK, false, true, 0600, "f"},
        {"UNIX.mode=755;Modify=20010203040506; f", FTP_MFF_OK, true, true, 0755, "f"},
        {"UNIX.mode=644;UNIX.mode=600; f", FTP_MFF_OK, false, true, 0600, "f"},
        {"UNIX.mode=00000; f", FTP_MFF_OK, false, true, 0, "f"},
        {"Create=20010203040506; f", FTP_MFF_UNKNOWN, false, false, 0, "Create"},
        {"Size=1;Modify=20010203040506; f", FTP_MFF_UNKNOWN, true, false, 0, "Size"},
        {"UNIX.owner=root; f", FTP_MFF_UNKNOWN, false, false, 0, "UNIX.owner"},
        {"", FTP_MFF_BAD, false, false, 0, NULL},
        {"f", FTP_MFF_BAD, false, false, 0, NULL},
        {" f", FTP_MFF_BAD, false, false, 0, NULL},
        {"; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"Modify=20010203040506;", FTP_MFF_BAD, false, false, 0, NULL},
        {"Modify=20010203040506; ", FTP_MFF_BAD, false, false, 0, NULL},
        {"Modify=20010203040506 f", FTP_MFF_BAD, false, false, 0, NULL},
        {"Modify=20010203040506;; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"Modify=; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"Modify; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"=1; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"Modify=2001020304050; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"Size=1;Modify=x; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"Modify=x;Size=1; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"UNIX.mode=64; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"UNIX.mode=0888; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"UNIX.mode=4755; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"UNIX.mode=777777777777777777777; f", FTP_MFF_BAD, false, false, 0, NULL},
        {"UNIX.mode=u+x; f", FTP_MFF_BAD, false, false, 0, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].arg);
        char *copy = tight_copy(rows[i].arg, n);
        struct ftp_change c;
        const enum ftp_mff result = ftp_mff_parse(&c, (struct str){copy, n});
        assert_row(rows[i].arg, result == rows[i].result);
        if (result == FTP_MFF_OK) {
            assert_row(rows[i].arg, c.has_modified == rows[i].modified);
            assert_row(rows[i].arg, !c.has_modified || c.modified.tv_sec == FEB_2001);
            assert_row(rows[i].arg, c.has_mode == rows[i].mode && c.mode == rows[i].bits);
        }
        if (result != FTP_MFF_BAD)
            assert_row(rows[i].arg,
                       str_eq(result == FTP_MFF_OK ? c.path : c.unknown, rows[i].rest));
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_chosen_by_name),
        cmocka_unit_test(those_that_are_on_have_a_star),
        cmocka_unit_test(a_time_comes_before_the_path),
        cmocka_unit_test(mff_changes_what_it_knows),
    };
    return RUN(tests);
}
