/* fuzz_host.c: the host lies within its authority; a name that may be listed is found in a list of
 * it, in whatever case, and a star finds what ends so. The input is a list, a line end, an
 * authority. */
#include "fuzz.h"
#include "parse/host.h"

static void check_listed(struct str one)
{
    char *list = strndup(one.p, one.n);
    CHECK(list != NULL);
    const bool star = one.p[0] == '*';
    struct str name = host_of(one); /* without a dot at its end */
    char big[HOST_BYTES_MAX + 8];
    CHECK(one.n <= sizeof big);
    for (size_t i = 0; i < name.n; i++)
        big[i] = text_upper(name.p[i]);
    if (star)
        big[0] = 'x';
    if (one.p[0] != '[') {
        CHECK(host_listed(list, (struct str){big, name.n}) == (star ? name.n : SIZE_MAX));
        CHECK((host_first(list).p == NULL) == star);
    }
    CHECK(host_shared(list, list).p != NULL);
    free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *p = tight_copy(data, size);
    struct str authority = {p, size}, list, one;
    CHECK(str_split(&authority, '\n', &list));
    char *text = strndup(list.n > 0 ? list.p : "", list.n);
    CHECK(text != NULL);
    const struct str host = host_of(authority);
    CHECK(host.n <= authority.n && (host.n == 0 || host.p == authority.p));
    const size_t fits = host_listed(text, host);
    CHECK(fits == 0 || fits == SIZE_MAX || fits <= host.n);
    struct str rest = str_of(text);
    while (str_split(&rest, ' ', &one))
        if (one.n > 0 && host_may_be_listed(one))
            check_listed(one);
    free(text);
    free(p);
    return 0;
}
