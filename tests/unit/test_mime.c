/* test_mime.c: model/mime. */
#include "check.h"
#include "model/mime.h"

static void the_ending_says_the_type(void **state)
{
    static const struct {
        const char *name, *type;
        bool active;
    } rows[] = {
        {"index.html", "text/html; charset=utf-8", true},
        {"INDEX.HTM", "text/html; charset=utf-8", true},
        {"a.b.txt", "text/plain; charset=utf-8", false},
        {"/folder.png/readme", "application/octet-stream", false},
        {"/folder/cat.JPEG", "image/jpeg", false},
        {"cat.jpg", "image/jpeg", false},
        {"cat.png", "image/png", false},
        {"cat.gif", "image/gif", false},
        {"cat.webp", "image/webp", false},
        {"drawing.svg", "image/svg+xml", true},
        {"app.js", "text/javascript; charset=utf-8", true},
        {"app.mjs", "text/javascript; charset=utf-8", true},
        {"app.wasm", "application/wasm", true},
        {"data.json", "application/json", false},
        {"feed.xml", "application/xml", true},
        {"style.xsl", "application/xml", true},
        {"page.xhtml", "application/xhtml+xml", true},
        {"x.tar.gz", "application/gzip", false},
        {"song.mp3", "audio/mpeg", false},
        {"movie.mp4", "video/mp4", false},
        {"doc.pdf", "application/pdf", false},
        {"noending", "application/octet-stream", false},
        {"dot.", "application/octet-stream", false},
        {"", "application/octet-stream", false},
        {"x.html.exe", "application/octet-stream", false},
        {"x.htmlx", "application/octet-stream", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_string_equal(mime_type(rows[i].name), rows[i].type);
        assert_row(rows[i].name, mime_active(rows[i].type) == rows[i].active);
    }
}

static void text_compresses(void **state)
{
    static const struct {
        const char *name;
        bool compresses;
    } rows[] = {
        {"a.html", true}, {"a.css", true},  {"a.js", true},     {"a.json", true},
        {"a.svg", true},  {"a.xml", true},  {"a.xhtml", true},  {"a.csv", true},
        {"a.md", true},   {"a.wasm", true}, {"a.ttf", true},    {"a.bmp", true},
        {"a.jpg", false}, {"a.png", false}, {"a.gz", false},    {"a.zip", false},
        {"a.mp4", false}, {"a.pdf", false}, {"a.woff2", false}, {"a.docx", false},
        {"a", false},     {"a.bin", false},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].name, mime_compresses(mime_type(rows[i].name)) == rows[i].compresses);
    assert_true(mime_compresses("TEXT/plain"));
    assert_false(mime_compresses("textile/x"));
    assert_false(mime_compresses(""));
}

static void the_type_says_the_kind(void **state)
{
    static const struct {
        const char *name;
        enum mime_kind kind;
    } rows[] = {
        {"a.png", MIME_PICTURE}, {"a.svg", MIME_PICTURE},    {"a.tif", MIME_OTHER},
        {"a.txt", MIME_TEXT},    {"a.html", MIME_TEXT},      {"a.json", MIME_TEXT},
        {"a.js", MIME_TEXT},     {"a.mp3", MIME_AUDIO},      {"a.mkv", MIME_VIDEO},
        {"a.pdf", MIME_PDF},     {"a.tar.gz", MIME_ARCHIVE}, {"a.zip", MIME_ARCHIVE},
        {"a.docx", MIME_OTHER},  {"a", MIME_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_row(rows[i].name, mime_kind(mime_type(rows[i].name)) == rows[i].kind);
    assert_true(mime_script(mime_type("a.js")) && mime_script(mime_type("a.MJS")));
    assert_false(mime_script(mime_type("a.html")) || mime_script(mime_type("a.css")));
}

static void a_type_has_an_ending(void **state)
{
    (void)state;
    assert_string_equal(mime_ending("image/png"), "png");
    assert_string_equal(mime_ending("IMAGE/JPEG"), "jpg");
    assert_string_equal(mime_ending("text/plain; charset=utf-8"), "txt");
    assert_string_equal(mime_ending("image/pngx"), "bin");
    assert_string_equal(mime_ending(""), "bin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ending_says_the_type),
        cmocka_unit_test(text_compresses),
        cmocka_unit_test(the_type_says_the_kind),
        cmocka_unit_test(a_type_has_an_ending),
    };
    return RUN(tests);
}
