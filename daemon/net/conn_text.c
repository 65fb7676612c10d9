/* conn_text.c: ways to write that are made of conn_write(). */
#include "net/conn.h"

#include <stdarg.h>
#include <string.h>

void conn_puts(struct conn *c, const char *s)
{
    conn_write(c, s, strlen(s));
}

void conn_printf(struct conn *c, const char *fmt, ...)
{
    struct buf b = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    conn_write_buf(c, &b);
    buf_free(&b);
}

void conn_write_buf(struct conn *c, struct buf *b)
{
    if (b->failed)
        conn_close(c, CLOSE_MEMORY);
    else if (b->len > 0)
        conn_write(c, buf_data(b), b->len);
    buf_clear(b);
}
