/* fuzz_http_upload.c: a range is within its file, a digest is whole, and none of the parsers reads
 * past its end. What a field says does not change with the blanks around it. */
#include "fuzz.h"
#include "parse/http_upload.h"

static void check_range(struct str value)
{
    uint64_t from = 0, len = 0, total = 0;
    if (!http_upload_range(value, &from, &len, &total))
        return;
    CHECK(len > 0 && from <= INT64_MAX && len <= INT64_MAX);
    CHECK(total == HTTP_LENGTH_UNKNOWN || from + len <= total);
}

static void check_items(struct str value)
{
    bool yes;
    uint64_t n;
    const bool is_boolean = sf_boolean(value, &yes), is_length = sf_length(value, &n);
    CHECK(!is_boolean || !is_length);
    CHECK(!is_length || n <= 999999999999999);
}

static void check_digest(struct str value, struct str spaced)
{
    struct digest d = {.kind = DIGEST_NONE}, e = {.kind = DIGEST_NONE};
    const bool ok = http_digest_field(value, &d);
    CHECK(ok == http_digest_field(spaced, &e) && d.kind == e.kind);
    CHECK(!ok || digest_equal(&d, e.bytes));
    CHECK(ok || d.kind == DIGEST_NONE);
    if (http_content_md5(value, &d))
        CHECK(d.kind == DIGEST_MD5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf spaced = {0};
    char *p = tight_copy(data, size);
    buf_addc(&spaced, '\t');
    buf_add(&spaced, data, size);
    buf_addc(&spaced, ' ');
    char *q = tight_copy(buf_data(&spaced), spaced.len);
    const struct str value = {p, size};
    check_range(value);
    check_items(value);
    check_digest(value, (struct str){q, spaced.len});
    free(q);
    free(p);
    buf_free(&spaced);
    return 0;
}
