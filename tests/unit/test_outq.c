/* test_outq.c: base/outq. */
#include "base/outq.h"
#include "check.h"

enum { IOVECS = 8 };

static int released;

static void count_release(struct ofile *f)
{
    (void)f;
    released++;
}

/* Takes n bytes off the front into out, as conn's writev would; stops at a file. */
static size_t take(struct outq *q, size_t n, char *out)
{
    size_t done = 0;
    while (n > 0) {
        struct iovec iov[IOVECS];
        bool more;
        const int count = outq_iov(q, iov, IOVECS, &more);
        if (count == 0)
            break;
        const size_t piece = iov[0].iov_len < n ? iov[0].iov_len : n;
        memcpy(out + done, iov[0].iov_base, piece);
        outq_sent(q, piece);
        done += piece;
        n -= piece;
    }
    return done;
}

static void small_additions_share_a_block(void **state)
{
    struct outq q = {0};
    struct iovec iov[IOVECS];
    bool more;
    (void)state;
    outq_add(&q, "HTTP/1.1 200 OK\r\n", 17);
    outq_add(&q, "\r\n", 2);
    assert_int_equal(outq_iov(&q, iov, IOVECS, &more), 1);
    assert_false(more);
    assert_int_equal(iov[0].iov_len, 19);
    assert_memory_equal(iov[0].iov_base, "HTTP/1.1 200 OK\r\n\r\n", 19);
    assert_int_equal(q.bytes, 19);
    outq_sent(&q, 19);
    assert_int_equal(q.count, 0);
    assert_int_equal(q.bytes, 0);
    outq_add(&q, "", 0);
    assert_int_equal(q.count, 0);
    outq_free(&q);
}

static void a_shared_block_is_counted_and_never_added_to(void **state)
{
    struct outq a = {0}, b = {0};
    struct blk *line = blk_new(64);
    char out[16];
    (void)state;
    memcpy(line->data, "line", 4);
    line->len = 4;
    outq_share(&a, line);
    outq_share(&b, line);
    assert_int_equal(line->refs, 3);
    outq_add(&a, "+", 1); /* there is room in the block, but it is not a's alone */
    assert_int_equal(line->len, 4);
    assert_int_equal(a.bytes, 5);
    assert_int_equal(take(&a, 99, out), 5);
    assert_memory_equal(out, "line+", 5);
    assert_int_equal(line->refs, 2);
    outq_free(&b);
    assert_int_equal(line->refs, 1);
    line->len = 0;
    outq_share(&a, line);
    assert_int_equal(a.count, 0);
    blk_unref(line);
    blk_unref(NULL);
    outq_free(&a);
}

static void what_goes_on_in_a_shared_block_goes_on_in_its_span(void **state)
{
    struct outq q = {0}, late = {0};
    struct blk *b = blk_new(64);
    char out[16];
    (void)state;
    memcpy(b->data, "onetwothree", 11);
    b->len = 3;
    outq_share_part(&q, b, 0, 3);
    b->len = 6; /* its maker adds to it */
    outq_share_part(&q, b, 3, 3);
    outq_share_part(&late, b, 3, 3);
    assert_int_equal(q.count, 1);
    assert_int_equal(b->refs, 3);
    assert_int_equal(take(&q, 4, out), 4); /* what has gone does not matter */
    b->len = 11;
    outq_share_part(&q, b, 6, 5);
    assert_int_equal(q.count, 1);
    assert_int_equal(q.bytes, 7);
    outq_share_part(&late, b, 7, 4); /* not where the last ended */
    assert_int_equal(late.count, 2);
    assert_int_equal(take(&q, 99, out), 7);
    assert_memory_equal(out, "wothree", 7);
    assert_int_equal(take(&late, 99, out), 7);
    assert_memory_equal(out, "twohree", 7);
    assert_int_equal(b->refs, 1);
    blk_unref(b);
    outq_free(&q);
    outq_free(&late);
}

