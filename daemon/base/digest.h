/* digest.h: digests. To read a file whole takes its time: only a worker calls digest_file(), see
 * JOB_DIGEST in job.h. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/text.h"

/* Of those that RFC 9530 knows the later one is the better one. */
enum digest_kind {
    DIGEST_NONE,
    DIGEST_MD5,
    DIGEST_SHA1,
    DIGEST_SHA256,
    DIGEST_SHA512,
    DIGEST_CRC32, /* for FTP alone; the most significant byte first */
};

enum { DIGEST_MAX = 64 }; /* bytes of the longest */

struct digest {
    enum digest_kind kind; /* DIGEST_NONE: there is none */
    unsigned char bytes[DIGEST_MAX];
};

/* How many bytes one has. */
size_t digest_size(enum digest_kind kind);
/* "sha-256" and the like, as the registry for RFC 9530 has it. */
const char *digest_name(enum digest_kind kind);
/* The kind that RFC 9530 knows by that name, in whatever case; DIGEST_NONE when we know none. */
enum digest_kind digest_named(struct str name);
bool digest_equal(const struct digest *a, const unsigned char *bytes);
/* Digests p[0..n). 0 or an errno. */
int digest_bytes(enum digest_kind kind, const void *p, size_t n, unsigned char out[DIGEST_MAX]);
/* Digests fd from `from` on, len bytes; UINT64_MAX: up to its end. 0 or an errno; EIO when the file
 * is shorter. wanted (may be NULL) is asked every now and then whether to go on; ECANCELED when
 * not.
 */
int digest_file(enum digest_kind kind, int fd, uint64_t from, uint64_t len,
                unsigned char out[DIGEST_MAX], bool (*wanted)(void *arg), void *arg);

#endif
