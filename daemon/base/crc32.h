/* crc32.h: the checksum of ZIP, gzip and FTP's XCRC. */
#ifndef BASE_CRC32_H
#define BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* That of what came before (0 at first) and p[0..n). */
uint32_t crc32_add(uint32_t crc, const void *p, size_t n);

#endif
