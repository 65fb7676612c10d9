/* test_listing.c: model/listing: order, budget, what is left out. */
#include "model/listing.h"
#include "with_store.h"

#include <errno.h>

/* Reads to the end with so much at a time; the number of calls. */
static unsigned read_all(struct listing *l, unsigned budget)
{
    unsigned calls = 1;
    int more;
    while ((more = listing_read(l, budget)) > 0)
        calls++;
    assert_int_equal(more, 0);
    return calls;
}

static void assert_ordered(const char *path, struct listing_order order, const char *want)
{
    struct listing *l;
    struct listing_entry e;
    struct buf b = {0};
    assert_int_equal(listing_open(&s, path, order, &l), 0);
    read_all(l, 100);
    while (listing_next(l, &e))
        buf_addf(&b, "%s%s ", e.name, e.folder ? "/" : "");
    assert_false(listing_next(l, &e));
    listing_close(l);
    assert_buf(&b, want);
}

static void assert_listed(const char *path, const char *want)
{
    assert_ordered(path, (struct listing_order){0}, want);
}

static void names_come_in_order_of_their_bytes(void **state)
{
    static const char *const names[] = {"b", "a", "B", "10", "9", "a b", "小", "é", "~", "a.txt"};
    (void)state;
    assert_listed("/", "");
    for (size_t i = 0; i < COUNT(names); i++)
        file_write(in(folder, names[i]), "");
    assert_int_equal(store_mkdir(&s, "/aa"), 0);
    assert_listed("/", "10 9 B a a b a.txt aa/ b ~ é 小 ");
    assert_listed("/aa", "");
}

static void what_is_hidden_or_special_is_left_out(void **state)
{
    (void)state;
    file_write(in(folder, ".hidden"), "");
    assert_int_equal(mkdir(in(folder, ".git"), 0755), 0);
    assert_int_equal(mkfifo(in(folder, "fifo"), 0644), 0);
    file_write(in(folder, "plain"), "12345");
    assert_int_equal(mkdir(in(folder, "d"), 0755), 0);
    assert_int_equal(symlink("plain", in(folder, "to_plain")), 0);
    assert_int_equal(symlink("d", in(folder, "to_d")), 0);
    assert_int_equal(symlink("/etc/passwd", in(folder, "out")), 0);
    assert_int_equal(symlink("..", in(folder, "up")), 0);
    assert_int_equal(symlink("nowhere", in(folder, "dangling")), 0);
    assert_int_equal(symlink(".hidden", in(folder, "to_hidden")), 0);
    if (!s.walk)
        assert_listed("/", "d/ plain to_d/ to_hidden to_plain ");
    s.walk = true; /* where no link is followed, none is shown */
    assert_listed("/", "d/ plain ");
}

static void an_entry_tells_what_a_link_leads_to(void **state)
{
    struct listing *l;
    struct listing_entry e;
    (void)state;
    file_write(in(folder, "plain"), "12345");
    assert_int_equal(symlink("plain", in(folder, "link")), 0);
    assert_int_equal(listing_open(&s, "/", (struct listing_order){0}, &l), 0);
    read_all(l, 100);
    assert_true(listing_next(l, &e));
    assert_string_equal(e.name, s.walk ? "plain" : "link");
    assert_int_equal(e.st.st_size, 5);
    assert_true(S_ISREG(e.st.st_mode) && !e.folder);
    listing_close(l);
}

static void file_of(const char *name, const char *content, time_t t)
{
    const struct timespec times[] = {{.tv_sec = t}, {.tv_sec = t}};
    file_write(in(folder, name), content);
    assert_int_equal(utimensat(AT_FDCWD, in(folder, name), times, 0), 0);
}

