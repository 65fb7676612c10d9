/* test_timer.c: net/timer. */
#include "check.h"
#include "net/timer.h"

enum { MANY = 500 };

struct item {
    struct timer t;
    int64_t want; /* when it should fire; 0 = not set */
    unsigned fired;
};

static struct timers ts;
static int64_t now, last_fired;
static struct item items[MANY];
static struct chance luck;
static void (*on_fire)(struct item *it);

static void fire(struct timer *t)
{
    struct item *it = (struct item *)(void *)t;
    assert_int_equal(t->due, 0);
    it->fired++;
    if (on_fire != NULL)
        on_fire(it);
}

static int set_up(void **state)
{
    (void)state;
    ts = (struct timers){0};
    memset(items, 0, sizeof items);
    for (size_t i = 0; i < MANY; i++)
        items[i].t.fn = fire;
    on_fire = NULL;
    now = 1000;
    last_fired = 0;
    luck = (struct chance){40};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    timers_free(&ts);
    return 0;
}

static void note_order(struct item *it)
{
    assert_true(it->want >= last_fired);
    assert_true(it->want <= now);
    last_fired = it->want;
    it->want = 0;
}

static void they_fire_once_in_order(void **state)
{
    (void)state;
    assert_int_equal(timers_next(&ts), -1);
    timers_run(&ts, 5000);
    on_fire = note_order;
    for (size_t i = 0; i < MANY; i++) {
        items[i].want = 1001 + (int64_t)chance_below(&luck, 2000);
        assert_int_equal(timer_set(&ts, &items[i].t, items[i].want), 0);
    }
    assert_true(timers_next(&ts) >= 1001);
    timers_run(&ts, 1000);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(items[i].fired, 0);
    for (now = 1500; now <= 3500; now += 500)
        timers_run(&ts, now);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(items[i].fired, 1);
    assert_int_equal(timers_next(&ts), -1);
    timers_run(&ts, 99999);
    assert_int_equal(items[0].fired, 1);
}

/* A deadline moved later stays where it is in the heap until the old time comes. */
static void moving_later_is_lazy_and_right(void **state)
{
    (void)state;
    timer_set(&ts, &items[0].t, 1100);
    timer_set(&ts, &items[1].t, 1150);
    timer_set(&ts, &items[0].t, 1200);
    timer_set(&ts, &items[0].t, 1180);
    assert_int_equal(items[0].t.key, 1100);
    assert_int_equal(timers_next(&ts), 1100);
    timers_run(&ts, 1100);
    assert_int_equal(items[0].fired, 0);
    assert_int_equal(timers_next(&ts), 1150);
    timers_run(&ts, 1179);
    assert_int_equal(items[1].fired, 1);
    assert_int_equal(items[0].fired, 0);
    timers_run(&ts, 1180);
    assert_int_equal(items[0].fired, 1);
}

static void moving_earlier_counts_at_once(void **state)
{
    (void)state;
    timer_set(&ts, &items[0].t, 2000);
    timer_set(&ts, &items[1].t, 1500);
    timer_set(&ts, &items[0].t, 1100);
    assert_int_equal(timers_next(&ts), 1100);
    timers_run(&ts, 1100);
    assert_int_equal(items[0].fired, 1);
    assert_int_equal(items[1].fired, 0);
}

static void a_cleared_one_does_not_fire(void **state)
{
    (void)state;
    timer_clear(&ts, &items[9].t); /* was never set */
    for (size_t i = 0; i < 9; i++)
        timer_set(&ts, &items[i].t, 1100 + (int64_t)i);
    for (size_t i = 0; i < 9; i += 2) {
        timer_clear(&ts, &items[i].t);
        timer_clear(&ts, &items[i].t);
    }
    timers_run(&ts, 9999);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(items[i].fired, i % 2);
    timer_set(&ts, &items[0].t, 10000);
    timers_run(&ts, 10000);
    assert_int_equal(items[0].fired, 1);
}

static void clear_the_next(struct item *it)
{
    if (it != &items[MANY - 1])
        timer_clear(&ts, &it[1].t);
}

static void set_again(struct item *it)
{
    timer_set(&ts, &it->t, 1000); /* due already */
}

static void a_callback_may_clear_and_set(void **state)
{
    (void)state;
    on_fire = clear_the_next;
    for (size_t i = 0; i < MANY; i++)
        timer_set(&ts, &items[i].t, 1001 + (int64_t)i);
    timers_run(&ts, 9999);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(items[i].fired, i % 2 == 0);

    /* One that sets itself anew must not hold the loop. */
    on_fire = set_again;
    timer_set(&ts, &items[1].t, 1000);
    timer_set(&ts, &items[3].t, 1000);
    timers_run(&ts, 2000);
    assert_in_range(items[1].fired + items[3].fired, 1, 2);
    assert_int_equal(timers_next(&ts), 1000);
    on_fire = NULL;
    timers_run(&ts, 2000);
    timers_run(&ts, 2000);
    assert_int_equal(timers_next(&ts), -1);
}

static void note_due(struct item *it)
{
    assert_true(it->want != 0 && it->want <= now);
    it->want = 0;
}

/* Sets, moves, clears and runs by chance, beside a plain array. */
static void agrees_with_a_plain_array(void **state)
{
    (void)state;
    on_fire = note_due;
    for (int step = 0; step < 50000; step++) {
        struct item *it = &items[chance_below(&luck, MANY)];
        const size_t what = chance_below(&luck, 10);
        if (what < 6) {
            it->want = now + 1 + (int64_t)chance_below(&luck, 3000);
            assert_int_equal(timer_set(&ts, &it->t, it->want), 0);
        } else if (what < 8) {
            it->want = 0;
            timer_clear(&ts, &it->t);
        } else {
            now += (int64_t)chance_below(&luck, 200);
            /* What was moved later takes a place of the run's count: so until nothing is due. */
            while (timers_next(&ts) >= 0 && timers_next(&ts) <= now)
                timers_run(&ts, now);
            int64_t first = INT64_MAX;
            for (size_t i = 0; i < MANY; i++) {
                assert_true(items[i].want == 0 || items[i].want > now);
                if (items[i].want != 0 && items[i].want < first)
                    first = items[i].want;
            }
            assert_true(timers_next(&ts) <= first);
        }
    }
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(they_fire_once_in_order),       TEST(moving_later_is_lazy_and_right),
        TEST(moving_earlier_counts_at_once), TEST(a_cleared_one_does_not_fire),
        TEST(a_callback_may_clear_and_set),  TEST(agrees_with_a_plain_array),
    };
    return RUN(tests);
}
