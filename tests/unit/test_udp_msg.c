/* test_udp_msg.c: parse/udp_msg. */
#include "check.h"
#include "parse/udp_msg.h"

#define XM "\xe5\xb0\x8f\xe6\x98\x8e" /* 小明 */

static void datagrams_are_taken_apart(void **state)
{
    static const struct {
        const char *text;
        char verb;
        const char *name, *msg;
    } rows[] = {
        {"L bob", 'L', "bob", ""},
        {"L bob smith", 'L', "bob", "smith"},
        {"L " XM, 'L', XM, ""},
        {"L bob\n", 'L', "bob", ""},
        {"L bob\r\n", 'L', "bob", ""},
        {"L bob ", 'L', "bob", ""},
        {"Q bob", 'Q', "bob", ""},
        {"Q bob x y", 'Q', "bob", "x y"},
        {"C bob hi", 'C', "bob", "hi"},
        {"C bob hi there  all ", 'C', "bob", "hi there  all "},
        {"C bob  hi", 'C', "bob", " hi"},
        {"C bob ", 'C', "bob", ""},
        {"C bob \n", 'C', "bob", ""},
        {"C bob a\tb", 'C', "bob", "a\tb"},
        {"C " XM " " XM "\r\n", 'C', XM, XM},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].text);
        char *copy = tight_copy(rows[i].text, n);
        struct udp_msg m;
        assert_row(rows[i].text, udp_msg_parse(&m, copy, n, false));
        assert_row(rows[i].text, m.verb == rows[i].verb);
        assert_str(m.name, rows[i].name);
        assert_str(m.text, rows[i].msg);
        free(copy);
    }
}

static void malformed_ones_are_refused(void **state)
{
    static const struct str bad[] = {
        {"", 0},
        {"\n", 1},
        {" ", 1},
        {"L", 1},
        {"L ", 2},
        {"L  bob", 6},
        {"Q", 1},
        {"C", 1},
        {"C ", 2},
        {"C bob", 5}, /* no text at all; "C bob " has an empty one */
        {"C  hi", 5},
        {"X bob hi", 8},
        {"l bob", 5},
        {"LL bob", 6},
        {" L bob", 6},
        {"L\tbob", 5},
        {"Lbob", 4},
        {"C bob a\nroot: b", 15}, /* would pass for root's line */
        {"C bob a\rb", 9},
        {"C bob a\n\n", 9}, /* one line end is dropped, not two */
        {"C bob a\0b", 9},
        {"C bob \x1b[2J", 10},
        {"L b\x07", 4},
        {"C bob \xff", 7},
        {"C bob \xe5\xb0", 8},
        {"C bob \xc0\x80", 8},
        {"C bob \xed\xa0\x80", 9},
        {"L \xb0", 3},
        {"\xef\xbb\xbfL bob", 8},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char *copy = tight_copy(bad[i].p, bad[i].n);
        struct udp_msg m;
        assert_row(bad[i].p, !udp_msg_parse(&m, copy, bad[i].n, false));
        free(copy);
    }
}

/* A datagram over the bound is cut there, but never within a character. */
static void a_cut_datagram_loses_a_broken_character(void **state)
{
    static const char emoji[] = "\xf0\x9f\x98\x80";
    (void)state;
    for (size_t lost = 0; lost < 4; lost++) {
        char text[32] = "C bob xx";
        memcpy(text + 8, emoji, 4);
        const size_t n = 12 - lost;
        char *copy = tight_copy(text, n);
        struct udp_msg m;
        assert_true(udp_msg_parse(&m, copy, n, true));
        assert_int_equal(m.text.n, lost == 0 ? 6 : 2);
        assert_true(utf8_valid(m.text.p, m.text.n));
        assert_int_equal(udp_msg_parse(&m, copy, n, false), lost == 0);
        free(copy);
    }
    struct udp_msg m;
    assert_false(udp_msg_parse(&m, "\x80\x80", 2, true));
    assert_false(udp_msg_parse(&m, "\xff", 1, true));
    assert_false(udp_msg_parse(&m, "", 0, true));
    assert_false(udp_msg_parse(&m,
                               "C bob \xff"
                               "abc\xe5",
                               11, true));
}

static void any_datagram_keeps_the_form(void **state)
{
    static const char *const part[] = {"L",  "C",  "Q",    " ",    " ",    "bob", XM,
                                       "\n", "\r", "\xe5", "\x80", "\x01", "x y", "\t"};
    struct chance c = {29};
    unsigned good = 0;
    (void)state;
    for (int i = 0; i < 50000; i++) {
        struct buf b = {0};
        buf_adds(&b, chance_below(&c, 2) > 0 ? "C bob " : "");
        for (size_t k = chance_below(&c, 9); k > 0; k--)
            buf_adds(&b, part[chance_below(&c, COUNT(part))]);
        char *copy = tight_copy(buf_data(&b), b.len);
        struct udp_msg m;
        if (udp_msg_parse(&m, copy, b.len, chance_below(&c, 2) > 0)) {
            good++;
            assert_true(m.verb == 'L' || m.verb == 'C' || m.verb == 'Q');
            assert_true(m.name.n > 0 && memchr(m.name.p, ' ', m.name.n) == NULL);
            assert_true(utf8_valid(m.name.p, m.name.n) && utf8_valid(m.text.p, m.text.n));
            assert_true(m.text.n == 0 || memchr(m.text.p, '\n', m.text.n) == NULL);
        }
        free(copy);
        buf_free(&b);
    }
    assert_true(good > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_are_taken_apart),
        cmocka_unit_test(malformed_ones_are_refused),
        cmocka_unit_test(a_cut_datagram_loses_a_broken_character),
        cmocka_unit_test(any_datagram_keeps_the_form),
    };
    return RUN(tests);
}
