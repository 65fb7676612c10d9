/* ftp_send.c: RETR. */
#include "serve/ftp.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK = 32 << 10,        /* bytes of an ASCII download made at once */
    DEFLATE_CHUNK = 8 << 10, /* and read, when they are to be deflated: see sys/compress.h */
};

void ftp_finish_sending(struct ftp *s)
{
    ftp_out_end(s);
    s->sent = true;
    conn_finish(s->data, false);
}

/* Binary: the kernel sends the file by itself. The connection is finished when it is sent, not
 * before: a client may stand still for a while, as long as any may. */
static void send_binary(struct ftp *s)
{
    const uint64_t from = s->offset, len = s->end - from;
    s->offset = s->end;
    if (s->file->body == NULL)
        conn_file(s->data, &s->file->of, from, len);
    else
        conn_share_part(s->data, s->file->body, from, len);
    conn_await(s->data, 0);
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

/* What we have to see ourselves before it goes. */
static void send_some(struct ftp *s)
{
    char chunk[CHUNK];
    struct buf out = {0};
    const uint64_t left = s->end - s->offset;
    const size_t most = s->mode_z ? DEFLATE_CHUNK : CHUNK;
    const ssize_t n = store_read(s->file, s->offset, chunk, left < most ? (size_t)left : most);
    if (n < 0 || (n == 0 && s->offset < s->end)) { /* it has become shorter */
        conn_close(s->data, CLOSE_ERROR);
        return;
    }
    if (s->ascii)
        add_ascii(s, &out, chunk, (size_t)n);
    else
        buf_view(&out, chunk, (size_t)n);
    ftp_out(s, &out);
    buf_free(&out);
    s->offset += (uint64_t)n;
    if (s->offset >= s->end)
        ftp_finish_sending(s);
    else
        conn_await(s->data, FTP_LOW_MARK);
}

void ftp_send_step(struct ftp *s)
{
    if (!ftp_raw(s))
        send_some(s);
    else if (s->offset < s->end)
        send_binary(s);
    else
        ftp_finish_sending(s);
}

void ftp_retr(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    uint64_t rest = s->rest;
    if (s->till != 0 && !ftp_raw(s)) {
        ftp_reply(s, 551, "RANG is for TYPE I and MODE S.");
        return;
    }
    if (!ftp_may_rest(s) || !ftp_path(s, arg, path))
        return;
    const int err = store_open(ftp_store(s), path, &s->file);
    if (err != 0) {
        s->file = NULL;
        ftp_error(s, err, arg);
        return;
    }
    s->end = s->till != 0 && s->till < s->file->size ? s->till : s->file->size;
    if (s->till != 0 && rest > s->end)
        rest = s->end; /* nothing at all */
    if (rest > s->end) {
        store_close(s->file);
        s->file = NULL;
        ftp_reply(s, 554, "REST is beyond the end of the file.");
        return;
    }
    s->offset = s->start = rest;
    s->transfer = FTP_RETR;
    ftp_connect(s);
}
