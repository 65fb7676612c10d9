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
    /* deflate() looks so far back for each byte at most: from level 8 on it would be so much that
     * 16 KiB of an ugly file take a tenth of a second. */
    DEFLATE_CHAIN = 256,
    DEFLATE_GOOD = 32,
    DEFLATE_LONGEST = 258,
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

/* --- streams --- */

struct zpipe {
    z_stream z;
    bool inflates, ended;
};

static struct zpipe *zpipe_new(bool inflates, int level)
{
    struct zpipe *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->inflates = inflates;
    if ((inflates ? inflateInit(&p->z) : deflateInit(&p->z, level)) == Z_OK)
        return p;
    free(p);
    return NULL;
}

struct zpipe *zpipe_deflate(unsigned level)
{
    struct zpipe *p = zpipe_new(false, (int)level);
    if (p != NULL && level > 7)
        (void)deflateTune(&p->z, DEFLATE_GOOD, DEFLATE_LONGEST, DEFLATE_LONGEST, DEFLATE_CHAIN);
    return p;
}

struct zpipe *zpipe_inflate(void)
{
    return zpipe_new(true, 0);
}

void zpipe_free(struct zpipe *p)
{
    if (p == NULL)
        return;
    (void)(p->inflates ? inflateEnd(&p->z) : deflateEnd(&p->z));
    free(p);
}

int zpipe_move(struct zpipe *p, struct str *in, bool last, void *out, size_t *n)
{
    const unsigned room = *n < UINT32_MAX ? (unsigned)*n : UINT32_MAX;
    const unsigned most = in->n < UINT32_MAX ? (unsigned)in->n : UINT32_MAX;
    *n = 0;
    if (p->ended)
        return in->n == 0 ? 0 : EPROTO;
    p->z.next_in = (unsigned char *)(uintptr_t)in->p;
    p->z.avail_in = most;
    p->z.next_out = out;
    p->z.avail_out = room;
    const int result = p->inflates ? inflate(&p->z, Z_NO_FLUSH)
                                   : deflate(&p->z, last && most == in->n ? Z_FINISH : Z_NO_FLUSH);
    *n = room - p->z.avail_out;
    in->p += most - p->z.avail_in;
    in->n -= most - p->z.avail_in;
    p->ended = result == Z_STREAM_END;
    if (result == Z_MEM_ERROR)
        return ENOMEM;
    return result == Z_OK || result == Z_BUF_ERROR || p->ended ? 0 : EPROTO;
}

bool zpipe_ended(const struct zpipe *p)
{
    return p->ended;
}
