/* test_digest.c: base/digest. */
#include "base/digest.h"
#include "check.h"

#include <errno.h>

static const struct {
    enum digest_kind kind;
    const char *name, *of_nothing, *of_abc;
} rows[] = {
    {DIGEST_MD5, "md5", "d41d8cd98f00b204e9800998ecf8427e", "900150983cd24fb0d6963f7d28e17f72"},
    {DIGEST_SHA1, "sha", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {DIGEST_SHA256, "sha-256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {DIGEST_SHA512, "sha-512",
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
     "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {DIGEST_CRC32, "crc32", "00000000", "352441c2"},
};

static void assert_digest(enum digest_kind kind, int fd, uint64_t from, uint64_t len,
                          const char *want)
{
    struct digest d = {.kind = kind};
    unsigned char right[DIGEST_MAX];
    char text[2 * DIGEST_MAX + 1];
    assert_int_equal(digest_file(kind, fd, from, len, d.bytes, NULL, NULL), 0);
    text_to_hex(text, d.bytes, digest_size(kind));
    assert_string_equal(text, want);
    assert_true(text_from_hex(right, digest_size(kind), want));
    assert_true(digest_equal(&d, right));
    right[digest_size(kind) - 1] ^= 1;
    assert_false(digest_equal(&d, right));
}

static void known_answers(void **state)
{
    char *folder = folder_new();
    (void)state;
    file_write(in(folder, "f"), "xxabcyy");
    const int fd = open(in(folder, "f"), O_RDONLY | O_CLOEXEC);
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(digest_named(str_of(rows[i].name)),
                         rows[i].kind == DIGEST_CRC32 ? DIGEST_NONE : rows[i].kind);
        assert_string_equal(digest_name(rows[i].kind), rows[i].name);
        assert_digest(rows[i].kind, fd, 2, 3, rows[i].of_abc);
        assert_digest(rows[i].kind, fd, 2, 0, rows[i].of_nothing);
        assert_digest(rows[i].kind, fd, 7, UINT64_MAX, rows[i].of_nothing);
        assert_digest(rows[i].kind, fd, 100, UINT64_MAX, rows[i].of_nothing);
    }
    assert_int_equal(truncate(in(folder, "f"), 5), 0);
    assert_digest(DIGEST_SHA256, fd, 2, UINT64_MAX, rows[2].of_abc);
    close(fd);
    folder_remove(folder);
}

static void what_cannot_be_is_said(void **state)
{
    char *folder = folder_new();
    unsigned char out[DIGEST_MAX];
    (void)state;
    file_write(in(folder, "f"), "abc");
    const int fd = open(in(folder, "f"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(digest_file(DIGEST_SHA256, fd, 0, 4, out, NULL, NULL), EIO);
    assert_int_equal(digest_file(DIGEST_SHA256, fd, 4, 1, out, NULL, NULL), EIO);
    assert_int_equal(digest_file(DIGEST_NONE, fd, 0, 3, out, NULL, NULL), EINVAL);
    close(fd);
    assert_int_equal(digest_file(DIGEST_SHA256, -1, 0, 3, out, NULL, NULL), EBADF);
    assert_int_equal(digest_named(STR("crc32c")), DIGEST_NONE);
    assert_int_equal(digest_named(STR("")), DIGEST_NONE);
    folder_remove(folder);
}

static bool twice(void *arg)
{
    return ++*(int *)arg <= 2;
}

static void who_is_not_wanted_stops(void **state)
{
    unsigned char out[DIGEST_MAX];
    int asked = 0;
    (void)state;
    const int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    assert_int_equal(digest_file(DIGEST_MD5, fd, 0, UINT64_MAX, out, twice, &asked), ECANCELED);
    assert_int_equal(asked, 3);
    close(fd);
}

static void of_bytes(void **state)
{
    unsigned char out[DIGEST_MAX];
    char text[2 * DIGEST_MAX + 1];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(digest_bytes(rows[i].kind, "abc", 3, out), 0);
        text_to_hex(text, out, digest_size(rows[i].kind));
        assert_string_equal(text, rows[i].of_abc);
    }
    assert_int_equal(digest_bytes(DIGEST_NONE, "abc", 3, out), EINVAL);
}

/* More than one piece. */
static void a_long_file(void **state)
{
    char *folder = folder_new();
    (void)state;
    const int fd = open(in(folder, "f"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, 1000000), 0);
    assert_digest(DIGEST_SHA256, fd, 0, UINT64_MAX,
                  "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025");
    close(fd);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(what_cannot_be_is_said),
        cmocka_unit_test(who_is_not_wanted_stops),
        cmocka_unit_test(of_bytes),
        cmocka_unit_test(a_long_file),
    };
    return RUN(tests);
}
