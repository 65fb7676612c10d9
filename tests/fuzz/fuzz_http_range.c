/* fuzz_http_range.c: no range leaves the file; a list of tags is read without going astray. The
 * first eight bytes of the input are the file's size. */
#include "fuzz.h"
#include "parse/http_range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t total = 0, from = 0, len = 0;
    for (int i = 0; i < 8; i++)
        total = total << 8 | take_byte(&data, &size);
    char *p = tight_copy(data, size);
    const struct str value = {p, size};
    const enum range_result result = http_range(value, total, &from, &len);
    if (result == RANGE_ONE)
        CHECK(len > 0 && from < total && len <= total - from);
    /* Whoever matches strictly matches weakly, too. */
    const struct str tag = STR("\"a\"");
    CHECK(!http_etag_in(value, tag, false) || http_etag_in(value, tag, true));
    free(p);
    return 0;
}
