/* ftp_recv.c: STOR, APPE and STOU. */
#include "serve/ftp.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

/* --- the end --- */

static void upload_done(void *arg, int err)
{
    struct ftp *s = arg;
    struct upload *up = s->upload;
    s->upload = NULL;
    const struct transfer t = ftp_uploading(s, up);
    if (err != 0) {
        serve_upload_aborted(ftp_serve(s), &t, strerror(err));
        ftp_transfer_fail(s, ftp_error_for(s, err, t.path), t.path);
        return;
    }
    serve_uploaded(ftp_serve(s), &t);
    ftp_count(&s->brought, t.size, s->start);
    struct buf said = {0};
    if (s->unique)
        buf_addf(&said, "Transfer complete: %s", ftp_unique_name(s, t.path));
    ftp_transfer_end(s, 226, s->unique ? buf_str(&said) : "Transfer complete.", "");
    buf_free(&said);
}

/* Who began the upload by another door may have said how long it gets, and what its digest is. Is
 * it so, as far as one can see? Else it has ended, and was answered. */
static bool meets_promise(struct ftp *s)
{
    const struct partial *p = upload_partial(s->upload);
    if (p == NULL)
        return true;
    upload_check(s->upload, &p->digest, 0);
    if (p->length == PARTIAL_LENGTH_UNKNOWN || p->length == upload_size(s->upload))
        return true;
    if (upload_size(s->upload) < p->length)
        ftp_transfer_end(s, 426, "That is less than was announced; it can be resumed.",
                         "less than there was to be");
    else
        ftp_transfer_fail(s, EBADMSG, upload_path(s->upload));
    return false;
}

const char *ftp_unique_name(const struct ftp *s, const char *path)
{
    const char *cwd = ftp_cwd(s);
    const size_t n = strcmp(cwd, "/") == 0 ? 0 : strlen(cwd);
    const char *name = path_name(path);
    return (size_t)(name - path) == n + 1 && strncmp(path, cwd, n) == 0 ? name : path;
}

void ftp_finish_receiving(struct ftp *s)
{
    int err = 0;
    if (!ftp_in_end(s))
        return;
    if (s->stray_cr)
        err = upload_write(s->upload, "\r", 1);
    if (err != 0)
        ftp_transfer_fail(s, err, upload_path(s->upload));
    else if (meets_promise(s))
        upload_finish(s->upload);
}

/* --- the bytes --- */

/* ASCII: CRLF becomes LF; a CR that stands alone stays. */
static int write_ascii(struct ftp *s, const char *p, size_t n)
{
    struct buf out = {0};
    for (const char *end = p + n, *stop; p < end; p = stop) {
        if (s->stray_cr && *p != '\n')
            buf_addc(&out, '\r');
        const char *cr = memchr(p, '\r', (size_t)(end - p));
        stop = cr != NULL ? cr : end;
        buf_add(&out, p, (size_t)(stop - p));
        s->stray_cr = cr != NULL;
        stop += s->stray_cr;
    }
    const int err = out.failed ? ENOMEM : upload_write(s->upload, buf_data(&out), out.len);
    buf_free(&out);
    return err;
}

/* The upload has failed: the reply goes at once. */
void ftp_refuse_rest(struct ftp *s, int err)
{
    ftp_let_go(s);
    ftp_transfer_fail(s, err, upload_path(s->upload));
}

bool ftp_transfer_splice(struct ftp *s, int pipe, size_t n)
{
    const int err = s->upload != NULL ? upload_splice(s->upload, pipe, n) : ECANCELED;
    if (err != 0 && s->upload != NULL)
        ftp_refuse_rest(s, err);
    return err == 0;
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

static void store(struct ftp *s, const char *path, enum upload_mode mode, uint64_t keep)
{
    if (s->till != 0) { /* a part within a file that everybody sees */
        ftp_reply(s, 551, "RANG is for RETR and HASH; REST is for uploads.");
        return;
    }
    struct partial_owner owner;
    serve_partial_owner(s->control, s->account, &owner);
    struct partial *resume = s->ascii ? NULL : ftp_resume(s, path, &keep);
    const uint64_t allo = s->ascii ? 0 : s->allo;
    const struct upload_wish wish = {.path = path,
                                     .mode = mode,
                                     .keep = keep,
                                     .resume = resume,
                                     .expected = keep != UPLOAD_KEEP_ALL && allo > keep ? allo : 0,
                                     /* Of lines whose ends were changed nobody knows how many bytes
                                      * the client has sent. */
                                     .owner = s->ascii ? NULL : &owner,
                                     .ready = upload_is_ready,
                                     .done = upload_done,
                                     .arg = s};
    s->allo = 0;
    const int err =
        serve_upload_begin(ftp_serve(s), s->account, ftp_rights(s, path), &wish, &s->upload);
    if (err == EINVAL) {
        ftp_reply(s, 554, "REST is beyond the end of the file.");
        return;
    }
    if (err != 0) {
        ftp_error(s, ftp_error_for(s, err, path), str_of(path_name(path)));
        return;
    }
    s->transfer = FTP_STOR;
    s->start = upload_size(s->upload);
    s->expected = wish.expected;
    s->unique = mode == UPLOAD_NEW;
    if (upload_ready(s->upload))
        ftp_connect(s);
}

void ftp_stor(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    if (ftp_may_rest(s) && ftp_path(s, arg, path))
        store(s, path, UPLOAD_REPLACE, s->rest);
}

void ftp_appe(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    if (ftp_path(s, arg, path))
        store(s, path, UPLOAD_REPLACE, UPLOAD_KEEP_ALL);
}

static bool is_free(struct ftp *s, const char *path)
{
    struct stat st;
    return store_stat(ftp_store(s), path, &st) == ENOENT &&
           !uploads_under_way(ftp_store(s), path, false);
}

/* A name that nobody has: the one that was asked for, if that may be known, else with something
 * behind it that nobody guesses. */
static bool find_name(struct ftp *s, struct str arg, char path[PATH_BYTES_MAX])
{
    char salt[9];
    struct buf name = {0};
    if (arg.n > 0) {
        if (!ftp_path(s, arg, path))
            return false;
        if ((ftp_rights(s, path) & MAY_READ) && is_free(s, path))
            return true;
    }
    const bool ok = secret_new(salt, sizeof salt);
    buf_addf(&name, "%.*s.%s", arg.n > 0 ? (int)arg.n : 4, arg.n > 0 ? arg.p : "file", salt);
    if (!ok || name.failed)
        ftp_error(s, ENOMEM, arg);
    const bool found = ok && !name.failed && ftp_path(s, str_of(buf_str(&name)), path);
    buf_free(&name);
    return found;
}

void ftp_stou(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    if (find_name(s, arg, path))
        store(s, path, UPLOAD_NEW, 0);
}
