/* fuzz_utf8_text.c: whatever the bytes, what is made of them for logs, pages, JSON and chat is
 * UTF-8 and harmless there; names fold to names that fold to themselves. */
#include "base/escape.h"
#include "fuzz.h"
#include "model/chat_text.h"
#include "model/name.h"

typedef void escape_fn(struct buf *out, struct str s);

static void escape_log_100(struct buf *out, struct str s)
{
    escape_log(out, s, 100);
}

static void check_escape(escape_fn *fn, struct str s, const char *never, bool utf8)
{
    struct buf b = {0};
    fn(&b, s);
    CHECK(!b.failed);
    CHECK(!utf8 || utf8_valid(buf_data(&b), b.len));
    for (size_t i = 0; i < b.len; i++)
        CHECK(buf_data(&b)[i] != '\0' && strchr(never, buf_data(&b)[i]) == NULL);
    buf_free(&b);
}

/* What directions are open at the end, by UAX #9 (X2 to X7). */
static unsigned still_open(const char *text, size_t n)
{
    char stack[512];
    unsigned depth = 0;
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t cp = 0;
        len = utf8_next(text + i, n - i, &cp);
        CHECK(len > 0 && depth < sizeof stack);
        if (cp >= 0x202a && cp <= 0x202e && cp != 0x202c)
            stack[depth++] = 'e';
        else if (cp >= 0x2066 && cp <= 0x2068)
            stack[depth++] = 'i';
        else if (cp == 0x202c && depth > 0 && stack[depth - 1] == 'e')
            depth--;
        else if (cp == 0x2069 && memchr(stack, 'i', depth) != NULL) {
            while (stack[--depth] != 'i')
                ;
        }
    }
    return depth;
}

static void check_chat_text(struct str s, size_t size)
{
    char *out = malloc(size);
    CHECK(out != NULL);
    const size_t n = chat_text_clean(out, size, s);
    CHECK(n < size && strlen(out) == n && utf8_valid(out, n));
    CHECK(strpbrk(out, "\r\n\x1b\x7f") == NULL);
    CHECK(still_open(out, n) == 0);
    free(out);
}

static void check_name(struct str s)
{
    char fold[FOLD_BYTES_MAX], again[FOLD_BYTES_MAX];
    const bool name = name_check(s) == NAME_OK, room = room_name_check(s) == NAME_OK;
    CHECK(!(name && room));
    if (!name && !room)
        return;
    CHECK(utf8_valid(s.p, s.n) && utf8_count(s.p, s.n) <= (name ? NAME_CHARS_MAX : ROOM_CHARS_MAX));
    for (size_t i = 0; i < s.n; i++)
        CHECK((unsigned char)s.p[i] > 0x20 && s.p[i] != 0x7f && strchr(",:*?", s.p[i]) == NULL);
    if (!name_fold(s, fold))
        return; /* folds to too much */
    CHECK(strlen(fold) > 0 && utf8_valid(fold, strlen(fold)) && strpbrk(fold, " \r\n") == NULL);
    CHECK(name_fold(str_of(fold), again) && strcmp(fold, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t room = (size_t)take_byte(&data, &size) + 1;
    const struct str s = {(const char *)data, size};
    const bool valid = utf8_valid(s.p, s.n);
    for (size_t max = 0; max <= size && max < 20; max++) {
        const size_t cut = utf8_cut(s.p, s.n, max);
        CHECK(cut <= max && (!valid || utf8_valid(s.p, cut)));
    }
    check_escape(escape_log_100, s, "\r\n\x1b\x7f\"", true);
    check_escape(escape_html, s, "\r\n\t\x1b\x7f\"'<>", true);
    check_escape(escape_url, s, "\r\n\x1b\x7f\"'<>&?# :", true);
    check_escape(escape_json, s, "\r\n\t\x1b\x7f", true);
    check_escape(escape_line, s, "\r\n\t\x1b\x7f", false);
    check_chat_text(s, room);
    check_name(s);
    return 0;
}
