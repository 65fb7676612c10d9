/* ftp_resume.c: uploads that broke off, by whatever door: how much of one there is, and which one a
 * later STOR or APPE goes on with. */
#include "serve/ftp.h"

/* What its owner has left of a file for path; one that is in use, too, if nobody else can be at it:
 * guests of one address may be several. */
static struct partial *find(const struct ftp *s, const char *path)
{
    struct partial_owner owner;
    serve_partial_owner(s->control, s->account, &owner);
    struct partial *p = partial_find(ftp_store(s)->partials, &owner, path);
    return p != NULL && (p->user == NULL || owner.account != 0) ? p : NULL;
}

bool ftp_partial_stat(struct ftp *s, const char *path, struct stat *st)
{
    struct partial *p = ftp_rights(s, path) & MAY_WRITE ? find(s, path) : NULL;
    if (p == NULL || !partial_stat(p, st) || st->st_size < 2)
        return false;
    /* A client that has sent all, and did not hear that it arrived, would take the whole size for
     * success. So there is always something left to send, and a transfer whose end we see. */
    st->st_size--;
    p->said = (uint64_t)st->st_size;
    return true;
}

struct partial *ftp_resume(struct ftp *s, const char *path, uint64_t *keep)
{
    struct stat left, whole;
    struct partial *p = *keep > 0 ? find(s, path) : NULL;
    if (p == NULL || !partial_stat(p, &left))
        return NULL;
    const bool there =
        ftp_rights(s, path) & MAY_READ && store_stat(ftp_store(s), path, &whole) == 0;
    uint64_t from = *keep;
    if (from == UPLOAD_KEEP_ALL)
        from = p->said > 0 ? p->said : (uint64_t)left.st_size;
    if (from > (uint64_t)left.st_size ||
        (there && (*keep == UPLOAD_KEEP_ALL || clock_before(&left.st_mtim, &whole.st_ctim))))
        return NULL;
    if (!upload_stop(p))
        return NULL;
    *keep = from;
    return p;
}
