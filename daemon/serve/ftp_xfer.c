/* ftp_xfer.c: the life of a transfer, whatever goes over it: ftp_send.c, ftp_recv.c, ftp_listing.c.
 */
#include "serve/ftp.h"

#include <stdlib.h>
#include <string.h>

bool ftp_transferring(const struct ftp *s)
{
    return s->transfer != FTP_NONE;
}

bool ftp_uses_data(const struct ftp *s)
{
    return ftp_transferring(s) && s->transfer != FTP_STAT && s->transfer != FTP_SUM;
}

static const char *who(const struct ftp *s)
{
    return s->user != NULL ? s->user : "?";
}

/* What the books are told of it. */
static struct transfer transfer_of(const struct ftp *s, const char *path, uint64_t size)
{
    return (struct transfer){.conn = s->control,
                             .who = who(s),
                             .account = s->account,
                             .path = path,
                             .size = size,
                             .ms = s->running ? s->control->loop->clock.mono - s->began : 0,
                             .ascii = s->ascii};
}

struct transfer ftp_uploading(const struct ftp *s, const struct upload *up)
{
    return transfer_of(s, upload_path(up), upload_size(up));
}

static uint64_t less(uint64_t n, uint64_t what)
{
    return n > what ? n - what : 0;
}

bool ftp_progress(const struct ftp *s, struct progress *out)
{
    const struct conn *data = s->data;
    *out = (struct progress){.total = PROGRESS_UNKNOWN};
    if (s->upload != NULL) {
        out->path = upload_path(s->upload);
        out->incoming = true;
        out->done = upload_size(s->upload);
        if (s->expected > 0)
            out->total = s->expected;
        out->moved = less(out->done, s->start);
    } else if (s->transfer == FTP_RETR && s->file != NULL) {
        out->path = s->file->path;
        out->total = s->end;
        out->done = less(s->offset, data != NULL ? data->out.bytes : 0);
        out->moved = less(out->done, s->start);
    }
    if (s->running)
        out->ms = s->control->loop->clock.mono - s->began;
    return out->path != NULL;
}

/* --- the end --- */

void ftp_transfer_reset(struct ftp *s)
{
    if (s->file != NULL)
        store_close(s->file);
    ftp_listing_free(s->listing);
    ftp_drop_stream(s);
    ftp_sum_drop(s->sum);
    s->file = NULL;
    s->listing = NULL;
    s->sum = NULL;
    s->transfer = FTP_NONE;
    s->connecting = s->running = s->shaking = s->sent = s->stray_cr = s->unique = false;
    s->aborts = 0;
    s->offset = s->end = s->start = s->expected = 0;
}

/* why = "": it is complete, and in the books. */
static void note_cut(struct ftp *s, const char *why)
{
    struct progress p;
    if (s->transfer != FTP_RETR || !s->running || why[0] == '\0' || !ftp_progress(s, &p))
        return;
    const struct transfer t = transfer_of(s, p.path, p.moved);
    serve_download_aborted(ftp_serve(s), &t, why);
}

void ftp_transfer_drop(struct ftp *s, const char *why)
{
    note_cut(s, why);
    if (s->upload != NULL) {
        const struct transfer t = ftp_uploading(s, s->upload);
        serve_upload_broken(ftp_serve(s), &t, s->upload, why);
        s->upload = NULL;
    }
    const bool used_data = !ftp_transferring(s) || ftp_uses_data(s);
    ftp_transfer_reset(s);
    if (used_data)
        ftp_close_channel(s);
}

/* The transfer's reply was given: drops it, answers the ABORs that ended it, and goes on. */
static void ended(struct ftp *s, const char *why)
{
    unsigned aborts = s->aborts;
    ftp_transfer_drop(s, why);
    for (; aborts > 0; aborts--)
        ftp_reply(s, 226, "ABOR command successful.");
    ftp_continue(s);
}

void ftp_transfer_end(struct ftp *s, int code, const char *text, const char *why)
{
    ftp_reply(s, code, "%s", text);
    ended(s, why);
}

void ftp_transfer_fail(struct ftp *s, int err, const char *path)
{
    ftp_error(s, err, str_of(path_name(path)));
    if (s->upload != NULL) {
        const struct transfer t = ftp_uploading(s, s->upload);
        serve_upload_drop(ftp_serve(s), &t, s->upload, strerror(err));
        s->upload = NULL;
    }
    ended(s, strerror(err));
}

