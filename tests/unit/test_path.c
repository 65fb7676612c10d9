/* test_path.c: base/path. */
#include "base/path.h"
#include "check.h"

static void resolves_against_the_working_folder(void **state)
{
    static const struct {
        const char *cwd, *arg, *want;
    } rows[] = {
        {"/", "", "/"},
        {"/", "/", "/"},
        {"/", "a", "/a"},
        {"/a", "b", "/a/b"},
        {"/a", "/b", "/b"},
        {"/a/b", "..", "/a"},
        {"/a/b", "../c", "/a/c"},
        {"/a", "../../../etc/passwd", "/etc/passwd"},
        {"/", "..", "/"},
        {"/a", "./b/./c/.", "/a/b/c"},
        {"/a", "//b///c//", "/b/c"},
        {"/a", "b/", "/a/b"},
        {"/a", "b/../../c", "/c"},
        {"/a", "...", "/a/..."},
        {"/a", "..b", "/a/..b"},
        {"/", "a\\..\\b", "/a\\..\\b"},
        {"/", "%2e%2e", "/%2e%2e"},
        {"/", " ", "/ "},
        {"/", "\xe5\xb0\x8f", "/\xe5\xb0\x8f"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[PATH_BYTES_MAX];
        const size_t n = strlen(rows[i].arg);
        char *copy = tight_copy(rows[i].arg, n);
        assert_row(rows[i].arg, path_resolve(rows[i].cwd, (struct str){copy, n}, out));
        assert_string_equal(out, rows[i].want);
        free(copy);
    }
}

static void refuses_nul_and_what_is_too_long(void **state)
{
    char out[PATH_BYTES_MAX], text[2 * PATH_BYTES_MAX];
    (void)state;
    assert_false(path_resolve("/", (struct str){"a\0b", 3}, out));
    assert_false(path_resolve("/", (struct str){"\0", 1}, out));
    memset(text, 'x', sizeof text);
    assert_true(path_resolve("/", (struct str){text, FILE_NAME_MAX}, out));
    assert_int_equal(strlen(out), FILE_NAME_MAX + 1);
    assert_false(path_resolve("/", (struct str){text, FILE_NAME_MAX + 1}, out));
    for (size_t i = 0; i < sizeof text; i += 2)
        text[i] = '/';
    assert_true(path_resolve("/", (struct str){text, 4094}, out));
    assert_int_equal(strlen(out), 4094);
    assert_false(path_resolve("/", (struct str){text, 4096}, out));
    /* Deep and back again fits. */
    for (size_t i = 0; i < 6000; i += 5)
        memcpy(text + i, "a/../", 5);
    assert_true(path_resolve("/b", (struct str){text, 6000}, out));
    assert_string_equal(out, "/b");
}

static void what_it_makes_is_in_the_one_form(void **state)
{
    static const char *const part[] = {"a", "b.c", ".", "..", "", ".h", "...", "\xff"};
    struct chance c = {8};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char arg[80] = "", out[PATH_BYTES_MAX], again[PATH_BYTES_MAX];
        for (size_t k = chance_below(&c, 10); k > 0; k--) {
            strcat(arg, part[chance_below(&c, COUNT(part))]);
            if (chance_below(&c, 4) > 0)
                strcat(arg, "/");
        }
        assert_true(path_resolve("/w/x", str_of(arg), out));
        assert_row(arg, out[0] == '/' && strstr(out, "//") == NULL && strstr(out, "/./") == NULL &&
                            strstr(out, "/../") == NULL);
        const size_t n = strlen(out);
        assert_row(arg, n == 1 || out[n - 1] != '/');
        assert_row(arg, strcmp(path_name(out), ".") != 0 && strcmp(path_name(out), "..") != 0);
        assert_true(path_resolve("/other", str_of(out), again));
        assert_string_equal(out, again);
    }
}

static void knows_hidden_files_and_names(void **state)
{
    (void)state;
    assert_true(path_hidden("/.htaccess"));
    assert_true(path_hidden("/a/.git/config"));
    assert_true(path_hidden("/..."));
    assert_false(path_hidden("/"));
    assert_false(path_hidden("/a.b/c."));
    assert_string_equal(path_name("/"), "");
    assert_string_equal(path_name("/a"), "a");
    assert_string_equal(path_name("/a/b.c"), "b.c");
}

static void below(void **state)
{
    static const struct {
        const char *folder, *path;
        bool want;
    } rows[] = {
        {"/", "/a", true},     {"/", "/", false},    {"/a", "/a/b", true}, {"/a", "/a/b/c", true},
        {"/a", "/a", false},   {"/a", "/ab", false}, {"/a", "/b", false},  {"/a", "/a/", false},
        {"/a/b", "/a", false}, {"/a/b", "/", false}, {"/a", "/a0", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].path, path_below(rows[i].folder, rows[i].path) == rows[i].want);
}

static void within(void **state)
{
    (void)state;
    assert_true(path_within("/", "/") && path_within("/", "/a") && path_within("", "/a/b"));
    assert_true(path_within("/a", "/a") && path_within("/a", "/a/b"));
    assert_false(path_within("/a", "/ab") || path_within("/a", "/") || path_within("/a/b", "/a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves_against_the_working_folder),
        cmocka_unit_test(refuses_nul_and_what_is_too_long),
        cmocka_unit_test(what_it_makes_is_in_the_one_form),
        cmocka_unit_test(knows_hidden_files_and_names),
        cmocka_unit_test(below),
        cmocka_unit_test(within),
    };
    return RUN(tests);
}
