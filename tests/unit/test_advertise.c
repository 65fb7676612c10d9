/* test_advertise.c: net/advertise: which address a client is told. */
#include "check.h"
#include "net/advertise.h"

static void the_first_word_that_fits_counts(void **state)
{
    static const struct {
        const char *words, *peer, *told; /* NULL: the address that it came in by */
    } rows[] = {
        {"", "10.1.2.3", NULL},
        {"   ", "10.1.2.3", NULL},
        {"auto", "10.1.2.3", NULL},
        {"203.0.113.7", "10.1.2.3", "203.0.113.7"},
        {"10.0.0.0/8=10.0.0.5 203.0.113.7", "10.255.0.1", "10.0.0.5"},
        {"10.0.0.0/8=10.0.0.5 203.0.113.7", "11.0.0.1", "203.0.113.7"},
        {"10.0.0.0/8=10.0.0.5", "11.0.0.1", NULL},
        {"10.0.0.0/8=10.0.0.5 203.0.113.7", "::ffff:10.1.2.3", "10.0.0.5"},
        {"10.0.0.0/8=10.0.0.5 10.1.0.0/16=10.0.0.6", "10.1.2.3", "10.0.0.5"},
        {"10.1.0.0/16=10.0.0.6 10.0.0.0/8=10.0.0.5", "10.1.2.3", "10.0.0.6"},
        {"10.1.2.3=10.0.0.6 auto", "10.1.2.3", "10.0.0.6"},
        {"10.1.2.3=10.0.0.6 auto", "10.1.2.4", NULL},
        {"private=auto 203.0.113.7", "192.168.9.9", NULL},
        {"private=auto 203.0.113.7", "192.0.2.1", "203.0.113.7"},
        {"all=10.0.0.5", "8.8.8.8", "10.0.0.5"},
        {"  10.0.0.0/8=10.0.0.5   203.0.113.7 ", "10.1.2.3", "10.0.0.5"},
        {"::ffff:203.0.113.7", "10.1.2.3", "203.0.113.7"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct addr peer, a;
        struct buf why = {0};
        char text[PEER_TEXT_MAX];
        assert_row(rows[i].words, advertise_check(rows[i].words, &why) && why.len == 0);
        assert_true(addr_parse_ip(&peer, str_of(rows[i].peer), 5));
        assert_row(rows[i].words,
                   advertise_find(rows[i].words, &peer, &a) == (rows[i].told != NULL));
        if (rows[i].told == NULL)
            continue;
        addr_ip_text(&a, text);
        assert_string_equal(text, rows[i].told);
    }
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *words, *why;
    } rows[] = {
        {"host", "host is no IPv4 address, nor auto"},
        {"::1", "::1 is no IPv4 address, nor auto"},
        {"0.0.0.0", "0.0.0.0 is no IPv4 address, nor auto"},
        {"Auto", "Auto is no IPv4 address, nor auto"},
        {"203.0.113.7/32", "203.0.113.7/32 is no IPv4 address, nor auto"},
        {"10.0.0.0/8=", "nothing is no IPv4 address, nor auto"},
        {"10.0.0.0/8=10.0.0.0/8", "10.0.0.0/8 is no IPv4 address, nor auto"},
        {"10.0.0.0/8=10.0.0.5=x", "10.0.0.5=x is no IPv4 address, nor auto"},
        {"=10.0.0.5", "nothing is no network such as 10.0.0.0/8"},
        {"x=10.0.0.5", "x is no network such as 10.0.0.0/8"},
        {"10.0.0.0/33=10.0.0.5", "10.0.0.0/33 is no network such as 10.0.0.0/8"},
        {"none=10.0.0.5", "none is no IPv4 network"},
        {"fe80::/10=10.0.0.5", "fe80::/10 is no IPv4 network"},
        {"auto 10.0.0.5", "10.0.0.5 stands behind an address for all, and would never count"},
        {"10.0.0.5 auto", "auto stands behind an address for all, and would never count"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf why = {0};
        assert_row(rows[i].words, !advertise_check(rows[i].words, &why));
        assert_string_equal(buf_str(&why), rows[i].why);
        buf_free(&why);
    }
}

/* As they would be cut short by a slip of the hand: never read past the end, and never a word of
 * wrong ones without a reason. */
static void words_that_are_cut_anywhere(void **state)
{
    static const char words[] = "10.0.0.0/8=10.0.0.5 private=auto 203.0.113.7";
    struct addr peer, a;
    (void)state;
    assert_true(addr_parse_ip(&peer, STR("10.1.2.3"), 5));
    for (size_t n = 0; n < sizeof words; n++) {
        char *copy = strndup(words, n); /* as long as it has to be, and no longer */
        struct buf why = {0};
        assert_row(copy, advertise_check(copy, &why) == (why.len == 0));
        (void)advertise_find(copy, &peer, &a);
        buf_free(&why);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_word_that_fits_counts),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(words_that_are_cut_anywhere),
    };
    return RUN(tests);
}
