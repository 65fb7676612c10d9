#include "model/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <unistd.h>

int attr_look_at(int dir, const char *name, struct stat *st, int64_t *born)
{
    struct statx x;
    const int flags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
    if (statx(dir, name, flags, STATX_BASIC_STATS | STATX_BTIME, &x) < 0)
        return errno;
    *st = (struct stat){
        .st_dev = makedev(x.stx_dev_major, x.stx_dev_minor),
        .st_ino = x.stx_ino,
        .st_mode = x.stx_mode,
        .st_nlink = x.stx_nlink,
        .st_size = (off_t)x.stx_size,
        .st_mtim = {.tv_sec = x.stx_mtime.tv_sec, .tv_nsec = x.stx_mtime.tv_nsec},
    };
    *born = x.stx_mask & STATX_BTIME ? x.stx_btime.tv_sec : ATTR_NO_BIRTH;
    return 0;
}

int attr_look(struct store *s, const char *path, struct stat *st, int64_t *born)
{
    int fd;
    int err = store_open_path(s, path, &fd);
    if (err != 0)
        return err;
    err = attr_look_at(fd, "", st, born);
    close(fd);
    return err;
}

/* A file or folder, opened to change it; other things are not there. */
static int open_to_change(struct store *s, const char *path, int *fd)
{
    struct stat st;
    int err = store_open_path(s, path, fd);
    if (err != 0)
        return err;
    err = fstat(*fd, &st) < 0 ? errno : 0;
    if (err == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        err = ENOENT;
    if (err != 0)
        close(*fd);
    return err;
}

/* Where the descriptor is for system calls that take no O_PATH: even a file that may not be read
 * can get its mode back. */
static void name_of(int fd, char out[40])
{
    snprintf(out, 40, "/proc/self/fd/%d", fd);
}

/* What came of changing it: 0 or an errno. */
static int changed(struct store *s, const char *path, int fd, int result)
{
    const int err = result < 0 ? errno : 0;
    close(fd);
    store_forget(s, path);
    return err;
}

int attr_set_modified(struct store *s, const char *path, struct timespec modified)
{
    char name[40];
    int fd;
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, modified};
    const int err = open_to_change(s, path, &fd);
    if (err != 0)
        return err;
    name_of(fd, name);
    return changed(s, path, fd, utimensat(AT_FDCWD, name, times, 0));
}

int attr_set_mode(struct store *s, const char *path, mode_t mode)
{
    char name[40];
    int fd;
    const int err = open_to_change(s, path, &fd);
    if (err != 0)
        return err;
    name_of(fd, name);
    return changed(s, path, fd, chmod(name, mode & ATTR_MODE_MASK));
}
