/* test_http_rules.c: parse/http_rules. */
#include "check.h"
#include "parse/http_rules.h"

/* A row whose fault must have the words, or must be none (want = NULL). */
static void check_fault(const char *(*fault)(struct str), const char *text, const char *want)
{
    const size_t n = strlen(text);
    char *copy = tight_copy(text, n);
    const char *got = fault((struct str){copy, n});
    if ((want == NULL) != (got == NULL) || (want != NULL && strstr(got, want) == NULL))
        fail_msg("<%s>: %s", text, got != NULL ? got : "no fault");
    free(copy);
}

static void headers_are_checked(void **state)
{
    static const struct {
        const char *line, *fault;
    } rows[] = {
        {"X-A: b", NULL},
        {"X-A:b", NULL},
        {"X-A:", NULL},
        {"X-A: a: b", NULL},
        {"Content-Security-Policy: default-src 'self'; img-src *", NULL},
        {"Server: mine", NULL},
        {"server:", NULL},
        {"X-A: \xe5\xb0\x8f", NULL},
        {"Teapot: short", NULL}, /* begins as one that is kept */
        {"", "must be Name: value"},
        {"X-A", "must be Name: value"},
        {"X-A b", "must be Name: value"},
        {": b", "a name of other than"},
        {"X A: b", "a name of other than"},
        {" X: b", "a name of other than"},
        {"X-A : b", "a name of other than"},
        {"X(A): b", "a name of other than"},
        {"\xc3\xa4: b", "a name of other than"},
        {"X-A: a\tb", "control character"},
        {"X-A: a\x7f", "control character"},
        {"X-A: a\rb", "control character"},
        {"Content-Length: 5", "how the message ends"},
        {"content-length:", "how the message ends"},
        {"Transfer-Encoding: chunked", "how the message ends"},
        {"CONNECTION: close", "how the message ends"},
        {"Keep-Alive: 5", "how the message ends"},
        {"Trailer: x", "how the message ends"},
        {"TE: x", "how the message ends"},
        {"Upgrade: x", "how the message ends"},
        {"Date: x", "another one in each answer"},
        {"ETag: x", "another one in each answer"},
        {"Content-Type: x", "another one in each answer"},
        {"Content-Range: x", "another one in each answer"},
        {"Location: x", "another one in each answer"},
        {"Access-Control-Allow-Origin: *", "the key cors"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        check_fault(http_header_fault, rows[i].line, rows[i].fault);
}

static void headers_are_read_and_replaced(void **state)
{
    struct str lines = STR("X-A: 1\n\nServer:\nnonsense\nX-B:  two: 2 \nVary: Cookie"), name, value;
    static const char *const want[][2] = {
        {"X-A", "1"}, {"Server", ""}, {"X-B", "two: 2"}, {"Vary", "Cookie"}};
    (void)state;
    for (size_t i = 0; i < COUNT(want); i++) {
        assert_true(http_header_next(&lines, &name, &value));
        assert_str(name, want[i][0]);
        assert_int_equal(value.n, strlen(want[i][1]));
        assert_memory_equal(value.p, want[i][1], value.n);
    }
    assert_false(http_header_next(&lines, &name, &value));
    lines = STR("");
    assert_false(http_header_next(&lines, &name, &value));

    const char text[] = "X-A: 1\nserver:\nVary: Cookie\nSet-Cookie: a=b\nLink: </a>";
    assert_true(http_header_replaces(text, STR("Server")));
    assert_true(http_header_replaces(text, STR("x-a")));
    assert_false(http_header_replaces(text, STR("X-AB")));
    assert_false(http_header_replaces(text, STR("Vary")));
    assert_false(http_header_replaces(text, STR("Set-Cookie")));
    assert_false(http_header_replaces(text, STR("Link")));
    assert_false(http_header_replaces("", STR("Server")));
}

static void lifetimes(void **state)
{
    static const struct {
        const char *rules, *type;
        int64_t seconds;
    } rows[] = {
        {"", "text/css", -1},
        {"text/css=1d", "text/css", 86400},
        {"text/css=1d", "text/css; charset=utf-8", 86400},
        {"text/css=1d", "text/css ; charset=utf-8", 86400},
        {"text/css=1d", "TEXT/CSS", 86400},
        {"text/css=1d", "text/csv", -1},
        {"text/css=1d", "text/css3", -1},
        {"text/css=90", "text/css", 90},
        {"text/css=0", "text/css", 0},
        {"image/*=7d", "image/png", 604800},
        {"image/*=7d", "image/", 604800},
        {"image/*=7d", "imagex/png", -1},
        {"image/*=7d", "image", -1},
        {"*=1h", "anything/else", 3600},
        {"text/css=1d *=1h", "text/css", 86400},
        {"*=1h text/css=1d", "text/css", 3600}, /* the first */
        {"text/*=2h  text/css=1d", "text/css", 7200},
        {"nonsense *=5", "a/b", 5},
    };
    static const struct {
        const char *rule, *fault;
    } faults[] = {
        {"text/css=1d", NULL},
        {"image/*=7d", NULL},
        {"*=0", NULL},
        {"*=365d", NULL},
        {"application/vnd.x+json=5m", NULL},
        {"text/css", "a type and a time"},
        {"=1d", "a type and a time"},
        {"text/css=", "a type and a time"},
        {"text=1d", "a type and a time"},
        {"text/=1d", "a type and a time"},
        {"/css=1d", "a type and a time"},
        {"*/*=1d", "a type and a time"},
        {"*/css=1d", "a type and a time"},
        {"text/c*=1d", "a type and a time"},
        {"text/a/b=1d", "a type and a time"},
        {"text/css=1y", "whole seconds"},
        {"text/css=-1", "whole seconds"},
        {"text/css=366d", "whole seconds"},
        {"text/css=5ms", "whole seconds"},
        {"text/css=1d=2d", "whole seconds"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (http_lifetime(rows[i].rules, rows[i].type) != rows[i].seconds)
            fail_msg("<%s> of <%s>", rows[i].rules, rows[i].type);
    for (size_t i = 0; i < COUNT(faults); i++)
        check_fault(http_lifetime_fault, faults[i].rule, faults[i].fault);
}

static void error_paths(void **state)
{
    static const struct {
        const char *rules;
        int status;
        const char *path; /* NULL: none */
    } rows[] = {
        {"", 404, NULL},
        {"404=/a.html", 404, "/a.html"},
        {"404=/a.html", 403, NULL},
        {"404=/a 50x=/b", 503, "/b"},
        {"404=/a 50x=/b", 515, NULL},
        {"5xx=/b", 599, "/b"},
        {"5xx=/b", 499, NULL},
        {"4xx=/a  404=/b", 404, "/a"}, /* the first */
        {"404=/a=b", 404, "/a=b"},
        {"nonsense 404=/a", 404, "/a"},
    };
    static const struct {
        const char *rule, *fault;
    } faults[] = {
        {"404=/a.html", NULL},
        {"50x=/e/b.html", NULL},
        {"4xx=/e", NULL},
        {"404=/a=b", NULL},
        {"404", "a status and a path"},
        {"404=", "a status and a path"},
        {"=/a", "a status and a path"},
        {"404=a", "a status and a path"},
        {"200=/a", "a status and a path"},
        {"304=/a", "a status and a path"},
        {"xxx=/a", "a status and a path"},
        {"4x4=/a", "a status and a path"},
        {"40=/a", "a status and a path"},
        {"4040=/a", "a status and a path"},
        {"404=/", "not one of a file"},
        {"404=/a/", "not one of a file"},
        {"404=/a/../b", "not one of a file"},
        {"404=//a", "not one of a file"},
        {"404=/.a", "not one of a file"},
        {"404=/a/.b", "not one of a file"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct str got = http_error_path(rows[i].rules, rows[i].status);
        if (rows[i].path == NULL)
            assert_row(rows[i].rules, got.p == NULL);
        else
            assert_str(got, rows[i].path);
    }
    for (size_t i = 0; i < COUNT(faults); i++)
        check_fault(http_error_path_fault, faults[i].rule, faults[i].fault);
}

static void origins(void **state)
{
    static const struct {
        const char *list, *origin;
        enum http_cors may;
    } rows[] = {
        {"", "https://a", HTTP_CORS_NO},
        {"*", "https://a", HTTP_CORS_ALL},
        {"*", "null", HTTP_CORS_ALL},
        {"*", "", HTTP_CORS_NO}, /* it is no page that asks */
        {"https://a", "https://a", HTTP_CORS_LISTED},
        {"https://A.Example", "https://a.example", HTTP_CORS_LISTED},
        {"https://a", "http://a", HTTP_CORS_NO},
        {"https://a", "https://a:8443", HTTP_CORS_NO},
        {"https://a:8443", "https://a:8443", HTTP_CORS_LISTED},
        {"https://a", "https://a.evil", HTTP_CORS_NO},
        {"https://a", "https://evila", HTTP_CORS_NO},
        {"https://a", "null", HTTP_CORS_NO},
        {"https://*.lab", "https://a.lab", HTTP_CORS_ENDING},
        {"https://*.lab", "https://a.b.lab", HTTP_CORS_ENDING},
        {"https://*.lab", "https://lab", HTTP_CORS_NO},
        {"https://*.lab", "https://.lab", HTTP_CORS_NO},
        {"https://*.lab", "https://evillab", HTTP_CORS_NO},
        {"https://*.lab", "http://a.lab", HTTP_CORS_NO},
        {"https://*.lab", "https://a.lab:8443", HTTP_CORS_NO},
        {"https://*.lab:8443", "https://a.lab:8443", HTTP_CORS_ENDING},
        {"https://*.lab", "null", HTTP_CORS_NO},
        {"https://*.lab https://a.lab", "https://a.lab", HTTP_CORS_LISTED},
        {"https://a.lab https://*.lab", "https://b.lab", HTTP_CORS_ENDING},
        {"* https://a", "https://a", HTTP_CORS_LISTED},
        {"https://a *", "https://b", HTTP_CORS_ALL},
        {"https://*.b *", "https://a.b", HTTP_CORS_ENDING},
        {"* https://*.b", "https://a.b", HTTP_CORS_ENDING},
    };
    static const struct {
        const char *one, *fault;
    } faults[] = {
        {"*", NULL},
        {"https://app.example", NULL},
        {"http://localhost:3000", NULL},
        {"https://*.lab.example", NULL},
        {"https://*.lab.example:8443", NULL},
        {"http://[::1]:80", NULL},
        {"chrome-extension://abcdef", NULL},
        {"app.example", "must be an origin"},
        {"null", "must be an origin"},
        {"https://", "must be an origin"},
        {"://a", "must be an origin"},
        {"https://*", "must be an origin"},
        {"*://a", "must be an origin"},
        {"https://a/", "must be an origin"},
        {"https://a/b", "must be an origin"},
        {"https://a:", "must end behind"},
        {"https://a:port", "must end behind"},
        {"https://a:99999", "must end behind"},
        {"https://a.", "must end behind"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t n = strlen(rows[i].origin);
        char *copy = tight_copy(rows[i].origin, n);
        if (http_origin_allowed(rows[i].list, (struct str){copy, n}) != rows[i].may)
            fail_msg("<%s> for <%s>", rows[i].list, rows[i].origin);
        free(copy);
    }
    assert_int_equal(http_origin_allowed("*", (struct str){0}), HTTP_CORS_NO);
    for (size_t i = 0; i < COUNT(faults); i++)
        check_fault(http_origin_fault, faults[i].one, faults[i].fault);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_checked),
        cmocka_unit_test(headers_are_read_and_replaced),
        cmocka_unit_test(lifetimes),
        cmocka_unit_test(error_paths),
        cmocka_unit_test(origins),
    };
    return RUN(tests);
}
