#include "model/archive_write.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static bool is_folder(const struct archive_member *m)
{
    return m->name[strlen(m->name) - 1] == '/';
}

/* --- TAR (POSIX.1-2017, pax) --- */

enum {
    TAR_BLOCK = 512,
    TAR_NAME_MAX = 100,
};
static const uint64_t TAR_SIZE_MAX = 077777777777;

struct tar_block {
    char name[TAR_NAME_MAX], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
    char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct tar_block) == TAR_BLOCK, "a block has 512 bytes");

static void tar_block(struct buf *out, const char *name, char type, uint64_t size, time_t modified)
{
    struct tar_block b = {.type = type, .magic = "ustar", .version = {'0', '0'}};
    const size_t n = strlen(name);
    unsigned sum = 0;
    const uint64_t when = modified > 0 ? (uint64_t)modified & TAR_SIZE_MAX : 0;
    memcpy(b.name, name, n < TAR_NAME_MAX ? n : TAR_NAME_MAX);
    snprintf(b.mode, sizeof b.mode, "%07o", type == '5' ? 0755u : 0644u);
    snprintf(b.uid, sizeof b.uid, "%07o", 0u);
    snprintf(b.gid, sizeof b.gid, "%07o", 0u);
    snprintf(b.size, sizeof b.size, "%011llo",
             (unsigned long long)(size <= TAR_SIZE_MAX ? size : 0));
    snprintf(b.mtime, sizeof b.mtime, "%011llo", (unsigned long long)when);
    memset(b.sum, ' ', sizeof b.sum);
    for (size_t i = 0; i < sizeof b; i++)
        sum += ((const unsigned char *)&b)[i];
    snprintf(b.sum, sizeof b.sum, "%06o", sum);
    buf_add(out, &b, sizeof b);
}

/* "27 path=...\n": the number counts itself, too. */
static void pax_record(struct buf *out, const char *key, const char *value)
{
    char digits[24];
    const size_t fixed = strlen(key) + strlen(value) + 3;
    size_t n = fixed + 1, before = 0;
    while (n != before) {
        before = n;
        n = fixed + (size_t)snprintf(digits, sizeof digits, "%zu", n);
    }
    buf_addf(out, "%zu %s=%s\n", n, key, value);
}

