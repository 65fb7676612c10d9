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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ending_says_the_type),
    };
    return RUN(tests);
}
