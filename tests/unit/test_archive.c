/* test_archive.c: model/archive: what a TAR and a ZIP hold, byte for byte where it counts. */
#include "base/crc32.h"
#include "model/archive.h"
#include "model/archive_write.h"
#include "with_store.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static bool may_all(void *arg, const char *path)
{
    return arg == NULL || strstr(path, arg) == NULL;
}

/* The whole archive; file spans are read in. */
static enum archive_result read_all(const char *path, enum archive_kind kind, const char *hidden,
                                    struct buf *out)
{
    struct archive *a;
    struct archive_piece p;
    enum archive_result result;
    assert_int_equal(archive_open(&s, path, "top", kind, may_all, (void *)(uintptr_t)hidden, &a),
                     0);
    do {
        result = archive_next(a, &p);
        buf_add(out, buf_data(&p.bytes), p.bytes.len);
        buf_free(&p.bytes);
        if (p.file != NULL) {
            char *span = test_malloc((size_t)p.len);
            assert_int_equal(pread(p.file->of.fd, span, (size_t)p.len, (off_t)p.from), p.len);
            buf_add(out, span, (size_t)p.len);
            test_free(span);
            store_close(p.file);
        }
    } while (result == ARCHIVE_MORE);
    archive_close(a);
    return result;
}

static void in_store(const char *name, char path[512])
{
    snprintf(path, 512, "%s/%s", folder, name);
}

