/* test_line.c: parse/line. */
#include "check.h"
#include "parse/line.h"

static void lines_end_in_lf_or_crlf(void **state)
{
    static const struct {
        const char *text;
        ssize_t used;
        const char *line;
    } rows[] = {
        {"", 0, NULL},
        {"abc", 0, NULL},
        {"abc\r", 0, NULL},
        {"abc\n", 4, "abc"},
        {"abc\r\n", 5, "abc"},
        {"abc\r\r\n", 6, "abc\r"},
        {"a\rb\n", 4, "a\rb"},
        {"\n", 1, ""},
        {"\r\n", 2, ""},
        {"a\nb\n", 2, "a"},
        {"12345678\r\n", 10, "12345678"},
        {"12345678\n", 9, "12345678"},
        {"123456789\n", -1, NULL},
        {"123456789", -1, NULL},
        {"12345678", 0, NULL},
        {"12345678\r", 0, NULL}, /* the LF may yet come */
        {"12345678x", -1, NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].text);
        char *copy = tight_copy(rows[i].text, n);
        struct str line = {0};
        const ssize_t used = line_next(copy, n, 8, &line);
        assert_row(rows[i].text, used == rows[i].used);
        if (rows[i].line != NULL)
            assert_str(line, rows[i].line);
        free(copy);
    }
    struct str line;
    assert_int_equal(line_next(NULL, 0, 8, &line), 0);
    assert_int_equal(line_next("a\0b\n", 4, 8, &line), 4);
    assert_int_equal(line.n, 3);
}

/* A reader as the doors are: bytes come, lines go, one too long ends it. */
struct reader {
    struct buf in, out;
    bool broken;
};

static bool take(void *arg, const char *piece, size_t n, size_t total)
{
    struct reader *r = arg;
    struct str line;
    ssize_t used;
    (void)total;
    buf_add(&r->in, piece, n);
    while ((used = line_next(buf_data(&r->in), r->in.len, 12, &line)) > 0) {
        assert_true((size_t)used <= r->in.len);
        buf_addf(&r->out, "[%.*s]", (int)line.n, line.p);
        buf_consume(&r->in, (size_t)used);
    }
    r->broken = used < 0;
    return !r->broken;
}

static void read_all(struct reader *r, struct chance *c, const struct buf *text, size_t most)
{
    *r = (struct reader){0};
    feed(c, buf_data(text), text->len, most, take, r);
    if (r->broken)
        buf_adds(&r->out, "!");
}

static void the_same_lines_whatever_the_pieces(void **state)
{
    struct chance c = {20};
    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct buf text = {0};
        struct reader whole, bytes, pieces;
        for (size_t k = chance_below(&c, 6); k > 0; k--) {
            static const char *const end[] = {"\n", "\r\n", "\r\r\n", "\r"};
            const size_t max = chance_below(&c, 20) == 0 ? 14 : 13;
            for (size_t j = chance_below(&c, max); j > 0; j--)
                buf_addc(&text, 'x');
            buf_adds(&text, end[chance_below(&c, COUNT(end))]);
        }
        read_all(&whole, &c, &text, 1000);
        read_all(&bytes, &c, &text, 1);
        read_all(&pieces, &c, &text, 7);
        assert_string_equal(buf_str(&bytes.out), buf_str(&whole.out));
        assert_string_equal(buf_str(&pieces.out), buf_str(&whole.out));
        buf_free(&text);
        struct reader *all[] = {&whole, &bytes, &pieces};
        for (size_t k = 0; k < COUNT(all); k++) {
            buf_free(&all[k]->in);
            buf_free(&all[k]->out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_in_lf_or_crlf),
        cmocka_unit_test(the_same_lines_whatever_the_pieces),
    };
    return RUN(tests);
}
