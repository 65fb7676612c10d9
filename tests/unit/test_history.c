/* test_history.c: model/history, with its keeper beside it instead of in a process: all that goes
 * between them, what is answered, what is forgotten, what trouble does. */
#include "check.h"
#include "model/db.h"
#include "model/history.h"
#include "model/history_keeper.h"

enum { T0 = 1000000 }; /* ms: when everything begins */

static struct clock clock_;
static struct log log_;
static struct metrics metrics;
static struct history h;
static struct buf to_us;
static void *keeper;
static char *folder;
static char *path;

static const struct history_settings plenty = {.store = true};

static int set_up(void **state)
{
    (void)state;
    clock_ = (struct clock){.mono = 5000, .wall = T0};
    metrics = (struct metrics){0};
    log_quiet(&log_, &clock_);
    folder = folder_new();
    path = strdup(in(folder, "history.db"));
    history_init(&h, &clock_, &log_, &metrics);
    h.path = path;
    history_set(&h, &plenty);
    keeper = history_helper.begin(&h);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (keeper != NULL)
        history_helper.end(keeper);
    history_free(&h);
    buf_free(&to_us);
    free(path);
    folder_remove(folder);
    return 0;
}

/* Everything that is to be sent goes, in pieces, and so do the answers. */
static void carry(void)
{
    struct buf in = {0};
    struct chance c = {1};
    struct str s;
    history_flush(&h);
    while ((s = history_helper.output(&h)).n > 0) {
        const size_t n = 1 + chance_below(&c, s.n);
        buf_add(&in, s.p, n);
        history_helper.sent(&h, n);
        history_helper.input(keeper, &in, &to_us);
    }
    assert_int_equal(in.len, 0);
    buf_free(&in);
}

static void hear(void)
{
    assert_int_equal(history_helper.heard(&h, &to_us), 0);
    assert_int_equal(to_us.len, 0);
}

static void pump(void)
{
    carry();
    for (int i = 0; i < 1000 && history_helper.idle(keeper, &to_us) == 0; i++)
        ;
    hear();
}

static void lose_keeper(void)
{
    buf_clear(&to_us);
    history_helper.lost(&h);
}

static uint64_t id_of(int64_t at, unsigned n)
{
    return (uint64_t)at << 16 | n;
}

/* At T0 + seconds, the n-th of that time. */
static uint64_t add(int seconds, unsigned n, enum history_kind kind, const char *room,
                    const char *text)
{
    const int64_t at = T0 + seconds * 1000;
    const struct history_msg m = {.id = id_of(at, n),
                                  .at = at,
                                  .kind = kind,
                                  .room = str_of(room),
                                  .name = str_of(room),
                                  .from = STR("anna"),
                                  .user = STR("a@host"),
                                  .account = STR("Anna"),
                                  .text = str_of(text),
                                  .tags = STR("+x=y")};
    history_add(&h, &m);
    return m.id;
}

static uint64_t say(int seconds, const char *room, const char *text)
{
    return add(seconds, 0, HISTORY_SAY, room, text);
}

/* What came of a question: the rows' texts with blanks between, or the result. */
struct heard {
    bool done;
    enum history_result result;
    bool more;
    uint64_t next;
    struct buf texts, why;
};

static void on_answer(void *arg, struct history_answer *a)
{
    struct heard *got = arg;
    struct history_msg m;
    assert_false(got->done);
    got->done = true;
    got->result = a->result;
    got->more = a->more;
    got->next = a->next;
    buf_adds(&got->why, a->why);
    while (history_next(a, &m)) {
        const struct str what = m.text.n > 0 ? m.text : m.room;
        buf_addf(&got->texts, "%s%.*s", got->texts.len > 0 ? " " : "", (int)what.n, what.p);
    }
    assert_false(a->left.bad);
}

static unsigned count_rows(const struct buf *texts)
{
    unsigned n = texts->len > 0;
    for (size_t i = 0; i < texts->len; i++)
        n += buf_data(texts)[i] == ' ';
    return n;
}

