#include "base/secret.h"

#include "base/digest.h"

#include <string.h>
#include <sys/random.h>

bool secret_new(char *out, size_t size)
{
    unsigned char random[32];
    char hex[2 * sizeof random + 1];
    const size_t digits = size - 1, bytes = (digits + 1) / 2;
    if (bytes > sizeof random || getrandom(random, bytes, 0) != (ssize_t)bytes)
        return false;
    text_to_hex(hex, random, bytes);
    (void)str_copy(out, size, (struct str){hex, digits});
    explicit_bzero(random, sizeof random);
    explicit_bzero(hex, sizeof hex);
    return true;
}

bool secret_digest(struct str secret, char out[DIGEST_TEXT_MAX])
{
    unsigned char hash[DIGEST_MAX];
    if (digest_bytes(DIGEST_SHA256, secret.p, secret.n, hash) != 0)
        return false;
    text_to_hex(out, hash, digest_size(DIGEST_SHA256));
    return true;
}

struct str secret_behind(struct str text, const char *prefix, size_t digits)
{
    const size_t len = strlen(prefix);
    while (text.n > 0) {
        const char *at = memmem(text.p, text.n, prefix, len);
        if (at == NULL)
            break;
        text.n -= (size_t)(at - text.p) + len;
        text.p = at + len;
        size_t n = 0;
        while (n < text.n && text_hex(text.p[n]) >= 0)
            n++;
        if (n == digits)
            return (struct str){text.p, n};
    }
    return (struct str){0};
}

bool secret_same(struct str a, const char *b)
{
    unsigned differ = a.n != strlen(b);
    for (size_t i = 0; i < a.n && b[i] != '\0'; i++)
        differ |= (unsigned)(a.p[i] ^ b[i]);
    return differ == 0;
}
