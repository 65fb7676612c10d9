/* test_bucket.c: base/bucket. */
#include "base/bucket.h"
#include "check.h"

enum { NOW = 1000000 };

static void a_burst_and_then_the_rate(void **state)
{
    struct bucket b = {0};
    (void)state;
    for (int i = 0; i < 30; i++)
        assert_int_equal(bucket_take(&b, NOW, 1, 5, 30), 0);
    assert_int_equal(bucket_take(&b, NOW, 1, 5, 30), 200);
    assert_int_equal(bucket_take(&b, NOW, 1, 5, 30), 200); /* a refusal costs nothing */
    assert_int_equal(bucket_take(&b, NOW + 199, 1, 5, 30), 1);
    assert_int_equal(bucket_take(&b, NOW + 200, 1, 5, 30), 0);
    assert_int_equal(bucket_take(&b, NOW + 200, 1, 5, 30), 200);
    assert_int_equal(bucket_take(&b, NOW + 1200, 5, 5, 30), 0);
    assert_true(bucket_take(&b, NOW + 1200, 1, 5, 30) > 0);
}

static void fills_up_to_the_burst_and_no_further(void **state)
{
    struct bucket b = {0};
    (void)state;
    for (int i = 0; i < 30; i++)
        assert_int_equal(bucket_take(&b, NOW, 1, 5, 30), 0);
    int taken = 0;
    while (bucket_take(&b, NOW + 3600000, 1, 5, 30) == 0)
        taken++;
    assert_int_equal(taken, 30);
}

static void no_rate_is_no_limit(void **state)
{
    struct bucket b = {0};
    (void)state;
    for (int i = 0; i < 10000; i++)
        assert_int_equal(bucket_take(&b, NOW, 100, 0, 1), 0);
}

/* The monotonic clock begins at boot, and agentd may start a second later. */
static void a_new_bucket_is_full_right_after_boot(void **state)
{
    struct bucket b = {0};
    int taken = 0;
    (void)state;
    while (bucket_take(&b, 1000, 1, 5, 30) == 0)
        taken++;
    assert_int_equal(taken, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_and_then_the_rate),
        cmocka_unit_test(fills_up_to_the_burst_and_no_further),
        cmocka_unit_test(no_rate_is_no_limit),
        cmocka_unit_test(a_new_bucket_is_full_right_after_boot),
    };
    return RUN(tests);
}
