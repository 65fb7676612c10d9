/* ftp_recv.c: STOR and APPE. */
#include "serve/ftp.h"

#include <errno.h>
#include <string.h>

/* --- the end --- */

static void upload_done(void *arg, int err)
{
    struct ftp *s = arg;
    struct upload *up = s->upload;
    s->upload = NULL;
    const struct transfer t = ftp_transfer_of(s, upload_path(up), upload_size(up));
    if (err != 0) {
        serve_upload_aborted(ftp_serve(s), &t, strerror(err));
        ftp_transfer_fail(s, err, upload_path(up));
        return;
    }
    serve_uploaded(ftp_serve(s), &t);
    ftp_count(&s->brought, t.size, s->start);
    ftp_transfer_end(s, 226, "Transfer complete.", "");
}

void ftp_finish_receiving(struct ftp *s)
{
    int err = 0;
    if (!ftp_in_end(s))
        return;
    if (s->stray_cr)
        err = upload_write(s->upload, "\r", 1);
    if (err == 0)
        upload_finish(s->upload);
    else
        ftp_transfer_fail(s, err, upload_path(s->upload));
}

/* --- the bytes --- */

/* ASCII: CRLF becomes LF; a CR that stands alone stays. */
static int write_ascii(struct ftp *s, const char *p, size_t n)
{
    struct buf out = {0};
    for (size_t i = 0; i < n; i++) {
        if (s->stray_cr && p[i] != '\n')
            buf_addc(&out, '\r');
        s->stray_cr = p[i] == '\r';
        if (!s->stray_cr)
            buf_addc(&out, p[i]);
    }
    const int err = out.failed ? ENOMEM : upload_write(s->upload, buf_data(&out), out.len);
    buf_free(&out);
    return err;
}

/* The upload has failed: the reply goes at once, and the client is let go on for a while, as one
 * that is reset in the middle of sending may never read it. */
void ftp_refuse_rest(struct ftp *s, int err)
{
    struct conn *c = s->data;
    if (c != NULL) {
        s->data = NULL;
        c->session = NULL;
        conn_limit(c, NULL);
        conn_finish(c, true);
    }
    ftp_transfer_fail(s, err, upload_path(s->upload));
}

void ftp_transfer_take(struct ftp *s, const char *p, size_t n)
{
    if (s->upload == NULL)
        return;
    const int err = s->ascii ? write_ascii(s, p, n) : upload_write(s->upload, p, n);
    if (err != 0)
        ftp_refuse_rest(s, err);
}

/* --- the beginning --- */

/* The bytes that the upload begins with are copied: go on, or not. */
static void upload_is_ready(void *arg, int err)
{
    struct ftp *s = arg;
    if (err != 0)
        ftp_transfer_fail(s, err, upload_path(s->upload));
    else
        ftp_connect(s);
}

static void store(struct ftp *s, struct str arg, uint64_t keep)
{
    char path[PATH_BYTES_MAX];
    if (ftp_take_till(s) != UINT64_MAX) { /* a part within a file that everybody sees */
        ftp_reply(s, 551, "RANG is for RETR and HASH; REST is for uploads.");
        return;
    }
    if (!ftp_path(s, arg, path))
        return;
    struct partial_owner owner;
    serve_partial_owner(s->control, s->account, &owner);
    const struct upload_wish wish = {.path = path,
                                     .mode = UPLOAD_REPLACE,
                                     .keep = keep,
                                     /* Of lines whose ends were changed nobody knows how many bytes
                                      * the client has sent. */
                                     .owner = s->ascii ? NULL : &owner,
                                     .ready = upload_is_ready,
                                     .done = upload_done,
                                     .arg = s};
    const int err =
        serve_upload_begin(ftp_serve(s), s->account, ftp_rights(s, path), &wish, &s->upload);
    if (err == EINVAL) {
        ftp_reply(s, 554, "REST is beyond the end of the file.");
        return;
    }
    if (err != 0) {
        ftp_error(s, err, arg);
        return;
    }
    s->transfer = FTP_STOR;
    if (upload_ready(s->upload))
        ftp_connect(s);
}

void ftp_stor(struct ftp *s, struct str arg)
{
    store(s, arg, ftp_take_rest(s));
}

void ftp_appe(struct ftp *s, struct str arg)
{
    s->rest = 0;
    store(s, arg, UPLOAD_KEEP_ALL);
}
