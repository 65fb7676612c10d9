#include "model/upload.h"

#include "model/upload_own.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void make_temp_name(struct upload *up)
{
    snprintf(up->temp, sizeof up->temp, ".agentd-%d-%llu", (int)getpid(),
             (unsigned long long)++up->store->serial);
}

/* A file without any name where the file system can, so that not even kill -9 leaves one; else a
 * hidden one. */
static int open_temporary(struct upload *up)
{
    up->fd = openat(up->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
    if (up->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
        do {
            make_temp_name(up);
            up->fd =
                openat(up->dir, up->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        } while (up->fd < 0 && errno == EEXIST);
    }
    up->temp_dir = up->dir;
    if (up->fd < 0)
        return errno;
    (void)fchmod(up->fd, 0644);
    return 0;
}

/* Gives the nameless file a name; EEXIST when there is one. */
static int link_as(const struct upload *up, int dir, const char *name)
{
    char self[40];
    snprintf(self, sizeof self, "/proc/self/fd/%d", up->fd);
    return linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW) < 0 ? errno : 0;
}

/* --- as a partial --- */

int upload_adopt(struct upload *up)
{
    struct partials *ps = up->store->partials;
    if (up->partial != NULL)
        return 0;
    struct partial *p = up->keeps ? partial_new(ps, &up->owner, up->path) : NULL;
    up->keeps = p != NULL;
    if (p == NULL)
        return ENOTSUP;
    int err;
    if (up->temp[0] == '\0')
        err = link_as(up, ps->dir, p->token);
    else
        err = renameat(up->temp_dir, up->temp, ps->dir, p->token) < 0 ? errno : 0;
    if (err != 0) { /* the folder lies in another file system, perhaps */
        partial_drop(p);
        up->keeps = false;
        return ENOTSUP;
    }
    up->temp[0] = '\0';
    p->fresh = up->mode == UPLOAD_NEW;
    p->length = up->length > 0 ? up->length : PARTIAL_LENGTH_UNKNOWN;
    p->digest = up->whole;
    partial_use(p, up);
    (void)partial_save(p);
    up->partial = p;
    return 0;
}

/* Nobody goes on with it here; what is there is counted there. */
static void detach(struct upload *up)
{
    struct partial *p = up->partial;
    up->partial = NULL;
    if (up->quota != NULL)
        up->quota->pending -= up->charged;
    up->charged = 0;
    partial_settle(p, up->size);
}

static void free_upload(struct upload *up)
{
    list_unlink(&up->link);
    if (up->quota != NULL)
        up->quota->pending -= up->charged;
    if (up->ticket != 0)
        up->store->jobs->cancel(up->store->jobs, up->ticket);
    if (up->temp[0] != '\0')
        (void)unlinkat(up->temp_dir, up->temp, 0);
    if (up->partial != NULL)
        partial_drop(up->partial);
    if (up->fd >= 0)
        store_close_fd(up->store, up->fd);
    if (up->base >= 0)
        close(up->base);
    if (up->dir >= 0)
        close(up->dir);
    free(up);
}

/* Hands work to the pool; 0 or an errno. */
static int start_job(struct upload *up, struct job job, job_done_fn *done)
{
    job.done = done;
    job.arg = up;
    up->ticket = up->store->jobs->submit(up->store->jobs, &job);
    return up->ticket != 0 ? 0 : EAGAIN;
}

/* --- beginning --- */

static void copied(void *arg, int err)
{
    struct upload *up = arg;
    up->ticket = 0;
    close(up->base);
    up->base = -1;
    up->state = UPLOAD_OPEN;
    if (err == 0 && lseek(up->fd, (off_t)up->size, SEEK_SET) < 0)
        err = errno;
    up->ready(up->arg, err);
}

/* Looks at the file that is there: may it be replaced, and what is to be kept of it? */
static int look_at_present(struct upload *up, uint64_t keep)
{
    struct stat st;
    if (fstatat(up->dir, up->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        if (errno != ENOENT)
            return errno;
        return keep == 0 || keep == UPLOAD_KEEP_ALL ? 0 : EINVAL;
    }
    if (S_ISDIR(st.st_mode))
        return EISDIR;
    if (up->mode == UPLOAD_NEW)
        return EEXIST;
    if (keep == 0)
        return 0;
    if (!S_ISREG(st.st_mode) || (keep != UPLOAD_KEEP_ALL && keep > (uint64_t)st.st_size))
        return EINVAL;
    up->size = keep == UPLOAD_KEEP_ALL ? (uint64_t)st.st_size : keep;
    return 0;
}

int upload_charge(struct upload *up, uint64_t size)
{
    struct quota *q = up->quota;
    struct partials *ps = up->store->partials;
    if (q == NULL || size <= up->charged)
        return 0;
    const uint64_t n = size - up->charged;
    while (q->limit > 0 && q->used + q->pending + n > q->limit + up->credit)
        if (q->used + size > q->limit + up->credit || ps == NULL || !partials_yield(ps, q))
            return EDQUOT;
    q->pending += n;
    up->charged += n;
    return 0;
}

/* Opens the file at path as the one whose bytes are kept, all of them. */
static int open_base(struct upload *up, const char *path)
{
    struct stat st;
    const int err = store_open_fd(up->store, path, &up->base);
    if (err != 0)
        return err;
    if (fstat(up->base, &st) < 0)
        return errno;
    up->size = (uint64_t)st.st_size;
    return S_ISREG(st.st_mode) ? 0 : S_ISDIR(st.st_mode) ? EISDIR : ENOENT;
}

static int resume(struct upload *up, const struct upload_wish *wish)
{
    struct partial *p = wish->resume;
    struct stat st;
    int err = look_at_present(up, 0);
    if (err != 0)
        return err;
    up->fd = openat(p->all->dir, p->token, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (up->fd < 0 || fstat(up->fd, &st) < 0 || (uint64_t)st.st_size != p->size ||
        lseek(up->fd, 0, SEEK_END) < 0) {
        partial_drop(p); /* it is not what we think it is */
        return ENOENT;
    }
    up->size = wish->keep < p->size ? wish->keep : p->size;
    up->partial = p;
    partial_use(p, up);
    if (up->size < p->size &&
        (ftruncate(up->fd, (off_t)up->size) < 0 || lseek(up->fd, 0, SEEK_END) < 0))
        err = errno;
    if (err == 0)
        err = upload_charge(up, up->size > wish->expected ? up->size : wish->expected);
    if (err != 0)
        detach(up);
    return err;
}

static int begin(struct upload *up, const struct upload_wish *wish)
{
    if (wish->resume != NULL)
        return resume(up, wish);
    int err = look_at_present(up, wish->copy_of != NULL ? 0 : wish->keep);
    if (err == 0 && wish->copy_of != NULL)
        err = open_base(up, wish->copy_of);
    if (err == 0 && up->keeps)
        partials_drop_of(up->store->partials, &up->owner, up->path);
    if (err == 0)
        err = open_temporary(up);
    if (err == 0)
        err = upload_charge(up, up->size > wish->expected ? up->size : wish->expected);
    if (err == 0 && wish->told)
        err = upload_adopt(up);
    else if (err == 0 && up->temp[0] != '\0') /* kill -9 would leave that */
        (void)upload_adopt(up);
    if (err != 0 || up->size == 0)
        return err;
    if (up->base < 0)
        up->base = openat(up->dir, up->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (up->base < 0)
        return errno;
    up->state = UPLOAD_COPYING;
    const struct job job = {.kind = JOB_COPY, .fd = up->base, .fd2 = up->fd, .len = up->size};
    return start_job(up, job, copied);
}

int upload_begin(struct store *s, const struct upload_wish *wish, struct upload **out)
{
    const size_t n = strlen(wish->path) + 1;
    const char *name;
    int dir;
    int err = store_parent(s, wish->path, &dir, &name);
    if (err != 0)
        return err;
    struct upload *up = calloc(1, sizeof *up + n);
    if (up == NULL) {
        close(dir);
        return ENOMEM;
    }
    up->store = s;
    up->state = UPLOAD_OPEN;
    up->mode = wish->mode;
    up->quota = wish->quota;
    up->credit = wish->credit;
    up->keeps = s->partials != NULL && wish->owner != NULL;
    if (up->keeps)
        up->owner = *wish->owner;
    up->length = wish->length;
    up->whole = wish->digest;
    up->dir = dir;
    up->fd = up->base = -1;
    up->ready = wish->ready;
    up->done = wish->done;
    up->arg = wish->arg;
    memcpy(up->path, wish->path, n);
    list_push(&s->uploads, &up->link);
    err = str_copy(up->name, sizeof up->name, str_of(name)) ? begin(up, wish) : ENAMETOOLONG;
    if (err != 0) {
        free_upload(up);
        return err;
    }
    *out = up;
    return 0;
}

bool uploads_under_way(const struct store *s, const char *path, bool below)
{
    list_each(n, &s->uploads)
    {
        const char *to = list_entry(n, struct upload, link)->path;
        if (strcmp(to, path) == 0 || (below && path_below(path, to)))
            return true;
    }
    return false;
}

bool upload_ready(const struct upload *up)
{
    return up->state == UPLOAD_OPEN;
}

uint64_t upload_size(const struct upload *up)
{
    return up->size;
}

const char *upload_path(const struct upload *up)
{
    return up->path;
}

struct partial *upload_partial(const struct upload *up)
{
    return up->partial;
}

void uploads_forget(struct store *s, int64_t account)
{
    list_each(n, &s->uploads)
    {
        struct upload *up = list_entry(n, struct upload, link);
        struct partial *p = up->partial;
        up->forgotten |= (p != NULL ? &p->owner : &up->owner)->account == account;
        if (p != NULL && up->forgotten)
            p->told = false; /* should it become whole */
    }
}

void uploads_recredit(struct store *s, const char *path, upload_credit_fn *fn, void *arg)
{
    list_each(n, &s->uploads)
    {
        struct upload *up = list_entry(n, struct upload, link);
        if (up->quota != NULL && (path == NULL || strcmp(path, up->path) == 0))
            up->credit = fn(arg, up->quota, up->path);
    }
}

/* Was it charged with a credit that is gone, so that it would be too much now? */
static bool exceeds(const struct upload *up)
{
    const struct quota *q = up->quota;
    return q != NULL && q->limit > 0 && q->used + up->size > q->limit + up->credit;
}

/* --- ending --- */

/* The same with a hidden name: in the folder for them, or, in another file system, beside. A crash
 * may have left some. */
static int link_hidden(struct upload *up)
{
    const struct partials *ps = up->store->partials;
    int err;
    up->temp_dir = ps != NULL && ps->dir >= 0 ? ps->dir : up->dir;
    do {
        make_temp_name(up);
        err = link_as(up, up->temp_dir, up->temp);
        if (err != 0 && err != EEXIST && up->temp_dir != up->dir) {
            up->temp_dir = up->dir;
            err = EEXIST;
        }
    } while (err == EEXIST);
    if (err != 0)
        up->temp[0] = '\0';
    return err;
}

/* Makes it visible, in one step. */
static int reveal(struct upload *up)
{
    int err = 0;
    if (up->partial == NULL && up->temp[0] == '\0') {
        err = link_as(up, up->dir, up->name);
        if (err != EEXIST || up->mode == UPLOAD_NEW)
            return err;
        err = link_hidden(up); /* linkat() cannot replace, renameat() can */
    }
    if (err != 0)
        return err;
    const unsigned flags = up->mode == UPLOAD_NEW ? RENAME_NOREPLACE : 0;
    const int from = up->partial != NULL ? up->partial->all->dir : up->temp_dir;
    const char *name = up->partial != NULL ? up->partial->token : up->temp;
    if (renameat2(from, name, up->dir, up->name, flags) < 0)
        return errno;
    if (up->partial != NULL)
        partial_completed(up->partial, up->size);
    up->partial = NULL;
    up->temp[0] = '\0';
    return 0;
}

static void conclude(struct upload *up, int err)
{
    up->ticket = 0;
    up->done(up->arg, err);
    free_upload(up);
}

static void folder_synced(void *arg, int err)
{
    (void)err; /* some file systems cannot sync a folder; the file itself is safe */
    conclude(arg, 0);
}

static void publish(struct upload *up)
{
    const int held = store_hold(up->dir, up->name); /* what it may replace */
    const int err = exceeds(up) ? EDQUOT : reveal(up);
    if (err == 0)
        store_forget(up->store, up->path);
    if (held >= 0)
        store_close_fd(up->store, held);
    if (err != 0) {
        conclude(up, err);
        return;
    }
    up->state = UPLOAD_LINKED;
    int dir_fd = -1;
    if (up->store->sync)
        dir_fd = openat(up->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir_fd < 0) {
        conclude(up, 0);
        return;
    }
    close(up->dir); /* was O_PATH, which cannot be synced */
    up->dir = dir_fd;
    const struct job job = {.kind = JOB_SYNC, .fd = up->dir, .fd2 = -1};
    if (start_job(up, job, folder_synced) != 0)
        folder_synced(up, 0);
}

static void file_synced(void *arg, int err)
{
    struct upload *up = arg;
    up->ticket = 0;
    if (err != 0)
        conclude(up, err);
    else
        publish(up);
}

static void make_safe(struct upload *up)
{
    const struct job job = {.kind = JOB_SYNC, .fd = up->fd, .fd2 = -1};
    up->state = UPLOAD_SYNCING;
    if (!up->store->sync) {
        publish(up);
        return;
    }
    const int err = start_job(up, job, file_synced);
    if (err != 0)
        conclude(up, err);
}

/* --- digests --- */

void upload_check(struct upload *up, const struct digest *d, uint64_t from)
{
    if (d->kind != DIGEST_NONE && up->checks < UPLOAD_CHECKS)
        up->check[up->checks++] = (struct upload_check){*d, from};
}

/* What came last is not what was sent. */
static void take_back(struct upload *up, uint64_t from)
{
    up->ticket = 0;
    if (from == 0 || ftruncate(up->fd, (off_t)from) < 0) {
        conclude(up, EBADMSG);
        return;
    }
    up->size = from;
    up->done(up->arg, EBADMSG);
    upload_leave(up);
}

static void check_next(struct upload *up);

static void digested(void *arg, int err)
{
    struct upload *up = arg;
    const struct upload_check *check = &up->check[up->checked++];
    up->ticket = 0;
    if (err != 0)
        conclude(up, err);
    else if (!digest_equal(&check->want, up->digest))
        take_back(up, check->from);
    else
        check_next(up);
}

static void check_next(struct upload *up)
{
    const struct upload_check *check = &up->check[up->checked];
    if (up->checked < up->checks) {
        const struct job job = {.kind = JOB_DIGEST,
                                .fd = up->fd,
                                .fd2 = -1,
                                .from = check->from,
                                .len = up->size - check->from,
                                .digest = check->want.kind,
                                .answer = up->digest};
        up->state = UPLOAD_CHECKING;
        const int err = start_job(up, job, digested);
        if (err != 0)
            conclude(up, err);
    } else if (up->parking) {
        up->done(up->arg, upload_adopt(up));
        upload_leave(up);
    } else {
        make_safe(up);
    }
}

void upload_finish(struct upload *up)
{
    check_next(up);
}

void upload_park(struct upload *up)
{
    up->parking = true;
    check_next(up);
}

bool upload_visible(const struct upload *up)
{
    return up->state == UPLOAD_LINKED;
}

void upload_abort(struct upload *up)
{
    free_upload(up);
}

void upload_leave(struct upload *up)
{
    const bool has_any = up->partial != NULL || up->size > 0;
    const bool may = up->state != UPLOAD_COPYING && up->state != UPLOAD_LINKED && !up->forgotten;
    if (may && has_any && upload_adopt(up) == 0)
        detach(up);
    free_upload(up);
}

bool upload_stop(struct partial *p)
{
    char token[PARTIAL_TOKEN_MAX];
    const struct partials *ps = p->all;
    struct upload *up = p->user;
    if (up == NULL)
        return true;
    text_copy(token, sizeof token, p->token);
    up->done(up->arg, ECANCELED);
    upload_leave(up);
    return partial_by_token(ps, str_of(token)) == p;
}
