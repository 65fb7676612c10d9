/* test_store.c: model/store, by openat2() and by the walk that stands in for it. */
#include "check.h"
#include "model/store.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct clock clock_ = {.mono = 100000, .wall = 1700000000000};
static struct store s;
static char *folder, *root;
static bool by_walk;

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    folder = folder_new();
    root = strdup(in(folder, "root"));
    file_write(in(folder, "secret"), "secret");
    assert_int_equal(store_init(&s, root, true, &clock_, &why), 0);
    assert_int_equal(why.len, 0);
    if (by_walk)
        s.walk = true;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    store_free(&s);
    store_free(&s); /* twice does no harm */
    free(root);
    folder_remove(folder);
    return 0;
}

static void make_file(const char *path, const char *text)
{
    file_write(in(root, path), text);
}

static void make_link(const char *to, const char *path)
{
    assert_int_equal(symlink(to, in(root, path)), 0);
}

/* The content of path as the store gives it; NULL with errno. free() it. */
static char *content(const char *path)
{
    struct store_file *f = NULL;
    const int err = store_open(&s, path, &f);
    if (err != 0) {
        errno = err;
        return NULL;
    }
    char *text = calloc(1, f->size + 1);
    if (f->body != NULL)
        memcpy(text, f->body->data, f->body->len);
    else if (pread(f->of.fd, text, f->size, 0) != (ssize_t)f->size)
        fail_msg("%s cannot be read", path);
    store_close(f);
    return text;
}

static void assert_content(const char *path, const char *want)
{
    char *text = content(path);
    if (text == NULL)
        fail_msg("%s: %s", path, strerror(errno));
    assert_string_equal(text, want);
    free(text);
}

static void assert_open_error(const char *path, int want)
{
    struct store_file *f = NULL;
    const int err = store_open(&s, path, &f);
    if (err != want)
        fail_msg("%s: opening gives %d (%s), not %d (%s)", path, err, strerror(err), want,
                 strerror(want));
}

/* As if the second had passed for which a cached file is believed. */
static void a_while_later(void)
{
    clock_.mono += 1500;
}

