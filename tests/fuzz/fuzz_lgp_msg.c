/* fuzz_lgp_msg.c: a request's verb is one of four, and its name lies in the segment. */
#include "fuzz.h"
#include "parse/lgp_msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lgp_msg m;
    const char *p = (const char *)data;
    lgp_msg_parse(&m, (struct str){p, size});
    CHECK(m.verb == 0 || (size > 0 && m.verb == p[0] && strchr("LGPQ", m.verb) != NULL));
    CHECK(m.name.p != NULL && lies_within(m.name, p, size));
    CHECK(m.verb != 0 || m.name.n == 0);
    CHECK(m.name.n == 0 || memchr(m.name.p, ' ', m.name.n) == NULL);
    return 0;
}
