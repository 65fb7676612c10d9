/* ftp_xfer.c: transfers: files either way, and listings. */
#include "base/escape.h"
#include "base/glob.h"
#include "serve/ftp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    NAMES_PER_TURN = 1000, /* read from a folder */
    LINES_PER_TURN = 500,  /* of a listing */
    LOW_MARK = 16 << 10,   /* output at which a listing goes on */
    CHUNK = 32 << 10,      /* bytes of an ASCII download made at once */
};

bool ftp_transferring(const struct ftp *s)
{
    return s->transfer != FTP_NONE;
}

bool ftp_uses_data(const struct ftp *s)
{
    return ftp_transferring(s) && s->transfer != FTP_STAT;
}

static const char *who(const struct ftp *s)
{
    return s->user != NULL ? s->user : "?";
}

static struct transfer transfer(const struct ftp *s, const char *path, uint64_t size)
{
    return (struct transfer){.conn = s->control,
                             .who = who(s),
                             .account = s->account,
                             .path = path,
                             .size = size,
                             .ms = s->control->loop->clock.mono - s->began};
}

static struct transfer uploading(const struct ftp *s, const struct upload *up)
{
    return transfer(s, upload_path(up), upload_size(up));
}

/* --- the end --- */

static void reset(struct ftp *s)
{
    if (s->file != NULL)
        store_close(s->file);
    listing_close(s->listing);
    free(s->pattern);
    free(s->path);
    free(s->prefix);
    free(s->folder);
    s->file = NULL;
    s->listing = NULL;
    s->pattern = s->path = s->prefix = s->folder = NULL;
    s->transfer = FTP_NONE;
    s->connecting = s->running = s->shaking = s->sent = s->stray_cr = s->listed = false;
    s->aborts = 0;
    s->offset = 0;
}

