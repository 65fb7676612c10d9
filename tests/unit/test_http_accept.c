/* test_http_accept.c: parse/http_accept: Accept-Encoding, and what is best for it. */
#include "check.h"
#include "parse/http_accept.h"

enum {
    GZIP = 1 << CODING_GZIP,
    ZSTD = 1 << CODING_ZSTD,
    BR = 1 << CODING_BR,
    ALL = GZIP | ZSTD | BR
};

static enum coding best(const char *value, unsigned of)
{
    struct http_accept a;
    const size_t n = strlen(value);
    char *copy = tight_copy(value, n);
    http_accept_init(&a);
    http_accept_add(&a, (struct str){copy, n});
    free(copy);
    return http_accept_best(&a, of);
}

static void one_field(void **state)
{
    static const struct {
        const char *value;
        unsigned of;
        enum coding want;
    } rows[] = {
        {"gzip", ALL, CODING_GZIP},
        {"gzip", ZSTD | BR, CODING_IDENTITY},
        {"gzip", 0, CODING_IDENTITY},
        {"gzip, deflate, br, zstd", ALL, CODING_BR},
        {"gzip, deflate, br, zstd", GZIP | ZSTD, CODING_ZSTD},
        {"gzip, deflate, br", GZIP | ZSTD, CODING_GZIP},
        {"zstd,br,gzip", GZIP | ZSTD, CODING_ZSTD}, /* the order says nothing */
        {"GZip", ALL, CODING_GZIP},
        {"x-gzip", ALL, CODING_GZIP},
        {"X-GZIP;Q=1", ALL, CODING_GZIP},
        {"deflate, compress, gzipped, gzi", ALL, CODING_IDENTITY},
        /* Weights. */
        {"gzip;q=1, br;q=0.9, zstd;q=0.999", ALL, CODING_GZIP},
        {"gzip;q=0.1, br;q=0.11", ALL, CODING_BR},
        {"gzip;q=0.2, br;q=0.11", ALL, CODING_GZIP},
        {"gzip;q=0.001", ALL, CODING_GZIP},
        {"gzip;q=0", ALL, CODING_IDENTITY},
        {"gzip;q=0.000", ALL, CODING_IDENTITY},
        {"gzip;q=0., br;q=1.", ALL, CODING_BR},
        {"gzip;q=1.000", ALL, CODING_GZIP},
        {"gzip ; q=0.5 , br\t;\tq=0.4", ALL, CODING_GZIP},
        {"br;q=0, gzip, zstd;q=0", ALL, CODING_GZIP},
        {"gzip;q=0.3, gzip;q=0", ALL, CODING_IDENTITY}, /* twice: the last one counts */
        /* identity. */
        {"", ALL, CODING_IDENTITY},
        {" ", ALL, CODING_IDENTITY},
        {",,", ALL, CODING_IDENTITY},
        {"identity", ALL, CODING_IDENTITY},
        {"identity, gzip", ALL, CODING_GZIP}, /* as welcome, and smaller */
        {"identity, gzip;q=0.9", ALL, CODING_IDENTITY},
        {"identity;q=0.5, gzip;q=0.6", ALL, CODING_GZIP},
        {"identity;q=0", ALL, CODING_IDENTITY}, /* nothing else is acceptable, either */
        {"identity;q=0, gzip;q=0.2", ALL, CODING_GZIP},
        {"identity;q=0, gzip", BR, CODING_IDENTITY},
        /* All others. */
        {"*", ALL, CODING_IDENTITY}, /* who does not name one may not know it */
        {"*, gzip", ALL, CODING_GZIP},
        {"*;q=0", ALL, CODING_IDENTITY},
        {"*;q=0, gzip;q=0.1", ALL, CODING_GZIP},
        {"*;q=0, identity;q=0.5, gzip;q=0.1", ALL, CODING_IDENTITY},
        {"gzip;q=0.5, *;q=0.1", ALL, CODING_GZIP},
        {"gzip;q=0.1, *;q=0.5", GZIP, CODING_IDENTITY},
        {"identity;q=0, *", ALL, CODING_BR},
        {"identity;q=0, *", GZIP, CODING_GZIP},
        {"identity;q=0.1, *;q=0.2, br;q=0", ALL, CODING_ZSTD},
        {"gzip;q=0, *", GZIP, CODING_IDENTITY},
        /* Malformed members are left out, and the others stay. */
        {"gzip;q=2, br;q=0.5", ALL, CODING_BR},
        {"gzip;q=1.001", ALL, CODING_IDENTITY},
        {"gzip;q=0.1234", ALL, CODING_IDENTITY},
        {"gzip;q=", ALL, CODING_IDENTITY},
        {"gzip;q=-1", ALL, CODING_IDENTITY},
        {"gzip;q=.5", ALL, CODING_IDENTITY},
        {"gzip;q=0,5", ALL, CODING_IDENTITY},
        {"gzip;q=0x1", ALL, CODING_IDENTITY},
        {"gzip;q = 1", ALL, CODING_IDENTITY},
        {"gzip;level=9", ALL, CODING_IDENTITY},
        {"gzip;q=1;q=1", ALL, CODING_IDENTITY},
        {"gzip;", ALL, CODING_IDENTITY},
        {"gzip br", ALL, CODING_IDENTITY},
        {";q=1, zstd", ALL, CODING_ZSTD},
        {"**, zstd", ALL, CODING_ZSTD},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].value, best(rows[i].value, rows[i].of) == rows[i].want);
}

static void no_field_and_several(void **state)
{
    struct http_accept a;
    (void)state;
    http_accept_init(&a);
    assert_int_equal(http_accept_best(&a, ALL), CODING_IDENTITY);
    http_accept_add(&a, STR("gzip;q=0.5"));
    http_accept_add(&a, (struct str){0});
    http_accept_add(&a, STR("zstd;q=0.6, br;q=0"));
    assert_int_equal(http_accept_best(&a, ALL), CODING_ZSTD);
    assert_int_equal(http_accept_best(&a, GZIP), CODING_GZIP);
    assert_int_equal(http_accept_best(&a, BR), CODING_IDENTITY);
    http_accept_add(&a, STR("identity"));
    assert_int_equal(http_accept_best(&a, ALL), CODING_IDENTITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_field),
        cmocka_unit_test(no_field_and_several),
    };
    return RUN(tests);
}
