#include "parse/http_chunk.h"

enum { IGNORED_MAX = 8192 };

static bool ignore(struct http_chunk *c)
{
    return ++c->ignored <= IGNORED_MAX;
}

static bool take_digit(struct http_chunk *c, char ch)
{
    const int digit = text_hex(ch);
    if (digit < 0 || c->left > (uint64_t)INT64_MAX >> 4)
        return false;
    if (digit == 0 && c->left == 0 && !ignore(c))
        return false;
    c->left = c->left << 4 | (uint64_t)digit;
    c->state = CHUNK_DIGITS;
    return true;
}

/* Goes to `next` when the byte is the one expected. */
static bool expect(struct http_chunk *c, char ch, char want, enum http_chunk_state next)
{
    c->state = next;
    return ch == want;
}

static bool printable(char ch)
{
    return ((unsigned char)ch >= 0x20 && ch != 0x7f) || ch == '\t';
}

static bool after_digits(struct http_chunk *c, char ch)
{
    if (ch == '\r') {
        c->state = CHUNK_SIZE_LF;
        return true;
    }
    if (ch == ';' || ch == ' ' || ch == '\t') {
        c->state = ch == ';' ? CHUNK_EXT : CHUNK_BLANK;
        return ignore(c);
    }
    return c->state == CHUNK_DIGITS && take_digit(c, ch);
}

/* One byte that is not data. False when it must not stand there. */
static bool step(struct http_chunk *c, char ch)
{
    switch (c->state) {
    case CHUNK_SIZE: return take_digit(c, ch);
    case CHUNK_DIGITS:
    case CHUNK_BLANK: return after_digits(c, ch);
    case CHUNK_EXT:
        if (ch == '\r')
            c->state = CHUNK_SIZE_LF;
        return ch == '\r' || (printable(ch) && ignore(c));
    case CHUNK_SIZE_LF: return expect(c, ch, '\n', c->left > 0 ? CHUNK_DATA : CHUNK_TRAILER);
    case CHUNK_DATA_CR: return expect(c, ch, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF: return expect(c, ch, '\n', CHUNK_SIZE);
    case CHUNK_TRAILER:
        c->state = ch == '\r' ? CHUNK_LAST_LF : CHUNK_TRAILER_IN;
        return ch == '\r' || (printable(ch) && ch != ' ' && ch != '\t' && ignore(c));
    case CHUNK_TRAILER_IN:
        if (ch == '\r')
            c->state = CHUNK_TRAILER_LF;
        return ch == '\r' || (printable(ch) && ignore(c));
    case CHUNK_TRAILER_LF: return expect(c, ch, '\n', CHUNK_TRAILER);
    case CHUNK_LAST_LF: return expect(c, ch, '\n', CHUNK_DONE);
    case CHUNK_DATA:
    case CHUNK_DONE: break;
    }
    return false;
}

ssize_t http_chunk_next(struct http_chunk *c, const char *p, size_t n, struct str *data)
{
    size_t i = 0;
    *data = (struct str){p, 0};
    while (i < n && c->state != CHUNK_DATA && c->state != CHUNK_DONE)
        if (!step(c, p[i++]))
            return -1;
    if (c->state != CHUNK_DATA || i == n)
        return (ssize_t)i;
    const size_t take = c->left < n - i ? (size_t)c->left : n - i;
    *data = (struct str){p + i, take};
    c->left -= take;
    if (c->left == 0)
        c->state = CHUNK_DATA_CR;
    return (ssize_t)(i + take);
}
