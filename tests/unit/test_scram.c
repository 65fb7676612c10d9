/* test_scram.c: parse/scram. */
#include "check.h"
#include "parse/scram.h"

static const char *text(enum scram_result result)
{
    static const char *const words[] = {"ok", "bad", "binding", "extension"};
    return words[result];
}

static void first_messages_are_taken_apart(void **state)
{
    static const struct {
        const char *msg, *gs2, *authzid, *name, *nonce, *bare;
    } rows[] = {
        {"n,,n=user,r=rOprNGfwEbeRWgbNEkqO", "n,,", NULL, "user", "rOprNGfwEbeRWgbNEkqO",
         "n=user,r=rOprNGfwEbeRWgbNEkqO"}, /* RFC 7677, 3 */
        {"y,,n=user,r=x", "y,,", NULL, "user", "x", "n=user,r=x"},
        {"n,a=other,n=user,r=x", "n,a=other,", "other", "user", "x", "n=user,r=x"},
        {"n,,n=a=2Cb=3D,r=!~", "n,,", NULL, "a=2Cb=3D", "!~", "n=a=2Cb=3D,r=!~"},
        {"n,,n=小明,r=a=b", "n,,", NULL, "小明", "a=b", "n=小明,r=a=b"},
        {"n,,n=user,r=x,z=later,Y=on", "n,,", NULL, "user", "x", "n=user,r=x,z=later,Y=on"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scram_first f;
        char *copy = tight_copy(rows[i].msg, strlen(rows[i].msg));
        const struct str msg = {copy, strlen(rows[i].msg)};
        assert_row(rows[i].msg, scram_first_parse(msg, &f) == SCRAM_OK);
        assert_str(f.gs2, rows[i].gs2);
        assert_str(f.name, rows[i].name);
        assert_str(f.nonce, rows[i].nonce);
        assert_str(f.bare, rows[i].bare);
        if (rows[i].authzid != NULL)
            assert_str(f.authzid, rows[i].authzid);
        else
            assert_null(f.authzid.p);
        free(copy);
    }
}

static void other_first_messages_are_refused(void **state)
{
    static const struct {
        const char *msg, *result;
    } rows[] = {
        {"", "bad"},
        {"n", "bad"},
        {"n,", "bad"},
        {"n,,", "bad"},
        {",,n=user,r=x", "bad"},
        {"q,,n=user,r=x", "bad"},
        {"N,,n=user,r=x", "bad"},
        {"n=,,n=user,r=x", "bad"},
        {"p,,n=user,r=x", "bad"},
        {"p=,,n=user,r=x", "bad"},
        {"p=tls-unique,,n=user,r=x", "binding"},
        {"p=tls-exporter,a=b,n=user,r=x", "binding"},
        {"n,other,n=user,r=x", "bad"},
        {"n,a=,n=user,r=x", "bad"},
        {"n,n=user,r=x", "bad"},
        {"n,,r=x,n=user", "bad"},
        {"n,,n=,r=x", "bad"},
        {"n,,n=user", "bad"},
        {"n,,n=user,", "bad"},
        {"n,,n=user,r=", "bad"},
        {"n,,n=user,r=a b", "bad"},
        {"n,,n=user,r=\xc3\xa9", "bad"},
        {"n,,n=user,r=x,", "bad"},
        {"n,,n=user,r=x,z", "bad"},
        {"n,,n=user,r=x,z=", "bad"},
        {"n,,n=user,r=x,1=y", "bad"},
        {"n,,n=user,r=x,,z=y", "bad"},
        {"n,,m=must,n=user,r=x", "extension"},
        {"n,,n=us\xff,r=x", "bad"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scram_first f;
        char *copy = tight_copy(rows[i].msg, strlen(rows[i].msg));
        const enum scram_result result =
            scram_first_parse((struct str){copy, strlen(rows[i].msg)}, &f);
        if (strcmp(text(result), rows[i].result) != 0)
            fail_msg("%s: %s", rows[i].msg, text(result));
        free(copy);
    }
    struct scram_first f;
    assert_int_equal(scram_first_parse((struct str){0}, &f), SCRAM_BAD);
    assert_int_equal(scram_first_parse(STR("n,,n=us\0er,r=x"), &f), SCRAM_BAD);
}

static void last_messages_are_taken_apart(void **state)
{
    struct scram_final f;
    (void)state;
    assert_int_equal(scram_final_parse(STR("c=biws,r=ab,p=cHJvb2Y="), &f), SCRAM_OK);
    assert_str(f.binding, "biws");
    assert_str(f.nonce, "ab");
    assert_str(f.proof, "cHJvb2Y=");
    assert_str(f.unproven, "c=biws,r=ab");
    assert_int_equal(scram_final_parse(STR("c=eSws,r=ab,x=y,p=z"), &f), SCRAM_OK);
    assert_str(f.unproven, "c=eSws,r=ab,x=y");
    assert_int_equal(scram_final_parse(STR("c=biws,r=ab,p="), &f), SCRAM_OK);
    assert_int_equal(f.proof.n, 0);
}

static void other_last_messages_are_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "p=z",
        "c=biws,p=z",
        "r=ab,p=z",
        "c=biws,r=ab",
        "r=ab,c=biws,p=z",
        "c=biws,r=ab,p",
        "c=biws,r=,p=z",
        "c=biws,r=ab,P=z",
        "c=biws,r=ab,p=z,x=y",
        "c=biws,r=a b,p=z",
        "c=biws,r=ab,xy,p=z",
        "c=biws,r=ab,,p=z",
        "c=biws,r=\xc3\xa9,p=z",
        "c=\xff,r=ab,p=z",
        "xc=biws,r=ab,p=z",
    };
    struct scram_final f;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i], scram_final_parse(str_of(rows[i]), &f) == SCRAM_BAD);
    assert_int_equal(scram_final_parse(STR("m=x,c=biws,r=ab,p=z"), &f), SCRAM_EXTENSION);
    assert_int_equal(scram_final_parse(STR("c=biws,r=a\0b,p=z"), &f), SCRAM_BAD);
}

static void names_may_hold_commas_and_equal_signs(void **state)
{
    static const struct {
        const char *name, *meant; /* NULL: it is none */
    } rows[] = {
        {"alice", "alice"}, {"a=2Cb", "a,b"}, {"=3D=3D", "=="}, {"=3D2C", "=2C"},
        {"小明", "小明"},   {"a=b", NULL},    {"a=", NULL},     {"a=2", NULL},
        {"a=2c", NULL},     {"=", NULL},      {"=00", NULL},    {"1234567", "1234567"},
        {"12345678", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[8];
        const bool ok = scram_name(str_of(rows[i].name), out, sizeof out);
        assert_row(rows[i].name, ok == (rows[i].meant != NULL));
        if (ok)
            assert_string_equal(out, rows[i].meant);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_messages_are_taken_apart),
        cmocka_unit_test(other_first_messages_are_refused),
        cmocka_unit_test(last_messages_are_taken_apart),
        cmocka_unit_test(other_last_messages_are_refused),
        cmocka_unit_test(names_may_hold_commas_and_equal_signs),
    };
    return RUN(tests);
}
