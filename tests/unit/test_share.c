/* test_share.c: model/share and model/share_admin, over a database that is opened again. */
#include "check.h"
#include "model/share_admin.h"

static struct clock clock_;
static struct log log_;
static char *folder;
static struct db *db;
static struct accounts as;
static struct event_bus bus;
static struct shares ss;
static struct store files;
static struct conf *conf;
static struct account *alice;

static const char hash[] =
    "$y$j9T$NOBODYNOBODYNOBODYNOB/$NOBODYNOBODYNOBODYNOBODYNOBODYNOBODYNOBODY1";

static void open_all(void)
{
    struct buf why = {0};
    db = db_open(in(folder, "a.db"), &log_, &why);
    assert_non_null(db);
    assert_int_equal(accounts_init(&as, db, &clock_, &why), 0);
    event_init(&bus, &log_);
    assert_int_equal(shares_init(&ss, db, &as, &bus, &why), 0);
    alice = account_find(&as, STR("alice"));
}

static void close_all(void)
{
    shares_free(&ss);
    accounts_free(&as);
    db_close(db);
}

static void again(void)
{
    close_all();
    open_all();
}

static int set_up(void **state)
{
    (void)state;
    struct buf why = {0};
    log_quiet(&log_, &clock_);
    clock_.wall = 1000000;
    clock_.mono = 5000;
    folder = folder_new();
    open_all();
    assert_int_equal(account_add(&as, STR("alice"), hash, ROLE_WRITE, 0, &alice), ACCOUNT_OK);
    assert_int_equal(store_init(&files, in(folder, "files"), true, &clock_, &why), 0);
    assert_int_equal(mkdir(in(folder, "files/pub"), 0755), 0);
    file_write(in(folder, "files/pub/a b.txt"), "a");
    file_write(in(folder, "conf"), "[agentd]\n[access]\n[access \"/closed\"]\nread = @admin\n"
                                   "write = @admin\n[access \"/pub/inner\"]\nread = @all\n"
                                   "write = @admin\n");
    conf = conf_load(in(folder, "conf"), &why);
    assert_non_null(conf);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close_all();
    conf_free(conf);
    store_free(&files);
    folder_remove(folder);
    return 0;
}

/* A share of path for a minute; its token goes to token. */
static struct share *share(const char *path, struct account *maker, char token[SHARE_TOKEN_MAX])
{
    const struct share_wish wish = {
        .path = path, .folder = true, .maker = maker, .lasts = 60000, .hash = ""};
    struct share *s = NULL;
    assert_int_equal(share_new(&ss, &wish, token, &s), SHARE_OK);
    return s;
}

static void a_token_stands_for_its_share(void **state)
{
    (void)state;
    char one[SHARE_TOKEN_MAX], two[SHARE_TOKEN_MAX];
    struct share *s = share("/pub", alice, one), *t = share("/pub", NULL, two);
    assert_int_equal(strlen(one), SHARE_TOKEN_MAX - 1);
    assert_string_not_equal(one, two);
    assert_ptr_equal(share_find(&ss, str_of(one)), s);
    assert_ptr_equal(share_find(&ss, str_of(two)), t);
    assert_ptr_equal(share_by_id(&ss, s->id), s);
    one[7] = one[7] == '0' ? '1' : '0';
    assert_null(share_find(&ss, str_of(one)));
    assert_null(share_find(&ss, STR("")));
    assert_null(share_find(&ss, (struct str){two, SHARE_TOKEN_MAX - 2}));
    assert_null(share_by_id(&ss, 99));
}

static bool is_in(const char *path, const char *text)
{
    char bytes[256 << 10];
    FILE *f = fopen(path, "re");
    const size_t n = f != NULL ? fread(bytes, 1, sizeof bytes, f) : 0;
    if (f != NULL)
        fclose(f);
    return n > 0 && memmem(bytes, n, text, strlen(text)) != NULL;
}

static void shares_outlive_the_daemon_and_their_tokens_are_not_kept(void **state)
{
    (void)state;
    char token[SHARE_TOKEN_MAX], pass[SHARE_TOKEN_MAX];
    const struct share_wish wish = {.path = "/pub/a b.txt", .maker = alice, .hash = hash};
    struct share *s;
    assert_int_equal(share_new(&ss, &wish, token, &s), SHARE_OK);
    share_hit(s);
    share_hit(s);
    const int64_t id = s->id;
    text_copy(pass, sizeof pass, s->pass);
    again();
    assert_false(is_in(in(folder, "a.db"), token) || is_in(in(folder, "a.db-wal"), token));
    s = share_find(&ss, str_of(token));
    assert_non_null(s);
    assert_true(is_in(in(folder, "a.db"), s->digest));
    assert_int_equal(s->id, id);
    assert_string_equal(s->path, "/pub/a b.txt");
    assert_string_equal(s->hash, hash);
    assert_string_equal(s->who, "share:1");
    assert_ptr_equal(s->maker, alice);
    assert_int_equal(s->hits, 2);
    assert_int_equal(s->expires, 0);
    assert_int_equal(s->made, 1000000);
    assert_false(s->folder || s->uploads);
    assert_string_not_equal(s->pass, pass);
    assert_string_not_equal(s->digest, token);
}

