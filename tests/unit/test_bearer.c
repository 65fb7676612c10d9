/* test_bearer.c: model/bearer, over a restart. */
#include "check.h"
#include "model/bearer.h"

static struct clock clock_ = {.mono = 5000, .wall = 1700000000000};
static struct log log_;
static struct accounts accounts;
static struct bearers bearers;
static struct db *db;
static char *folder;

static void start(void)
{
    struct buf why = {0};
    db = db_open(in(folder, "a.db"), &log_, &why);
    assert_non_null(db);
    assert_int_equal(accounts_init(&accounts, db, &clock_, &why), 0);
    assert_int_equal(bearers_init(&bearers, &accounts, &why), 0);
}

static void stop(void)
{
    bearers_free(&bearers);
    accounts_free(&accounts);
    db_close(db);
}

static int set_up(void **state)
{
    (void)state;
    log_quiet(&log_, &clock_);
    folder = folder_new();
    start();
    assert_int_equal(account_add(&accounts, STR("ann"), "$y$h", ROLE_WRITE, 0, NULL), ACCOUNT_OK);
    assert_int_equal(account_add(&accounts, STR("bob"), "$y$h", ROLE_WRITE, 0, NULL), ACCOUNT_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stop();
    folder_remove(folder);
    return 0;
}

static struct account *who(const char *name)
{
    return account_find(&accounts, str_of(name));
}

/* Runs the verb; what it says is good until the next call. */
static const char *ask(const char *name, const char *line, bool ok)
{
    static char said[4096];
    struct buf out = {0};
    assert_row(line, bearer_admin(&bearers, who(name), str_of(line), &out) == ok);
    text_copy(said, sizeof said, buf_str(&out));
    buf_free(&out);
    return said;
}

static void make(const char *name, const char *what_for, char out[BEARER_TOKEN_MAX])
{
    char line[64];
    snprintf(line, sizeof line, "add %s", what_for);
    (void)str_copy(out, BEARER_TOKEN_MAX,
                   (struct str){ask(name, line, true), BEARER_TOKEN_MAX - 1});
    assert_int_equal(strspn(out, "0123456789abcdef"), BEARER_TOKEN_MAX - 1);
}

static void a_token_is_its_account_s_until_it_is_revoked(void **state)
{
    (void)state;
    char one[BEARER_TOKEN_MAX], two[BEARER_TOKEN_MAX];
    make("ann", "a bot", one);
    make("bob", "", two);
    assert_ptr_equal(bearer_find(&bearers, str_of(one)), who("ann"));
    assert_ptr_equal(bearer_find(&bearers, str_of(two)), who("bob"));
    stop();
    start();
    assert_ptr_equal(bearer_find(&bearers, str_of(one)), who("ann"));
    assert_non_null(strstr(ask("ann", "list", true), "a bot"));
    assert_null(strstr(ask("bob", "", true), "a bot"));
    assert_null(strstr(ask("ann", "list", true), one)); /* it is not shown again */
    (void)ask("bob", "revoke 1", false);                /* another's */
    (void)ask("ann", "revoke x", false);
    (void)ask("ann", "revoke 1", true);
    assert_null(bearer_find(&bearers, str_of(one)));
    stop();
    start();
    assert_null(bearer_find(&bearers, str_of(one)));
    assert_non_null(bearer_find(&bearers, str_of(two)));
}

static void it_ends_with_its_account(void **state)
{
    (void)state;
    char token[BEARER_TOKEN_MAX];
    make("ann", "", token);
    assert_true(account_set_disabled(&accounts, who("ann"), true));
    assert_null(bearer_find(&bearers, str_of(token)));
    assert_true(account_set_disabled(&accounts, who("ann"), false));
    assert_non_null(bearer_find(&bearers, str_of(token)));
    struct account *a = account_ref(who("ann"));
    assert_true(account_delete(&accounts, a));
    bearer_forget(&bearers, a);
    account_unref(a);
    assert_null(bearer_find(&bearers, str_of(token)));
}

static void when_it_was_used_is_told_to_the_minute(void **state)
{
    (void)state;
    char token[BEARER_TOKEN_MAX];
    make("ann", "", token);
    assert_non_null(strstr(ask("ann", "list", true), "never"));
    assert_non_null(bearer_find(&bearers, str_of(token)));
    stop();
    start();
    assert_null(strstr(ask("ann", "list", true), "never"));
}

static void what_is_no_token_is_nobody_s(void **state)
{
    static const char *const texts[] = {"", "x", "000000000000000000000000000000000000000000000000",
                                        "00000000000000000000000000000000000000000000000000000"};
    char token[BEARER_TOKEN_MAX];
    (void)state;
    make("ann", "", token);
    for (size_t i = 0; i < COUNT(texts); i++)
        assert_row(texts[i], bearer_find(&bearers, str_of(texts[i])) == NULL);
    token[3] = token[3] == 'a' ? 'b' : 'a';
    assert_null(bearer_find(&bearers, str_of(token)));
    (void)ask("ann", "add this name is much longer than a name may be", false);
    (void)ask("ann", "add a\x01", false);
    (void)ask("ann", "nonsense", false);
}

static void there_is_a_bound(void **state)
{
    char token[BEARER_TOKEN_MAX];
    (void)state;
    for (int i = 0; i < BEARERS_OF_MAX; i++)
        make("ann", "", token);
    (void)ask("ann", "add", false);
    make("bob", "", token);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_is_its_account_s_until_it_is_revoked),
        TEST(it_ends_with_its_account),
        TEST(when_it_was_used_is_told_to_the_minute),
        TEST(what_is_no_token_is_nobody_s),
        TEST(there_is_a_bound),
    };
    return RUN(tests);
}