static void put(const char *name, const char *text, size_t n)
{
    char path[512];
    in_store(name, path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    for (size_t i = 0; i < n; i++)
        fputs(text, f);
    fclose(f);
}

static void make_folder(const char *name)
{
    char path[512];
    in_store(name, path);
    assert_int_equal(mkdir(path, 0755), 0);
}

/* --- TAR --- */

/* The names of its headers, as `tar t` has them, each with its type and size. */
static void tar_names(const struct buf *tar, struct buf *out)
{
    const char *p = buf_data(tar), *end = p + tar->len;
    while (end - p >= 512 && p[0] != '\0') {
        const unsigned long size = strtoul(p + 124, NULL, 8);
        unsigned sum = 0;
        for (int i = 0; i < 512; i++)
            sum += i >= 148 && i < 156 ? ' ' : (unsigned char)p[i];
        assert_int_equal(strtoul(p + 148, NULL, 8), sum);
        buf_addf(out, "%.100s,%c,%lu ", p, p[156], size);
        if (p[156] == 'x')
            buf_addf(out, "<%.*s> ", (int)size - 1, p + 512);
        p += 512 + (size + 511) / 512 * 512;
    }
    assert_int_equal(end - p, 1024); /* two empty blocks */
}

static void test_tar(void **state)
{
    struct buf tar = {0}, names = {0};
    (void)state;
    make_folder("a");
    make_folder("a/b");
    put("a/b/deep", "x", 3);
    put("a/big", "0123456789", 10000);
    put("a/empty", "", 1);
    put("a/\xe4\xb8\xad", "y", 512);
    assert_int_equal(read_all("/a", ARCHIVE_TAR, NULL, &tar), ARCHIVE_END);
    assert_int_equal(tar.len % 512, 0);
    tar_names(&tar, &names);
    assert_buf(&names, "top/b/,5,0 top/b/deep,0,3 top/big,0,100000 top/empty,0,0 "
                       "pax,x,16 <16 path=top/\xe4\xb8\xad> top/\xe4\xb8\xad,0,512 ");
    buf_free(&tar);
}

static void test_tar_of_long_names(void **state)
{
    char name[256];
    struct buf tar = {0}, names = {0};
    (void)state;
    memset(name, 'n', 200);
    name[200] = '\0';
    put(name, "x", 1);
    assert_int_equal(read_all("/", ARCHIVE_TAR, NULL, &tar), ARCHIVE_END);
    tar_names(&tar, &names);
    assert_non_null(strstr(buf_str(&names), "pax,x,214 <214 path=top/nnnn"));
    buf_free(&names);
    buf_free(&tar);
}

static void test_tar_of_huge_sizes(void **state)
{
    const struct archive_member m = {.name = "h", .size = 077777777777u + 1};
    struct buf out = {0}, names = {0};
    (void)state;
    tar_header(&out, &m);
    tar_end(&out);
    tar_names(&out, &names);
    assert_buf(&names, "pax,x,19 <19 size=8589934592> h,0,0 ");
    buf_free(&out);
}

/* --- what is left out --- */

static void test_left_out(void **state)
{
    char path[512];
    struct buf tar = {0}, names = {0};
    (void)state;
    make_folder("a");
    make_folder("a/secret");
    put("a/secret/x", "x", 1);
    put("a/.hidden", "x", 1);
    put("a/seen", "x", 1);
    in_store("a/up", path);
    assert_int_equal(symlink("..", path), 0);
    in_store("a/file", path);
    assert_int_equal(symlink("seen", path), 0);
    in_store("a/out", path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    in_store("a/fifo", path);
    assert_int_equal(mkfifo(path, 0644), 0);
    assert_int_equal(read_all("/a", ARCHIVE_TAR, "secret", &tar), ARCHIVE_END);
    tar_names(&tar, &names);
    assert_buf(&names, "top/file,0,1 top/seen,0,1 ");
    buf_free(&tar);
}

static void test_too_deep(void **state)
{
    char name[256] = "d";
    struct buf tar = {0};
    (void)state;
    for (int i = 0; i < 40; i++) {
        make_folder(name);
        strcat(name, "/d");
    }
    assert_int_equal(read_all("/", ARCHIVE_TAR, NULL, &tar), ARCHIVE_FAILED);
    buf_free(&tar);
}

static void test_not_there(void **state)
{
    struct archive *a;
    (void)state;
    put("file", "x", 1);
    assert_int_equal(archive_open(&s, "/no", "top", ARCHIVE_ZIP, may_all, NULL, &a), ENOENT);
    assert_int_equal(archive_open(&s, "/file", "top", ARCHIVE_ZIP, may_all, NULL, &a), ENOTDIR);
}

/* --- ZIP --- */

static uint32_t le(const char *p, int bytes)
{
    uint32_t v = 0;
    while (bytes-- > 0)
        v = v << 8 | (unsigned char)p[bytes];
    return v;
}

static void test_zip(void **state)
{
    struct buf zip = {0};
    (void)state;
    make_folder("a");
    put("a/f", "0123456789", 10000); /* two blocks */
    put("a/zero", "", 1);
    assert_int_equal(read_all("/a", ARCHIVE_ZIP, NULL, &zip), ARCHIVE_END);
    const char *p = buf_data(&zip), *end = p + zip.len - 22;
    assert_int_equal(le(end, 4), 0x06054b50);
    assert_int_equal(le(end + 10, 2), 2);
    const char *dir = p + le(end + 16, 4);
    assert_int_equal(le(dir, 4), 0x02014b50);
    assert_int_equal(dir + le(end + 12, 4) - end, 0);
    assert_int_equal(le(dir + 24, 4), 100000);
    assert_int_equal(le(dir + 20, 4), 100000 + 2 * 5);
    assert_memory_equal(dir + 46, "top/f", 5);
    const char *first = p + le(dir + 42, 4);
    assert_int_equal(le(first, 4), 0x04034b50);
    const char *data = first + 30 + le(first + 26, 2) + le(first + 28, 2);
    assert_int_equal(data[0], 0); /* not the last block */
    assert_int_equal(le(data + 1, 2), 65535);
    assert_int_equal(le(data + 3, 2), 0);
    assert_memory_equal(data + 5, "0123456789", 10);
    const char *second = data + 5 + 65535;
    assert_int_equal(second[0], 1);
    assert_int_equal(le(second + 1, 2), 100000 - 65535);
    const char *behind = second + 5 + 100000 - 65535;
    assert_int_equal(le(behind, 4), 0x08074b50);
    assert_int_equal(le(behind + 4, 4), le(dir + 16, 4)); /* the same checksum at both places */
    assert_int_equal(le(behind + 12, 4), 100000);
    buf_free(&zip);
}

static void test_zip_beyond_32_bits(void **state)
{
    struct archive_member m = {
        .name = "h", .size = 5ull << 30, .packed = 6ull << 30, .offset = 7ull << 30};
    struct buf out = {0};
    (void)state;
    zip_header(&out, &m);
    assert_true(m.wide);
    assert_int_equal(le(buf_data(&out) + 18, 4), UINT32_MAX);
    out.len = 0;
    zip_behind(&out, &m);
    assert_int_equal(out.len, 24);
    out.len = 0;
    zip_entry(&out, &m);
    assert_int_equal(le(buf_data(&out) + 42, 4), UINT32_MAX);
    assert_int_equal(le(buf_data(&out) + 30, 2), 9 + 4 + 24);
    assert_int_equal(out.len, 46 + 1 + 9 + 4 + 24);
    out.len = 0;
    zip_end(&out, 70000, 1, 7ull << 30);
    assert_int_equal(out.len, 56 + 20 + 22);
    buf_free(&out);
}

static void test_crc32(void **state)
{
    (void)state;
    assert_int_equal(crc32_add(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(crc32_add(crc32_add(0, "1234", 4), "56789", 5), 0xcbf43926);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_tar, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tar_of_long_names, set_up, tear_down),
        cmocka_unit_test(test_tar_of_huge_sizes),
        cmocka_unit_test_setup_teardown(test_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_deep, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_zip, set_up, tear_down),
        cmocka_unit_test(test_zip_beyond_32_bits),
        cmocka_unit_test(test_crc32),
    };
    return cmocka_run_group_tests_name("archive", tests, NULL, NULL);
}
