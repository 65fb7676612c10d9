#include "net/stream.h"

#include "base/unset.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

enum {
    IOVECS = 64,       /* spans of one write */
    RECORD = 16 << 10, /* the most that one TLS record holds */
};

ssize_t stream_recv(int fd, struct tls *tls, char *p, size_t n)
{
    return tls == NULL ? recv(fd, p, n, 0) : tls_read(tls, p, n);
}

static ssize_t send_file(int fd, struct tls *tls, const struct ospan *file, size_t n)
{
    off_t off = (off_t)file->off;
    const ssize_t result = tls != NULL ? tls_sendfile(tls, file->file->fd, off, n)
                                       : sendfile(fd, file->file->fd, &off, n);
    if (result == 0) {
        errno = EIO;
        return -1;
    }
    return result;
}

/* Small spans share a record. */
static ssize_t send_record(struct tls *tls, const struct iovec *iov, int count)
{
    UNSET char record[RECORD];
    size_t n = 0;
    if (count == 1 || iov[0].iov_len >= RECORD)
        return tls_write(tls, iov[0].iov_base, iov[0].iov_len);
    for (int i = 0; i < count && n < RECORD; i++) {
        const size_t room = RECORD - n;
        const size_t part = iov[i].iov_len < room ? iov[i].iov_len : room;
        memcpy(record + n, iov[i].iov_base, part);
        n += part;
    }
    return tls_write(tls, record, n);
}

ssize_t stream_send(int fd, struct tls *tls, const struct outq *q, uint64_t budget, bool *whole)
{
    const struct ospan *file = outq_front_file(q);
    ssize_t n;
    if (file != NULL) {
        const size_t want = file->len < budget ? (size_t)file->len : (size_t)budget;
        n = send_file(fd, tls, file, want);
        *whole = tls != NULL || n == (ssize_t)want;
        return n;
    }
    UNSET struct iovec iov[IOVECS];
    bool more;
    size_t want = 0;
    const int count = outq_iov(q, iov, IOVECS, &more);
    if (tls != NULL) {
        *whole = true;
        return send_record(tls, iov, count);
    }
    for (int i = 0; i < count; i++)
        want += iov[i].iov_len;
    if (count == 1 && !more) {
        n = send(fd, iov[0].iov_base, want, MSG_NOSIGNAL);
    } else {
        const struct msghdr m = {.msg_iov = iov, .msg_iovlen = (size_t)count};
        n = sendmsg(fd, &m, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    }
    *whole = n == (ssize_t)want;
    return n;
}