static bool is_ascii(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

void tar_header(struct buf *out, const struct archive_member *m)
{
    struct buf pax = {0};
    char size[24];
    if (strlen(m->name) > TAR_NAME_MAX || !is_ascii(m->name))
        pax_record(&pax, "path", m->name);
    if (m->size > TAR_SIZE_MAX) {
        snprintf(size, sizeof size, "%llu", (unsigned long long)m->size);
        pax_record(&pax, "size", size);
    }
    if (pax.len > 0) {
        tar_block(out, "pax", 'x', pax.len, m->modified);
        buf_add(out, buf_data(&pax), pax.len);
        tar_pad(out, pax.len);
    }
    if (pax.failed)
        out->failed = true;
    buf_free(&pax);
    tar_block(out, m->name, is_folder(m) ? '5' : '0', m->size, m->modified);
}

void tar_pad(struct buf *out, uint64_t size)
{
    static const char zeros[TAR_BLOCK];
    buf_add(out, zeros, (size_t)(-size % TAR_BLOCK));
}

void tar_end(struct buf *out)
{
    static const char zeros[2 * TAR_BLOCK];
    buf_add(out, zeros, sizeof zeros);
}

/* --- ZIP (APPNOTE 6.3) --- */

enum {
    ZIP_STREAMED = 1 << 3, /* sizes and checksum follow */
    ZIP_UTF8 = 1 << 11,
    ZIP_STORED = 0,
    ZIP_DEFLATED = 8,
    ZIP_PLAIN = 20, /* the version that is needed: 2.0 */
    ZIP_64 = 45,
    ZIP_UNIX = 3 << 8,
};

static void add16(struct buf *b, unsigned v)
{
    const unsigned char p[] = {v & 0xff, v >> 8 & 0xff};
    buf_add(b, p, sizeof p);
}

static void add32(struct buf *b, uint32_t v)
{
    add16(b, v & 0xffff);
    add16(b, v >> 16);
}

static void add64(struct buf *b, uint64_t v)
{
    add32(b, (uint32_t)v);
    add32(b, (uint32_t)(v >> 32));
}

static unsigned flags_of(const struct archive_member *m)
{
    return (is_folder(m) ? 0u : (unsigned)ZIP_STREAMED) |
           (utf8_valid(m->name, strlen(m->name)) ? (unsigned)ZIP_UTF8 : 0u);
}

/* Version, flags, method, time: the same before the member and in the directory. */
static void zip_common(struct buf *out, const struct archive_member *m, bool big)
{
    struct tm tm = {0};
    gmtime_r(&m->modified, &tm);
    const bool old = tm.tm_year < 80; /* 1980 is the first year */
    add16(out, big ? ZIP_64 : ZIP_PLAIN);
    add16(out, flags_of(m));
    add16(out, is_folder(m) ? ZIP_STORED : ZIP_DEFLATED);
    add16(out,
          old ? 0
              : (unsigned)tm.tm_hour << 11 | (unsigned)tm.tm_min << 5 | (unsigned)tm.tm_sec / 2);
    add16(out, old ? 1u << 5 | 1
                   : (unsigned)(tm.tm_year - 80) << 9 | (unsigned)(tm.tm_mon + 1) << 5 |
                         (unsigned)tm.tm_mday);
}

/* The time to the second, in UTC. */
static void zip_time(struct buf *out, const struct archive_member *m)
{
    add16(out, 0x5455);
    add16(out, 5);
    buf_addc(out, 1);
    add32(out, (uint32_t)m->modified);
}
enum { ZIP_TIME = 9 };

void zip_header(struct buf *out, struct archive_member *m)
{
    const size_t n = strlen(m->name);
    const bool big = m->size > UINT32_MAX - (1u << 24); /* what packing adds is little */
    m->wide = big;
    add32(out, 0x04034b50);
    zip_common(out, m, big);
    add32(out, 0);
    add32(out, big ? UINT32_MAX : 0);
    add32(out, big ? UINT32_MAX : 0);
    add16(out, (unsigned)n);
    add16(out, ZIP_TIME + (big ? 20 : 0));
    buf_add(out, m->name, n);
    zip_time(out, m);
    if (big) {
        add16(out, 1);
        add16(out, 16);
        add64(out, 0);
        add64(out, 0);
    }
}

void zip_block(struct buf *out, const void *p, size_t n, bool last)
{
    buf_addc(out, last);
    add16(out, (unsigned)n);
    add16(out, ~(unsigned)n & 0xffff);
    buf_add(out, p, n);
}

void zip_behind(struct buf *out, const struct archive_member *m)
{
    add32(out, 0x08074b50);
    add32(out, m->crc);
    if (m->wide) {
        add64(out, m->packed);
        add64(out, m->size);
    } else {
        add32(out, (uint32_t)m->packed);
        add32(out, (uint32_t)m->size);
    }
}

void zip_entry(struct buf *directory, const struct archive_member *m)
{
    const size_t n = strlen(m->name);
    const bool big = m->wide, far = m->offset >= UINT32_MAX;
    const unsigned wide = (big ? 16u : 0u) + (far ? 8u : 0u);
    add32(directory, 0x02014b50);
    add16(directory, ZIP_UNIX | ZIP_64);
    zip_common(directory, m, wide > 0);
    add32(directory, m->crc);
    add32(directory, big ? UINT32_MAX : (uint32_t)m->packed);
    add32(directory, big ? UINT32_MAX : (uint32_t)m->size);
    add16(directory, (unsigned)n);
    add16(directory, ZIP_TIME + (wide > 0 ? 4 + wide : 0));
    add16(directory, 0); /* comment */
    add16(directory, 0); /* disk */
    add16(directory, 0);
    add32(directory, is_folder(m) ? 040755u << 16 | 0x10 : 0100644u << 16);
    add32(directory, far ? UINT32_MAX : (uint32_t)m->offset);
    buf_add(directory, m->name, n);
    zip_time(directory, m);
    if (wide > 0) {
        add16(directory, 1);
        add16(directory, wide);
    }
    if (big) {
        add64(directory, m->size);
        add64(directory, m->packed);
    }
    if (far)
        add64(directory, m->offset);
}

void zip_end(struct buf *out, uint64_t entries, uint64_t bytes, uint64_t offset)
{
    const bool wide = entries >= 0xffff || offset >= UINT32_MAX || bytes >= UINT32_MAX;
    if (wide) {
        add32(out, 0x06064b50);
        add64(out, 44);
        add16(out, ZIP_UNIX | ZIP_64);
        add16(out, ZIP_64);
        add32(out, 0);
        add32(out, 0);
        add64(out, entries);
        add64(out, entries);
        add64(out, bytes);
        add64(out, offset);
        add32(out, 0x07064b50); /* where that record is */
        add32(out, 0);
        add64(out, offset + bytes);
        add32(out, 1);
    }
    add32(out, 0x06054b50);
    add32(out, 0);
    add16(out, wide ? 0xffff : (unsigned)entries);
    add16(out, wide ? 0xffff : (unsigned)entries);
    add32(out, wide ? UINT32_MAX : (uint32_t)bytes);
    add32(out, wide ? UINT32_MAX : (uint32_t)offset);
    add16(out, 0);
}
