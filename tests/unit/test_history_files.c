/* test_history_files.c: model/history_files: the lines, and where they go. */
#include "check.h"
#include "model/history_files.h"

#include <time.h>

static struct clock clock_;
static struct store store;
static struct history_files files;
static char *folder;

enum { NOON = 1764418267 }; /* 2025-11-29T12:11:07Z */

static int set_up(void **state)
{
    struct buf why = {0};
    (void)state;
    setenv("TZ", "UTC-1", 1);
    tzset();
    folder = folder_new();
    assert_int_equal(store_init(&store, folder, false, &clock_, &why), 0);
    history_files_init(&files, &store, store.root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    history_files_forget(&files);
    store_free(&store);
    folder_remove(folder);
    return 0;
}

static void add(const char *room, enum history_kind kind, const char *target, const char *text)
{
    const struct history_msg m = {.at = NOON * 1000LL,
                                  .kind = kind,
                                  .room = str_of(room),
                                  .name = STR("#Shown"),
                                  .from = STR("anna"),
                                  .target = str_of(target),
                                  .text = str_of(text)};
    history_files_add(&files, &m);
}

static void assert_written(void)
{
    struct buf why = {0};
    if (!history_files_write(&files, &why))
        fail_msg("%s", buf_str(&why));
}

static void assert_not_written(const char *reason)
{
    struct buf why = {0};
    assert_false(history_files_write(&files, &why));
    if (strstr(buf_str(&why), reason) == NULL)
        fail_msg("<%s> lacks <%s>", buf_str(&why), reason);
    buf_free(&why);
}

static void lines_of_every_kind(void **state)
{
    (void)state;
    add("#lab", HISTORY_JOIN, "", "");
    add("#lab", HISTORY_SAY, "", "hi 小明");
    add("#lab", HISTORY_SAY, "", "two\nlines");
    add("#lab", HISTORY_SAY, "", "\001ACTION waves\001");
    add("#lab", HISTORY_SAY, "", "a\rb\033[1m");
    add("#lab", HISTORY_NOTICE, "", "note");
    add("#lab", HISTORY_TAGMSG, "", "");
    add("#lab", HISTORY_TOPIC, "", "plans");
    add("#lab", HISTORY_MODE, "", "+o bob");
    add("#lab", HISTORY_NICK, "", "ann");
    add("#lab", HISTORY_KICK, "bob", "out");
    add("#lab", HISTORY_PART, "", "");
    add("#lab", HISTORY_QUIT, "", "bye");
    assert_written();
    assert_file(in(folder, "rooms/lab/log/2025-11-29.txt"),
                "[13:11:07] * anna joined\n"
                "[13:11:07] <anna> hi 小明\n"
                "[13:11:07] <anna> two\n"
                "[13:11:07] <anna> lines\n"
                "[13:11:07] * anna waves\n"
                "[13:11:07] <anna> a?b?[1m\n"
                "[13:11:07] -anna- note\n"
                "[13:11:07] * anna set the topic: plans\n"
                "[13:11:07] * anna set the mode +o bob\n"
                "[13:11:07] * anna is now ann\n"
                "[13:11:07] * anna threw out bob (out)\n"
                "[13:11:07] * anna left\n"
                "[13:11:07] * anna quit (bye)\n");
    add("#lab", HISTORY_PART, "", "why");
    assert_written();
    char *text = file_read(in(folder, "rooms/lab/log/2025-11-29.txt"));
    assert_non_null(strstr(text, "(bye)\n[13:11:07] * anna left (why)\n"));
    free(text);
}

static void names_are_safe(void **state)
{
    static const struct {
        const char *room, *path;
    } table[] = {
        {"#lab", "rooms/lab"},        {"#小明", "rooms/小明"},       {"#a/b", "rooms/a_b"},
        {"#..", "rooms/_."},          {"#.hidden", "rooms/_hidden"}, {"#../../x", "rooms/_._.._x"},
        {"##double", "rooms/double"}, {"#a.b", "rooms/a.b"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct stat st;
        add(table[i].room, HISTORY_SAY, "", "x");
        assert_written();
        assert_row(table[i].room, stat(in(folder, table[i].path), &st) == 0);
    }
    add("#", HISTORY_SAY, "", "x");
    add("=1,2", HISTORY_SAY, "", "private");
    add("", HISTORY_SAY, "", "x");
    assert_written();
    assert_int_equal(folder_count(in(folder, "rooms")), COUNT(table));
}

static void no_link_leads_out(void **state)
{
    (void)state;
    char *outside = folder_new();
    assert_int_equal(mkdir(in(folder, "rooms"), 0755), 0);
    assert_int_equal(symlink(outside, in(folder, "rooms/lab")), 0);
    add("#lab", HISTORY_SAY, "", "x");
    assert_not_written("/rooms/lab/log/2025-11-29.txt");
    assert_int_equal(mkdir(in(folder, "rooms/b"), 0755), 0);
    assert_int_equal(mkdir(in(folder, "rooms/b/log"), 0755), 0);
    file_write(in(outside, "target"), "");
    assert_int_equal(symlink(in(outside, "target"), in(folder, "rooms/b/log/2025-11-29.txt")), 0);
    add("#b", HISTORY_SAY, "", "x");
    assert_not_written("/rooms/b/log");
    assert_file(in(outside, "target"), "");
    assert_int_equal(mkdir(in(folder, "rooms/c"), 0755), 0);
    assert_int_equal(mkdir(in(folder, "rooms/c/log"), 0755), 0);
    assert_int_equal(mkfifo(in(folder, "rooms/c/log/2025-11-29.txt"), 0644), 0);
    add("#c", HISTORY_SAY, "", "x"); /* nobody reads it: that must not hang */
    assert_not_written("/rooms/c/log");
    folder_remove(outside);
}

static void what_is_forgotten_is_not_written(void **state)
{
    (void)state;
    add("#lab", HISTORY_SAY, "", "x");
    history_files_forget(&files);
    assert_written();
    assert_int_equal(folder_count(folder), 0);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_of_every_kind),
        TEST(names_are_safe),
        TEST(no_link_leads_out),
        TEST(what_is_forgotten_is_not_written),
    };
    return RUN(tests);
}
