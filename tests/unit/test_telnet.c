/* test_telnet.c: parse/telnet. */
#include "check.h"
#include "parse/telnet.h"

static const struct {
    const char *name, *text;
    size_t n;
    const char *want;
} rows[] = {
    {"plain", "NOOP\r\n", 6, "NOOP\r\n"},
    {"IP and the data mark before ABOR",
     "\xff\xf4\xff\xf2"
     "ABOR\r\n",
     10, "ABOR\r\n"},
    {"a doubled 255 is one",
     "a\xff\xff"
     "b",
     4,
     "a\xff"
     "b"},
    {"WILL, WONT, DO, DONT",
     "1\xff\xfb\x01"
     "2\xff\xfc\x01"
     "3\xff\xfd\xff"
     "4\xff\xfe\x0a"
     "5",
     17, "12345"},
    {"a subnegotiation",
     "a\xff\xfa\x18\x01xterm\r\n\xff\xf0"
     "b",
     15, "ab"},
    {"255 within one",
     "a\xff\xfa\x18\xff\xff\xf0zz\xff\xf0"
     "b",
     12, "ab"},
    {"a command within one",
     "a\xff\xfa\x18\xff\xf1zz\xff\xf0"
     "b",
     11, "ab"},
    {"NOP",
     "a\xff\xf1"
     "b",
     4, "ab"},
    {"SE alone",
     "a\xff\xf0"
     "b",
     4, "ab"},
    {"255 at the end", "a\xff", 2, "a"},
    {"one that never ends", "a\xff\xfaUSER root\r\n", 14, "a"},
    {"nothing", "", 0, ""},
};

struct stripper {
    struct telnet t;
    struct buf out;
};

static bool take(void *arg, const char *piece, size_t n, size_t total)
{
    struct stripper *s = arg;
    char *copy = tight_copy(piece, n);
    (void)total;
    const size_t kept = telnet_strip(&s->t, copy, n, copy); /* in place, as FTP does */
    assert_true(kept <= n);
    buf_add(&s->out, copy, kept);
    free(copy);
    return true;
}

static void commands_are_taken_out_whatever_the_pieces(void **state)
{
    struct chance c = {21};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t most = 1; most <= 20; most++) {
            struct stripper s = {0};
            feed(&c, rows[i].text, rows[i].n, most, take, &s);
            assert_row(rows[i].name, strcmp(buf_str(&s.out), rows[i].want) == 0);
            buf_free(&s.out);
        }
}

static void what_is_carried_over_is_one_state(void **state)
{
    struct telnet t = {0};
    char out[8];
    (void)state;
    assert_int_equal(telnet_strip(&t, "a\xff", 2, out), 1);
    assert_int_equal(t.state, TELNET_IAC);
    assert_int_equal(telnet_strip(&t, "\xfb", 1, out), 0);
    assert_int_equal(t.state, TELNET_OPTION);
    assert_int_equal(telnet_strip(&t, "Xb", 2, out), 1);
    assert_int_equal(out[0], 'b');
    assert_int_equal(t.state, TELNET_DATA);
}

static void any_bytes_give_the_same_whole_or_in_pieces(void **state)
{
    static const char alphabet[] = "ab\r\n\xff\xff\xff\xf0\xf1\xfa\xfb\xfe";
    struct chance c = {22};
    (void)state;
    for (int i = 0; i < 5000; i++) {
        char text[60];
        const size_t n = chance_below(&c, sizeof text);
        for (size_t k = 0; k < n; k++)
            text[k] = alphabet[chance_below(&c, sizeof alphabet - 1)];
        struct stripper whole = {0}, pieces = {0};
        take(&whole, text, n, n);
        feed(&c, text, n, 1 + chance_below(&c, 6), take, &pieces);
        assert_int_equal(whole.t.state, pieces.t.state);
        assert_int_equal(whole.out.len, pieces.out.len);
        assert_string_equal(buf_str(&whole.out), buf_str(&pieces.out));
        buf_free(&whole.out);
        buf_free(&pieces.out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_are_taken_out_whatever_the_pieces),
        cmocka_unit_test(what_is_carried_over_is_one_state),
        cmocka_unit_test(any_bytes_give_the_same_whole_or_in_pieces),
    };
    return RUN(tests);
}
