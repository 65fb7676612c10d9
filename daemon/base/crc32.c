#include "base/crc32.h"

#include <zlib.h>

uint32_t crc32_add(uint32_t crc, const void *p, size_t n)
{
    return (uint32_t)crc32_z(crc, p, n);
}