static struct heard ask(const struct history_query *q)
{
    struct heard got = {0};
    assert_true(history_ask(&h, q, on_answer, &got) > 0);
    pump();
    assert_true(got.done);
    assert_true(h.bytes == 0 || h.state.trouble[0] != '\0');
    return got;
}

/* As "DONE rows", or the result alone. */
static void assert_answer(const char *label, const struct history_query *q, const char *want)
{
    static const char *const results[] = {"", "ABSENT", "DENIED", "FAILED"};
    struct heard got = ask(q);
    const char *said = got.result == HISTORY_DONE ? buf_str(&got.texts) : results[got.result];
    if (strcmp(said, want) != 0)
        fail_msg("row <%s>: <%s>, not <%s> (%s)", label, said, want, buf_str(&got.why));
    buf_free(&got.texts);
    buf_free(&got.why);
}

static struct history_mark at(int seconds)
{
    return (struct history_mark){.at = T0 + seconds * 1000};
}

static struct history_mark msg(int seconds)
{
    return (struct history_mark){.id = id_of(T0 + seconds * 1000, 0)};
}

/* Ends the keeper: is its file in order, and does it hold so many messages, in so many rooms? */
static void assert_file_is_sound(int64_t messages, int64_t rooms)
{
    const struct db_schema schema = {.versions = 1};
    struct buf why = {0};
    enum db_fault fault;
    history_helper.end(keeper);
    keeper = NULL;
    struct db *db = db_open_as(path, &schema, &log_, &why, &fault);
    if (db == NULL)
        fail_msg("%s", buf_str(&why));
    struct db_stmt *s = db_stmt(db, "SELECT count(*), (SELECT count(*) FROM room) FROM msg");
    assert_true(db_step(s));
    assert_int_equal(db_int(s, 0), messages);
    assert_int_equal(db_int(s, 1), rooms);
    db_reset(s);
    assert_true(db_run(db_stmt(db, "INSERT INTO word (word) VALUES ('integrity-check')")));
    s = db_stmt(db, "PRAGMA integrity_check");
    assert_true(db_step(s));
    assert_string_equal(db_text(s, 0), "ok");
    db_reset(s);
    db_close(db);
}

/* --- what is answered --- */

