/* store.h: a tree of files beneath one root descriptor. Paths are virtual (base/path.h): "/" is the
 * root, and nothing outside it can be named, whatever links lie within. Names that begin with a dot
 * are not there. Functions return 0 or an errno; a way out of the root is ENOENT. */
#ifndef MODEL_STORE_H
#define MODEL_STORE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/hmap.h"
#include "base/job.h"
#include "base/list.h"
#include "base/outq.h"
#include "base/path.h"

#include <sys/stat.h>

enum { ETAG_MAX = 56 }; /* of an entity tag with its quotes and its NUL */

struct store {
    int root;
    bool walk; /* the kernel lacks openat2(): walk, and follow no link at all */
    const struct clock *clock;
    struct job_runner *jobs;   /* for uploads */
    struct partials *partials; /* NULL: of uploads that break off nothing stays */
    bool sync;                 /* an upload is acknowledged only once it is on the disk */
    struct hmap cache;
    struct list recent; /* cached files, the oldest first */
    size_t cached;
    struct list uploads; /* those that are not done */
    uint64_t serial;     /* of temporary names */
};

/* An open regular file. Several may hold it; what it says of itself is as old as a second at most.
 */
struct store_file {
    struct ofile of; /* of.fd is open for reading; -1 when body is set */
    struct hnode by_path;
    struct list link; /* in store->recent */
    struct store *store;
    bool cached;
    char *path;
    dev_t dev;
    ino_t ino;
    uint64_t size;
    struct timespec mtime;
    int64_t checked;     /* monotonic ms */
    struct blk *body;    /* the content of a small file */
    char etag[ETAG_MAX]; /* with its quotes */
    char modified[40];   /* as an HTTP date */
    const char *type;    /* see mime.h */
    bool compresses;     /* so does its content, by its type */
    /* See neighbour.h. */
    unsigned neighbours;
    int64_t neighbours_until;
};

/* Opens the root. create: make it, when it is missing. -1 with the reason in why. */
int store_init(struct store *s, const char *root, bool create, const struct clock *clock,
               struct buf *why);
void store_free(struct store *s);
/* Closes cached files that nobody asked for lately. Call about once a second. */
void store_tick(struct store *s);

/* *f gets a reference: store_close() it. EISDIR for a folder, ENOENT for what is no regular file.
 */
int store_open(struct store *s, const char *path, struct store_file **f);
void store_close(struct store_file *f);
/* Reads at most n bytes from `from` into p: how many, 0 behind the end, -1 with errno. */
ssize_t store_read(const struct store_file *f, uint64_t from, void *p, size_t n);
int store_stat(struct store *s, const char *path, struct stat *st);
/* The path of the same thing without links on the way; path itself where the system cannot say. */
int store_real(struct store *s, const char *path, char out[PATH_BYTES_MAX]);
/* The entity tag of a file that looks so, with its quotes. */
void store_etag(const struct stat *st, char out[ETAG_MAX]);
/* A descriptor of the file for reading, of its own; what is no file opens, too. */
int store_open_fd(struct store *s, const char *path, int *fd);
/* One that opens nothing (O_PATH), of whatever it is: a file that may not be read, too. */
int store_open_path(struct store *s, const char *path, int *fd);
/* A descriptor of the folder for reading. */
int store_open_dir(struct store *s, const char *path, int *fd);

/* How many bytes the disk that the folder is on has free. */
int store_space(struct store *s, const char *folder, uint64_t *bytes);
/* The first bytes, at most max, of the file .message in the folder: *n of them. It is there for
 * those alone who are shown it, and no link. */
int store_message(struct store *s, const char *folder, char *out, size_t max, size_t *n);

int store_mkdir(struct store *s, const char *path);
int store_rmdir(struct store *s, const char *path);
/* A file; EISDIR for a folder. */
int store_unlink(struct store *s, const char *path);
/* A file of that name is replaced. */
int store_rename(struct store *s, const char *from, const char *to);

/* For upload.c: the folder that holds path, as a descriptor, and path's last component. */
int store_parent(struct store *s, const char *path, int *dir, const char **name);
/* Forgets what is cached of path; of everything, when path is NULL. */
void store_forget(struct store *s, const char *path);
/* A descriptor that keeps the file of that name (or -1), so that it is not freed where the name
 * goes: the kernel takes long for a big one. End with store_close_fd(). */
int store_hold(int dir, const char *name);
/* Closes fd; by a worker, when that frees a big file. */
void store_close_fd(struct store *s, int fd);

#endif
