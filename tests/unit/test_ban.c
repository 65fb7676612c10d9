/* test_ban.c: net/ban. */
#include "check.h"
#include "net/ban.h"

static struct bans bans;

static int set_up(void **state)
{
    (void)state;
    bans_init(&bans);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    bans_free(&bans);
    return 0;
}

static struct addr address(const char *text)
{
    struct addr a;
    assert_true(addr_parse_ip(&a, str_of(text), 4711));
    return a;
}

static bool banned(const char *text, int64_t now)
{
    const struct addr a = address(text);
    return ban_find(&bans, &a, now) != NULL;
}

static void add(const char *text, int64_t until)
{
    const struct addr a = address(text);
    assert_non_null(ban_add(&bans, &a, until, "because"));
}

static void one_address_is_banned_for_a_while_or_for_good(void **state)
{
    (void)state;
    assert_false(banned("192.0.2.1", 1));
    add("192.0.2.1", 100);
    add("192.0.2.2", 0);
    assert_true(banned("192.0.2.1", 99));
    assert_false(banned("192.0.2.1", 100));
    assert_true(banned("192.0.2.2", INT64_MAX));
    assert_false(banned("192.0.2.3", 1));
    const struct addr a = address("192.0.2.1");
    const struct banned *b = ban_find(&bans, &a, 1);
    assert_string_equal(b->address, "192.0.2.1");
    assert_string_equal(b->reason, "because");
}

static void ipv6_counts_by_its_64(void **state)
{
    (void)state;
    add("2001:db8:1:2::7", 0);
    assert_true(banned("2001:db8:1:2:ffff::1", 1));
    assert_false(banned("2001:db8:1:3::7", 1));
    add("::ffff:192.0.2.9", 0); /* is the IPv4 address */
    assert_true(banned("192.0.2.9", 1));
}

static void a_ban_is_changed_and_lifted(void **state)
{
    (void)state;
    const struct addr a = address("192.0.2.1");
    add("192.0.2.1", 100);
    add("192.0.2.1", 200);
    assert_int_equal(bans.by_ip.count, 1);
    assert_true(banned("192.0.2.1", 150));
    assert_true(ban_del(&bans, &a));
    assert_false(ban_del(&bans, &a));
    assert_false(banned("192.0.2.1", 1));
}

static void those_that_are_over_are_found(void **state)
{
    (void)state;
    add("192.0.2.1", 0);
    add("192.0.2.2", 200);
    assert_null(ban_over(&bans, 199));
    assert_string_equal(ban_over(&bans, 200)->address, "192.0.2.2");
}

static void there_are_so_many_at_most(void **state)
{
    (void)state;
    char text[32];
    struct addr a;
    for (int i = 0; i < BANS_MAX; i++) {
        snprintf(text, sizeof text, "10.%d.%d.1", i / 250, i % 250);
        add(text, 0);
    }
    a = address("192.0.2.1");
    assert_null(ban_add(&bans, &a, 0, ""));
    a = address("10.0.0.1"); /* one that is there may still change */
    assert_non_null(ban_add(&bans, &a, 5, "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_address_is_banned_for_a_while_or_for_good, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(ipv6_counts_by_its_64, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ban_is_changed_and_lifted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(those_that_are_over_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_are_so_many_at_most, set_up, tear_down),
    };
    return RUN(tests);
}
