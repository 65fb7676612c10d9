/* test_tries.c: model/tries. */
#include "check.h"
#include "model/tries.h"

static struct str numbered(char text[16], unsigned i)
{
    snprintf(text, 16, "key-%u", i);
    return str_of(text);
}

static void failures_add_up_by_source(void **state)
{
    struct tries t;
    (void)state;
    tries_init(&t);
    assert_int_equal(tries_count(&t, STR("a"), 0, 1000), 0);
    assert_int_equal(tries_note(&t, STR("a"), 0, 1000), 1);
    assert_int_equal(tries_note(&t, STR("a"), 1, 1000), 2);
    assert_int_equal(tries_note(&t, STR("b"), 2, 1000), 1);
    assert_int_equal(tries_note(&t, STR("a"), 3, 1000), 3);
    assert_int_equal(tries_count(&t, STR("a"), 3, 1000), 3);
    assert_int_equal(tries_count(&t, STR("b"), 3, 1000), 1);
    assert_int_equal(tries_count(&t, STR("c"), 3, 1000), 0);
    assert_int_equal(t.count, 2); /* asking adds none */
    tries_free(&t);
}

static void keys_are_bytes_and_copied(void **state)
{
    struct tries t;
    char key[] = "\0a\0";
    char *copy = tight_copy(key, 3);
    (void)state;
    tries_init(&t);
    assert_int_equal(tries_note(&t, (struct str){copy, 3}, 0, 10), 1);
    assert_int_equal(tries_note(&t, (struct str){copy, 2}, 0, 10), 1);
    assert_int_equal(tries_note(&t, (struct str){copy, 0}, 0, 10), 1);
    memset(copy, 'x', 3);
    free(copy);
    assert_int_equal(tries_note(&t, (struct str){key, 3}, 0, 10), 2);
    assert_int_equal(tries_count(&t, (struct str){key, 2}, 0, 10), 1);
    assert_int_equal(tries_note(&t, (struct str){0}, 0, 10), 2);
    assert_int_equal(tries_count(&t, STR("xx"), 0, 10), 0);
    tries_forget(&t, (struct str){0});
    assert_int_equal(t.count, 2);
    tries_free(&t);
}

static void a_long_key_counts_by_its_beginning(void **state)
{
    struct tries t;
    char key[TRIES_KEY_MAX + 100];
    (void)state;
    tries_init(&t);
    memset(key, 'k', sizeof key);
    assert_int_equal(tries_note(&t, (struct str){key, sizeof key}, 0, 10), 1);
    key[TRIES_KEY_MAX] = 'x'; /* so that nobody gets more tries by a longer name */
    assert_int_equal(tries_note(&t, (struct str){key, sizeof key}, 0, 10), 2);
    assert_int_equal(tries_note(&t, (struct str){key, TRIES_KEY_MAX}, 0, 10), 3);
    assert_int_equal(tries_note(&t, (struct str){key, TRIES_KEY_MAX - 1}, 0, 10), 1);
    assert_int_equal(tries_count(&t, (struct str){key, sizeof key}, 0, 10), 3);
    tries_forget(&t, (struct str){key, sizeof key});
    assert_int_equal(t.count, 1);
    tries_free(&t);
}

static void what_is_long_past_is_forgotten(void **state)
{
    struct tries t;
    (void)state;
    tries_init(&t);
    assert_int_equal(tries_note(&t, STR("a"), 1000, 100), 1);
    assert_int_equal(tries_note(&t, STR("b"), 1050, 100), 1);
    assert_int_equal(tries_count(&t, STR("a"), 1100, 100), 1); /* not older than that */
    assert_int_equal(tries_count(&t, STR("a"), 1101, 100), 0);
    assert_int_equal(t.count, 2);
    assert_int_equal(tries_note(&t, STR("b"), 1101, 100), 2);
    assert_int_equal(t.count, 1);
    assert_int_equal(tries_note(&t, STR("a"), 1101, 100), 1); /* starts again */
    assert_int_equal(tries_note(&t, STR("b"), 1201, 100), 3); /* another one keeps the others */
    assert_int_equal(tries_note(&t, STR("b"), 1302, 100), 1);
    assert_int_equal(t.count, 1);
    tries_free(&t);
}

static void a_success_forgets_one_source(void **state)
{
    struct tries t;
    (void)state;
    tries_init(&t);
    tries_forget(&t, STR("a")); /* nobody */
    (void)tries_note(&t, STR("a"), 0, 10);
    (void)tries_note(&t, STR("a"), 0, 10);
    (void)tries_note(&t, STR("b"), 0, 10);
    tries_forget(&t, STR("a"));
    tries_forget(&t, STR("a"));
    assert_int_equal(tries_count(&t, STR("a"), 0, 10), 0);
    assert_int_equal(tries_count(&t, STR("b"), 0, 10), 1);
    assert_int_equal(tries_note(&t, STR("a"), 0, 10), 1);
    assert_int_equal(t.count, 2);
    tries_free(&t);
}