static void other_orders_have_folders_first(void **state)
{
    (void)state;
    file_of("a10", "22", 3000);
    file_of("A9", "333", 1000);
    file_of("b", "1", 2000);
    file_of("c", "1", 2000);
    assert_int_equal(store_mkdir(&s, "/z2"), 0);
    assert_int_equal(store_mkdir(&s, "/z10"), 0);
    const struct timespec times[] = {{.tv_sec = 5}, {.tv_sec = 5}};
    assert_int_equal(utimensat(AT_FDCWD, in(folder, "z2"), times, 0), 0);
    assert_ordered("/", (struct listing_order){.key = LISTING_NAME}, "z2/ z10/ A9 a10 b c ");
    assert_ordered("/", (struct listing_order){.key = LISTING_NAME, .descending = true},
                   "z10/ z2/ c b a10 A9 ");
    assert_ordered("/", (struct listing_order){.key = LISTING_SIZE}, "z2/ z10/ b c a10 A9 ");
    assert_ordered("/", (struct listing_order){.key = LISTING_SIZE, .descending = true},
                   "z2/ z10/ A9 a10 b c ");
    assert_ordered("/", (struct listing_order){.key = LISTING_TIME}, "z2/ z10/ A9 b c a10 ");
    assert_ordered("/", (struct listing_order){.key = LISTING_TIME, .descending = true},
                   "z10/ z2/ a10 b c A9 ");
    assert_ordered("/", (struct listing_order){.key = LISTING_BYTES, .descending = true},
                   "z2/ z10/ c b a10 A9 ");
    if (s.walk)
        return;
    assert_int_equal(symlink("z2", in(folder, "to")), 0); /* a link is what it leads to */
    assert_ordered("/", (struct listing_order){.key = LISTING_NAME}, "to/ z2/ z10/ A9 a10 b c ");
}

static void a_mixed_order_has_folders_among_the_files(void **state)
{
    (void)state;
    file_of("a10", "22", 3000);
    file_of("A9", "333", 1000);
    file_of("c", "1", 2000);
    assert_int_equal(store_mkdir(&s, "/b"), 0);
    const struct timespec times[] = {{.tv_sec = 1500}, {.tv_sec = 1500}};
    assert_int_equal(utimensat(AT_FDCWD, in(folder, "b"), times, 0), 0);
    assert_ordered("/", (struct listing_order){.key = LISTING_NAME, .mixed = true}, "A9 a10 b/ c ");
    assert_ordered("/",
                   (struct listing_order){.key = LISTING_NAME, .descending = true, .mixed = true},
                   "c b/ a10 A9 ");
    assert_ordered("/", (struct listing_order){.key = LISTING_TIME, .mixed = true}, "A9 b/ c a10 ");
    assert_ordered("/",
                   (struct listing_order){.key = LISTING_TIME, .descending = true, .mixed = true},
                   "a10 c b/ A9 ");
    assert_ordered("/",
                   (struct listing_order){.key = LISTING_SIZE, .descending = true, .mixed = true},
                   "b/ A9 a10 c ");
}

static void names_alone_need_no_look_where_the_folder_tells(void **state)
{
    struct listing *l;
    struct listing_entry e;
    (void)state;
    file_write(in(folder, "a"), "12345");
    assert_int_equal(store_mkdir(&s, "/b"), 0);
    assert_int_equal(mkfifo(in(folder, "c"), 0644), 0);
    assert_int_equal(symlink("/etc", in(folder, "d")), 0);
    if (!s.walk)
        assert_int_equal(symlink("b", in(folder, "e")), 0);
    assert_int_equal(listing_open(&s, "/", (struct listing_order){0}, &l), 0);
    listing_births(l);
    read_all(l, 100);
    assert_true(listing_next_name(l, &e));
    assert_string_equal(e.name, "a");
    assert_true(!e.folder && !e.link);
    assert_true(listing_look(l, &e) && e.looked);
    assert_int_equal(e.st.st_size, 5);
    assert_true(e.born == ATTR_NO_BIRTH || e.born > 1000000000);
    assert_true(listing_next_name(l, &e));
    assert_string_equal(e.name, "b");
    assert_true(e.folder && !e.link);
    assert_int_equal(rmdir(in(folder, "b")), 0); /* gone meanwhile */
    assert_true(e.looked || !listing_look(l, &e));
    /* What is neither file nor folder, and a link that leads nowhere, are not named. */
    assert_false(listing_next_name(l, &e));
    listing_close(l);
}

static void many_by_size_are_merged_from_their_runs(void **state)
{
    struct listing *l;
    struct listing_entry e;
    off_t last = 0;
    unsigned listed = 0;
    char name[20];
    (void)state;
    for (int i = 0; i < 2500; i++) {
        snprintf(name, sizeof name, "f%d", i);
        file_write(in(folder, name), "");
        assert_int_equal(truncate(in(folder, name), i * 7919 % 2503), 0);
    }
    assert_int_equal(listing_open(&s, "/", (struct listing_order){.key = LISTING_SIZE}, &l), 0);
    read_all(l, 300);
    for (; listing_next(l, &e); last = e.st.st_size, listed++)
        assert_true(e.st.st_size >= last);
    assert_int_equal(listed, 2500);
    listing_close(l);
}

