/* fuzz_disposition.c: a name is a file's: UTF-8, not empty, no control, no folder, and no longer
 * than one may be; and the same field says the same again. */
#include "fuzz.h"
#include "parse/disposition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char out[FILE_NAME_MAX + 1], again[FILE_NAME_MAX + 1];
    char *p = tight_copy((const char *)data, size);
    const struct str field = {p, size};
    if (disposition_name(field, out)) {
        const size_t n = strlen(out);
        CHECK(n > 0 && n <= FILE_NAME_MAX && utf8_valid(out, n));
        CHECK(strpbrk(out, "/\\") == NULL);
        for (size_t i = 0; i < n; i++)
            CHECK((unsigned char)out[i] >= ' ' && out[i] != 0x7f);
        CHECK(disposition_name(field, again) && strcmp(out, again) == 0);
    }
    free(p);
    return 0;
}
