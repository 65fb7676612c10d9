/* test_chat_text.c: model/chat_text. */
#include "check.h"
#include "model/chat_text.h"

#define LRE "\xe2\x80\xaa"
#define RLE "\xe2\x80\xab"
#define PDF "\xe2\x80\xac"
#define LRO "\xe2\x80\xad"
#define RLO "\xe2\x80\xae"
#define LRI "\xe2\x81\xa6"
#define RLI "\xe2\x81\xa7"
#define FSI "\xe2\x81\xa8"
#define PDI "\xe2\x81\xa9"

static void what_harms_is_taken_out(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"hello, world", "hello, world"},
        {"", ""},
        {"小明 \xf0\x9f\x98\x80", "小明 \xf0\x9f\x98\x80"},
        {"a\r\nQUIT :x", "aQUIT :x"},
        {"a\nb\rc", "abc"},
        {"a\x1b[2Jb", "a[2Jb"},
        {"a\x07\x08\x0b\x0c\x7f"
         "b",
         "ab"},
        {"a\tb", "a\tb"},
        {"\x02"
         "bold\x0f \x03"
         "4red \x16\x1d\x1e\x1f\x11\x04",
         "\x02"
         "bold\x0f \x03"
         "4red \x16\x1d\x1e\x1f\x11\x04"},
        {"\x01"
         "ACTION waves\x01",
         "\x01"
         "ACTION waves\x01"},
        {"a\xc2\x9b"
         "2Jb",
         "a2Jb"}, /* CSI in C1 */
        {"a\xc2\x85"
         "b",
         "ab"}, /* next line */
        {"a\xe2\x80\xa8"
         "b\xe2\x80\xa9"
         "c",
         "abc"}, /* line and paragraph separator */
        {"a" RLO "cod.exe", "acod.exe"},
        {"a" LRO "b", "ab"},
        {"\xf3\xa0\x81\x81x", "x"},           /* a tag character */
        {"e\xe2\x80\x8dx", "e\xe2\x80\x8dx"}, /* joiners are part of emoji and of scripts */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[200];
        const size_t n = strlen(rows[i].text);
        char *copy = tight_copy(rows[i].text, n);
        assert_int_equal(chat_text_clean(out, sizeof out, (struct str){copy, n}),
                         strlen(rows[i].want));
        assert_string_equal(out, rows[i].want);
        free(copy);
    }
    char out[20];
    assert_int_equal(chat_text_clean(out, sizeof out, (struct str){"a\0b", 3}), 2);
    assert_string_equal(out, "ab");
}

static void what_changes_the_direction_is_closed_again(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {LRE "a", LRE "a" PDF},
        {RLE "a" PDF "b", RLE "a" PDF "b"},
        {RLI "a", RLI "a" PDI},
        {FSI "a" PDI "b", FSI "a" PDI "b"},
        {"a" PDF PDI "b", "ab"}, /* nothing was open */
        {RLE RLE "a" PDF, RLE RLE "a" PDF PDF},
        {RLI "a" RLE "b", RLI "a" RLE "b" PDF PDI},
        {RLE "a" RLI "b", RLE "a" RLI "b" PDI PDF}, /* a PDF within an isolate closes nothing */
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[200];
        chat_text_clean(out, sizeof out, str_of(rows[i].text));
        assert_string_equal(out, rows[i].want);
    }
}

/* What is open at the end, by the rules of UAX #9 (X2 to X7). */
static unsigned still_open(const char *text, size_t n)
{
    char stack[1000];
    unsigned depth = 0;
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t cp = 0;
        len = utf8_next(text + i, n - i, &cp);
        assert_true(len > 0);
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

/* Any text at any size: it fits, is UTF-8, ends no line, and leaves no direction open for what the
 * reader's client shows behind it. */
static void whatever_is_said_is_harmless(void **state)
{
    static const char *const part[] = {"a",
                                       "小",
                                       LRE,
                                       RLE,
                                       PDF,
                                       LRO,
                                       RLO,
                                       LRI,
                                       RLI,
                                       FSI,
                                       PDI,
                                       "\r",
                                       "\n",
                                       "\x1b",
                                       "\x02",
                                       "\xc2\x9b",
                                       "\xf0\x9f\x98\x80"};
    struct chance c = {50};
    (void)state;
    for (int i = 0; i < 30000; i++) {
        struct buf b = {0};
        char out[160];
        const size_t size = 1 + chance_below(&c, sizeof out - 1);
        for (size_t k = chance_below(&c, 40); k > 0; k--)
            buf_adds(&b, part[chance_below(&c, COUNT(part))]);
        memset(out, 0x55, sizeof out);
        const size_t n = chat_text_clean(out, size, (struct str){buf_data(&b), b.len});
        assert_true(n < size && out[n] == '\0' && strlen(out) == n);
        for (size_t k = size; k < sizeof out; k++)
            assert_int_equal(out[k], 0x55);
        assert_true(utf8_valid(out, n));
        assert_null(strpbrk(out, "\r\n\x1b"));
        assert_null(strstr(out, RLO));
        if (still_open(out, n) > 0)
            fail_msg("<%s> leaves a direction open: <%s>", buf_str(&b), out);
        buf_free(&b);
    }
}

static void what_is_too_long_is_cut_between_characters(void **state)
{
    char text[3001], out[1000];
    (void)state;
    for (int i = 0; i < 3000; i += 3)
        memcpy(text + i, "\xe5\xb0\x8f", 3);
    text[3000] = '\0';
    const size_t n = chat_text_clean(out, sizeof out, str_of(text));
    assert_in_range(n, 990, 999);
    assert_true(utf8_valid(out, n));
    assert_memory_equal(out, text, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_harms_is_taken_out),
        cmocka_unit_test(what_changes_the_direction_is_closed_again),
        cmocka_unit_test(whatever_is_said_is_harmless),
        cmocka_unit_test(what_is_too_long_is_cut_between_characters),
    };
    return RUN(tests);
}
