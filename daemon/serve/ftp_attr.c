/* ftp_attr.c: what is known of a file besides its content, told (MLST, MDTM: RFC 3659) and changed
 * (MFMT, MFCT, MFF: draft-somers-ftp-mfxx; MDTM with a time, as some clients have it). */
#include "base/date.h"
#include "base/escape.h"
#include "serve/ftp.h"

#include <errno.h>

enum {
    MODE_FILE = 0600, /* what the owner, which is us, has to keep */
    MODE_FOLDER = 0700,
};

/* --- told --- */

/* Files and folders; nothing else is there. */
static int look(const struct ftp *s, const char *path, struct ftp_entry *e)
{
    const int err = attr_look(ftp_store(s), path, &e->st, &e->born);
    return err == 0 && !S_ISREG(e->st.st_mode) && !S_ISDIR(e->st.st_mode) ? ENOENT : err;
}

void ftp_mlst(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    struct ftp_entry e = {.name = path, .born = ATTR_NO_BIRTH};
    struct buf out = {0};
    if (!ftp_path(s, arg, path))
        return;
    const int err = look(s, path, &e);
    if (err != 0 && (err != ENOENT || !ftp_partial_stat(s, path, &e.st))) {
        ftp_error(s, err, arg);
        return;
    }
    ftp_entry_rights(s, path, &e);
    buf_adds(&out, "250-Listing ");
    escape_line(&out, str_of(path));
    buf_adds(&out, "\r\n ");
    ftp_fact_line(&out, s->facts, &e);
    buf_adds(&out, "250 End\r\n");
    conn_write_buf(s->control, &out);
    buf_free(&out);
}

/* The path that the user may change, and which nobody has locked; else the reply is given. */
static bool may_change(struct ftp *s, struct str arg, char path[PATH_BYTES_MAX])
{
    if (!ftp_path(s, arg, path))
        return false;
    const unsigned rights = ftp_rights(s, path);
    if (rights == MAY_CHANGE && !serve_locked(ftp_serve(s), path, 0))
        return true;
    if (rights == MAY_CHANGE)
        ftp_error(s, ETXTBSY, arg);
    else
        ftp_reply(s, 550, "Permission denied%s", rights & MAY_READ ? ": you may only read." : ".");
    return false;
}

/* Has mode the bits without which we could do no more with the thing? Else the reply is given. */
static bool mode_will_do(struct ftp *s, const struct stat *st, mode_t mode)
{
    const mode_t least = S_ISDIR(st->st_mode) ? MODE_FOLDER : MODE_FILE;
    if ((mode & least) != least)
        ftp_reply(s, 550, "The owner's bits have to stay: %o.", least);
    return (mode & least) == least;
}

bool ftp_change(struct ftp *s, const struct ftp_change *c, struct ftp_entry *e)
{
    char path[PATH_BYTES_MAX];
    if (!may_change(s, c->path, path))
        return false;
    int err = look(s, path, e);
    if (err == 0 && c->has_mode && !mode_will_do(s, &e->st, c->mode))
        return false;
    if (err == 0 && c->has_mode)
        err = attr_set_mode(ftp_store(s), path, c->mode);
    if (err == 0 && c->has_modified)
        err = attr_set_modified(ftp_store(s), path, c->modified);
    if (err == 0)
        err = look(s, path, e);
    if (err != 0)
        ftp_error(s, err, c->path);
    return err == 0;
}

/* The same, and tells how it is then. */
static void change_and_tell(struct ftp *s, const struct ftp_change *c)
{
    char date[DATE_TEXT_MAX];
    struct ftp_entry e;
    struct buf facts = {0};
    if (!ftp_change(s, c, &e))
        return;
    if (c->has_modified) {
        date_ftp(date, e.st.st_mtime);
        buf_addf(&facts, "Modify=%s;", date);
    }
    if (c->has_mode)
        buf_addf(&facts, "UNIX.mode=%04o;", e.st.st_mode & 07777);
    ftp_reply(s, 213, "%s %.*s", buf_str(&facts), (int)c->path.n, c->path.p);
    buf_free(&facts);
}

/* --- the commands --- */

void ftp_mdtm(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX], date[DATE_TEXT_MAX];
    struct ftp_entry e;
    struct ftp_change c = {.has_modified = true};
    if (!ftp_path(s, arg, path))
        return;
    const int err = ftp_rights(s, path) & MAY_READ ? look(s, path, &e) : EACCES;
    if (err == 0) {
        date_ftp(date, e.st.st_mtime);
        ftp_reply(s, 213, "%s", date);
    } else if (!ftp_time_parse(arg, &c.modified, &c.path)) {
        if (err == EACCES)
            ftp_reply(s, 550, "Permission denied.");
        else
            ftp_error(s, err, arg);
    } else {
        change_and_tell(s, &c);
    }
}

void ftp_mfmt(struct ftp *s, struct str arg)
{
    struct ftp_change c = {.has_modified = true};
    if (!ftp_time_parse(arg, &c.modified, &c.path))
        ftp_reply(s, 501, "Syntax: MFMT YYYYMMDDhhmmss path, from 1970 to 9999");
    else
        change_and_tell(s, &c);
}

void ftp_mfct(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    struct ftp_entry e;
    struct ftp_change c = {0};
    if (!ftp_time_parse(arg, &c.modified, &c.path)) {
        ftp_reply(s, 501, "Syntax: MFCT YYYYMMDDhhmmss path, from 1970 to 9999");
        return;
    }
    if (!may_change(s, c.path, path))
        return;
    const int err = look(s, path, &e);
    if (err != 0)
        ftp_error(s, err, c.path);
    else
        ftp_reply(s, 504, "The time of creation cannot be set on this system.");
}

void ftp_mff(struct ftp *s, struct str arg)
{
    struct ftp_change c;
    switch (ftp_mff_parse(&c, arg)) {
    case FTP_MFF_BAD:
        ftp_reply(s, 501, "Syntax: MFF Modify=YYYYMMDDhhmmss;UNIX.mode=0644; path");
        break;
    case FTP_MFF_UNKNOWN:
        ftp_reply(s, 504, "%.*s cannot be changed; Modify and UNIX.mode can.", (int)c.unknown.n,
                  c.unknown.p);
        break;
    case FTP_MFF_OK: change_and_tell(s, &c); break;
    }
}
