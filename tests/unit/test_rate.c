/* test_rate.c: base/rate. */
#include "base/rate.h"
#include "check.h"

enum { NOW = 1000000, PER_SECOND = 100000 };

static void without_a_bound_nothing_waits(void **state)
{
    (void)state;
    struct rate r = {0};
    rate_spend(&r, NOW, UINT32_MAX);
    assert_int_equal(rate_wait(&r, NOW), 0);
    assert_int_equal(rate_budget(&r, 12345), 12345);
}

static void what_went_is_waited_for(void **state)
{
    (void)state;
    struct rate r = {.per_second = PER_SECOND};
    assert_int_equal(rate_wait(&r, NOW), 0);
    rate_spend(&r, NOW, PER_SECOND / 4); /* what was saved up */
    assert_int_equal(rate_wait(&r, NOW), 0);
    rate_spend(&r, NOW, PER_SECOND);
    assert_int_equal(rate_wait(&r, NOW), 1000);
    assert_int_equal(rate_wait(&r, NOW + 400), 600);
    assert_int_equal(rate_wait(&r, NOW + 1000), 0);
}

static void idle_time_is_saved_for_a_moment_only(void **state)
{
    (void)state;
    struct rate r = {.per_second = PER_SECOND};
    rate_spend(&r, NOW, 1);
    rate_spend(&r, NOW + 3600000, PER_SECOND);
    assert_int_equal(rate_wait(&r, NOW + 3600000), 750);
}

static void over_a_second_the_rate_holds(void **state)
{
    (void)state;
    struct rate r = {.per_second = PER_SECOND};
    uint64_t sent = 0;
    for (int64_t t = NOW; t < NOW + 10000; t++)
        while (rate_wait(&r, t) == 0) {
            const uint64_t n = rate_budget(&r, 1 << 20);
            rate_spend(&r, t, n);
            sent += n;
        }
    assert_in_range(sent, 10 * PER_SECOND, 10 * PER_SECOND + PER_SECOND / 2);
}

static void a_slow_one_still_goes_on(void **state)
{
    (void)state;
    const struct rate slow = {.per_second = 1024}, fast = {.per_second = 1LL << 40};
    assert_int_equal(rate_budget(&slow, 1 << 20), 1024);
    assert_int_equal(rate_budget(&slow, 100), 100);
    assert_int_equal(rate_budget(&fast, 1 << 18), 1 << 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_bound_nothing_waits),
        cmocka_unit_test(what_went_is_waited_for),
        cmocka_unit_test(idle_time_is_saved_for_a_moment_only),
        cmocka_unit_test(over_a_second_the_rate_holds),
        cmocka_unit_test(a_slow_one_still_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
