#include "sys/pidfile.h"

#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    KILL_WAIT_MS = 3000,
    TRIES = 50, /* of 10 ms, for a holder that has not written its number yet */
};

static void complain(struct buf *why, const char *path, const char *reason)
{
    buf_addf(why, "pidfile %s: %s", path, reason);
}

static int open_regular(const char *path, int flags, struct buf *why)
{
    struct stat st;
    const int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0644);
    if (fd < 0) {
        complain(why, path, errno == ELOOP ? "is a symbolic link" : strerror(errno));
        return -1;
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        complain(why, path, "is not a regular file");
        close(fd);
        return -1;
    }
    return fd;
}

/* The number in the file, or 0. */
static pid_t read_pid(int fd)
{
    char text[24];
    uint64_t pid;
    const ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n <= 1 || text[n - 1] != '\n' ||
        !text_number((struct str){text, (size_t)n - 1}, 1 << 30, &pid))
        return 0;
    return (pid_t)pid;
}

/* The number, once it is there: the holder writes it right after it has locked the file. */
static pid_t wait_pid(int fd)
{
    pid_t pid = read_pid(fd);
    for (int i = 0; pid == 0 && i < TRIES; i++) {
        poll(NULL, 0, 10);
        pid = read_pid(fd);
    }
    return pid;
}

/* Is the open file still what path names? It is not when its owner has removed it meanwhile. */
static bool still_there(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* --- who has it --- */

/* Does /proc/locks name pid as a holder of a flock on this file? */
static bool in_lock_list(const struct stat *st, pid_t pid)
{
    FILE *f = fopen("/proc/locks", "re");
    char line[256], kind[16], device[64];
    bool found = false;
    while (f != NULL && !found && fgets(line, sizeof line, f) != NULL) {
        int holder = 0;
        if (sscanf(line, "%*s %15s %*s %*s %d %63s", kind, &holder, device) != 3)
            continue;
        const char *inode = strrchr(device, ':');
        found = strcmp(kind, "FLOCK") == 0 && holder == (int)pid && inode != NULL &&
                strtoull(inode + 1, NULL, 10) == (unsigned long long)st->st_ino;
    }
    if (f != NULL)
        fclose(f);
    return found;
}

/* Has pid this file open? (For file systems whose inode numbers differ in /proc/locks.) */
static bool has_open(const struct stat *st, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *d = opendir(path);
    bool found = false;
    for (struct dirent *e = NULL; d != NULL && !found && (e = readdir(d)) != NULL;) {
        struct stat other;
        found = fstatat(dirfd(d), e->d_name, &other, 0) == 0 && other.st_dev == st->st_dev &&
                other.st_ino == st->st_ino;
    }
    if (d != NULL)
        closedir(d);
    return found;
}

static bool holds(const struct stat *st, pid_t pid)
{
    return in_lock_list(st, pid) || has_open(st, pid);
}

/* The pid in the locked file fd, if that process is the one that locked it; else -1. */
static pid_t proven_holder(int fd, const char *path, struct buf *why)
{
    struct stat st;
    const pid_t pid = wait_pid(fd);
    if (pid > 0 && fstat(fd, &st) == 0 && holds(&st, pid))
        return pid;
    complain(why, path, "is locked, but not by the process whose number is in it");
    return -1;
}

/* --- our own --- */

/* A moment's shared lock of somebody who looks is waited for; one of a daemon is not. */
static bool take_lock(int fd)
{
    struct stat st;
    for (int i = 0; i < TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        const pid_t pid = read_pid(fd);
        if (pid > 0 && fstat(fd, &st) == 0 && holds(&st, pid))
            return false;
        poll(NULL, 0, 10);
    }
    return false;
}

int pidfile_take(const char *path, struct buf *why)
{
    for (;;) {
        const int fd = open_regular(path, O_RDWR | O_CREAT, why);
        if (fd < 0)
            return -1;
        if (!take_lock(fd)) {
            struct buf reason = {0};
            const pid_t pid = proven_holder(fd, path, &reason);
            if (pid > 0)
                buf_addf(why, "already running as pid %d", (int)pid);
            else
                buf_adds(why, buf_str(&reason));
            buf_free(&reason);
            close(fd);
            return -1;
        }
        if (!still_there(fd, path)) {
            close(fd);
            continue;
        }
        char text[24];
        const int n = snprintf(text, sizeof text, "%d\n", (int)getpid());
        if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n)
            return fd;
        complain(why, path, strerror(errno));
        close(fd);
        return -1;
    }
}

void pidfile_drop(int fd, const char *path)
{
    if (still_there(fd, path) && unlink(path) < 0)
        (void)!ftruncate(fd, 0);
    close(fd);
}

/* --- looking at another process --- */

/* Opens the pidfile to look at it. -1 with *gone when there is none: nobody runs. */
static int open_to_look(const char *path, bool *gone, struct buf *why)
{
    struct stat st;
    *gone = lstat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR);
    return *gone ? -1 : open_regular(path, O_RDONLY, why);
}

static bool locked(int fd)
{
    if (flock(fd, LOCK_SH | LOCK_NB) < 0)
        return true;
    flock(fd, LOCK_UN);
    return false;
}

pid_t pidfile_holder(const char *path, struct buf *why)
{
    bool gone;
    const int fd = open_to_look(path, &gone, why);
    if (fd < 0)
        return gone ? 0 : -1;
    const pid_t pid = locked(fd) ? proven_holder(fd, path, why) : 0;
    close(fd);
    return pid;
}

/* Waits for the end of the process, as its pidfd tells. */
static bool ended(int pidfd, int timeout_ms)
{
    struct pollfd p = {.fd = pidfd, .events = POLLIN};
    return poll(&p, 1, timeout_ms) == 1;
}

int pidfile_stop(const char *path, int timeout_ms, struct buf *why)
{
    bool gone;
    int result = -1, pidfd = -1;
    const int fd = open_to_look(path, &gone, why);
    if (fd < 0)
        return gone ? 0 : -1;
    if (!locked(fd)) {
        close(fd);
        return 0;
    }
    const pid_t pid = proven_holder(fd, path, why);
    if (pid < 0)
        goto out;
    /* From here on pidfd is that process and no other; so ask about the lock once more. */
    pidfd = pidfd_open(pid, 0);
    if (pidfd < 0 || !locked(fd) || read_pid(fd) != pid) {
        result = locked(fd) ? -1 : 0;
        if (result < 0)
            buf_addf(why, "pid %d: %s", (int)pid, strerror(errno));
        goto out;
    }
    if (pidfd_send_signal(pidfd, SIGTERM, NULL, 0) < 0) {
        buf_addf(why, "cannot stop pid %d: %s", (int)pid, strerror(errno));
        goto out;
    }
    if (!ended(pidfd, timeout_ms) &&
        (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 || !ended(pidfd, KILL_WAIT_MS))) {
        buf_addf(why, "pid %d does not end", (int)pid);
        goto out;
    }
    result = 0;
out:
    if (pidfd >= 0)
        close(pidfd);
    close(fd);
    return result;
}
