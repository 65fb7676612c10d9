/* test_ws.c: parse/ws. */
#include "check.h"
#include "parse/ws.h"

enum { MOST = 2000 };

/* --- what a client sends --- */

/* first: FIN, RSV and opcode, as they go. Masked; form: which length field, 0 for the shortest. */
static void add_frame(struct buf *b, unsigned first, const char *p, size_t n, int form)
{
    static const char mask[] = {'\x37', '\xfa', '\x21', '\x3d'};
    buf_addc(b, (char)first);
    if (form == 0)
        form = n < 126 ? 1 : n <= 65535 ? 2 : 8;
    buf_addc(b, (char)(0x80 | (form == 1 ? n : form == 2 ? 126 : 127)));
    for (int i = form - 1; form > 1 && i >= 0; i--)
        buf_addc(b, (char)(n >> (8 * i)));
    buf_add(b, mask, sizeof mask);
    for (size_t i = 0; i < n; i++)
        buf_addc(b, (char)(p[i] ^ mask[i % 4]));
}

/* A table's words: "81 Hello" is a whole text; `|` ends a frame; \xNN and so on are C's. */
static struct buf frames(const char *words, size_t n)
{
    struct buf b = {0};
    struct str rest = {words, n}, one;
    while (str_split(&rest, '|', &one)) {
        const unsigned first = (unsigned)(text_hex(one.p[0]) << 4 | text_hex(one.p[1]));
        add_frame(&b, first, one.p + (one.n > 2 ? 3 : 2), one.n > 2 ? one.n - 3 : 0, 0);
    }
    return b;
}

/* --- what it comes to, in words --- */

struct session {
    struct ws ws;
    struct buf said;
    size_t taken; /* bytes up to the end */
    bool over;
};

static void say(struct session *s, enum ws_result r)
{
    static const char *const kind[] = {[WS_TEXT] = "text",
                                       [WS_BINARY] = "binary",
                                       [WS_CLOSE] = "close",
                                       [WS_PING] = "ping",
                                       [WS_PONG] = "pong"};
    const struct ws *w = &s->ws;
    if (r == WS_FAILED || w->opcode == WS_CLOSE) {
        buf_addf(&s->said, "%s %u", r == WS_FAILED ? "failed" : "close", w->code);
        s->over = true;
    } else {
        buf_adds(&s->said, kind[w->opcode]);
    }
    if (w->got.n > 0 && r != WS_FAILED) {
        buf_addc(&s->said, ' ');
        buf_add(&s->said, w->got.p, w->got.n);
    }
    buf_addc(&s->said, ';');
}

static bool take(void *arg, const char *piece, size_t n, size_t total)
{
    struct session *s = arg;
    struct str in = {piece, n};
    while (in.n > 0 && !s->over) {
        const size_t before = in.n;
        const enum ws_result r = ws_next(&s->ws, &in);
        assert_true(in.n < before);
        if (r != WS_NEED_MORE)
            say(s, r);
        else
            assert_int_equal(in.n, 0);
    }
    s->taken = total - in.n;
    return !s->over;
}

/* Byte by byte, and in pieces: always the same. *taken is how far the first went. The caller frees
 * what was said. */
static struct buf hear(const char *label, const struct buf *b, size_t *taken)
{
    struct chance c = {6455};
    struct buf first = {0};
    for (size_t most = 1; most <= 4096; most *= 4) {
        struct session s = {0};
        ws_init(&s.ws, MOST);
        feed(&c, buf_data(b), b->len, most, take, &s);
        if (most == 1) {
            first = s.said;
            *taken = s.taken;
        } else {
            assert_row(label, strcmp(buf_str(&s.said), buf_str(&first)) == 0);
            buf_free(&s.said);
        }
        ws_free(&s.ws);
    }
    return first;
}

struct row {
    const char *label, *words;
    size_t n;
    const char *want;
};
#define ROW(LABEL, WORDS, WANT)                     \
    {                                               \
        (LABEL), (WORDS), sizeof(WORDS) - 1, (WANT) \
    }

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t taken;
        struct buf b = frames(rows[i].words, rows[i].n);
        struct buf said = hear(rows[i].label, &b, &taken);
        if (strcmp(buf_str(&said), rows[i].want) != 0)
            fail_msg("%s: %s, not %s", rows[i].label, buf_str(&said), rows[i].want);
        buf_free(&said);
        buf_free(&b);
    }
}

