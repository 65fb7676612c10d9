#include "base/secret.h"

#include <openssl/evp.h>
#include <string.h>
#include <sys/random.h>

static void write_hex(char *out, const unsigned char *p, size_t digits)
{
    for (size_t i = 0; i < digits; i++)
        out[i] = "0123456789abcdef"[i % 2 == 0 ? p[i / 2] >> 4 : p[i / 2] & 15];
    out[digits] = '\0';
}

bool secret_new(char *out, size_t size)
{
    unsigned char random[32];
    const size_t digits = size - 1, bytes = (digits + 1) / 2;
    if (bytes > sizeof random || getrandom(random, bytes, 0) != (ssize_t)bytes)
        return false;
    write_hex(out, random, digits);
    explicit_bzero(random, sizeof random);
    return true;
}

bool secret_digest(struct str secret, char out[DIGEST_TEXT_MAX])
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(secret.p, secret.n, hash, &n, EVP_sha256(), NULL) != 1)
        return false;
    write_hex(out, hash, DIGEST_TEXT_MAX - 1);
    return true;
}

bool secret_same(struct str a, const char *b)
{
    unsigned differ = a.n != strlen(b);
    for (size_t i = 0; i < a.n && b[i] != '\0'; i++)
        differ |= (unsigned)(a.p[i] ^ b[i]);
    return differ == 0;
}
