#include "model/chat_text.h"

#include <string.h>

enum {
    LRE = 0x202a,
    RLE = 0x202b,
    PDF = 0x202c,
    LRO = 0x202d,
    RLO = 0x202e,
    LRI = 0x2066,
    FSI = 0x2068,
    PDI = 0x2069,
    OPEN_MAX = 16, /* embeddings and isolates at once; more are taken out */
    CLOSER = 3,    /* bytes of PDF or PDI in UTF-8 */
};

/* CTCP, bold, colour, hex colour, reset, monospace, reverse, italic, strike, underline, tab. */
static bool is_format(uint32_t cp)
{
    return cp < 0x20 && cp != 0 &&
           strchr("\x01\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f\t", (int)cp) != NULL;
}

static bool is_dropped(uint32_t cp)
{
    return (cp < 0x20 && !is_format(cp)) || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 ||
           cp == 0x2029 || cp == LRO || cp == RLO || (cp >= 0xe0000 && cp <= 0xe007f);
}

/* Keeps count of what is open. False when cp must be taken out. */
static bool balance(uint32_t cp, unsigned *embeddings, unsigned *isolates)
{
    if (cp == LRE || cp == RLE || (cp >= LRI && cp <= FSI)) {
        if (*embeddings + *isolates == OPEN_MAX)
            return false;
        ++*(cp >= LRI ? isolates : embeddings);
    } else if (cp == PDF || cp == PDI) {
        unsigned *open = cp == PDI ? isolates : embeddings;
        if (*open == 0)
            return false;
        --*open;
    }
    return true;
}

size_t chat_text_clean(char *out, size_t size, struct str s)
{
    size_t n = 0;
    unsigned embeddings = 0, isolates = 0;
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t cp;
        len = utf8_next(s.p + i, s.n - i, &cp);
        if (len == 0)
            break;
        const unsigned before = embeddings + isolates;
        if (is_dropped(cp))
            continue;
        if (n + len + (before + 1) * CLOSER >= size)
            break;
        if (balance(cp, &embeddings, &isolates)) {
            memcpy(out + n, s.p + i, len);
            n += len;
        }
    }
    for (; embeddings > 0; embeddings--, n += CLOSER)
        memcpy(out + n, "\xe2\x80\xac", CLOSER);
    for (; isolates > 0; isolates--, n += CLOSER)
        memcpy(out + n, "\xe2\x81\xa9", CLOSER);
    out[n] = '\0';
    return n;
}
