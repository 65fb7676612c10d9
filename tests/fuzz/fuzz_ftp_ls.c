/* fuzz_ftp_ls.c: an argument of LIST: what is left is its end, and has no options when it is given
 * behind "--". */
#include "fuzz.h"
#include "parse/ftp_ls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = tight_copy(data, size);
    struct ftp_ls ls;
    struct buf again = {0};
    const struct str name = ftp_ls_parse(&ls, (struct str){copy, size});
    CHECK(name.n == 0 || (lies_within(name, copy, size) && name.p + name.n == copy + size));
    CHECK(!ls.by_time || !ls.by_size);
    buf_adds(&again, "-- ");
    buf_add(&again, name.p, name.n);
    const struct str same = ftp_ls_parse(&ls, (struct str){buf_data(&again), again.len});
    CHECK(same.n == name.n && (name.n == 0 || memcmp(same.p, name.p, name.n) == 0));
    CHECK(!ls.all && !ls.recursive && !ls.itself && !ls.by_time && !ls.by_size);
    buf_free(&again);
    free(copy);
    return 0;
}