static void messages(void **state)
{
    static const struct row rows[] = {
        ROW("a text", "81 Hello", "text Hello;"),
        ROW("a binary message", "82 \xff\xfe", "binary \xff\xfe;"),
        ROW("nothing in it", "81|82|89|8a", "text;binary;ping;pong;"),
        ROW("two in a row", "81 a|81 b", "text a;text b;"),
        ROW("in two fragments", "01 Hel|80 lo", "text Hello;"),
        ROW("in four, two of them empty", "01|00 a|00|80 b", "text ab;"),
        ROW("a binary one in fragments", "02 \xc3|80 \xc3", "binary \xc3\xc3;"),
        ROW("a ping between", "01 a|89 p|80 b", "ping p;text ab;"),
        ROW("a pong nobody asked for", "8a x|81 a", "pong x;text a;"),
        ROW("all controls between", "01 a|89|8a p|89 q|80 b|81 c",
            "ping;pong p;ping q;text ab;text c;"),
        ROW("fragments that all are empty", "01|00|80|81 a", "text;text a;"),
        ROW("a message and its fragments' rest", "81 ab|01 c|80 d", "text ab;text cd;"),
    };
    (void)state;
    check_rows(rows, COUNT(rows));
}

static void utf8(void **state)
{
    static const struct row rows[] = {
        ROW("of each length",
            "81 \x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
            "text \x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf;"),
        ROW("before and behind the surrogates", "81 \xed\x9f\xbf\xee\x80\x80",
            "text \xed\x9f\xbf\xee\x80\x80;"),
        ROW("cut by a fragment", "01 \xe4|00 \xbd|80 \xa0", "text \xe4\xbd\xa0;"),
        ROW("cut, with a ping between", "01 \xe4\xbd|89|80 \xa0", "ping;text \xe4\xbd\xa0;"),
        ROW("a lonely continuation", "81 \x80", "failed 1007;"),
        ROW("overlong slash", "81 \xc0\xaf", "failed 1007;"),
        ROW("overlong in three bytes", "81 \xe0\x9f\xbf", "failed 1007;"),
        ROW("overlong in four bytes", "81 \xf0\x8f\xbf\xbf", "failed 1007;"),
        ROW("a surrogate", "81 \xed\xa0\x80", "failed 1007;"),
        ROW("past U+10FFFF", "81 \xf4\x90\x80\x80", "failed 1007;"),
        ROW("a byte that is none", "81 \xff", "failed 1007;"),
        ROW("a message ends inside a character", "81 a\xe4\xbd", "failed 1007;"),
        ROW("so does one in fragments", "01 \xe4|80 \xbd", "failed 1007;"),
        ROW("broken over two fragments", "01 \xe4|80 a", "failed 1007;"),
        ROW("bad in the first of two fragments", "01 \xff|80 a", "failed 1007;"),
        ROW("a good message, then a bad one", "81 a|81 \xc3", "text a;failed 1007;"),
        ROW("what was left open does not go on", "01 \xc3|80 \xa9|81 \xa9",
            "text \xc3\xa9;failed 1007;"),
        ROW("of no matter in a ping", "89 \xff", "ping \xff;"),
    };
    (void)state;
    check_rows(rows, COUNT(rows));
}

static void faults(void **state)
{
    static const struct row rows[] = {
        ROW("RSV1", "c1 a", "failed 1002;"),
        ROW("RSV2", "a1 a", "failed 1002;"),
        ROW("RSV3", "91 a", "failed 1002;"),
        ROW("RSV1 in a ping", "c9", "failed 1002;"),
        ROW("RSV1 in a continuation", "01 a|c0 b", "failed 1002;"),
        ROW("reserved opcode 3", "83 a", "failed 1002;"),
        ROW("reserved opcode 7", "87", "failed 1002;"),
        ROW("reserved control 11", "8b", "failed 1002;"),
        ROW("reserved control 15", "8f a", "failed 1002;"),
        ROW("a ping in fragments", "09 a|80 b", "failed 1002;"),
        ROW("a close in fragments", "08", "failed 1002;"),
        ROW("a continuation of nothing", "80 a", "failed 1002;"),
        ROW("one that would go on", "00 a", "failed 1002;"),
        ROW("behind a whole message", "81 a|80 b", "text a;failed 1002;"),
        ROW("a message within a message", "01 a|81 b", "failed 1002;"),
        ROW("of another kind", "01 a|02 b", "failed 1002;"),
        ROW("nothing is heard behind it", "83|81 a", "failed 1002;"),
    };
    (void)state;
    check_rows(rows, COUNT(rows));
}

