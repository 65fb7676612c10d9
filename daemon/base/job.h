/* job.h: work that would hold the loop, handed to somebody who may take his time. sys/workers does
 * it in other processes; model knows this interface only. */
#ifndef BASE_JOB_H
#define BASE_JOB_H

#include "base/coding.h"
#include "base/digest.h"

#include <stdint.h>

enum job_kind {
    JOB_SYNC,   /* fsync(fd) */
    JOB_COPY,   /* the first len bytes of fd to the start of fd2 */
    JOB_CLOSE,  /* close(fd), which is the runner's then: the last one frees a big file's blocks */
    JOB_DIGEST, /* that of fd, of len bytes from `from` on (UINT64_MAX: to its end), into answer */
    JOB_HTML,   /* the Markdown in fd becomes HTML, in its place; E2BIG when that is too long */
    /* The first len bytes of fd, in a content coding, to the empty fd2; EFBIG when that is
     * not worth it. Waits behind the other kinds: somebody can do without. */
    JOB_COMPRESS,
    /* Is it the password of that hash? EACCES when not; when it is, its verifier is made, too, if
     * somebody wants it. Waits behind the other kinds. */
    JOB_VERIFY,
    JOB_HASH, /* the password's hash goes to `made`, and its verifier. Waits with JOB_VERIFY */
};

/* err is 0 or an errno. Called from the loop, never from within submit. */
typedef void job_done_fn(void *arg, int err);

struct job {
    enum job_kind kind;
    int fd, fd2; /* stay the caller's; open until done or cancelled. -1 when unused */
    uint64_t from, len;
    enum coding coding;      /* JOB_COMPRESS */
    enum digest_kind digest; /* JOB_DIGEST */
    unsigned char *answer;   /* JOB_DIGEST: DIGEST_MAX bytes of the caller's, there until done or
                                cancelled */
    const char *password;    /* JOB_VERIFY, JOB_HASH; copied, and the copy wiped */
    const char *hash;        /* JOB_VERIFY; copied */
    char *made;     /* JOB_HASH: HASH_MAX bytes of the caller's, there until done or cancelled */
    char *verifier; /* JOB_VERIFY, JOB_HASH: VERIFIER_MAX such; NULL: there is no need. "" when it
                       could not be made */
    job_done_fn *done; /* may be NULL */
    void *arg;
};

struct job_runner {
    /* A ticket > 0, or 0 when too much waits already. */
    uint64_t (*submit)(struct job_runner *r, const struct job *job);
    /* done will not be called any more, though the job may still run. */
    void (*cancel)(struct job_runner *r, uint64_t ticket);
};

#endif