static void every_way_to_ask(void **state)
{
    (void)state;
    for (int i = 1; i <= 9; i++) {
        const char text[] = {(char)('0' + i), '\0'};
        (void)say(i, "#lab", text);
        (void)add(i, 1, HISTORY_JOIN, "#lab", "j");
        (void)say(i + 100, "#other", "never");
    }
    const struct history_mark none = {0};
    const struct {
        const char *label;
        enum history_want want;
        struct history_mark from, to;
        uint32_t limit;
        const char *rows;
    } table[] = {
        {"the end", HISTORY_BEFORE, none, none, 3, "7 8 9"},
        {"before a message", HISTORY_BEFORE, msg(5), none, 3, "2 3 4"},
        {"before a moment", HISTORY_BEFORE, at(5), none, 3, "2 3 4"},
        {"before all", HISTORY_BEFORE, msg(1), none, 3, ""},
        {"no limit", HISTORY_BEFORE, none, none, 100000, "1 2 3 4 5 6 7 8 9"},
        {"nothing", HISTORY_BEFORE, none, none, 0, ""},
        {"the beginning", HISTORY_AFTER, none, none, 3, "1 2 3"},
        {"after a message", HISTORY_AFTER, msg(5), none, 3, "6 7 8"},
        {"after a moment", HISTORY_AFTER, at(5), none, 3, "6 7 8"},
        {"after all", HISTORY_AFTER, at(99), none, 3, ""},
        {"the latest", HISTORY_LATEST, none, none, 2, "8 9"},
        {"the latest since", HISTORY_LATEST, msg(6), none, 2, "8 9"},
        {"fewer since", HISTORY_LATEST, at(8), none, 5, "9"},
        {"around", HISTORY_AROUND, msg(5), none, 3, "4 5 6"},
        {"around an even number", HISTORY_AROUND, msg(5), none, 4, "3 4 5 6"},
        {"around a moment", HISTORY_AROUND, at(5), none, 3, "4 5 6"},
        {"around the first", HISTORY_AROUND, msg(1), none, 4, "1 2 3 4"},
        {"around the last", HISTORY_AROUND, msg(9), none, 4, "6 7 8 9"},
        {"between", HISTORY_BETWEEN, msg(2), msg(6), 100, "3 4 5"},
        {"between, some", HISTORY_BETWEEN, msg(2), msg(6), 2, "3 4"},
        {"between, from the end", HISTORY_BETWEEN, at(6), at(2), 2, "4 5"},
        {"between neighbours", HISTORY_BETWEEN, msg(2), msg(3), 2, ""},
        {"between one and itself", HISTORY_BETWEEN, msg(2), msg(2), 2, ""},
        {"one", HISTORY_ONE, msg(3), none, 1, "3"},
        {"none", HISTORY_ONE, msg(77), none, 1, "ABSENT"},
        {"of another room", HISTORY_ONE, msg(105), none, 1, "ABSENT"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct history_query q = {.want = table[i].want,
                                  .room = STR("#lab"),
                                  .from = table[i].from,
                                  .to = table[i].to,
                                  .limit = table[i].limit};
        assert_answer(table[i].label, &q, table[i].rows);
    }
    struct history_query q = {.room = STR("#lab"), .limit = 4, .events = true};
    assert_answer("with events", &q, "8 j 9 j");
    q = (struct history_query){.room = STR("#lab"), .limit = 9, .since = T0 + 8000};
    assert_answer("not older than the room", &q, "8 9");
    q = (struct history_query){
        .want = HISTORY_AFTER, .room = STR("#lab"), .limit = 9, .since = T0 + 8000};
    assert_answer("nor from the beginning on", &q, "8 9");
    q = (struct history_query){.room = STR("#nix"), .limit = 9};
    assert_answer("no such room", &q, "ABSENT");
}

static void more_is_told(void **state)
{
    (void)state;
    for (int i = 1; i <= 4; i++)
        (void)say(i, "#lab", i % 2 ? "Odd" : "even");
    struct history_query q = {.want = HISTORY_AFTER, .room = STR("#lab"), .limit = 3};
    struct heard got = ask(&q);
    assert_true(got.more && got.next == id_of(T0 + 3000, 0));
    buf_free(&got.texts);
    q.from.id = got.next;
    got = ask(&q);
    assert_false(got.more);
    assert_buf(&got.texts, "even");
    q = (struct history_query){.room = STR("#lab"), .limit = 9, .text = STR("oDD")};
    assert_answer("with a text in it", &q, "Odd Odd");
    q.text = STR("%");
    assert_answer("which is no pattern", &q, "");
}

static const struct history_msg whole = {.id = (uint64_t)T0 << 16 | 7,
                                         .at = T0,
                                         .kind = HISTORY_KICK,
                                         .room = {"#lab", 4},
                                         .name = {"#Lab", 4},
                                         .from = {"小明", 6},
                                         .user = {"u@h", 3},
                                         .account = {"acc", 3},
                                         .target = {"bob", 3},
                                         .text = {"two\nlines", 9},
                                         .tags = {"+a=b;+c", 7}};

static void on_whole(void *arg, struct history_answer *a)
{
    struct history_msg m;
    assert_true(history_next(a, &m));
    assert_true(m.id == whole.id && m.at == whole.at && m.kind == whole.kind);
    assert_str(m.room, "#lab");
    assert_str(m.name, "#Lab");
    assert_str(m.from, "小明");
    assert_str(m.user, "u@h");
    assert_str(m.account, "acc");
    assert_str(m.target, "bob");
    assert_str(m.text, "two\nlines");
    assert_str(m.tags, "+a=b;+c");
    assert_false(history_next(a, &m));
    *(bool *)arg = true;
}

static void a_row_is_whole(void **state)
{
    (void)state;
    const struct history_query q = {.room = STR("#lab"), .limit = 1, .events = true};
    bool seen = false;
    history_add(&h, &whole);
    assert_true(history_ask(&h, &q, on_whole, &seen) > 0);
    pump();
    assert_true(seen);
}

/* Ids never fall behind the time, so a clock that was set back makes them run ahead of it. */
static void a_clock_that_was_set_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        const int64_t when = T0 + (i < 3 ? i * 1000 : i * 1000 - 10000);
        const char text[] = {(char)('a' + i), '\0'};
        const struct history_msg m = {.id = id_of(T0 + 2000, i), /* above all before */
                                      .at = when,
                                      .room = STR("#lab"),
                                      .text = str_of(text)};
        history_add(&h, &m);
    }
    struct history_query q = {.room = STR("#lab"), .limit = 9};
    assert_answer("order of ids", &q, "a b c d e f");
    q = (struct history_query){
        .want = HISTORY_AFTER, .room = STR("#lab"), .limit = 9, .from = at(1)};
    assert_answer("behind the second", &q, "c d e f");
}