static void the_one_that_failed_longest_ago_makes_room(void **state)
{
    struct tries t;
    char text[16];
    (void)state;
    tries_init(&t);
    for (unsigned i = 0; i < TRIES_MAX; i++)
        assert_int_equal(tries_note(&t, numbered(text, i), i, 1000000), 1);
    assert_int_equal(t.count, TRIES_MAX);
    assert_int_equal(tries_note(&t, numbered(text, 0), TRIES_MAX, 1000000), 2);
    assert_int_equal(t.count, TRIES_MAX); /* one that is there needs none */
    assert_int_equal(tries_note(&t, STR("new"), TRIES_MAX, 1000000), 1);
    assert_int_equal(t.count, TRIES_MAX);
    assert_int_equal(tries_count(&t, numbered(text, 0), TRIES_MAX, 1000000), 2);
    assert_int_equal(tries_count(&t, numbered(text, 1), TRIES_MAX, 1000000), 0);
    assert_int_equal(tries_count(&t, numbered(text, 2), TRIES_MAX, 1000000), 1);
    for (unsigned i = 0; i < 3 * TRIES_MAX; i++)
        (void)tries_note(&t, numbered(text, 10000 + i), TRIES_MAX + i, 1000000);
    assert_int_equal(t.count, TRIES_MAX);
    assert_int_equal(t.by_key.count, TRIES_MAX);
    assert_int_equal(tries_count(&t, STR("new"), 2 * TRIES_MAX, 1000000), 0);
    tries_free(&t);
}

/* Notes, questions and successes by chance, beside a table. */
static void counts_as_a_table_does(void **state)
{
    enum { KEYS = 50, MEMORY = 300 };
    struct {
        unsigned failures;
        int64_t last;
    } table[KEYS] = {{0}};
    struct tries t;
    struct chance c = {6};
    char text[16];
    int64_t now = 0;
    (void)state;
    tries_init(&t);
    for (int i = 0; i < 100000; i++) {
        const unsigned k = (unsigned)chance_below(&c, KEYS);
        const struct str key = numbered(text, k);
        now += (int64_t)chance_below(&c, 20);
        if (now - table[k].last > MEMORY)
            table[k].failures = 0;
        assert_int_equal(tries_count(&t, key, now, MEMORY), table[k].failures);
        switch (chance_below(&c, 8)) {
        case 0:
            tries_forget(&t, key);
            table[k].failures = 0;
            break;
        case 1: break;
        default:
            table[k].last = now;
            assert_int_equal(tries_note(&t, key, now, MEMORY), ++table[k].failures);
        }
        assert_int_equal(t.count, t.by_key.count);
    }
    tries_free(&t);
}

static void waiting_doubles_up_to_a_bound(void **state)
{
    static const struct {
        const char *label;
        unsigned failures;
        int64_t first, most, delay;
    } rows[] = {
        {"none", 0, 1000, 30000, 0},
        {"one", 1, 1000, 30000, 1000},
        {"two", 2, 1000, 30000, 2000},
        {"three", 3, 1000, 30000, 4000},
        {"five", 5, 1000, 30000, 16000},
        {"six", 6, 1000, 30000, 30000},
        {"seven", 7, 1000, 30000, 30000},
        {"many", UINT32_MAX, 1000, 30000, 30000},
        {"one, at the bound", 1, 1000, 1000, 1000},
        {"two, at the bound", 2, 1000, 1000, 1000},
        {"first beyond most", 1, 1000, 500, 500},
        {"first beyond most, later", 9, 1000, 500, 500},
        {"exactly most", 4, 1000, 8000, 8000},
        {"an odd bound", 3, 1, 3, 3},
        {"no waiting", 5, 0, 30000, 0},
        {"no waiting at all", 5, 1000, 0, 0},
        {"less than none", 5, -1, 30000, 0},
        {"a bound less than none", 5, 1000, -1, 0},
        {"63", 63, 1, INT64_MAX, INT64_C(1) << 62},
        {"64", 64, 1, INT64_MAX, INT64_MAX},
        {"65", 65, 1, INT64_MAX, INT64_MAX},
        {"all there are", UINT32_MAX, 1, INT64_MAX, INT64_MAX},
        {"the most at once", 1, INT64_MAX, INT64_MAX, INT64_MAX},
        {"and twice that", 2, INT64_MAX, INT64_MAX, INT64_MAX},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].label,
                   tries_delay(rows[i].failures, rows[i].first, rows[i].most) == rows[i].delay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_add_up_by_source),
        cmocka_unit_test(keys_are_bytes_and_copied),
        cmocka_unit_test(a_long_key_counts_by_its_beginning),
        cmocka_unit_test(what_is_long_past_is_forgotten),
        cmocka_unit_test(a_success_forgets_one_source),
        cmocka_unit_test(the_one_that_failed_longest_ago_makes_room),
        cmocka_unit_test(counts_as_a_table_does),
        cmocka_unit_test(waiting_doubles_up_to_a_bound),
    };
    return RUN(tests);
}
