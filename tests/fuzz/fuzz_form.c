/* fuzz_form.c: a value that was found fits, and comes back when escaped. The first byte of the
 * input chooses the name, the second is the room there is. */
#include "base/escape.h"
#include "fuzz.h"
#include "parse/form.h"

/* The same value under the same name, behind fields that are none of it. */
static void check_again(const char *name, const char *value)
{
    const size_t n = strlen(value);
    char *out = tight_copy(value, n + 1);
    struct buf body = {0};
    buf_adds(&body, "&&other=%&");
    escape_url(&body, str_of(name));
    buf_addc(&body, '=');
    escape_url(&body, str_of(value));
    const struct str s = {buf_data(&body), body.len};
    memset(out, 'x', n + 1);
    CHECK(form_field(s, name, out, n + 1) && strcmp(out, value) == 0);
    CHECK(!form_field(s, name, out, n));
    buf_free(&body);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"a", "name", "", "a b&=+%", "\xe5\xb0\x8f"};
    const char *name = names[take_byte(&data, &size) % 5];
    const size_t room = take_byte(&data, &size);
    char *p = tight_copy(data, size), *out = malloc(room > 0 ? room : 1);
    CHECK(out != NULL);
    if (form_field((struct str){p, size}, name, out, room)) {
        CHECK(strnlen(out, room) < room && strlen(out) <= size);
        check_again(name, out);
    }
    free(out);
    free(p);
    return 0;
}
