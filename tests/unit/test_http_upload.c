/* test_http_upload.c: parse/http_upload: Content-Range, the draft's fields, digests. */
#include "check.h"
#include "parse/http_upload.h"

static void booleans(void **state)
{
    static const struct {
        const char *value;
        int want; /* -1: none */
    } rows[] = {
        {"?1", 1},
        {"?0", 0},
        {" ?1 ", 1},
        {"?1;a", 1},
        {"?0;a=?1;b=\"x;y\"", 0},
        {"?1; *k=:AA==:", 1},
        {"", -1},
        {"?", -1},
        {"?2", -1},
        {"1", -1},
        {"true", -1},
        {"?1 ?1", -1},
        {"?1, ?1", -1},
        {"?1;", -1},
        {"?1;A", -1},
        {"?1;a=", -1},
        {"??1", -1},
        {"?10", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        bool got = false;
        const bool ok = sf_boolean(str_of(rows[i].value), &got);
        assert_row(rows[i].value, ok == (rows[i].want >= 0));
        assert_row(rows[i].value, !ok || got == (rows[i].want == 1));
    }
}

static void lengths(void **state)
{
    static const struct {
        const char *value;
        int64_t want; /* -1: none */
    } rows[] = {
        {"0", 0},
        {"1000", 1000},
        {" 7 ", 7},
        {"999999999999999", 999999999999999},
        {"7;q=1", 7},
        {"007", 7},
        {"1000000000000000", -1},
        {"", -1},
        {"-1", -1},
        {"+1", -1},
        {"1.0", -1},
        {"1 2", -1},
        {"1,1", -1},
        {"x", -1},
        {"1x", -1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t got = 0;
        const bool ok = sf_length(str_of(rows[i].value), &got);
        assert_row(rows[i].value, ok == (rows[i].want >= 0));
        assert_row(rows[i].value, !ok || got == (uint64_t)rows[i].want);
    }
}

static void content_ranges(void **state)
{
    static const struct {
        const char *value;
        bool ok;
        uint64_t from, len, total;
    } rows[] = {
        {"bytes 0-499/1000", true, 0, 500, 1000},
        {"bytes 500-999/1000", true, 500, 500, 1000},
        {"bytes 5-5/*", true, 5, 1, HTTP_LENGTH_UNKNOWN},
        {" BYTES 0-0/1 ", true, 0, 1, 1},
        {"bytes 0-9223372036854775806/9223372036854775807", true, 0, INT64_MAX, INT64_MAX},
        {"bytes 0-1000/1000", false, 0, 0, 0},
        {"bytes 2-1/1000", false, 0, 0, 0},
        {"bytes */1000", false, 0, 0, 0},
        {"bytes 0-/1000", false, 0, 0, 0},
        {"bytes -5/1000", false, 0, 0, 0},
        {"bytes 0-5", false, 0, 0, 0},
        {"bytes 0-5/", false, 0, 0, 0},
        {"bytes 0-5/x", false, 0, 0, 0},
        {"bytes  0-5/6", false, 0, 0, 0},
        {"bytes 0 - 5/6", false, 0, 0, 0},
        {"bytes=0-5/6", false, 0, 0, 0},
        {"items 0-5/6", false, 0, 0, 0},
        {"bytes 0-18446744073709551615/*", false, 0, 0, 0},
        {"", false, 0, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t from = 0, len = 0, total = 0;
        const bool ok = http_upload_range(str_of(rows[i].value), &from, &len, &total);
        assert_row(rows[i].value, ok == rows[i].ok);
        assert_row(rows[i].value, from == rows[i].from && len == rows[i].len);
        assert_row(rows[i].value, total == rows[i].total);
    }
}

#define ZERO32 ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
#define ONES32 ":AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=:"
#define ZERO64 \
    ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==:"

static void digest_fields(void **state)
{
    static const struct {
        const char *value;
        int want; /* enum digest_kind; -1: cannot be understood */
        unsigned char first;
    } rows[] = {
        {"sha-256=" ZERO32, DIGEST_SHA256, 0},
        {"sha-256=" ONES32, DIGEST_SHA256, 1},
        {"sha-512=" ZERO64, DIGEST_SHA512, 0},
        {"sha-512=" ZERO64 ", sha-256=" ONES32, DIGEST_SHA512, 0},
        {"sha-256=" ONES32 ",sha-512=" ZERO64, DIGEST_SHA512, 0},
        {"sha-256=" ZERO32 " ,\tsha-256=" ONES32, DIGEST_SHA256, 1}, /* the last one holds */
        {"md5=:AAAAAAAAAAAAAAAAAAAAAA==:, sha-256=" ONES32, DIGEST_SHA256, 1},
        {"sha-256=" ONES32 ";a=1;b", DIGEST_SHA256, 1},
        {"", DIGEST_NONE, 0},
        {"crc32c=:AAAA:", DIGEST_NONE, 0},
        {"new", DIGEST_NONE, 0},
        {"a=1, b=-1.5, c=\"x, \\\" y\", d=tok/en:*, e=?0, f=@12, g=%\"a\", h=(1 \"2\";x), i=()",
         DIGEST_NONE, 0},
        {"a=(1 2);q, sha-256=" ONES32, DIGEST_SHA256, 1},
        {"sha-256", -1, 0},
        {"sha-256=x", -1, 0},
        {"sha-256=:AAAA:", -1, 0}, /* too short for one */
        {"sha-256=:AAAA", -1, 0},
        {"sha-256=:!:", -1, 0},
        {"sha-256=" ZERO64, -1, 0},
        {"sha-256=" ZERO32 ",", -1, 0},
        {"sha-256=" ZERO32 " x", -1, 0},
        {",", -1, 0},
        {"=", -1, 0},
        {"SHA-256=" ZERO32, -1, 0}, /* a key is in small letters */
        {"a=\"x", -1, 0},
        {"a=\"\\", -1, 0},
        {"a=(1 2", -1, 0},
        {"a=(1,2)", -1, 0},
        {"a=1.", -1, 0},
        {"a=-", -1, 0},
        {"a=?", -1, 0},
        {"a=%x", -1, 0},
        {"a=;b", -1, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct digest d = {.kind = DIGEST_NONE};
        char *copy = tight_copy(rows[i].value, strlen(rows[i].value));
        const bool ok = http_digest_field((struct str){copy, strlen(rows[i].value)}, &d);
        free(copy);
        assert_row(rows[i].value, ok == (rows[i].want >= 0));
        assert_row(rows[i].value, !ok || (int)d.kind == rows[i].want);
        assert_row(rows[i].value, !ok || d.kind == DIGEST_NONE || d.bytes[0] == rows[i].first);
    }
}

static void md5_fields(void **state)
{
    struct digest d = {.kind = DIGEST_NONE};
    (void)state;
    assert_true(http_content_md5(STR(" 1B2M2Y8AsgTpgAmY7PhCfg== "), &d));
    assert_int_equal(d.kind, DIGEST_MD5);
    assert_int_equal(d.bytes[0], 0xd4);
    assert_false(http_content_md5(STR(""), &d));
    assert_false(http_content_md5(STR("1B2M2Y8AsgTpgAmY7PhCfg"), &d));
    assert_false(http_content_md5(STR(":1B2M2Y8AsgTpgAmY7PhCfg==:"), &d));
    assert_false(http_content_md5(STR("AAAA"), &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(booleans),       cmocka_unit_test(lengths),
        cmocka_unit_test(content_ranges), cmocka_unit_test(digest_fields),
        cmocka_unit_test(md5_fields),
    };
    return RUN(tests);
}