static void words_are_found(void **state)
{
    (void)state;
    (void)say(1, "#lab", "The printer in the lab is broken: see /dev/sda1");
    (void)say(2, "#lab", "我们在实验室见 小明");
    (void)say(3, "#lab", "Crème brûlée");
    (void)say(4, "#other", "printer");
    (void)add(5, 0, HISTORY_TOPIC, "#lab", "printer");
    const char *printer = "The printer in the lab is broken: see /dev/sda1";
    const char *han = "我们在实验室见 小明", *cream = "Crème brûlée";
    const struct {
        const char *text, *rows;
    } table[] = {
        {"printer", printer},
        {"PRINT", printer},
        {"rinter", ""},
        {"lab broken", printer},
        {"lab whole", ""},
        {"\"lab is\"", printer},
        {"\"is lab\"", ""},
        {"\"lab i\"", ""},
        {"sda1", printer},
        {"/dev/sda1", printer},
        {"明", han},
        {"小明", han},
        {"明小", ""},
        {"验室", han},
        {"我 见", han},
        {"creme", cream},
        {"", ""},
        {"...", ""},
        {"\"", ""},
        {"\"\"", ""},
        {"printer \"", printer},
        {"NOT AND OR", ""},
        {"print* OR (", ""},
        {"text:printer", ""},
        {"see:", printer},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct history_query q = {
            .want = HISTORY_SEARCH, .room = STR("#lab"), .limit = 9, .text = str_of(table[i].text)};
        assert_answer(table[i].text, &q, table[i].rows);
    }
}

static void a_search_goes_over_rooms_and_pages(void **state)
{
    (void)state;
    struct buf rooms = {0};
    (void)say(1, "#a", "one two");
    (void)say(2, "#b", "two three");
    (void)say(3, "#c", "two four");
    (void)say(4, "#a", "two five");
    history_add_room(&rooms, STR("#a"), 0);
    history_add_room(&rooms, STR("#nix"), 0);
    history_add_room(&rooms, STR("#b"), 0);
    struct history_query q = {.want = HISTORY_SEARCH,
                              .rooms = {buf_data(&rooms), rooms.len},
                              .limit = 2,
                              .text = STR("two")};
    struct heard got = ask(&q);
    assert_true(got.more);
    assert_buf(&got.texts, "two five two three");
    q.from.id = got.next;
    assert_answer("the next page", &q, "one two");
    buf_clear(&rooms);
    history_add_room(&rooms, STR("#a"), T0 + 2000);
    q = (struct history_query){.want = HISTORY_SEARCH,
                               .rooms = {buf_data(&rooms), rooms.len},
                               .limit = 9,
                               .text = STR("two")};
    assert_answer("nothing older", &q, "two five");
    q.rooms = STR("");
    assert_answer("nowhere", &q, "");
    buf_free(&rooms);
}

