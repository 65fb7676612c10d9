#include "model/history_words.h"

enum { WORDS_MAX = 32 }; /* of one search; what is beyond is left out */

static const struct {
    uint32_t first, last;
} unparted[] = {
    {0x0e00, 0x0eff},   /* Thai, Lao */
    {0x1000, 0x109f},   /* Myanmar */
    {0x1780, 0x17ff},   /* Khmer */
    {0x2e80, 0x2fdf},   /* radicals */
    {0x3005, 0x3007},   /* iteration marks, zero */
    {0x3040, 0x312f},   /* kana, bopomofo */
    {0x31a0, 0x31ff},   /* their extensions */
    {0x3400, 0x4dbf},   /* Han */
    {0x4e00, 0x9fff},   /* Han */
    {0xac00, 0xd7af},   /* Hangul */
    {0xf900, 0xfaff},   /* Han */
    {0xff66, 0xff9f},   /* narrow kana */
    {0x1b000, 0x1b16f}, /* kana */
    {0x20000, 0x3ffff}, /* Han */
};

static bool is_unparted(uint32_t cp)
{
    for (size_t i = 0; i < sizeof unparted / sizeof unparted[0]; i++)
        if (cp <= unparted[i].last)
            return cp >= unparted[i].first;
    return false;
}

/* The next character; of what is no UTF-8, a byte. */
static size_t next_char(struct str s, uint32_t *cp)
{
    const size_t n = utf8_next(s.p, s.n, cp);
    if (n == 0)
        *cp = 0;
    return n > 0 ? n : 1;
}

void history_part_words(struct buf *out, struct str text)
{
    uint32_t cp;
    for (size_t n; text.n > 0; text.p += n, text.n -= n) {
        n = next_char(text, &cp);
        const bool alone = is_unparted(cp);
        if (alone)
            buf_addc(out, ' ');
        buf_add(out, cp != 0 ? text.p : " ", cp != 0 ? n : 1);
        if (alone)
            buf_addc(out, ' ');
    }
}

/* Is there anything in it that FTS5 takes for a word? ASCII must be a letter or digit; of the rest
 * it decides. */
static bool has_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        const char c = text_lower(s.p[i]);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80)
            return true;
    }
    return false;
}

/* Its last word may go on, unless it is a character that is a word of its own. */
static bool may_go_on(struct str s)
{
    uint32_t cp = 0;
    for (size_t n; s.n > 0; s.p += n, s.n -= n)
        n = next_char(s, &cp);
    return !is_unparted(cp);
}

static void add_phrase(struct buf *out, struct str phrase, bool quoted)
{
    buf_adds(out, "\"");
    history_part_words(out, phrase);
    buf_adds(out, quoted || !may_go_on(phrase) ? "\"" : "\"*");
}

/* The next word, or what stands between quotation marks; those are in neither. */
static bool next_phrase(struct str *rest, struct str *phrase, bool *quoted)
{
    while (rest->n > 0 && strchr(" \t\n", rest->p[0]) != NULL) {
        rest->p++;
        rest->n--;
    }
    if (rest->n == 0)
        return false;
    *quoted = rest->p[0] == '"';
    const size_t from = *quoted;
    size_t to = from;
    while (to < rest->n && rest->p[to] != '"' && (*quoted || strchr(" \t\n", rest->p[to]) == NULL))
        to++;
    *phrase = (struct str){rest->p + from, to - from};
    to += *quoted && to < rest->n;
    rest->p += to;
    rest->n -= to;
    return true;
}

bool history_match_words(struct buf *out, struct str text)
{
    struct str phrase;
    bool quoted;
    unsigned words = 0;
    while (words < WORDS_MAX && next_phrase(&text, &phrase, &quoted)) {
        if (!has_word(phrase))
            continue;
        buf_adds(out, words++ == 0 ? "text : (" : " AND ");
        add_phrase(out, phrase, quoted);
    }
    if (words > 0)
        buf_addc(out, ')');
    return words > 0;
}
