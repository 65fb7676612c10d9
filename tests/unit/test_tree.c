/* test_tree.c: model/tree. */
#include "model/tree.h"
#include "with_store.h"

#include <errno.h>

/* The walk written down: "+" a folder entered, "-" left, "!" closed, and the files; a folder whose
 * path ends in "skip" is not gone into. */
static void walk(const char *path, struct buf *out)
{
    struct tree *t = tree_open(&s, path, TREE_DEPTH_MAX);
    enum tree_what what;
    assert_non_null(t);
    while ((what = tree_next(t)) != TREE_END) {
        static const char *const marks[] = {
            [TREE_ENTER] = "+", [TREE_FILE] = "", [TREE_LEAVE] = "-", [TREE_CLOSED] = "!"};
        if (what == TREE_MORE)
            continue;
        buf_addf(out, "%s%s ", marks[what], tree_path(t));
        if (what == TREE_FILE && tree_links_folder(t))
            buf_adds(out, "(link) ");
        if (what == TREE_ENTER && strstr(tree_path(t), "skip") != NULL)
            tree_skip(t);
    }
    assert_int_equal(tree_next(t), TREE_END);
    tree_close(t);
}

static void make(const char *path)
{
    assert_int_equal(mkdir(in(folder, path), 0755), 0);
}

static void walks_all_of_it(void **state)
{
    struct buf got = {0};
    (void)state;
    make("a");
    make("a/b");
    make("a/b/c");
    make("a/skip");
    make("o");
    file_write(in(folder, "a/1"), "x");
    file_write(in(folder, "a/b/2"), "x");
    file_write(in(folder, "a/z"), "x");
    file_write(in(folder, "a/skip/3"), "x");
    file_write(in(folder, "a/.hidden"), "x");
    file_write(in(folder, "o/4"), "x");
    assert_int_equal(symlink("../o", in(folder, "a/link")), 0);
    assert_int_equal(symlink("1", in(folder, "a/same")), 0);
    assert_int_equal(symlink("/etc", in(folder, "a/out")), 0);
    walk("/a", &got);
    assert_buf(&got, "+/a /a/1 +/a/b /a/b/2 +/a/b/c -/a/b/c -/a/b /a/link (link) /a/same "
                     "+/a/skip /a/z -/a ");
    walk("/o", &got);
    assert_buf(&got, "+/o /o/4 -/o ");
    walk("/", &got);
    assert_non_null(strstr(buf_str(&got), "+/ +/a /a/1 "));
    assert_non_null(strstr(buf_str(&got), " -/a +/o /o/4 -/o -/ "));
    buf_free(&got);
}

static void what_cannot_be_entered_is_told(void **state)
{
    struct buf got = {0};
    (void)state;
    walk("/none", &got);
    assert_buf(&got, "+/none !/none ");
    file_write(in(folder, "file"), "x");
    walk("/file", &got);
    assert_buf(&got, "+/file !/file ");
}

/* Only so deep; the rest of it is walked all the same. */
static void too_deep(void **state)
{
    char path[400] = "d";
    struct buf got = {0};
    (void)state;
    for (int i = 0; i < 70; i++) {
        make(path);
        strcat(path, "/d");
    }
    file_write(in(folder, "d/e"), "x");
    walk("/d", &got);
    const char *closed = strchr(buf_str(&got), '!');
    assert_non_null(closed);
    assert_non_null(strstr(closed, " /d/e -/d "));
    assert_null(strchr(closed + 1, '!'));
    buf_free(&got);
}

/* A folder may be emptied while it is walked: the names are those that it had. */
static void more_names_than_one_step_reads(void **state)
{
    char name[32];
    unsigned files = 0, turns = 0;
    (void)state;
    make("m");
    for (int i = 0; i < 1200; i++) {
        snprintf(name, sizeof name, "m/%d", i);
        file_write(in(folder, name), "");
    }
    struct tree *t = tree_open(&s, "/m", TREE_DEPTH_MAX);
    for (enum tree_what what; (what = tree_next(t)) != TREE_END;) {
        turns += what == TREE_MORE;
        if (what == TREE_FILE) {
            files++;
            assert_int_equal(store_unlink(&s, tree_path(t)), 0);
        }
        if (what == TREE_LEAVE)
            assert_int_equal(store_rmdir(&s, tree_path(t)), 0);
    }
    tree_close(t);
    assert_int_equal(files, 1200);
    assert_true(turns >= 3);
}

#define ROW(TEST) cmocka_unit_test_setup_teardown(TEST, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROW(walks_all_of_it),
        ROW(what_cannot_be_entered_is_told),
        ROW(too_deep),
        ROW(more_names_than_one_step_reads),
    };
    return RUN(tests);
}
