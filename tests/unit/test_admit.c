/* test_admit.c: net/admit. */
#include "check.h"
#include "net/admit.h"

static struct addr ip(const char *text)
{
    struct addr a;
    assert_row(text, addr_parse_ip(&a, str_of(text), 1));
    return a;
}

static bool enter(struct admit *a, const char *text)
{
    const struct addr peer = ip(text);
    return admit_enter(a, &peer) == NULL;
}

static void leave(struct admit *a, const char *text)
{
    const struct addr peer = ip(text);
    admit_leave(a, &peer);
}

static void there_is_a_bound_in_all_and_one_by_address(void **state)
{
    struct admit a;
    (void)state;
    admit_init(&a);
    a.max = 5;
    a.per_ip = 2;
    assert_true(enter(&a, "10.0.0.1"));
    assert_true(enter(&a, "10.0.0.1"));
    assert_false(enter(&a, "10.0.0.1"));
    assert_false(enter(&a, "::ffff:10.0.0.1")); /* the same one */
    assert_int_equal(a.count, 2);
    assert_true(enter(&a, "10.0.0.2"));
    leave(&a, "10.0.0.1");
    assert_true(enter(&a, "10.0.0.1"));
    assert_true(enter(&a, "10.0.0.3"));
    assert_true(enter(&a, "10.0.0.4"));
    assert_false(enter(&a, "10.0.0.5"));
    assert_int_equal(a.count, 5);
    leave(&a, "10.0.0.9"); /* nobody */
    assert_int_equal(a.count, 5);
    leave(&a, "10.0.0.4");
    assert_true(enter(&a, "10.0.0.5"));
    assert_int_equal(a.by_ip.count, 4);
    admit_free(&a);
}

static void the_reason_names_the_bound(void **state)
{
    struct admit a;
    const struct addr peer = ip("10.0.0.1");
    (void)state;
    admit_init(&a);
    a.max = 2;
    a.per_ip = 1;
    assert_null(admit_enter(&a, &peer));
    assert_string_equal(admit_enter(&a, &peer), "too many connections from this address");
    a.max = 1;
    assert_string_equal(admit_enter(&a, &peer), "too many connections");
    admit_free(&a);
}

static void ipv6_counts_by_64(void **state)
{
    struct admit a;
    (void)state;
    admit_init(&a);
    a.max = 100;
    a.per_ip = 2;
    assert_true(enter(&a, "2001:db8:1:1::1"));
    assert_true(enter(&a, "2001:db8:1:1:ffff::2"));
    assert_false(enter(&a, "2001:db8:1:1::3"));
    assert_true(enter(&a, "2001:db8:1:2::1"));
    leave(&a, "2001:db8:1:1:9::9"); /* any of them may leave */
    assert_true(enter(&a, "2001:db8:1:1::3"));
    admit_free(&a);
}

static void zero_is_no_bound_and_all_is_forgotten(void **state)
{
    struct admit a;
    char text[20];
    (void)state;
    admit_init(&a);
    a.max = 10000;
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(text, sizeof text, "10.0.%u.%u", i / 250, i % 250);
        assert_true(enter(&a, text));
        assert_true(enter(&a, "10.9.9.9"));
    }
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(text, sizeof text, "10.0.%u.%u", i / 250, i % 250);
        leave(&a, text);
        leave(&a, "10.9.9.9");
    }
    assert_int_equal(a.count, 0);
    assert_int_equal(a.by_ip.count, 0);
    admit_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_a_bound_in_all_and_one_by_address),
        cmocka_unit_test(the_reason_names_the_bound),
        cmocka_unit_test(ipv6_counts_by_64),
        cmocka_unit_test(zero_is_no_bound_and_all_is_forgotten),
    };
    return RUN(tests);
}