static void they_end_in_time(void **state)
{
    (void)state;
    char token[SHARE_TOKEN_MAX];
    (void)share("/pub", alice, token);
    clock_.wall += 59999;
    assert_non_null(share_find(&ss, str_of(token)));
    shares_tick(&ss);
    assert_non_null(share_find(&ss, str_of(token)));
    clock_.wall++;
    assert_null(share_find(&ss, str_of(token)));
    assert_non_null(share_of_token(&ss, str_of(token)));
    shares_tick(&ss);
    assert_null(share_of_token(&ss, str_of(token)));
    again();
    assert_null(share_of_token(&ss, str_of(token)));
}

static void revoked_is_revoked(void **state)
{
    (void)state;
    char token[SHARE_TOKEN_MAX];
    struct share *s = share_ref(share("/pub", alice, token));
    assert_true(share_revoke(&ss, s, "revoked"));
    assert_true(s->gone);
    assert_int_equal(share_rights(conf, NULL, s, "/pub") & MAY_WRITE, 0);
    assert_false(share_usable(&ss, s));
    share_unref(s);
    assert_null(share_find(&ss, str_of(token)));
    again();
    assert_null(share_find(&ss, str_of(token)));
}

static void the_account_decides(void **state)
{
    (void)state;
    char token[SHARE_TOKEN_MAX];
    (void)share("/pub", alice, token);
    assert_true(account_set_disabled(&as, alice, true));
    assert_null(share_find(&ss, str_of(token)));
    assert_true(account_set_disabled(&as, alice, false));
    assert_non_null(share_find(&ss, str_of(token)));
    assert_true(account_delete(&as, alice));
    assert_null(share_find(&ss, str_of(token)));
    assert_int_equal(ss.by_digest.count, 1);
    shares_tick(&ss);
    assert_int_equal(ss.by_digest.count, 0);
}

static void an_account_that_went_meanwhile_takes_its_shares_along(void **state)
{
    (void)state;
    char one[SHARE_TOKEN_MAX], two[SHARE_TOKEN_MAX];
    (void)share("/pub", alice, one);
    (void)share("/pub", NULL, two);
    assert_true(account_delete(&as, alice));
    again(); /* before a tick */
    assert_null(share_of_token(&ss, str_of(one)));
    assert_non_null(share_find(&ss, str_of(two)));
}

static void emit(enum event_kind kind, const char *path, const char *to)
{
    const struct event ev = {.kind = kind, .path = path, .to = to};
    event_emit(&bus, &ev);
}

static void what_is_deleted_or_moved_is_shared_no_more(void **state)
{
    (void)state;
    static const struct {
        enum event_kind kind;
        const char *path;
        bool ends;
    } rows[] = {
        {EVENT_DELETE, "/a/b", true},    {EVENT_RMDIR, "/a/b", true},
        {EVENT_MOVE, "/a/b", true},      {EVENT_MOVE, "/a", true},
        {EVENT_DELETE, "/", true},       {EVENT_UPLOAD, "/a/b", false},
        {EVENT_DELETE, "/a/b/c", false}, {EVENT_DELETE, "/a/bc", false},
        {EVENT_MOVE, "/a/c", false},     {EVENT_MKDIR, "/a/b", false},
    };
    char token[SHARE_TOKEN_MAX];
    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)share("/a/b", alice, token);
        emit(rows[i].kind, rows[i].path, "/elsewhere");
        assert_row(rows[i].path, (share_find(&ss, str_of(token)) == NULL) == rows[i].ends);
    }
}

static void a_folder_of_many_ends_at_once_and_goes_bit_by_bit(void **state)
{
    (void)state;
    char token[SHARE_TOKEN_MAX];
    for (int i = 0; i < 150; i++)
        (void)share("/a/b", alice, token);
    emit(EVENT_RMDIR, "/a", NULL);
    assert_null(share_find(&ss, str_of(token)));
    assert_int_equal(ss.by_digest.count, 50);
    shares_tick(&ss);
    assert_int_equal(ss.by_digest.count, 0);
}

