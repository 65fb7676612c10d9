/* ftp_list.c: one entry of a folder, as ls -l shows it and as RFC 3659 has it. */
#include "base/date.h"
#include "base/escape.h"
#include "serve/ftp.h"

void ftp_list_line(struct buf *out, const char *name, const struct stat *st, time_t now)
{
    char date[DATE_TEXT_MAX];
    date_ls(date, st->st_mtime, now);
    buf_addf(out, "%s %3u ftp      ftp      %12llu %s ",
             S_ISDIR(st->st_mode) ? "drwxr-xr-x" : "-rw-r--r--", (unsigned)st->st_nlink,
             (unsigned long long)st->st_size, date);
    escape_line(out, str_of(name));
    buf_adds(out, "\r\n");
}

/* RFC 3659, 7.5.5. */
static const char *perm_folder(unsigned rights)
{
    switch (rights) {
    case MAY_CHANGE: return "cdeflmp";
    case MAY_WRITE: return "cem";
    case MAY_READ: return "el";
    default: return "";
    }
}

void ftp_fact_line(struct buf *out, unsigned facts, const char *name, const struct stat *st,
                   unsigned rights)
{
    char date[DATE_TEXT_MAX];
    const bool folder = S_ISDIR(st->st_mode), change = rights == MAY_CHANGE;
    date_ftp(date, st->st_mtime);
    if (facts & FACT_TYPE)
        buf_addf(out, "type=%s;", folder ? "dir" : "file");
    if ((facts & FACT_SIZE) && !folder)
        buf_addf(out, "size=%llu;", (unsigned long long)st->st_size);
    if (facts & FACT_MODIFY)
        buf_addf(out, "modify=%s;", date);
    if (facts & FACT_PERM)
        buf_addf(out, "perm=%s;", folder ? perm_folder(rights) : change ? "adfrw" : "r");
    if (facts & FACT_UNIQUE)
        buf_addf(out, "unique=%llxg%llx;", (unsigned long long)st->st_dev,
                 (unsigned long long)st->st_ino);
    buf_addc(out, ' ');
    escape_line(out, str_of(name));
    buf_adds(out, "\r\n");
}
