#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct str str_of(const char *s)
{
    return (struct str){s, strlen(s)};
}

bool str_istarts(struct str a, const char *prefix)
{
    size_t i = 0;
    for (; prefix[i] != '\0'; i++)
        if (i >= a.n || text_lower(a.p[i]) != text_lower(prefix[i]))
            return false;
    return true;
}

bool str_ieq(struct str a, const char *b)
{
    return strlen(b) == a.n && str_istarts(a, b);
}

bool str_isame(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (text_lower(a.p[i]) != text_lower(b.p[i]))
            return false;
    return true;
}

bool str_copy(char *out, size_t size, struct str s)
{
    const size_t n = s.n < size ? s.n : size - 1;
    if (s.n > 0)
        memcpy(out, s.p, n);
    out[n] = '\0';
    return n == s.n;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

struct str str_trim(struct str a)
{
    while (a.n > 0 && blank(a.p[0]))
        a.p++, a.n--;
    while (a.n > 0 && blank(a.p[a.n - 1]))
        a.n--;
    return a;
}

bool str_split_last(struct str *rest, char sep, struct str *part)
{
    const char *at = rest->n > 0 ? memrchr(rest->p, sep, rest->n) : NULL;
    if (at == NULL)
        return false;
    *part = (struct str){at + 1, (size_t)(rest->p + rest->n - at - 1)};
    rest->n = (size_t)(at - rest->p);
    return true;
}

bool str_split(struct str *rest, char sep, struct str *part)
{
    if (rest->p == NULL)
        return false;
    const char *at = rest->n > 0 ? memchr(rest->p, sep, rest->n) : NULL;
    if (at == NULL) {
        *part = *rest;
        *rest = (struct str){0};
        return true;
    }
    *part = (struct str){rest->p, (size_t)(at - rest->p)};
    *rest = (struct str){at + 1, rest->n - part->n - 1};
    return true;
}

void text_copy(char *out, size_t size, const char *s)
{
    const size_t n = strlen(s);
    (void)str_copy(out, size, (struct str){s, utf8_cut(s, n, size - 1)});
}

bool text_number(struct str s, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        const uint64_t digit = (uint64_t)(s.p[i] - '0');
        if (digit > max || v > (max - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

int text_hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = text_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void text_to_hex(char *out, const void *p, size_t n)
{
    const unsigned char *bytes = p;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

bool text_from_hex(void *out, size_t n, const char *text)
{
    unsigned char *bytes = out;
    for (size_t i = 0; i < n; i++) {
        const int high = text_hex(text[2 * i]), low = high < 0 ? -1 : text_hex(text[2 * i + 1]);
        if (low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return text[2 * n] == '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Compares the runs of digits that both begin with, and goes behind them. */
static int compare_numbers(const char **a, const char **b)
{
    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    const size_t n = strspn(*a, "0123456789"), m = strspn(*b, "0123456789");
    const int result = n != m ? (n < m ? -1 : 1) : memcmp(*a, *b, n);
    *a += n;
    *b += m;
    return result;
}

int text_natural(const char *a, const char *b)
{
    const char *x = a, *y = b;
    while (*x != '\0' && *y != '\0') {
        if (is_digit(*x) && is_digit(*y)) {
            const int result = compare_numbers(&x, &y);
            if (result != 0)
                return result;
            continue;
        }
        const unsigned char c = (unsigned char)text_lower(*x++);
        const unsigned char d = (unsigned char)text_lower(*y++);
        if (c != d)
            return c < d ? -1 : 1;
    }
    if (*x != *y)
        return *x == '\0' ? -1 : 1;
    return strcmp(a, b);
}

void text_size(char *out, size_t size, uint64_t bytes)
{
    static const char *const unit[] = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
    size_t u = 0;
    uint64_t whole = bytes, tenths = 0;
    while (whole >= 1000 && u + 1 < sizeof unit / sizeof unit[0]) {
        tenths = whole % 1000 / 100;
        whole /= 1000;
        u++;
    }
    if (u == 0 || whole >= 100)
        snprintf(out, size, "%" PRIu64 " %s", whole, unit[u]);
    else
        snprintf(out, size, "%" PRIu64 ".%" PRIu64 " %s", whole, tenths, unit[u]);
}

void text_span(char *out, size_t size, uint64_t seconds)
{
    static const struct {
        uint64_t seconds;
        char name;
    } unit[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    const size_t units = sizeof unit / sizeof unit[0];
    size_t i = 0;
    while (i + 1 < units && seconds < unit[i].seconds)
        i++;
    const uint64_t big = seconds / unit[i].seconds;
    const uint64_t rest = seconds % unit[i].seconds;
    if (i + 1 < units && rest / unit[i + 1].seconds > 0)
        snprintf(out, size, "%" PRIu64 "%c %" PRIu64 "%c", big, unit[i].name,
                 rest / unit[i + 1].seconds, unit[i + 1].name);
    else
        snprintf(out, size, "%" PRIu64 "%c", big, unit[i].name);
}

size_t utf8_next(const char *p, size_t n, uint32_t *cp)
{
    const unsigned char *s = (const unsigned char *)p;
    if (n == 0)
        return 0;
    if (s[0] < 0x80) {
        *cp = s[0];
        return 1;
    }
    const size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
        return 0;
    uint32_t v = s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (s[i] & 0x3f);
    }
    if (v < least[len] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return 0;
    *cp = v;
    return len;
}

#define EVERY(byte) (UINT64_MAX / 255 * (byte)) /* eight of them */

size_t text_plain(const char *p, size_t n)
{
    const uint64_t high = EVERY(0x80);
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t v;
        memcpy(&v, p + i, 8);
        const uint64_t del = v ^ EVERY(0x7f);
        /* A high bit; below a blank; or DEL. What one byte borrows from the next comes behind a
         * find. */
        if (((v | ((v - EVERY(0x20)) & ~v) | ((del - EVERY(0x01)) & ~del)) & high) != 0)
            return i;
    }
    while (i < n && p[i] >= 0x20 && p[i] < 0x7f)
        i++;
    return i;
}

bool utf8_valid(const char *p, size_t n)
{
    uint32_t cp;
    for (size_t i = text_plain(p, n), len; i < n; i += len) {
        len = utf8_next(p + i, n - i, &cp);
        if (len == 0)
            return false;
    }
    return true;
}

bool utf8_shows(struct str s)
{
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t cp;
        len = utf8_next(s.p + i, s.n - i, &cp);
        if (len == 0 || utf8_unseen(cp))
            return false;
    }
    return true;
}

bool utf8_unseen(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || cp == 0x34f || cp == 0x61c ||
           cp == 0x115f || cp == 0x1160 || cp == 0x17b4 || cp == 0x17b5 ||
           (cp >= 0x180b && cp <= 0x180f) || cp == 0x3164 || (cp >= 0xfe00 && cp <= 0xfe0f) ||
           cp == 0xffa0 || (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
           (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
           (cp >= 0xe0000 && cp <= 0xe0fff);
}

size_t utf8_count(const char *p, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)p[i] & 0xc0) != 0x80;
    return count;
}

size_t utf8_cut(const char *p, size_t n, size_t max)
{
    if (n <= max)
        return n;
    size_t at = max;
    while (at > 0 && max - at < 4 && ((unsigned char)p[at] & 0xc0) == 0x80)
        at--;
    return ((unsigned char)p[at] & 0xc0) == 0x80 ? max : at; /* no character is that long */
}
