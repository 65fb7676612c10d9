/* fuzz_http_range.c: no range leaves the file, and no two meet; a list of tags is read without
 * going astray. The first eight bytes of the input are the file's size. */
#include "fuzz.h"
#include "parse/http_range.h"

static void check_ranges(const struct http_ranges *rs, uint64_t size)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < rs->count; i++) {
        const struct http_range *a = &rs->range[i];
        CHECK(a->len > 0 && a->from < size && a->len <= size - a->from);
        all += a->len;
        for (unsigned k = 0; k < i; k++) {
            const struct http_range *b = &rs->range[k];
            CHECK(a->from > b->from ? a->from - b->from > b->len : b->from - a->from > a->len);
        }
    }
    CHECK(all <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t total = 0;
    struct http_ranges rs;
    for (int i = 0; i < 8; i++)
        total = total << 8 | take_byte(&data, &size);
    char *p = tight_copy(data, size);
    const struct str value = {p, size};
    const enum range_result result = http_ranges(value, total, &rs);
    CHECK(rs.count <= HTTP_RANGES_MAX);
    CHECK(result != RANGE_SOME || rs.count > 0);
    if (result == RANGE_SOME)
        check_ranges(&rs, total);
    /* Whoever matches strictly matches weakly, too. */
    const struct str tag = STR("\"a\"");
    CHECK(!http_etag_in(value, tag, false) || http_etag_in(value, tag, true));
    free(p);
    return 0;
}
