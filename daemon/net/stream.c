#include "net/stream.h"

#include "base/unset.h"

#include <errno.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

enum {
    IOVECS = 64,       /* spans of one write */
    RECORD = 16 << 10, /* the most that one TLS record holds */
    JOINED = 4 << 10,  /* so few bytes are copied together faster than the kernel gathers them */
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

/* Copies the spans behind one another, as far as there is room; how many bytes that are. */
static size_t join(char *to, size_t room, const struct iovec *iov, int count)
{
    size_t n = 0;
    for (int i = 0; i < count && n < room; i++) {
        const size_t part = iov[i].iov_len < room - n ? iov[i].iov_len : room - n;
        memcpy(to + n, iov[i].iov_base, part);
        n += part;
    }
    return n;
}

/* Small spans share a record. */
static ssize_t send_record(struct tls *tls, const struct iovec *iov, int count)
{
    UNSET char record[RECORD];
    if (count == 1 || iov[0].iov_len >= RECORD)
        return tls_write(tls, iov[0].iov_base, iov[0].iov_len);
    return tls_write(tls, record, join(record, sizeof record, iov, count));
}

static ssize_t send_spans(int fd, struct iovec *iov, int count, size_t want, int flags)
{
    UNSET char joined[JOINED];
    if (count == 1)
        return send(fd, iov[0].iov_base, want, flags);
    if (want <= JOINED)
        return send(fd, joined, join(joined, sizeof joined, iov, count), flags);
    const struct msghdr m = {.msg_iov = iov, .msg_iovlen = (size_t)count};
    return sendmsg(fd, &m, flags);
}

ssize_t stream_send(int fd, struct tls *tls, const struct outq *q, uint64_t budget, bool last,
                    bool *whole)
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
    bool more; /* spans behind these */
    size_t want = 0;
    const int count = outq_iov(q, iov, IOVECS, &more);
    if (tls != NULL) {
        *whole = true;
        return send_record(tls, iov, count);
    }
    for (int i = 0; i < count; i++)
        want += iov[i].iov_len;
    n = send_spans(fd, iov, count, want, MSG_NOSIGNAL | (more || last ? MSG_MORE : 0));
    *whole = n == (ssize_t)want;
    return n;
}

void stream_discard(int fd)
{
    char unread[4096];
    for (int i = 0; i < 16; i++)
        if (recv(fd, unread, sizeof unread, MSG_DONTWAIT) < (ssize_t)sizeof unread)
            return;
}
