/* test_http_auth.c: parse/http_auth. */
#include "check.h"
#include "parse/base64.h"
#include "parse/http_auth.h"

static bool parse(struct str field, char *out, size_t size, struct str *user, struct str *password)
{
    char *copy = tight_copy(field.p, field.n);
    const bool ok = http_basic_parse((struct str){copy, field.n}, out, size, user, password);
    free(copy); /* they point into out */
    return ok;
}

/* The same for what the field is to hold. */
static bool parse_pair(struct str pair, char *out, size_t size, struct str *user,
                       struct str *password)
{
    struct buf b = {0};
    buf_adds(&b, "Basic ");
    base64_encode(&b, pair.p, pair.n);
    const bool ok = parse((struct str){buf_data(&b), b.len}, out, size, user, password);
    buf_free(&b);
    return ok;
}

static void fields_are_read(void **state)
{
    static const struct {
        const char *field, *user, *password;
    } rows[] = {
        {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"}, /* RFC 7617, 2 */
        {"Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3"},                /* and 2.1 */
        {"basic YTpi", "a", "b"},
        {"BASIC YTpi", "a", "b"},
        {"bAsIc YTpi", "a", "b"},
        {"Basic   YTpi", "a", "b"},
        {" Basic YTpi\t", "a", "b"},
        {"Basic YTpi ", "a", "b"},
        {"Basic YTpiOmM=", "a", "b:c"}, /* the first colon */
        {"Basic YTo6", "a", ":"},
        {"Basic YTo=", "a", ""},
        {"Basic OmI=", "", "b"},
        {"Basic Og==", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[64];
        struct str user = {0}, password = {0};
        assert_row(rows[i].field, parse(str_of(rows[i].field), out, sizeof out, &user, &password));
        assert_str(user, rows[i].user);
        assert_str(password, rows[i].password);
    }
}

static void other_fields_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "Basic",
        "Basic ",
        "Basic  ",
        "Basi YTpi",
        "Basics YTpi",
        "BasicYTpi",
        "Basic\tYTpi",
        "Basic \tYTpi",
        "Basic=YTpi",
        "Basic,YTpi",
        "Basic: YTpi",
        "Bearer YTpi",
        "Digest YTpi",
        "Negotiate YTpi",
        "YTpi",
        "\"Basic\" YTpi",
        "Basic YTpi YTpi",
        "Basic YTp i",
        "Basic YTpi,",
        "Basic YTpi=",
        "Basic YTp",
        "Basic YTo",
        "Basic YTp=",
        "Basic \"YTpi\"",
        "Basic a:b",
        "Basic YWI=",
        "Basic YTpi\r\n",
        "Basic -_-_",
        "Basic realm=x",
        "Basic ====",
        "Basic YTpi, Basic YTpi",
        "Proxy Basic YTpi",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char out[64];
        struct str user = STR("as it"), password = STR("was");
        assert_row(bad[i], !parse(str_of(bad[i]), out, sizeof out, &user, &password));
        assert_str(user, "as it");
        assert_str(password, "was");
    }
    char out[64];
    struct str user, password;
    assert_false(http_basic_parse((struct str){0}, out, sizeof out, &user, &password));
    assert_false(parse(STR("Basic YT\0pi"), out, sizeof out, &user, &password));
    assert_false(parse(STR("Basic\0YTpi"), out, sizeof out, &user, &password));
}

/* Each byte in the user and in the password: only controls are refused. */
static void controls_are_refused(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char pair[] = "a_c:d_f", out[16];
        struct str user, password;
        const bool want = c >= 0x20 && c != 0x7f;
        pair[1] = (char)c;
        assert_int_equal(parse_pair(STR(pair), out, sizeof out, &user, &password), want);
        pair[1] = '_';
        pair[5] = (char)c;
        assert_int_equal(parse_pair(STR(pair), out, sizeof out, &user, &password), want);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    for (size_t size = 0; size < 12; size++) {
        char *out = tight_copy("xxxxxxxxxxxx", size);
        struct str user, password;
        const bool ok = parse_pair(STR("user:pass"), out, size, &user, &password);
        assert_int_equal(ok, size >= 9);
        if (ok) {
            assert_ptr_equal(user.p, out);
            assert_str(user, "user");
            assert_str(password, "pass");
        }
        free(out);
    }
}

static void tokens_are_read(void **state)
{
    static const struct {
        const char *field, *token; /* NULL: there is none */
    } rows[] = {
        {"Bearer abc", "abc"}, {"bEARER  a.b~c+/==\t", "a.b~c+/=="},
        {"Bearer", NULL},      {"Bearer ", NULL},
        {"Bearer a b", NULL},  {"Bearerx a", NULL},
        {"Basic abc", NULL},   {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].field);
        char *copy = tight_copy(rows[i].field, n);
        const struct str token = http_bearer_parse((struct str){copy, n});
        assert_row(rows[i].field,
                   rows[i].token == NULL ? token.p == NULL : str_is(token, rows[i].token));
        free(copy);
    }
    assert_null(http_bearer_parse((struct str){0}).p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read),      cmocka_unit_test(other_fields_are_refused),
        cmocka_unit_test(controls_are_refused), cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(tokens_are_read),
    };
    return RUN(tests);
}
