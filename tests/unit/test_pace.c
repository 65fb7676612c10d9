/* test_pace.c: model/pace. */
#include "check.h"
#include "model/pace.h"

static struct paces paces;

static int set_up(void **state)
{
    (void)state;
    paces_init(&paces);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    paces_free(&paces);
    return 0;
}

static int64_t take(const char *key, int64_t now, int64_t cost)
{
    return pace_take(&paces, str_of(key), now, cost, 1, 3);
}

static void each_has_a_bucket_of_his_own(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(take("ann", 1000, 1), 0);
    assert_true(take("ann", 1000, 1) > 0);
    assert_int_equal(take("bob", 1000, 3), 0);
    assert_true(take("bob", 1000, 1) > 0);
    assert_int_equal(take("ann", 2000, 1), 0);
    assert_int_equal(paces.count, 2);
}

static void the_one_who_spoke_longest_ago_makes_room(void **state)
{
    (void)state;
    char key[16];
    assert_int_equal(take("first", 1000, 3), 0);
    assert_int_equal(take("second", 1000, 3), 0);
    assert_true(take("first", 1000, 1) > 0); /* who spoke again is not the first to go */
    for (int i = 0; i < PACES_MAX - 1; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(take(key, 1000, 1), 0);
    }
    assert_int_equal(paces.count, PACES_MAX);
    assert_true(take("first", 1000, 1) > 0);
    assert_int_equal(take("second", 1000, 1), 0); /* it was forgotten */
}

static void a_long_key_counts_by_its_beginning(void **state)
{
    (void)state;
    char a[PACE_KEY_MAX + 8], b[PACE_KEY_MAX + 8];
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    a[sizeof a - 1] = b[sizeof b - 1] = '\0';
    b[PACE_KEY_MAX] = 'y';
    assert_int_equal(take(a, 1000, 3), 0);
    assert_true(take(b, 1000, 1) > 0);
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_has_a_bucket_of_his_own),
        TEST(the_one_who_spoke_longest_ago_makes_room),
        TEST(a_long_key_counts_by_its_beginning),
    };
    return RUN(tests);
}
