#include "model/store.h"

#include "base/date.h"
#include "model/mime.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    BIG = 4 << 20,        /* bytes of a file that the kernel takes long to free */
    FRESH_MS = 1000,      /* how long a cached file is believed */
    KEEP_MS = 2000,       /* how long one is kept that nobody asks for */
    CACHED_MAX = 256,     /* files */
    BODY_MAX = 32 * 1024, /* a file up to this size is kept in memory, not as a descriptor */
    TRIES = 8,            /* openat2() asks to try again when a rename ran beside it */
};

/* --- beneath the root --- */

/* What lies outside, behind a loop of links, or is a socket, is not there. */
static int open_error(void)
{
    return errno == EXDEV || errno == ELOOP || errno == ENXIO ? ENOENT : errno;
}

/* Component by component without following links, for kernels before 5.6. rel is not empty. */
static int walk_open(int root, const char *rel, uint64_t flags, int *fd)
{
    char part[FILE_NAME_MAX + 1];
    struct str rest = str_of(rel), one;
    int at = fcntl(root, F_DUPFD_CLOEXEC, 0), err = at < 0 ? errno : 0;
    while (err == 0 && str_split(&rest, '/', &one)) {
        const bool last = rest.p == NULL;
        if (!str_copy(part, sizeof part, one) || strcmp(part, "..") == 0) {
            err = ENOENT;
            break;
        }
        const int how = last ? (int)flags : O_PATH | O_DIRECTORY;
        struct stat st;
        int next = openat(at, part, how | O_NOFOLLOW | O_CLOEXEC);
        err = next < 0 ? open_error() : 0;
        if (err == ENOTDIR && fstatat(at, part, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISLNK(st.st_mode)) /* O_DIRECTORY says so of a link, too */
            err = ENOENT;
        if (next >= 0 && (how & O_PATH) && (fstat(next, &st) < 0 || S_ISLNK(st.st_mode))) {
            close(next); /* O_PATH opens the link itself */
            next = -1;
            err = ENOENT;
        }
        if (next >= 0) {
            close(at);
            at = next;
        }
    }
    if (err != 0 && at >= 0)
        close(at);
    *fd = at;
    return err;
}

/* Opens a virtual path, or (rel = ".") the root itself. */
static int open_beneath(const struct store *s, const char *rel, uint64_t flags, int *fd)
{
    const struct open_how how = {.flags = flags | O_CLOEXEC,
                                 .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    if (s->walk)
        return walk_open(s->root, rel, flags, fd);
    for (int i = 0; i < TRIES; i++) {
        *fd = (int)syscall(SYS_openat2, s->root, rel, &how, sizeof how);
        if (*fd >= 0)
            return 0;
        if (errno != EAGAIN && errno != EINTR)
            break;
    }
    return open_error();
}

static const char *relative(const char *path)
{
    return path[1] != '\0' ? path + 1 : ".";
}

int store_parent(struct store *s, const char *path, int *dir, const char **name)
{
    char parent[PATH_BYTES_MAX];
    if (path_hidden(path))
        return ENOENT;
    *name = path_name(path);
    if ((*name)[0] == '\0')
        return EISDIR; /* the root itself */
    (void)str_copy(parent, sizeof parent, (struct str){path, (size_t)(*name - path)});
    if (*name - path > 1)
        parent[*name - path - 1] = '\0';
    return open_beneath(s, relative(parent), O_PATH | O_DIRECTORY, dir);
}

ssize_t store_read(const struct store_file *f, uint64_t from, void *p, size_t n)
{
    if (f->body == NULL) {
        ssize_t got;
        do
            got = pread(f->of.fd, p, n, (off_t)from);
        while (got < 0 && errno == EINTR);
        return got;
    }
    const uint64_t left = from < f->body->len ? f->body->len - from : 0;
    n = left < n ? (size_t)left : n;
    memcpy(p, f->body->data + from, n);
    return (ssize_t)n;
}

int store_open_path(struct store *s, const char *path, int *fd)
{
    return path_hidden(path) ? ENOENT : open_beneath(s, relative(path), O_PATH, fd);
}

int store_stat(struct store *s, const char *path, struct stat *st)
{
    int fd;
    int err = store_open_path(s, path, &fd);
    if (err != 0)
        return err;
    err = fstat(fd, st) < 0 ? errno : 0;
    close(fd);
    return err;
}

/* Where in the whole file system the descriptor leads; false when that is not known. */
static bool place_of(int fd, char out[PATH_MAX])
{
    char self[40];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(self, out, PATH_MAX - 1);
    if (n <= 0)
        return false;
    out[n] = '\0';
    return true;
}

int store_real(struct store *s, const char *path, char out[PATH_BYTES_MAX])
{
    char root[PATH_MAX], place[PATH_MAX];
    int fd;
    const int err = store_open_path(s, path, &fd);
    if (err != 0)
        return err;
    const bool known = place_of(s->root, root) && place_of(fd, place);
    close(fd);
    const size_t n = known && root[1] != '\0' ? strlen(root) : 0;
    if (!known || strncmp(root, place, n) != 0 || (place[n] != '/' && place[n] != '\0'))
        text_copy(out, PATH_BYTES_MAX, path);
    else
        text_copy(out, PATH_BYTES_MAX, place[n] == '/' ? place + n : "/");
    return 0;
}

int store_open_fd(struct store *s, const char *path, int *fd)
{
    if (path_hidden(path))
        return ENOENT;
    /* O_NONBLOCK: a FIFO must not hang us. */
    return open_beneath(s, relative(path), O_RDONLY | O_NONBLOCK | O_NOCTTY, fd);
}

int store_open_dir(struct store *s, const char *path, int *fd)
{
    if (path_hidden(path))
        return ENOENT;
    return open_beneath(s, relative(path), O_RDONLY | O_DIRECTORY, fd);
}

int store_space(struct store *s, const char *folder, uint64_t *bytes)
{
    int fd;
    struct statvfs fs;
    if (path_hidden(folder))
        return ENOENT;
    int err = open_beneath(s, relative(folder), O_PATH | O_DIRECTORY, &fd);
    if (err != 0)
        return err;
    err = fstatvfs(fd, &fs) < 0 ? errno : 0;
    *bytes = err == 0 ? (uint64_t)fs.f_bavail * fs.f_frsize : 0;
    close(fd);
    return err;
}

int store_message(struct store *s, const char *folder, char *out, size_t max, size_t *n)
{
    char rel[PATH_BYTES_MAX + sizeof "/.message"];
    struct stat st;
    int fd;
    if (path_hidden(folder))
        return ENOENT;
    snprintf(rel, sizeof rel, "%s/.message", folder[1] != '\0' ? folder : "");
    int err = open_beneath(s, rel + 1, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, &fd);
    if (err != 0)
        return err;
    const ssize_t got = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? pread(fd, out, max, 0) : 0;
    close(fd);
    *n = got > 0 ? (size_t)got : 0;
    return got > 0 ? 0 : ENOENT;
}

/* --- open files, for a second --- */

static struct store_file *of_node(struct hnode *n)
{
    return hmap_entry(n, struct store_file, by_path);
}

void store_close_fd(struct store *s, int fd)
{
    struct stat st;
    const struct job job = {.kind = JOB_CLOSE, .fd = fd, .fd2 = -1};
    const bool big =
        s->jobs != NULL && fstat(fd, &st) == 0 && st.st_nlink == 0 && st.st_size >= BIG;
    if (!big || s->jobs->submit(s->jobs, &job) == 0)
        close(fd);
}

int store_hold(int dir, const char *name)
{
    return openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static void release(struct ofile *of)
{
    struct store_file *f = (struct store_file *)(void *)of;
    if (f->of.fd >= 0)
        store_close_fd(f->store, f->of.fd);
    blk_unref(f->body);
    free(f->path);
    free(f);
}

void store_close(struct store_file *f)
{
    ofile_unref(&f->of);
}

static void uncache(struct store_file *f)
{
    if (!f->cached)
        return;
    f->cached = false;
    f->store->cached--;
    list_unlink(&f->link);
    hmap_del(&f->store->cache, &f->by_path);
    ofile_unref(&f->of);
}

void store_forget(struct store *s, const char *path)
{
    if (path == NULL) {
        list_each(n, &s->recent) uncache(list_entry(n, struct store_file, link));
        return;
    }
    struct hnode *n = hmap_get(&s->cache, path, strlen(path));
    if (n != NULL)
        uncache(of_node(n));
}

void store_tick(struct store *s)
{
    list_each(n, &s->recent)
    {
        struct store_file *f = list_entry(n, struct store_file, link);
        if (f->checked + KEEP_MS > s->clock->mono)
            return;
        uncache(f);
    }
}

static void cache(struct store *s, struct store_file *f)
{
    if (s->cached >= CACHED_MAX)
        uncache(list_entry(s->recent.next, struct store_file, link));
    if (hmap_put(&s->cache, &f->by_path, f->path, strlen(f->path)) < 0)
        return;
    f->cached = true;
    f->of.refs++;
    s->cached++;
    list_push(&s->recent, &f->link);
}

static bool same_file(const struct store_file *f, const struct stat *st)
{
    return f->dev == st->st_dev && f->ino == st->st_ino && f->size == (uint64_t)st->st_size &&
           clock_same(&f->mtime, &st->st_mtim);
}

/* A small file goes into memory, and its descriptor is given back. */
static int load_body(struct store_file *f)
{
    if (f->size > BODY_MAX)
        return 0;
    struct blk *b = blk_new(f->size);
    if (b == NULL)
        return ENOMEM;
    while (b->len < f->size) {
        const ssize_t n = pread(f->of.fd, b->data + b->len, f->size - b->len, b->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) { /* it became shorter: serve it from the descriptor, and see */
            const int err = n < 0 ? errno : 0;
            blk_unref(b);
            return err;
        }
        b->len += (uint32_t)n;
    }
    f->body = b;
    close(f->of.fd);
    f->of.fd = -1;
    return 0;
}

void store_etag(const struct stat *st, char out[ETAG_MAX])
{
    snprintf(out, ETAG_MAX, "\"%llx-%llx-%llx\"", (unsigned long long)st->st_ino,
             (unsigned long long)st->st_size,
             (unsigned long long)st->st_mtim.tv_sec * 1000000000u +
                 (unsigned long long)st->st_mtim.tv_nsec);
}

static void describe(struct store_file *f, const struct stat *st)
{
    f->dev = st->st_dev;
    f->ino = st->st_ino;
    f->size = (uint64_t)st->st_size;
    f->mtime = st->st_mtim;
    f->type = mime_type(f->path);
    f->compresses = mime_compresses(f->type);
    date_http(f->modified, st->st_mtime);
    store_etag(st, f->etag);
}

/* fd is ours to close on failure. */
static int new_file(struct store *s, const char *path, int fd, struct store_file **out)
{
    struct stat st;
    struct store_file *f = NULL;
    int err = fstat(fd, &st) < 0 ? errno : 0;
    if (err == 0 && !S_ISREG(st.st_mode))
        err = S_ISDIR(st.st_mode) ? EISDIR : ENOENT;
    if (err == 0 && (f = calloc(1, sizeof *f)) == NULL)
        err = ENOMEM;
    if (err != 0) {
        close(fd);
        return err;
    }
    f->of = (struct ofile){.fd = fd, .refs = 1, .release = release};
    f->store = s;
    list_init(&f->link);
    f->path = strdup(path);
    if (f->path == NULL) {
        release(&f->of);
        return ENOMEM;
    }
    describe(f, &st);
    f->checked = s->clock->mono;
    err = load_body(f);
    if (err != 0) {
        release(&f->of);
        return err;
    }
    *out = f;
    return 0;
}

/* The cached file, if it may still be believed. */
static struct store_file *cached(struct store *s, const char *path)
{
    struct hnode *n = hmap_get(&s->cache, path, strlen(path));
    if (n == NULL)
        return NULL;
    struct store_file *f = of_node(n);
    if (f->checked + FRESH_MS > s->clock->mono)
        return f;
    struct stat st;
    if (store_stat(s, path, &st) != 0 || !same_file(f, &st)) {
        uncache(f);
        return NULL;
    }
    f->checked = s->clock->mono;
    list_unlink(&f->link);
    list_push(&s->recent, &f->link);
    return f;
}

int store_open(struct store *s, const char *path, struct store_file **out)
{
    int fd;
    if (path_hidden(path))
        return ENOENT;
    struct store_file *f = cached(s, path);
    if (f != NULL) {
        f->of.refs++;
        *out = f;
        return 0;
    }
    int err = store_open_fd(s, path, &fd);
    if (err == 0)
        err = new_file(s, path, fd, &f);
    if (err != 0)
        return err;
    cache(s, f);
    *out = f;
    return 0;
}

/* --- changes --- */

int store_mkdir(struct store *s, const char *path)
{
    int dir;
    const char *name;
    int err = store_parent(s, path, &dir, &name);
    if (err != 0)
        return err == EISDIR ? EEXIST : err;
    err = mkdirat(dir, name, 0755) < 0 ? errno : 0;
    close(dir);
    return err;
}

static int remove_at(struct store *s, const char *path, int flags)
{
    int dir;
    const char *name;
    int err = store_parent(s, path, &dir, &name);
    if (err != 0)
        return err == EISDIR ? EBUSY : err;
    const int held = store_hold(dir, name);
    err = unlinkat(dir, name, flags) < 0 ? errno : 0;
    close(dir);
    store_forget(s, flags == 0 ? path : NULL);
    if (held >= 0)
        store_close_fd(s, held);
    return err;
}

int store_rmdir(struct store *s, const char *path)
{
    return remove_at(s, path, AT_REMOVEDIR);
}

int store_unlink(struct store *s, const char *path)
{
    return remove_at(s, path, 0);
}

int store_rename(struct store *s, const char *from, const char *to)
{
    int from_dir, to_dir;
    const char *from_name, *to_name;
    int err = store_parent(s, from, &from_dir, &from_name);
    if (err != 0)
        return err;
    err = store_parent(s, to, &to_dir, &to_name);
    int held = -1;
    if (err == 0) {
        held = store_hold(to_dir, to_name);
        err = renameat(from_dir, from_name, to_dir, to_name) < 0 ? errno : 0;
        close(to_dir);
    }
    close(from_dir);
    store_forget(s, NULL);
    if (held >= 0)
        store_close_fd(s, held);
    return err;
}

/* --- beginning and end --- */

int store_init(struct store *s, const char *root, bool create, const struct clock *clock,
               struct buf *why)
{
    *s = (struct store){.root = -1, .clock = clock};
    hmap_init(&s->cache);
    list_init(&s->recent);
    list_init(&s->uploads);
    if (create && mkdir(root, 0755) < 0 && errno != EEXIST) {
        buf_addf(why, "%s: cannot be made: %s", root, strerror(errno));
        return -1;
    }
    s->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->root < 0) {
        buf_addf(why, "%s: %s", root, strerror(errno));
        return -1;
    }
    int fd;
    const struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
    fd = (int)syscall(SYS_openat2, s->root, ".", &how, sizeof how);
    s->walk = fd < 0 && (errno == ENOSYS || errno == EPERM);
    if (fd >= 0)
        close(fd);
    return 0;
}

void store_free(struct store *s)
{
    if (s->root < 0)
        return;
    store_forget(s, NULL);
    hmap_free(&s->cache);
    close(s->root);
    s->root = -1;
}
