/* test_sasl_plain.c: parse/sasl_plain. */
#include "check.h"
#include "parse/sasl_plain.h"

/* The message is a literal: what is behind its last byte, the NUL of C, is not of it. */
#define MESSAGE(LITERAL) LITERAL, sizeof(LITERAL) - 1

static void messages_are_split(void **state)
{
    static const struct {
        const char *msg;
        size_t n;
        const char *authzid, *authcid, *password;
    } rows[] = {
        {MESSAGE("\0tim\0tanstaaftanstaaf"), "", "tim", "tanstaaftanstaaf"}, /* RFC 4616, 4 */
        {MESSAGE("Ursel\0Kurt\0xipj3plmq"), "Ursel", "Kurt", "xipj3plmq"},
        {MESSAGE("\0a\0b"), "", "a", "b"},
        {MESSAGE("a\0a\0b"), "a", "a", "b"},
        {MESSAGE("\0a b\0 c d "), "", "a b", " c d "},
        {MESSAGE("\0a:b\0c:d"), "", "a:b", "c:d"},
        {MESSAGE("\0a\n\0b\r\n"), "", "a\n", "b\r\n"}, /* who has such a name is not known */
        {MESSAGE("\xc3\xa9\0\xe5\xb0\x8f\0\xf0\x9f\x94\x91"), "\xc3\xa9", "\xe5\xb0\x8f",
         "\xf0\x9f\x94\x91"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str authzid = {0}, authcid = {0}, password = {0};
        char *copy = tight_copy(rows[i].msg, rows[i].n);
        assert_row(rows[i].password,
                   sasl_plain_parse((struct str){copy, rows[i].n}, &authzid, &authcid, &password));
        assert_str(authzid, rows[i].authzid);
        assert_str(authcid, rows[i].authcid);
        assert_str(password, rows[i].password);
        free(copy);
    }
}

static void anything_else_is_refused(void **state)
{
    static const struct {
        const char *label, *msg;
        size_t n;
    } rows[] = {
        {"nothing", MESSAGE("")},
        {"no NUL", MESSAGE("alice")},
        {"one NUL alone", MESSAGE("\0")},
        {"one NUL", MESSAGE("alice\0secret")},
        {"one NUL in front", MESSAGE("\0alice")},
        {"two NULs alone", MESSAGE("\0\0")},
        {"no authcid", MESSAGE("\0\0secret")},
        {"no authcid but an authzid", MESSAGE("alice\0\0secret")},
        {"no password", MESSAGE("\0alice\0")},
        {"no password but an authzid", MESSAGE("alice\0alice\0")},
        {"three NULs alone", MESSAGE("\0\0\0")},
        {"a NUL behind", MESSAGE("\0alice\0secret\0")},
        {"a NUL in the password", MESSAGE("\0alice\0sec\0ret")},
        {"a NUL more in front", MESSAGE("\0\0alice\0secret")},
        {"an authzid that is not UTF-8", MESSAGE("\xff\0alice\0secret")},
        {"an authcid that is not UTF-8", MESSAGE("\0alic\xe9\0secret")},
        {"a password that is not UTF-8", MESSAGE("\0alice\0secr\xc3")},
        {"an overlong NUL", MESSAGE("\0alice\0\xc0\x80")},
        {"a surrogate", MESSAGE("\0alice\0\xed\xa0\x80")},
        {"a character cut by a NUL", MESSAGE("\0\xe5\xb0\0\x8f")},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str part[3] = {STR("as"), STR("it"), STR("was")};
        char *copy = tight_copy(rows[i].msg, rows[i].n);
        assert_row(rows[i].label,
                   !sasl_plain_parse((struct str){copy, rows[i].n}, &part[0], &part[1], &part[2]));
        free(copy);
        assert_str(part[0], "as");
        assert_str(part[1], "it");
        assert_str(part[2], "was");
    }
    struct str part[3];
    assert_false(sasl_plain_parse((struct str){0}, &part[0], &part[1], &part[2]));
}

/* RFC 4616 has each of the three be at least 255 bytes. */
static void long_ones_are_whole(void **state)
{
    char msg[3 * 1000 + 2];
    struct str authzid, authcid, password;
    (void)state;
    memset(msg, 'x', sizeof msg);
    msg[1000] = msg[2001] = '\0';
    assert_true(sasl_plain_parse((struct str){msg, sizeof msg}, &authzid, &authcid, &password));
    assert_int_equal(authzid.n, 1000);
    assert_int_equal(authcid.n, 1000);
    assert_int_equal(password.n, 1000);
    assert_ptr_equal(password.p, msg + 2002);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_split),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(long_ones_are_whole),
    };
    return RUN(tests);
}
