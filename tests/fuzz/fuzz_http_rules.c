/* fuzz_http_rules.c: rules are read without going astray, and one that is in order is found again.
 * The first two bytes of the input are a status; then come rules, a line end, and what is looked
 * for. */
#include "fuzz.h"
#include "parse/http_rules.h"

static void check_header(struct str line)
{
    char *text = strndup(line.p, line.n);
    struct str rest = str_of(text), name, value;
    if (http_header_fault(line) == NULL) {
        CHECK(http_header_next(&rest, &name, &value));
        for (size_t i = 0; i < value.n; i++)
            CHECK((unsigned char)value.p[i] >= 0x20);
        CHECK(!str_ieq(name, "Content-Length") && !str_ieq(name, "Transfer-Encoding"));
        (void)http_header_replaces(text, name);
    }
    free(text);
}

static void check_rule(struct str rule, int status)
{
    char *text = strndup(rule.p, rule.n);
    if (http_lifetime_fault(rule) == NULL) {
        char *type = strndup(rule.p, strcspn(text, "="));
        const int64_t seconds = http_lifetime(text, type);
        CHECK(seconds >= 0 && seconds <= 365 * 86400);
        free(type);
    }
    if (http_error_path_fault(rule) == NULL) {
        const struct str path = http_error_path(text, status);
        CHECK(path.p == NULL || (path.p[0] == '/' && path.n == rule.n - 4));
        CHECK(path.p == NULL || (status >= 400 && status <= 599));
    }
    if (http_origin_fault(rule) == NULL && memchr(rule.p, '*', rule.n) == NULL)
        CHECK(http_origin_allowed(text, rule) == HTTP_CORS_LISTED);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int high = take_byte(&data, &size), status = (high << 8 | take_byte(&data, &size)) % 1000;
    char *p = tight_copy(data, size);
    struct str wanted = {p, size}, list, one;
    CHECK(str_split(&wanted, '\n', &list));
    char *text = strndup(list.n > 0 ? list.p : "", list.n);
    char *type = strndup(wanted.n > 0 ? wanted.p : "", wanted.n);
    CHECK(text != NULL && type != NULL);
    (void)http_lifetime(text, type);
    (void)http_error_path(text, status);
    (void)http_origin_allowed(text, wanted);
    (void)http_header_replaces(text, wanted);
    struct str rest = str_of(text);
    check_header(rest);
    while (str_split(&rest, ' ', &one))
        if (one.n > 0)
            check_rule(one, status);
    free(type);
    free(text);
    free(p);
    return 0;
}