static void targets_by_time(void **state)
{
    (void)state;
    struct buf rooms = {0};
    char key[HISTORY_TALK_KEY_MAX];
    uint64_t a, b;
    history_talk_key(key, 12, 7);
    assert_string_equal(key, "=7,12");
    assert_true(history_talk_parties(str_of(key), &a, &b) && a == 7 && b == 12);
    assert_false(history_talk_parties(STR("#lab"), &a, &b));
    assert_false(history_talk_parties(STR("=7"), &a, &b));
    (void)say(1, "#a", "x");
    (void)say(5, "=7,12", "x");
    (void)say(3, "=3,7", "x");
    (void)say(4, "=3,4", "x");
    (void)say(9, "#b", "x");
    (void)add(20, 0, HISTORY_JOIN, "#b", "");
    history_add_room(&rooms, STR("#a"), 0);
    history_add_room(&rooms, STR("#b"), 0);
    struct history_query q = {.want = HISTORY_TARGETS,
                              .rooms = {buf_data(&rooms), rooms.len},
                              .account = 7,
                              .from = at(0),
                              .to = at(100),
                              .limit = 10};
    assert_answer("all", &q, "#a =3,7 =7,12 #b");
    q.limit = 2;
    assert_answer("the first", &q, "#a =3,7");
    q.from = at(100);
    q.to = at(0);
    assert_answer("the last", &q, "=7,12 #b");
    q.from = at(3);
    q.to = at(9);
    q.limit = 10;
    assert_answer("those between", &q, "=7,12");
    q.account = 0;
    assert_answer("a guest's", &q, "");
    buf_free(&rooms);
}

/* --- what is taken back --- */

static void a_message_is_taken_back(void **state)
{
    (void)state;
    (void)say(1, "#lab", "secret");
    (void)say(2, "#lab", "shame");
    (void)add(3, 0, HISTORY_JOIN, "#lab", "");
    struct history_query q = {
        .want = HISTORY_REDACT_ONE, .room = STR("#lab"), .from = msg(1), .by = STR("Bob")};
    assert_answer("another's", &q, "DENIED");
    q.by = STR("");
    assert_answer("a guest's", &q, "DENIED");
    q.by = STR("Anna");
    q.room = STR("#nix");
    assert_answer("elsewhere", &q, "ABSENT");
    q.room = STR("#lab");
    assert_answer("one's own", &q, "secret");
    assert_answer("not twice", &q, "ABSENT");
    q.from = msg(3);
    assert_answer("what is no message", &q, "ABSENT");
    q = (struct history_query){
        .want = HISTORY_REDACT_ONE, .room = STR("#lab"), .from = msg(2), .any = true};
    assert_answer("an operator's", &q, "shame");
    q = (struct history_query){.room = STR("#lab"), .limit = 9};
    assert_answer("they are gone", &q, "");
    q = (struct history_query){
        .want = HISTORY_SEARCH, .room = STR("#lab"), .limit = 9, .text = STR("secret")};
    assert_answer("from the index, too", &q, "");
}

static void rooms_are_renamed_and_dropped(void **state)
{
    (void)state;
    (void)say(1, "#a", "old");
    (void)say(2, "#b", "former");
    struct history_query q = {
        .want = HISTORY_RENAME, .room = STR("#a"), .text = STR("#b"), .name = STR("#B")};
    assert_answer("rename", &q, "");
    (void)say(3, "#b", "new");
    q = (struct history_query){.room = STR("#b"), .limit = 9};
    assert_answer("its past goes with it", &q, "old new");
    q.room = STR("#a");
    assert_answer("not here any more", &q, "ABSENT");
    q = (struct history_query){
        .want = HISTORY_SEARCH, .room = STR("#b"), .limit = 9, .text = STR("former")};
    assert_answer("another room's past is gone", &q, "");
    q = (struct history_query){.want = HISTORY_DROP, .room = STR("#b")};
    assert_answer("drop", &q, "");
    q = (struct history_query){.room = STR("#b"), .limit = 9};
    assert_answer("dropped", &q, "ABSENT");
    (void)say(4, "#c", "x");
    (void)say(5, "#d", "others'");
    q = (struct history_query){
        .want = HISTORY_RENAME, .room = STR("#new"), .text = STR("#d"), .name = STR("#d")};
    assert_answer("one of which nothing is kept", &q, "");
    q = (struct history_query){.room = STR("#d"), .limit = 9};
    assert_answer("has no past of others", &q, "ABSENT");
    pump();
    assert_file_is_sound(1, 1);
}

