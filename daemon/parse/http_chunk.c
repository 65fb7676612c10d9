#include "parse/http_chunk.h"

#include "parse/http_req.h"

enum { IGNORED_MAX = 8192 }; /* bytes that mean nothing to us, beside as many of data */

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

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t';
}

static bool is_token_char(char ch)
{
    return http_is_token((struct str){&ch, 1});
}

static bool is_printable(char ch)
{
    return ((unsigned char)ch >= 0x20 && ch != 0x7f) || ch == '\t';
}

/* A byte that is ignored, and takes c on to `next`. */
static bool pass(struct http_chunk *c, enum http_chunk_state next)
{
    c->state = next;
    return ignore(c);
}

/* Behind a size, or an extension that may be complete; the end, or another extension follows.
 * Blanks lead to `blanks`. */
static bool next_extension(struct http_chunk *c, char ch, enum http_chunk_state blanks)
{
    if (ch == '\r' && c->state != CHUNK_EXT_NEXT && c->state != CHUNK_EXT_EQUALS) {
        c->state = CHUNK_SIZE_LF;
        return true;
    }
    if (ch == ';')
        return pass(c, CHUNK_EXT);
    return is_blank(ch) && pass(c, blanks);
}

/* One byte of chunk-ext (RFC 9112, 7.1.1). */
static bool step_extension(struct http_chunk *c, char ch)
{
    switch (c->state) {
    case CHUNK_EXT:
        if (is_blank(ch))
            return ignore(c);
        return is_token_char(ch) && pass(c, CHUNK_EXT_NAME);
    case CHUNK_EXT_NAME:
        if (is_token_char(ch))
            return ignore(c);
        if (ch == '=')
            return pass(c, CHUNK_EXT_VALUE);
        return next_extension(c, ch, CHUNK_EXT_EQUALS);
    case CHUNK_EXT_EQUALS:
        if (ch == '=')
            return pass(c, CHUNK_EXT_VALUE);
        return next_extension(c, ch, CHUNK_EXT_EQUALS);
    case CHUNK_EXT_VALUE:
        if (is_blank(ch))
            return ignore(c);
        if (ch == '"')
            return pass(c, CHUNK_EXT_QUOTED);
        return is_token_char(ch) && pass(c, CHUNK_EXT_TOKEN);
    case CHUNK_EXT_TOKEN:
        if (is_token_char(ch))
            return ignore(c);
        return next_extension(c, ch, CHUNK_EXT_NEXT);
    case CHUNK_EXT_QUOTED:
        if (ch == '"' || ch == '\\')
            return pass(c, ch == '"' ? CHUNK_EXT_END : CHUNK_EXT_ESCAPED);
        return is_printable(ch) && ignore(c);
    case CHUNK_EXT_ESCAPED: return is_printable(ch) && pass(c, CHUNK_EXT_QUOTED);
    default: /* CHUNK_EXT_NEXT, CHUNK_EXT_END */ return next_extension(c, ch, CHUNK_EXT_NEXT);
    }
}

/* The data of a chunk makes up for as many bytes that are ignored. */
static bool size_done(struct http_chunk *c, char ch)
{
    c->ignored = c->ignored > c->left ? c->ignored - (size_t)c->left : 0;
    return expect(c, ch, '\n', c->left > 0 ? CHUNK_DATA : CHUNK_TRAILER);
}

/* One byte behind the last chunk: trailer fields and the last empty line. */
static bool step_trailer(struct http_chunk *c, char ch)
{
    switch (c->state) {
    case CHUNK_TRAILER:
        if (ch == '\r') {
            c->state = CHUNK_LAST_LF;
            return true;
        }
        return is_token_char(ch) && pass(c, CHUNK_TRAILER_NAME);
    case CHUNK_TRAILER_NAME:
        if (ch == ':')
            return pass(c, CHUNK_TRAILER_VALUE);
        return is_token_char(ch) && ignore(c);
    case CHUNK_TRAILER_VALUE:
        if (ch == '\r')
            c->state = CHUNK_TRAILER_LF;
        return ch == '\r' || (is_printable(ch) && ignore(c));
    case CHUNK_TRAILER_LF: return expect(c, ch, '\n', CHUNK_TRAILER);
    default: /* CHUNK_LAST_LF */ return expect(c, ch, '\n', CHUNK_DONE);
    }
}

/* One byte that is not data. False when it must not stand there. */
static bool step(struct http_chunk *c, char ch)
{
    switch (c->state) {
    case CHUNK_SIZE: return take_digit(c, ch);
    case CHUNK_DIGITS:
        return text_hex(ch) >= 0 ? take_digit(c, ch) : next_extension(c, ch, CHUNK_EXT_NEXT);
    case CHUNK_SIZE_LF: return size_done(c, ch);
    case CHUNK_DATA_CR: return expect(c, ch, '\r', CHUNK_DATA_LF);
    case CHUNK_DATA_LF: return expect(c, ch, '\n', CHUNK_SIZE);
    case CHUNK_DATA:
    case CHUNK_DONE: return false;
    default: return c->state >= CHUNK_TRAILER ? step_trailer(c, ch) : step_extension(c, ch);
    }
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