static void files_are_opened_and_described(void **state)
{
    struct store_file *f;
    struct stat st;
    (void)state;
    assert_int_equal(store_mkdir(&s, "/d"), 0);
    make_file("d/a.html", "<p>hello");
    assert_int_equal(store_open(&s, "/d/a.html", &f), 0);
    assert_int_equal(f->size, 8);
    assert_string_equal(f->type, "text/html; charset=utf-8");
    assert_non_null(strstr(f->modified, " GMT"));
    assert_int_equal(f->etag[0], '"');
    assert_int_equal(f->etag[strlen(f->etag) - 1], '"');
    assert_non_null(f->body); /* small: in memory, without a descriptor */
    assert_int_equal(f->of.fd, -1);
    store_close(f);
    assert_content("/d/a.html", "<p>hello");
    assert_int_equal(store_stat(&s, "/d/a.html", &st), 0);
    assert_int_equal(st.st_size, 8);
    assert_int_equal(store_stat(&s, "/d", &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    assert_int_equal(store_stat(&s, "/", &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    make_file("empty", "");
    assert_content("/empty", "");

    char *large = malloc(100001);
    memset(large, 'x', 100000);
    large[100000] = '\0';
    make_file("large", large);
    assert_int_equal(store_open(&s, "/large", &f), 0);
    assert_null(f->body);
    assert_true(f->of.fd >= 0);
    store_close(f);
    assert_content("/large", large);
    free(large);
}

static void what_is_no_file_is_not_there(void **state)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    (void)state;
    assert_int_equal(store_mkdir(&s, "/d"), 0);
    make_file("f", "x");
    assert_open_error("/", EISDIR);
    assert_open_error("/d", EISDIR);
    assert_open_error("/none", ENOENT);
    assert_open_error("/d/none", ENOENT);
    assert_open_error("/none/none", ENOENT);
    assert_open_error("/f/below", ENOTDIR);
    assert_int_equal(mkfifo(in(root, "fifo"), 0644), 0);
    assert_open_error("/fifo", ENOENT); /* and does not wait for a writer */
    /* sun_path is short: bind within the folder. */
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    text_copy(un.sun_path, sizeof un.sun_path, "sock");
    assert_int_equal(chdir(root), 0);
    const int bound = bind(fd, (const struct sockaddr *)(const void *)&un, sizeof un);
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_int_equal(bound, 0);
    assert_open_error("/sock", ENOENT);
    close(fd);
}

static void dot_files_are_not_there(void **state)
{
    static const char *const hidden[] = {"/.h", "/.d/f", "/d/.h", "/.d"};
    struct stat st;
    int fd;
    (void)state;
    assert_int_equal(mkdir(in(root, ".d"), 0755), 0);
    assert_int_equal(mkdir(in(root, "d"), 0755), 0);
    make_file(".h", "x");
    make_file(".d/f", "x");
    make_file("d/.h", "x");
    make_file("plain", "x");
    for (size_t i = 0; i < COUNT(hidden); i++) {
        assert_open_error(hidden[i], ENOENT);
        assert_int_equal(store_stat(&s, hidden[i], &st), ENOENT);
        assert_int_equal(store_open_dir(&s, hidden[i], &fd), ENOENT);
        assert_int_equal(store_unlink(&s, hidden[i]), ENOENT);
        assert_int_equal(store_rmdir(&s, hidden[i]), ENOENT);
        assert_int_equal(store_mkdir(&s, hidden[i]), ENOENT);
        assert_int_equal(store_rename(&s, hidden[i], "/new"), ENOENT);
        assert_int_equal(store_rename(&s, "/plain", hidden[i]), ENOENT);
    }
    assert_int_equal(store_mkdir(&s, "/.new"), ENOENT);
    assert_content("/plain", "x");
    assert_file(in(root, ".h"), "x");
}

/* Virtual paths never hold "..", but should one slip through, the root holds. */
static void dots_lead_nowhere(void **state)
{
    static const char *const ways[] = {"/../secret", "/d/../../secret", "/..", "/d/..",
                                       "/./../secret"};
    struct stat st;
    int fd;
    (void)state;
    assert_int_equal(store_mkdir(&s, "/d"), 0);
    for (size_t i = 0; i < COUNT(ways); i++) {
        assert_open_error(ways[i], ENOENT);
        assert_int_equal(store_stat(&s, ways[i], &st), ENOENT);
        assert_int_equal(store_open_dir(&s, ways[i], &fd), ENOENT);
        assert_int_equal(store_unlink(&s, ways[i]), ENOENT);
        assert_int_equal(store_mkdir(&s, ways[i]), ENOENT);
    }
    assert_file(in(folder, "secret"), "secret");
}

/* Every kind of link that leads out: to read, to list, to write and to remove by. */
static void links_out_are_not_there(void **state)
{
    static const char *const files[] = {"/abs", "/rel", "/chain", "/proc"};
    static const char *const folders[] = {"/up", "/absup", "/d/deep"};
    struct stat st;
    (void)state;
    assert_int_equal(store_mkdir(&s, "/d"), 0);
    make_link(in(folder, "secret"), "abs");
    make_link("../secret", "rel");
    make_link("rel", "chain");
    make_link("/proc/self/exe", "proc");
    make_link("..", "up");
    make_link(folder, "absup");
    make_link("../..", "d/deep");
    make_link("loop", "loop");
    make_link("nowhere", "dangling");
    for (size_t i = 0; i < COUNT(files); i++) {
        assert_open_error(files[i], ENOENT);
        assert_row(files[i], store_stat(&s, files[i], &st) == ENOENT);
    }
    assert_open_error("/loop", ENOENT);
    assert_open_error("/dangling", ENOENT);
    assert_int_equal(store_stat(&s, "/loop", &st), ENOENT);
    for (size_t i = 0; i < COUNT(folders); i++) {
        struct buf below = {0}, fresh = {0};
        int fd = -1;
        buf_addf(&below, "%s/secret", folders[i]);
        buf_addf(&fresh, "%s/fresh", folders[i]);
        assert_open_error(buf_str(&below), ENOENT);
        assert_row(folders[i], store_stat(&s, buf_str(&below), &st) == ENOENT);
        assert_row(folders[i], store_stat(&s, folders[i], &st) == ENOENT);
        assert_row(folders[i], store_open_dir(&s, folders[i], &fd) == ENOENT);
        assert_row(folders[i], store_unlink(&s, buf_str(&below)) == ENOENT);
        assert_row(folders[i], store_mkdir(&s, buf_str(&fresh)) == ENOENT);
        assert_row(folders[i], store_rename(&s, buf_str(&below), "/mine") == ENOENT);
        buf_free(&below);
        buf_free(&fresh);
    }
    assert_file(in(folder, "secret"), "secret");
    assert_int_equal(folder_count(folder), 2);
    /* The link itself is the store's, and may go. */
    assert_int_equal(store_unlink(&s, "/abs"), 0);
    assert_file(in(folder, "secret"), "secret");
}

static void links_within_are_followed(void **state)
{
    (void)state;
    assert_int_equal(store_mkdir(&s, "/d"), 0);
    make_file("d/f", "inside");
    make_link("d/f", "to_file");
    make_link("d", "to_folder");
    make_link("../d/f", "d/round");
    if (by_walk) { /* where the kernel cannot check, no link is followed */
        struct stat st;
        assert_open_error("/to_file", ENOENT);
        assert_open_error("/to_folder/f", ENOENT);
        assert_open_error("/d/round", ENOENT);
        assert_int_equal(store_stat(&s, "/to_file", &st), ENOENT);
        assert_content("/d/f", "inside");
        return;
    }
    assert_content("/to_file", "inside");
    assert_content("/to_folder/f", "inside");
    assert_content("/d/round", "inside");
}

static void a_cached_file_is_believed_for_a_second(void **state)
{
    struct store_file *a, *b, *c;
    (void)state;
    make_file("f", "old");
    assert_int_equal(store_open(&s, "/f", &a), 0);
    assert_int_equal(store_open(&s, "/f", &b), 0);
    assert_ptr_equal(a, b);
    assert_int_equal(s.cached, 1);
    store_close(b);
    file_write(in(folder, "f.new"), "newer");
    assert_int_equal(rename(in(folder, "f.new"), in(root, "f")), 0);
    assert_content("/f", "old");
    a_while_later();
    assert_content("/f", "newer");
    assert_int_equal(store_open(&s, "/f", &c), 0);
    assert_ptr_not_equal(a, c);
    assert_string_not_equal(a->etag, c->etag);
    assert_int_equal(a->size, 3); /* who holds the old one keeps it */
    store_close(a);
    store_close(c);
    a_while_later(); /* nothing changed: the same object goes on */
    assert_int_equal(store_open(&s, "/f", &a), 0);
    assert_ptr_equal(a, c);
    store_close(a);
    a_while_later();
    assert_int_equal(unlink(in(root, "f")), 0);
    assert_open_error("/f", ENOENT);
    assert_int_equal(s.cached, 0);
}

static void our_own_changes_show_at_once(void **state)
{
    (void)state;
    assert_int_equal(store_mkdir(&s, "/d"), 0);
    make_file("a", "a");
    make_file("b", "b");
    make_file("d/f", "f");
    assert_content("/a", "a");
    assert_content("/b", "b");
    assert_content("/d/f", "f");
    assert_int_equal(store_rename(&s, "/a", "/b"), 0); /* a file there is replaced */
    assert_content("/b", "a");
    assert_open_error("/a", ENOENT);
    assert_int_equal(store_unlink(&s, "/b"), 0);
    assert_open_error("/b", ENOENT);
    assert_int_equal(store_rename(&s, "/d", "/e"), 0);
    assert_open_error("/d/f", ENOENT);
    assert_content("/e/f", "f");
    assert_int_equal(store_unlink(&s, "/e/f"), 0);
    assert_int_equal(store_rmdir(&s, "/e"), 0);
    assert_open_error("/e/f", ENOENT);
}

static void files_nobody_asks_for_are_closed(void **state)
{
    char name[20];
    struct store_file *held;
    (void)state;
    make_file("held", "x");
    assert_int_equal(store_open(&s, "/held", &held), 0);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "/f%d", i);
        make_file(name + 1, "x");
        assert_content(name, "x");
    }
    assert_true(s.cached <= 256); /* bounded */
    store_tick(&s);
    assert_true(s.cached > 0);
    clock_.mono += 5000;
    store_tick(&s);
    assert_int_equal(s.cached, 0);
    assert_true(list_empty(&s.recent));
    assert_int_equal(held->of.refs, 1);
    store_close(held);
}

static void what_cannot_be_changed_says_why(void **state)
{
    (void)state;
    assert_int_equal(store_mkdir(&s, "/d"), 0);
    make_file("f", "x");
    make_file("d/f", "x");
    assert_int_equal(store_mkdir(&s, "/d"), EEXIST);
    assert_int_equal(store_mkdir(&s, "/f"), EEXIST);
    assert_int_equal(store_mkdir(&s, "/"), EEXIST);
    assert_int_equal(store_mkdir(&s, "/none/d"), ENOENT);
    assert_int_equal(store_mkdir(&s, "/f/d"), ENOTDIR);
    assert_int_equal(store_rmdir(&s, "/d"), ENOTEMPTY);
    assert_int_equal(store_rmdir(&s, "/f"), ENOTDIR);
    assert_int_equal(store_rmdir(&s, "/none"), ENOENT);
    assert_int_equal(store_rmdir(&s, "/"), EBUSY);
    assert_int_equal(store_unlink(&s, "/d"), EISDIR);
    assert_int_equal(store_unlink(&s, "/none"), ENOENT);
    assert_int_not_equal(store_unlink(&s, "/"), 0);
    assert_int_equal(store_rename(&s, "/none", "/x"), ENOENT);
    assert_int_equal(store_rename(&s, "/f", "/none/x"), ENOENT);
    assert_int_equal(store_rename(&s, "/f", "/d"), EISDIR);
    assert_int_equal(store_rename(&s, "/d", "/d/e"), EINVAL);
    assert_int_not_equal(store_rename(&s, "/", "/x"), 0);
    assert_int_not_equal(store_rename(&s, "/f", "/"), 0);
    assert_content("/f", "x");
}

static void a_name_may_be_as_long_as_the_kernel_takes(void **state)
{
    char path[300] = "/";
    (void)state;
    memset(path + 1, 'n', 255);
    path[256] = '\0';
    assert_int_equal(store_mkdir(&s, path), 0);
    assert_open_error(path, EISDIR);
    path[256] = 'n';
    path[257] = '\0';
    assert_int_not_equal(store_mkdir(&s, path), 0);
    struct stat st;
    assert_int_not_equal(store_stat(&s, path, &st), 0);
}

static void a_root_that_cannot_be_had_is_named(void **state)
{
    struct store other;
    struct buf why = {0};
    (void)state;
    assert_int_equal(store_init(&other, in(folder, "none"), false, &clock_, &why), -1);
    assert_non_null(strstr(buf_str(&why), "/none: No such file"));
    buf_free(&why);
    assert_int_equal(store_init(&other, in(folder, "no/such"), true, &clock_, &why), -1);
    assert_non_null(strstr(buf_str(&why), "/no/such: cannot be made"));
    buf_free(&why);
    assert_int_equal(store_init(&other, in(folder, "secret"), false, &clock_, &why), -1);
    assert_non_null(strstr(buf_str(&why), "Not a directory"));
    buf_free(&why);
    store_free(&other);
}

static void paths_without_links(void **state)
{
    char real[PATH_BYTES_MAX];
    (void)state;
    assert_int_equal(store_mkdir(&s, "/d"), 0);
    assert_int_equal(store_mkdir(&s, "/d/e"), 0);
    make_file("d/e/f", "x");
    make_link("d/e", "link");
    make_link("../secret", "out");
    assert_int_equal(store_real(&s, "/", real), 0);
    assert_string_equal(real, "/");
    assert_int_equal(store_real(&s, "/d/e/f", real), 0);
    assert_string_equal(real, "/d/e/f");
    assert_int_equal(store_real(&s, "/none", real), ENOENT);
    assert_int_equal(store_real(&s, "/out", real), ENOENT);
    assert_int_equal(store_real(&s, "/.x", real), ENOENT);
    assert_int_equal(store_real(&s, "/link/f", real), by_walk ? ENOENT : 0);
    if (!by_walk)
        assert_string_equal(real, "/d/e/f");
}

static void a_message_is_for_those_who_are_shown_it(void **state)
{
    char text[8];
    size_t n;
    (void)state;
    assert_int_equal(mkdir(in(root, "d"), 0755), 0);
    assert_int_equal(mkdir(in(root, "d/e"), 0755), 0);
    assert_int_equal(mkdir(in(root, "d/e/.message"), 0755), 0);
    assert_int_equal(mkdir(in(root, ".h"), 0755), 0);
    make_file(".message", "of all");
    make_file("d/.message", "much longer");
    make_file(".h/.message", "hidden");
    assert_int_equal(store_message(&s, "/", text, sizeof text, &n), 0);
    assert_str(((struct str){text, n}), "of all");
    assert_int_equal(store_message(&s, "/d", text, sizeof text, &n), 0);
    assert_str(((struct str){text, n}), "much lon");
    assert_int_equal(store_message(&s, "/d/e", text, sizeof text, &n), ENOENT);
    assert_int_equal(store_message(&s, "/.h", text, sizeof text, &n), ENOENT);
    assert_int_equal(store_message(&s, "/none", text, sizeof text, &n), ENOENT);
    assert_int_equal(unlink(in(root, "d/.message")), 0);
    make_link("../.message", "d/.message");
    assert_int_equal(store_message(&s, "/d", text, sizeof text, &n), ENOENT);
    assert_int_equal(unlink(in(root, "d/.message")), 0);
    assert_int_equal(mkfifo(in(root, "d/.message"), 0644), 0);
    assert_int_equal(store_message(&s, "/d", text, sizeof text, &n), ENOENT);
}

static void the_disk_has_room(void **state)
{
    uint64_t bytes = 0;
    (void)state;
    make_file("f", "x");
    assert_int_equal(mkdir(in(root, "d"), 0755), 0);
    assert_int_equal(store_space(&s, "/", &bytes), 0);
    assert_true(bytes > 0);
    assert_int_equal(store_space(&s, "/d", &bytes), 0);
    assert_int_equal(store_space(&s, "/f", &bytes), ENOTDIR);
    assert_int_equal(store_space(&s, "/none", &bytes), ENOENT);
    assert_int_equal(store_space(&s, "/.h", &bytes), ENOENT);
}

static int use_openat2(void **state)
{
    (void)state;
    by_walk = false;
    return 0;
}

static int use_walk(void **state)
{
    (void)state;
    by_walk = true;
    return 0;
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_are_opened_and_described),
        TEST(what_is_no_file_is_not_there),
        TEST(dot_files_are_not_there),
        TEST(dots_lead_nowhere),
        TEST(links_out_are_not_there),
        TEST(links_within_are_followed),
        TEST(a_cached_file_is_believed_for_a_second),
        TEST(our_own_changes_show_at_once),
        TEST(files_nobody_asks_for_are_closed),
        TEST(what_cannot_be_changed_says_why),
        TEST(a_name_may_be_as_long_as_the_kernel_takes),
        TEST(paths_without_links),
        TEST(a_message_is_for_those_who_are_shown_it),
        TEST(the_disk_has_room),
        TEST(a_root_that_cannot_be_had_is_named),
    };
    const int failed = cmocka_run_group_tests_name("by openat2", tests, use_openat2, NULL);
    return failed + cmocka_run_group_tests_name("by walking", tests, use_walk, NULL);
}