/* All in one turn: what comes behind a question must not get before it. */
static void lines_and_questions_keep_their_order(void **state)
{
    (void)state;
    struct heard first = {0}, second = {0};
    const struct history_query rename = {
        .want = HISTORY_RENAME, .room = STR("#a"), .text = STR("#b"), .name = STR("#b")};
    const struct history_query q = {.room = STR("#b"), .limit = 9};
    (void)say(1, "#a", "old");
    assert_true(history_ask(&h, &rename, NULL, NULL) > 0);
    (void)say(2, "#b", "new");
    assert_true(history_ask(&h, &q, on_answer, &first) > 0);
    (void)say(3, "#b", "newer");
    assert_true(history_ask(&h, &q, on_answer, &second) > 0);
    pump();
    assert_buf(&first.texts, "old new");
    assert_buf(&second.texts, "old new newer");
    assert_int_equal(h.bytes, 0); /* all of it was kept, and that is known */
}

/* --- what is forgotten --- */

static void what_is_old_goes(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++)
        (void)add(i, 0, i % 3 ? HISTORY_SAY : HISTORY_JOIN, i < 500 ? "#old" : "#lab", "word");
    pump();
    struct history_query q = {.room = STR("#old"), .limit = 1};
    assert_answer("still there", &q, "word");
    struct history_settings s = plenty;
    struct clock now;
    clock_update(&now); /* the keeper has a clock of its own */
    s.keep = now.wall - (T0 + 900 * 1000);
    history_set(&h, &s);
    pump();
    assert_answer("the whole room is forgotten", &q, "ABSENT");
    q = (struct history_query){
        .want = HISTORY_AFTER, .room = STR("#lab"), .limit = 1000, .events = true};
    struct heard got = ask(&q);
    const unsigned left = count_rows(&got.texts); /* the clock went on meanwhile, by a little */
    assert_in_range(left, 90, 100);
    buf_free(&got.texts);
    assert_file_is_sound(left, 1);
}

static void what_is_too_much_goes(void **state)
{
    (void)state;
    struct history_settings s = plenty;
    s.max = 100;
    history_set(&h, &s);
    for (int i = 0; i < 1000; i++)
        (void)say(i, "#lab", i % 2 ? "明天 see" : "word");
    pump();
    struct history_query q = {.want = HISTORY_AFTER, .room = STR("#lab"), .limit = 1000};
    struct heard got = ask(&q);
    assert_int_equal(got.next, id_of(T0 + 999 * 1000, 0));
    buf_free(&got.texts);
    q = (struct history_query){
        .want = HISTORY_SEARCH, .room = STR("#lab"), .limit = 1000, .text = STR("明")};
    got = ask(&q);
    assert_int_equal(got.next, id_of(T0 + 901 * 1000, 0));
    buf_free(&got.texts);
    assert_file_is_sound(100, 1);
}

/* --- trouble --- */

static unsigned rows_of(const char *room)
{
    const struct history_query q = {
        .want = HISTORY_AFTER, .room = str_of(room), .limit = 1000, .events = true};
    struct heard got = ask(&q);
    const unsigned n = count_rows(&got.texts);
    buf_free(&got.texts);
    return n;
}

