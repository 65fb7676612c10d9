/* ftp_file.c: commands about files and folders that need no data connection. */
#include "serve/ftp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void emit(const struct ftp *s, enum event_kind kind, const char *path, const char *to)
{
    serve_changed(s->control, s->account, s->user, kind, path, to);
}

/* 257: quotes within the path are doubled (RFC 959, appendix II). */
static void reply_path(struct ftp *s, const char *path, const char *text)
{
    struct buf b = {0};
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '"')
            buf_addc(&b, '"');
        buf_addc(&b, *p);
    }
    ftp_reply(s, 257, "\"%s\" %s", buf_str(&b), text);
    buf_free(&b);
}

static void change_to(struct ftp *s, const char *path, struct str arg)
{
    struct stat st;
    const unsigned rights = ftp_rights(s, path);
    if (rights != 0)
        serve_room_folder(ftp_serve(s), path);
    int err = rights == 0 ? EACCES : store_stat(ftp_store(s), path, &st);
    if (err == 0 && !S_ISDIR(st.st_mode))
        err = ENOTDIR;
    err = ftp_error_for(s, err, path);
    char *copy = err == 0 ? strdup(path) : NULL;
    if (err == 0 && copy == NULL)
        err = ENOMEM;
    if (err != 0) {
        ftp_error(s, err, arg);
        return;
    }
    free(s->cwd);
    s->cwd = copy;
    ftp_show_message(s, 250, copy);
    ftp_reply(s, 250, "Directory is now %s", copy);
}

void ftp_cwd_cmd(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    if (ftp_path(s, arg, path))
        change_to(s, path, arg);
}

void ftp_cdup(struct ftp *s, struct str arg)
{
    (void)arg;
    ftp_cwd_cmd(s, STR(".."));
}

void ftp_pwd(struct ftp *s, struct str arg)
{
    (void)arg;
    reply_path(s, ftp_cwd(s), "is the current directory.");
}

/* Of a file that the user may see, else of the part that he has left of one. */
void ftp_size(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    struct stat st;
    if (s->ascii) {
        ftp_reply(s, 550, "SIZE is not told in ASCII mode; send TYPE I first.");
        return;
    }
    if (!ftp_path(s, arg, path))
        return;
    int err = ftp_rights(s, path) & MAY_READ ? store_stat(ftp_store(s), path, &st) : EACCES;
    if ((err == ENOENT || err == EACCES) && ftp_partial_stat(s, path, &st))
        err = 0;
    if (err == 0 && !S_ISREG(st.st_mode))
        err = EISDIR;
    if (err != 0)
        ftp_error(s, err, arg);
    else
        ftp_reply(s, 213, "%llu", (unsigned long long)st.st_size);
}

/* Does fn to what arg names, and says what came of it. */
static void change(struct ftp *s, struct str arg, int (*fn)(struct store *, const char *),
                   enum event_kind kind)
{
    char path[PATH_BYTES_MAX];
    if (!ftp_path(s, arg, path))
        return;
    const int err = serve_locked(ftp_serve(s), path, LOCK_WHOLE) ? ETXTBSY : fn(ftp_store(s), path);
    if (err != 0) {
        ftp_error(s, ftp_error_for(s, err, path), arg);
        return;
    }
    emit(s, kind, path, NULL);
    if (kind == EVENT_MKDIR)
        reply_path(s, path, "was made.");
    else
        ftp_reply(s, 250, "%s was removed.", path);
}

void ftp_dele(struct ftp *s, struct str arg)
{
    change(s, arg, store_unlink, EVENT_DELETE);
}

void ftp_mkd(struct ftp *s, struct str arg)
{
    change(s, arg, store_mkdir, EVENT_MKDIR);
}

void ftp_rmd(struct ftp *s, struct str arg)
{
    change(s, arg, store_rmdir, EVENT_RMDIR);
}

void ftp_rnfr(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    struct stat st;
    free(s->rename_from);
    s->rename_from = NULL;
    if (!ftp_path(s, arg, path))
        return;
    int err = store_stat(ftp_store(s), path, &st);
    if (err == 0 && (s->rename_from = strdup(path)) == NULL)
        err = ENOMEM;
    if (err != 0)
        ftp_error(s, err, arg);
    else
        ftp_reply(s, 350, "Ready for RNTO.");
}

void ftp_rnto(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    char *from = s->rename_from;
    if (from == NULL) {
        ftp_reply(s, 503, "RNFR first.");
        return;
    }
    s->rename_from = NULL;
    if (ftp_path(s, arg, path)) {
        const unsigned reach = LOCK_WHOLE;
        const bool locked =
            serve_locked(ftp_serve(s), from, reach) || serve_locked(ftp_serve(s), path, reach);
        const int err = locked ? ETXTBSY
                        : !access_may_move(ftp_serve(s)->conf, from, path)
                            ? EACCES
                            : store_rename(ftp_store(s), from, path);
        if (err == 0) {
            emit(s, EVENT_MOVE, from, path);
            ftp_reply(s, 250, "Renamed to %s", path);
        } else {
            ftp_error(s, err, arg);
        }
    }
    free(from);
}
