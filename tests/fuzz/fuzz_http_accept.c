/* fuzz_http_accept.c: what is chosen was offered, and named or covered by `*`; weights stay in
 * their range. The first byte of the input says what is offered; a line end begins another field.
 */
#include "fuzz.h"
#include "parse/http_accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_accept a;
    const unsigned of = take_byte(&data, &size);
    char *p = tight_copy(data, size);
    struct str rest = {p, size}, line;
    http_accept_init(&a);
    while (str_split(&rest, '\n', &line))
        http_accept_add(&a, line);
    for (int i = 0; i < CODINGS; i++)
        CHECK(a.weight[i] >= -1 && a.weight[i] <= 1000);
    CHECK(a.others >= -1 && a.others <= 1000);
    const enum coding best = http_accept_best(&a, of);
    CHECK(best < CODINGS);
    if (best != CODING_IDENTITY) {
        CHECK(of & 1u << best);
        CHECK(a.weight[best] > 0 || (a.weight[best] < 0 && a.others > 0));
        CHECK(a.weight[best] >= a.weight[CODING_IDENTITY] || a.weight[best] < 0);
    }
    /* With less to choose from, it stays the best as long as it is there. */
    CHECK(http_accept_best(&a, of & 1u << best) == best);
    free(p);
    return 0;
}
