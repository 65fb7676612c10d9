/* test_compress.c: sys/compress: what comes out is what went in, as other programs read it. */
#include "check.h"
#include "sys/compress.h"

#include <errno.h>
#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>

static int memfd(const void *p, size_t n)
{
    const int fd = memfd_create("test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    return fd;
}

static size_t size_of(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return (size_t)st.st_size;
}

/* The whole content; free() it. */
static char *content_of(int fd)
{
    const size_t n = size_of(fd);
    char *p = malloc(n + 1);
    assert_int_equal(pread(fd, p, n, 0), n);
    return p;
}

static void assert_decodes(enum coding coding, int fd, const char *want, size_t n)
{
    char *coded = content_of(fd), *out = malloc(n + 1);
    if (coding == CODING_GZIP) {
        z_stream z = {.next_in = (void *)coded,
                      .avail_in = (unsigned)size_of(fd),
                      .next_out = (void *)out,
                      .avail_out = (unsigned)n + 1};
        assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        assert_int_equal(z.total_out, n);
        assert_int_equal(z.avail_in, 0);
        inflateEnd(&z);
    } else {
        assert_int_equal(ZSTD_getFrameContentSize(coded, size_of(fd)), n);
        assert_int_equal(ZSTD_decompress(out, n + 1, coded, size_of(fd)), n);
    }
    assert_memory_equal(out, want, n);
    free(coded);
    free(out);
}

static void text_of(struct chance *c, char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = "abcdefghijklmnop"[chance_below(c, 16)];
}

static void what_comes_out_is_what_went_in(void **state)
{
    static const size_t sizes[] = {600, 65535, 65536, 65537, 131072, 1000000};
    struct chance c = {1};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char *text = malloc(sizes[i] + 100);
        text_of(&c, text, sizes[i] + 100);
        const int from = memfd(text, sizes[i] + 100); /* of which the first so many are meant */
        for (enum coding coding = CODING_GZIP; coding <= CODING_ZSTD; coding++) {
            const int to = memfd("", 0), again = memfd("", 0);
            assert_int_equal(compress_file(from, to, sizes[i], coding), 0);
            assert_true(size_of(to) < sizes[i] * 7 / 8);
            assert_decodes(coding, to, text, sizes[i]);
            /* And it is so each time: its tag says so. */
            assert_int_equal(compress_file(from, again, sizes[i], coding), 0);
            char *a = content_of(to), *b = content_of(again);
            assert_int_equal(size_of(to), size_of(again));
            assert_memory_equal(a, b, size_of(to));
            free(a);
            free(b);
            close(to);
            close(again);
        }
        close(from);
        free(text);
    }
}

static void what_cannot_be_done(void **state)
{
    struct chance c = {2};
    char noise[100000];
    (void)state;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)chance_next(&c);
    const int from = memfd(noise, sizeof noise);
    for (enum coding coding = CODING_GZIP; coding <= CODING_ZSTD; coding++) {
        const int to = memfd("", 0);
        assert_int_equal(compress_file(from, to, sizeof noise, coding), EFBIG);
        assert_true(size_of(to) <= sizeof noise);
        assert_int_equal(compress_file(from, to, sizeof noise + 1, coding), EIO);
        assert_int_equal(compress_file(-1, to, 1000, coding), EBADF);
        assert_int_equal(compress_file(from, -1, 1000, coding), EFBIG);
        close(to);
    }
    assert_int_equal(compress_file(from, from, 1000, CODING_BR), EINVAL);
    close(from);
}

/* --- streams --- */

/* All of in through z, in pieces of at most `piece`, with room for so many bytes at once; free()
 * it. */
static int through(struct zpipe *z, struct chance *c, struct str in, size_t piece, struct buf *out)
{
    char made[4096];
    int err = 0;
    while (err == 0 && (in.n > 0 || !zpipe_ended(z))) {
        const size_t n = in.n < piece ? in.n : 1 + chance_below(c, piece);
        struct str next = {in.p, n < in.n ? n : in.n};
        const size_t before = next.n;
        size_t room = 1 + chance_below(c, sizeof made);
        const bool last = next.n == in.n;
        err = zpipe_move(z, &next, last, made, &room);
        buf_add(out, made, room);
        in.p += before - next.n;
        in.n -= before - next.n;
        if (err == 0 && in.n == 0 && room == 0 && before == 0)
            break; /* it waits for more */
    }
    return err;
}

static void a_stream_gives_what_went_in(void **state)
{
    static const size_t sizes[] = {0, 1, 100, 65536, 300000};
    struct chance c = {3};
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (unsigned level = 1; level <= 9; level++) {
            char *text = malloc(sizes[i] + 1);
            struct buf small = {0}, again = {0};
            text_of(&c, text, sizes[i]);
            struct zpipe *z = zpipe_deflate(level);
            assert_int_equal(through(z, &c, (struct str){text, sizes[i]}, 5000, &small), 0);
            assert_true(zpipe_ended(z));
            zpipe_free(z);
            z = zpipe_inflate();
            assert_int_equal(through(z, &c, (struct str){buf_data(&small), small.len}, 700, &again),
                             0);
            assert_true(zpipe_ended(z));
            zpipe_free(z);
            assert_int_equal(again.len, sizes[i]);
            assert_memory_equal(buf_str(&again), text, sizes[i]);
            buf_free(&small);
            buf_free(&again);
            free(text);
        }
    zpipe_free(NULL);
}

static void what_is_no_stream(void **state)
{
    struct chance c = {4};
    struct buf stream = {0}, out = {0};
    char text[3000];
    (void)state;
    text_of(&c, text, sizeof text);
    struct zpipe *z = zpipe_deflate(6);
    assert_int_equal(through(z, &c, (struct str){text, sizeof text}, 1000, &stream), 0);
    zpipe_free(z);
    /* Cut anywhere, it has no end, and is no error before. */
    for (size_t n = 0; n < stream.len; n += 7) {
        z = zpipe_inflate();
        assert_int_equal(through(z, &c, (struct str){buf_data(&stream), n}, 100, &out), 0);
        assert_false(zpipe_ended(z));
        assert_true(out.len <= sizeof text);
        assert_memory_equal(buf_str(&out), text, out.len);
        zpipe_free(z);
        buf_clear(&out);
    }
    /* A byte behind the end; a wrong checksum; no stream at all. */
    buf_addc(&stream, 'x');
    z = zpipe_inflate();
    assert_int_equal(through(z, &c, (struct str){buf_data(&stream), stream.len}, 100, &out),
                     EPROTO);
    zpipe_free(z);
    buf_cut(&stream, stream.len - 1);
    buf_data(&stream)[stream.len - 1] ^= 1;
    z = zpipe_inflate();
    assert_int_equal(through(z, &c, (struct str){buf_data(&stream), stream.len}, 100, &out),
                     EPROTO);
    zpipe_free(z);
    z = zpipe_inflate();
    assert_int_equal(through(z, &c, STR("plain text"), 100, &out), EPROTO);
    zpipe_free(z);
    buf_free(&stream);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out_is_what_went_in),
        cmocka_unit_test(what_cannot_be_done),
        cmocka_unit_test(a_stream_gives_what_went_in),
        cmocka_unit_test(what_is_no_stream),
    };
    return RUN(tests);
}