static void what_was_not_confirmed_goes_again(void **state)
{
    (void)state;
    (void)say(1, "#lab", "a");
    carry();
    (void)history_helper.idle(keeper, &to_us); /* kept, but nobody heard of it */
    lose_keeper();
    (void)say(2, "#lab", "b");
    carry(); /* before it was kept, the next one dies */
    lose_keeper();
    history_helper.end(keeper);
    keeper = history_helper.begin(&h);
    (void)say(3, "#lab", "c");
    assert_int_equal(rows_of("#lab"), 3);
    assert_int_equal(metrics.history_lost, 0);
    assert_int_equal(h.bytes, 0);
}

/* Lines that every keeper dies of are given up, so that the others are kept. */
static void lines_that_kill_are_given_up(void **state)
{
    (void)state;
    struct str s;
    (void)say(1, "#lab", "poison");
    history_flush(&h);
    for (int i = 0; i < 3; i++) {
        while ((s = history_helper.output(&h)).n > 0)
            history_helper.sent(&h, s.n);
        lose_keeper();
    }
    assert_int_equal(metrics.history_lost, 1);
    (void)say(2, "#lab", "b");
    assert_int_equal(rows_of("#lab"), 1);
}

static void questions_fail_when_it_is_gone(void **state)
{
    (void)state;
    struct heard a = {0}, b = {0}, c = {0};
    const struct history_query q = {.room = STR("#lab"), .limit = 1};
    assert_true(history_ask(&h, &q, on_answer, &a) > 0);
    const uint64_t ticket = history_ask(&h, &q, on_answer, &b);
    history_cancel(&h, ticket);
    history_cancel(&h, ticket);
    carry();
    lose_keeper();
    assert_true(a.done && a.result == HISTORY_FAILED && !b.done);
    assert_string_not_equal(buf_str(&a.why), "");
    assert_true(history_ask(&h, &q, on_answer, &c) > 0);
    clock_.mono += 60000;
    history_tick(&h);
    assert_true(c.done && c.result == HISTORY_FAILED);
    pump(); /* the late answer is nobody's */
    assert_int_equal(metrics.history_failed, 2);
    buf_free(&a.why);
    buf_free(&c.why);
}

static void what_nobody_waits_for_is_done_all_the_same(void **state)
{
    (void)state;
    const struct history_query rename = {
        .want = HISTORY_RENAME, .room = STR("#a"), .text = STR("#b"), .name = STR("#b")};
    (void)say(1, "#a", "x");
    pump();
    assert_true(history_ask(&h, &rename, NULL, NULL) > 0);
    lose_keeper();
    clock_.mono += 60000;
    history_tick(&h);
    pump();
    assert_int_equal(rows_of("#b"), 1);
    assert_int_equal(h.question_count, 0);
}

static void too_many_questions_are_refused(void **state)
{
    (void)state;
    static struct heard got[1000];
    const struct history_query q = {.room = STR("#lab"), .limit = 1};
    size_t n = 0;
    while (n < COUNT(got) && history_ask(&h, &q, on_answer, &got[n]) > 0)
        n++;
    assert_in_range(n, 100, 500);
    pump();
    for (size_t i = 0; i < n; i++)
        assert_true(got[i].done);
    assert_true(history_ask(&h, &q, on_answer, &got[n]) > 0);
    pump();
}

static void too_many_lines_are_dropped_and_counted(void **state)
{
    (void)state;
    static char text[1000];
    memset(text, 'x', sizeof text - 1);
    int n = 0;
    for (; metrics.history_lost < 5 && n < 100000; n++) {
        (void)say(n, "#lab", text);
        history_flush(&h);
    }
    assert_in_range(n, 5000, 20000);
    assert_in_range(h.bytes, 7 << 20, 9 << 20);
    assert_int_equal(h.lost, 5);
    pump();
    assert_int_equal(h.bytes, 0);
    assert_int_equal(h.lost, 0); /* it was told, and that it is over */
    static char big[HISTORY_TEXT_MAX + 2];
    memset(big, 'y', sizeof big - 1);
    (void)say(n, "#lab", big);
    assert_int_equal(metrics.history_lost, 6);
    assert_file_is_sound(n - 5, 1);
}

