/* ftp_listing.c: LIST, NLST, MLSD, and STAT of a path. */
#include "base/escape.h"
#include "base/glob.h"
#include "serve/ftp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAMES_PER_TURN = 1000, /* read from a folder */
    LINES_PER_TURN = 500,  /* of a listing */
};

/* --- the lines --- */

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

static void list_out(struct ftp *s, struct buf *lines)
{
    if (s->transfer == FTP_STAT)
        conn_write_buf(s->control, lines);
    else
        ftp_out(s, lines);
}

static void end_listing(struct ftp *s)
{
    if (s->transfer == FTP_STAT)
        ftp_transfer_end(s, 213, "End of status.", "");
    else
        ftp_finish_sending(s);
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
    list_out(s, &out);
    buf_free(&out);
    return last;
}

void ftp_listing_step(struct ftp *s)
{
    if (s->listing == NULL) { /* of a file */
        struct buf out = {0};
        list_entry_line(s, &out, s->path, &s->single, MAY_READ);
        list_out(s, &out);
        buf_free(&out);
        end_listing(s);
        return;
    }
    if (!s->listed) {
        const int more = listing_read(s->listing, NAMES_PER_TURN);
        if (more < 0) {
            ftp_transfer_end(s, 451, "Out of memory.", "memory");
            return;
        }
        s->listed = more == 0;
    }
    if (s->listed && list_some(s))
        end_listing(s);
    else
        conn_await(list_conn(s), s->listed ? FTP_LOW_MARK : UINT64_MAX);
}

/* --- what is listed --- */

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
    const int err = may ? store_stat(ftp_store(s), path, &s->single) : EACCES;
    if (err == EMFILE || err == ENFILE || err == ENOMEM)
        return err; /* which does not say that it is missing: mirrors would delete theirs */
    const bool there = err == 0;
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
        ftp_transfer_reset(s);
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
