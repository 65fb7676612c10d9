/* test_buf.c: base/buf. */
#include "check.h"

static void adds_at_the_end_and_consumes_at_the_front(void **state)
{
    struct buf b = {0};
    (void)state;
    buf_adds(&b, "one ");
    buf_addc(&b, '2');
    buf_addu(&b, 0);
    buf_addu(&b, UINT64_MAX);
    buf_addf(&b, " %s-%d", "three", 3);
    buf_add(&b, "", 0);
    assert_string_equal(buf_str(&b), "one 2018446744073709551615 three-3");
    buf_consume(&b, 4);
    assert_string_equal(buf_str(&b), "2018446744073709551615 three-3");
    buf_cut(&b, 3);
    assert_string_equal(buf_str(&b), "201");
    buf_cut(&b, 99);
    assert_int_equal(b.len, 3);
    buf_consume(&b, 99);
    assert_int_equal(b.len, 0);
    assert_string_equal(buf_str(&b), "");
    buf_free(&b);
    assert_null(b.mem);
}

/* The same bytes come out as went in, whatever order of adding and consuming. */
static void is_a_queue_of_bytes(void **state)
{
    struct chance c = {1};
    struct buf b = {0};
    unsigned char in = 0, out = 0;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        if (chance_below(&c, 2) == 0) {
            char piece[200];
            const size_t n = chance_below(&c, sizeof piece);
            for (size_t k = 0; k < n; k++)
                piece[k] = (char)in++;
            buf_add(&b, piece, n);
        } else {
            const size_t n = b.len > 0 ? chance_below(&c, b.len + 1) : 0;
            for (size_t k = 0; k < n; k++)
                assert_int_equal((unsigned char)buf_data(&b)[k], out++);
            buf_consume(&b, n);
        }
        assert_true(b.off + b.len <= b.cap);
    }
    assert_false(b.failed);
    buf_free(&b);
}

static void past_its_bound_it_fails_and_keeps_what_it_had(void **state)
{
    struct buf b = {0};
    (void)state;
    buf_adds(&b, "kept");
    assert_null(buf_reserve(&b, (size_t)BUF_MAX + 1));
    assert_true(b.failed);
    buf_adds(&b, " lost");
    buf_addf(&b, "%d", 7);
    assert_int_equal(b.len, 4);
    assert_memory_equal(buf_data(&b), "kept", 4);
    assert_string_equal(buf_str(&b), "");
    buf_free(&b);
    assert_false(b.failed);
    assert_null(buf_reserve(&b, SIZE_MAX));
    assert_true(b.failed);
    buf_free(&b);
}

static void a_view_is_copied_before_it_is_added_to(void **state)
{
    char memory[] = "abcdef";
    struct buf b = {0};
    (void)state;
    buf_view(&b, memory, 6);
    buf_consume(&b, 2);
    buf_adds(&b, "!");
    assert_string_equal(buf_str(&b), "cdef!");
    assert_string_equal(memory, "abcdef");
    buf_free(&b);

    buf_view(&b, memory, 6);
    buf_consume(&b, 4);
    buf_own(&b);
    memory[4] = memory[5] = 'x';
    assert_string_equal(buf_str(&b), "ef");
    buf_own(&b);
    assert_string_equal(buf_str(&b), "ef");
    buf_free(&b);

    buf_view(&b, memory, 6);
    buf_consume(&b, 6);
    assert_null(b.mem);
    buf_own(&b);
    assert_int_equal(b.len, 0);
    buf_free(&b);
}

static void what_was_consumed_gives_its_room_back(void **state)
{
    struct buf b = {0};
    (void)state;
    for (int i = 0; i < 100000; i++) {
        buf_add(&b, "0123456789", 10);
        buf_consume(&b, 9);
        if (b.len > 40)
            buf_consume(&b, 30);
    }
    assert_true(b.cap <= 256);
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_at_the_end_and_consumes_at_the_front),
        cmocka_unit_test(is_a_queue_of_bytes),
        cmocka_unit_test(past_its_bound_it_fails_and_keeps_what_it_had),
        cmocka_unit_test(a_view_is_copied_before_it_is_added_to),
        cmocka_unit_test(what_was_consumed_gives_its_room_back),
    };
    return RUN(tests);
}
