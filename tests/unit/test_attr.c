/* test_attr.c: model/attr: times and modes of what lies in the store. */
#include "check.h"
#include "model/attr.h"

#include <errno.h>

enum { NOV_1994 = 784111777 };

static struct clock clock_ = {.mono = 100000};
static struct store s;
static char *folder;

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    folder = folder_new();
    file_write(in(folder, "outside"), "");
    assert_int_equal(store_init(&s, in(folder, "root"), true, &clock_, &why), 0);
    file_write(in(folder, "root/f"), "12345");
    assert_int_equal(mkdir(in(folder, "root/d"), 0755), 0);
    assert_int_equal(symlink("../outside", in(folder, "root/out")), 0);
    assert_int_equal(symlink("f", in(folder, "root/in")), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_free(&s);
    folder_remove(folder);
    return 0;
}

static void assert_look(const char *path, mode_t mode, time_t modified)
{
    struct stat st;
    int64_t born;
    assert_int_equal(attr_look(&s, path, &st, &born), 0);
    assert_int_equal(st.st_mode & 07777, mode);
    assert_int_equal(st.st_mtime, modified);
    assert_true(born == ATTR_NO_BIRTH || born > NOV_1994);
}

static void times_are_set_and_nothing_else(void **state)
{
    const struct timespec then = {.tv_sec = NOV_1994, .tv_nsec = 250000000};
    struct stat st, before;
    (void)state;
    assert_int_equal(store_stat(&s, "/f", &before), 0);
    assert_int_equal(attr_set_modified(&s, "/f", then), 0);
    assert_int_equal(store_stat(&s, "/f", &st), 0);
    assert_int_equal(st.st_mtim.tv_sec, NOV_1994);
    assert_int_equal(st.st_mtim.tv_nsec, 250000000);
    assert_int_equal(st.st_atim.tv_sec, before.st_atim.tv_sec);
    assert_int_equal(st.st_size, 5);
    assert_int_equal(attr_set_modified(&s, "/d", then), 0);
    assert_look("/d", 0755, NOV_1994);
    assert_int_equal(attr_set_modified(&s, "/", then), 0);
    assert_look("/", 0755, NOV_1994);
    if (!s.walk) {
        assert_int_equal(attr_set_modified(&s, "/in", (struct timespec){.tv_sec = 7}), 0);
        assert_look("/f", before.st_mode & 07777, 7);
    }
}

static void modes_are_set_and_come_back(void **state)
{
    struct stat st;
    (void)state;
    assert_int_equal(attr_set_modified(&s, "/f", (struct timespec){.tv_sec = 7}), 0);
    assert_int_equal(attr_set_mode(&s, "/f", 0600), 0);
    assert_look("/f", 0600, 7);
    assert_int_equal(attr_set_mode(&s, "/f", 06751), 0);
    assert_look("/f", 0751, 7);
    assert_int_equal(attr_set_mode(&s, "/f", 0), 0);
    assert_int_equal(attr_set_mode(&s, "/f", 0644), 0); /* though it cannot be opened */
    assert_int_equal(attr_set_mode(&s, "/d", 0700), 0);
    assert_int_equal(store_stat(&s, "/d", &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
}

static void nothing_outside_is_touched(void **state)
{
    static const char *const paths[] = {"/out", "/none", "/.hidden", "/fifo", "/f/x"};
    struct stat before, after, st;
    int64_t born;
    (void)state;
    assert_int_equal(mkfifo(in(folder, "root/fifo"), 0644), 0);
    file_write(in(folder, "root/.hidden"), "");
    assert_int_equal(stat(in(folder, "outside"), &before), 0);
    for (size_t i = 0; i < COUNT(paths); i++) {
        const int err = i == 4 ? ENOTDIR : ENOENT;
        assert_row(paths[i], attr_set_modified(&s, paths[i], (struct timespec){0}) == err);
        assert_row(paths[i], attr_set_mode(&s, paths[i], 0) == err);
        assert_row(paths[i], i == 3 || attr_look(&s, paths[i], &st, &born) == err);
    }
    assert_int_equal(stat(in(folder, "outside"), &after), 0);
    assert_int_equal(before.st_mode, after.st_mode);
    assert_int_equal(before.st_mtime, after.st_mtime);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(times_are_set_and_nothing_else),
        TEST(modes_are_set_and_come_back),
        TEST(nothing_outside_is_touched),
    };
    return RUN(tests);
}
