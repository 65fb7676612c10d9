/* test_escape.c: base/escape. */
#include "base/escape.h"
#include "check.h"

static void log_fields_are_one_printable_word(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"alice", "alice"},
        {"two words", "two words"},
        {"a\r\nb", "a\\x0D\\x0Ab"},
        {"\x1b[31mred", "\\x1B[31mred"},
        {"say \"hi\" \\o/", "say \\x22hi\\x22 \\x5Co/"},
        {"\xe5\xb0\x8f\xe6\x98\x8e", "\xe5\xb0\x8f\xe6\x98\x8e"},
        {"\xff\xfe", "\\xFF\\xFE"},
        {"\xe5\xb0", "\\xE5\\xB0"},
        {"\xc2\x9b"
         "31m",
         "\\xC2\\x9B31m"}, /* CSI as one C1 character */
        {"\xe2\x80\xae"
         "txt",
         "\\xE2\\x80\\xAEtxt"}, /* right-to-left override */
        {"\x7f", "\\x7F"},
        {"", ""},
    };
    struct buf b = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        escape_log(&b, str_of(rows[i].text), 400);
        assert_buf(&b, rows[i].want);
    }
    escape_log(&b, (struct str){"a\0b", 3}, 400);
    assert_buf(&b, "a\\x00b");
}

static void log_fields_are_cut_between_characters(void **state)
{
    struct buf b = {0};
    (void)state;
    escape_log(&b, STR("abcdef"), 6);
    assert_buf(&b, "abcdef");
    escape_log(&b, STR("abcdef"), 5);
    assert_buf(&b, "abcde...");
    escape_log(&b, STR("abcd\xe5\xb0\x8f"), 6);
    assert_buf(&b, "abcd...");
}

/* Bytes that are no UTF-8 at all are cut as bytes: what was sent must not vanish from the log. */
static void a_long_field_of_stray_bytes_still_shows(void **state)
{
    char stray[500];
    struct buf b = {0};
    (void)state;
    memset(stray, 0x80, sizeof stray);
    escape_log(&b, (struct str){stray, sizeof stray}, 400);
    assert_true(b.len > 100);
    buf_free(&b);
}

static void html_is_text_and_nothing_else(void **state)
{
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"plain", "plain"},
        {"\"><img onerror='x'>&amp;", "&quot;&gt;&lt;img onerror=&#39;x&#39;&gt;&amp;amp;"},
        {"a\nb\tc", "a\xef\xbf\xbd"
                    "b\xef\xbf\xbd"
                    "c"},
        {"\xff<", "\xef\xbf\xbd&lt;"},
        {"\xc2\x85", "\xef\xbf\xbd"},
        {"\xe5\xb0\x8f", "\xe5\xb0\x8f"},
        {"\xe5\xb0", "\xef\xbf\xbd\xef\xbf\xbd"},
    };
    struct buf b = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        escape_html(&b, str_of(rows[i].text));
        assert_buf(&b, rows[i].want);
    }
    escape_html_lines(&b, STR("<a>\r\n\tb\x1b\0\xff"));
    assert_buf(&b, "&lt;a&gt;\r\n\tb\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    escape_html(&b, (struct str){"\0", 1});
    assert_buf(&b, "\xef\xbf\xbd");
}

static void xml_keeps_what_xml_has(void **state)
{
    struct buf b = {0};
    (void)state;
    escape_xml(&b, STR("a<b>&\"'\t\n\r\x01\x7f\xff\xef\xbf\xbe\xe5\xb0\x8f"));
    assert_buf(&b, "a&lt;b&gt;&amp;&quot;'&#9;&#10;&#13;\xef\xbf\xbd\x7f\xef\xbf\xbd\xef\xbf\xbd"
                   "\xe5\xb0\x8f");
    escape_xml(&b, (struct str){"\0", 1});
    assert_buf(&b, "\xef\xbf\xbd");
}

static void urls_keep_unreserved_characters_only(void **state)
{
    struct buf b = {0};
    (void)state;
    escape_url(&b, STR("/a b/c?d#e%2f&\"'<>\xe5:@!$()*+,;=[]\\^`{|}"));
    assert_buf(&b, "/a%20b/c%3Fd%23e%252f%26%22%27%3C%3E%E5%3A%40%21%24%28%29%2A%2B%2C%3B%3D%5B%5D"
                   "%5C%5E%60%7B%7C%7D");
    escape_url(&b, STR("AZaz09-._~/"));
    assert_buf(&b, "AZaz09-._~/");
    escape_url(&b, (struct str){"\0\n", 2});
    assert_buf(&b, "%00%0A");
}

static void json_strings_are_valid_json(void **state)
{
    struct buf b = {0};
    (void)state;
    escape_json(&b, (struct str){"a\"b\\c\n\0\x7f\xff\xe5\xb0\x8f/", 13});
    assert_buf(&b, "\"a\\\"b\\\\c\\u000A\\u0000\\u007F\xef\xbf\xbd\xe5\xb0\x8f/\"");
    escape_json(&b, STR(""));
    assert_buf(&b, "\"\"");
}

static void a_line_has_no_end_within(void **state)
{
    struct buf b = {0};
    (void)state;
    escape_line(&b, (struct str){"name\r\n226 ok\0\x1b\x7f\xe5\xb0\x8f", 18});
    assert_buf(&b, "name??226 ok???\xe5\xb0\x8f");
}

typedef void escape_fn(struct buf *out, struct str s);

static void escape_log_20(struct buf *out, struct str s)
{
    escape_log(out, s, 20);
}

/* Whatever the input, what comes out is UTF-8 without what would end or change the line, or the
 * markup, that it goes into. */
static void no_bytes_break_out(void **state)
{
    static const struct {
        const char *name;
        escape_fn *fn;
        const char *never;
    } rows[] = {
        {"log", escape_log_20, "\r\n\x1b\x7f\""}, {"html", escape_html, "\r\n\x1b\x7f\"'<>"},
        {"xml", escape_xml, "\r\n\x1b\"<>"},      {"url", escape_url, "\r\n\x1b\x7f\"'<>&?# "},
        {"json", escape_json, "\r\n\x1b\x7f"},
    };
    struct chance c = {5};
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char bytes[64];
        const size_t n = chance_below(&c, sizeof bytes), row = chance_below(&c, COUNT(rows));
        for (size_t k = 0; k < n; k++)
            bytes[k] = (char)chance_below(&c, chance_below(&c, 2) == 0 ? 128 : 256);
        char *copy = tight_copy(bytes, n);
        struct buf b = {0};
        rows[row].fn(&b, (struct str){copy, n});
        const char *text = buf_str(&b);
        assert_row(rows[row].name, utf8_valid(text, b.len));
        assert_row(rows[row].name, strpbrk(text, rows[row].never) == NULL);
        assert_row(rows[row].name, strlen(text) == b.len);
        buf_free(&b);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_fields_are_one_printable_word),
        cmocka_unit_test(log_fields_are_cut_between_characters),
        cmocka_unit_test(a_long_field_of_stray_bytes_still_shows),
        cmocka_unit_test(html_is_text_and_nothing_else),
        cmocka_unit_test(xml_keeps_what_xml_has),
        cmocka_unit_test(urls_keep_unreserved_characters_only),
        cmocka_unit_test(json_strings_are_valid_json),
        cmocka_unit_test(a_line_has_no_end_within),
        cmocka_unit_test(no_bytes_break_out),
    };
    return RUN(tests);
}
