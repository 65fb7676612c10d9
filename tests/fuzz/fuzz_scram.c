/* fuzz_scram.c: what is taken out of a message lies in it and is put together as the message was.
 */
#include "fuzz.h"
#include "parse/scram.h"

static bool is_value(struct str s)
{
    return memchr(s.p, ',', s.n) == NULL && memchr(s.p, '\0', s.n) == NULL && utf8_valid(s.p, s.n);
}

static void check_name(struct str name)
{
    char out[64];
    struct buf again = {0};
    if (!scram_name(name, out, sizeof out))
        return;
    for (const char *c = out; *c != '\0'; c++)
        if (*c == ',' || *c == '=')
            buf_adds(&again, *c == ',' ? "=2C" : "=3D");
        else
            buf_addc(&again, *c);
    CHECK(str_eq(name, buf_str(&again)));
    buf_free(&again);
}

static void check_first(struct str msg)
{
    struct scram_first f;
    if (scram_first_parse(msg, &f) != SCRAM_OK)
        return;
    CHECK(f.gs2.p == msg.p && f.gs2.n + f.bare.n == msg.n && f.bare.p == msg.p + f.gs2.n);
    CHECK(f.gs2.p[f.gs2.n - 1] == ',' && (f.gs2.p[0] == 'n' || f.gs2.p[0] == 'y'));
    CHECK(f.authzid.p == NULL || (is_value(f.authzid) && f.authzid.n > 0));
    CHECK(lies_within(f.authzid, f.gs2.p, f.gs2.n));
    CHECK(is_value(f.name) && f.name.n > 0 && f.name.p == f.bare.p + 2);
    CHECK(is_value(f.nonce) && f.nonce.n > 0 && f.nonce.p == f.name.p + f.name.n + 3);
    CHECK(lies_within(f.nonce, msg.p, msg.n));
    check_name(f.name);
}

static void check_final(struct str msg)
{
    struct scram_final f;
    if (scram_final_parse(msg, &f) != SCRAM_OK)
        return;
    CHECK(f.unproven.p == msg.p && f.unproven.n + 3 + f.proof.n == msg.n);
    CHECK(f.proof.p + f.proof.n == msg.p + msg.n && is_value(f.proof));
    CHECK(is_value(f.binding) && lies_within(f.binding, f.unproven.p, f.unproven.n));
    CHECK(is_value(f.nonce) && f.nonce.n > 0 && lies_within(f.nonce, f.unproven.p, f.unproven.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *p = tight_copy(data, size);
    check_first((struct str){p, size});
    check_final((struct str){p, size});
    free(p);
    return 0;
}
