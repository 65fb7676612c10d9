/* upload.h: a file on its way in. Nobody sees it, by any door, before upload_finish() has made it
 * visible whole; an abort or a full disk leave nothing. What breaks off may stay as a partial, for
 * its owner to go on with. Functions return 0 or an errno. */
#ifndef MODEL_UPLOAD_H
#define MODEL_UPLOAD_H

#include "model/partial.h"

enum upload_mode {
    UPLOAD_NEW,     /* there must be no file of that name, neither now nor at the end: EEXIST */
    UPLOAD_REPLACE, /* it takes the place of one at the end, at once */
};

#define UPLOAD_KEEP_ALL UINT64_MAX

struct upload;
/* err is 0 or an errno. done() gets ECANCELED, at any time, when somebody else goes on with what
 * has come: see upload_stop(); EBADMSG when a digest is another: see upload_check(). */
typedef void upload_fn(void *arg, int err);

struct upload_wish {
    const char *path;
    enum upload_mode mode;
    uint64_t keep;           /* so many bytes of the file that is there now come first (REST), or
                                of what `resume` has */
    const char *copy_of;     /* instead: all bytes of the file at this path come first; or NULL */
    upload_fn *ready, *done; /* called with arg; ready may be NULL when nothing is kept */
    void *arg;
    uint64_t expected;   /* bytes in all, for the quota; 0 = not known */
    struct quota *quota; /* that its bytes count against, and that outlives it; NULL = none */
    uint64_t credit;     /* the size of the file that it replaces, if that counts there, too */
    bool locks_held;     /* for serve_upload_begin(): no lock that path has keeps him out */
    /* Whose partial it becomes, should it break off; NULL: nothing stays. One from the start takes
     * the place of earlier ones of the owner's for that path. */
    const struct partial_owner *owner;
    uint64_t length;        /* what that has to say: of the whole file; 0 = not known */
    struct digest digest;   /* the same */
    bool told;              /* it is one from the start, and the client is told of it; or ENOTSUP */
    struct partial *resume; /* goes on with this one, which nobody uses: path is its path; of its
                               bytes so many as `keep` says come first, and the others go */
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
/* An account goes: of its uploads that are under way nothing stays, whenever and however they break
 * off. */
void uploads_forget(struct store *s, int64_t account);
/* Is any under way to path or, with below, to something beneath it? */
bool uploads_under_way(const struct store *s, const char *path, bool below);
bool upload_ready(const struct upload *up);
/* EDQUOT: the quota is used up; nothing was written. */
int upload_write(struct upload *up, const void *p, size_t n);
/* The same for n bytes that wait in a pipe, some of which may be left there when it fails. */
int upload_splice(struct upload *up, int pipe, size_t n);
/* How many bytes have come, the kept ones with them. */
uint64_t upload_size(const struct upload *up);
const char *upload_path(const struct upload *up);
/* What it is kept as; NULL when it is not (yet). */
struct partial *upload_partial(const struct upload *up);
/* Before the end: the bytes from `from` on must have this digest. A part that has another, behind
 * bytes that were there before (from > 0), is taken back; what is there from the start is dropped.
 * At most UPLOAD_CHECKS; what is more is of no account. */
enum { UPLOAD_CHECKS = 3 };
void upload_check(struct upload *up, const struct digest *d, uint64_t from);
/* All bytes are there: makes the file safe on the disk, if the store is to, and visible, and then
 * calls done(), perhaps before it returns. The upload is gone behind that call. */
void upload_finish(struct upload *up);
/* A part of the file is there: checks it, and keeps it as the partial that the upload is by now;
 * then calls done(). */
void upload_park(struct upload *up);
/* Is the file visible? Then nothing takes it back: upload_abort() only ends the wait for the folder
 * to be safe, too. */
bool upload_visible(const struct upload *up);
/* Drops it. At any time before done(), even while upload_finish() works; done() is not called. */
void upload_abort(struct upload *up);
/* The same, but what has come stays as a partial, where there may be one. */
void upload_leave(struct upload *up);
/* The upload that goes on with p, if there is one, breaks off: its done() gets ECANCELED. p is in
 * nobody's use behind it; false when it is too late, or p is gone. */
bool upload_stop(struct partial *p);

#endif
