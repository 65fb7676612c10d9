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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out_is_what_went_in),
        cmocka_unit_test(what_cannot_be_done),
    };
    return RUN(tests);
}
