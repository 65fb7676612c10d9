/* compress.h: a file in a content coding (base/coding.h), which takes its time: for the workers;
 * and streams, a little at a time, for the loop. */
#ifndef SYS_COMPRESS_H
#define SYS_COMPRESS_H

#include "base/coding.h"
#include "base/text.h"

#include <stdint.h>

/* Writes the first len bytes of `from` to the empty file `to` in the coding, gzip or zstd: the same
 * bytes for the same file, whenever. 0 or an errno; EFBIG when that would not save an eighth, EIO
 * when `from` has become shorter. */
int compress_file(int from, int to, uint64_t len, enum coding coding);

/* Bytes on their way into a zlib stream (RFC 1950), or out of one. */
struct zpipe;

/* Makes a stream, at level 1 (fast) to 9 (small); NULL when memory is out. Whatever the level and
 * the bytes, 8 KiB take a few milliseconds at most. */
struct zpipe *zpipe_deflate(unsigned level);
/* Reads one. */
struct zpipe *zpipe_inflate(void);
void zpipe_free(struct zpipe *z); /* NULL is fine */
/* Takes bytes off the front of *in and puts at most *n into out; *n is how many then. As long as
 * all of the room was used there may be more to come, even when *in is empty. last: nothing follows
 * *in. 0; EPROTO: that is no zlib stream, or something follows its end; ENOMEM. */
int zpipe_move(struct zpipe *z, struct str *in, bool last, void *out, size_t *n);
/* Was all of the stream read, or made? */
bool zpipe_ended(const struct zpipe *z);

#endif
