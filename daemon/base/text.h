/* text.h: small questions about bytes and words. Nothing here allocates. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that lie in somebody else's memory; not NUL-terminated. */
struct str {
    const char *p;
    size_t n;
};

#define STR(LITERAL) ((struct str){(LITERAL), sizeof(LITERAL) - 1})

struct str str_of(const char *s);
static inline bool str_eq(struct str a, const char *b)
{
    return strlen(b) == a.n && (a.n == 0 || memcmp(a.p, b, a.n) == 0);
}

/* ASCII letters compare without regard to case. */
bool str_ieq(struct str a, const char *b);
bool str_isame(struct str a, struct str b);
bool str_istarts(struct str a, const char *prefix);
/* Copies into out (size bytes), always NUL-terminated; false when it did not fit whole. */
bool str_copy(char *out, size_t size, struct str s);
/* a without the blanks (space, tab) at both ends. */
struct str str_trim(struct str a);
/* Cuts the part before the first `sep` off *rest and returns it; the last part when there is none.
 * False when nothing is left. */
bool str_split(struct str *rest, char sep, struct str *part);
/* The part behind the last sep, which goes off *rest with its sep; false when there is no sep. */
bool str_split_last(struct str *rest, char sep, struct str *part);

/* The same for C strings: copies s into out, cut to fit. Never inside a UTF-8 character. */
void text_copy(char *out, size_t size, const char *s);
static inline char text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline char text_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* Digits only, no sign, no blank; false when empty, something else or past max. */
bool text_number(struct str s, uint64_t max, uint64_t *out);
/* -1 for what is no hex digit. */
int text_hex(char c);
/* p[0..n) in small hex digits, into out (2 * n + 1 bytes); and back: false when text is not that of
 * n bytes. */
void text_to_hex(char *out, const void *p, size_t n);
bool text_from_hex(void *out, size_t n, const char *text);
/* Like strcmp(), in the order that people expect: runs of digits by their number, ASCII letters
 * without regard to case; what is alike then, by its bytes. */
int text_natural(const char *a, const char *b);
/* Writes n at `at` in that base, with `fill` before it up to `width`, and no NUL behind it: what
 * comes next, at most 24 bytes on. For lines that are made by the thousand: inline, as the base is
 * constant. */
static inline char *text_put(char *at, unsigned base, size_t width, char fill, uint64_t n)
{
    char text[24];
    size_t first = sizeof text;
    do
        text[--first] = "0123456789abcdef"[n % base];
    while ((n /= base) > 0);
    while (sizeof text - first < width && first > 0)
        text[--first] = fill;
    return (char *)memcpy(at, text + first, sizeof text - first) + sizeof text - first;
}

/* "1.4 MB" and the like, into out (at least 16 bytes). */
void text_size(char *out, size_t size, uint64_t bytes);
/* "3d 4h", "2h 5m", "12s": two units at most. */
void text_span(char *out, size_t size, uint64_t seconds);

/* --- UTF-8 --- */

/* Decodes the character at p[0..n): its length, or 0 when the bytes are not UTF-8 (overlong forms,
 * surrogates and code points past U+10FFFF included). */
size_t utf8_next(const char *p, size_t n, uint32_t *cp);
bool utf8_valid(const char *p, size_t n);
/* How many bytes at the beginning are printable ASCII, at least; what most texts are made of, told
 * eight at a time. */
size_t text_plain(const char *p, size_t n);
/* Characters that show nothing themselves but change how a line looks: controls (C0, DEL, C1), the
 * bidirectional marks, line separators, zero-width and tag characters. */
bool utf8_unseen(uint32_t cp);
/* Is it valid UTF-8 without any of these? */
bool utf8_shows(struct str s);
/* Characters in valid UTF-8. */
size_t utf8_count(const char *p, size_t n);
/* The longest prefix of at most max bytes that ends between two characters. */
size_t utf8_cut(const char *p, size_t n, size_t max);

#endif
