/* test_secret.c: base/secret and base/proof. */
#include "base/proof.h"
#include "base/secret.h"
#include "check.h"

static void secrets_are_hex_and_differ(void **state)
{
    (void)state;
    static const size_t sizes[] = {2, 3, 8, 41, 49, 65};
    char one[65], two[65];
    for (size_t i = 0; i < COUNT(sizes); i++) {
        assert_true(secret_new(one, sizes[i]));
        assert_int_equal(strlen(one), sizes[i] - 1);
        assert_int_equal(strspn(one, "0123456789abcdef"), sizes[i] - 1);
    }
    assert_true(secret_new(one, sizeof one));
    assert_true(secret_new(two, sizeof two));
    assert_string_not_equal(one, two);
}

/* FIPS 180-2, appendix B. */
static void digests_are_sha_256(void **state)
{
    (void)state;
    static const struct {
        const char *text, *digest;
    } rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    char digest[DIGEST_TEXT_MAX];
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(secret_digest(str_of(rows[i].text), digest));
        assert_string_equal(digest, rows[i].digest);
    }
}

static void only_the_same_is_the_same(void **state)
{
    (void)state;
    assert_true(secret_same(STR(""), ""));
    assert_true(secret_same(STR("abc"), "abc"));
    assert_false(secret_same(STR("abc"), "abd"));
    assert_false(secret_same(STR("abc"), "ab"));
    assert_false(secret_same(STR("ab"), "abc"));
    assert_false(secret_same(STR(""), "a"));
}

static void a_password_is_known_for_a_while(void **state)
{
    (void)state;
    struct proof_key key, other;
    struct proof proof = {0};
    assert_true(proof_key_new(&key));
    assert_true(proof_key_new(&other));
    assert_false(proof_holds(&proof, &key, "", 0));
    proof_keep(&proof, &key, "right", 1000);
    assert_true(proof_holds(&proof, &key, "right", 1000));
    assert_true(proof_holds(&proof, &key, "right", 1000 + 10 * 60000 - 1));
    assert_false(proof_holds(&proof, &key, "right", 1000 + 10 * 60000));
    assert_false(proof_holds(&proof, &key, "wrong", 1000));
    assert_false(proof_holds(&proof, &other, "right", 1000));
}

static void a_secret_is_found_behind_its_prefix(void **state)
{
    (void)state;
    assert_str(secret_behind(STR("GET /s/abcd x"), "/s/", 4), "abcd");
    assert_str(secret_behind(STR("/s/abc /s/abcde /s/1234"), "/s/", 4), "1234");
    assert_str(secret_behind(STR("/s//s/beef"), "/s/", 4), "beef");
    assert_null(secret_behind(STR("/s/abc"), "/s/", 4).p);
    assert_null(secret_behind(STR("/s/abcg"), "/s/", 4).p);
    assert_null(secret_behind(STR(""), "/s/", 4).p);
    assert_null(secret_behind((struct str){0}, "/s/", 4).p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_are_hex_and_differ),
        cmocka_unit_test(digests_are_sha_256),
        cmocka_unit_test(only_the_same_is_the_same),
        cmocka_unit_test(a_password_is_known_for_a_while),
        cmocka_unit_test(a_secret_is_found_behind_its_prefix),
    };
    return RUN(tests);
}
