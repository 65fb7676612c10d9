/* fuzz_http_auth.c: user and password lie in out, hold no control, and come back. The first byte of
 * the input is the room there is; with its low bit set the rest is put in base 64 first. */
#include "fuzz.h"
#include "parse/base64.h"
#include "parse/http_auth.h"

static void check_pair(const char *out, size_t room, struct str user, struct str password)
{
    CHECK(user.p == out && password.p == out + user.n + 1);
    CHECK(user.n + 1 + password.n <= room);
    CHECK(memchr(user.p, ':', user.n) == NULL);
    for (size_t i = 0; i < user.n + 1 + password.n; i++)
        CHECK((unsigned char)out[i] >= 0x20 && out[i] != 0x7f);
}

static void check_again(struct str user, struct str password)
{
    struct buf field = {0};
    struct str u, p;
    const size_t n = user.n + 1 + password.n;
    char *out = tight_copy(user.p, n);
    buf_adds(&field, "\tbASIC  ");
    base64_encode(&field, user.p, n);
    const struct str s = {buf_data(&field), field.len};
    CHECK(http_basic_parse(s, out, n, &u, &p) && u.n == user.n && p.n == password.n);
    CHECK(memcmp(out, user.p, n) == 0);
    CHECK(!http_basic_parse(s, out, n - 1, &u, &p));
    buf_free(&field);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t room = take_byte(&data, &size);
    struct buf field = {0};
    struct str user, password;
    if (room & 1) {
        buf_adds(&field, "Basic ");
        base64_encode(&field, data, size);
    } else {
        buf_add(&field, data, size);
    }
    char *p = tight_copy(buf_data(&field), field.len), *out = malloc(room > 0 ? room : 1);
    CHECK(out != NULL);
    if (http_basic_parse((struct str){p, field.len}, out, room, &user, &password)) {
        check_pair(out, room, user, password);
        check_again(user, password);
    }
    free(out);
    free(p);
    buf_free(&field);
    return 0;
}
