#include "base/escape.h"

#include <string.h>

static const char hex[] = "0123456789ABCDEF";
#define REPLACEMENT "\xef\xbf\xbd"

static void add_hex(struct buf *out, const char *lead, unsigned char c)
{
    buf_adds(out, lead);
    buf_addc(out, hex[c >> 4]);
    buf_addc(out, hex[c & 15]);
}

/* How many characters of p[0..n) a log shows as they are: printable ASCII without quotes. */
static size_t plain_run(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && p[i] >= ' ' && p[i] < 0x7f && p[i] != '"' && p[i] != '\\')
        i++;
    return i;
}

void escape_log(struct buf *out, struct str s, size_t max)
{
    const size_t n = s.n < max ? s.n : utf8_cut(s.p, s.n, max);
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t cp;
        len = plain_run(s.p + i, n - i); /* nearly all of nearly every field */
        if (len > 0) {
            buf_add(out, s.p + i, len);
            continue;
        }
        len = utf8_next(s.p + i, n - i, &cp);
        const bool shown = len > 0 && cp != '"' && cp != '\\' && !utf8_unseen(cp);
        len = len == 0 ? 1 : len;
        if (shown)
            buf_add(out, s.p + i, len);
        else
            for (size_t k = 0; k < len; k++)
                add_hex(out, "\\x", (unsigned char)s.p[i + k]);
    }
    if (n < s.n)
        buf_adds(out, "...");
}

static const char *html_entity(uint32_t cp)
{
    switch (cp) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ? REPLACEMENT : NULL;
    }
}

static void add_html(struct buf *out, struct str s, bool lines)
{
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t cp;
        len = utf8_next(s.p + i, s.n - i, &cp);
        const bool plain = lines && len == 1 && (cp == '\n' || cp == '\t' || cp == '\r');
        const char *entity = len == 0 ? REPLACEMENT : plain ? NULL : html_entity(cp);
        if (entity != NULL)
            buf_adds(out, entity);
        else
            buf_add(out, s.p + i, len);
        len = len == 0 ? 1 : len;
    }
}

void escape_html(struct buf *out, struct str s)
{
    add_html(out, s, false);
}

void escape_html_lines(struct buf *out, struct str s)
{
    add_html(out, s, true);
}

static const char *xml_entity(uint32_t cp)
{
    switch (cp) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    case '\t': return "&#9;"; /* in an attribute it would become a blank */
    case '\n': return "&#10;";
    case '\r': return "&#13;";
    default: return cp < 0x20 || cp == 0xfffe || cp == 0xffff ? REPLACEMENT : NULL;
    }
}

void escape_xml(struct buf *out, struct str s)
{
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t cp;
        len = utf8_next(s.p + i, s.n - i, &cp);
        const char *entity = len == 0 ? REPLACEMENT : xml_entity(cp);
        if (entity != NULL)
            buf_adds(out, entity);
        else
            buf_add(out, s.p + i, len);
        len = len == 0 ? 1 : len;
    }
}

static bool unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~/", c) != NULL);
}

void escape_url(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (unreserved(s.p[i]))
            buf_addc(out, s.p[i]);
        else
            add_hex(out, "%", (unsigned char)s.p[i]);
    }
}

void escape_json(struct buf *out, struct str s)
{
    buf_addc(out, '"');
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t cp;
        len = utf8_next(s.p + i, s.n - i, &cp);
        if (len == 0) {
            buf_adds(out, REPLACEMENT);
            len = 1;
        } else if (cp < 0x20 || cp == 0x7f) {
            add_hex(out, "\\u00", (unsigned char)cp);
        } else if (cp == '"' || cp == '\\') {
            buf_addc(out, '\\');
            buf_addc(out, (char)cp);
        } else {
            buf_add(out, s.p + i, len);
        }
    }
    buf_addc(out, '"');
}

void escape_text(struct buf *out, struct str s)
{
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t cp;
        len = utf8_next(s.p + i, s.n - i, &cp);
        if (len > 0)
            buf_add(out, s.p + i, len);
        else
            buf_adds(out, REPLACEMENT);
        len += len == 0;
    }
}

void escape_line(struct buf *out, struct str s)
{
    char *at = s.n > 0 ? buf_reserve(out, s.n) : NULL;
    if (at == NULL)
        return;
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];
        at[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    buf_grew(out, s.n);
}
