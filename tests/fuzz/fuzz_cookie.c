/* fuzz_cookie.c: a cookie that was found lies in its field, holds no ';', and comes back. */
#include "fuzz.h"
#include "parse/cookie.h"

static void check_again(const char *name, struct str value)
{
    struct buf field = {0};
    buf_addf(&field, "x%s=1; %sx=2; %s;%s=\"", name, name, name, name);
    buf_add(&field, value.p, value.n);
    buf_addf(&field, "\"; %s=3", name);
    const struct str again = cookie_find((struct str){buf_data(&field), field.len}, name);
    CHECK(again.p != NULL && again.n == value.n && memcmp(again.p, value.p, value.n) == 0);
    buf_free(&field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a", "session"};
    char *p = tight_copy(data, size);
    for (size_t i = 0; i < 2; i++) {
        const struct str value = cookie_find((struct str){p, size}, names[i]);
        if (value.p == NULL) {
            CHECK(value.n == 0);
            continue;
        }
        CHECK(value.p > p && value.p + value.n <= p + size);
        CHECK(memchr(value.p, ';', value.n) == NULL);
        check_again(names[i], value);
    }
    free(p);
    return 0;
}
