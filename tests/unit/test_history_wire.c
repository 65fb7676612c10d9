/* test_history_wire.c: base/pack and model/history_wire: what goes comes out the same, byte by
 * byte; what is cut short or makes no sense is refused. */
#include "check.h"
#include "model/history_wire.h"

static const struct history_msg message = {.id = 0x0123456789abcdef,
                                           .at = 1764439200123,
                                           .kind = HISTORY_NOTICE,
                                           .open = true,
                                           .room = {"#lab", 4},
                                           .name = {"#Lab", 4},
                                           .from = {"小明", 6},
                                           .text = {"a\nb", 3}};

static const struct history_query query = {.want = HISTORY_BETWEEN,
                                           .room = {"#lab", 4},
                                           .from = {.id = 7, .at = -1},
                                           .to = {.id = UINT64_MAX, .at = INT64_MAX},
                                           .since = INT64_MIN,
                                           .limit = UINT32_MAX,
                                           .events = true,
                                           .any = true,
                                           .account = 12,
                                           .by = {"anna", 4},
                                           .name = {"#N", 2},
                                           .text = {"", 0}};

static struct unpack all_of(const struct buf *b)
{
    return (struct unpack){.p = buf_data(b), .n = b->len};
}

static void numbers_are_little_endian(void **state)
{
    (void)state;
    struct buf b = {0};
    pack_u8(&b, 0xfe);
    pack_u32(&b, 0x01020304);
    pack_u64(&b, 0x1122334455667788);
    pack_str(&b, STR("hi"));
    assert_int_equal(b.len, 1 + 4 + 8 + 4 + 2);
    assert_memory_equal(buf_data(&b),
                        "\xfe\x04\x03\x02\x01\x88\x77\x66\x55\x44\x33\x22\x11\x02\0\0\0hi", b.len);
    struct unpack u = all_of(&b);
    assert_int_equal(unpack_u8(&u), 0xfe);
    assert_int_equal(unpack_u32(&u), 0x01020304);
    assert_true(unpack_u64(&u) == 0x1122334455667788);
    assert_str(unpack_str(&u), "hi");
    assert_true(unpack_done(&u));
    assert_int_equal(unpack_u8(&u), 0); /* beyond the end there is nothing, and that is noted */
    assert_false(unpack_done(&u));
    buf_free(&b);
}

static void a_text_longer_than_what_is_there(void **state)
{
    (void)state;
    struct unpack u = {.p = "\x05\0\0\0abcd", .n = 8};
    assert_int_equal(unpack_str(&u).n, 0);
    assert_true(u.bad);
    u = (struct unpack){.p = "\xff\xff\xff\xff", .n = 4};
    assert_int_equal(unpack_str(&u).n, 0);
    assert_true(u.bad);
}

static void a_message_and_back(void **state)
{
    (void)state;
    struct buf b = {0};
    struct history_msg m;
    wire_put_msg(&b, &message);
    wire_put_msg(&b, &message);
    struct unpack u = all_of(&b);
    for (int i = 0; i < 2; i++) {
        assert_true(wire_get_msg(&u, &m));
        assert_true(m.id == message.id && m.at == message.at && m.kind == message.kind && m.open);
        assert_str(m.room, "#lab");
        assert_str(m.name, "#Lab");
        assert_str(m.from, "小明");
        assert_str(m.user, "");
        assert_str(m.text, "a\nb");
    }
    assert_false(wire_get_msg(&u, &m));
    assert_false(u.bad); /* that was the end, no fault */
    for (size_t n = 1; n < b.len / 2; n++) {
        char *cut = tight_copy(buf_data(&b), n);
        u = (struct unpack){.p = cut, .n = n};
        assert_false(wire_get_msg(&u, &m));
        assert_true(u.bad);
        free(cut);
    }
    buf_data(&b)[16] = HISTORY_KINDS; /* behind id and time */
    u = all_of(&b);
    assert_false(wire_get_msg(&u, &m));
    buf_free(&b);
}

static void a_query_and_back(void **state)
{
    (void)state;
    struct buf b = {0}, rooms = {0};
    struct history_query q = query, got;
    struct str key;
    int64_t since;
    history_add_room(&rooms, STR("#lab"), 5);
    history_add_room(&rooms, STR("=1,2"), -5);
    q.rooms = (struct str){buf_data(&rooms), rooms.len};
    wire_put_query(&b, &q);
    struct unpack u = all_of(&b);
    assert_true(wire_get_query(&u, &got));
    assert_true(got.want == q.want && got.limit == q.limit && got.events && got.any);
    assert_true(got.from.id == 7 && got.from.at == -1 && got.to.id == UINT64_MAX);
    assert_true(got.to.at == INT64_MAX && got.since == INT64_MIN && got.account == 12);
    assert_str(got.room, "#lab");
    assert_str(got.by, "anna");
    assert_str(got.name, "#N");
    u = (struct unpack){.p = got.rooms.p, .n = got.rooms.n};
    assert_true(wire_get_room(&u, &key, &since) && since == 5);
    assert_str(key, "#lab");
    assert_true(wire_get_room(&u, &key, &since) && since == -5);
    assert_str(key, "=1,2");
    assert_false(wire_get_room(&u, &key, &since));
    for (size_t n = 0; n < b.len; n++) {
        char *cut = tight_copy(buf_data(&b), n);
        u = (struct unpack){.p = cut, .n = n};
        assert_false(wire_get_query(&u, &got));
        free(cut);
    }
    buf_addc(&b, 'x'); /* one too many */
    u = all_of(&b);
    assert_false(wire_get_query(&u, &got));
    buf_cut(&b, b.len - 1);
    buf_data(&b)[0] = HISTORY_WANTS;
    u = all_of(&b);
    assert_false(wire_get_query(&u, &got));
    buf_clear(&b);
    q.rooms = STR("nonsense");
    wire_put_query(&b, &q);
    u = all_of(&b);
    assert_false(wire_get_query(&u, &got));
    buf_free(&b);
    buf_free(&rooms);
}

