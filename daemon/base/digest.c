#include "base/digest.h"

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
    [DIGEST_SHA512] = {"sha-512", 64, EVP_sha512},
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
    for (size_t i = DIGEST_NONE + 1; i < sizeof kinds / sizeof kinds[0]; i++)
        if (str_ieq(name, kinds[i].name))
            return (enum digest_kind)i;
    return DIGEST_NONE;
}

bool digest_equal(const struct digest *a, const unsigned char *bytes)
{
    return memcmp(a->bytes, bytes, digest_size(a->kind)) == 0;
}

int digest_bytes(enum digest_kind kind, const void *p, size_t n, unsigned char out[DIGEST_MAX])
{
    if (kind == DIGEST_NONE)
        return EINVAL;
    return EVP_Digest(p, n, out, NULL, kinds[kind].md(), NULL) == 1 ? 0 : ENOMEM;
}

/* 0 or an errno. */
static int digest_some(EVP_MD_CTX *ctx, int fd, uint64_t from, uint64_t len)
{
    const bool to_end = len == UINT64_MAX;
    unsigned char *piece = malloc(PIECE);
    int err = piece != NULL ? 0 : ENOMEM;
    while (err == 0 && len > 0) {
        const ssize_t n = pread(fd, piece, len < PIECE ? (size_t)len : PIECE, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            err = n < 0 ? errno : to_end ? 0 : EIO;
            break;
        }
        err = EVP_DigestUpdate(ctx, piece, (size_t)n) == 1 ? 0 : EIO;
        from += (uint64_t)n;
        len -= to_end ? 0 : (uint64_t)n;
    }
    free(piece);
    return err;
}

int digest_file(enum digest_kind kind, int fd, uint64_t from, uint64_t len,
                unsigned char out[DIGEST_MAX])
{
    if (kind == DIGEST_NONE)
        return EINVAL;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int err = ctx == NULL                                           ? ENOMEM
              : EVP_DigestInit_ex(ctx, kinds[kind].md(), NULL) != 1 ? ENOTSUP
                                                                    : 0;
    if (err == 0)
        err = digest_some(ctx, fd, from, len);
    if (err == 0 && EVP_DigestFinal_ex(ctx, out, NULL) != 1)
        err = EIO;
    EVP_MD_CTX_free(ctx);
    return err;
}
