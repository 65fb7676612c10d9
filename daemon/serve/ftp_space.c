/* ftp_space.c: what there is room for: ALLO (RFC 959, 4.1.3) and AVBL (a draft). */
#include "serve/ftp.h"

#include <errno.h>

static uint64_t quota_left(const struct ftp *s)
{
    const struct quota *q = s->account != NULL ? &s->account->quota : NULL;
    if (q == NULL || q->limit == 0)
        return UINT64_MAX;
    const uint64_t taken = q->used + q->pending;
    return q->limit > taken ? q->limit - taken : 0;
}

/* Files of the account that are there no more are forgotten first, where that matters. */
static uint64_t quota_room(const struct ftp *s, uint64_t wanted)
{
    uint64_t left = quota_left(s);
    if (left < wanted && owner_prune(ftp_serve(s)->owners, s->account, ftp_store(s)))
        left = quota_left(s);
    return left;
}

void ftp_avbl(struct ftp *s, struct str arg)
{
    char path[PATH_BYTES_MAX];
    uint64_t disk;
    if (!ftp_path(s, arg, path))
        return;
    const int err = store_space(ftp_store(s), path, &disk);
    const uint64_t quota = quota_room(s, disk);
    if (err != 0)
        ftp_error(s, ftp_error_for(s, err, path), arg);
    else
        ftp_reply(s, 213, "%llu", (unsigned long long)(quota < disk ? quota : disk));
}

/* "1000" or "1000 R 80"; of records we know nothing. */
static bool parse_allo(struct str arg, uint64_t *bytes)
{
    struct str number, r, size;
    uint64_t record;
    if (!str_split(&arg, ' ', &number) || !text_number(number, INT64_MAX, bytes))
        return false;
    return arg.p == NULL ||
           (str_split(&arg, ' ', &r) && str_ieq(r, "R") && str_split(&arg, ' ', &size) &&
            arg.p == NULL && text_number(size, INT64_MAX, &record));
}

/* The room is checked, and taken only by the upload itself. */
void ftp_allo(struct ftp *s, struct str arg)
{
    uint64_t bytes, disk;
    s->allo = 0;
    if (!parse_allo(arg, &bytes)) {
        ftp_reply(s, 501, "Syntax: ALLO bytes [R bytes]");
        return;
    }
    if (bytes == 0 || !(ftp_rights(s, ftp_cwd(s)) & MAY_WRITE)) {
        ftp_reply(s, 202, "Nothing is to be allocated.");
        return;
    }
    const int err = store_space(ftp_store(s), ftp_cwd(s), &disk);
    if (err != 0) {
        ftp_error(s, err, str_of(ftp_cwd(s)));
    } else if (quota_room(s, bytes) < bytes) {
        ftp_reply(s, 552, "Your quota has room for %llu bytes.", (unsigned long long)quota_left(s));
    } else if (disk < bytes) {
        ftp_reply(s, 452, "The disk has room for %llu bytes.", (unsigned long long)disk);
    } else {
        s->allo = bytes;
        ftp_reply(s, 200, "There is room for %llu bytes.", (unsigned long long)bytes);
    }
}
