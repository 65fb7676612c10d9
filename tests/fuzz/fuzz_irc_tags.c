/* fuzz_irc_tags.c: what goes on to others is of clients alone, and parses as what it was. */
#include "fuzz.h"
#include "parse/irc_tags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *p = (const char *)data;
    struct str rest = {p, size};
    struct irc_tag t;
    struct buf on = {0}, escaped = {0};
    char value[64];
    while (irc_tags_next(&rest, &t))
        CHECK(lies_within(t.key, p, size) && lies_within(t.value, p, size));
    (void)irc_tags_find((struct str){p, size}, "label", value, sizeof value);
    irc_tags_add_client(&on, (struct str){p, size});
    CHECK(on.len <= size);
    struct str left = {buf_data(&on), on.len};
    while (irc_tags_next(&left, &t))
        CHECK(t.key.n > 1 && t.key.p[0] == '+');
    if (size > 0 && size < sizeof value && memchr(p, '\0', size) == NULL) {
        buf_adds(&escaped, "label=");
        irc_tags_escape(&escaped, (struct str){p, size});
        CHECK(irc_tags_find((struct str){buf_data(&escaped), escaped.len}, "label", value,
                            sizeof value));
        CHECK(strlen(value) == size && memcmp(value, p, size) == 0);
    }
    buf_free(&on);
    buf_free(&escaped);
    return 0;
}
