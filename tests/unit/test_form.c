/* test_form.c: parse/form. */
#include "base/escape.h"
#include "check.h"
#include "parse/form.h"

static bool field(const char *body, size_t n, const char *name, char *out, size_t size)
{
    char *copy = tight_copy(body, n);
    const bool ok = form_field((struct str){copy, n}, name, out, size);
    free(copy);
    return ok;
}

static void fields_are_found_and_decoded(void **state)
{
    static const struct {
        const char *body, *name, *value;
    } rows[] = {
        {"a=1", "a", "1"},
        {"a=1&b=2", "a", "1"},
        {"a=1&b=2", "b", "2"},
        {"user=alice&password=secret", "password", "secret"},
        {"a=1&a=2", "a", "1"}, /* the first */
        {"a=&a=2", "a", ""},
        {"a&a=2", "a", ""},
        {"a=", "a", ""},
        {"a", "a", ""},
        {"b=1&a", "a", ""},
        {"a=b=c", "a", "b=c"},
        {"a==", "a", "="},
        {"a=a+b", "a", "a b"},
        {"a=+", "a", " "},
        {"a=%2B", "a", "+"},
        {"a=%2b", "a", "+"},
        {"a=%20", "a", " "},
        {"a=%26%3D%25", "a", "&=%"},
        {"a=%2526", "a", "%26"}, /* once, not twice */
        {"a=%0D%0A", "a", "\r\n"},
        {"a=%01%7f%ff", "a", "\x01\x7f\xff"},
        {"a=\xe5\xb0\x8f", "a", "\xe5\xb0\x8f"},
        {"a=%E5%b0%8F", "a", "\xe5\xb0\x8f"},
        {"a=1;b=2", "a", "1;b=2"}, /* ';' parts nothing */
        {"a=?#/\"<", "a", "?#/\"<"},
        {"&&a=1&&", "a", "1"},
        {"&a=1", "a", "1"},
        {"%61=1", "a", "1"},
        {"a+b=1", "a b", "1"},
        {"a%2Bb=1", "a+b", "1"},
        {"%c3%a9=1", "\xc3\xa9", "1"},
        {"%3d=1", "=", "1"},
        {"=1", "", "1"},
        {"ab=1&a=2", "a", "2"},  /* neither longer */
        {"a=1&ab=2", "ab", "2"}, /* nor shorter */
        {"A=1&a=2", "a", "2"},
        {" a=1&a=2", "a", "2"},
        {"a =1&a=2", "a", "2"},
        {"%=1&a=2", "a", "2"}, /* what is broken elsewhere does no harm */
        {"a%=1&a=2", "a", "2"},
        {"a%6=1&a=2", "a", "2"},
        {"%zz=%zz&a=2", "a", "2"},
        {"a%00=1&a=2", "a", "2"},
        {"b=%&a=2&c=%g", "a", "2"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[64];
        assert_row(rows[i].body,
                   field(rows[i].body, strlen(rows[i].body), rows[i].name, out, sizeof out));
        assert_string_equal(out, rows[i].value);
    }
}

static void what_is_absent_or_broken_is_refused(void **state)
{
    static const struct {
        const char *body, *name;
    } rows[] = {
        {"", "a"},           {"&", "a"},
        {"=", "a"},          {"=a", "a"},
        {"b=a", "a"},        {"ab=1", "a"},
        {"a=1", "ab"},       {"A=1", "a"},
        {"a=1", ""},         {"", ""},
        {"&&", ""},          {"b=&a", ""},
        {"a%3D1", "a"},      {"b%26a=1", "a"},
        {"b;a=1", "a"},      {"a=%", "a"},
        {"a=%2", "a"},       {"a=x%", "a"},
        {"a=%g0", "a"},      {"a=%0g", "a"},
        {"a=%%41", "a"},     {"a=% 41", "a"},
        {"a=%-1", "a"},      {"a=%u0041", "a"},
        {"a=%2&41", "a"},    {"a=%&a=1", "a"} /* the first is broken */,
        {"a=%00", "a"},      {"a=b%00c", "a"},
        {"a=b%00&a=c", "a"}, {"a%00=1", "a"},
        {"%00=1", ""},       {"a=%+1", "a"},
        {"a=%1+", "a"},
    };
    char out[64];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].body,
                   !field(rows[i].body, strlen(rows[i].body), rows[i].name, out, sizeof out));
    assert_false(field("a=b\0c", 5, "a", out, sizeof out));
    assert_false(field("a\0=b", 4, "a", out, sizeof out));
    assert_false(field("a=\0", 3, "a", out, sizeof out));
    assert_false(form_field((struct str){0}, "a", out, sizeof out));
}

static void what_does_not_fit_is_refused(void **state)
{
    static const char *const bodies[] = {"a=1234567", "a=%31%32%33%34%35%36%37", "b&a=1+3+5+7&c"};
    (void)state;
    for (size_t i = 0; i < COUNT(bodies); i++)
        for (size_t size = 0; size < 10; size++) {
            char *out = tight_copy("xxxxxxxxxx", size);
            const bool ok = field(bodies[i], strlen(bodies[i]), "a", out, size);
            assert_row(bodies[i], ok == (size >= 8));
            assert_row(bodies[i], !ok || strlen(out) == 7);
            free(out);
        }
    char one[1];
    assert_true(field("a=", 2, "a", one, 1));
    assert_string_equal(one, "");
}

/* Whatever stands beside it, a value that was escaped comes back. */
static void escaped_values_come_back(void **state)
{
    struct chance c = {5};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char value[40], out[40];
        struct buf body = {0};
        const size_t n = chance_below(&c, sizeof value);
        for (size_t k = 0; k < n; k++)
            value[k] = (char)(1 + chance_below(&c, 255));
        value[n] = '\0';
        buf_adds(&body, chance_below(&c, 2) > 0 ? "x=%&" : "&na=1&");
        buf_adds(&body, "name=");
        escape_url(&body, str_of(value));
        buf_adds(&body, chance_below(&c, 2) > 0 ? "&name=z" : "");
        assert_true(field(buf_data(&body), body.len, "name", out, n + 1));
        assert_string_equal(out, value);
        buf_free(&body);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_and_decoded),
        cmocka_unit_test(what_is_absent_or_broken_is_refused),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(escaped_values_come_back),
    };
    return RUN(tests);
}
