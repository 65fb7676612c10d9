/* test_access.c: model/access, on configurations as they are read from files. */
#include "check.h"
#include "model/access.h"

static char *folder;

static int set_up(void **state)
{
    (void)state;
    folder = folder_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static struct conf *conf_of(const char *text)
{
    struct buf why = {0};
    file_write(in(folder, "conf"), text);
    struct conf *c = conf_load(in(folder, "conf"), &why);
    if (c == NULL)
        fail_msg("%s", buf_str(&why));
    return c;
}

static struct account account(const char *name, enum role role)
{
    struct account a = {.role = role};
    text_copy(a.name, sizeof a.name, name);
    assert_true(name_fold(str_of(name), a.fold));
    return a;
}

/* "rw", "r", "w" or "-" */
static const char *may(const struct conf *c, const struct account *a, enum conf_access guests,
                       const char *path)
{
    const struct person who = {.account = a, .guests = guests};
    static const char *const words[MAY_CHANGE + 1] = {
        [0] = "-", [MAY_READ] = "r", [MAY_WRITE] = "w", [MAY_CHANGE] = "rw"};
    return words[access_rights(c, &who, path)];
}

static void without_a_section_roles_and_doors_decide(void **state)
{
    (void)state;
    struct conf *c = conf_of("[agentd]\n");
    const struct account r = account("r", ROLE_READ), w = account("w", ROLE_WRITE),
                         a = account("a", ROLE_ADMIN);
    assert_string_equal(may(c, NULL, ACCESS_NO, "/x"), "-");
    assert_string_equal(may(c, NULL, ACCESS_READ, "/x"), "r");
    assert_string_equal(may(c, NULL, ACCESS_WRITE, "/"), "rw");
    /* What guests may is no matter to those who have logged in. */
    assert_string_equal(may(c, &r, ACCESS_NO, "/x"), "r");
    assert_string_equal(may(c, &r, ACCESS_WRITE, "/x"), "r");
    assert_string_equal(may(c, &w, ACCESS_NO, "/x"), "rw");
    assert_string_equal(may(c, &a, ACCESS_NO, "/x"), "rw");
    conf_free(c);
}

static void the_longest_folder_that_covers_holds(void **state)
{
    (void)state;
    static const struct {
        const char *path, *alice, *bob, *guest;
    } rows[] = {
        {"/", "-", "-", "-"},           {"/x", "-", "-", "-"},
        {"/pub", "r", "r", "r"},        {"/pub/x", "r", "r", "r"},
        {"/public", "-", "-", "-"}, /* no part of a name */
        {"/pub/deep", "rw", "-", "-"},  {"/pub/deep/er/x", "rw", "-", "-"},
        {"/pub/deeper", "r", "r", "r"}, {"/inbox", "rw", "w", "w"},
        {"/inbox/x", "rw", "w", "w"},   {"/users/x", "r", "rw", "-"},
    };
    struct conf *c = conf_of("[access]\nread = \nwrite = @admin\n"
                             "[access \"/pub\"]\nwrite = \n"
                             "[access \"/pub/deep\"]\nread = alice\nwrite = Alice\n"
                             "[access \"/inbox\"]\nread = ALICE\nwrite = @all\n"
                             "[access \"/users\"]\nread = @users\nwrite = bob carol\n");
    const struct account alice = account("alice", ROLE_READ), bob = account("bob", ROLE_WRITE),
                         root = account("chief", ROLE_ADMIN);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_row(rows[i].path,
                   strcmp(may(c, &alice, ACCESS_NO, rows[i].path), rows[i].alice) == 0);
        assert_row(rows[i].path, strcmp(may(c, &bob, ACCESS_NO, rows[i].path), rows[i].bob) == 0);
        assert_row(rows[i].path,
                   strcmp(may(c, NULL, ACCESS_WRITE, rows[i].path), rows[i].guest) == 0);
        assert_row(rows[i].path, strcmp(may(c, &root, ACCESS_NO, rows[i].path), "rw") == 0);
    }
    assert_string_equal(may(c, NULL, ACCESS_READ, "/inbox"), "-"); /* the door lets them read */
    assert_string_equal(may(c, NULL, ACCESS_NO, "/pub"), "-");
    conf_free(c);
}

static void groups_are_who_they_say(void **state)
{
    (void)state;
    struct conf *c = conf_of("[access \"/g\"]\nread = @guests\nwrite = @guests\n"
                             "[access \"/w\"]\nread = @write\nwrite = @write\n"
                             "[access \"/r\"]\nread = @read\nwrite = @read\n"
                             "[access \"/a\"]\nread = @admin\nwrite = @admin\n");
    const struct account r = account("r", ROLE_READ), w = account("w", ROLE_WRITE);
    assert_string_equal(may(c, NULL, ACCESS_WRITE, "/g"), "rw");
    assert_string_equal(may(c, &w, ACCESS_WRITE, "/g"), "-");
    assert_string_equal(may(c, &r, ACCESS_NO, "/w"), "-");
    assert_string_equal(may(c, &w, ACCESS_NO, "/w"), "rw");
    assert_string_equal(may(c, &r, ACCESS_NO, "/r"), "rw");
    assert_string_equal(may(c, NULL, ACCESS_WRITE, "/r"), "-");
    assert_string_equal(may(c, &w, ACCESS_NO, "/a"), "-");
    conf_free(c);
}

static void another_rule_below_is_known(void **state)
{
    (void)state;
    struct conf *c = conf_of("[access]\nread = @all\n[access \"/a/b\"]\n[access \"/z.txt\"]\n");
    assert_true(access_differs_below(c, "/"));
    assert_true(access_differs_below(c, "/a"));
    assert_false(access_differs_below(c, "/a/b"));
    assert_false(access_differs_below(c, "/a/bc"));
    assert_false(access_differs_below(c, "/z.txt"));
    assert_false(access_differs_below(c, "/q"));
    conf_free(c);
}

static void nonsense_is_refused_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"[access \"inbox\"]\n", "must be a folder"},
        {"[access \"/inbox/\"]\n", "must be a folder"},
        {"[access \"/a/../b\"]\n", "must be a folder"},
        {"[access \"/a//b\"]\n", "must be a folder"},
        {"[access]\nread = @nobody\n", "@nobody is neither"},
        {"[access]\nread = @\n", "@ is neither"},
        {"[access]\nwrite = alice b,c\n", "b,c is neither"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf why = {0};
        struct conf *c = conf_of(rows[i].text);
        int result = 0;
        for (const struct conf_sect *s = c->sects; s != NULL && result == 0; s = s->next)
            result = access_check(s, &why);
        assert_row(rows[i].text, result < 0);
        assert_row(rows[i].text, strstr(buf_str(&why), rows[i].reason) != NULL);
        buf_free(&why);
        conf_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_section_roles_and_doors_decide, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_longest_folder_that_covers_holds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(groups_are_who_they_say, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_rule_below_is_known, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nonsense_is_refused_in_words, set_up, tear_down),
    };
    return RUN(tests);
}
