#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_view(struct buf *b, char *p, size_t n)
{
    *b = (struct buf){.mem = p, .len = n};
}

void buf_own(struct buf *b)
{
    if (b->cap != 0)
        return;
    const struct buf view = *b;
    *b = (struct buf){.failed = view.failed};
    if (view.len > 0)
        buf_add(b, view.mem + view.off, view.len);
}

static bool has_room(const struct buf *b, size_t n)
{
    return b->cap != 0 && n <= b->cap - b->off - b->len && !b->failed;
}

static char *make_room(struct buf *b, size_t n)
{
    if (b->failed)
        return NULL;
    if (b->cap == 0 && b->mem != NULL)
        buf_own(b);
    if (has_room(b, n))
        return buf_data(b) + b->len;
    if (n > BUF_MAX || b->len + n > BUF_MAX) {
        b->failed = true;
        return NULL;
    }
    if (b->off > 0 && b->len + n <= b->cap) {
        memmove(b->mem, b->mem + b->off, b->len);
        b->off = 0;
        return b->mem + b->len;
    }
    size_t cap = b->cap < 64 ? 64 : b->cap;
    while (cap < b->len + n)
        cap *= 2;
    char *mem = malloc(cap);
    if (mem == NULL) {
        b->failed = true;
        return NULL;
    }
    if (b->len > 0)
        memcpy(mem, buf_data(b), b->len);
    free(b->mem);
    b->mem = mem;
    b->off = 0;
    b->cap = cap;
    return mem + b->len;
}

char *buf_reserve(struct buf *b, size_t n)
{
    return has_room(b, n) ? b->mem + b->off + b->len : make_room(b, n);
}

void buf_grew(struct buf *b, size_t n)
{
    b->len += n;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    char *at = buf_reserve(b, n);
    if (at == NULL)
        return;
    memcpy(at, p, n);
    b->len += n;
}

void buf_adds(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_addu(struct buf *b, unsigned long long n)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    buf_add(b, digits + at, sizeof digits - at);
}

void buf_addv(struct buf *b, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    char *at = n < 0 ? NULL : buf_reserve(b, (size_t)n + 1);
    if (at != NULL) {
        vsnprintf(at, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    } else {
        b->failed = true;
    }
    va_end(again);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_addv(b, fmt, ap);
    va_end(ap);
}

void buf_consume(struct buf *b, size_t n)
{
    if (n >= b->len) {
        buf_clear(b);
        return;
    }
    b->off += n;
    b->len -= n;
}

void buf_cut(struct buf *b, size_t n)
{
    if (n < b->len)
        b->len = n;
}

void buf_clear(struct buf *b)
{
    b->off = 0;
    b->len = 0;
    if (b->cap == 0)
        b->mem = NULL;
}

void buf_free(struct buf *b)
{
    if (b->cap != 0)
        free(b->mem);
    *b = (struct buf){0};
}

const char *buf_str(struct buf *b)
{
    char *end = buf_reserve(b, 1);
    if (end == NULL)
        return "";
    *end = '\0';
    return buf_data(b);
}
