/* compress.h: a file in a content coding (base/coding.h). It takes its time: for the workers. */
#ifndef SYS_COMPRESS_H
#define SYS_COMPRESS_H

#include "base/coding.h"

#include <stdint.h>

/* Writes the first len bytes of `from` to the empty file `to` in the coding, gzip or zstd: the same
 * bytes for the same file, whenever. 0 or an errno; EFBIG when that would not save an eighth, EIO
 * when `from` has become shorter. */
int compress_file(int from, int to, uint64_t len, enum coding coding);

#endif