static void nothing_is_given_that_the_maker_has_not(void **state)
{
    (void)state;
    char token[SHARE_TOKEN_MAX];
    struct share *s = share("/pub", alice, token), *root = share("/", alice, token),
                 *admin = share("/", NULL, token);
    assert_int_equal(share_rights(conf, NULL, s, "/pub"), MAY_READ);
    assert_int_equal(share_rights(conf, NULL, s, "/pub/x/y"), MAY_READ);
    assert_int_equal(share_rights(conf, NULL, s, "/public"), 0);
    assert_int_equal(share_rights(conf, NULL, s, "/"), 0);
    s->uploads = root->uploads = admin->uploads = true;
    assert_int_equal(share_rights(conf, NULL, s, "/pub/x"), MAY_READ | MAY_WRITE);
    assert_int_equal(share_rights(conf, NULL, s, "/pub/inner/x"), MAY_READ);
    assert_int_equal(share_rights(conf, NULL, root, "/closed/x"), 0);
    assert_int_equal(share_rights(conf, NULL, root, "/pub/x"), MAY_READ | MAY_WRITE);
    assert_int_equal(share_rights(conf, NULL, admin, "/closed/x"), MAY_READ | MAY_WRITE);
    assert_true(account_set_role(&as, alice, ROLE_READ));
    assert_int_equal(share_rights(conf, NULL, s, "/pub/x"), MAY_READ);
    s->folder = false;
    assert_int_equal(share_rights(conf, NULL, s, "/pub"), MAY_READ);
    assert_int_equal(share_rights(conf, NULL, s, "/pub/x"), 0);
}

static void there_is_a_bound(void **state)
{
    (void)state;
    char token[SHARE_TOKEN_MAX];
    const struct share_wish wish = {.path = "/pub", .maker = alice, .hash = ""},
                            other = {.path = "/pub", .hash = ""};
    struct share *s;
    for (int i = 0; i < SHARES_OF_MAX; i++)
        (void)share("/pub", alice, token);
    assert_int_equal(share_new(&ss, &wish, token, &s), SHARE_TOO_MANY);
    assert_int_equal(share_new(&ss, &other, token, &s), SHARE_OK);
    assert_true(share_revoke(&ss, share_by_id(&ss, 1), ""));
    assert_int_equal(share_new(&ss, &wish, token, &s), SHARE_OK);
}

static void links_are_found_in_text(void **state)
{
    (void)state;
#define TOKEN "0123456789abcdefABCDEF6789abcdef01234567"
    static const struct {
        const char *text;
        long at; /* -1: nowhere */
    } rows[] = {
        {"http://h/s/" TOKEN, 11},
        {"http://h/s/" TOKEN "/", 11},
        {"GET /s/" TOKEN "?json HTTP/1.1", 7},
        {"//s/" TOKEN "/a/s/" TOKEN, 4},
        {"/s/x/s/" TOKEN, 7},
        {"/s/" TOKEN "0", -1},
        {"/s/0123", -1},
        {"/S/" TOKEN, -1},
        {TOKEN, -1},
        {"/s/", -1},
        {"", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].text);
        char *text = tight_copy(rows[i].text, n);
        const struct str token = share_token_in((struct str){text, n});
        assert_row(rows[i].text, (token.p != NULL ? token.p - text : -1) == rows[i].at);
        assert_row(rows[i].text, token.p == NULL || token.n == SHARE_TOKEN_MAX - 1);
        free(text);
    }
}

static void times_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: none */
    } rows[] = {
        {"", SHARE_DEFAULT_MS}, {"never", 0}, {"7d", 604800000}, {"90m", 5400000},
        {"300ms", 300},         {"5", 5000},  {"0", -1},         {"-1d", -1},
        {"soon", -1},           {"1d ", -1},  {"99999999d", -1},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms;
        const bool ok = share_lasts(str_of(rows[i].text), &ms);
        assert_row(rows[i].text, ok == (rows[i].ms >= 0));
        assert_row(rows[i].text, !ok || ms == rows[i].ms);
    }
}

/* What the verbs say; "= " before it when that was why not. */
static void assert_says(const char *line, const char *want)
{
    struct buf out = {0}, said = {0};
    const struct share_desk desk = {
        .shares = &ss, .conf = conf, .files = &files, .url = "http://h"};
    const bool ok = share_admin(&desk, str_of(line), &out);
    buf_addf(&said, "%s%s", ok ? "" : "= ", buf_str(&out));
    const struct str token = share_token_in(str_of(buf_str(&said)));
    if (token.p != NULL)
        memset((char *)(uintptr_t)token.p, 'T', token.n);
    if (strncmp(buf_str(&said), want, strlen(want)) != 0)
        fail_msg("<%s> says <%s>, not <%s>", line, buf_str(&said), want);
    buf_free(&out);
    buf_free(&said);
}

