#include "sys/compress.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
    BLOCK = 64 << 10,
    GZIP_LEVEL = 6,
    GZIP_WINDOW = 15 + 16, /* + 16: with gzip's head and tail, in which no time and name stand */
    GZIP_MEMORY = 8,
    ZSTD_LEVEL = 6, /* whose window is far below the 8 MiB that RFC 8878 has for content codings */
};

/* What has been made, on its way. */
struct sink {
    int fd;
    uint64_t left; /* bytes that it may still get */
    unsigned char block[BLOCK];
};

struct source {
    int fd;
    uint64_t at, len;
    unsigned char block[BLOCK];
};

static int put(struct sink *s, size_t n)
{
    if (n >= s->left)
        return EFBIG;
    s->left -= n;
    for (size_t done = 0; done < n;) {
        const ssize_t k = write(s->fd, s->block + done, n - done);
        if (k < 0 && errno != EINTR)
            return errno;
        done += k > 0 ? (size_t)k : 0;
    }
    return 0;
}

/* The next block of n bytes; with *last when it is that. */
static int take(struct source *s, size_t *n, bool *last)
{
    const size_t most = s->len - s->at < BLOCK ? (size_t)(s->len - s->at) : BLOCK;
    for (*n = 0; *n < most;) {
        const ssize_t k = pread(s->fd, s->block + *n, most - *n, (off_t)(s->at + *n));
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return k < 0 ? errno : EIO;
        *n += (size_t)k;
    }
    s->at += most;
    *last = s->at == s->len;
    return 0;
}

static int gzip(struct source *from, struct sink *to)
{
    z_stream z = {0};
    bool last = false;
    int err = 0;
    if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return ENOMEM;
    while (err == 0 && !last) {
        size_t n;
        err = take(from, &n, &last);
        z.next_in = from->block;
        z.avail_in = (unsigned)n;
        for (bool full = true; err == 0 && full;) {
            z.next_out = to->block;
            z.avail_out = BLOCK;
            (void)deflate(&z, last ? Z_FINISH : Z_NO_FLUSH);
            full = z.avail_out == 0;
            err = put(to, BLOCK - z.avail_out);
        }
    }
    deflateEnd(&z);
    return err;
}

static int zstd_block(ZSTD_CCtx *z, struct source *from, size_t n, bool last, struct sink *to)
{
    ZSTD_inBuffer in = {from->block, n, 0};
    for (;;) {
        ZSTD_outBuffer out = {to->block, BLOCK, 0};
        const size_t left = ZSTD_compressStream2(z, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return ENOMEM;
        const int err = put(to, out.pos);
        if (err != 0 || (last ? left == 0 : in.pos == n))
            return err;
    }
}

static int zstd(struct source *from, struct sink *to)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    bool last = false;
    int err = z == NULL ? ENOMEM : 0;
    if (err == 0 && (ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, ZSTD_LEVEL)) ||
                     ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(z, from->len))))
        err = EINVAL;
    while (err == 0 && !last) {
        size_t n;
        err = take(from, &n, &last);
        if (err == 0)
            err = zstd_block(z, from, n, last, to);
    }
    (void)ZSTD_freeCCtx(z);
    return err;
}

int compress_file(int from, int to, uint64_t len, enum coding coding)
{
    struct source *source = malloc(sizeof *source);
    struct sink *sink = malloc(sizeof *sink);
    int err = ENOMEM;
    if (source != NULL && sink != NULL) {
        source->fd = from;
        source->at = 0;
        source->len = len;
        sink->fd = to;
        sink->left = len - len / 8;
        err = coding == CODING_GZIP   ? gzip(source, sink)
              : coding == CODING_ZSTD ? zstd(source, sink)
                                      : EINVAL;
    }
    free(source);
    free(sink);
    return err;
}
