/* conn_write.c: what is put into the queue; conn.c sends it. */
#include "net/conn_own.h"

#include <linux/sockios.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>

/* Output at which producers stop. */
enum { HIGH_MARK = 64 << 10 };

void conn_write(struct conn *c, const void *p, size_t n)
{
    if (c->closing || c->finishing)
        return;
    outq_add(&c->out, p, n);
    conn_dirty(c);
}

void conn_share(struct conn *c, struct blk *b)
{
    conn_share_part(c, b, 0, b->len);
}

void conn_share_part(struct conn *c, struct blk *b, uint64_t off, uint64_t len)
{
    if (c->closing || c->finishing)
        return;
    outq_share_part(&c->out, b, off, len);
    conn_dirty(c);
}

void conn_file(struct conn *c, struct ofile *f, uint64_t off, uint64_t len)
{
    if (c->closing || c->finishing)
        return;
    outq_file(&c->out, f, off, len);
    conn_dirty(c);
}

uint64_t conn_arrived(const struct conn *c)
{
    int left;
    if (ioctl(c->watch.fd, SIOCOUTQ, &left) < 0 || left < 0)
        return c->tx;
    return c->tx > (uint64_t)left ? c->tx - (uint64_t)left : 0;
}

bool conn_full(const struct conn *c)
{
    return c->out.bytes >= HIGH_MARK;
}

void conn_await(struct conn *c, uint64_t left)
{
    c->awaiting = true;
    c->await = left;
    conn_dirty(c); /* it may be true already */
}

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