static void the_verbs_do_what_they_say(void **state)
{
    (void)state;
#define URL "http://h/s/TTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTTT"
    char line[256];
    assert_says("", "= usage: ");
    assert_says("add 1d - - - pub/", URL "/\nid 1, until 1970-01-02 00:16\n");
    snprintf(line, sizeof line, "add never %s - alice /pub/a b.txt", hash);
    assert_says(line, URL "\nid 2, until it is revoked\n");
    assert_says("add - - uploads - /", URL "/\nid 3, until 1970-01-08 00:16\n");
    assert_says("add - - uploads - /pub/a b.txt", "= uploads need a folder");
    assert_says("add - - - - /none", "= there is no such file or folder");
    assert_says("add - - - - /../.hidden", "= there is no such file or folder");
    assert_says("add - - - alice /closed", "= that account may not do there");
    assert_says("add - - uploads alice /pub/inner", "= that account may not do there");
    assert_says("add - - - bob /pub", "= there is no account");
    assert_says("add soon - - - /pub", "= --expires must be");
    assert_says("add - secret - - /pub", "= that is no hash");
    assert_says("add - - - -", "= the path is missing");
    assert_says("list",
                "    ID  BY                UNTIL (UTC)         HITS  WHAT\n"
                "     1  (agentctl)        1970-01-02 00:16       0  /pub/\n"
                "     2  alice             never                  0  /pub/a b.txt  password\n"
                "     3  (agentctl)        1970-01-08 00:16       0  /  uploads\n");
    assert_says("revoke 1", "share 1 is revoked\n");
    assert_says("revoke 1", "= there is no such share");
    assert_says("revoke x", "= there is no such share");
    assert_says("revoke", "= there is no such share");
    assert_says("revoke http://h/s/" TOKEN, "= there is no such share");
    assert_says("list --json",
                "[{\"id\":2,\"path\":\"/pub/a b.txt\",\"type\":\"file\",\"account\":\"alice\","
                "\"made\":1000,\"expires\":0,\"password\":true,\"uploads\":false,\"hits\":0,"
                "\"usable\":true},{\"id\":3,\"path\":\"/\",\"type\":\"folder\",\"account\":\"\","
                "\"made\":1000,\"expires\":605800,\"password\":false,\"uploads\":true,\"hits\":0,"
                "\"usable\":true}]\n");
}

static void a_link_revokes_itself(void **state)
{
    (void)state;
    char token[SHARE_TOKEN_MAX], line[128];
    (void)share("/pub", alice, token);
    snprintf(line, sizeof line, "revoke http://h/s/%s/sub", token);
    assert_says(line, "share 1 is revoked\n");
    assert_null(share_of_token(&ss, str_of(token)));
}

static void without_a_daemon_nothing_is_made(void **state)
{
    (void)state;
    struct buf out = {0};
    struct share_desk desk = {.shares = &ss, .conf = conf};
    assert_false(share_admin(&desk, STR("add - - - - /pub"), &out));
    assert_non_null(strstr(buf_str(&out), "agentd is stopped"));
    buf_clear(&out);
    desk.files = &files;
    assert_false(share_admin(&desk, STR("add - - - - /pub"), &out));
    assert_non_null(strstr(buf_str(&out), "no door of http"));
    buf_free(&out);
}

static void passwords_are_remembered(void **state)
{
    (void)state;
    char token[SHARE_TOKEN_MAX];
    struct share *s = share("/pub", alice, token);
    assert_false(share_remembers(&ss, s, "right"));
    share_remember(&ss, s, "right");
    assert_true(share_remembers(&ss, s, "right"));
    assert_false(share_remembers(&ss, s, "wrong"));
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_token_stands_for_its_share),
        TEST(shares_outlive_the_daemon_and_their_tokens_are_not_kept),
        TEST(they_end_in_time),
        TEST(revoked_is_revoked),
        TEST(the_account_decides),
        TEST(an_account_that_went_meanwhile_takes_its_shares_along),
        TEST(what_is_deleted_or_moved_is_shared_no_more),
        TEST(a_folder_of_many_ends_at_once_and_goes_bit_by_bit),
        TEST(nothing_is_given_that_the_maker_has_not),
        TEST(there_is_a_bound),
        TEST(links_are_found_in_text),
        TEST(times_are_understood),
        TEST(the_verbs_do_what_they_say),
        TEST(a_link_revokes_itself),
        TEST(without_a_daemon_nothing_is_made),
        TEST(passwords_are_remembered),
    };
    return RUN(tests);
}
