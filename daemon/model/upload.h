/* upload.h: a file on its way in. Nobody sees it, by any door, before upload_finish() has made it
 * visible whole; a crash, an abort or a full disk leave nothing. Functions return 0 or an errno. */
#ifndef MODEL_UPLOAD_H
#define MODEL_UPLOAD_H

#include "model/account.h"
#include "model/store.h"

enum upload_mode {
    UPLOAD_NEW,     /* there must be no file of that name, neither now nor at the end: EEXIST */
    UPLOAD_REPLACE, /* it takes the place of one at the end, at once */
};

#define UPLOAD_KEEP_ALL UINT64_MAX

struct upload;
/* err is 0 or an errno. */
typedef void upload_fn(void *arg, int err);

struct upload_wish {
    const char *path;
    enum upload_mode mode;
    uint64_t keep;           /* so many bytes of the file that is there now come first (REST) */
    const char *copy_of;     /* instead: all bytes of the file at this path come first; or NULL */
    upload_fn *ready, *done; /* called with arg; ready may be NULL when nothing is kept */
    void *arg;
    uint64_t expected;   /* bytes in all, for the quota; 0 = not known */
    struct quota *quota; /* that its bytes count against, and that outlives it; NULL = none */
    uint64_t credit;     /* the size of the file that it replaces, if that counts there, too */
    bool locks_held;     /* for serve_upload_begin(): no lock that path has keeps him out */
};

/* Begins a file. When `keep` takes a copy (UPLOAD_KEEP_ALL, for APPE: of all; a file that is
 * missing is an empty one then), or `copy_of` does, and there is something to copy, ready() is
 * called later and upload_ready() is false until then; write nothing before. If ready() gets an
 * error, upload_abort() is all that is left to do. EDQUOT when the bytes that are kept, or
 * expected, are more than the quota has left. */
int upload_begin(struct store *s, const struct upload_wish *wish, struct upload **up);
/* What is at path (NULL: anywhere) has changed: asks anew, for each upload to it that counts
 * against a quota, what its credit is. */
typedef uint64_t upload_credit_fn(void *arg, struct quota *q, const char *path);
void uploads_recredit(struct store *s, const char *path, upload_credit_fn *fn, void *arg);
/* Is any under way to path or, with below, to something beneath it? */
bool uploads_under_way(const struct store *s, const char *path, bool below);
bool upload_ready(const struct upload *up);
/* EDQUOT: the quota is used up; nothing was written. */
int upload_write(struct upload *up, const void *p, size_t n);
uint64_t upload_size(const struct upload *up);
const char *upload_path(const struct upload *up);
/* All bytes are there: makes the file safe on the disk, if the store is to, and visible, and then
 * calls done(), perhaps before it returns. The upload is gone behind that call. */
void upload_finish(struct upload *up);
/* Is the file visible? Then nothing takes it back: upload_abort() only ends the wait for the folder
 * to be safe, too. */
bool upload_visible(const struct upload *up);
/* Drops it. At any time before done(), even while upload_finish() works; done() is not called. */
void upload_abort(struct upload *up);

#endif
