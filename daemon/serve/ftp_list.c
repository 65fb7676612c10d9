/* ftp_list.c: one entry of a folder, as ls -l shows it and as RFC 3659 has it. */
#include "base/date.h"
#include "base/escape.h"
#include "model/mime.h"
#include "serve/ftp.h"

#include <string.h>

/* What a line has before the name fits into this. */
enum { FRONT_MAX = 512 };

/* Each of these writes at `at`, and says where it ended. */

/* --- as ls -l --- */

/* "drwxr-xr-x" */
static char *put_mode(char *at, mode_t mode)
{
    char text[] = "-rwxrwxrwx";
    for (int i = 0; i < 9; i++)
        if (!(mode & (0400u >> i)))
            text[i + 1] = '-';
    if (mode & S_ISUID)
        text[3] = mode & S_IXUSR ? 's' : 'S';
    if (mode & S_ISGID)
        text[6] = mode & S_IXGRP ? 's' : 'S';
    if (mode & S_ISVTX)
        text[9] = mode & S_IXOTH ? 't' : 'T';
    if (S_ISDIR(mode))
        text[0] = 'd';
    return mempcpy(at, text, sizeof text - 1);
}

void ftp_list_line(struct buf *out, const struct stat *st, time_t now)
{
    char *begin = buf_reserve(out, FRONT_MAX), *at = begin;
    if (at == NULL)
        return;
    at = put_mode(at, st->st_mode);
    *at++ = ' ';
    at = text_put(at, 10, 3, ' ', st->st_nlink);
    at = stpcpy(at, " ftp      ftp      ");
    at = text_put(at, 10, 12, ' ', (uint64_t)st->st_size);
    *at++ = ' ';
    date_ls(at, st->st_mtime, now);
    at += strlen(at);
    *at++ = ' ';
    buf_grew(out, (size_t)(at - begin));
}

/* --- facts --- */

void ftp_entry_rights(const struct ftp *s, const char *path, struct ftp_entry *e)
{
    e->rights = ftp_rights(s, path);
    e->top = path[1] == '\0';
    e->stays = access_differs_below(ftp_serve(s)->conf, path);
}

/* RFC 3659, 7.5.5: what the user may try. */
static char *put_perm(char *at, const struct ftp_entry *e)
{
    const bool read = e->rights & MAY_READ, add = e->rights & MAY_WRITE;
    const bool change = e->rights == MAY_CHANGE, go = change && !e->top;
    const struct {
        char letter;
        bool may;
    } letters[] = {
        {'c', add},             /* files may be stored in it */
        {'d', go},              /* it may be removed */
        {'e', e->rights != 0},  /* entered */
        {'f', go && !e->stays}, /* renamed */
        {'l', read},            /* listed */
        {'m', add},             /* folders may be made in it */
        {'p', change},          /* and its files removed */
    };
    at = stpcpy(at, "perm=");
    if (!S_ISDIR(e->st.st_mode))
        return stpcpy(at, change ? "adfrw;" : read ? "r;" : ";");
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].may)
            *at++ = letters[i].letter;
    *at++ = ';';
    return at;
}

/* A fact's value has no ';', so a type is told without its parameters. */
static char *put_media_type(char *at, const char *name)
{
    const char *type = mime_type(name);
    at = stpcpy(at, "media-type=");
    at = mempcpy(at, type, strcspn(type, ";"));
    *at++ = ';';
    return at;
}

static char *put_time(char *at, const char *fact, time_t t)
{
    at = stpcpy(at, fact);
    date_ftp(at, t);
    at += strlen(at);
    *at++ = ';';
    return at;
}

static char *put_facts(char *at, unsigned facts, const struct ftp_entry *e)
{
    const bool folder = S_ISDIR(e->st.st_mode);
    if (facts & FACT_TYPE) {
        at = stpcpy(at, "type=");
        at = stpcpy(at, e->type != NULL ? e->type : folder ? "dir" : "file");
        *at++ = ';';
    }
    if ((facts & FACT_SIZE) && !folder) {
        at = stpcpy(at, "size=");
        at = text_put(at, 10, 1, ' ', (uint64_t)e->st.st_size);
        *at++ = ';';
    }
    if (facts & FACT_MODIFY)
        at = put_time(at, "modify=", e->st.st_mtime);
    if (facts & FACT_PERM)
        at = put_perm(at, e);
    if (facts & FACT_UNIQUE) {
        at = stpcpy(at, "unique=");
        at = text_put(at, 16, 1, '0', e->st.st_dev);
        *at++ = 'g';
        at = text_put(at, 16, 1, '0', e->st.st_ino);
        *at++ = ';';
    }
    if ((facts & FACT_CREATE) && e->born != ATTR_NO_BIRTH)
        at = put_time(at, "create=", (time_t)e->born);
    if ((facts & FACT_MEDIA) && !folder)
        at = put_media_type(at, e->name);
    if (facts & FACT_MODE) {
        at = stpcpy(at, "UNIX.mode=");
        at = text_put(at, 8, 4, '0', e->st.st_mode & 07777);
        *at++ = ';';
    }
    *at++ = ' ';
    return at;
}

void ftp_fact_line(struct buf *out, unsigned facts, const struct ftp_entry *e)
{
    char *at = buf_reserve(out, FRONT_MAX);
    if (at == NULL)
        return;
    buf_grew(out, (size_t)(put_facts(at, facts, e) - at));
    escape_line(out, str_of(e->name));
    buf_adds(out, "\r\n");
}