static void closes(void **state)
{
    static const struct row rows[] = {
        ROW("with nothing", "88", "close 1005;"),
        ROW("1000", "88 \x03\xe8", "close 1000;"),
        ROW("1000 and why", "88 \x03\xe8ok, \xe4\xbd\xa0", "close 1000 ok, \xe4\xbd\xa0;"),
        ROW("half a code", "88 \x03", "failed 1002;"),
        ROW("0", "88 \0\0", "failed 1002;"),
        ROW("999", "88 \x03\xe7", "failed 1002;"),
        ROW("1003", "88 \x03\xeb", "close 1003;"),
        ROW("1004", "88 \x03\xec", "failed 1002;"),
        ROW("1005", "88 \x03\xed", "failed 1002;"),
        ROW("1006", "88 \x03\xee", "failed 1002;"),
        ROW("1007", "88 \x03\xef", "close 1007;"),
        ROW("1014", "88 \x03\xf6", "close 1014;"),
        ROW("1015", "88 \x03\xf7", "failed 1002;"),
        ROW("1016", "88 \x03\xf8", "failed 1002;"),
        ROW("2999", "88 \x0b\xb7", "failed 1002;"),
        ROW("3000", "88 \x0b\xb8", "close 3000;"),
        ROW("4999", "88 \x13\x87", "close 4999;"),
        ROW("5000", "88 \x13\x88", "failed 1002;"),
        ROW("65535", "88 \xff\xff", "failed 1002;"),
        ROW("a reason that is no UTF-8", "88 \x03\xe8\xff", "failed 1007;"),
        ROW("one that is cut", "88 \x03\xe8\xe4\xbd", "failed 1007;"),
        ROW("within a message", "01 a|88 \x03\xe9|80 b", "close 1001;"),
        ROW("nothing is heard behind it", "88|81 a", "close 1005;"),
    };
    (void)state;
    check_rows(rows, COUNT(rows));
}

/* Lengths in each of their forms, and those that are not the shortest. */
static void lengths(void **state)
{
    static const struct {
        const char *label;
        unsigned first;
        size_t n;
        int form;
        const char *want; /* its beginning */
    } rows[] = {
        {"125", 0x82, 125, 1, "binary "},
        {"126", 0x82, 126, 2, "binary "},
        {"as much as there may be", 0x82, MOST, 2, "binary "},
        {"one byte more", 0x82, MOST + 1, 2, "failed 1009;"},
        {"65536", 0x82, 65536, 8, "failed 1009;"},
        {"125 in the second form", 0x82, 125, 2, "failed 1002;"},
        {"0 in the third form", 0x82, 0, 8, "failed 1002;"},
        {"65535 in the third form", 0x82, 65535, 8, "failed 1002;"},
        {"a ping of 125", 0x89, 125, 1, "ping "},
        {"a ping of 126", 0x89, 126, 2, "failed 1002;"},
        {"a close of 126", 0x88, 126, 2, "failed 1002;"},
    };
    static char zeros[70000];
    (void)state;
    memset(zeros, 'x', sizeof zeros);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf b = {0};
        size_t taken;
        add_frame(&b, rows[i].first, zeros, rows[i].n, rows[i].form);
        struct buf said = hear(rows[i].label, &b, &taken);
        assert_row(rows[i].label, strncmp(buf_str(&said), rows[i].want, strlen(rows[i].want)) == 0);
        if (strncmp(rows[i].want, "failed", 6) != 0)
            assert_row(rows[i].label, said.len == strlen(rows[i].want) + rows[i].n + 1);
        else /* at its head, without what it would have brought */
            assert_row(rows[i].label, taken <= 15);
        buf_free(&said);
        buf_free(&b);
    }
}

static void unmasked(void **state)
{
    struct buf b = {0};
    size_t taken;
    (void)state;
    ws_add(&b, WS_TEXT, STR("Hello"));
    struct buf said = hear("unmasked", &b, &taken);
    assert_buf(&said, "failed 1002;");
    buf_cut(&b, 0);
    ws_add(&b, WS_PING, STR(""));
    said = hear("unmasked, empty", &b, &taken);
    assert_buf(&said, "failed 1002;");
    buf_free(&b);
}

/* A message is refused at the head of the fragment with which it grows too big, and text at its
 * first byte that is wrong. */
static void early(void **state)
{
    static char text[MOST];
    struct buf b = {0};
    size_t taken;
    (void)state;
    memset(text, 'x', sizeof text);
    add_frame(&b, 0x01, text, MOST - 1, 0);
    add_frame(&b, 0x00, "y", 1, 0);
    const size_t whole = b.len;
    add_frame(&b, 0x80, "zz", 2, 0);
    struct buf said = hear("too big", &b, &taken);
    assert_buf(&said, "failed 1009;");
    assert_int_equal(taken, whole + 7);
    buf_free(&b);
    text[100] = '\xff';
    add_frame(&b, 0x81, text, MOST, 0);
    said = hear("bad UTF-8", &b, &taken);
    assert_buf(&said, "failed 1007;");
    assert_int_equal(taken, 8 + 101);
    buf_free(&b);
}

