/* ftp_send.c: RETR. */
#include "serve/ftp.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 32 << 10 }; /* bytes of an ASCII download made at once */

void ftp_finish_sending(struct ftp *s)
{
    s->sent = true;
    conn_finish(s->data, false);
}

/* Binary: the kernel sends the file by itself. The connection is finished when it is sent, not
 * before: a client may stand still for a while, as long as any may. */
static void send_binary(struct ftp *s)
{
    const uint64_t from = s->offset, size = s->file->size;
    s->offset = size;
    if (s->file->body == NULL) {
        conn_file(s->data, &s->file->of, from, size - from);
    } else if (from == 0) {
        conn_share(s->data, s->file->body);
    } else {
        conn_write(s->data, s->file->body->data + from, (size_t)(size - from));
    }
    conn_await(s->data, 0);
}

/* The next bytes of the file; how many, or < 0 with errno. */
static ssize_t read_file(const struct ftp *s, char *out, size_t n)
{
    const struct store_file *f = s->file;
    if (f->body == NULL)
        return pread(f->of.fd, out, n, (off_t)s->offset);
    const size_t left = (size_t)(f->size - s->offset);
    n = n < left ? n : left;
    memcpy(out, f->body->data + s->offset, n);
    return (ssize_t)n;
}

/* ASCII: each LF goes as CRLF; one that has its CR already stays. */
static void add_ascii(struct ftp *s, struct buf *out, const char *p, size_t n)
{
    for (const char *end = p + n, *stop; p < end; p = stop) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        stop = lf != NULL ? lf : end;
        buf_add(out, p, (size_t)(stop - p));
        if (stop > p)
            s->stray_cr = stop[-1] == '\r';
        if (lf == NULL)
            continue;
        buf_adds(out, s->stray_cr ? "\n" : "\r\n");
        s->stray_cr = false;
        stop++;
    }
}

static void send_ascii(struct ftp *s)
{
    char chunk[CHUNK];
    const ssize_t n = read_file(s, chunk, sizeof chunk);
    struct buf out = {0};
    if (n < 0) {
        conn_close(s->data, CLOSE_ERROR);
        return;
    }
    add_ascii(s, &out, chunk, (size_t)n);
    conn_write_buf(s->data, &out);
    buf_free(&out);
    s->offset += (uint64_t)n;
    if (n == 0 || s->offset >= s->file->size)
        ftp_finish_sending(s);
    else
        conn_await(s->data, FTP_LOW_MARK);
}

void ftp_send_step(struct ftp *s)
{
    if (s->ascii)
        send_ascii(s);
    else if (s->offset < s->file->size)
        send_binary(s);
    else
        ftp_finish_sending(s);
}

void ftp_retr(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    uint64_t rest;
    if (!ftp_take_rest(s, &rest) || !ftp_path(s, arg, path))
        return;
    const int err = store_open(ftp_store(s), path, &s->file);
    if (err != 0) {
        s->file = NULL;
        ftp_error(s, err, arg);
        return;
    }
    if (rest > s->file->size) {
        store_close(s->file);
        s->file = NULL;
        ftp_reply(s, 554, "REST is beyond the end of the file.");
        return;
    }
    s->offset = s->start = rest;
    s->transfer = FTP_RETR;
    ftp_connect(s);
}
