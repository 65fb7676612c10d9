#include "base/saslprep.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

/* RFC 3454, C.1.2. */
static bool is_space(uint32_t c)
{
    return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200b) || c == 0x202f || c == 0x205f ||
           c == 0x3000;
}

/* RFC 3454, B.1. */
static bool is_nothing(uint32_t c)
{
    return c == 0xad || c == 0x34f || c == 0x1806 || (c >= 0x180b && c <= 0x180d) || c == 0x200c ||
           c == 0x200d || c == 0x2060 || (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff;
}

/* Into out, which has room for all of it; the length. */
static size_t map(const char *text, size_t n, char *out)
{
    size_t len = 0;
    for (size_t i = 0, bytes; i < n; i += bytes) {
        uint32_t c;
        bytes = utf8_next(text + i, n - i, &c);
        if (is_space(c)) {
            out[len++] = ' ';
        } else if (!is_nothing(c)) {
            memcpy(out + len, text + i, bytes);
            len += bytes;
        }
    }
    return len;
}

char *saslprep(const char *password)
{
    const size_t n = strlen(password);
    char *mapped = strdup(password);
    if (mapped == NULL || !utf8_valid(password, n))
        return mapped;
    size_t len = map(password, n, mapped), made = 0;
    uint8_t *form = u8_normalize(UNINORM_NFKC, (const uint8_t *)mapped, len, NULL, &made);
    char *out = form != NULL ? strndup((const char *)form, made) : NULL;
    if (form != NULL)
        explicit_bzero(form, made);
    free(form);
    explicit_bzero(mapped, n);
    free(mapped);
    return out;
}