/* Fragments without end that bring nothing. */
static void fragments(void **state)
{
    struct buf b = {0};
    size_t taken;
    (void)state;
    add_frame(&b, 0x01, "", 0, 0);
    for (int i = 0; i < 1024; i++)
        add_frame(&b, 0x00, "", 0, 0);
    const size_t many = b.len;
    add_frame(&b, 0x80, "", 0, 0);
    struct buf said = hear("too many", &b, &taken);
    assert_buf(&said, "failed 1008;");
    buf_cut(&b, many - 6);
    add_frame(&b, 0x80, "a", 1, 0);
    said = hear("as many as there may be", &b, &taken);
    assert_buf(&said, "text a;");
    buf_free(&b);
    add_frame(&b, 0x02, "", 0, 0);
    for (int i = 0; i < MOST; i++) /* a byte each is too little */
        add_frame(&b, 0x00, "a", 1, 0);
    said = hear("a byte each", &b, &taken);
    assert_buf(&said, "failed 1008;");
    buf_free(&b);
}

/* Between frames nothing is kept. */
static void idle(void **state)
{
    struct ws w;
    struct buf b = frames("81 Hello|01 a", 13);
    struct str in = {buf_data(&b), b.len};
    (void)state;
    ws_init(&w, MOST);
    assert_int_equal(ws_next(&w, &in), WS_MESSAGE);
    assert_int_equal(ws_next(&w, &in), WS_NEED_MORE);
    assert_null(w.frames);
    assert_non_null(w.message.mem);
    buf_cut(&b, 0);
    add_frame(&b, 0x80, "b", 1, 0);
    in = (struct str){buf_data(&b), b.len};
    assert_int_equal(ws_next(&w, &in), WS_MESSAGE);
    assert_str(w.got, "ab");
    assert_int_equal(ws_next(&w, &in), WS_NEED_MORE);
    assert_null(w.frames);
    assert_null(w.message.mem);
    ws_free(&w);
    buf_free(&b);
}

static void heads(void **state)
{
    static const struct {
        enum ws_opcode opcode;
        uint64_t n;
        size_t len;
        const char *want;
    } rows[] = {
        {WS_TEXT, 0, 2, "\x81\x00"},
        {WS_TEXT, 125, 2, "\x81\x7d"},
        {WS_BINARY, 126, 4, "\x82\x7e\x00\x7e"},
        {WS_BINARY, 65535, 4, "\x82\x7e\xff\xff"},
        {WS_TEXT, 65536, 10, "\x81\x7f\0\0\0\0\0\x01\0\0"},
        {WS_PING, 5, 2, "\x89\x05"},
        {WS_PONG, 0, 2, "\x8a\x00"},
        {WS_CLOSE, 2, 2, "\x88\x02"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char head[WS_HEAD_MAX];
        assert_int_equal(ws_head(head, rows[i].opcode, rows[i].n), rows[i].len);
        assert_memory_equal(head, rows[i].want, rows[i].len);
    }
}

static void close_frames(void **state)
{
    struct buf b = {0};
    char why[200];
    (void)state;
    ws_add_close(&b, WS_GOING_AWAY, STR("bye"));
    assert_int_equal(b.len, 7);
    assert_memory_equal(buf_data(&b),
                        "\x88\x05\x03\xe9"
                        "bye",
                        7);
    buf_clear(&b);
    ws_add_close(&b, WS_NO_CODE, STR("bye"));
    assert_int_equal(b.len, 2);
    assert_memory_equal(buf_data(&b), "\x88\x00", 2);
    buf_clear(&b);
    for (size_t i = 0; i < sizeof why; i += 2) /* é: cut between two */
        memcpy(why + i, "\xc3\xa9", 2);
    ws_add_close(&b, WS_NORMAL, (struct str){why, sizeof why});
    assert_int_equal(b.len, 2 + 2 + 122);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages), cmocka_unit_test(utf8),         cmocka_unit_test(faults),
        cmocka_unit_test(closes),   cmocka_unit_test(lengths),      cmocka_unit_test(unmasked),
        cmocka_unit_test(early),    cmocka_unit_test(fragments),    cmocka_unit_test(idle),
        cmocka_unit_test(heads),    cmocka_unit_test(close_frames),
    };
    return RUN(tests);
}