static void files_stand_between_memory_in_their_order(void **state)
{
    struct outq q = {0};
    struct ofile f = {.fd = -1, .refs = 1, .release = count_release};
    struct iovec iov[IOVECS];
    bool more;
    (void)state;
    released = 0;
    outq_add(&q, "head", 4);
    outq_file(&q, &f, 10, 100);
    outq_add(&q, "tail", 4);
    outq_file(&q, &f, 0, 0); /* nothing to send */
    assert_int_equal(f.refs, 2);
    assert_int_equal(q.bytes, 108);
    assert_null(outq_front_file(&q));
    assert_int_equal(outq_iov(&q, iov, IOVECS, &more), 1);
    assert_true(more);
    outq_sent(&q, 4);
    assert_int_equal(outq_iov(&q, iov, IOVECS, &more), 0);
    assert_true(more);
    const struct ospan *span = outq_front_file(&q);
    assert_non_null(span);
    assert_int_equal(span->off, 10);
    outq_sent(&q, 30);
    assert_int_equal(span->off, 40);
    assert_int_equal(span->len, 70);
    outq_sent(&q, 72); /* over the end of the span */
    assert_int_equal(f.refs, 1);
    assert_int_equal(q.bytes, 2);
    assert_null(outq_front_file(&q));
    outq_free(&q);
    assert_int_equal(released, 0);
    outq_file(&q, &f, 0, 5);
    ofile_unref(&f);
    assert_int_equal(released, 0);
    outq_free(&q);
    assert_int_equal(released, 1);
    ofile_unref(NULL);
}

static void iov_stops_at_what_it_may_hold(void **state)
{
    struct outq q = {0};
    struct blk *b = blk_new(8);
    struct iovec iov[4];
    bool more;
    (void)state;
    memcpy(b->data, "x", 1);
    b->len = 1;
    for (int i = 0; i < 6; i++)
        outq_share(&q, b);
    assert_int_equal(outq_iov(&q, iov, 4, &more), 4);
    assert_true(more);
    outq_sent(&q, 2);
    assert_int_equal(outq_iov(&q, iov, 4, &more), 4);
    assert_false(more);
    outq_free(&q);
    assert_int_equal(b->refs, 1);
    blk_unref(b);
}

/* Ring and blocks together, against a plain count of bytes. */
static void any_mix_comes_out_in_order(void **state)
{
    struct chance c = {2};
    struct outq q = {0};
    unsigned char in = 0, out = 0;
    static char piece[3000], back[4096];
    (void)state;
    for (int i = 0; i < 20000; i++) {
        const size_t what = chance_below(&c, 5);
        if (what < 2) {
            const size_t n = chance_below(&c, what == 0 ? 20 : sizeof piece);
            for (size_t k = 0; k < n; k++)
                piece[k] = (char)in++;
            outq_add(&q, piece, n);
        } else if (what == 2) {
            struct blk *b = blk_new(300);
            for (b->len = 0; b->len < 250; b->len++)
                b->data[b->len] = (char)in++;
            outq_share(&q, b);
            blk_unref(b);
        } else {
            const size_t n = take(&q, chance_below(&c, sizeof back), back);
            for (size_t k = 0; k < n; k++)
                assert_int_equal((unsigned char)back[k], out++);
        }
        outq_trim(&q);
    }
    assert_int_equal((unsigned char)(in - out), (unsigned char)q.bytes);
    assert_false(q.failed);
    outq_free(&q);
    assert_int_equal(q.bytes, 0);
}

static void an_idle_queue_gives_its_ring_back(void **state)
{
    struct outq q = {0};
    struct blk *b = blk_new(1);
    (void)state;
    b->len = 1;
    for (int i = 0; i < 100; i++)
        outq_share(&q, b);
    outq_trim(&q);
    assert_int_equal(q.count, 100);
    outq_sent(&q, 100);
    assert_true(q.cap >= 100);
    outq_trim(&q);
    assert_int_equal(q.cap, 0);
    outq_add(&q, "again", 5);
    assert_int_equal(q.bytes, 5);
    outq_free(&q);
    blk_unref(b);
}

static void a_block_too_large_is_refused(void **state)
{
    (void)state;
    assert_null(blk_new((size_t)UINT32_MAX + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_additions_share_a_block),
        cmocka_unit_test(a_shared_block_is_counted_and_never_added_to),
        cmocka_unit_test(what_goes_on_in_a_shared_block_goes_on_in_its_span),
        cmocka_unit_test(files_stand_between_memory_in_their_order),
        cmocka_unit_test(iov_stops_at_what_it_may_hold),
        cmocka_unit_test(any_mix_comes_out_in_order),
        cmocka_unit_test(an_idle_queue_gives_its_ring_back),
        cmocka_unit_test(a_block_too_large_is_refused),
    };
    return RUN(tests);
}