/* Two frames that come in pieces. */
struct frames {
    struct buf in;
    unsigned whole;
};

static bool take_piece(void *arg, const char *piece, size_t n, size_t total)
{
    struct frames *fs = arg;
    struct wire_frame f;
    ssize_t length;
    (void)total;
    buf_add(&fs->in, piece, n);
    while ((length = wire_next(buf_data(&fs->in), fs->in.len, &f)) != 0) {
        assert_true(length > 0);
        fs->whole++;
        assert_int_equal(f.kind, fs->whole == 1 ? WIRE_LINES : WIRE_KEPT);
        assert_int_equal(f.serial, fs->whole);
        assert_int_equal(f.body.n, fs->whole == 1 ? 3 : 0);
        buf_consume(&fs->in, (size_t)length);
    }
    return true;
}

static void frames_come_byte_by_byte(void **state)
{
    (void)state;
    struct buf b = {0};
    struct chance c = {7};
    size_t at = wire_begin(&b, WIRE_LINES, 1);
    buf_adds(&b, "abc");
    wire_end(&b, at);
    at = wire_begin(&b, WIRE_KEPT, 2);
    wire_end(&b, at);
    for (size_t most = 1; most < 40; most++) {
        struct frames fs = {0};
        feed(&c, buf_data(&b), b.len, most, take_piece, &fs);
        assert_int_equal(fs.whole, 2);
        assert_int_equal(fs.in.len, 0);
        buf_free(&fs.in);
    }
    buf_free(&b);
}

static void what_is_no_frame(void **state)
{
    (void)state;
    static const struct {
        const char *label, *bytes;
        size_t n;
        ssize_t result;
    } table[] = {
        {"nothing", "", 0, 0},
        {"less than a length", "\x09\0\0", 3, 0},
        {"a length alone", "\x09\0\0\0", 4, 0},
        {"too short for a head", "\x08\0\0\0\x01\0\0\0\0\0\0\0\0", 13, -1},
        {"too long for us", "\x01\0\x40\0", 4, -1},
        {"far too long", "\xff\xff\xff\xff", 4, -1},
        {"the longest", "\0\0\x40\0", 4, 0},
        {"an unknown kind", "\x09\0\0\0\x7f\0\0\0\0\0\0\0\0", 13, -1},
        {"the least one", "\x09\0\0\0\x01\0\0\0\0\0\0\0\0", 13, 13},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        struct wire_frame f;
        char *p = tight_copy(table[i].bytes, table[i].n);
        assert_row(table[i].label, wire_next(p, table[i].n, &f) == table[i].result);
        free(p);
    }
}

static void the_rest_and_back(void **state)
{
    (void)state;
    struct buf b = {0};
    const struct history_settings s = {.store = true, .keep = 77, .max = UINT64_MAX};
    struct history_settings s2;
    const struct history_state t = {.trouble = "no room", .messages = 3, .bytes = 4};
    struct history_state t2;
    const struct history_answer a = {
        .result = HISTORY_DENIED, .why = "no", .more = true, .next = 9};
    struct history_answer a2;
    char why[HISTORY_TROUBLE_MAX];
    wire_put_settings(&b, &s);
    struct unpack u = all_of(&b);
    assert_true(wire_get_settings(&u, &s2));
    assert_true(s2.store && !s2.files && s2.keep == 77 && s2.max == UINT64_MAX);
    buf_clear(&b);
    wire_put_state(&b, &t);
    u = all_of(&b);
    assert_true(wire_get_state(&u, &t2));
    assert_string_equal(t2.trouble, "no room");
    assert_true(t2.messages == 3 && t2.bytes == 4);
    buf_clear(&b);
    wire_put_answer(&b, &a);
    wire_put_msg(&b, &message);
    u = all_of(&b);
    assert_true(wire_get_answer(&u, &a2, why));
    assert_true(a2.result == HISTORY_DENIED && a2.more && a2.next == 9);
    assert_string_equal(a2.why, "no");
    struct history_msg m;
    assert_true(history_next(&a2, &m) && m.id == message.id);
    assert_false(history_next(&a2, &m));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(a_text_longer_than_what_is_there),
        cmocka_unit_test(a_message_and_back),
        cmocka_unit_test(a_query_and_back),
        cmocka_unit_test(frames_come_byte_by_byte),
        cmocka_unit_test(what_is_no_frame),
        cmocka_unit_test(the_rest_and_back),
    };
    return RUN(tests);
}
