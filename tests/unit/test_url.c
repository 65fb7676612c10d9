/* test_url.c: parse/url. */
#include "base/escape.h"
#include "check.h"
#include "parse/url.h"

static bool resolve(const char *url, size_t n, char out[PATH_BYTES_MAX], bool *folder)
{
    char *copy = tight_copy(url, n);
    const bool ok = path_from_url((struct str){copy, n}, out, folder);
    free(copy);
    return ok;
}

static void paths_are_decoded_once(void **state)
{
    static const struct {
        const char *url, *path;
        bool folder;
    } rows[] = {
        {"", "/", true},
        {"/", "/", true},
        {"/a", "/a", false},
        {"/a/", "/a", true},
        {"/a/b.c", "/a/b.c", false},
        {"//a///b//", "/a/b", true},
        {"/./a/./", "/a", true},
        {"/a%20b", "/a b", false},
        {"/%61", "/a", false},
        {"/%E5%b0%8F", "/\xe5\xb0\x8f", false},
        {"/\xe5\xb0\x8f", "/\xe5\xb0\x8f", false},
        {"/%ff", "/\xff", false},
        {"/%252e%252e/x", "/%2e%2e/x", false}, /* once, not twice */
        {"/%25", "/%", false},
        {"/a+b", "/a+b", false}, /* + is no blank in a path */
        {"/...", "/...", false},
        {"/a%0ab", "/a\nb", false},
        {"/a%3fb%23c", "/a?b#c", false},
        {"/a\\..\\b", "/a\\..\\b", false},
        {"/%2ehidden", "/.hidden", false}, /* the store refuses it by its name */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[PATH_BYTES_MAX];
        bool folder = !rows[i].folder;
        assert_row(rows[i].url, resolve(rows[i].url, strlen(rows[i].url), out, &folder));
        assert_string_equal(out, rows[i].path);
        assert_row(rows[i].url, folder == rows[i].folder);
    }
}

static void ways_out_are_refused(void **state)
{
    static const char *const bad[] = {
        "/..",     "/../",      "/../etc/passwd", "/a/../b",
        "/a/..",   "/%2e%2e/x", "/%2E%2e",        "/.%2e/x",
        "/%2e./x", "/a/%2e%2e", "/..%2fx",        "/a%2fb",
        "/a%2Fb",  "/%2f",      "/%00",           "/a%00.txt",
        "/%",      "/%2",       "/%g0",           "/%0g",
        "/a%",     "/%%41",     "/% 41",          "/%-1",
        "/%u002e", "..",        "a/../../b",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char out[PATH_BYTES_MAX];
        bool folder;
        assert_row(bad[i], !resolve(bad[i], strlen(bad[i]), out, &folder));
    }
    char out[PATH_BYTES_MAX];
    bool folder;
    assert_false(resolve("/a\0b", 4, out, &folder));
}

static void what_is_too_long_is_refused(void **state)
{
    char url[3 * PATH_BYTES_MAX], out[PATH_BYTES_MAX];
    bool folder;
    (void)state;
    memset(url, 'x', sizeof url);
    url[0] = '/';
    assert_true(resolve(url, FILE_NAME_MAX + 1, out, &folder));
    assert_false(resolve(url, FILE_NAME_MAX + 2, out, &folder));
    for (size_t i = 0; i < sizeof url; i += 2)
        url[i] = '/';
    assert_true(resolve(url, PATH_BYTES_MAX - 2, out, &folder));
    assert_false(resolve(url, PATH_BYTES_MAX, out, &folder));
    assert_false(resolve(url, sizeof url, out, &folder));
    for (size_t i = 0; i < sizeof url; i += 3)
        memcpy(url + i, "%41", 3);
    assert_true(resolve(url, 3 * 255, out, &folder));
    assert_false(resolve(url, sizeof url, out, &folder));
}

/* The link that a listing shows leads to the file. */
static void escaped_names_come_back(void **state)
{
    struct chance c = {30};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char path[64], out[PATH_BYTES_MAX];
        bool folder;
        struct buf url = {0};
        size_t n = 1 + chance_below(&c, 60);
        path[0] = '/';
        for (size_t k = 1; k < n; k++)
            do
                path[k] = (char)chance_next(&c);
            while (path[k] == '\0' || path[k] == '/' || path[k] == '.');
        path[n] = '\0';
        escape_url(&url, (struct str){path, n});
        assert_true(resolve(buf_data(&url), url.len, out, &folder));
        assert_string_equal(out, path);
        buf_free(&url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_decoded_once),
        cmocka_unit_test(ways_out_are_refused),
        cmocka_unit_test(what_is_too_long_is_refused),
        cmocka_unit_test(escaped_names_come_back),
    };
    return RUN(tests);
}
