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

static bool is_opener(uint32_t cp)
{
    return cp == LRE || cp == RLE || (cp >= LRI && cp <= FSI);
}

/* What is open: 'e' for an embedding, 'i' for an isolate, as UAX #9 has them on its stack. */
struct open {
    char kind[OPEN_MAX];
    unsigned depth;
};

/* Keeps track of what is open. False when cp must be taken out. */
static bool balance(uint32_t cp, struct open *o)
{
    if (is_opener(cp)) {
        if (o->depth == OPEN_MAX)
            return false;
        o->kind[o->depth++] = cp >= LRI ? 'i' : 'e';
    } else if (cp == PDF) { /* closes nothing across the beginning of an isolate */
        if (o->depth == 0 || o->kind[o->depth - 1] != 'e')
            return false;
        o->depth--;
    } else if (cp == PDI) { /* closes what was opened within the isolate, too */
        if (memchr(o->kind, 'i', o->depth) == NULL)
            return false;
        while (o->kind[--o->depth] != 'i')
            ;
    }
    return true;
}

size_t chat_text_clean(char *out, size_t size, struct str s)
{
    struct open open = {.depth = 0};
    size_t n = text_plain(s.p, s.n < size ? s.n : size - 1); /* which needs no looking at */
    if (n > 0)
        memcpy(out, s.p, n);
    for (size_t i = n, len; i < s.n; i += len) {
        uint32_t cp;
        len = utf8_next(s.p + i, s.n - i, &cp);
        if (len == 0)
            break;
        if (is_dropped(cp))
            continue;
        if (n + len + (open.depth + is_opener(cp)) * CLOSER >= size)
            break;
        if (balance(cp, &open)) {
            memcpy(out + n, s.p + i, len);
            n += len;
        }
    }
    for (; open.depth > 0; open.depth--, n += CLOSER)
        memcpy(out + n, open.kind[open.depth - 1] == 'e' ? "\xe2\x80\xac" : "\xe2\x81\xa9", CLOSER);
    out[n] = '\0';
    return n;
}
