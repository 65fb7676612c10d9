/* archive_write.h: the records of TAR and ZIP files, for archive.c. */
#ifndef MODEL_ARCHIVE_WRITE_H
#define MODEL_ARCHIVE_WRITE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* A file or folder of an archive; a folder's name ends in a slash. */
struct archive_member {
    const char *name;
    time_t modified;
    uint64_t size;   /* 0 for a folder */
    bool wide;       /* ZIP: its sizes may need more than 32 bits; zip_header() says so */
    uint64_t packed; /* ZIP: bytes that its content takes there */
    uint64_t offset; /* ZIP: where it begins */
    uint32_t crc;
};

/* The header; the content follows, and then tar_pad() of its size. */
void tar_header(struct buf *out, const struct archive_member *m);
void tar_pad(struct buf *out, uint64_t size);
void tar_end(struct buf *out);

/* The header before a member; content and zip_behind() follow for a file. */
void zip_header(struct buf *out, struct archive_member *m);
/* A piece of its content, as deflate has it that is stored: at most ZIP_BLOCK bytes; last when the
 * member ends here. */
enum { ZIP_BLOCK = 65535 };
void zip_block(struct buf *out, const void *p, size_t n, bool last);
/* What was not known before: checksum and sizes. */
void zip_behind(struct buf *out, const struct archive_member *m);
/* The member's entry in the directory at the end. */
void zip_entry(struct buf *directory, const struct archive_member *m);
/* The end of an archive whose directory has so many entries and bytes, and begins at offset. */
void zip_end(struct buf *out, uint64_t entries, uint64_t bytes, uint64_t offset);

#endif