static void a_file_that_cannot_be_opened(void **state)
{
    (void)state;
    free(path);
    h.path = path = strdup(in(folder, "later/history.db"));
    history_helper.end(keeper);
    keeper = history_helper.begin(&h);
    (void)say(1, "#lab", "a");
    carry();
    hear();
    assert_non_null(strstr(h.state.trouble, "unable to open"));
    const struct history_query q = {.room = STR("#lab"), .limit = 1};
    struct heard got = ask(&q);
    assert_int_equal(got.result, HISTORY_FAILED);
    assert_non_null(strstr(buf_str(&got.why), "unable to open"));
    buf_free(&got.why);
    assert_int_equal(mkdir(in(folder, "later"), 0755), 0);
    assert_string_equal(history_helper.output(&h).n > 0 ? "sends" : "waits", "waits");
    clock_.mono += 10000;
    assert_int_equal(rows_of("#lab"), 1);
    assert_string_equal(h.state.trouble, "");
    assert_int_equal(metrics.history_lost, 0);
}

static void assert_set_aside(void)
{
    static const char begins[] = "history.db.damaged-";
    unsigned aside = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;)
        aside += strncmp(e->d_name, begins, sizeof begins - 1) == 0 &&
                 strlen(e->d_name) == sizeof begins - 1 + sizeof "20261129101112" - 1;
    closedir(dir);
    assert_int_equal(aside, 1);
}

static void a_file_that_makes_no_sense_is_set_aside(void **state)
{
    (void)state;
    (void)say(1, "#lab", "a");
    pump();
    history_helper.end(keeper);
    file_write(path, "this is no database, but long enough to be looked at. "
                     "this is no database, but long enough to be looked at. ");
    keeper = history_helper.begin(&h);
    (void)say(2, "#lab", "b");
    assert_int_equal(rows_of("#lab"), 1);
    assert_string_equal(h.state.trouble, "");
    assert_set_aside();
}

static void off_is_off(void **state)
{
    (void)state;
    struct history_settings s = plenty;
    struct heard got = {0};
    const struct history_query q = {.room = STR("#lab"), .limit = 1};
    (void)say(1, "#lab", "a");
    assert_true(history_ask(&h, &q, on_answer, &got) > 0);
    s.store = false;
    history_set(&h, &s);
    assert_int_equal(got.result, HISTORY_FAILED);
    assert_string_equal(buf_str(&got.why), "the history is off");
    assert_int_equal(history_ask(&h, &q, on_answer, &got), 0);
    (void)say(2, "#lab", "b");
    pump();
    history_set(&h, &plenty);
    assert_int_equal(rows_of("#lab"), 1); /* what was said before */
    buf_free(&got.why);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_way_to_ask),
        TEST(more_is_told),
        TEST(a_row_is_whole),
        TEST(a_clock_that_was_set_back),
        TEST(words_are_found),
        TEST(a_search_goes_over_rooms_and_pages),
        TEST(targets_by_time),
        TEST(a_message_is_taken_back),
        TEST(rooms_are_renamed_and_dropped),
        TEST(lines_and_questions_keep_their_order),
        TEST(what_is_old_goes),
        TEST(what_is_too_much_goes),
        TEST(what_was_not_confirmed_goes_again),
        TEST(lines_that_kill_are_given_up),
        TEST(questions_fail_when_it_is_gone),
        TEST(what_nobody_waits_for_is_done_all_the_same),
        TEST(too_many_questions_are_refused),
        TEST(too_many_lines_are_dropped_and_counted),
        TEST(a_file_that_cannot_be_opened),
        TEST(a_file_that_makes_no_sense_is_set_aside),
        TEST(off_is_off),
    };
    return RUN(tests);
}