void ftp_transfer_closed(struct ftp *s, enum close_reason reason)
{
    if (s->aborts > 0) {
        ftp_transfer_end(s, 426, "Connection closed; transfer aborted.", "ABOR");
    } else if (!s->running) {
        ftp_transfer_end(s, 425, "Can't open data connection.", "no data connection");
    } else if (s->shaking && reason == CLOSE_TIMEOUT) {
        ftp_transfer_end(s, 425, "TLS never began on the data connection.", "no handshake");
    } else if (s->shaking) {
        ftp_transfer_end(s, 522, "TLS failed on the data connection.", "handshake");
    } else if (s->transfer == FTP_STOR && reason == CLOSE_EOF && s->cut) {
        ftp_transfer_end(s, 426, "Connection closed without close_notify; transfer aborted.",
                         "no close_notify");
    } else if (s->transfer == FTP_STOR && reason == CLOSE_EOF) {
        ftp_finish_receiving(s);
    } else if (s->transfer != FTP_STOR && s->sent && reason == CLOSE_DONE) {
        if (s->transfer == FTP_RETR) {
            const struct transfer t = transfer_of(s, s->file->path, s->end - s->start);
            serve_downloaded(ftp_serve(s), &t);
            ftp_count(&s->fetched, t.size, 0);
        }
        ftp_transfer_end(s, 226, s->listing != NULL ? ftp_listing_done(s) : "Transfer complete.",
                         "");
    } else {
        ftp_transfer_end(s, 426, "Connection closed; transfer aborted.", close_reason_name(reason));
    }
}

void ftp_abor(struct ftp *s, struct str arg)
{
    (void)arg;
    if (!ftp_transferring(s)) {
        ftp_close_channel(s);
        ftp_reply(s, 226, "ABOR command successful; no transfer was running.");
        return;
    }
    s->aborts++;
    if (s->transfer == FTP_STAT)
        ftp_transfer_end(s, 213, "End of status, cut short.", "ABOR");
    else if (s->transfer == FTP_SUM)
        ftp_transfer_end(s, 426, "Not computed.", "ABOR");
    else if (s->data != NULL)
        conn_close(s->data, CLOSE_KICKED);
    else if (s->upload == NULL ||
             !upload_visible(s->upload)) /* else it is too late, and done soon */
        ftp_transfer_end(s, 426, "Transfer aborted.", "ABOR");
}

void ftp_transfer_step(struct ftp *s)
{
    if (!s->running || s->sent || s->aborts > 0)
        return;
    if (s->transfer == FTP_RETR)
        ftp_send_step(s);
    else if (s->transfer != FTP_STOR)
        ftp_listing_step(s);
}

/* --- the beginning --- */

static const char *mode_name(const struct ftp *s)
{
    return s->ascii ? "ASCII" : "binary";
}

static void start_moving(struct ftp *s)
{
    if (s->transfer == FTP_RETR) {
        ftp_send_step(s);
        return;
    }
    if (s->transfer != FTP_STOR) {
        conn_await(s->data, UINT64_MAX);
        return;
    }
    if (ftp_raw(s))
        conn_pipe(s->data);
    conn_resume(s->data);
}

void ftp_transfer_begin(struct ftp *s)
{
    s->connecting = false;
    if (!ftp_begin_stream(s)) {
        ftp_transfer_end(s, 451, "Out of memory.", "memory");
        return;
    }
    s->running = true;
    s->began = s->control->loop->clock.mono;
    if (s->transfer == FTP_RETR)
        ftp_reply(s, 150, "Opening %s data connection (%llu bytes).", mode_name(s),
                  (unsigned long long)(s->end - s->offset));
    else if (s->transfer == FTP_STOR && s->unique)
        ftp_reply(s, 150, "FILE: %s", ftp_unique_name(s, upload_path(s->upload)));
    else if (s->transfer == FTP_STOR && s->start > 0)
        ftp_reply(s, 150, "Ok to send data, in %s, behind %llu bytes.", mode_name(s),
                  (unsigned long long)s->start);
    else if (s->transfer == FTP_STOR)
        ftp_reply(s, 150, "Ok to send data, in %s.", mode_name(s));
    else
        ftp_reply(s, 150, "Here comes the listing.");
    ftp_protect(s);
    if (s->data->tls == NULL) {
        start_moving(s);
        return;
    }
    s->shaking = true;
    if (s->data->handshaking)
        conn_deadline(s->data, ftp_serve(s)->conf->limits->request_timeout);
    conn_await(s->data, UINT64_MAX);
}

void ftp_transfer_protected(struct ftp *s)
{
    s->shaking = false;
    if (!ftp_data_is_ours(s)) {
        ftp_let_go(s);
        ftp_transfer_end(s, 522, "The data connection has to resume the TLS session of this one.",
                         "no resume");
        return;
    }
    conn_deadline(s->data, ftp_serve(s)->conf->limits->idle_timeout);
    start_moving(s);
}
