/* ftp_modez.c: the bytes of a transfer on their way to the data connection and from it. */
#include "serve/ftp.h"

bool ftp_raw(const struct ftp *s)
{
    return !s->ascii;
}

void ftp_out(struct ftp *s, struct buf *b)
{
    conn_write_buf(s->data, b);
}

size_t ftp_in(struct ftp *s, const char *p, size_t n)
{
    ftp_transfer_take(s, p, n);
    return n;
}