void ftp_transfer_drop(struct ftp *s, const char *why)
{
    if (s->upload != NULL) {
        const struct transfer t = uploading(s, s->upload);
        serve_upload_broken(ftp_serve(s), &t, s->upload, why);
        s->upload = NULL;
    }
    const bool used_data = s->transfer != FTP_STAT;
    reset(s);
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

static void end(struct ftp *s, int code, const char *text, const char *why)
{
    ftp_reply(s, code, "%s", text);
    ended(s, why);
}

/* The same for an errno about path. */
static void fail(struct ftp *s, int err, const char *path)
{
    ftp_error(s, err, str_of(path_name(path)));
    if (s->upload != NULL) {
        const struct transfer t = uploading(s, s->upload);
        serve_upload_drop(ftp_serve(s), &t, s->upload, strerror(err));
        s->upload = NULL;
    }
    ended(s, strerror(err));
}

static void upload_done(void *arg, int err)
{
    struct ftp *s = arg;
    struct upload *up = s->upload;
    s->upload = NULL;
    const struct transfer t = uploading(s, up);
    if (err != 0) {
        serve_upload_aborted(ftp_serve(s), &t, strerror(err));
        fail(s, err, upload_path(up));
        return;
    }
    serve_uploaded(ftp_serve(s), &t);
    end(s, 226, "Transfer complete.", "");
}

/* The last byte of an upload is here. */
static void finish_upload(struct ftp *s)
{
    int err = 0;
    if (s->stray_cr)
        err = upload_write(s->upload, "\r", 1);
    if (err == 0)
        upload_finish(s->upload);
    else
        fail(s, err, upload_path(s->upload));
}

void ftp_transfer_closed(struct ftp *s, enum close_reason reason)
{
    if (s->aborts > 0) {
        end(s, 426, "Connection closed; transfer aborted.", "ABOR");
    } else if (!s->running) {
        end(s, 425, "Can't open data connection.", "no data connection");
    } else if (s->transfer == FTP_STOR && reason == CLOSE_EOF && s->cut) {
        end(s, 426, "Connection closed without close_notify; transfer aborted.", "no close_notify");
    } else if (s->transfer == FTP_STOR && reason == CLOSE_EOF && !s->shaking) {
        finish_upload(s);
    } else if (s->transfer != FTP_STOR && s->sent && reason == CLOSE_DONE) {
        if (s->transfer == FTP_RETR) {
            const struct transfer t = transfer(s, s->file->path, s->file->size);
            serve_downloaded(ftp_serve(s), &t);
        }
        end(s, 226, "Transfer complete.", "");
    } else {
        end(s, 426, "Connection closed; transfer aborted.", close_reason_name(reason));
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
        end(s, 213, "End of status, cut short.", "ABOR");
    else if (s->data != NULL)
        conn_close(s->data, CLOSE_KICKED);
    else if (s->upload == NULL ||
             !upload_visible(s->upload)) /* else it is too late, and done soon */
        end(s, 426, "Transfer aborted.", "ABOR");
}

/* --- sending --- */

/* All is queued: close the data connection behind it. */
static void finish_sending(struct ftp *s)
{
    s->sent = true;
    conn_finish(s->data, false);
}

/* Binary: the kernel sends the file by itself. */
static void send_binary(struct ftp *s)
{
    const uint64_t from = s->offset, size = s->file->size;
    if (s->file->body == NULL) {
        conn_file(s->data, &s->file->of, from, size - from);
    } else if (from == 0) {
        conn_share(s->data, s->file->body);
    } else {
        conn_write(s->data, s->file->body->data + from, (size_t)(size - from));
    }
    finish_sending(s);
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
static void send_ascii(struct ftp *s)
{
    char chunk[CHUNK];
    const ssize_t n = read_file(s, chunk, sizeof chunk);
    struct buf out = {0};
    if (n < 0) {
        conn_close(s->data, CLOSE_ERROR);
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (chunk[i] == '\n' && !s->stray_cr)
            buf_addc(&out, '\r');
        s->stray_cr = chunk[i] == '\r';
        buf_addc(&out, chunk[i]);
    }
    conn_write_buf(s->data, &out);
    buf_free(&out);
    s->offset += (uint64_t)n;
    if (n == 0 || s->offset >= s->file->size)
        finish_sending(s);
    else
        conn_await(s->data, LOW_MARK);
}

/* What may be done with an entry of the folder that is listed. */
static unsigned entry_rights(const struct ftp *s, const char *name)
{
    char path[PATH_BYTES_MAX];
    return path_resolve(s->folder, str_of(name), path) ? ftp_rights(s, path) : MAY_READ;
}

static void list_entry_line(struct ftp *s, struct buf *out, const char *name, const struct stat *st,
                            unsigned rights)
{
    switch (s->transfer) {
    case FTP_NLST:
        if (s->prefix != NULL)
            escape_line(out, str_of(s->prefix));
        escape_line(out, str_of(name));
        buf_adds(out, "\r\n");
        break;
    case FTP_MLSD: ftp_fact_line(out, s->facts, name, st, rights); break;
    default: ftp_list_line(out, name, st, clock_sec(&s->control->loop->clock)); break;
    }
}

/* Where a listing's lines go. */
static struct conn *list_conn(const struct ftp *s)
{
    return s->transfer == FTP_STAT ? s->control : s->data;
}

static void end_listing(struct ftp *s)
{
    if (s->transfer == FTP_STAT)
        end(s, 213, "End of status.", "");
    else
        finish_sending(s);
}

/* Some more lines; true when there are none left. */
static bool list_some(struct ftp *s)
{
    struct listing_entry e;
    struct buf out = {0};
    bool last = false;
    for (int i = 0; i < LINES_PER_TURN && !last; i++) {
        last = !listing_next(s->listing, &e);
        if (last || (s->pattern != NULL && !glob_match(str_of(s->pattern), str_of(e.name))))
            continue;
        const unsigned rights = entry_rights(s, e.name);
        if (rights != 0)
            list_entry_line(s, &out, e.name, &e.st, rights);
    }
    conn_write_buf(list_conn(s), &out);
    buf_free(&out);
    return last;
}

static void step_listing(struct ftp *s)
{
    if (s->listing == NULL) { /* of a file */
        struct buf out = {0};
        list_entry_line(s, &out, s->path, &s->single, MAY_READ);
        conn_write_buf(list_conn(s), &out);
        buf_free(&out);
        end_listing(s);
        return;
    }
    if (!s->listed) {
        const int more = listing_read(s->listing, NAMES_PER_TURN);
        if (more < 0) {
            end(s, 451, "Out of memory.", "memory");
            return;
        }
        s->listed = more == 0;
    }
    if (s->listed && list_some(s))
        end_listing(s);
    else
        conn_await(list_conn(s), s->listed ? LOW_MARK : UINT64_MAX);
}

void ftp_transfer_step(struct ftp *s)
{
    if (!s->running || s->sent || s->aborts > 0)
        return;
    if (s->transfer == FTP_RETR && s->ascii)
        send_ascii(s);
    else if (s->transfer == FTP_RETR)
        send_binary(s);
    else if (s->transfer != FTP_STOR)
        step_listing(s);
}

/* --- receiving --- */

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
static void refuse_rest(struct ftp *s, int err)
{
    struct conn *c = s->data;
    s->data = NULL;
    c->session = NULL;
    conn_limit(c, NULL);
    conn_finish(c, true);
    fail(s, err, upload_path(s->upload));
}

void ftp_transfer_take(struct ftp *s, const char *p, size_t n)
{
    if (s->upload == NULL)
        return;
    const int err = s->ascii ? write_ascii(s, p, n) : upload_write(s->upload, p, n);
    if (err != 0)
        refuse_rest(s, err);
}

/* --- the beginning --- */

static const char *mode_name(const struct ftp *s)
{
    return s->ascii ? "ASCII" : "binary";
}

static void start_moving(struct ftp *s)
{
    if (s->transfer == FTP_STOR)
        conn_resume(s->data);
    else
        conn_await(s->data, UINT64_MAX);
}

void ftp_transfer_begin(struct ftp *s)
{
    s->connecting = false;
    s->running = true;
    s->began = s->control->loop->clock.mono;
    if (s->transfer == FTP_RETR)
        ftp_reply(s, 150, "Opening %s data connection (%llu bytes).", mode_name(s),
                  (unsigned long long)(s->file->size - s->offset));
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
        end(s, 522, "The data connection has to resume the TLS session of this one.", "no resume");
        return;
    }
    conn_deadline(s->data, ftp_serve(s)->conf->limits->idle_timeout);
    start_moving(s);
}

/* Takes the offset of REST, which is for one transfer. */
static uint64_t take_rest(struct ftp *s)
{
    const uint64_t rest = s->rest;
    s->rest = 0;
    return rest;
}

void ftp_retr(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    const uint64_t rest = take_rest(s);
    if (!ftp_path(s, arg, path))
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
    s->offset = rest;
    s->transfer = FTP_RETR;
    ftp_connect(s);
}

/* The bytes that the upload begins with are copied: go on, or not. */
static void upload_is_ready(void *arg, int err)
{
    struct ftp *s = arg;
    if (err != 0)
        fail(s, err, upload_path(s->upload));
    else
        ftp_connect(s);
}

static void store(struct ftp *s, struct str arg, uint64_t keep)
{
    char path[PATH_BYTES_MAX];
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
    store(s, arg, take_rest(s));
}

void ftp_appe(struct ftp *s, struct str arg)
{
    s->rest = 0;
    store(s, arg, UPLOAD_KEEP_ALL);
}

/* Opens what shall be listed: a folder, a file, or the names in a folder that match a pattern. The
 * errno, when there is nothing. */
static int open_listing(struct ftp *s, const char *path)
{
    const struct str name = str_of(path_name(path));
    char folder[PATH_BYTES_MAX];
    text_copy(folder, sizeof folder, path);
    const bool may = ftp_rights(s, path) & MAY_READ;
    if (!may && !glob_has_magic(name))
        return EACCES;
    const bool there = may && store_stat(ftp_store(s), path, &s->single) == 0;
    if (there && !S_ISDIR(s->single.st_mode))
        return 0;
    if (!there) {
        (void)path_resolve(path, STR(".."), folder);
        if (!glob_has_magic(name))
            return ENOENT;
        if (!(ftp_rights(s, folder) & MAY_READ))
            return EACCES;
        s->pattern = strdup(name.p);
    }
    s->folder = strdup(folder);
    return s->folder == NULL || (!there && s->pattern == NULL)
               ? ENOMEM
               : listing_open(ftp_store(s), folder, (struct listing_order){0}, &s->listing);
}

/* LIST -la folder: the options of ls are of no account. */
static struct str skip_options(struct str arg)
{
    while (arg.n > 0 && arg.p[0] == '-') {
        struct str option;
        if (!str_split(&arg, ' ', &option) || arg.p == NULL)
            return STR("");
    }
    return arg.p != NULL ? arg : STR("");
}

/* NLST a/b*: the names are to be ones that RETR takes: with the a/ before them. */
static char *name_prefix(const struct ftp *s, struct str arg)
{
    char *prefix = NULL;
    const char *slash = arg.n > 0 ? memrchr(arg.p, '/', arg.n) : NULL;
    if (s->listing == NULL || arg.n == 0)
        return NULL;
    if (s->pattern == NULL && arg.p[arg.n - 1] != '/')
        return asprintf(&prefix, "%.*s/", (int)arg.n, arg.p) < 0 ? NULL : prefix;
    return slash != NULL ? strndup(arg.p, (size_t)(slash - arg.p) + 1) : NULL;
}

static bool prepare_listing(struct ftp *s, enum ftp_transfer kind, struct str arg)
{
    char path[PATH_BYTES_MAX];
    if (!ftp_path(s, arg, path))
        return false;
    s->path = strndup(arg.n > 0 ? arg.p : path, arg.n > 0 ? arg.n : strlen(path));
    int err = s->path != NULL ? open_listing(s, path) : ENOMEM;
    if (err == 0 && kind == FTP_MLSD && s->listing == NULL)
        err = ENOTDIR;
    if (err != 0) {
        reset(s);
        if (err == ENOTDIR && kind == FTP_MLSD)
            ftp_reply(s, 501, "Not a folder.");
        else
            ftp_error(s, err, arg);
        return false;
    }
    if (kind == FTP_NLST)
        s->prefix = name_prefix(s, arg);
    s->transfer = kind;
    return true;
}

void ftp_list(struct ftp *s, struct str arg)
{
    if (prepare_listing(s, FTP_LIST, skip_options(arg)))
        ftp_connect(s);
}

void ftp_nlst(struct ftp *s, struct str arg)
{
    if (prepare_listing(s, FTP_NLST, skip_options(arg)))
        ftp_connect(s);
}

void ftp_mlsd(struct ftp *s, struct str arg)
{
    if (prepare_listing(s, FTP_MLSD, arg.p != NULL ? arg : STR("")))
        ftp_connect(s);
}

void ftp_stat_path(struct ftp *s, struct str arg)
{
    if (!prepare_listing(s, FTP_STAT, skip_options(arg)))
        return;
    s->running = true;
    conn_printf(s->control, "213-Status of %s:\r\n", s->path);
    conn_await(s->control, UINT64_MAX);
}
