/* fuzz_sasl_plain.c: the parts are the message, and there is no other way to split it. */
#include "fuzz.h"
#include "parse/sasl_plain.h"

static bool is_part(struct str s)
{
    return memchr(s.p, '\0', s.n) == NULL && utf8_valid(s.p, s.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str authzid, authcid, password;
    char *p = tight_copy(data, size);
    if (sasl_plain_parse((struct str){p, size}, &authzid, &authcid, &password)) {
        CHECK(is_part(authzid) && is_part(authcid) && is_part(password));
        CHECK(authcid.n > 0 && password.n > 0);
        CHECK(authzid.p == p && authcid.p == p + authzid.n + 1);
        CHECK(password.p == authcid.p + authcid.n + 1 && password.p + password.n == p + size);
    }
    free(p);
    return 0;
}
