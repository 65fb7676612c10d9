/* upload_write.c: the bytes of a file on its way in. */
#include "model/upload_own.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { NAMED_FROM = 1 << 20 }; /* bytes that are worth a name, in case we are killed */

static void wrote(struct upload *up, ssize_t n)
{
    up->size += (uint64_t)n;
    if (up->size >= NAMED_FROM && up->keeps)
        (void)upload_adopt(up);
}

int upload_write(struct upload *up, const void *p, size_t n)
{
    const char *from = p;
    const int err = upload_charge(up, up->size + n);
    if (err != 0)
        return err;
    while (n > 0) {
        const ssize_t got = write(up->fd, from, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : ENOSPC;
        from += got;
        n -= (size_t)got;
        wrote(up, got);
    }
    return 0;
}

/* For a file system that cannot splice. */
static int copy_from(struct upload *up, int pipe, size_t n)
{
    char bytes[16 << 10];
    int err = 0;
    while (n > 0 && err == 0) {
        const ssize_t got = read(pipe, bytes, n < sizeof bytes ? n : sizeof bytes);
        if (got <= 0)
            return got < 0 ? errno : EIO;
        err = upload_write(up, bytes, (size_t)got);
        n -= (size_t)got;
    }
    return err;
}

int upload_splice(struct upload *up, int pipe, size_t n)
{
    const int err = upload_charge(up, up->size + n);
    if (err != 0)
        return err;
    while (n > 0) {
        const ssize_t got = splice(pipe, NULL, up->fd, NULL, n, SPLICE_F_MOVE);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EINVAL)
            return copy_from(up, pipe, n);
        if (got <= 0)
            return got < 0 ? errno : ENOSPC;
        n -= (size_t)got;
        wrote(up, got);
    }
    return 0;
}