/* Names are sorted in runs of 1024 and merged: around that number, and over many runs. */
static void many_names_are_merged_from_their_runs(void **state)
{
    static const unsigned counts[] = {1, 1023, 1024, 1025, 5000};
    unsigned made = 0;
    (void)state;
    const int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < COUNT(counts); i++) {
        struct listing *l;
        struct listing_entry e;
        char last[64] = "", name[64];
        unsigned listed = 0;
        for (; made < counts[i]; made++) {
            snprintf(name, sizeof name, "%u-%u", made * 7919 % 10007, made);
            close(openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
        }
        assert_int_equal(listing_open(&s, "/", (struct listing_order){0}, &l), 0);
        /* No call reads more names than it may, so that nobody is held up. */
        const unsigned calls = read_all(l, 100);
        assert_true(calls > counts[i] / 100);
        assert_int_equal(listing_count(l), counts[i]);
        while (listing_next(l, &e)) {
            assert_true(strcmp(last, e.name) < 0);
            text_copy(last, sizeof last, e.name);
            listed++;
        }
        assert_int_equal(listed, counts[i]);
        listing_close(l);
    }
    close(dir);
}

static void a_budget_counts_hidden_names_too(void **state)
{
    struct listing *l;
    char name[20];
    (void)state;
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, ".h%d", i);
        file_write(in(folder, name), "");
    }
    assert_int_equal(listing_open(&s, "/", (struct listing_order){0}, &l), 0);
    assert_true(read_all(l, 10) >= 30);
    assert_int_equal(listing_count(l), 0);
    listing_close(l);
}

static void names_that_go_meanwhile_are_left_out(void **state)
{
    struct listing *l;
    struct listing_entry e;
    (void)state;
    file_write(in(folder, "a"), "");
    file_write(in(folder, "b"), "");
    file_write(in(folder, "c"), "");
    assert_int_equal(listing_open(&s, "/", (struct listing_order){0}, &l), 0);
    read_all(l, 100);
    assert_int_equal(unlink(in(folder, "b")), 0);
    assert_true(listing_next(l, &e));
    assert_string_equal(e.name, "a");
    assert_true(listing_next(l, &e));
    assert_string_equal(e.name, "c");
    assert_false(listing_next(l, &e));
    listing_close(l);
    listing_close(NULL);
}

static void what_is_no_folder_says_why(void **state)
{
    struct listing *l;
    (void)state;
    file_write(in(folder, "f"), "");
    assert_int_equal(mkdir(in(folder, ".d"), 0755), 0);
    assert_int_equal(listing_open(&s, "/f", (struct listing_order){0}, &l), ENOTDIR);
    assert_int_equal(listing_open(&s, "/none", (struct listing_order){0}, &l), ENOENT);
    assert_int_equal(listing_open(&s, "/.d", (struct listing_order){0}, &l), ENOENT);
    assert_int_equal(listing_open(&s, "/..", (struct listing_order){0}, &l), ENOENT);
}

static void an_unfinished_one_may_be_closed(void **state)
{
    struct listing *l;
    char name[20];
    (void)state;
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "f%d", i);
        file_write(in(folder, name), "");
    }
    assert_int_equal(listing_open(&s, "/", (struct listing_order){0}, &l), 0);
    assert_int_equal(listing_read(l, 5), 1);
    listing_close(l);
    assert_int_equal(listing_open(&s, "/", (struct listing_order){0}, &l), 0);
    listing_close(l);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mixed_order_has_folders_among_the_files),
        TEST(names_alone_need_no_look_where_the_folder_tells),
        TEST(other_orders_have_folders_first),
        TEST(many_by_size_are_merged_from_their_runs),
        TEST(names_come_in_order_of_their_bytes),
        TEST(what_is_hidden_or_special_is_left_out),
        TEST(an_entry_tells_what_a_link_leads_to),
        TEST(many_names_are_merged_from_their_runs),
        TEST(a_budget_counts_hidden_names_too),
        TEST(names_that_go_meanwhile_are_left_out),
        TEST(what_is_no_folder_says_why),
        TEST(an_unfinished_one_may_be_closed),
    };
    return RUN(tests);
}
