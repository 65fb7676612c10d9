/* test_verifier.c: base/verifier and base/saslprep. */
#include "base/saslprep.h"
#include "base/verifier.h"
#include "check.h"

/* RFC 7677, 3: user, pencil. */
#define BARE   "n=user,r=rOprNGfwEbeRWgbNEkqO"
#define NONCE  "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SERVER NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define AUTH   BARE "," SERVER ",c=biws," NONCE

/* What it has in base 64. */
static const char salt[] = "5b6d99689d12358eeca04b141236fa81";
static const char proof_hex[] = "747cdb65aa56224e2352137e52d7bdcad6a0f738df30782caa69a2cfb0277554";
static const char sign_hex[] = "eabae24d1062db75a9451ff0b6ea7e98c8546549ff741e672d3251b2397de46e";

static struct verifier of(const char *password, unsigned iterations)
{
    struct verifier v = {.iterations = iterations};
    assert_true(text_from_hex(v.salt, sizeof v.salt, salt));
    assert_true(verifier_derive(&v, password));
    return v;
}

static void it_is_that_of_the_rfc(void **state)
{
    const struct verifier v = of("pencil", 4096), wrong = of("pencils", 4096);
    unsigned char proof[VERIFIER_KEY], sign[VERIFIER_KEY], wanted[VERIFIER_KEY];
    (void)state;
    assert_true(text_from_hex(proof, sizeof proof, proof_hex));
    assert_true(text_from_hex(wanted, sizeof wanted, sign_hex));
    assert_true(verifier_proves(&v, STR(AUTH), proof));
    assert_true(verifier_sign(&v, STR(AUTH), sign));
    assert_memory_equal(sign, wanted, sizeof sign);
    assert_false(verifier_proves(&wrong, STR(AUTH), proof));
    assert_false(verifier_proves(&v, STR(AUTH "x"), proof));
    for (size_t bit = 0; bit < 8 * sizeof proof; bit += 17) {
        proof[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_false(verifier_proves(&v, STR(AUTH), proof));
        proof[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
}

static void its_text_is_read_again(void **state)
{
    char text[VERIFIER_MAX], again[VERIFIER_MAX], other[VERIFIER_MAX];
    struct verifier v, w;
    (void)state;
    assert_true(verifier_new("correct horse", text));
    assert_true(verifier_parse(&v, text));
    assert_int_equal(v.iterations, VERIFIER_ITERATIONS);
    verifier_text(&v, again);
    assert_string_equal(again, text);
    w = v;
    assert_true(verifier_derive(&w, "correct horse"));
    assert_memory_equal(&w, &v, sizeof v);
    assert_true(verifier_new("correct horse", other));
    assert_string_not_equal(other, text); /* another salt */
    /* Each byte less, one more, and other words. */
    for (size_t n = 0; n < strlen(text); n++) {
        text_copy(again, n + 1, text);
        assert_row(again, !verifier_parse(&v, again));
        assert_int_equal(v.iterations, 0);
    }
#define ZEROS16 "00000000000000000000000000000000"
#define ZEROS32 ZEROS16 ZEROS16
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {"SCRAM-SHA-256$4096:" ZEROS16 "$" ZEROS32 ":" ZEROS32, true},
        {"SCRAM-SHA-1$4096:" ZEROS16 "$" ZEROS32 ":" ZEROS32, false},
        {"SCRAM-SHA-256$0:" ZEROS16 "$" ZEROS32 ":" ZEROS32, false},
        {"SCRAM-SHA-256$-1:" ZEROS16 "$" ZEROS32 ":" ZEROS32, false},
        {"SCRAM-SHA-256$9999999999:" ZEROS16 "$" ZEROS32 ":" ZEROS32, false},
        {"SCRAM-SHA-256$4096:" ZEROS16 "$" ZEROS32 ":" ZEROS32 "z", false},
        {"SCRAM-SHA-256$4096:" ZEROS16 "$" ZEROS32 ":" ZEROS32 ":0", false},
        {"SCRAM-SHA-256$4096:" ZEROS16 "$" ZEROS32, false},
        {"$y$j9T$x", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].text, verifier_parse(&v, rows[i].text) == rows[i].ok);
}

static void nobody_has_one_that_looks_alike(void **state)
{
    struct verifier a, b;
    unsigned char proof[VERIFIER_KEY] = {0};
    (void)state;
    verifier_fake(&a, STR("key"), STR("nobody"));
    verifier_fake(&b, STR("key"), STR("nobody"));
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(a.iterations, VERIFIER_ITERATIONS);
    assert_false(verifier_proves(&a, STR(AUTH), proof));
    verifier_fake(&b, STR("key"), STR("nobody else"));
    assert_memory_not_equal(a.salt, b.salt, sizeof a.salt);
    verifier_fake(&b, STR("another key"), STR("nobody"));
    assert_memory_not_equal(a.salt, b.salt, sizeof a.salt);
}

static void passwords_that_look_alike_are_one(void **state)
{
    static const struct {
        const char *password, *prepared;
    } rows[] = {
        {"user", "user"}, /* RFC 4013, 3 */
        {"USER", "USER"},
        {"I\xc2\xadX", "IX"},
        {"\xc2\xaa", "a"},
        {"\xe2\x85\xa8", "IX"},
        {"", ""},
        {"a b", "a b"},
        {"a\xc2\xa0"
         "b",
         "a b"}, /* no-break space */
        {"a\xe3\x80\x80"
         "b",
         "a b"},                            /* ideographic space */
        {"e\xcc\x81", "\xc3\xa9"},          /* composed */
        {"\xef\xbd\x90\xef\xbd\x97", "pw"}, /* full width */
        {"x\xef\xb8\x8f", "x"},             /* a variation selector */
        {"\xe5\xaf\x86\xe7\xa0\x81", "\xe5\xaf\x86\xe7\xa0\x81"},
        {"\xc2\xad", ""},
        {"\xff", "\xff"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *got = saslprep(rows[i].password);
        assert_non_null(got);
        assert_string_equal(got, rows[i].prepared);
        free(got);
    }
    const struct verifier a = of("\xe2\x85\xa8", 2), b = of("IX", 2), c = of("ix", 2);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_not_equal(&a, &c, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_that_of_the_rfc),
        cmocka_unit_test(its_text_is_read_again),
        cmocka_unit_test(nobody_has_one_that_looks_alike),
        cmocka_unit_test(passwords_that_look_alike_are_one),
    };
    return RUN(tests);
}
