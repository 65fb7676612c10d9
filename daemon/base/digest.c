#include "base/digest.h"

#include "base/crc32.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 256 << 10 };

static const struct {
    const char *name;
    size_t size;
    const EVP_MD *(*md)(void);
} kinds[] = {
    [DIGEST_NONE] = {"", 0, EVP_md_null},          [DIGEST_MD5] = {"md5", 16, EVP_md5},
    [DIGEST_SHA1] = {"sha", 20, EVP_sha1},         [DIGEST_SHA256] = {"sha-256", 32, EVP_sha256},
    [DIGEST_SHA512] = {"sha-512", 64, EVP_sha512}, [DIGEST_CRC32] = {"crc32", 4, NULL},
};

size_t digest_size(enum digest_kind kind)
{
    return kinds[kind].size;
}

const char *digest_name(enum digest_kind kind)
{
    return kinds[kind].name;
}

enum digest_kind digest_named(struct str name)
{
    for (size_t i = DIGEST_NONE + 1; i < DIGEST_CRC32; i++)
        if (str_ieq(name, kinds[i].name))
            return (enum digest_kind)i;
    return DIGEST_NONE;
}

bool digest_equal(const struct digest *a, const unsigned char *bytes)
{
    return memcmp(a->bytes, bytes, digest_size(a->kind)) == 0;
}

/* --- one that is being computed --- */

struct running {
    EVP_MD_CTX *ctx; /* NULL for DIGEST_CRC32 */
    uint32_t crc;
};

/* 0 or an errno. */
static int begin(struct running *r, enum digest_kind kind)
{
    *r = (struct running){0};
    if (kind == DIGEST_NONE)
        return EINVAL;
    if (kind == DIGEST_CRC32)
        return 0;
    r->ctx = EVP_MD_CTX_new();
    if (r->ctx == NULL)
        return ENOMEM;
    return EVP_DigestInit_ex(r->ctx, kinds[kind].md(), NULL) == 1 ? 0 : ENOTSUP;
}

static int add(struct running *r, const void *p, size_t n)
{
    if (r->ctx != NULL)
        return EVP_DigestUpdate(r->ctx, p, n) == 1 ? 0 : EIO;
    r->crc = crc32_add(r->crc, p, n);
    return 0;
}

/* To be called at the end, whatever came before: err. */
static int end(struct running *r, int err, unsigned char out[DIGEST_MAX])
{
    if (err == 0 && r->ctx == NULL)
        for (int i = 0; i < 4; i++)
            out[i] = (unsigned char)(r->crc >> (24 - 8 * i));
    else if (err == 0 && EVP_DigestFinal_ex(r->ctx, out, NULL) != 1)
        err = EIO;
    EVP_MD_CTX_free(r->ctx);
    return err;
}

int digest_bytes(enum digest_kind kind, const void *p, size_t n, unsigned char out[DIGEST_MAX])
{
    struct running r;
    int err = begin(&r, kind);
    if (err == 0)
        err = add(&r, p, n);
    return end(&r, err, out);
}

/* 0 or an errno. */
static int add_file(struct running *r, int fd, uint64_t from, uint64_t len,
                    bool (*wanted)(void *arg), void *arg)
{
    const bool to_end = len == UINT64_MAX;
    unsigned char *piece = malloc(PIECE);
    int err = piece != NULL ? 0 : ENOMEM;
    while (err == 0 && len > 0) {
        if (wanted != NULL && !wanted(arg)) {
            err = ECANCELED;
            break;
        }
        const ssize_t n = pread(fd, piece, len < PIECE ? (size_t)len : PIECE, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            err = n < 0 ? errno : to_end ? 0 : EIO;
            break;
        }
        err = add(r, piece, (size_t)n);
        from += (uint64_t)n;
        len -= to_end ? 0 : (uint64_t)n;
    }
    free(piece);
    return err;
}

int digest_file(enum digest_kind kind, int fd, uint64_t from, uint64_t len,
                unsigned char out[DIGEST_MAX], bool (*wanted)(void *arg), void *arg)
{
    struct running r;
    int err = begin(&r, kind);
    if (err == 0)
        err = add_file(&r, fd, from, len, wanted, arg);
    return end(&r, err, out);
}
